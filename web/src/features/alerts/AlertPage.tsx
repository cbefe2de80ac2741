import { useQuery } from '@tanstack/react-query';
import { Tabs } from 'antd';
import { Link, useParams } from 'react-router-dom';
import { Advice } from '@/components/alert/Advice';
import { AlertActions } from '@/components/alert/AlertActions';
import { copies, useEvidence } from '@/components/alert/evidence';
import { AlertStateText, CaseLink, EntityPair, techniques, useStageName } from '@/components/alert/parts';
import { entityQuery } from '@/components/EntityChip';
import { EventItems } from '@/components/EventItems';
import { usePages } from '@/components/pages';
import { Panel } from '@/components/Panel';
import { SeverityMark } from '@/components/Severity';
import { Sparkline } from '@/components/Sparkline';
import { Bones, Empty, Failed, Loaded } from '@/components/States';
import { Age, Time } from '@/components/Time';
import { useTitle } from '@/components/title';
import { CorrelationFacts, WhyPanel } from '@/components/WhyPanel';
import { Yaml } from '@/components/Yaml';
import { Button } from 'antd';
import { call } from '@/lib/api/client';
import { useAlert, useTenantName } from '@/lib/api/queries';
import type { Alert, Entity } from '@/lib/api/types';
import { formatCount } from '@/lib/format';
import { useI18n, useT } from '@/lib/i18n';
import { useHref, useParam } from '@/lib/scope';
import { useMe } from '@/lib/session';
import { inLanguage, ruleTitle } from '@/lib/rule-text';
import { SimilarRow, Story } from './AlertSummary';
import '@/components/list.css';

export default function AlertPage() {
  const t = useT();
  const { id } = useParams();
  const alert = useAlert(Number(id));
  return <Loaded query={alert} what={t('what.alert')} bones={<Bones rows={12} />}>{(data) => <AlertDetail alert={data} />}</Loaded>;
}

function entityTerm(entity: Entity | undefined, side: 'source' | 'target'): string[] { return entity ? [entityQuery(entity, side)] : []; }

function AlertDetail({ alert }: { alert: Alert }) {
  const { t, language } = useI18n();
  useTitle(ruleTitle(alert, language));
  const me = useMe();
  const href = useHref();
  const tenantName = useTenantName();
  const stageName = useStageName();
  const [tab = 'story', setTab] = useParam('tab');
  const evidence = useEvidence(alert, 5);
  const began = alert.reason?.correlation?.first ?? alert.first_seen;
  const span = { since: new Date(Math.min(Date.parse(began), Date.parse(alert.first_seen)) - 60_000).toISOString(), until: new Date(Date.parse(alert.last_seen) + 60_000).toISOString() };
  const search = href('/investigate', { q: [...entityTerm(alert.entities.source, 'source'), ...entityTerm(alert.entities.target, 'target')].join(' and '), ...span });
  const items = [
    { key: 'story', label: t('alert.story') },
    { key: 'events', label: alert.reason?.correlation ? t('alert.events') : `${t('alert.events')} ${formatCount(alert.count)}` },
    { key: 'why', label: t('alert.why') },
    { key: 'similar', label: t('alert.similar') },
    ...(me.canJudge ? [{ key: 'rule', label: t('alert.rule') }] : []),
  ];
  return (
    <div className="detail">
      <div className="detail-head">
        <div className="crumb"><Link to={href('/alerts')}>{t('alert.list')}</Link>/<span>#{alert.id}</span></div>
        <div className="row wrap">
          <SeverityMark severity={alert.severity} size={15} /><h1>{ruleTitle(alert, language)}</h1>
          {me.canJudge && <span className="end row wrap"><AlertActions alert={alert} /></span>}
        </div>
        <div className="figures">
          <div><div className="label">{t('alert.entities')}</div><EntityPair entities={alert.entities} /></div>
          <div><div className="label">{t('alert.count')}</div><span className="row"><Link to={search}><b>{formatCount(alert.count)}</b></Link>{alert.sparkline && <Sparkline values={alert.sparkline} width={90} height={18} />}</span></div>
          <div><div className="label">{t('alert.first_seen')}</div><Time at={alert.first_seen} /></div>
          <div><div className="label">{t('alert.last_seen')}</div><Time at={alert.last_seen} /> <span className="faint small">(<Age at={alert.last_seen} />)</span></div>
          {alert.stage && <div><div className="label">{t('alert.stage')}</div>{stageName(alert.stage)} {techniques(alert.tags).map((id) => <span key={id} className="faint mono"> {id}</span>)}</div>}
          <div><div className="label">{t('tenant.title')}</div>{tenantName(alert.tenant)}</div>
        </div>
        <Tabs activeKey={items.some((item) => item.key === tab) ? tab : 'story'} onChange={(key) => setTab(key === 'story' ? undefined : key)} items={items} tabBarStyle={{ margin: 0 }} />
      </div>
      <div className="detail-body">
        <div className="detail-main">
          {tab === 'events' ? <EventsTab id={alert.id} copied={alert} search={search} />
            : tab === 'why' ? <Panel title={t('alert.why')}><WhyPanel alert={alert} /></Panel>
              : tab === 'similar' ? <SimilarTab id={alert.id} />
                : tab === 'rule' && me.canJudge ? <RuleTab id={alert.rule_id} />
                  : (
                    <>
                      <Panel title={t('alert.story')}><Story alert={alert} />{alert.rule_description && <p className="secondary" style={{ marginTop: 6, whiteSpace: 'pre-wrap' }}>{inLanguage(language, alert.rule_description, alert.rule_description_zh)}</p>}</Panel>
                      <Panel title={t('alert.evidence')} extra={<Link className="small" to={search}>{t('alert.all_events')}</Link>}>{evidence.length > 0 ? <EventItems items={evidence} /> : <Empty inline say={t('alert.no_copies')} />}</Panel>
                      {me.canJudge && alert.advice && alert.advice.length > 0 && <Panel title={t('alert.advice')}><Advice alert={alert} /></Panel>}
                    </>
                  )}
        </div>
        <div className="detail-side">
          <Panel title={t('alert.judgement')}>
            <dl className="facts" style={{ margin: 0 }}>
              <dt>{t('alert.state')}</dt><dd><AlertStateText state={alert.state} /></dd>
              <dt>{t('alert.verdict')}</dt><dd>{t(`verdict.${alert.verdict}`)}{alert.verdict_by && <span className="secondary"> · {alert.verdict_by.display_name}</span>}</dd>
              <dt>{t('alert.case')}</dt><dd><CaseLink number={alert.case_number} /></dd>
            </dl>
          </Panel>
          <Panel title={t('alert.why_short')}>
            {alert.reason?.correlation ? <CorrelationFacts counted={alert.reason.correlation} /> : alert.reason ? <div className="stack" style={{ gap: 6 }}>{alert.reason.matches.slice(0, 5).map((m, i) => <div key={i}><div className="mono faint" style={{ fontSize: 11 }}>{m.field ?? t('why.keyword')}</div><div className="mono" style={{ maxHeight: 58, overflow: 'hidden', overflowWrap: 'anywhere' }}><mark>{(m.value ?? m.patterns.join(' | ')).slice(0, 160)}</mark></div></div>)}</div> : <span className="secondary">{t('why.none')}</span>}
          </Panel>
        </div>
      </div>
    </div>
  );
}

