// Statistics and pivot: groups of field values, measures, time; every cell leads to its events.
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { Checkbox, InputNumber, Select } from 'antd';
import { useMemo, useState } from 'react';
import { Histogram } from '@/components/Histogram';
import { Bones, Empty, Failed } from '@/components/States';
import { useFields } from '@/lib/api/queries';
import type { StatisticsGroup } from '@/lib/api/types';
import { formatCount } from '@/lib/format';
import { useI18n } from '@/lib/i18n';
import { narrowed } from '@/lib/kql';
import { useParam, useSetParams, useZone } from '@/lib/scope';
import { formatTime } from '@/lib/time';
import { JobBar } from './JobBar';
import { runJob, type JobProgress } from './jobs';
import { measureKinds, readStatistics, writeStatistics, type MeasureKind, type StatisticsSpec } from './statistics';

const cellsByTime = 12;

interface Props { query: string; tenant: string | undefined; range: { since?: string; until?: string }; onRange: (since: string, until: string) => void }

export function StatisticsPanel({ query, tenant, range, onRange }: Props) {
  const { t, language } = useI18n();
  const client = useQueryClient();
  const { list, byName } = useFields();
  const [zone] = useZone();
  const [text, setText] = useParam('stat');
  const setParams = useSetParams();
  const spec = useMemo(() => readStatistics(text), [text]);
  const change = (next: Partial<StatisticsSpec>): void => setText(writeStatistics({ ...spec, ...next }));
  const label = (name: string): string => { const f = byName.get(name); return f ? (language === 'zh' ? f.label_zh : f.label_en) : name; };
  const [job, setJob] = useState<JobProgress>();
  const key = ['events', 'statistics', query, tenant, range, text];
  const ready = spec.measures.every((m) => m.kind === 'count' || m.field);
  const answer = useQuery({
    queryKey: key, enabled: ready, placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => (await runJob({ query, ...range, statistics: { groups: spec.groups, measures: spec.measures, top: spec.top, buckets: spec.byTime ? cellsByTime : 0 } }, tenant, signal, setJob)).statistics,
  });
  const data = answer.data;
  const fieldOptions = useMemo(() => list.map((field) => ({ value: field.name, label: `${language === 'zh' ? field.label_zh : field.label_en} ${field.name}` })), [list, language]);
  const at = useMemo(() => {
    if (!data?.since || !data.interval_ms) return [];
    const count = data.groups[0]?.buckets?.length ?? 0;
    return Array.from({ length: count }, (_, i) => new Date(Date.parse(data.since!) + i * data.interval_ms!).toISOString());
  }, [data]);
  const nameOf = (group: StatisticsGroup): string => (group.other ? t('histogram.other') : group.values.map((v) => (v === '' ? t('histogram.without') : v)).join(' · ') || t('stat.all'));
  const number = (value: unknown): string => (typeof value === 'number' ? formatCount(Math.round(value * 100) / 100) : '–');
  const conditionOf = (group: StatisticsGroup, base: string): string => spec.groups.reduce((q, field, i) => narrowed(q, field, group.values[i] ?? ''), base);
  // The condition of a row: its values, or for the rest none of the others'.
  const queryOf = (group: StatisticsGroup): string => {
    if (!group.other) return conditionOf(group, query);
    const others = (data?.groups ?? []).filter((g) => !g.other).map((g) => `not (${conditionOf(g, '')})`);
    return [query.trim() === '' ? '' : `(${query})`, ...others].filter(Boolean).join(' and ');
  };
  const open = (group: StatisticsGroup, bucket?: number): void => {
    const when = bucket === undefined ? {} : { since: at[bucket], until: new Date(Date.parse(at[bucket]!) + data!.interval_ms!).toISOString() };
    setParams({ q: queryOf(group) || undefined, mode: undefined, ...when });
  };
  const summable = spec.measures[0]?.kind === 'count' || spec.measures[0]?.kind === 'sum';
  const series = useMemo(() => (data?.groups ?? []).slice(0, 8).map((group) => ({ name: nameOf(group), values: (group.buckets ?? []).map((cell) => (typeof cell[0] === 'number' ? cell[0] : 0)) })), [data, t]);
  const measureName = (i: number): string => { const m = spec.measures[i]!; return m.kind === 'count' ? t('stat.count') : `${t(`stat.${m.kind}`)}(${label(m.field ?? '')})`; };
  return (
    <div className="stat-panel">
      <div className="stat-tools">
        <span className="secondary small">{t('stat.groups')}</span>
        <Select mode="tags" size="small" maxCount={3} value={spec.groups} onChange={(groups) => change({ groups })} options={fieldOptions} style={{ minWidth: 220, flex: 1, maxWidth: 520 }} aria-label={t('stat.groups')} placeholder={t('stat.choose')} tagRender={({ value, onClose }) => <span className="chip" style={{ marginRight: 4 }}>{label(String(value))} <button type="button" className="plain" aria-label={t('act.clear')} onClick={onClose}>×</button></span>} />
        {spec.measures.map((measure, i) => (
          <span className="row tight" key={i}>
            <Select<MeasureKind> size="small" value={measure.kind} aria-label={t('stat.measure')} style={{ width: 96 }} onChange={(kind) => change({ measures: spec.measures.map((m, k) => (k === i ? (kind === 'count' ? { kind } : { ...m, kind }) : m)) })} options={measureKinds.map((kind) => ({ value: kind, label: t(`stat.${kind}`) }))} />
            {measure.kind !== 'count' && <Select size="small" showSearch value={measure.field} aria-label={t('stat.field')} placeholder={t('stat.choose')} style={{ width: 150 }} popupMatchSelectWidth={false} onChange={(field) => change({ measures: spec.measures.map((m, k) => (k === i ? { ...m, field } : m)) })} options={fieldOptions} />}
            {spec.measures.length > 1 && <button type="button" className="icon-button tiny" aria-label={t('act.clear')} onClick={() => change({ measures: spec.measures.filter((_, k) => k !== i) })}>×</button>}
          </span>
        ))}
        {spec.measures.length < 3 && <button type="button" className="icon-button tiny" title={t('stat.add_measure')} onClick={() => change({ measures: [...spec.measures, { kind: 'distinct', field: 'source.ip' }] })}>+</button>}
        <span className="row tight"><span className="secondary small">{t('stat.top')}</span><InputNumber size="small" min={1} max={200} value={spec.top} style={{ width: 62 }} aria-label={t('stat.top')} onChange={(top) => change({ top: top ?? 10 })} /></span>
        <Checkbox checked={spec.byTime} onChange={(event) => change({ byTime: event.target.checked })}>{t('stat.by_time')}</Checkbox>
      </div>
      {job && <JobBar job={job} onStop={() => void client.cancelQueries({ queryKey: key })} />}
      {answer.error && !data ? <Failed error={answer.error} what={t('stat.title')} retry={() => void answer.refetch()} />
        : !data ? (answer.fetchStatus === 'idle' ? <Empty say={t('search.stopped')} /> : <Bones rows={8} />)
          : data.groups.length === 0 ? <Empty say={t('search.empty')} />
            : (
              <div className="table-scroll">
                {spec.byTime && summable && at.length > 0 && <div style={{ padding: '6px 10px' }}><Histogram label={t('stat.title')} at={at} intervalMs={data.interval_ms!} series={series} height={140} onBrush={onRange} /></div>}
                <table className="figures">
                  <thead><tr>
                    {spec.groups.map((field) => <th key={field} title={field}>{label(field)}</th>)}
                    {spec.groups.length === 0 && <th />}
                    {spec.measures.map((_, i) => <th key={i} className="number">{measureName(i)}</th>)}
                    {spec.byTime && at.map((moment) => <th key={moment} className="number faint">{formatTime(moment, zone, 'minute').slice(5)}</th>)}
                  </tr></thead>
                  <tbody>{data.groups.map((group, n) => (
                    <tr key={n} className={group.other ? 'secondary' : ''}>
                      {group.other || spec.groups.length === 0 ? <td colSpan={Math.max(1, spec.groups.length)}>{nameOf(group)}</td> : group.values.map((value, i) => <td key={i} className="mono">{value === '' ? <span className="faint">{t('histogram.without')}</span> : value}</td>)}
                      {group.totals.map((value, i) => <td key={i} className="number"><button type="button" className="cell-link" title={t('stat.open')} onClick={() => open(group)}>{number(value)}</button></td>)}
                      {spec.byTime && at.map((moment, i) => <td key={moment} className="number">{group.buckets?.[i]?.length ? <button type="button" className="cell-link" title={t('stat.open')} onClick={() => open(group, i)}>{number(group.buckets[i]![0])}</button> : <span className="faint">·</span>}</td>)}
                    </tr>
                  ))}</tbody>
                </table>
              </div>
            )}
    </div>
  );
}
