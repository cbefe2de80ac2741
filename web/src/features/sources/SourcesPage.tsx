import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Form, Input, Segmented, Select } from 'antd';
import { Plus } from 'lucide-react';
import { useCallback, useMemo, useState } from 'react';
import { Link } from 'react-router-dom';
import { DataList, type Column } from '@/components/DataList';
import { Drawer } from '@/components/Drawer';
import { errorText } from '@/components/errors';
import { Panel } from '@/components/Panel';
import { RawLine } from '@/components/RawLine';
import { Sparkarea } from '@/components/Sparkline';
import { Bones, Empty, Failed, Loaded } from '@/components/States';
import { Age, Time } from '@/components/Time';
import { useTitle } from '@/components/title';
import { call } from '@/lib/api/client';
import { usePacks, useTenantName } from '@/lib/api/queries';
import type { Source } from '@/lib/api/types';
import { formatCompact, formatCount, formatRate, formatShare } from '@/lib/format';
import { useI18n } from '@/lib/i18n';
import { condition } from '@/lib/kql';
import { useHref, useParam, useSetParams, useTenant } from '@/lib/scope';
import { useMe } from '@/lib/session';
import { formatDuration } from '@/lib/time';
import { AddSource } from './AddSource';
import '@/components/list.css';

type Filter = 'all' | 'active' | 'silent' | 'unparsed';

export function useSources(tenant: string | undefined, every?: number) {
  return useQuery({ queryKey: ['sources', tenant], refetchInterval: every ?? 15_000, queryFn: ({ signal }) => call('get', '/api/v1/sources', { query: { tenant }, signal }) });
}

function sourceQuery(source: Source): string { return condition('shuwei.source', source.name); }

