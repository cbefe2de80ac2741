import { severities, type Severity, type SeverityCounts } from '@/lib/api/types';
import { formatCount } from '@/lib/format';
import { useT } from '@/lib/i18n';
import { SeverityMark } from './Severity';

/** Toggles for the severities, each with its count where known. None chosen means all. */
export function SeverityFilter({ value, counts, onChange }: { value: readonly Severity[]; counts?: SeverityCounts; onChange: (value: Severity[]) => void }) {
  const t = useT();
  return (
    <div className="row tight severity-filter" role="group" aria-label={t('alert.severity')}>
      {severities.map((s) => {
        const on = value.includes(s);
        return (
          <button key={s} type="button" className={`chip${on ? ' brand' : ''}`} aria-pressed={on} style={{ height: 26, ...(on ? { background: 'var(--brand-soft)' } : {}) }} onClick={() => onChange(on ? value.filter((v) => v !== s) : severities.filter((v) => v === s || value.includes(v)))}>
            <SeverityMark severity={s} word />{counts && <span className="secondary">{formatCount(counts[s])}</span>}
          </button>
        );
      })}
    </div>
  );
}

export function parseSeverities(text: string | undefined): Severity[] {
  return (text?.split(',') ?? []).filter((s): s is Severity => (severities as readonly string[]).includes(s));
}
