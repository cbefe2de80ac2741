// What the statistics page shows, as the URL and saved views keep it.
export const measureKinds = ['count', 'distinct', 'sum', 'avg', 'min', 'max'] as const;
export type MeasureKind = typeof measureKinds[number];
export interface StatisticsSpec { groups: string[]; measures: { kind: MeasureKind; field?: string }[]; top: number; byTime: boolean }

export const defaultStatistics: StatisticsSpec = { groups: ['source.ip'], measures: [{ kind: 'count' }], top: 10, byTime: false };

/** Whatever stands in a URL: what is not understood is the default. */
export function readStatistics(text: string | undefined): StatisticsSpec {
  try {
    const value = JSON.parse(text ?? '') as Partial<StatisticsSpec>;
    const measures = (value.measures ?? []).filter((m) => measureKinds.includes(m.kind)).slice(0, 3);
    return {
      groups: (value.groups ?? []).filter((name) => typeof name === 'string' && name !== '').slice(0, 3),
      measures: measures.length > 0 ? measures : [{ kind: 'count' }],
      top: Math.min(200, Math.max(1, Number(value.top) || 10)), byTime: value.byTime === true,
    };
  } catch {
    return defaultStatistics;
  }
}
export function writeStatistics(spec: StatisticsSpec): string { return JSON.stringify(spec); }