export default function SourcesPage() {
  const { t, language } = useI18n();
  useTitle(t('source.list'));
  const me = useMe();
  const tenantName = useTenantName();
  const [tenant] = useTenant();
  const sources = useSources(tenant);
  const setParams = useSetParams();
  const [stateParam] = useParam('state');
  const [text = ''] = useParam('q');
  const [opened, setOpened] = useParam('source');
  const [adding, setAdding] = useParam('add');
  const filter: Filter = stateParam === 'active' || stateParam === 'silent' || stateParam === 'unparsed' ? stateParam : 'all';
  const all = sources.data?.items ?? [];
  const rows = useMemo(() => all.filter((s) => (filter === 'all' || (filter === 'unparsed' ? s.unparsed_share > 0.01 : s.state === filter)) && (text === '' || `${s.name} ${s.peer} ${s.host ?? ''} ${s.listener} ${s.pack ?? ''}`.toLowerCase().includes(text.toLowerCase()))), [all, filter, text]);
  const current = all.find((s) => String(s.id) === opened);
  const closeDrawer = useCallback(() => setOpened(undefined), [setOpened]);
  const step = (by: 1 | -1): void => {
    const next = rows[rows.findIndex((s) => String(s.id) === opened) + by];
    if (next) setOpened(String(next.id));
  };
  const columns: Column<Source>[] = [
    { key: 'name', title: t('source.name'), width: 'minmax(160px, 2fr)', render: (s) => <span className="row"><Dot source={s} /><span className="cut">{s.name}</span></span> },
    ...(tenant === undefined ? [{ key: 'tenant', roomy: 5, title: t('tenant.title'), width: 'minmax(88px, 1fr)', render: (s: Source) => <span className="secondary">{tenantName(s.tenant)}</span> }] : []),
    { key: 'peer', roomy: 3, title: t('source.peer'), width: 'minmax(120px, 1fr)', render: (s) => <span className="mono">{s.peer}{s.host ? ` (${s.host})` : ''}</span> },
    { key: 'listener', roomy: 7, title: t('source.listener'), width: '110px', render: (s) => <span className="secondary">{s.listener}</span> },
    { key: 'pack', title: t('source.pack'), width: 'minmax(120px, 1fr)', render: (s) => (s.pack ? <span>{s.pack}{s.pack_bound ? '' : <span className="faint small"> {t('source.recognised')}</span>}</span> : <span className="chip warn">{t('event.unrecognised')}</span>) },
    { key: 'rate', title: t('source.rate'), width: '150px', numeric: true, render: (s) => <span className="row tight" style={{ justifyContent: 'flex-end' }}>{s.rate_series && <Sparkarea values={s.rate_series} width={72} height={20} />}<span style={{ minWidth: 44 }}>{formatRate(s.events_per_second)}</span></span> },
    { key: 'total', roomy: 6, title: t('source.total'), width: '88px', numeric: true, render: (s) => formatCompact(s.total, language) },
    { key: 'unparsed', roomy: 2, title: t('source.unparsed'), width: '88px', numeric: true, render: (s) => <span style={s.unparsed_share > 0.05 ? { color: 'var(--medium)', fontWeight: 600 } : {}}>{formatShare(s.unparsed_share)}</span> },
    { key: 'drift', roomy: 4, title: t('source.drift'), width: '92px', numeric: true, render: (s) => <Drift source={s} /> },
    { key: 'seen', roomy: 1, title: t('source.last_seen'), width: '100px', numeric: true, render: (s) => <Age at={s.last_seen} /> },
  ];
  return (
    <div className="page list-page">
      <div className="page-head"><h1>{t('source.list')}</h1><span className="secondary">{sources.data && formatCount(all.length)}</span>{me.canJudge && <Button className="end" type="primary" icon={<Plus size={14} />} onClick={() => setAdding('1')}>{t('source.add')}</Button>}</div>
      <div className="filters">
        <Segmented<Filter> value={filter} onChange={(next) => setParams({ state: next === 'all' ? undefined : next })} options={(['all', 'active', 'silent', 'unparsed'] as const).map((value) => ({ value, label: t(`source_filter.${value}`) }))} />
        <Input allowClear value={text} onChange={(event) => setParams({ q: event.target.value || undefined })} placeholder={t('source.search')} aria-label={t('source.search')} />
      </div>
      <div className="split list-area">
        <div className="main">
          <Loaded query={sources} what={t('source.list')} bones={<Bones rows={12} />}>
            {() => (
              <DataList<Source>
                label={t('source.list')} rows={rows} columns={columns} rowKey={(s) => String(s.id)} selected={opened} cardHeight={88}
                onSelect={(key) => setOpened(key, opened === undefined ? 'push' : undefined)} card={(s) => <SourceCard source={s} />}
                empty={all.length === 0 ? <Empty say={t('source.none')} action={me.canJudge && <Button type="primary" onClick={() => setAdding('1')}>{t('source.add')}</Button>} /> : <Empty say={t('source.none_filtered')} action={<Button onClick={() => setParams({ state: undefined, q: undefined })}>{t('act.clear_filters')}</Button>} />}
              />
            )}
          </Loaded>
        </div>
        {current && <Drawer name="source" label={t('what.source')} title={<span className="row"><Dot source={current} /><b className="cut">{current.name}</b></span>} onClose={closeDrawer} onStep={step} wide={480}><SourceDetail key={current.id} source={current} /></Drawer>}
      </div>
      {me.canJudge && <AddSource open={adding !== undefined} onClose={() => setAdding(undefined)} onFound={(id) => setParams({ add: undefined, source: id })} />}
    </div>
  );
}

function Dot({ source }: { source: Source }) {
  const { t } = useI18n();
  return <span className={`dot ${source.state === 'active' ? 'good' : 'warn'}`} role="img" title={t(`source_state.${source.state}`)} aria-label={t(`source_state.${source.state}`)} />;
}

function Drift({ source }: { source: Source }) {
  const { language } = useI18n();
  if (source.drift_s === undefined) return <span className="faint">—</span>;
  const far = Math.abs(source.drift_s) > 60;
  return <span style={far ? { color: 'var(--high)', fontWeight: 600 } : { color: 'var(--secondary)' }}>{Math.abs(source.drift_s) < 1 ? '0' : `${source.drift_s > 0 ? '+' : '−'}${formatDuration(source.drift_s, language)}`}</span>;
}

function SourceCard({ source }: { source: Source }) {
  const { t } = useI18n();
  return (
    <div className="stack" style={{ gap: 4 }}>
      <div className="row"><Dot source={source} /><b className="cut">{source.name}</b><span className="end small secondary"><Age at={source.last_seen} /></span></div>
      <div className="row small secondary"><span className="mono">{source.peer}</span><span className="cut">{source.pack ?? t('event.unrecognised')}</span><span className="end nowrap">{formatRate(source.events_per_second)} {t('unit.eps')}</span></div>
      {source.rate_series && <Sparkarea values={source.rate_series} width={300} height={22} />}
    </div>
  );
}

