import { describe, expect, it } from 'vitest';
import { defaultStatistics, readStatistics, writeStatistics } from '@/features/investigate/statistics';

describe('statistics in the URL', () => {
  it('come back as they were written', () => {
    const spec = { groups: ['user.name', 'source.ip'], measures: [{ kind: 'sum' as const, field: 'source.bytes' }], top: 5, byTime: true };
    expect(readStatistics(writeStatistics(spec))).toEqual(spec);
  });
  it('are the default or within limits for whatever else stands there', () => {
    expect(readStatistics(undefined)).toEqual(defaultStatistics);
    expect(readStatistics('{"groups":')).toEqual(defaultStatistics);
    expect(readStatistics('{"groups":["a","b","c","d"],"measures":[{"kind":"evil"}],"top":99999}')).toEqual({ groups: ['a', 'b', 'c'], measures: [{ kind: 'count' }], top: 200, byTime: false });
  });
});
