import { Button, Input, Segmented } from 'antd';
import { Plus } from 'lucide-react';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { EntityPair } from '@/components/alert/parts';
import { CaseStateChip } from '@/components/case/CaseControls';
import { DataList, type Column } from '@/components/DataList';
import { Drawer } from '@/components/Drawer';
import { usePages } from '@/components/pages';
import { RespondTabs } from '@/components/RespondTabs';
import { SeverityMark } from '@/components/Severity';
import { parseSeverities, SeverityFilter } from '@/components/SeverityFilter';
import { leadingClock, SlaChip } from '@/components/SlaChip';
import { Bones, Empty, Failed } from '@/components/States';
import { Age, Time } from '@/components/Time';
import { useTitle } from '@/components/title';
import { call, serverNow } from '@/lib/api/client';
import { useCase, useTenantName } from '@/lib/api/queries';
import { openCaseStates, type Case, type CaseState } from '@/lib/api/types';
import { formatCount } from '@/lib/format';
import { useI18n } from '@/lib/i18n';
import { useGo, useHref, useParam, useSetParams, useTenant } from '@/lib/scope';
import { useMe } from '@/lib/session';
import { CaseBrief } from './CaseBrief';
import { NewCase } from './NewCase';
import '@/components/list.css';

type View = 'open' | 'mine' | 'unowned' | 'resolved' | 'all';
const views: readonly View[] = ['open', 'mine', 'unowned', 'resolved', 'all'];
const statesOf: Record<View, CaseState[]> = { open: openCaseStates, mine: openCaseStates, unowned: openCaseStates, resolved: ['resolved', 'closed'], all: [] };
type Sort = 'due' | 'opened' | 'updated' | 'severity';

export function CaseClock({ subject }: { subject: Case }) {
  const clock = leadingClock(subject.clocks, serverNow()) ?? subject.clocks.find((c) => c.name === 'fix') ?? subject.clocks[subject.clocks.length - 1];
  return clock ? <SlaChip clock={clock} name /> : <span className="faint">—</span>;
}

