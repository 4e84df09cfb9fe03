// Which component draws which type of panel. A type that is not known says so.
import { lazy, type ComponentType } from 'react';
import type { Span } from '../time/range';
import type { Scheme } from './colors';
import type { PanelData } from './frames';
import type { Values } from './interpolate';
import type { Panel } from './model';
import LogsPanel from './panels/LogsPanel';
import StatPanel from './panels/StatPanel';
import TimeSeriesPanel from './panels/TimeSeriesPanel';

export interface PanelProps {
  panel: Panel;
  data: PanelData;
  span: Span;
  values: Values;
  scheme: Scheme;
}

const table = lazy(() => import('./panels/TablePanel'));
const renderers: Record<string, ComponentType<PanelProps>> = {
  stat: StatPanel,
  timeseries: TimeSeriesPanel,
  graph: TimeSeriesPanel,
  logs: LogsPanel,
  table,
  gauge: lazy(() => import('./panels/GaugePanel')),
  bargauge: lazy(() => import('./panels/BarGaugePanel')),
  heatmap: lazy(() => import('./panels/HeatmapPanel')),
  barchart: lazy(() => import('./panels/BarChartPanel')),
  piechart: lazy(() => import('./panels/PiePanel')),
  'state-timeline': lazy(() => import('./panels/StateTimelinePanel')),
  text: lazy(() => import('./panels/TextPanel')),
};

export const rendererOf = (type: string): ComponentType<PanelProps> | undefined => (Object.hasOwn(renderers, type) ? renderers[type] : undefined);
export const needsData = (type: string) => type !== 'text' && type !== 'row';
