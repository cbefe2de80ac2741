import { Link } from 'react-router-dom';
import type { ValueCount } from '@/lib/api/types';
import { useI18n } from '@/lib/i18n';
import { formatCompact } from '@/lib/format';

/** The most frequent values as bars from zero; each opens its records. */
export function TopValues({ values, to, empty }: { values: readonly ValueCount[]; to: (value: string) => string; empty: string }) {
  const { language } = useI18n();
  const most = Math.max(1, ...values.map((v) => v.count));
  if (values.length === 0) return <div className="secondary small" style={{ padding: 8 }}>{empty}</div>;
  return (
    <div className="bars">
      {values.map((v) => (
        <Link key={v.value} className="bar-row" to={to(v.value)} style={{ '--share': `${(v.count / most) * 100}%` } as React.CSSProperties}>
          <span className="value cut">{v.value}</span><span className="count">{formatCompact(v.count, language)}</span>
        </Link>
      ))}
    </div>
  );
}
