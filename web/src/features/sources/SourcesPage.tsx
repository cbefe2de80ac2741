import { Button, Input, Segmented } from 'antd';
import { CheckCheck, Plus } from 'lucide-react';
import { useCallback, useMemo, useState } from 'react';
import { DataList, type Column } from '@/components/DataList';
import { Drawer } from '@/components/Drawer';
import { Sparkarea } from '@/components/Sparkline';
import { Bones, Empty, Loaded } from '@/components/States';
import { Age } from '@/components/Time';
import { useTitle } from '@/components/title';
import { useTenantName } from '@/lib/api/queries';
import type { Source } from '@/lib/api/types';
import { formatCompact, formatCount, formatRate, formatShare } from '@/lib/format';
import { useI18n } from '@/lib/i18n';
import { useParam, useSetParams, useTenant } from '@/lib/scope';
import { useMe } from '@/lib/session';
import { AddSource } from './AddSource';
import { ConfirmMany } from './ConfirmMany';
import { Conditions, Dot, Drift, filters, fits, type Filter } from './condition';
import { SourceDetail } from './SourceDetail';
import { useSources } from './queries';
import '@/components/list.css';
import './sources.css';

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
  const [confirming, setConfirming] = useState(false);
  const filter: Filter = filters.find((f) => f === stateParam) ?? 'all';
  const all = sources.data?.items ?? [];
  const rows = useMemo(() => all.filter((s) => fits(s, filter) && (text === '' || `${s.name} ${s.peer} ${s.host ?? ''} ${s.listener} ${s.pack ?? ''}`.toLowerCase().includes(text.toLowerCase()))), [all, filter, text]);
  const proposed = rows.filter((s) => !s.confirmed);
  const current = all.find((s) => String(s.id) === opened);
  const closeDrawer = useCallback(() => setOpened(undefined), [setOpened]);
  const step = (by: 1 | -1): void => {
    const next = rows[rows.findIndex((s) => String(s.id) === opened) + by];
    if (next) setOpened(String(next.id));
  };
  const columns: Column<Source>[] = [
    { key: 'name', title: t('source.name'), width: 'minmax(160px, 2fr)', render: (s) => <span className="row"><Dot source={s} /><span className="cut">{s.name}</span></span> },
    { key: 'state', title: t('source.state'), width: '168px', render: (s) => <Conditions source={s} /> },
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
        <Segmented<Filter> value={filter} onChange={(next) => setParams({ state: next === 'all' ? undefined : next })} options={filters.map((value) => ({ value, label: `${t(`source_filter.${value}`)} ${all.filter((s) => fits(s, value)).length}` }))} />
        <Input allowClear value={text} onChange={(event) => setParams({ q: event.target.value || undefined })} placeholder={t('source.search')} aria-label={t('source.search')} />
        {me.canJudge && proposed.length > 1 && <Button icon={<CheckCheck size={14} />} onClick={() => setConfirming(true)}>{t('source.confirm_many')}</Button>}
      </div>
      <div className="split list-area">
        <div className="main">
          <Loaded query={sources} what={t('source.list')} bones={<Bones rows={12} />}>
            {() => (
              <DataList<Source>
                label={t('source.list')} rows={rows} columns={columns} rowKey={(s) => String(s.id)} selected={opened} cardHeight={112}
                onSelect={(key) => setOpened(key, opened === undefined ? 'push' : undefined)} card={(s) => <SourceCard source={s} />}
                empty={all.length === 0 ? <Empty say={t('source.none')} action={me.canJudge && <Button type="primary" onClick={() => setAdding('1')}>{t('source.add')}</Button>} /> : <Empty say={t('source.none_filtered')} action={<Button onClick={() => setParams({ state: undefined, q: undefined })}>{t('act.clear_filters')}</Button>} />}
              />
            )}
          </Loaded>
        </div>
        {current && <Drawer name="source" label={t('what.source')} title={<span className="row"><Dot source={current} /><b className="cut">{current.name}</b></span>} onClose={closeDrawer} onStep={step} wide={480}><SourceDetail key={current.id} source={current} /></Drawer>}
      </div>
      {confirming && <ConfirmMany sources={proposed} onClose={() => setConfirming(false)} />}
      {me.canJudge && <AddSource open={adding !== undefined} onClose={() => setAdding(undefined)} onFound={(id) => setParams({ add: undefined, source: id })} />}
    </div>
  );
}

function SourceCard({ source }: { source: Source }) {
  const { t } = useI18n();
  return (
    <div className="stack" style={{ gap: 4 }}>
      <div className="row"><Dot source={source} /><b className="cut">{source.name}</b><span className="end small secondary"><Age at={source.last_seen} /></span></div>
      <Conditions source={source} />
      <div className="row small secondary"><span className="mono">{source.peer}</span><span className="cut">{source.pack ?? t('event.unrecognised')}</span><span className="end nowrap">{formatRate(source.events_per_second)} {t('unit.eps')}</span></div>
      {source.rate_series && <Sparkarea values={source.rate_series} width={300} height={22} />}
    </div>
  );
}
