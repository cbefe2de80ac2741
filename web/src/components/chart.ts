// The parts of ECharts in use, and its one theme. Loaded only by pages that draw.
import { BarChart, LineChart } from 'echarts/charts';
import { GridComponent, TooltipComponent } from 'echarts/components';
import { init, registerTheme, use, type EChartsType } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import { fontFamily, seriesColours, tokens, type ThemeName } from '@/lib/theme/tokens';

use([BarChart, LineChart, GridComponent, TooltipComponent, CanvasRenderer]);

for (const name of ['light', 'dark'] as const) {
  const t = tokens[name];
  const axis = {
    axisLine: { lineStyle: { color: t.line } }, axisTick: { show: false },
    axisLabel: { color: t.secondary, fontSize: 11, fontFamily }, splitLine: { lineStyle: { color: t.line, opacity: 0.7 } },
  };
  registerTheme(`shuwei-${name}`, {
    color: seriesColours(name), backgroundColor: 'transparent', textStyle: { fontFamily, color: t.text },
    categoryAxis: { ...axis, splitLine: { show: false } }, timeAxis: { ...axis, splitLine: { show: false } }, valueAxis: { ...axis, axisLine: { show: false } },
    tooltip: { backgroundColor: t.surface, borderColor: t.line, borderWidth: 1, padding: [6, 10], textStyle: { color: t.text, fontSize: 12 }, extraCssText: 'box-shadow: var(--shadow); border-radius: 6px;' },
  });
}

export function makeChart(element: HTMLElement, theme: ThemeName): EChartsType { return init(element, `shuwei-${theme}`, { renderer: 'canvas' }); }
export type { EChartsType };
