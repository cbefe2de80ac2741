// The queue of the watch page: open cases, and alerts that no case has taken up.
import { slaLook, leadingClock } from '@/components/SlaChip';
import { severities, type Alert, type Case } from '@/lib/api/types';

/** What a group asks of the reader; a client's rows ask nothing, they are told apart by kind. */
export type QueueGroup = 'mine' | 'unowned' | 'others' | 'cases' | 'alerts';
export type QueueRow =
  | { kind: 'case'; key: string; group: QueueGroup; subject: Case }
  | { kind: 'alert'; key: string; group: QueueGroup; subject: Alert };

const order: readonly QueueGroup[] = ['mine', 'unowned', 'others', 'cases', 'alerts'];

function urgency(row: QueueRow, now: number): number {
  if (row.kind === 'alert') return 0;
  const clock = leadingClock(row.subject.clocks, now);
  const look = clock ? slaLook(clock, now).look : 'met';
  return look === 'missed' ? -2 : look === 'risk' ? -1 : 0;
}

export function buildQueue(cases: readonly Case[], alerts: readonly Alert[], me: { name: string; canJudge: boolean }, now: number): QueueRow[] {
  const rows: QueueRow[] = [
    ...cases.map<QueueRow>((subject) => ({ kind: 'case', key: subject.number, subject, group: !me.canJudge ? 'cases' : subject.owner === undefined ? 'unowned' : subject.owner.name === me.name ? 'mine' : 'others' })),
    ...alerts.filter((alert) => alert.case_number === undefined).map<QueueRow>((subject) => ({ kind: 'alert', key: `a${subject.id}`, subject, group: me.canJudge ? 'unowned' : 'alerts' })),
  ];
  const at = (row: QueueRow): number => Date.parse(row.kind === 'case' ? row.subject.updated : row.subject.last_seen);
  return rows.sort((a, b) => order.indexOf(a.group) - order.indexOf(b.group)
    || urgency(a, now) - urgency(b, now)
    || severities.indexOf(a.subject.severity) - severities.indexOf(b.subject.severity)
    || (a.kind === b.kind ? 0 : a.kind === 'case' ? -1 : 1)
    || at(b) - at(a));
}
