// Counts over time as stacked bars. Dragging over it chooses a time range; a click chooses one bar.
import { useEffect, useMemo, useRef, useState } from 'react';
import { useI18n } from '@/lib/i18n';
import { formatCompact, formatCount } from '@/lib/format';
import { useZone } from '@/lib/scope';
import { formatTime } from '@/lib/time';
import { useTheme } from '@/lib/theme';
import { seriesColours, tokens } from '@/lib/theme/tokens';
import type { EChartsType } from './chart';

export interface HistogramSeries { name: string; colour?: string; values: readonly number[] }
interface Props { at: readonly string[]; intervalMs: number; series: readonly HistogramSeries[]; height?: number; onBrush?: (since: string, until: string) => void; label: string }

const side = { left: 40, right: 8, top: 8, bottom: 20 };

function escapeHtml(text: string): string { return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`); }

export function Histogram({ at, intervalMs, series, height = 110, onBrush, label }: Props) {
  const { t, language } = useI18n();
  const { name: theme } = useTheme();
  const [zone] = useZone();
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType>();
  const [drag, setDrag] = useState<{ from: number; to: number }>();
  const [ready, setReady] = useState(0);

  useEffect(() => {
    let gone = false;
    let watcher: ResizeObserver | undefined;
    void import('./chart').then(({ makeChart }) => {
      if (gone || !box.current) return;
      chart.current = makeChart(box.current, theme);
      watcher = new ResizeObserver(() => chart.current?.resize());
      watcher.observe(box.current);
      setReady((n) => n + 1);
    });
    return () => { gone = true; watcher?.disconnect(); chart.current?.dispose(); chart.current = undefined; };
  }, [theme]);

  const palette = seriesColours(theme);
  const option = useMemo(() => {
    const axisLabel = (value: string): string => {
      const full = formatTime(value, zone, intervalMs < 60_000 ? 'second' : 'minute');
      return intervalMs >= 86_400_000 ? full.slice(5, 10) : at.length > 1 && Date.parse(at[at.length - 1]!) - Date.parse(at[0]!) > 2 * 86_400_000 ? full.slice(5, 16) : full.slice(11);
    };
    return {
      animation: false,
      grid: { ...side, containLabel: false },
      xAxis: { type: 'category' as const, data: [...at], axisLabel: { formatter: axisLabel, hideOverlap: true, margin: 6 }, boundaryGap: true },
      yAxis: { type: 'value' as const, min: 0, minInterval: 1, splitNumber: 2, axisLabel: { formatter: (n: number) => formatCompact(n, language) } },
      tooltip: {
        trigger: 'axis' as const, confine: true, axisPointer: { type: 'shadow' as const, shadowStyle: { color: tokens[theme].brand, opacity: 0.08 } }, transitionDuration: 0,
        formatter: (raw: unknown) => {
          const points = raw as { axisValue: string; seriesName: string; value: number; color: string }[];
          const first = points[0];
          if (!first) return '';
          const lines = points.filter((p) => p.value > 0).map((p) => `<div style="display:flex;gap:8px;align-items:center"><i style="width:8px;height:8px;border-radius:2px;background:${p.color}"></i><span>${escapeHtml(p.seriesName)}</span><b style="margin-left:auto;padding-left:16px">${formatCount(p.value)}</b></div>`);
          const end = new Date(Date.parse(first.axisValue) + intervalMs).toISOString();
          const all = points.reduce((n, p) => n + p.value, 0);
          return `<div style="opacity:.75;margin-bottom:2px">${formatTime(first.axisValue, zone, 'second')} – ${formatTime(end, zone, 'second').slice(11)}</div>${lines.join('') || '0'}${lines.length > 1 ? `<div style="display:flex;opacity:.75"><span>${t('histogram.total')}</span><b style="margin-left:auto">${formatCount(all)}</b></div>` : ''}`;
        },
      },
      series: series.map((s, i) => ({
        type: 'bar' as const, name: s.name, stack: 'all', data: [...s.values], barCategoryGap: '12%', barMaxWidth: 28, cursor: 'crosshair',
        itemStyle: { color: s.colour ?? palette[i % palette.length] }, emphasis: { disabled: true },
      })),
    };
  }, [at, series, intervalMs, zone, language, theme, palette, t]);
  useEffect(() => { chart.current?.setOption(option, { notMerge: true }); }, [option, ready]);

  const share = (x: number): number => {
    const width = (box.current?.clientWidth ?? 1) - side.left - side.right;
    return Math.min(1, Math.max(0, (x - side.left) / width));
  };
  const timeAt = (part: number): number => Date.parse(at[0]!) + part * at.length * intervalMs;
  const local = (event: React.PointerEvent): number => event.clientX - event.currentTarget.getBoundingClientRect().left;
  const end = (event: React.PointerEvent): void => {
    if (!drag || !onBrush || at.length === 0) { setDrag(undefined); return; }
    const [a, b] = [share(Math.min(drag.from, local(event))), share(Math.max(drag.from, local(event)))];
    setDrag(undefined);
    if (Math.abs(drag.from - local(event)) < 4) {
      const bar = Math.min(at.length - 1, Math.floor(a * at.length));
      if (at.length > 1 && intervalMs >= 1000) onBrush(at[bar]!, new Date(Date.parse(at[bar]!) + intervalMs).toISOString());
      return;
    }
    onBrush(new Date(timeAt(a)).toISOString(), new Date(timeAt(b)).toISOString());
  };
  return (
    <div
      className="histogram" role="img" aria-label={label} style={{ height, cursor: onBrush ? 'crosshair' : undefined, touchAction: 'pan-y' }}
      onPointerDown={(event) => { if (onBrush && event.button === 0) { event.currentTarget.setPointerCapture(event.pointerId); setDrag({ from: local(event), to: local(event) }); } }}
      onPointerMove={(event) => { if (drag) setDrag({ ...drag, to: local(event) }); }}
      onPointerUp={end}
      onPointerCancel={() => setDrag(undefined)}
    >
      <div ref={box} style={{ position: 'absolute', inset: 0 }} />
      {drag && Math.abs(drag.to - drag.from) > 3 && <div className="brush" style={{ left: Math.min(drag.from, drag.to), width: Math.abs(drag.to - drag.from) }} />}
    </div>
  );
}