function EventsTab({ id, copied, search }: { id: number; copied: Alert; search: string }) {
  const t = useT();
  const { query, rows, first, more } = usePages(['alerts', 'events', id], (cursor, signal) => call('get', '/api/v1/alerts/{alert_id}/events', { path: { alert_id: id }, query: { limit: 50, cursor }, signal }));
  if (query.isPending) return <Bones rows={10} />;
  if (query.error && rows.length === 0) return <Failed error={query.error} what={t('alert.events')} retry={() => void query.refetch()} />;
  const kept = rows.length === 0 ? copies(copied) : rows;
  return (
    <Panel title={`${t('alert.events')} ${formatCount(first?.total ?? kept.length)}`} extra={<Link className="small" to={search}>{t('alert.in_search')}</Link>}>
      {rows.length === 0 && kept.length > 0 && <div className="secondary small" style={{ marginBottom: 8 }}>{t('alert.only_copies')}</div>}
      {kept.length > 0 ? <EventItems items={kept} /> : <Empty inline say={t('alert.no_copies')} />}
      {query.hasNextPage && <div style={{ textAlign: 'center', paddingTop: 10 }}><Button loading={query.isFetchingNextPage} onClick={more}>{t('act.more')}</Button></div>}
    </Panel>
  );
}

function SimilarTab({ id }: { id: number }) {
  const t = useT();
  const href = useHref();
  const similar = useQuery({ queryKey: ['alerts', 'similar', id], queryFn: ({ signal }) => call('get', '/api/v1/alerts/{alert_id}/similar', { path: { alert_id: id }, signal }) });
  return (
    <Panel title={t('alert.similar')}>
      <Loaded query={similar} what={t('alert.similar')}>{(data) => (data.items.length === 0 ? <Empty inline say={t('alert.no_similar')} /> : <div>{data.items.map((a) => <SimilarRow key={a.id} alert={a} to={href(`/alerts/${a.id}`)} />)}</div>)}</Loaded>
    </Panel>
  );
}

function RuleTab({ id }: { id: string }) {
  const t = useT();
  const href = useHref();
  const rule = useQuery({ queryKey: ['rules', 'one', id], queryFn: ({ signal }) => call('get', '/api/v1/rules/{rule_id}', { path: { rule_id: id }, signal }) });
  return (
    <Panel title={t('alert.rule')} extra={<Link className="small" to={href('/alerts', { rule: id, state: 'all' })}>{t('rule.its_alerts')}</Link>}>
      <Loaded query={rule} what={t('alert.rule')}>{(data) => <div className="stack">{data.file && <div className="secondary small mono">{data.file}</div>}<Yaml text={data.yaml} />{(data.false_positives ?? []).length > 0 && <div><span className="secondary">{t('rule.false_positives')}</span> {data.false_positives!.join('；')}</div>}</div>}</Loaded>
    </Panel>
  );
}
