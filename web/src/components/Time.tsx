import { serverNow } from '@/lib/api/client';
import { useI18n } from '@/lib/i18n';
import { useNow, useZone } from '@/lib/scope';
import { formatAge, formatShort, formatTime, zoneName, type Precision } from '@/lib/time';

/** A time; the whole of it with its zone on hover. */
export function Time({ at, precision = 'second', short = false }: { at: string; precision?: Precision; short?: boolean }) {
  const [zone] = useZone();
  return <time dateTime={at} title={`${formatTime(at, zone, 'ms')} ${zoneName(zone)}`}>{short ? formatShort(at, zone, serverNow(), precision) : formatTime(at, zone, precision)}</time>;
}

export function Age({ at }: { at: string }) {
  const { language } = useI18n();
  const [zone] = useZone();
  const now = useNow(15_000);
  return <time dateTime={at} title={`${formatTime(at, zone, 'second')} ${zoneName(zone)}`}>{formatAge(at, language, now)}</time>;
}
