import { describe, expect, it } from 'vitest';
import { completionAt, condition, literals, narrowed, quote, tokenize, withCondition } from '@/lib/kql';

const kinds = (query: string) => tokenize(query).filter((t) => t.kind !== 'space').map((t) => `${t.kind} ${t.text}`);

describe('a query is told apart into its parts', () => {
  it.each([
    ['source.ip:10.1.* and event.outcome:failure', ['field source.ip', 'operator :', 'value 10.1.*', 'keyword and', 'field event.outcome', 'operator :', 'value failure']],
    ['not user.name:(root or "ad min")', ['keyword not', 'field user.name', 'operator :', 'paren (', 'value root', 'keyword or', 'value "ad min"', 'paren )']],
    ['destination.port >= 1024', ['field destination.port', 'operator >=', 'value 1024']],
    ['source.ip:2001:db8::1', ['field source.ip', 'operator :', 'value 2001:db8::1']],
    ['登录失败', ['word 登录失败']],
    ['"half open', ['word "half open']],
    ['', []],
  ])('%s', (query, expected) => { expect(kinds(query)).toEqual(expected); });

  it('keeps every character', () => {
    const query = ' a:"b\\"c" AND (d>=1  or not e:f*) ';
    expect(tokenize(query).map((t) => t.text).join('')).toBe(query);
  });
});

describe('completion at the caret', () => {
  it.each([
    ['', 0, { kind: 'field', prefix: '' }],
    ['sour', 4, { kind: 'field', prefix: 'sour', start: 0, end: 4 }],
    ['source.ip:', 10, { kind: 'value', field: 'source.ip', prefix: '' }],
    ['source.ip:10.', 13, { kind: 'value', field: 'source.ip', prefix: '10.', start: 10, end: 13 }],
    ['user.name:(root or z', 20, { kind: 'value', field: 'user.name', prefix: 'z' }],
    ['a:b ', 4, { kind: 'keyword' }],
    ['a:b and u', 9, { kind: 'field', prefix: 'u', start: 8, end: 9 }],
    ['用', 1, { kind: 'field', prefix: '用' }],
  ])('%s at %i', (query, caret, expected) => { expect(completionAt(query, caret)).toMatchObject(expected); });
});

describe('conditions', () => {
  it.each([['failure', 'failure'], ['10.1.2.3', '10.1.2.3'], ['a b', '"a b"'], ['', '""'], ['and', '"and"'], ['a"b\\', '"a\\"b\\\\"'], ['fe80::1', '"fe80::1"'], ['登录', '登录'], ['x*', '"x*"']])('%s is written %s', (value, expected) => { expect(quote(value)).toBe(expected); });
  it('adds, excludes and takes out again', () => {
    expect(withCondition('', 'a', 'b', false)).toBe('a:b');
    expect(withCondition('x:1', 'a', 'b', true)).toBe('x:1 and not a:b');
    expect(withCondition('x:1 and a:b', 'a', 'b', false)).toBe('x:1');
    expect(withCondition('x:1 or y:2', 'a', 'b', false)).toBe('(x:1 or y:2) and a:b');
    expect(condition('user.name', 'DOM\\u')).toBe('user.name:"DOM\\\\u"');
  });
  it('names the literals to mark in a line', () => {
    expect(literals('source.ip:203.0.113.* and "half open" and port>10 and x:a')).toEqual(['203.0.113.', 'half open']);
  });
});

describe('drilling down', () => {
  it('adds a condition even where it stands already, and absence for an empty value', () => {
    expect(narrowed('', 'a', 'b c')).toBe('a:"b c"');
    expect(narrowed('a:b', 'a', 'b')).toBe('a:b and a:b');
    expect(narrowed('x:1 or y:2', 'a', '')).toBe('(x:1 or y:2) and not a:*');
  });
});
