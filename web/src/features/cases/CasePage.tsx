import { Segmented, Tabs, Typography } from 'antd';
import { Link, useParams } from 'react-router-dom';
import { useEvidence } from '@/components/alert/evidence';
import { EntityPair } from '@/components/alert/parts';
import { CaseStateChip, LevelChoice, OwnerChoice, SeverityChoice, StateButtons, VerdictChoice } from '@/components/case/CaseControls';
import { CaseTimeline } from '@/components/case/CaseTimeline';
import { NoteBox } from '@/components/case/NoteBox';
import { useCaseUpdate } from '@/components/case/useCaseUpdate';
import { EventItems } from '@/components/EventItems';
import { Panel } from '@/components/Panel';
import { SeverityMark } from '@/components/Severity';
import { SlaChip } from '@/components/SlaChip';
import { Bones, Empty, Loaded } from '@/components/States';
import { Age, Time } from '@/components/Time';
import { useTitle } from '@/components/title';
import { WhyPanel } from '@/components/WhyPanel';
import { useAlert, useCase, useCaseAlerts, useTenantName, useTimeline } from '@/lib/api/queries';
import type { Alert, Case } from '@/lib/api/types';
import { formatCount } from '@/lib/format';
import { useI18n, useT } from '@/lib/i18n';
import { usePreference } from '@/lib/preferences';
import { useHref, useParam } from '@/lib/scope';
import { useMe } from '@/lib/session';
import { inLanguage, ruleTitle } from '@/lib/rule-text';
import { LinkedAlerts } from './LinkedAlerts';
import { usePersons } from './usePersons';
import '@/components/list.css';

export default function CasePage() {
  const t = useT();
  const { number } = useParams();
  const subject = useCase(number);
  return <Loaded query={subject} what={t('what.case')} bones={<Bones rows={12} />}>{(data) => <CaseDetail subject={data} />}</Loaded>;
}

