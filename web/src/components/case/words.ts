import type { CaseState, TimelineEntry } from '@/lib/api/types';
import type { Key, Translate } from '@/lib/i18n';

const valueKeys: Partial<Record<TimelineEntry['kind'], string>> = { state: 'case_state', level: 'level', severity: 'severity', verdict: 'verdict' };

function word(t: Translate, kind: TimelineEntry['kind'], value: string | undefined): string {
  const group = valueKeys[kind];
  if (value === undefined || value === '') return t('timeline.nobody');
  if (!group) return value;
  return t(`${group}.${value}` as Key);
}

/** The sentence of a timeline entry in the reader's language. */
export function entrySentence(t: Translate, entry: TimelineEntry, person: (name: string) => string): string {
  const clock = (name: string | undefined): string => (name ? t(`clock.${name}` as Key) : '');
  switch (entry.kind) {
    case 'opened': return t('timeline.opened');
    case 'alert_attached': return t('timeline.alert_attached');
    case 'alert_updated': return t('timeline.alert_updated');
    case 'note': return t('timeline.note');
    case 'owner': return entry.to ? t('timeline.owner', { to: person(entry.to) }) : t('timeline.owner_none');
    case 'state': case 'level': case 'severity': case 'verdict':
      return t(`timeline.${entry.kind}`, { from: word(t, entry.kind, entry.from), to: word(t, entry.kind, entry.to) });
    case 'title': return t('timeline.title', { to: entry.to ?? '' });
    case 'clock_started': case 'clock_paused': case 'clock_resumed': case 'clock_met': case 'clock_missed':
      return t(`timeline.${entry.kind}`, { clock: clock(entry.from) });
    case 'reminded': return entry.to ? t('timeline.reminded', { to: person(entry.to) }) : t('timeline.reminded_clock', { clock: clock(entry.from) });
    case 'escalated': return t('timeline.escalated', { to: entry.to ?? '' });
  }
}

/** Steps a person may take from a state, the usual one first. The server has the last word. */
export const nextStates: Record<CaseState, CaseState[]> = {
  new: ['in_progress', 'on_hold', 'resolved', 'closed'],
  in_progress: ['resolved', 'on_hold', 'closed'],
  on_hold: ['in_progress', 'resolved', 'closed'],
  resolved: ['closed', 'in_progress'],
  closed: ['in_progress'],
};
