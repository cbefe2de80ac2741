import { AlarmClock, AlarmClockCheck, AlarmClockOff, BellRing, CircleDot, FolderOpen, Gauge, Link2, MessageSquare, Pause, Play, UserRound, type LucideIcon } from 'lucide-react';
import { Link } from 'react-router-dom';
import type { TimelineEntry } from '@/lib/api/types';
import { useT } from '@/lib/i18n';
import { useHref, useZone } from '@/lib/scope';
import { formatTime } from '@/lib/time';
import { entrySentence } from './words';

const icons: Record<TimelineEntry['kind'], LucideIcon> = {
  opened: FolderOpen, alert_attached: Link2, alert_updated: Link2, state: CircleDot, owner: UserRound, level: Gauge, severity: Gauge, title: MessageSquare, verdict: CircleDot,
  note: MessageSquare, clock_started: AlarmClock, clock_paused: Pause, clock_resumed: Play, clock_met: AlarmClockCheck, clock_missed: AlarmClockOff, reminded: BellRing, escalated: BellRing,
};
const pages: Record<string, (id: string) => [string, Record<string, string>?]> = {
  alert: (id) => [`/alerts/${id}`], case: (id) => [`/cases/${id}`], rule: (id) => [`/settings/rules`, { rule: id }],
  event: (id) => ['/investigate', { event: id }], source: (id) => ['/sources', { source: id }],
};

function initial(name: string): string { return name.trim().slice(0, 1).toUpperCase(); }

/** Append-only, grouped by day, people and system told apart. */
export function CaseTimeline({ entries, newestFirst = false, limit, person }: { entries: readonly TimelineEntry[]; newestFirst?: boolean; limit?: number; person: (name: string) => string }) {
  const t = useT();
  const href = useHref();
  const [zone] = useZone();
  const ordered = newestFirst ? [...entries].reverse() : [...entries];
  const shown = limit ? ordered.slice(0, limit) : ordered;
  let day = '';
  return (
    <div className="timeline">
      {shown.map((entry) => {
        const at = formatTime(entry.at, zone, 'second');
        const newDay = at.slice(0, 10) !== day;
        day = at.slice(0, 10);
        const Icon = icons[entry.kind];
        const human = entry.actor.kind === 'person';
        const name = human ? entry.actor.display_name ?? entry.actor.name : t('timeline.system');
        const tone = entry.kind === 'clock_missed' || entry.kind === 'escalated' ? ' bad' : entry.kind === 'clock_met' ? ' good' : '';
        const link = entry.link ? pages[entry.link.kind]?.(entry.link.id) : undefined;
        return (
          <div key={entry.id}>
            {newDay && <div className="day">{day}</div>}
            <div className={`entry ${entry.actor.kind}${tone}`}>
              <div className="at" title={at}>{at.slice(11)}</div>
              <div className="node"><span title={name}>{human && entry.kind === 'note' ? initial(name) : <Icon size={12} />}</span></div>
              <div className="what">
                <span><b>{name}</b> {entrySentence(t, entry, person)}</span>
                {entry.link && link && <> <Link to={href(...link)}>{entry.link.title ?? `${entry.link.kind} ${entry.link.id}`}</Link></>}
                {entry.text && <div className={human ? 'note' : ''}>{entry.text}</div>}
              </div>
            </div>
          </div>
        );
      })}
    </div>
  );
}
