// The pack's YAML is the only truth: marking changes it in place, comments and all, and what marks cannot express is left alone.
import { isMap, parseDocument, type Document } from 'yaml';
import type { Kind } from './dissect';

export const headKeys = ['pack', 'vendor', 'product', 'device_type'] as const;
export type HeadKey = (typeof headKeys)[number];
export type Head = Record<HeadKey, string> & { title: string };

/** How the text can be changed by marking. */
export type Marking =
  | { way: 'patterns'; patterns: string[] }      // one list of patterns: marks make and change them
  | { way: 'names' }                             // pairs, columns, JSON …: what was taken out gets its field
  | { way: 'none'; why: 'yaml' | 'forms' };      // by hand only

function open(text: string): Document | undefined {
  const document = parseDocument(text);
  return document.errors.length === 0 && isMap(document.contents) ? document : undefined;
}
const written = (document: Document): string => document.toString({ lineWidth: 0, flowCollectionPadding: false });

export function headOf(text: string): Head | undefined {
  const document = open(text);
  if (!document) return undefined;
  const said = (path: string[]): string => { const value = document.getIn(path); return value === undefined || value === null || typeof value === 'object' ? '' : String(value); };
  return { pack: said(['pack']), vendor: said(['vendor']), product: said(['product']), device_type: said(['device_type']), title: said(['title', 'zh']) };
}

export function withHead(text: string, key: HeadKey | 'title', value: string): string {
  const document = open(text);
  if (!document) return text;
  if (key === 'title') document.set('title', document.createNode({ zh: value, en: value }, { flow: true })); else document.set(key, value);
  return written(document);
}

export function markingOf(text: string): Marking {
  const document = open(text);
  if (!document) return { way: 'none', why: 'yaml' };
  const pack = document.toJS() as { extract?: unknown; messages?: unknown };
  if (pack.messages !== undefined) return { way: 'none', why: 'forms' };
  const steps = Array.isArray(pack.extract) ? pack.extract as Record<string, unknown>[] : [];
  if (steps.length === 0) return { way: 'patterns', patterns: [] };
  const only = steps[0]!;
  if (steps.length === 1 && only !== null && typeof only === 'object' && 'dissect' in only && (only.from === undefined || only.from === '_message')) {
    const patterns = Array.isArray(only.dissect) ? only.dissect : [only.dissect];
    if (patterns.every((pattern) => typeof pattern === 'string')) return { way: 'patterns', patterns };
  }
  return { way: 'names' };
}

/** Pattern `index` replaced, or a further one. The first one ever takes the place of a suggestion that takes everything. */
export function withPattern(text: string, index: number | undefined, pattern: string): string {
  const document = open(text);
  const marking = markingOf(text);
  if (!document || marking.way !== 'patterns') return text;
  const patterns = marking.patterns.filter((known) => known !== '%{_text}' || index !== undefined);
  if (index === undefined) patterns.push(pattern); else patterns[index] = pattern;
  if (document.getIn(['extract', 0]) === undefined) document.set('extract', document.createNode([{ dissect: patterns }]));
  else document.setIn(['extract', 0, 'dissect'], document.createNode(patterns));
  return written(document);
}

export function withoutPattern(text: string, index: number): string {
  const document = open(text);
  const marking = markingOf(text);
  if (!document || marking.way !== 'patterns') return text;
  const patterns = marking.patterns.filter((_, i) => i !== index);
  document.setIn(['extract', 0, 'dissect'], document.createNode(patterns.length > 0 ? patterns : ['%{_text}']));
  return written(document);
}

/** A device's name gets its field. */
export function withMapping(text: string, name: string, field: string, time?: string): string {
  const document = open(text);
  if (!document) return text;
  if (!document.has('fields')) document.set('fields', document.createNode({}));
  const target = field === '@timestamp' ? document.createNode({ to: field, time: [time ?? 'rfc3339'] }, { flow: true }) : field;
  document.setIn(['fields', name], target);
  return written(document);
}

/** The name a capture gets for a field, and what else the text must say for it. */
export function captureFor(text: string, field: string, kind: Kind, time: string | undefined): { name: string; text: string } {
  if (kind !== 'time' && field !== '@timestamp') return { name: field, text };
  const document = open(text);
  const known = document?.getIn(['fields', '_when', 'time']);
  const formats = known && typeof known === 'object' && 'toJSON' in known ? (known as { toJSON: () => string[] }).toJSON() : [];
  const wanted = time ?? 'rfc3339';
  if (!document) return { name: '_when', text };
  if (!document.has('fields')) document.set('fields', document.createNode({}));
  document.setIn(['fields', '_when'], document.createNode({ to: '@timestamp', time: formats.includes(wanted) ? formats : [...formats, wanted] }, { flow: true }));
  return { name: '_when', text: written(document) };
}

/** Texts by which lines are recognised, where the pack says no more than that. */
export function recognitionOf(text: string): string[] | undefined {
  const document = open(text);
  const entries = (document?.toJS() as { recognise?: unknown } | undefined)?.recognise;
  if (!Array.isArray(entries)) return undefined;
  if (entries.length === 0) return [];
  const only = entries[0] as { contains?: unknown };
  if (entries.length > 1 || Object.keys(only).join() !== 'contains') return undefined;
  return (Array.isArray(only.contains) ? only.contains : [only.contains]) as string[];
}
export function withRecognition(text: string, words: string[]): string {
  const document = open(text);
  if (!document) return text;
  document.set('recognise', document.createNode(words.length > 0 ? [{ contains: words }] : []));
  return written(document);
}

export const emptyPack = (name: string): string => `pack: ${name}\ntitle: {zh: ${name}, en: ${name}}\nvendor: Custom\nproduct: Custom\ndevice_type: application\nprovenance: observed\nprefix: custom\nrecognise: []\nextract:\n  - dissect: ['%{_text}']\n`;

/** Places of the server are bytes of UTF-8, those of the page characters. */
export function placesOf(line: string): (byte: number) => number {
  const starts: number[] = [];
  let at = 0;
  for (const sign of line) {
    const code = sign.codePointAt(0)!;
    const bytes = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (let i = 0; i < bytes; i += 1) starts.push(at);
    at += sign.length;
  }
  return (byte) => starts[byte] ?? line.length;
}