export default function CasesPage() {
  const { t } = useI18n();
  useTitle(t('case.list'));
  const me = useMe();
  const go = useGo();
  const href = useHref();
  const tenantName = useTenantName();
  const [tenant] = useTenant();
  const setParams = useSetParams();
  const [viewParam] = useParam('view');
  const [severityParam] = useParam('severity');
  const [slaParam] = useParam('sla');
  const [text] = useParam('q');
  const [sortParam] = useParam('sort');
  const [opened, setOpened] = useParam('case');
  const [creating, setCreating] = useParam('new');
  const view: View = views.find((v) => v === viewParam) ?? 'open';
  const severity = useMemo(() => parseSeverities(severityParam), [severityParam]);
  const sla = slaParam === 'at_risk' || slaParam === 'missed' ? slaParam : undefined;
  const sort: Sort = sortParam === 'opened' || sortParam === 'updated' || sortParam === 'severity' ? sortParam : view === 'resolved' || view === 'all' ? 'updated' : 'due';
  const [typed, setTyped] = useState(text ?? '');
  useEffect(() => { setTyped(text ?? ''); }, [text]);
  useEffect(() => {
    if (typed === (text ?? '')) return undefined;
    const timer = setTimeout(() => setParams({ q: typed || undefined }), 300);
    return () => clearTimeout(timer);
  }, [typed, text, setParams]);
  const owner = view === 'mine' ? me.name : view === 'unowned' ? 'none' : undefined;
  const { query, rows, first, more } = usePages(['cases', 'list', tenant, view, severity, sla, text, sort, owner], (cursor, signal) => call('get', '/api/v1/cases', {
    query: { tenant, state: statesOf[view], severity, owner, sla, q: text, sort, limit: 100, cursor }, signal,
  }));
  const closeDrawer = useCallback(() => setOpened(undefined), [setOpened]);
  const step = (by: 1 | -1): void => {
    const next = rows[rows.findIndex((c) => c.number === opened) + by];
    if (next) setOpened(next.number);
  };
  const columns: Column<Case>[] = [
    { key: 'severity', title: t('alert.severity'), width: '88px', sort: 'severity', render: (c) => <SeverityMark severity={c.severity} word /> },
    { key: 'number', title: t('case.number'), width: '140px', render: (c) => <span className="mono secondary">{c.number}</span> },
    { key: 'title', title: t('case.title'), width: 'minmax(220px, 3fr)', render: (c) => <span style={{ fontWeight: c.state === 'new' ? 600 : 400 }}>{c.title}</span> },
    ...(tenant === undefined ? [{ key: 'tenant', roomy: 3, title: t('tenant.title'), width: 'minmax(88px, 1fr)', render: (c: Case) => <span className="secondary">{tenantName(c.tenant)}</span> }] : []),
    { key: 'entities', roomy: 4, title: t('alert.entities'), width: 'minmax(250px, 2.2fr)', render: (c) => <EntityPair entities={c.entities} /> },
    { key: 'level', roomy: 2, title: t('case.level'), width: '72px', render: (c) => t(`level.${c.level}`) },
    { key: 'state', title: t('case.state'), width: '88px', render: (c) => <CaseStateChip state={c.state} /> },
    { key: 'sla', title: 'SLA', width: '148px', sort: 'due', render: (c) => <CaseClock subject={c} /> },
    { key: 'owner', roomy: 1, title: t('case.owner'), width: '92px', render: (c) => <span className={c.owner ? '' : 'faint'}>{c.owner?.display_name ?? t('case.unowned')}</span> },
    { key: 'opened', roomy: 5, title: t('case.opened'), width: '100px', sort: 'opened', render: (c) => <span className="secondary"><Time short at={c.opened} precision="minute" /></span> },
    { key: 'updated', roomy: 6, title: t('case.updated'), width: '88px', sort: 'updated', render: (c) => <span className="secondary"><Age at={c.updated} /></span> },
  ];
  const filtered = view !== 'open' || severity.length > 0 || sla !== undefined || text !== undefined;
  return (
    <div className="page list-page">
      <div className="page-head"><RespondTabs of="cases" count={first && formatCount(first.total)} /><Button className="end" type="primary" icon={<Plus size={14} />} onClick={() => setCreating('1')}>{t('case.new')}</Button></div>
      <div className="filters">
        <Segmented<View> value={view} onChange={(next) => setParams({ view: next === 'open' ? undefined : next, sort: undefined })} options={views.filter((v) => me.canJudge || (v !== 'mine' && v !== 'unowned')).map((value) => ({ value, label: t(`case_view.${value}`) }))} />
        <SeverityFilter value={severity} onChange={(next) => setParams({ severity: next.join(',') || undefined })} />
        {sla && <button type="button" className="chip brand" style={{ height: 26 }} onClick={() => setParams({ sla: undefined })}>{t(sla === 'missed' ? 'case.sla_missed' : 'case.sla_at_risk')} ✕</button>}
        <Input allowClear value={typed} onChange={(event) => setTyped(event.target.value)} placeholder={t('case.search')} aria-label={t('case.search')} />
      </div>
      <div className="split list-area">
        <div className="main">
          {query.isFetching && !query.isFetchingNextPage && <div className="progress-line" />}
          {query.isPending ? <Bones rows={12} /> : query.error && rows.length === 0 ? <Failed error={query.error} what={t('case.list')} retry={() => void query.refetch()} /> : (
            <DataList<Case>
              label={t('case.list')} rows={rows} columns={columns} rowKey={(c) => c.number} selected={opened}
              onSelect={(key) => setOpened(key, opened === undefined ? 'push' : undefined)} onOpen={(key) => go(`/cases/${key}`)} onEnd={more}
              sort={sort} sortUp={sort === 'due'} onSort={(next) => setParams({ sort: next })}
              card={(c) => <CaseCard subject={c} />} cardHeight={100}
              empty={<Empty say={filtered ? t('case.none_filtered') : t('case.none')} action={filtered ? <Button onClick={() => setParams({ view: undefined, severity: undefined, sla: undefined, q: undefined })}>{t('act.clear_filters')}</Button> : <Button onClick={() => setParams({ view: 'all' })}>{t('case.see_all')}</Button>} />}
              foot={query.isFetchingNextPage ? t('state.loading') : undefined}
            />
          )}
        </div>
        {opened !== undefined && <CaseDrawer number={opened} page={href(`/cases/${opened}`)} onClose={closeDrawer} onStep={step} />}
      </div>
      <NewCase open={creating !== undefined} onClose={() => setCreating(undefined)} />
    </div>
  );
}

function CaseDrawer({ number, page, onClose, onStep }: { number: string; page: string; onClose: () => void; onStep: (by: 1 | -1) => void }) {
  const { t } = useI18n();
  const subject = useCase(number);
  return (
    <Drawer name="case" label={t('what.case')} title={<b className="mono">{number}</b>} page={page} onClose={onClose} onStep={onStep}>
      {subject.data ? <CaseBrief subject={subject.data} /> : subject.error ? <Failed error={subject.error} what={t('what.case')} retry={() => void subject.refetch()} /> : <Bones rows={10} />}
    </Drawer>
  );
}

function CaseCard({ subject }: { subject: Case }) {
  const { t } = useI18n();
  const tenantName = useTenantName();
  return (
    <div className="stack" style={{ gap: 4 }}>
      <div className="row"><SeverityMark severity={subject.severity} /><span className="mono small secondary">{subject.number}</span><span className="end"><CaseStateChip state={subject.state} /></span></div>
      <div style={{ fontWeight: 500 }}>{subject.title}</div>
      <div className="row small secondary"><span className="cut">{tenantName(subject.tenant)}</span><span className="cut">{subject.owner?.display_name ?? t('case.unowned')}</span><span className="end"><CaseClock subject={subject} /></span></div>
    </div>
  );
}
