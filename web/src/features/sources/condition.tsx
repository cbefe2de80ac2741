import { Link } from 'react-router-dom';
import type { Source } from '@/lib/api/types';
import { useI18n, useT } from '@/lib/i18n';
import { formatDuration } from '@/lib/time';

export type Condition = Source['conditions'][number];
export type Filter = 'all' | 'well' | Condition;
export const filters: Filter[] = ['all', 'proposed', 'well', 'silent', 'zone', 'clock', 'unrecognised'];

export function fits(source: Source, filter: Filter): boolean {
  if (filter === 'all') return true;
  return filter === 'well' ? source.conditions.length === 0 : source.conditions.includes(filter);
}

const looks: Record<Condition, string> = { proposed: 'brand', silent: 'bad', zone: 'warn', clock: 'warn', unrecognised: 'quiet' };

/** What asks for a look, or that nothing does. */
export function Conditions({ source }: { source: Source }) {
  const t = useT();
  if (source.conditions.length === 0) return <span className="row tight"><span className="chip good">{t('source_filter.well')}</span></span>;
  return <span className="row tight">{source.conditions.map((condition) => <span key={condition} className={`chip ${looks[condition]}`}>{t(`source_filter.${condition}`)}</span>)}</span>;
}

export function Dot({ source }: { source: Source }) {
  const t = useT();
  return <span className={`dot ${source.state === 'active' ? 'good' : 'bad'}`} role="img" title={t(`source_state.${source.state}`)} aria-label={t(`source_state.${source.state}`)} />;
}

export function Drift({ source }: { source: Source }) {
  const { language } = useI18n();
  const drift = source.clock.drift_s;
  if (drift === undefined) return <span className="faint">—</span>;
  const far = source.clock.verdict !== 'right' && source.clock.verdict !== 'unknown';
  return <span style={far ? { color: 'var(--high)', fontWeight: 600 } : { color: 'var(--secondary)' }}>{Math.abs(drift) < 1 ? '0' : `${drift > 0 ? '+' : '−'}${formatDuration(drift, language)}`}</span>;
}

export function AlertLink({ id, to }: { id: number; to: string }) {
  const t = useT();
  return <Link to={to}>{t('source.alert', { id })}</Link>;
}
