import { Tooltip } from 'antd';
import type { Clock } from '@/lib/api/types';
import { useI18n } from '@/lib/i18n';
import { useNow, useZone } from '@/lib/scope';
import { formatDuration, formatTime } from '@/lib/time';

export type SlaLook = 'running' | 'risk' | 'missed' | 'paused' | 'met';

/** How a clock looks at a moment. A running clock whose time has passed is missed even before the server says so. */
export function slaLook(clock: Clock, now: number): { look: SlaLook; remaining: number; share: number } {
  const counting = clock.state === 'running' || (clock.state === 'missed' && clock.stopped === undefined);
  const remaining = counting ? (Date.parse(clock.due) - now) / 1000 : clock.remaining_s;
  const share = clock.total_s > 0 ? Math.min(1, Math.max(0, remaining / clock.total_s)) : 0;
  if (clock.state === 'met') return { look: 'met', remaining, share: 1 };
  if (clock.state === 'paused') return { look: 'paused', remaining, share };
  if (clock.state === 'missed' || remaining < 0) return { look: 'missed', remaining, share: 1 };
  return { look: share < 0.25 ? 'risk' : 'running', remaining, share };
}

/** The clock that matters now: a missed one still open, else the running one due first, else a paused one. */
export function leadingClock(clocks: readonly Clock[], now: number): Clock | undefined {
  const open = clocks.filter((clock) => clock.stopped === undefined && clock.state !== 'met');
  const rank = (clock: Clock): number => (slaLook(clock, now).look === 'missed' ? 0 : clock.state === 'running' ? 1 : 2);
  return [...open].sort((a, b) => rank(a) - rank(b) || Date.parse(a.due) - Date.parse(b.due))[0];
}

const round = 2 * Math.PI * 5.2;

export function SlaChip({ clock, name = false }: { clock: Clock; name?: boolean }) {
  const { t, language } = useI18n();
  const [zone] = useZone();
  const now = useNow(1000);
  const { look, remaining, share } = slaLook(clock, now);
  const title = t(`clock.${clock.name}`);
  const figure = look === 'met' ? t('sla.met') : look === 'missed' ? `+${formatDuration(remaining, language)}` : formatDuration(remaining, language);
  const explain = [
    `${title} · ${t(`sla.${look}`)}`,
    `${t('sla.due')} ${formatTime(clock.due, zone)}`,
    ...(look === 'paused' && clock.pause_reason ? [clock.pause_reason] : []),
  ];
  return (
    <Tooltip title={explain.map((line) => <div key={line}>{line}</div>)}>
      <span className={`chip sla ${look}`} aria-label={`${title} ${t(`sla.${look}`)} ${figure}`}>
        <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">
          <circle className="ring-back" cx="7" cy="7" r="5.2" fill="none" strokeWidth="2" />
          <circle className="ring-front" cx="7" cy="7" r="5.2" fill="none" strokeWidth="2" strokeDasharray={`${round * share} ${round}`} transform="rotate(-90 7 7)" />
        </svg>
        {name && <span>{title}</span>}
        <span>{figure}</span>
      </span>
    </Tooltip>
  );
}
