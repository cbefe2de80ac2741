import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Segmented, Select } from 'antd';
import { ListFilter, X } from 'lucide-react';
import { useCallback, useMemo, useState } from 'react';
import { DataList, type Column } from '@/components/DataList';
import { Drawer } from '@/components/Drawer';
import { EventView } from '@/components/event/EventView';
import { contentText, eventSummary } from '@/components/event/fields';
import { Histogram } from '@/components/Histogram';
import { usePages } from '@/components/pages';
import { MarkedText } from '@/components/RawLine';
import { Bones, Empty, Failed } from '@/components/States';
import { Time } from '@/components/Time';
import { useTitle } from '@/components/title';
import { call } from '@/lib/api/client';
import { useFields } from '@/lib/api/queries';
import type { Event, EventPage } from '@/lib/api/types';
import { formatCount, formatCompact } from '@/lib/format';
import { useI18n } from '@/lib/i18n';
import { literals, withCondition } from '@/lib/kql';
import { useParam, usePhone, useRange, useSetParams, useTenant } from '@/lib/scope';
import { usePreference } from '@/lib/preferences';
import { useMe } from '@/lib/session';
import { ExportButton } from './ExportButton';
import { FieldSidebar } from './FieldSidebar';
import { JobBar } from './JobBar';
import { runJob, type JobProgress } from './jobs';
import { QueryBar } from './QueryBar';
import { SqlPanel } from './SqlPanel';
import { readStatistics, writeStatistics } from './statistics';
import { StatisticsPanel } from './StatisticsPanel';
import { defaultColumns } from './views';
import { ViewTabs, type OpenedView } from './ViewTabs';
import './investigate.css';

const pageSize = 200;
const splits = ['', 'event.outcome', 'event.category', 'shuwei.pack', 'event.action', 'source.ip', 'host.name'];

function chartOf(stat: string | undefined): NonNullable<OpenedView['chart']> {
  const { groups, measures, top, byTime } = readStatistics(stat);
  return { groups, measures, top, buckets: byTime ? 12 : 0 };
}

