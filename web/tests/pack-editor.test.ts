import { describe, expect, it } from 'vitest';
import { kindOfText, matchPattern, patternOf, timeFormat, withMark, type Capture } from '@/features/settings/pack-editor/dissect';
import { captureFor, emptyPack, headOf, markingOf, placesOf, recognitionOf, withHead, withMapping, withPattern, withRecognition } from '@/features/settings/pack-editor/pack-text';

const mark = (message: string, text: string, name: string, kind?: Capture['kind']): Capture => ({ name, kind: kind ?? kindOfText(text), begin: message.indexOf(text), end: message.indexOf(text) + text.length });

describe('marks make patterns', () => {
  const line = 'login 8812 of alice from 10.0.0.5 port 51022 ok';
  it('with literals between, and what has digits left open', () => {
    let captures = withMark(line, undefined, mark(line, 'alice', 'user.name'));
    captures = withMark(line, captures, mark(line, '10.0.0.5', 'source.ip'));
    expect(patternOf(line, captures)).toBe('login %{} of %{user.name} from %{source.ip:ip} port %{} ok');
  });
  it('that match the line again and can be changed', () => {
    const pattern = 'login %{} of %{user.name} from %{source.ip:ip} port %{} ok';
    const captures = matchPattern(pattern, line)!;
    expect(captures.map((c) => line.slice(c.begin, c.end))).toEqual(['8812', 'alice', '10.0.0.5', '51022']);
    expect(patternOf(line, captures)).toBe(pattern);
    expect(patternOf(line, withMark(line, captures, mark(line, '51022', 'source.port')))).toBe('login %{} of %{user.name} from %{source.ip:ip} port %{source.port:int} ok');
  });
  it('splitting what was skipped', () => {
    const pair = 'to 10.0.0.5:443 done';
    const captures = withMark(pair, undefined, mark(pair, '10.0.0.5', 'destination.ip'));
    expect(patternOf(pair, captures)).toBe('to %{destination.ip:ip}:%{} done');
  });
  it('not without a text between two', () => {
    expect(patternOf('ab', [{ name: 'x', kind: 'text', begin: 0, end: 1 }, { name: 'y', kind: 'text', begin: 1, end: 2 }])).toBe('adjacent');
  });
  it('and leave what they cannot say', () => {
    expect(matchPattern('%{a+} x', '1 x')).toBeUndefined();
    expect(matchPattern('%{a->} x', '1 x')).toBeUndefined();
    expect(matchPattern('a %{x}', 'b 1')).toBeUndefined();
    expect(matchPattern('%%{%{a}', '%{1')).toEqual([{ name: 'a', kind: 'text', begin: 2, end: 3 }]);
  });
  it.each([['10.0.0.5', 'ip'], ['2001:db8::1', 'ip'], ['443', 'int'], ['2026-11-21 08:30:00', 'time'], ['张三', 'text']])('%s is of kind %s', (text, kind) => { expect(kindOfText(text)).toBe(kind); });
  it('knows times', () => { expect(timeFormat('2026-11-21T08:30:00+08:00')).toBe('rfc3339'); expect(timeFormat('yesterday')).toBeUndefined(); });
});

describe('the text of a pack', () => {
  const text = '# ours\npack: gate\ntitle: {zh: 门, en: Gate}\nvendor: A\nproduct: B\ndevice_type: firewall\nprovenance: observed\nrecognise:\n  - contains: [GATE]\nextract:\n  - dissect: ["a %{b}"] # first\n';
  it('keeps what marks do not touch', () => {
    const after = withPattern(text, undefined, "it's %{user.name}");
    expect(after).toContain('# ours');
    expect(after).toContain('recognise:');
    expect(markingOf(after)).toEqual({ way: 'patterns', patterns: ['a %{b}', "it's %{user.name}"] });
    expect(markingOf(withPattern(after, 0, 'x %{y}'))).toEqual({ way: 'patterns', patterns: ['x %{y}', "it's %{user.name}"] });
  });
  it('says what marks cannot express', () => {
    expect(markingOf('a: [')).toEqual({ way: 'none', why: 'yaml' });
    expect(markingOf(`${text}messages: []\n`)).toEqual({ way: 'none', why: 'forms' });
    expect(markingOf(text.replace('- dissect: ["a %{b}"]', '- key_value: {}'))).toEqual({ way: 'names' });
  });
  it('maps names, and times with their format', () => {
    expect(withMapping(text, 'srcip', 'source.ip')).toContain('srcip: source.ip');
    const { name, text: after } = captureFor(text, '@timestamp', 'time', '%Y-%m-%d %H:%M:%S');
    expect(name).toBe('_when');
    expect(after).toMatch(/_when: \{\s?to: ["']?@timestamp["']?, time: \[\s?["']?%Y-%m-%d %H:%M:%S["']?\s?\]\s?\}/);
    expect(captureFor(after, '@timestamp', 'time', 'epoch').text).toMatch(/%H:%M:%S.*epoch/);
  });
  it('has a head and a recognition that forms change', () => {
    expect(headOf(text)).toMatchObject({ pack: 'gate', title: '门', vendor: 'A' });
    expect(headOf(withHead(text, 'title', '新门'))?.title).toBe('新门');
    expect(recognitionOf(text)).toEqual(['GATE']);
    expect(recognitionOf(withRecognition(text, ['X', "y'z"]))).toEqual(['X', "y'z"]);
    expect(recognitionOf(text.replace('contains', 'regex'))).toBeUndefined();
    expect(markingOf(emptyPack('new'))).toEqual({ way: 'patterns', patterns: ['%{_text}'] });
    expect(markingOf(withPattern(emptyPack('new'), undefined, 'x %{y}'))).toEqual({ way: 'patterns', patterns: ['x %{y}'] });
  });
  it('counts bytes as characters', () => {
    const place = placesOf('张a😀b');
    expect([0, 3, 4, 8, 9].map(place)).toEqual([0, 1, 2, 4, 5]);
  });
});
