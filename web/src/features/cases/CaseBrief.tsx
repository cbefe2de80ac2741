import { EntityPair } from '@/components/alert/parts';
import { CaseStateChip, LevelChoice, OwnerChoice, StateButtons } from '@/components/case/CaseControls';
import { CaseTimeline } from '@/components/case/CaseTimeline';
import { NoteBox } from '@/components/case/NoteBox';
import { SeverityMark } from '@/components/Severity';
import { SlaChip } from '@/components/SlaChip';
import { Loaded } from '@/components/States';
import { useTenantName, useTimeline } from '@/lib/api/queries';
import type { Case } from '@/lib/api/types';
import { useT } from '@/lib/i18n';
import { useMe } from '@/lib/session';
import { LinkedAlerts } from './LinkedAlerts';
import { usePersons } from './usePersons';

/** A case in the drawer. */
export function CaseBrief({ subject }: { subject: Case }) {
  const t = useT();
  const me = useMe();
  const tenantName = useTenantName();
  const person = usePersons(subject);
  const timeline = useTimeline(subject.number);
  return (
    <div className="stack" style={{ gap: 10 }}>
      <div className="row"><SeverityMark severity={subject.severity} word /><CaseStateChip state={subject.state} /><span className="end secondary small">{tenantName(subject.tenant)}</span></div>
      <h2 style={{ fontSize: 16, lineHeight: '22px' }}>{subject.title}</h2>
      <EntityPair entities={subject.entities} />
      <div className="row wrap">{subject.clocks.map((clock) => <SlaChip key={clock.name} clock={clock} name />)}</div>
      <div className="row wrap"><OwnerChoice subject={subject} /><LevelChoice subject={subject} />{me.canJudge && <span className="end row"><StateButtons subject={subject} /></span>}</div>
      {subject.alert_count > 0 && <div><div className="section-title">{t('case.alerts_n', { n: subject.alert_count })}</div><LinkedAlerts number={subject.number} limit={4} /></div>}
      <div><div className="section-title">{t('note.add')}</div><NoteBox number={subject.number} /></div>
      <div><div className="section-title">{t('case.timeline')}</div><Loaded query={timeline} what={t('case.timeline')}>{(data) => <CaseTimeline entries={data.items} newestFirst person={person} />}</Loaded></div>
    </div>
  );
}
