import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Button, Input, Segmented } from 'antd';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { AlertActions } from '@/components/alert/AlertActions';
import { AlertStateText, CaseLink, EntityPair, VerdictChip, techniques } from '@/components/alert/parts';
import { DataList, type Column } from '@/components/DataList';
import { Drawer } from '@/components/Drawer';
import { Histogram } from '@/components/Histogram';
import { usePages } from '@/components/pages';
import { RespondTabs } from '@/components/RespondTabs';
import { SeverityMark } from '@/components/Severity';
import { parseSeverities, SeverityFilter } from '@/components/SeverityFilter';
import { Sparkline } from '@/components/Sparkline';
import { Bones, Empty, Failed } from '@/components/States';
import { Age, Time } from '@/components/Time';
import { useTitle } from '@/components/title';
import { call } from '@/lib/api/client';
import { useAlert, useTenantName } from '@/lib/api/queries';
import { severities, type Alert, type AlertState } from '@/lib/api/types';
import { formatCompact, formatCount } from '@/lib/format';
import { useI18n } from '@/lib/i18n';
import { useGo, useHref, useParam, usePhone, useRange, useSetParams, useTenant } from '@/lib/scope';
import { useMe } from '@/lib/session';
import { useTheme } from '@/lib/theme';
import { tokens } from '@/lib/theme/tokens';
import { ruleTitle } from '@/lib/rule-text';
import { AlertSummary } from './AlertSummary';
import '@/components/list.css';

type StateFilter = 'active' | 'closed' | 'all';
const statesOf: Record<StateFilter, AlertState[]> = { active: ['open', 'acknowledged'], closed: ['closed'], all: [] };
type Sort = 'last_seen' | 'severity' | 'count' | 'first_seen';