export default function InvestigatePage() {
  const { t, language } = useI18n();
  useTitle(t('job.investigate'));
  const client = useQueryClient();
  const phone = usePhone();
  const { byName } = useFields();
  const [tenant] = useTenant();
  const { range, setRange } = useRange();
  const [q] = useParam('q');
  const query = q ?? '';
  const [split = '', setSplit] = useParam('split');
  const [opened, setOpened] = useParam('event');
  const [columnText] = useParam('columns');
  const [mode = 'table', setMode] = useParam('mode');
  const setParams = useSetParams();
  const [stored, setStored] = usePreference<string[]>('investigate.columns', defaultColumns);
  const columns = useMemo(() => columnText?.split(',').filter(Boolean) ?? stored, [columnText, stored]);
  const [sidebar, setSidebar] = usePreference('investigate.sidebar', true);
  const [phoneFields, setPhoneFields] = useState(false);
  const raw = mode === 'raw';
  const listed = mode === 'table' || raw;
  const me = useMe();
  const { spec } = useRange();
  const [stat] = useParam('stat');
  const [job, setJob] = useState<JobProgress>();
  const label = useCallback((name: string): string => { const f = byName.get(name); return f ? (language === 'zh' ? f.label_zh : f.label_en) : name; }, [byName, language]);

  const { query: pages, first, more } = usePages<EventPage & { items: Event[] }>(['events', 'search', query, tenant, range], async (cursor, signal) => {
    const done = await runJob({ query, ...range, limit: pageSize, ...(cursor ? { cursor } : {}) }, tenant, signal, setJob);
    return { ...done.events!, items: done.events!.events };
  });
  const events = useMemo(() => pages.data?.pages.flatMap((page) => page.events) ?? [], [pages.data]);
  const histogram = useQuery({
    queryKey: ['events', 'histogram', query, tenant, range, split], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => call('post', '/api/v1/events/histogram', { query: { tenant }, body: { query, ...range, buckets: phone ? 40 : 90, ...(split ? { split, split_limit: 5 } : {}) }, signal }),
  });
  const detail = useQuery({ queryKey: ['events', 'one', opened], enabled: opened !== undefined, queryFn: ({ signal }) => call('get', '/api/v1/events/{seq}', { path: { seq: Number(opened) }, signal }) });
  const openedEvent = detail.data?.event['shuwei.seq'] === Number(opened) ? detail.data.event : events.find((event) => String(event['shuwei.seq']) === opened);

  const setQuery = (next: string): void => {
    if (next === query) void client.invalidateQueries({ queryKey: ['events'] });
    setParams({ q: next || undefined, event: undefined });
  };
  const filter = (field: string, value: string, exclude: boolean): void => setParams({ q: withCondition(query, field, value, exclude) });
  const toggleColumn = (field: string): void => {
    const next = columns.includes(field) ? columns.filter((name) => name !== field) : [...columns, field];
    setStored(next);
    setParams({ columns: next.join(',') === defaultColumns.join(',') ? undefined : next.join(',') });
  };
  const step = (by: 1 | -1): void => {
    const at = events.findIndex((event) => String(event['shuwei.seq']) === opened);
    const next = events[at + by];
    if (next) setOpened(String(next['shuwei.seq']));
  };
  const closeDrawer = useCallback(() => setOpened(undefined), [setOpened]);

  const marks = useMemo(() => literals(query).map((text) => ({ text, kind: 'match' as const })), [query]);
  const timeColumn: Column<Event> = { key: '@timestamp', title: t('field.time'), width: '176px', render: (event) => <span className="secondary"><Time at={event['@timestamp']} precision="ms" /></span> };
  const listColumns: Column<Event>[] = raw
    ? [timeColumn, { key: 'raw', title: t('event.raw'), width: 'minmax(300px, 1fr)', cut: false, render: (event) => <span className="raw-cell"><MarkedText line={event['event.original']} marks={marks} /></span> }]
    : [timeColumn, ...columns.map<Column<Event>>((name) => ({
      key: name, width: name === 'message' ? 'minmax(220px, 3fr)' : 'minmax(118px, 1fr)',
      title: <span className="row tight column-head" title={name}><span className="cut">{name === 'message' ? t('field.message') : label(name)}</span><button type="button" className="icon-button tiny" aria-label={t('field.remove_column', { name })} onClick={() => toggleColumn(name)}><X size={11} /></button></span>,
      render: (event) => {
        const text = name === 'message' ? eventSummary(event) : contentText(event[name]);
        return text === '' ? <span className="faint">–</span> : <span className={name === 'message' ? '' : 'mono'} title={text.slice(0, 500)}><MarkedText line={text.slice(0, 400)} marks={marks} /></span>;
      },
    }))];
  const card = (event: Event) => (
    <div className="stack" style={{ gap: 3 }}>
      <div className="row small secondary"><Time short at={event['@timestamp']} precision="ms" /><span className="end cut">{contentText(event['shuwei.pack']) || t('event.unrecognised')}</span></div>
      <div className="raw-cell clamp"><MarkedText line={event['event.original'].slice(0, 300)} marks={marks} /></div>
    </div>
  );

  const stop = (): void => { void client.cancelQueries({ queryKey: ['events'] }); void client.cancelQueries({ queryKey: ['field_stats'] }); };
  const stopped = pages.isPending && pages.fetchStatus === 'idle';
  const busy = pages.isFetching && !pages.isFetchingNextPage;
  const total = first?.total;
  const series = useMemo(() => {
    const data = histogram.data;
    if (!data) return [];
    if (!data.split_values || data.split_values.length === 0) return [{ name: t('histogram.events'), values: data.buckets.map((b) => b.count) }];
    const named = data.split_values.map((value, i) => ({ name: value === '' ? t('histogram.without') : value, values: data.buckets.map((b) => b.split?.[i] ?? 0) }));
    const other = data.buckets.map((b) => b.split?.[data.split_values!.length] ?? 0);
    return other.some((n) => n > 0) ? [...named, { name: t('histogram.other'), values: other }] : named;
  }, [histogram.data, t]);
  const at = useMemo(() => histogram.data?.buckets.map((b) => b.at) ?? [], [histogram.data]);
  const view: OpenedView = { query, columns, mode: mode === 'sql' ? 'table' : mode as OpenedView['mode'], ...(mode === 'statistics' ? { chart: chartOf(stat) } : {}) };
  const openView = (next: OpenedView): void => {
    if (next.columns.length > 0) setStored(next.columns);
    setParams({
      q: next.query || undefined, columns: next.columns.length > 0 ? next.columns.join(',') : undefined, mode: next.mode === 'table' ? undefined : next.mode, event: undefined,
      ...(next.since ? { since: next.since, until: next.until } : {}),
      ...(next.chart ? { stat: writeStatistics(readStatistics(JSON.stringify({ ...next.chart, byTime: (next.chart.buckets ?? 0) > 0 }))) } : {}),
    });
  };
  const fields = <FieldSidebar query={query} tenant={tenant} range={range} columns={columns} onFilter={filter} onColumn={toggleColumn} />;

  return (
    <div className="page investigate">
      <h1 className="hidden">{t('job.investigate')}</h1>
      <ViewTabs tenant={tenant} now={view} range={spec} onOpen={openView} />
      <QueryBar query={query} onRun={setQuery} tenant={tenant} range={range} busy={busy} onStop={stop} />
      <div className="investigate-chart">
        <div className="row small">
          <b>{total === undefined ? '…' : `${first!.total_relation === 'lower_bound' ? '≥ ' : ''}${formatCount(total)}`}</b><span className="secondary">{t('histogram.events')}</span>
          {first && <span className="faint">{t('search.took', { ms: Math.round(first.took_ms) })}</span>}
          <span className="end row">
            <span className="secondary not-narrow">{t('histogram.split')}</span>
            <Select size="small" variant="borderless" value={split} popupMatchSelectWidth={false} style={{ minWidth: 110 }} aria-label={t('histogram.split')} onChange={(next) => setSplit(next)} options={[...new Set([...splits, split])].map((name) => ({ value: name, label: name === '' ? t('histogram.no_split') : label(name) }))} />
          </span>
        </div>
        {histogram.error && !histogram.data ? <Failed inline error={histogram.error} what={t('what.histogram')} retry={() => void histogram.refetch()} /> : histogram.data ? <Histogram label={t('what.histogram')} at={at} intervalMs={histogram.data.interval_ms} series={series} height={phone ? 80 : 96} onBrush={(since, until) => setRange({ since, until })} /> : <div style={{ height: phone ? 80 : 96 }}><Bones rows={3} height={12} /></div>}
      </div>
      <div className="split investigate-body">
        {!phone && sidebar && <aside className="sidebar" aria-label={t('what.fields')}>{fields}</aside>}
        <div className="main">
          <div className="investigate-tools">
            <button type="button" className={`icon-button${sidebar && !phone ? ' on' : ''}`} title={t('field.sidebar')} aria-pressed={sidebar} onClick={() => (phone ? setPhoneFields(true) : setSidebar(!sidebar))}><ListFilter size={15} /></button>
            <Segmented size="small" value={mode} onChange={(value) => setMode(value === 'table' ? undefined : String(value))} options={[{ value: 'table', label: t('search.table') }, { value: 'raw', label: t('search.raw') }, { value: 'statistics', label: t('stat.title') }, ...(me.canJudge ? [{ value: 'sql', label: 'SQL' }] : [])]} />
            {listed && <ExportButton query={query} tenant={tenant} range={range} columns={columns} total={total} />}
            {mode === 'table' && !phone && columns.join(',') !== defaultColumns.join(',') && <Button type="link" size="small" onClick={() => { setStored(defaultColumns); setParams({ columns: undefined }); }}>{t('field.reset_columns')}</Button>}
            <span className="end faint small not-narrow">{t('search.keys')}</span>
          </div>
          {job && listed && <JobBar job={job} onStop={stop} />}
          {mode === 'statistics' && <StatisticsPanel query={query} tenant={tenant} range={range} onRange={(since, until) => setRange({ since, until })} />}
          {mode === 'sql' && me.canJudge && <SqlPanel tenant={tenant} range={range} />}
          {listed && <div style={{ position: 'relative', flex: 1, minHeight: 0 }}>
            {busy && <div className="progress-line" />}
            {pages.error && events.length === 0 ? <Failed error={pages.error} what={t('what.search')} retry={() => void pages.refetch()} />
              : stopped ? <Empty say={t('search.stopped')} action={<Button onClick={() => setQuery(query)}>{t('act.search')}</Button>} />
              : pages.isPending ? <Bones rows={12} />
                : (
                  <DataList<Event>
                    key={raw ? 'raw' : 'table'} label={t('histogram.events')} rows={events} columns={listColumns} rowKey={(event) => String(event['shuwei.seq'])} rowHeight={28} variable={raw} cardHeight={74}
                    selected={opened} onSelect={(key) => setOpened(key, opened === undefined ? 'push' : undefined)} card={card} onEnd={more}
                    empty={<Empty say={t('search.empty')} action={<div className="row">{query && <Button onClick={() => setQuery('')}>{t('search.clear_query')}</Button>}<Button onClick={() => setRange({ since: '-30d' })}>{t('search.widen')}</Button></div>} />}
                    foot={pages.isFetchingNextPage ? t('state.loading') : pages.hasNextPage ? '' : t('search.all_shown', { n: formatCompact(events.length, language) })}
                  />
                )}
          </div>}
        </div>
        {opened !== undefined && (
          <Drawer name="event" label={t('what.event')} title={<b>{t('what.event')} <span className="faint">#{opened}</span></b>} onClose={closeDrawer} onStep={events.length > 0 ? step : undefined}>
            {openedEvent ? <EventView event={openedEvent} detail={detail.data?.event['shuwei.seq'] === Number(opened) ? detail.data : undefined} query={query} actions={{ filter, column: toggleColumn, columns }} />
              : detail.error ? <Failed error={detail.error} what={t('what.event')} retry={() => void detail.refetch()} /> : <Bones rows={10} />}
          </Drawer>
        )}
        {phone && phoneFields && <Drawer name="fields" label={t('what.fields')} title={<b>{t('what.fields')}</b>} onClose={() => setPhoneFields(false)}>{fields}</Drawer>}
      </div>
    </div>
  );
}
