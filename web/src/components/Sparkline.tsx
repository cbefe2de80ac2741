/** Small bars without axes; starts at zero. */
export function Sparkline({ values, width = 64, height = 18, colour = 'var(--faint)', label }: { values: readonly number[]; width?: number; height?: number; colour?: string; label?: string }) {
  if (values.length < 3) return <svg width={width} height={height} aria-hidden="true" />;
  const most = Math.max(...values, 1e-9);
  const step = width / values.length;
  const bar = Math.min(4, step > 3 ? step - 1 : Math.max(0.8, step * 0.6));
  return (
    <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} role={label ? 'img' : undefined} aria-label={label} aria-hidden={label ? undefined : true} style={{ flex: 'none', display: 'block' }}>
      {values.map((value, i) => {
        const tall = value <= 0 ? 0.5 : Math.max(1.5, (value / most) * height);
        return <rect key={i} x={i * step} y={height - tall} width={bar} height={tall} fill={colour} opacity={value <= 0 ? 0.35 : 0.85} />;
      })}
    </svg>
  );
}

/** A thin line with a soft area below, for rates. */
export function Sparkarea({ values, width = 96, height = 26, colour = 'var(--brand)' }: { values: readonly number[]; width?: number; height?: number; colour?: string }) {
  if (values.length < 2) return null;
  const most = Math.max(...values, 1e-9);
  const points = values.map((value, i) => `${((i / (values.length - 1)) * width).toFixed(1)},${(height - 1 - (value / most) * (height - 3)).toFixed(1)}`);
  return (
    <svg width={width} height={height} aria-hidden="true" style={{ display: 'block' }}>
      <polygon points={`0,${height} ${points.join(' ')} ${width},${height}`} fill={colour} opacity="0.13" />
      <polyline points={points.join(' ')} fill="none" stroke={colour} strokeWidth="1.4" strokeLinejoin="round" />
    </svg>
  );
}
