import { Button } from 'antd';
import { Link } from 'react-router-dom';
import { Advice } from '@/components/alert/Advice';
import { AlertActions } from '@/components/alert/AlertActions';
import { EntityPair, techniques, useStageName } from '@/components/alert/parts';
import { CaseStateChip, LevelChoice, OwnerChoice } from '@/components/case/CaseControls';
import { CaseTimeline } from '@/components/case/CaseTimeline';
import { NoteBox } from '@/components/case/NoteBox';
import { useCaseUpdate } from '@/components/case/useCaseUpdate';
import { RawLine } from '@/components/RawLine';
import { SeverityMark } from '@/components/Severity';
import { SlaChip } from '@/components/SlaChip';
import { Bones, Failed } from '@/components/States';
import { Age, Time } from '@/components/Time';
import { matchMarks, WhyPanel } from '@/components/WhyPanel';
import { useAlert, useAssignees, useCaseAlerts, useTenantName, useTimeline } from '@/lib/api/queries';
import type { Alert, Case } from '@/lib/api/types';
import { formatCount } from '@/lib/format';
import { useI18n, useT } from '@/lib/i18n';
import { useGo, useHref } from '@/lib/scope';
import { useMe } from '@/lib/session';
import { ruleTitle } from '@/lib/rule-text';
import type { QueueRow } from './queue';

export function Preview({ row }: { row: QueueRow }) {
  return row.kind === 'case' ? <CasePreview key={row.key} subject={row.subject} /> : <AlertPreview key={row.key} listed={row.subject} />;
}

function CasePreview({ subject }: { subject: Case }) {
  const t = useT();
  const go = useGo();
  const href = useHref();
  const me = useMe();
  const tenantName = useTenantName();
  const update = useCaseUpdate(subject.number);
  const timeline = useTimeline(subject.number);
  const alerts = useCaseAlerts(subject.number);
  const people = useAssignees(subject.tenant, me.canJudge);
  const person = (name: string): string => people.data?.items.find((p) => p.name === name)?.display_name ?? (subject.owner?.name === name ? subject.owner.display_name : name);
  const firstAlert = alerts.data?.items[0];
  return (
    <div className="preview">
      <div className="preview-head">
        <div className="row"><SeverityMark severity={subject.severity} word /><CaseStateChip state={subject.state} /><span className="mono secondary">{subject.number}</span><span className="end secondary small">{tenantName(subject.tenant)}</span></div>
        <h2 className="preview-title"><Link to={href(`/cases/${subject.number}`)}>{subject.title}</Link></h2>
        <EntityPair entities={subject.entities} />
        <div className="row wrap">
          {subject.clocks.map((clock) => <SlaChip key={clock.name} clock={clock} name />)}
        </div>
        <div className="row wrap">
          <OwnerChoice subject={subject} /><LevelChoice subject={subject} />
          <span className="end row">
            {me.canJudge && subject.owner?.name !== me.name && <Button onClick={() => update.mutate({ owner: me.name, ...(subject.state === 'new' ? { state: 'in_progress' as const } : {}) })} loading={update.isPending}>{t('case.take')}</Button>}
            <Button type="primary" onClick={() => go(`/cases/${subject.number}`)}>{t('case.open')}</Button>
          </span>
        </div>
      </div>
      <div className="preview-body">
        {firstAlert && <AlertEvidence id={firstAlert.id} title={t('case.alerts_n', { n: subject.alert_count })} to={href(`/cases/${subject.number}`, { tab: 'alerts' })} />}
        <div className="section-title">{t('case.timeline')}</div>
        {timeline.data ? <CaseTimeline entries={timeline.data.items} newestFirst limit={6} person={person} /> : timeline.error ? <Failed inline error={timeline.error} what={t('case.timeline')} retry={() => void timeline.refetch()} /> : <Bones rows={4} />}
        <div className="section-title">{t('note.add')}</div>
        <NoteBox number={subject.number} />
      </div>
    </div>
  );
}

function AlertEvidence({ id, title, to }: { id: number; title: string; to: string }) {
  const { t, language } = useI18n();
  const alert = useAlert(id);
  if (!alert.data) return alert.error ? <Failed inline error={alert.error} what={t('what.alert')} retry={() => void alert.refetch()} /> : <Bones rows={3} />;
  const event = alert.data.first_events?.[0] ?? alert.data.last_events?.[0];
  return (
    <>
      <div className="section-title"><Link to={to}>{title}</Link></div>
      <div className="row" style={{ marginBottom: 6 }}><SeverityMark severity={alert.data.severity} /><span className="cut">{ruleTitle(alert.data, language)}</span><span className="secondary small nowrap end">×{formatCount(alert.data.count)}</span></div>
      {event && <RawLine bare line={event['event.original']} marks={matchMarks(alert.data.reason?.matches ?? [])} />}
    </>
  );
}

function AlertPreview({ listed }: { listed: Alert }) {
  const { t, language } = useI18n();
  const href = useHref();
  const me = useMe();
  const tenantName = useTenantName();
  const stageName = useStageName();
  const full = useAlert(listed.id);
  const alert = full.data ?? listed;
  const event = alert.first_events?.[0] ?? alert.last_events?.[0];
  return (
    <div className="preview">
      <div className="preview-head">
        <div className="row"><SeverityMark severity={alert.severity} word />{alert.stage && <span className="chip quiet">{stageName(alert.stage)}</span>}{techniques(alert.tags).slice(0, 3).map((id) => <span key={id} className="chip quiet mono">{id}</span>)}<span className="end secondary small">{tenantName(alert.tenant)}</span></div>
        <h2 className="preview-title"><Link to={href(`/alerts/${alert.id}`)}>{ruleTitle(alert, language)}</Link></h2>
        <EntityPair entities={alert.entities} />
        <div className="row wrap secondary small">
          <span>{t('alert.times', { n: formatCount(alert.count) })}</span><span>{t('alert.first_seen')} <Time short at={alert.first_seen} /></span><span>{t('alert.last_seen')} <Age at={alert.last_seen} /></span>
        </div>
        <div className="row wrap">
          {me.canJudge && <AlertActions alert={alert} />}
          <Link className="end" to={href(`/alerts/${alert.id}`)}>{t('alert.open')}</Link>
        </div>
      </div>
      <div className="preview-body">
        {event ? <RawLine line={event['event.original']} marks={matchMarks(alert.reason?.matches ?? [])} /> : full.isPending && <Bones rows={3} />}
        {full.error && !full.data && <Failed inline error={full.error} what={t('what.alert')} retry={() => void full.refetch()} />}
        {full.data && <><div className="section-title">{t('alert.why')}</div><WhyPanel alert={full.data} /></>}
        {full.data?.advice && full.data.advice.length > 0 && me.canJudge && <><div className="section-title">{t('alert.advice')}</div><Advice alert={full.data} /></>}
      </div>
    </div>
  );
}
