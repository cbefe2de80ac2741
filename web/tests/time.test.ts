import { describe, expect, it } from 'vitest';
import { formatAge, formatDuration, formatShort, formatTime, instant, isRelative, parseTyped, resolve } from '@/lib/time';

const now = Date.parse('2026-11-21T10:00:00.000Z');

describe('ranges', () => {
  it('resolves offsets against the given moment', () => {
    expect(resolve({ since: '-24h' }, now)).toEqual({ since: '2026-11-20T10:00:00.000Z', until: '2026-11-21T10:00:00.000Z' });
    expect(resolve({ since: '2026-11-01T00:00:00Z', until: '2026-11-02T00:00:00Z' }, now).until).toBe('2026-11-02T00:00:00.000Z');
  });
  it('never ends before it starts, whatever the URL says', () => {
    const range = resolve({ since: '2026-12-01T00:00:00Z', until: '2026-11-01T00:00:00Z' }, now);
    expect(Date.parse(range.since)).toBeLessThan(Date.parse(range.until));
    expect(resolve({ since: 'nonsense' }, now).since).toBe('2026-11-20T10:00:00.000Z');
  });
  it('knows which ranges move with the clock', () => {
    expect(isRelative({ since: '-15m' })).toBe(true);
    expect(isRelative({ since: '-15m', until: '2026-11-21T00:00:00Z' })).toBe(false);
    expect(isRelative({ since: '2026-11-21T00:00:00Z' })).toBe(false);
  });
});

describe('what a person types', () => {
  it.each([
    ['2026-11-21 08:30', '2026-11-21T08:30:00.000Z'], ['2026/1/2 3:04:05.5', '2026-01-02T03:04:05.500Z'], ['11-20 23:59', '2026-11-20T23:59:00.000Z'], ['07:15', '2026-11-21T07:15:00.000Z'], ['2026-11-20', '2026-11-20T00:00:00.000Z'], ['-2h', '-2h'],
  ])('%s', (typed, expected) => { expect(parseTyped(typed, 'utc', now)).toBe(expected); });
  it.each(['', '25:00', 'yesterday-ish', '2026-13-01 00:00'])('refuses %s', (typed) => { expect(parseTyped(typed, 'utc', now)).toBeUndefined(); });
  it('reads an instant', () => { expect(instant('-1d', now)).toBe(now - 86_400_000); });
});

describe('what a person reads', () => {
  it('writes times alike for everybody', () => {
    expect(formatTime('2026-11-21T01:02:03.004005Z', 'utc', 'ms')).toBe('2026-11-21 01:02:03.004');
    expect(formatShort('2026-11-21T01:02:03Z', 'utc', now)).toBe('01:02:03');
    expect(formatShort('2026-11-20T01:02:03Z', 'utc', now, 'minute')).toBe('11-20 01:02');
    expect(formatShort('2025-11-20T01:02:03Z', 'utc', now, 'minute')).toBe('2025-11-20 01:02');
    expect(formatTime('not a time', 'utc')).toBe('not a time');
  });
  it('writes durations in their two largest parts', () => {
    expect([45, 125, 600, 7260, 90_000, 172_800].map((s) => formatDuration(s, 'zh'))).toEqual(['45秒', '2分05秒', '10分', '2时01分', '1天1时', '2天']);
    expect(formatDuration(-125, 'en')).toBe('2m 05s');
    expect(formatAge('2026-11-21T09:00:00Z', 'zh', now)).toBe('1小时前');
  });
});
