import type { Severity } from '@/lib/api/types';
import { useT } from '@/lib/i18n';

const shapes: Record<Severity, string> = {
  critical: 'M6 0.6 11.4 6 6 11.4 0.6 6z',
  high: 'M6 1.2 11.4 10.6H0.6z',
  medium: 'M6 1.4a4.6 4.6 0 1 1 0 9.2a4.6 4.6 0 1 1 0-9.2z',
  low: 'M6 10.8 0.6 1.4h10.8z',
  informational: 'M6 2a4 4 0 1 1 0 8a4 4 0 1 1 0-8z',
};

/** The shape of a severity, with its word where `word` is set: never the colour alone. */
export function SeverityMark({ severity, word = false, size = 11 }: { severity: Severity; word?: boolean; size?: number }) {
  const t = useT();
  const label = t(`severity.${severity}`);
  const hollow = severity === 'informational';
  return (
    <span className={`severity ${severity}`} title={word ? undefined : label}>
      <svg width={size} height={size} viewBox="0 0 12 12" role="img" aria-label={label}>
        <path d={shapes[severity]} fill={hollow ? 'none' : 'currentColor'} stroke={hollow ? 'currentColor' : 'none'} strokeWidth="1.6" />
      </svg>
      {word && <span>{label}</span>}
    </span>
  );
}
