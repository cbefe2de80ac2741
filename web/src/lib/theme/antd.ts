import { theme as antd, type ThemeConfig } from 'antd';
import { fontFamily, tokens, type ThemeName } from './tokens';

/** Ant Design dressed in our tokens. */
export function antdTheme(name: ThemeName): ThemeConfig {
  const t = tokens[name];
  return {
    algorithm: name === 'dark' ? antd.darkAlgorithm : antd.defaultAlgorithm,
    cssVar: { key: 'shuwei' },
    hashed: false,
    token: {
      colorPrimary: t.brand, colorInfo: t.brand, colorLink: t.brand, colorError: t.critical, colorWarning: t.high, colorSuccess: t.good,
      colorBgLayout: t.page, colorBgContainer: t.surface, colorBgElevated: t.surface,
      colorBorder: t.line, colorBorderSecondary: t.line, colorSplit: t.line,
      colorText: t.text, colorTextSecondary: t.secondary, colorTextPlaceholder: t.faint,
      borderRadius: 6, borderRadiusLG: 6, borderRadiusSM: 4, fontFamily, fontSize: 13, controlHeight: 30, controlHeightSM: 24,
      boxShadow: 'var(--shadow)', boxShadowSecondary: 'var(--shadow)', motionDurationMid: '0.12s', motionDurationSlow: '0.16s',
    },
    components: {
      Button: { primaryColor: t.onBrand, primaryShadow: 'none', defaultShadow: 'none', dangerShadow: 'none', fontWeight: 500 },
      Segmented: name === 'dark' ? { trackBg: '#11161C', itemSelectedBg: '#2A313C' } : { trackBg: '#EBEEF2', itemSelectedBg: t.surface },
      Tooltip: { colorBgSpotlight: name === 'dark' ? '#2A313C' : '#1B2330' },
      Select: { optionSelectedBg: name === 'dark' ? '#1B2A43' : '#E9F0FC' },
      Tabs: { horizontalMargin: '0', horizontalItemPadding: '8px 0', horizontalItemGutter: 20 },
    },
  };
}
