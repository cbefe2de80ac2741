// Time ranges as the URL has them, and times as people read them.
export type Language = 'zh' | 'en';
export type Zone = 'local' | 'utc';

/** `since` and `until` are `-15m`-like offsets from now, `today`, or RFC 3339; no `until` means now. */
export interface RangeSpec { since: string; until?: string }
export interface Range { since: string; until: string }

export const defaultRange: RangeSpec = { since: '-24h' };
export const presets = ['-15m', '-1h', '-4h', '-24h', 'today', '-7d', '-30d'] as const;

const unitMs: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const offset = /^-(\d{1,6})([smhd])$/;

/** Milliseconds of one end of a range, or undefined when the text is not a time. */
export function instant(text: string, now: number): number | undefined {
  const match = offset.exec(text);
  if (match) return now - Number(match[1]) * unitMs[match[2]!]!;
  if (text === 'now') return now;
  if (text === 'today') { const day = new Date(now); day.setHours(0, 0, 0, 0); return day.getTime(); }
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}

export function isRelative(spec: RangeSpec): boolean { return spec.until === undefined && (offset.test(spec.since) || spec.since === 'today'); }

export function resolve(spec: RangeSpec, now: number): Range {
  const until = (spec.until === undefined ? undefined : instant(spec.until, now)) ?? now;
  const since = instant(spec.since, now) ?? now - unitMs.d!;
  return { since: new Date(Math.min(since, until - 1)).toISOString(), until: new Date(until).toISOString() };
}

/** Reads what a person types: `2026-11-21 10:00`, `11-21 10:00`, `10:00`, `-2h`. */
export function parseTyped(text: string, zone: Zone, now: number): string | undefined {
  const typed = text.trim();
  if (offset.test(typed) || typed === 'now' || typed === 'today') return typed;
  const match = /^(?:(?:(\d{4})[-/])?(\d{1,2})[-/](\d{1,2})(?:[ T]+|$))?(?:(\d{1,2}):(\d{2})(?::(\d{2})(\.\d{1,6})?)?)?$/.exec(typed);
  if (!match || typed === '') return Number.isNaN(Date.parse(typed)) ? undefined : new Date(Date.parse(typed)).toISOString();
  const today = new Date(now);
  const utc = zone === 'utc';
  const year = Number(match[1] ?? (utc ? today.getUTCFullYear() : today.getFullYear()));
  const month = match[2] ? Number(match[2]) - 1 : utc ? today.getUTCMonth() : today.getMonth();
  const day = match[3] ? Number(match[3]) : utc ? today.getUTCDate() : today.getDate();
  const parts = [Number(match[4] ?? 0), Number(match[5] ?? 0), Number(match[6] ?? 0), Math.round(Number(match[7] ?? 0) * 1000)] as const;
  if (month > 11 || day > 31 || parts[0] > 23 || parts[1] > 59 || parts[2] > 59) return undefined;
  return new Date(utc ? Date.UTC(year, month, day, ...parts) : new Date(year, month, day, ...parts).getTime()).toISOString();
}

const two = (n: number): string => String(n).padStart(2, '0');
interface Parts { year: number; month: number; day: number; hour: number; minute: number; second: number; ms: number }
function parts(at: number, zone: Zone): Parts {
  const d = new Date(at);
  return zone === 'utc'
    ? { year: d.getUTCFullYear(), month: d.getUTCMonth() + 1, day: d.getUTCDate(), hour: d.getUTCHours(), minute: d.getUTCMinutes(), second: d.getUTCSeconds(), ms: d.getUTCMilliseconds() }
    : { year: d.getFullYear(), month: d.getMonth() + 1, day: d.getDate(), hour: d.getHours(), minute: d.getMinutes(), second: d.getSeconds(), ms: d.getMilliseconds() };
}

export type Precision = 'minute' | 'second' | 'ms';
/** `2026-11-21 10:04:05.123`, always with the date and never by locale, so that two people read the same. */
export function formatTime(text: string | number, zone: Zone, precision: Precision = 'second'): string {
  const at = typeof text === 'number' ? text : Date.parse(text);
  if (Number.isNaN(at)) return String(text);
  const p = parts(at, zone);
  const date = `${p.year}-${two(p.month)}-${two(p.day)} ${two(p.hour)}:${two(p.minute)}`;
  if (precision === 'minute') return date;
  return precision === 'second' ? `${date}:${two(p.second)}` : `${date}:${two(p.second)}.${String(p.ms).padStart(3, '0')}`;
}

/** Without the year, and without the day when it is today: for tight columns. */
export function formatShort(text: string | number, zone: Zone, now: number, precision: Precision = 'second'): string {
  const full = formatTime(text, zone, precision);
  const today = formatTime(now, zone, 'minute');
  if (full.slice(0, 10) === today.slice(0, 10)) return full.slice(11);
  return full.slice(0, 4) === today.slice(0, 4) ? full.slice(5) : full;
}

export function zoneName(zone: Zone): string {
  if (zone === 'utc') return 'UTC';
  const minutes = -new Date().getTimezoneOffset();
  if (minutes === 0) return 'UTC';
  const size = Math.abs(minutes);
  return `UTC${minutes < 0 ? '-' : '+'}${Math.floor(size / 60)}${size % 60 ? `:${two(size % 60)}` : ''}`;
}

/** `2天3小时`, `14分05秒`: the two largest parts. */
export function formatDuration(seconds: number, language: Language): string {
  const s = Math.max(0, Math.floor(Math.abs(seconds)));
  const [d, h, m, r] = [Math.floor(s / 86400), Math.floor(s / 3600) % 24, Math.floor(s / 60) % 60, s % 60];
  const zh = language === 'zh';
  if (d > 0) return zh ? `${d}天${h > 0 ? `${h}时` : ''}` : `${d}d${h > 0 ? ` ${h}h` : ''}`;
  if (h > 0) return zh ? `${h}时${m > 0 ? `${two(m)}分` : ''}` : `${h}h${m > 0 ? ` ${two(m)}m` : ''}`;
  if (m > 0) return zh ? `${m}分${r > 0 ? `${two(r)}秒` : ''}` : `${m}m${r > 0 ? ` ${two(r)}s` : ''}`;
  return zh ? `${r}秒` : `${r}s`;
}

/** One part only, for ages in lists: `5分`, `3时`, `2天`. */
export function formatAge(text: string, language: Language, now: number): string {
  const s = Math.max(0, Math.floor((now - Date.parse(text)) / 1000));
  const zh = language === 'zh';
  if (s < 60) return zh ? `${s}秒前` : `${s}s ago`;
  if (s < 3600) return zh ? `${Math.floor(s / 60)}分钟前` : `${Math.floor(s / 60)}m ago`;
  if (s < 86400) return zh ? `${Math.floor(s / 3600)}小时前` : `${Math.floor(s / 3600)}h ago`;
  return zh ? `${Math.floor(s / 86400)}天前` : `${Math.floor(s / 86400)}d ago`;
}

export function rangeAround(at: string, minutes: number): Range {
  const t = Date.parse(at);
  return { since: new Date(t - minutes * 60_000).toISOString(), until: new Date(t + minutes * 60_000).toISOString() };
}