export default function AlertsPage() {
  const { t, language } = useI18n();
  useTitle(t('alert.list'));
  const me = useMe();
  const go = useGo();
  const href = useHref();
  const phone = usePhone();
  const tenantName = useTenantName();
  const { name: theme } = useTheme();
  const [tenant] = useTenant();
  const { range, setRange } = useRange();
  const setParams = useSetParams();
  const [stateParam] = useParam('state');
  const [severityParam] = useParam('severity');
  const [entityParam] = useParam('entity');
  const [rule] = useParam('rule');
  const [sortParam] = useParam('sort');
  const [opened, setOpened] = useParam('alert');
  const state: StateFilter = stateParam === 'closed' || stateParam === 'all' ? stateParam : 'active';
  const severity = useMemo(() => parseSeverities(severityParam), [severityParam]);
  const sort: Sort = sortParam === 'severity' || sortParam === 'count' || sortParam === 'first_seen' ? sortParam : 'last_seen';
  const [entity, setEntity] = useState(entityParam ?? '');
  useEffect(() => { setEntity(entityParam ?? ''); }, [entityParam]);
  useEffect(() => {
    if (entity === (entityParam ?? '')) return undefined;
    const timer = setTimeout(() => setParams({ entity: entity || undefined }), 300);
    return () => clearTimeout(timer);
  }, [entity, entityParam, setParams]);

  const { query, rows, first, more } = usePages(['alerts', 'list', tenant, range, state, severity, entityParam, rule, sort], (cursor, signal) => call('get', '/api/v1/alerts', {
    query: { tenant, ...range, state: statesOf[state], severity, entity: entityParam, rule, sort, limit: 100, cursor }, signal,
  }));
  const overview = useQuery({ queryKey: ['overview', 'alerts', tenant, range], placeholderData: keepPreviousData, queryFn: ({ signal }) => call('get', '/api/v1/overview', { query: { tenant, ...range, buckets: phone ? 40 : 90 }, signal }) });
  const series = useMemo(() => [...severities].reverse().filter((s) => severity.length === 0 || severity.includes(s)).map((s) => ({ name: t(`severity.${s}`), colour: tokens[theme][s], values: overview.data?.alert_series.map((b) => b.counts[s]) ?? [] })), [overview.data, severity, theme, t]);
  const at = useMemo(() => overview.data?.alert_series.map((b) => b.at) ?? [], [overview.data]);

  const closeDrawer = useCallback(() => setOpened(undefined), [setOpened]);
  const step = (by: 1 | -1): void => {
    const next = rows[rows.findIndex((alert) => String(alert.id) === opened) + by];
    if (next) setOpened(String(next.id));
  };
  const many = tenant === undefined;
  const columns: Column<Alert>[] = [
    { key: 'severity', title: t('alert.severity'), width: '88px', sort: 'severity', render: (a) => <SeverityMark severity={a.severity} word /> },
    { key: 'title', title: t('alert.title'), width: 'minmax(220px, 3fr)', render: (a) => <span className="row"><span className="cut" style={{ fontWeight: a.state === 'open' ? 600 : 400 }}>{ruleTitle(a, language)}</span>{techniques(a.tags).slice(0, 1).map((id) => <span key={id} className="faint small mono">{id}</span>)}</span> },
    ...(many ? [{ key: 'tenant', roomy: 5, title: t('tenant.title'), width: 'minmax(88px, 1fr)', render: (a: Alert) => <span className="secondary">{tenantName(a.tenant)}</span> }] : []),
    { key: 'entities', title: t('alert.entities'), width: 'minmax(264px, 2.6fr)', render: (a) => <EntityPair entities={a.entities} /> },
    { key: 'count', title: t('alert.count'), width: '120px', sort: 'count', numeric: true, render: (a) => <span className="row tight" style={{ justifyContent: 'flex-end' }}>{a.sparkline && <Sparkline values={a.sparkline} width={56} height={16} />}<span style={{ minWidth: 40 }}>{formatCompact(a.count, language)}</span></span> },
    { key: 'first', roomy: 6, title: t('alert.first_seen'), width: '96px', sort: 'first_seen', render: (a) => <span className="secondary"><Time short at={a.first_seen} precision="minute" /></span> },
    { key: 'last', roomy: 2, title: t('alert.last_seen'), width: '92px', sort: 'last_seen', render: (a) => <Age at={a.last_seen} /> },
    { key: 'state', roomy: 3, title: t('alert.state'), width: '72px', render: (a) => <AlertStateText state={a.state} /> },
    { key: 'verdict', roomy: 4, title: t('alert.verdict'), width: '88px', render: (a) => <VerdictChip verdict={a.verdict} /> },
    { key: 'case', roomy: 1, title: t('alert.case'), width: '148px', render: (a) => <CaseLink number={a.case_number} /> },
  ];
  const filtered = severity.length > 0 || entityParam !== undefined || rule !== undefined || state === 'closed';
  return (
    <div className="page list-page">
      <div className="page-head"><RespondTabs of="alerts" count={first && formatCount(first.total)} /></div>
      <div className="filters">
        <Segmented<StateFilter> value={state} onChange={(next) => setParams({ state: next === 'active' ? undefined : next })} options={(['active', 'closed', 'all'] as const).map((value) => ({ value, label: t(`alert_filter.${value}`) }))} />
        <SeverityFilter value={severity} counts={first?.by_severity} onChange={(next) => setParams({ severity: next.join(',') || undefined })} />
        <Input allowClear value={entity} onChange={(event) => setEntity(event.target.value)} placeholder={t('alert.entity_filter')} aria-label={t('alert.entity_filter')} />
        {rule && <button type="button" className="chip brand" style={{ height: 26 }} onClick={() => setParams({ rule: undefined })}>{t('alert.rule')}: <span className="cut" style={{ maxWidth: 180 }}>{rows[0] ? ruleTitle(rows[0], language) : rule}</span> ✕</button>}
      </div>
      <div className="chart">{overview.data && <Histogram label={t('watch.alerts_over_time')} at={at} intervalMs={overview.data.interval_ms} series={series} height={phone ? 64 : 78} onBrush={(since, until) => setRange({ since, until })} />}{!overview.data && <div style={{ height: phone ? 64 : 78 }}>{overview.isPending && <Bones rows={3} height={10} gap={8} />}</div>}</div>
      <div className="split list-area">
        <div className="main">
          {query.isFetching && !query.isFetchingNextPage && <div className="progress-line" />}
          {query.isPending ? <Bones rows={12} /> : query.error && rows.length === 0 ? <Failed error={query.error} what={t('alert.list')} retry={() => void query.refetch()} /> : (
            <DataList<Alert>
              label={t('alert.list')} rows={rows} columns={columns} rowKey={(a) => String(a.id)} selected={opened}
              onSelect={(key) => setOpened(key, opened === undefined ? 'push' : undefined)} onOpen={(key) => go(`/alerts/${key}`)} onEnd={more}
              sort={sort} onSort={(next) => setParams({ sort: next === 'last_seen' ? undefined : next })}
              card={(a) => <AlertCard alert={a} />} cardHeight={84}
              empty={<Empty say={filtered ? t('alert.none_filtered') : t('alert.none')} action={filtered ? <Button onClick={() => setParams({ severity: undefined, entity: undefined, rule: undefined, state: undefined })}>{t('act.clear_filters')}</Button> : <Button onClick={() => setRange({ since: '-30d' })}>{t('search.widen')}</Button>} />}
              foot={query.isFetchingNextPage ? t('state.loading') : undefined}
            />
          )}
        </div>
        {opened !== undefined && <AlertDrawer id={Number(opened)} page={href(`/alerts/${opened}`)} onClose={closeDrawer} onStep={step} canJudge={me.canJudge} />}
      </div>
    </div>
  );
}

function AlertDrawer({ id, page, onClose, onStep, canJudge }: { id: number; page: string; onClose: () => void; onStep: (by: 1 | -1) => void; canJudge: boolean }) {
  const { t } = useI18n();
  const alert = useAlert(id);
  return (
    <Drawer name="alert" label={t('what.alert')} title={<b>{t('what.alert')} <span className="faint">#{id}</span></b>} page={page} onClose={onClose} onStep={onStep} foot={alert.data && canJudge ? <AlertActions alert={alert.data} /> : undefined}>
      {alert.data ? <AlertSummary alert={alert.data} advice={canJudge} /> : alert.error ? <Failed error={alert.error} what={t('what.alert')} retry={() => void alert.refetch()} /> : <Bones rows={10} />}
    </Drawer>
  );
}

function AlertCard({ alert }: { alert: Alert }) {
  const { t, language } = useI18n();
  const tenantName = useTenantName();
  return (
    <div className="stack" style={{ gap: 4 }}>
      <div className="row"><SeverityMark severity={alert.severity} word /><span className="end small secondary"><Age at={alert.last_seen} /></span></div>
      <div style={{ fontWeight: 500 }}>{ruleTitle(alert, language)}</div>
      <EntityPair entities={alert.entities} still />
      <div className="row small secondary"><span className="cut">{tenantName(alert.tenant)}</span><span>×{formatCount(alert.count)}</span><span className="end">{t(`alert_state.${alert.state}`)}</span></div>
    </div>
  );
}
