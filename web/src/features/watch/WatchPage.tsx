import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo, useRef, useState } from 'react';
import { Link } from 'react-router-dom';
import { DataList, type DataListHandle } from '@/components/DataList';
import { FigureTile } from '@/components/FigureTile';
import { Histogram } from '@/components/Histogram';
import { Panel } from '@/components/Panel';
import { SeverityMark } from '@/components/Severity';
import { Bones, Empty, Failed, Loaded } from '@/components/States';
import { useTitle } from '@/components/title';
import { TopValues } from '@/components/TopValues';
import { call, serverNow } from '@/lib/api/client';
import { openCaseStates, severities, type Overview } from '@/lib/api/types';
import { change, formatBytes, formatCompact, formatCount, formatRate } from '@/lib/format';
import { useI18n } from '@/lib/i18n';
import { condition } from '@/lib/kql';
import { useAutoRefresh, useGo, useHref, useParam, usePhone, useRange, useTenant } from '@/lib/scope';
import { useMe } from '@/lib/session';
import { tokens } from '@/lib/theme/tokens';
import { useTheme } from '@/lib/theme';
import { Preview } from './Preview';
import { buildQueue, type QueueRow } from './queue';
import { QueueItem } from './QueueItem';
import './watch.css';

export default function WatchPage() {
  const { t } = useI18n();
  useTitle(t('job.watch'));
  useAutoRefresh(15_000);
  const [tenant] = useTenant();
  const { range } = useRange();
  const overview = useQuery({
    queryKey: ['overview', tenant, range], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => call('get', '/api/v1/overview', { query: { tenant, ...range, buckets: 60 }, signal }),
  });
  return (
    <div className="page watch">
      <h1 className="hidden">{t('job.watch')}</h1>
      <div className="watch-top">
        <Loaded query={overview} what={t('what.overview')} bones={<TopBones />}>{(data) => <Top data={data} />}</Loaded>
      </div>
      <Queue />
    </div>
  );
}

function TopBones() {
  return <><div className="tiles">{[1, 2, 3, 4, 5].map((n) => <div key={n} className="tile"><Bones rows={2} height={12} gap={10} /></div>)}</div><div className="panel" style={{ height: 156 }}><Bones rows={4} /></div></>;
}

function Top({ data }: { data: Overview }) {
  const { t, language } = useI18n();
  const href = useHref();
  const { setRange } = useRange();
  const { name: theme } = useTheme();
  const severity = data.open_alerts_by_severity;
  const series = useMemo(() => [...severities].reverse().map((s) => ({ name: t(`severity.${s}`), colour: tokens[theme][s], values: data.alert_series.map((b) => b.counts[s]) })), [data.alert_series, theme, t]);
  const at = useMemo(() => data.alert_series.map((b) => b.at), [data.alert_series]);
  return (
    <>
      <div className="tiles">
        <FigureTile label={t('tile.events')} figure={formatRate(data.events_per_second.value)} unit={t('unit.eps')} delta={change(data.events_per_second.value, data.events_per_second.previous)} series={data.events_per_second.series} to={href('/investigate')} foot={data.events_total && <span>{t('tile.events_total', { n: formatCompact(data.events_total.value, language) })}</span>} />
        <FigureTile
          label={t('tile.open_alerts')} figure={<Link to={href('/alerts', { since: '-30d' })} style={{ color: 'inherit' }}>{formatCount(data.open_alerts.value)}</Link>} wide
          foot={severities.slice(0, 4).map((s) => <Link key={s} to={href('/alerts', { severity: s, since: '-30d' })} className="row tight" title={t(`severity.${s}`)}><SeverityMark severity={s} size={10} /><span>{formatCount(severity[s])}</span></Link>)}
        />
        <FigureTile
          label={t('tile.sla')} look={data.sla_missed > 0 ? 'alarm' : data.sla_at_risk > 0 ? 'warn' : undefined}
          figure={<Link to={href('/cases', { sla: data.sla_missed > 0 ? 'missed' : 'at_risk' })} style={{ color: 'inherit' }}>{formatCount(data.sla_missed + data.sla_at_risk)}</Link>}
          foot={<><Link to={href('/cases', { sla: 'missed' })}>{t('tile.missed', { n: data.sla_missed })}</Link><Link to={href('/cases', { sla: 'at_risk' })}>{t('tile.at_risk', { n: data.sla_at_risk })}</Link><Link to={href('/cases')}>{t('tile.open_cases', { n: data.open_cases.value })}</Link></>}
        />
        <FigureTile label={t('tile.silent')} look={data.silent_sources > 0 ? 'warn' : undefined} figure={formatCount(data.silent_sources)} to={href('/sources', data.silent_sources > 0 ? { state: 'silent' } : {})} foot={<><span>{t('tile.sources', { n: data.sources })}</span>{(data.proposed_sources ?? 0) > 0 && <Link to={href('/sources', { state: 'proposed' })}>{t('tile.proposed', { n: data.proposed_sources ?? 0 })}</Link>}</>} />
        <FigureTile label={t('tile.stored')} figure={formatBytes(data.stored_bytes.value)} delta={change(data.stored_bytes.value, data.stored_bytes.previous)} series={data.stored_bytes.series} to={href('/sources')} />
      </div>
      <div className="watch-charts">
        <Panel title={t('watch.alerts_over_time')} flush className="watch-series"><div style={{ padding: '2px 4px 0' }}><Histogram label={t('watch.alerts_over_time')} at={at} intervalMs={data.interval_ms} series={series} height={118} onBrush={(since, until) => setRange({ since, until })} /></div></Panel>
        <Panel title={t('watch.top_sources')} flush><div style={{ padding: 4 }}><TopValues values={data.top_sources.slice(0, 5)} empty={t('watch.nothing_matched')} to={(value) => href('/alerts', { entity: value, state: 'all' })} /></div></Panel>
        <Panel title={t('watch.top_targets')} flush><div style={{ padding: 4 }}><TopValues values={data.top_targets.slice(0, 5)} empty={t('watch.nothing_matched')} to={(value) => (/^[\d.]+$|:/.test(value) ? href('/investigate', { q: condition('destination.ip', value) }) : href('/alerts', { entity: value, state: 'all' }))} /></div></Panel>
      </div>
    </>
  );
}

