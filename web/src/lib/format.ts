// Figures as people read them.
const grouped = new Intl.NumberFormat('en-US');

export function formatCount(n: number): string { return grouped.format(n); }

/** At most four characters and a unit: 1.2万 in Chinese, 12.3k in English. */
export function formatCompact(n: number, language: 'zh' | 'en'): string {
  const steps: [number, string][] = language === 'zh' ? [[1e8, '亿'], [1e4, '万']] : [[1e9, 'B'], [1e6, 'M'], [1e3, 'k']];
  for (const [size, unit] of steps) {
    if (Math.abs(n) >= size) {
      const value = n / size;
      return `${value >= 100 ? Math.round(value) : Math.round(value * 10) / 10}${unit}`;
    }
  }
  return formatRate(n);
}

export function formatRate(n: number): string {
  if (n === 0) return '0';
  if (n < 10) return (Math.round(n * 10) / 10).toString();
  return grouped.format(Math.round(n));
}

export function formatBytes(n: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];
  let value = n;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) { value /= 1024; unit += 1; }
  return `${unit === 0 ? value : value >= 100 ? Math.round(value) : Math.round(value * 10) / 10} ${units[unit]}`;
}

export function formatShare(share: number): string {
  if (share === 0) return '0%';
  if (share < 0.001) return '<0.1%';
  return `${share >= 0.1 ? Math.round(share * 100) : Math.round(share * 1000) / 10}%`;
}

/** Change against the period before in whole per cent; undefined when there was nothing before. */
export function change(value: number, previous: number | undefined): number | undefined {
  if (previous === undefined || previous === 0) return undefined;
  return Math.round(((value - previous) / previous) * 100);
}
