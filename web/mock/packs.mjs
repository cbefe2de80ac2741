// Packs that people make, for the mock server: of the pack language it knows `dissect` and `contains`, enough to try the editor on.
import { parseDocument } from 'yaml';

/** @typedef {import('../src/lib/api/types').PackTrialLine} PackTrialLine */
/** @typedef {import('../src/lib/api/types').PackProblem} PackProblem */
/** @typedef {{dissect?: string | string[]}} Step */
/** @typedef {{pack?: string, recognise?: {contains?: string | string[]}[], extract?: Step[]}} Pack */

/** @param {string} text @returns {{pack?: Pack, problem?: PackProblem}} */
function read(text) {
  const document = parseDocument(text);
  const error = document.errors[0];
  if (error) return { problem: { line: error.linePos?.[0].line ?? 1, column: error.linePos?.[0].col ?? 1, reason: error.message.split('\n')[0] ?? 'YAML' } };
  const pack = /** @type {Pack} */ (document.toJS());
  if (!pack || typeof pack !== 'object' || !pack.pack) return { problem: { line: 1, column: 1, reason: "'pack' is missing" } };
  const at = text.split('\n').findIndex((line) => /^\s*- disect/.test(line));
  if (at >= 0) return { problem: { line: at + 1, column: 5, reason: "unknown key 'disect' of a step" } };
  return { pack };
}

/** @template T @param {T | T[] | undefined} value @returns {T[]} */
const list = (value) => (value === undefined ? [] : Array.isArray(value) ? value : [value]);

/** @param {string} pattern */
function expressionOf(pattern) {
  /** @type {string[]} */
  const names = [];
  const source = pattern.split(/(%\{[^}]*\})/).map((piece) => {
    const inside = /^%\{([^:}]*)(?::(\w+))?\}$/.exec(piece);
    if (!inside) return piece.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    names.push(inside[1] ?? '');
    return inside[2] === 'int' ? '(\\d+)' : inside[2] === 'ip' ? '([\\da-fA-F.:]+)' : inside[2] === 'word' ? '(\\S+)' : '(.*?)';
  }).join('');
  return { expression: new RegExp(`^${source}$`, 'd'), names };
}

/** @param {string} text @param {string[]} lines */
export function tryPack(text, lines) {
  const { pack, problem } = read(text);
  /** @type {PackTrialLine[]} */
  const tried = lines.map((line) => {
    /** @type {PackTrialLine} */
    const out = { line, recognised: false, parsed: false, slow: false, fields: [], names: [], microseconds: 9 };
    if (!pack) return out;
    const header = /^<\d+>\w{3} +\d+ [\d:]+ \S+ (?:\w+\[\d+\]: )?/.exec(line)?.[0] ?? '';
    const message = line.slice(header.length);
    out.message_begin = Buffer.byteLength(header);
    out.message_end = Buffer.byteLength(line);
    const words = list(pack.recognise).flatMap((entry) => list(entry.contains));
    out.recognised = words.length > 0 && words.every((word) => message.includes(word));
    for (const [index, pattern] of list(list(pack.extract)[0]?.dissect).entries()) {
      const { expression, names } = expressionOf(pattern);
      const found = expression.exec(message);
      if (!found) continue;
      out.parsed = true;
      out.pattern = index;
      names.forEach((name, i) => {
        const place = found.indices?.[i + 1];
        if (name === '' || !place) return;
        const begin = Buffer.byteLength(header + message.slice(0, place[0]));
        out.names.push({ name, text: found[i + 1] ?? '', begin, end: begin + Buffer.byteLength(found[i + 1] ?? '') });
      });
      out.fields = [...out.names.filter((n) => !n.name.startsWith('_')), { name: 'observer.vendor', text: 'Custom' }];
      break;
    }
    return out;
  });
  return { ...(pack?.pack ? { name: String(pack.pack) } : {}), ...(problem ? { problem } : {}), lines: tried };
}

export const unknownLines = [
  '<134>Nov 21 08:30:11 door01 doord[77]: badge 1001 of 张三 admitted at 10.20.0.5 port 51022',
  '<134>Nov 21 08:30:52 door01 doord[77]: badge 2077 of 李四 admitted at 10.20.0.9 port 40001',
  '<134>Nov 21 08:31:07 door01 doord[77]: badge 1001 of 张三 refused at 10.20.0.5 port 51029',
];

/** @param {string} name @param {string[]} lines */
export function suggestPack(name, lines) {
  const first = (lines[0] ?? '').replace(/^<\d+>\w{3} +\d+ [\d:]+ \S+ (?:\w+\[\d+\]: )?/, '').replace(/\d+\.\d+\.\d+\.\d+/, '%{source.ip:ip}').replace(/\b\d+\b/, '%{value_1:int}');
  return { shape: 'words', lines, text: `pack: ${name}\ntitle: {zh: 自制解析包, en: Own pack}\nvendor: Custom\nproduct: Custom\ndevice_type: application\nprovenance: observed\nprefix: custom\nrecognise:\n  - {contains: ['badge']}\nextract:\n  - dissect:\n      - '${first.replaceAll("'", "''")}'\n` };
}