function Queue() {
  const { t } = useI18n();
  const go = useGo();
  const href = useHref();
  const me = useMe();
  const phone = usePhone();
  const [tenant] = useTenant();
  const [focus, setFocus] = useParam('focus');
  const cases = useQuery({ queryKey: ['cases', 'queue', tenant], placeholderData: keepPreviousData, queryFn: ({ signal }) => call('get', '/api/v1/cases', { query: { tenant, state: openCaseStates, sort: 'due', limit: 200 }, signal }) });
  const alerts = useQuery({ queryKey: ['alerts', 'queue', tenant], placeholderData: keepPreviousData, queryFn: ({ signal }) => call('get', '/api/v1/alerts', { query: { tenant, state: ['open', 'acknowledged'], case: 'none', sort: 'severity', limit: 200 }, signal }) });
  const fresh = useMemo(() => buildQueue(cases.data?.items ?? [], alerts.data?.items ?? [], me, serverNow()), [cases.data, alerts.data, me.name, me.canJudge]);

  // New rows slide in only while the list is at its top; otherwise a bar says how many wait.
  const list = useRef<DataListHandle>(null);
  const [top, setTop] = useState(true);
  const held = useRef<readonly QueueRow[]>(fresh);
  const freshKeys = new Map(fresh.map((row) => [row.key, row]));
  const heldKeys = new Set(held.current.map((row) => row.key));
  const waiting = top ? 0 : fresh.filter((row) => !heldKeys.has(row.key)).length;
  if (top || held.current.length === 0) held.current = fresh;
  else held.current = held.current.flatMap((row) => { const now = freshKeys.get(row.key); return now ? [now] : []; });
  const items = held.current;
  const current = items.find((row) => row.key === focus) ?? (phone ? undefined : items[0]);
  const open = (row: QueueRow): void => go(row.kind === 'case' ? `/cases/${row.subject.number}` : `/alerts/${row.subject.id}`);
  const error = cases.error ?? alerts.error;
  const loading = cases.data === undefined || alerts.data === undefined;
  const retry = (): void => { void cases.refetch(); void alerts.refetch(); };
  return (
    <div className={`watch-work${!loading && items.length === 0 ? ' alone' : ''}`}>
      <section className="panel watch-queue" aria-label={t('queue.title')}>
        {loading ? error ? <Failed error={error} what={t('queue.title')} retry={retry} /> : <Bones rows={9} height={30} gap={12} /> : (
          <>
            {waiting > 0 && <button type="button" className="list-new" onClick={() => { held.current = fresh; list.current?.toTop(); setTop(true); }}>{t('queue.new', { n: waiting })}</button>}
            <DataList<QueueRow>
              label={t('queue.title')} rows={items} rowKey={(row) => row.key} columns={[]} cards headless cardHeight={53} handle={list} onTopChange={setTop}
              selected={current?.key} onSelect={(key, row) => (phone ? open(row) : setFocus(key))} onOpen={(_, row) => open(row)}
              card={(row) => {
                const i = items.indexOf(row);
                const heads = row.group !== items[i - 1]?.group;
                return <>{heads && <div className="queue-head" onClick={(event) => event.stopPropagation()}>{t(`queue.${row.group}`)} <span>{items.filter((r) => r.group === row.group).length}</span></div>}<QueueItem row={row} /></>;
              }}
              empty={<Empty say={t('queue.empty')} action={<span className="row" style={{ gap: 16 }}><Link to={href('/alerts', { state: 'closed' })}>{t('queue.see_closed')}</Link>{me.canJudge && <Link to={href('/sources', { add: '1' })}>{t('source.add')}</Link>}</span>} />}
            />
          </>
        )}
      </section>
      {!phone && (loading || items.length > 0) && <section className="panel watch-preview" aria-label={t('queue.preview')}>{current ? <Preview row={current} /> : loading ? <Bones rows={9} height={30} gap={12} /> : <Empty say={t('queue.nothing_selected')} />}</section>}
    </div>
  );
}
