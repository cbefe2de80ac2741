// State, owner, level and verdict of a case, each changed in place.
import { Button, Dropdown, Input, Modal } from 'antd';
import { ChevronDown } from 'lucide-react';
import { useState } from 'react';
import { useAssignees } from '@/lib/api/queries';
import { problemLevels, severities, verdicts, type Case, type CaseState, type CaseUpdate } from '@/lib/api/types';
import { useT } from '@/lib/i18n';
import { useMe } from '@/lib/session';
import { SeverityMark } from '../Severity';
import { useCaseUpdate } from './useCaseUpdate';
import { nextStates } from './words';

const stateTone: Record<CaseState, string> = { new: 'brand', in_progress: 'brand', on_hold: 'warn', resolved: 'good', closed: 'quiet' };

export function CaseStateChip({ state }: { state: CaseState }) {
  const t = useT();
  return <span className={`chip ${stateTone[state]}`}>{t(`case_state.${state}`)}</span>;
}

/** The buttons that move a case on: the usual step first, the rest in a menu. A step back or aside asks why. */
export function StateButtons({ subject }: { subject: Case }) {
  const t = useT();
  const update = useCaseUpdate(subject.number);
  const [asking, setAsking] = useState<CaseState>();
  const [why, setWhy] = useState('');
  const steps = nextStates[subject.state];
  const take = (state: CaseState): void => {
    if (state === 'in_progress' && (subject.state === 'new' || subject.state === 'on_hold')) update.mutate({ state });
    else { setWhy(''); setAsking(state); }
  };
  const [first, ...rest] = steps;
  return (
    <>
      {first && <Button type="primary" loading={update.isPending} onClick={() => take(first)}>{t(`case_step.${first}`)}</Button>}
      {rest.length > 0 && (
        <Dropdown trigger={['click']} menu={{ items: rest.map((state) => ({ key: state, label: t(`case_step.${state}`) })), onClick: ({ key }) => take(key as CaseState) }}>
          <Button icon={<ChevronDown size={14} />} iconPosition="end">{t('case.more_steps')}</Button>
        </Dropdown>
      )}
      <Modal
        open={asking !== undefined} title={asking && t(`case_step.${asking}`)} okText={t('act.confirm')} cancelText={t('act.cancel')} destroyOnHidden
        okButtonProps={{ disabled: asking === 'on_hold' && why.trim() === '' }}
        onCancel={() => setAsking(undefined)}
        onOk={() => { const state = asking!; setAsking(undefined); update.mutate({ state, ...(why.trim() ? { comment: why.trim() } : {}) }); }}
      >
        <Input.TextArea autoFocus rows={3} maxLength={4096} value={why} onChange={(event) => setWhy(event.target.value)} placeholder={asking ? t(`case_why.${asking}`) : ''} />
      </Modal>
    </>
  );
}

/** A value of the case as a quiet button that opens the choices. */
function Choice({ label, value, items, onChoose }: { label: string; value: React.ReactNode; items: { key: string; label: React.ReactNode }[]; onChoose: (key: string) => void }) {
  return (
    <Dropdown trigger={['click']} menu={{ items, onClick: ({ key }) => onChoose(key), style: { maxHeight: 320, overflow: 'auto' } }}>
      <button type="button" className="chip" aria-label={label} style={{ height: 24 }}>{value}<ChevronDown size={12} /></button>
    </Dropdown>
  );
}

export function OwnerChoice({ subject }: { subject: Case }) {
  const t = useT();
  const me = useMe();
  const update = useCaseUpdate(subject.number);
  const people = useAssignees(subject.tenant, me.canJudge);
  if (!me.canJudge) return <span>{subject.owner?.display_name ?? t('case.unowned')}</span>;
  const items = [
    ...(subject.owner?.name === me.name ? [] : [{ key: me.name, label: t('case.take') }]),
    ...(people.data?.items ?? []).filter((p) => p.name !== me.name).map((p) => ({ key: p.name, label: p.display_name })),
    ...(subject.owner ? [{ key: '', label: t('case.release') }] : []),
  ];
  return <Choice label={t('case.owner')} value={<span className={subject.owner ? '' : 'secondary'}>{subject.owner?.display_name ?? t('case.unowned')}</span>} items={items} onChoose={(owner) => update.mutate({ owner })} />;
}

function useSimpleChoice(subject: Case) {
  const me = useMe();
  const update = useCaseUpdate(subject.number);
  return { still: !me.canJudge, set: (change: CaseUpdate) => update.mutate(change) };
}

export function LevelChoice({ subject }: { subject: Case }) {
  const t = useT();
  const { still, set } = useSimpleChoice(subject);
  if (still) return <span>{t(`level.${subject.level}`)}</span>;
  return <Choice label={t('case.level')} value={t(`level.${subject.level}`)} items={problemLevels.map((key) => ({ key, label: t(`level.${key}`) }))} onChoose={(level) => set({ level: level as Case['level'] })} />;
}
export function SeverityChoice({ subject }: { subject: Case }) {
  const t = useT();
  const { still, set } = useSimpleChoice(subject);
  if (still) return <SeverityMark severity={subject.severity} word />;
  return <Choice label={t('case.severity')} value={<SeverityMark severity={subject.severity} word />} items={severities.map((key) => ({ key, label: <SeverityMark severity={key} word /> }))} onChoose={(severity) => set({ severity: severity as Case['severity'] })} />;
}
export function VerdictChoice({ subject }: { subject: Case }) {
  const t = useT();
  const { still, set } = useSimpleChoice(subject);
  if (still) return <span>{t(`verdict.${subject.verdict}`)}</span>;
  return <Choice label={t('alert.verdict')} value={t(`verdict.${subject.verdict}`)} items={verdicts.map((key) => ({ key, label: t(`verdict.${key}`) }))} onChoose={(verdict) => set({ verdict: verdict as Case['verdict'] })} />;
}
