// Patterns out of marked text: literals between captures, as the server's `dissect` reads them.

export type Kind = 'text' | 'word' | 'int' | 'ip' | 'time';
export interface Capture { name: string; kind: Kind; begin: number; end: number }  // name '' is skipped; places are characters of the message
export type PatternTrouble = 'adjacent' | 'control';

const suffix: Record<Kind, string> = { text: '', word: ':word', int: ':int', ip: ':ip', time: '' };
const kindOf: Record<string, Kind> = { word: 'word', int: 'int', ip: 'ip' };

interface Piece { literal: string; name?: string; kind?: Kind }

/** The pieces of a pattern, or nothing when it uses what marks cannot say. */
function piecesOf(pattern: string): Piece[] | undefined {
  const pieces: Piece[] = [];
  let literal = '';
  for (let at = 0; at < pattern.length; at += 1) {
    if (pattern.startsWith('%%{', at)) { literal += '%{'; at += 2; continue; }
    if (!pattern.startsWith('%{', at)) { literal += pattern[at]; continue; }
    const end = pattern.indexOf('}', at);
    if (end < 0) return undefined;
    const inside = /^([\w.@-]*?)(?::(int|ip|word))?$/.exec(pattern.slice(at + 2, end));
    if (!inside || inside[1]!.endsWith('-')) return undefined;
    pieces.push({ literal, name: inside[1]!, kind: kindOf[inside[2] ?? ''] ?? 'text' });
    literal = '';
    at = end;
  }
  pieces.push({ literal });
  return pieces;
}

/** Where the captures of a pattern stand in a message; nothing when it does not match or marks cannot say what it does. */
export function matchPattern(pattern: string, message: string): Capture[] | undefined {
  const pieces = piecesOf(pattern);
  if (!pieces || !message.startsWith(pieces[0]!.literal)) return undefined;
  const captures: Capture[] = [];
  let at = pieces[0]!.literal.length;
  for (let i = 0; i + 1 < pieces.length; i += 1) {
    const { name, kind } = pieces[i]!;
    const next = pieces[i + 1]!.literal;
    const last = i + 2 === pieces.length;
    let end = next === '' ? message.length : message.indexOf(next, at);
    if (next === '' && !last) end = at + (fits[kind!]?.exec(message.slice(at))?.[0].length ?? 0);
    if (last && next !== '') end = message.endsWith(next) && message.length - next.length >= at ? message.length - next.length : -1;
    if (end < at || (end === at && kind !== 'text')) return undefined;
    captures.push({ name: name!, kind: kind!, begin: at, end });
    at = end + next.length;
  }
  return at === message.length ? captures : undefined;
}
const fits: Partial<Record<Kind, RegExp>> = { int: /^\d+/, ip: /^[\da-fA-F.:]+/, word: /^\S+/ };

/** What a marked text looks like. */
export function kindOfText(text: string): Kind {
  if (/^\d{1,18}$/.test(text)) return 'int';
  if (/^(\d{1,3}\.){3}\d{1,3}$/.test(text) || (/^[\da-f:.]+$/i.test(text) && text.includes('::')) || /^([\da-f]{1,4}:){7}[\da-f]{1,4}$/i.test(text)) return 'ip';
  if (timeFormat(text) !== undefined) return 'time';
  return 'text';
}

/** The format of a time written so. */
export function timeFormat(text: string): string | undefined {
  const shapes: [RegExp, string][] = [
    [/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d([.,]\d+)?$/, '%Y-%m-%d %H:%M:%S'], [/^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d$/, '%Y/%m/%d %H:%M:%S'],
    [/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)$/, 'rfc3339'], [/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/, '%Y-%m-%dT%H:%M:%S'],
    [/^\d{8} \d\d:\d\d:\d\d$/, '%Y%m%d %H:%M:%S'], [/^\d{14}$/, '%Y%m%d%H%M%S'], [/^1\d{9}(\d{3})?$/, 'epoch'],
    [/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}$/, '%d/%b/%Y:%H:%M:%S %z'],
  ];
  return shapes.find(([shape]) => shape.test(text))?.[1];
}

/** Text between marks: what has digits will be another text in the next line. */
function loosened(text: string, begin: number): Capture[] {
  const skipped: Capture[] = [];
  for (const found of text.matchAll(/[\p{L}\d_](?:[\p{L}\d_.:/-]*[\p{L}\d_])?/gu)) {
    if (!/\d/.test(found[0])) continue;
    const [from, to] = [found.index, found.index + found[0].length];
    skipped.push({ name: '', kind: 'text', begin: begin + from, end: begin + to });
  }
  return skipped;
}

/** One mark more: what it overlaps gives way; what is left of a skipped part is loosened again. */
export function withMark(message: string, captures: Capture[] | undefined, mark: Capture): Capture[] {
  const before = captures ?? loosened(message, 0);
  const kept: Capture[] = [];
  for (const capture of before) {
    if (capture.end <= mark.begin || capture.begin >= mark.end) { kept.push(capture); continue; }
    if (capture.name !== '') continue;
    kept.push(...loosened(message.slice(capture.begin, Math.max(capture.begin, mark.begin)), capture.begin));
    kept.push(...loosened(message.slice(mark.end, Math.max(mark.end, capture.end)), mark.end));
  }
  return [...kept.filter((c) => mark.name === '' || c.name !== mark.name), mark].sort((a, b) => a.begin - b.begin);
}

/** The pattern for a message with these captures. A skipped part that touches a capture becomes a literal. */
export function patternOf(message: string, captures: Capture[]): string | PatternTrouble {
  const used = captures.filter((capture, i) => capture.name !== '' || !((i > 0 && captures[i - 1]!.end === capture.begin) || (i + 1 < captures.length && captures[i + 1]!.begin === capture.end)));
  let pattern = '';
  let at = 0;
  const literal = (text: string): string => text.replaceAll('%{', '%%{');
  for (const [i, capture] of used.entries()) {
    if (i > 0 && capture.begin === at && !(used[i - 1]!.kind in fits)) return 'adjacent';
    pattern += literal(message.slice(at, capture.begin)) + `%{${capture.name}${suffix[capture.kind]}}`;
    at = capture.end;
  }
  pattern += literal(message.slice(at));
  // eslint-disable-next-line no-control-regex
  return /[\u0000-\u0008\u000a-\u001f]/.test(pattern) ? 'control' : pattern;
}