function CaseDetail({ subject }: { subject: Case }) {
  const { t, language } = useI18n();
  useTitle(`${subject.number} ${subject.title}`);
  const me = useMe();
  const href = useHref();
  const tenantName = useTenantName();
  const update = useCaseUpdate(subject.number);
  const [tab = 'timeline', setTab] = useParam('tab');
  const shown = ['timeline', 'alerts', 'evidence'].includes(tab) ? tab : 'timeline';
  return (
    <div className="detail">
      <div className="detail-head">
        <div className="crumb"><Link to={href('/cases')}>{t('case.list')}</Link>/<span className="mono">{subject.number}</span></div>
        <div className="row wrap">
          <SeverityMark severity={subject.severity} size={15} />
          {me.canJudge
            ? <Typography.Title level={1} style={{ margin: 0, fontSize: 20, lineHeight: '28px' }} editable={{ triggerType: ['text'], maxLength: 256, enterIcon: null, onChange: (title) => { if (title.trim() && title !== subject.title) update.mutate({ title: title.trim() }); } }}>{subject.title}</Typography.Title>
            : <h1>{subject.title}</h1>}
          <CaseStateChip state={subject.state} />
          {me.canJudge && <span className="end row wrap"><StateButtons subject={subject} /></span>}
        </div>
        <div className="figures">
          <div><div className="label">SLA</div><span className="row wrap">{subject.clocks.length === 0 ? <span className="faint">—</span> : subject.clocks.map((clock) => <SlaChip key={clock.name} clock={clock} name />)}</span></div>
          <div><div className="label">{t('alert.entities')}</div><EntityPair entities={subject.entities} /></div>
          <div><div className="label">{t('case.opened')}</div><Time at={subject.opened} /> <span className="faint small">(<Age at={subject.opened} />)</span></div>
          <div><div className="label">{t('tenant.title')}</div>{tenantName(subject.tenant)}</div>
        </div>
        <Tabs activeKey={shown} onChange={(key) => setTab(key === 'timeline' ? undefined : key)} tabBarStyle={{ margin: 0 }} items={[{ key: 'timeline', label: t('case.timeline') }, { key: 'alerts', label: `${t('alert.list')} ${formatCount(subject.alert_count)}` }, { key: 'evidence', label: t('alert.evidence') }]} />
      </div>
      <div className="detail-body">
        <div className="detail-main">
          {shown === 'alerts' ? <Panel title={t('case.alerts_n', { n: subject.alert_count })}><LinkedAlerts number={subject.number} /></Panel> : shown === 'evidence' ? <Evidence subject={subject} /> : <TimelineTab subject={subject} />}
        </div>
        <div className="detail-side">
          <Panel title={t('case.facts')}>
            <dl className="facts" style={{ margin: 0, alignItems: 'center' }}>
              <dt>{t('case.owner')}</dt><dd><OwnerChoice subject={subject} /></dd>
              <dt>{t('case.level')}</dt><dd><LevelChoice subject={subject} /></dd>
              <dt>{t('case.severity')}</dt><dd><SeverityChoice subject={subject} /></dd>
              <dt>{t('alert.verdict')}</dt><dd><VerdictChoice subject={subject} /></dd>
              <dt>{t('case.updated')}</dt><dd><Age at={subject.updated} /></dd>
              {subject.closed && <><dt>{t('case.closed')}</dt><dd><Time at={subject.closed} /></dd></>}
              {subject.scheme && <><dt>{t('case.scheme')}</dt><dd>{inLanguage(language, subject.scheme.title_en, subject.scheme.title_zh) ?? subject.scheme.name}</dd></>}
              {subject.event_count !== undefined && <><dt>{t('case.events')}</dt><dd>{formatCount(subject.event_count)}</dd></>}
            </dl>
            {subject.description && <p className="secondary" style={{ marginTop: 10, whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>{subject.description}</p>}
          </Panel>
          {shown !== 'alerts' && <Panel title={t('case.alerts_n', { n: subject.alert_count })}><LinkedAlerts number={subject.number} limit={5} /></Panel>}
        </div>
      </div>
    </div>
  );
}

function TimelineTab({ subject }: { subject: Case }) {
  const t = useT();
  const person = usePersons(subject);
  const timeline = useTimeline(subject.number);
  const [newest, setNewest] = usePreference('timeline.newest', true);
  return (
    <>
      <Panel><NoteBox number={subject.number} rows={2} /></Panel>
      <Panel title={t('case.timeline')} extra={<Segmented size="small" value={newest ? 'newest' : 'oldest'} onChange={(v) => setNewest(v === 'newest')} options={[{ value: 'newest', label: t('timeline.newest') }, { value: 'oldest', label: t('timeline.oldest') }]} />} flush>
        <div style={{ padding: '0 14px 12px' }}><Loaded query={timeline} what={t('case.timeline')}>{(data) => <CaseTimeline entries={data.items} newestFirst={newest} person={person} />}</Loaded></div>
      </Panel>
    </>
  );
}

function Evidence({ subject }: { subject: Case }) {
  const t = useT();
  const alerts = useCaseAlerts(subject.number);
  return <Loaded query={alerts} what={t('alert.list')}>{(data) => (data.items.length === 0 ? <Panel><Empty inline say={t('case.no_alerts')} /></Panel> : <>{data.items.slice(0, 20).map((alert) => <AlertEvidence key={alert.id} id={alert.id} />)}</>)}</Loaded>;
}

function Proof({ alert }: { alert: Alert }) {
  return <EventItems items={useEvidence(alert, 3)} />;
}

function AlertEvidence({ id }: { id: number }) {
  const { t, language } = useI18n();
  const href = useHref();
  const alert = useAlert(id);
  return (
    <Loaded query={alert} what={t('what.alert')}>
      {(data) => (
        <Panel title={<span className="row"><SeverityMark severity={data.severity} /><Link to={href(`/alerts/${id}`)}>{ruleTitle(data, language)}</Link></span>} extra={<span className="secondary small">×{formatCount(data.count)}</span>}>
          <Proof alert={data} />
          {data.reason && <div style={{ marginTop: 10 }}><WhyPanel alert={{ ...data, rule_description: undefined }} /></div>}
        </Panel>
      )}
    </Loaded>
  );
}
