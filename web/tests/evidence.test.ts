import { describe, expect, it } from 'vitest';
import { cutLine } from '@/components/RawLine';
import { asWords, matchMarks } from '@/components/WhyPanel';
import { fieldMarks, groupFields } from '@/components/event/fields';
import type { Event, Field } from '@/lib/api/types';

const line = 'Failed password for root from 203.0.113.45 port 22 ssh2';
const marked = (spans: ReturnType<typeof cutLine>) => spans.filter((s) => s.kind).map((s) => `${s.kind} ${s.text}`);

describe('marking a raw line', () => {
  it('keeps the line whole', () => {
    expect(cutLine(line, [{ text: 'root', kind: 'match' }, { text: '203.0.113.45', kind: 'field' }]).map((s) => s.text).join('')).toBe(line);
  });
  it('marks regardless of letter case, what matched before fields, long before short', () => {
    const spans = cutLine(line, [{ text: 'password', kind: 'field' }, { text: 'FAILED PASSWORD', kind: 'match' }, { text: '203.0.113.45', kind: 'field' }, { text: '203', kind: 'field' }]);
    expect(marked(spans)).toEqual(['match Failed password', 'field 203.0.113.45']);
  });
  it('marks nothing when lower case has another length', () => {
    expect(cutLine('İstanbul root', [{ text: 'root', kind: 'match' }])).toHaveLength(1);
  });
  it('takes literals of a match, not regular expressions', () => {
    expect(matchMarks([{ selection: 's', field: 'a', modifier: 'contains', patterns: ['*union select*'], value: 'x union select y' }]).map((m) => m.text)).toEqual(['x union select y', 'union select']);
    expect(matchMarks([{ selection: 's', field: 'a', modifier: 're', patterns: ['^a.*b$'], value: 'a1b' }]).map((m) => m.text)).toEqual(['a1b']);
  });
});

describe('why a rule matched, in words', () => {
  it.each([
    [undefined, ['*union*'], 'why.contains', ['union']], ['contains', ['union'], 'why.contains', ['union']], [undefined, ['*\\\\cmd.exe'], 'why.endswith', ['\\\\cmd.exe']], [undefined, ['/upload/*'], 'why.startswith', ['/upload/']],
    [undefined, ['a*b', '*c*'], 'why.like', ['a*b', '*c*']], [undefined, ['200'], 'why.equals', ['200']], ['re', ['^a*$'], 'why.re', ['^a*$']], [undefined, ['exists'], 'why.exists', []],
  ])('%s %j is %s', (modifier, patterns, key, shown) => {
    expect(asWords({ selection: 's', patterns: patterns!, ...(modifier ? { modifier } : {}) })).toEqual({ key, patterns: shown });
  });
});

describe('an event in the drawer', () => {
  const event = { '@timestamp': '2026-11-21T01:00:00Z', 'event.original': line, 'shuwei.seq': 7, 'shuwei.tenant': 't', 'source.ip': '203.0.113.45', 'user.name': 'root', 'vendor.thing': 'x', tags: ['a', 'b'] } as unknown as Event;
  const catalogue = new Map<string, Field>([
    ['user.name', { name: 'user.name', type: 'keyword', label_zh: '用户名', label_en: 'User', group: 'who', standard: true }],
    ['source.ip', { name: 'source.ip', type: 'ip', label_zh: '源地址', label_en: 'Source', group: 'from', standard: true }],
  ]);
  it('groups fields, leaves the raw line out, keeps unknown ones', () => {
    const groups = groupFields(event, catalogue);
    expect(groups.get('who')!.map((r) => r.name)).toEqual(['user.name']);
    expect(groups.get('other')!.map((r) => r.name)).toEqual(['@timestamp', 'tags', 'vendor.thing']);
    expect([...groups.values()].flat().some((r) => r.name === 'event.original')).toBe(false);
  });
  it('marks values, not bookkeeping', () => {
    expect(fieldMarks(event, (n) => n).map((m) => m.text)).toEqual(['203.0.113.45', 'root', 'a, b']);
  });
});
