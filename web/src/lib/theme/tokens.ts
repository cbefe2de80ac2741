// The tokens as values, for what cannot read CSS variables: Ant Design's theme and the charts.
export type ThemeName = 'light' | 'dark';

export interface Tokens {
  page: string; surface: string; line: string; hover: string;
  text: string; secondary: string; faint: string;
  brand: string; onBrand: string;
  critical: string; high: string; medium: string; low: string; informational: string; good: string;
}

export const tokens: Record<ThemeName, Tokens> = {
  light: {
    page: '#F6F7F9', surface: '#FFFFFF', line: '#E3E6EB', hover: '#F2F5FA',
    text: '#1B2330', secondary: '#5A6577', faint: '#8B95A5', brand: '#1F5FD0', onBrand: '#FFFFFF',
    critical: '#B4232C', high: '#C8571B', medium: '#9A7B0A', low: '#2F6FB2', informational: '#64748B', good: '#1E7F4F',
  },
  dark: {
    page: '#0E1116', surface: '#161B22', line: '#2A313C', hover: '#1C232D',
    text: '#E6EAF0', secondary: '#98A3B3', faint: '#6D7888', brand: '#6EA8FF', onBrand: '#0E1116',
    critical: '#FF6B6B', high: '#FF9F5A', medium: '#E8C547', low: '#7FB5F0', informational: '#94A3B8', good: '#4CC38A',
  },
};

export const fontFamily = '"PingFang SC", "Microsoft YaHei", "Noto Sans SC", "Noto Sans CJK SC", system-ui, sans-serif';

/** Colours for the values of a split: related tones of one family, never a rainbow. */
export function seriesColours(name: ThemeName): string[] {
  return name === 'light'
    ? ['#1F5FD0', '#6F9BE3', '#2C8C99', '#86BCC3', '#7A6BB8', '#B7BEC9']
    : ['#6EA8FF', '#3E6CB5', '#5BB7C2', '#2F7680', '#A497E0', '#4A5464'];
}
