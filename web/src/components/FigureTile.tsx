import type { ReactNode } from 'react';
import { Link } from 'react-router-dom';
import { useT } from '@/lib/i18n';
import { Sparkarea } from './Sparkline';

interface Props { label: string; figure: ReactNode; unit?: string; to?: string; delta?: number; series?: readonly number[]; foot?: ReactNode; look?: 'alarm' | 'warn'; wide?: boolean }

/** A number, how it changed, its small line; opens its records. */
export function FigureTile({ label, figure, unit, to, delta, series, foot, look, wide }: Props) {
  const t = useT();
  const inside = (
    <>
      <span className="label">{label}</span>
      {series && series.length > 1 && <span className="spark"><Sparkarea values={series} /></span>}
      <span className="figure">{figure}{unit && <small>{unit}</small>}</span>
      <span className="foot">
        {delta !== undefined && <span className={`delta ${delta > 0 ? 'up' : delta < 0 ? 'down' : 'same'}`} title={t('tile.previous')}>{Math.abs(delta)}%</span>}
        {foot}
      </span>
    </>
  );
  const look_ = `tile${look ? ` ${look}` : ''}${wide ? ' wide' : ''}`;
  // A tile whose foot has links of its own cannot be one link: its figure is.
  return to ? <Link className={look_} to={to}>{inside}</Link> : <div className={look_}>{inside}</div>;
}
