import { Activity, Radar, Search, Settings, ShieldAlert, type LucideIcon } from 'lucide-react';
import type { Key } from '@/lib/i18n';

export interface Job { key: Key; path: string; also?: string[]; icon: LucideIcon }

/** The jobs of the rail, in the order of a shift. A job appears when its first page exists. */
export const jobs: Job[] = [
  { key: 'job.watch', path: '/watch', icon: Activity },
  { key: 'job.investigate', path: '/investigate', icon: Search },
  { key: 'job.respond', path: '/alerts', also: ['/cases'], icon: ShieldAlert },
  { key: 'job.assets', path: '/sources', icon: Radar },
];
export const settingsJob: Job = { key: 'job.settings', path: '/settings', icon: Settings };

export function isActive(job: Job, pathname: string): boolean {
  return [job.path, ...(job.also ?? [])].some((path) => pathname === path || pathname.startsWith(`${path}/`));
}