function SourceDetail({ source }: { source: Source }) {
  const { t, language } = useI18n();
  const me = useMe();
  const href = useHref();
  const tenantName = useTenantName();
  const client = useQueryClient();
  const { message } = App.useApp();
  const packs = usePacks();
  const [name, setName] = useState(source.name);
  const update = useMutation({
    mutationFn: (body: { name?: string; pack?: string }) => call('patch', '/api/v1/sources/{source_id}', { path: { source_id: source.id }, body }),
    onSuccess: () => { void client.invalidateQueries({ queryKey: ['sources'] }); void message.success(t('act.saved')); },
    onError: (error) => void message.error(errorText(t, error)),
  });
  const sample = useQuery({ queryKey: ['events', 'of_source', source.name, source.tenant], queryFn: ({ signal }) => call('post', '/api/v1/events/search', { query: { tenant: source.tenant }, body: { query: sourceQuery(source), limit: 3 }, signal }) });
  return (
    <div className="stack" style={{ gap: 14 }}>
      {source.rate_series && <div><div className="section-title">{t('source.rate_hour')}</div><Sparkarea values={source.rate_series} width={440} height={56} /></div>}
      <dl className="facts" style={{ margin: 0 }}>
        <dt>{t('source.state')}</dt><dd>{t(`source_state.${source.state}`)}</dd>
        <dt>{t('tenant.title')}</dt><dd>{tenantName(source.tenant)}</dd>
        <dt>{t('source.peer')}</dt><dd className="mono">{source.peer}</dd>
        {source.host && <><dt>{t('source.host')}</dt><dd className="mono">{source.host}</dd></>}
        <dt>{t('source.listener')}</dt><dd>{source.listener}</dd>
        <dt>{t('source.rate')}</dt><dd>{formatRate(source.events_per_second)} {t('unit.eps')}</dd>
        <dt>{t('source.total')}</dt><dd><Link to={href('/investigate', { q: sourceQuery(source) })}>{formatCount(source.total)}</Link></dd>
        <dt>{t('source.unparsed')}</dt><dd><Link to={href('/investigate', { q: `${sourceQuery(source)} and not shuwei.pack:*`, mode: 'raw' })}>{formatShare(source.unparsed_share)}</Link></dd>
        {source.drift_s !== undefined && <><dt>{t('source.drift')}</dt><dd><Drift source={source} /></dd></>}
        <dt>{t('source.first_seen')}</dt><dd><Time at={source.first_seen} /></dd>
        <dt>{t('source.last_seen')}</dt><dd><Time at={source.last_seen} /> <span className="faint small">(<Age at={source.last_seen} />)</span></dd>
      </dl>
      {me.canJudge && (
        <Form layout="vertical" onFinish={() => update.mutate({ name: name.trim() })}>
          <Form.Item label={t('source.name')} style={{ marginBottom: 10 }}><div className="row"><Input value={name} maxLength={128} onChange={(event) => setName(event.target.value)} /><Button htmlType="submit" disabled={!name.trim() || name.trim() === source.name} loading={update.isPending}>{t('act.save')}</Button></div></Form.Item>
          <Form.Item label={t('source.bind')} style={{ marginBottom: 0 }}>
            <Select
              showSearch optionFilterProp="label" style={{ width: '100%' }} value={source.pack_bound ? source.pack ?? '' : ''} loading={packs.isPending} onChange={(pack: string) => update.mutate({ pack })}
              options={[{ value: '', label: t('source.bind_auto') }, ...(packs.data?.items ?? []).map((p) => ({ value: p.name, label: `${language === 'zh' ? p.title_zh : p.title_en} (${p.name})` }))]}
            />
          </Form.Item>
        </Form>
      )}
      <Panel title={t('source.latest')}>
        {sample.error ? <Failed inline error={sample.error} what={t('source.latest')} retry={() => void sample.refetch()} /> : !sample.data ? <Bones rows={3} /> : sample.data.events.length === 0 ? <Empty inline say={t('source.no_lines')} /> : <div className="stack">{sample.data.events.map((event) => <div key={event['shuwei.seq']}><div className="faint small"><Time at={event['@timestamp']} precision="ms" /></div><RawLine bare line={event['event.original']} marks={[]} /></div>)}</div>}
      </Panel>
    </div>
  );
}
