// Grafana's dashboard JSON (schema version 36 and later) as we read it: only what the renderer uses, checked where it comes from outside.
// What a panel holds beyond that is kept in `raw`, so that an export loses nothing.

export interface GridPos { x: number; y: number; w: number; h: number }
export interface DataSourceRef { type?: string; uid?: string }
export interface Target {
  refId: string;
  expr: string;
  legendFormat?: string;
  instant?: boolean;
  range?: boolean;
  hide?: boolean;
  format?: 'time_series' | 'table' | 'heatmap';
  interval?: string;
  queryType?: string;
  maxLines?: number;
  /** Marks of traces on the chart. */
  exemplar?: boolean;
  datasource?: DataSourceRef;
}
export interface ThresholdStep { color: string; value: number | null }
export interface Thresholds { mode: 'absolute' | 'percentage'; steps: ThresholdStep[] }
export interface MappingResult { text?: string; color?: string; index?: number }
export type ValueMapping =
  | { type: 'value'; options: Record<string, MappingResult> }
  | { type: 'range'; options: { from: number | null; to: number | null; result: MappingResult } }
  | { type: 'regex'; options: { pattern: string; result: MappingResult } }
  | { type: 'special'; options: { match: string; result: MappingResult } };
export interface DataLink { title: string; url: string; targetBlank?: boolean }
export interface CustomConfig {
  drawStyle?: 'line' | 'bars' | 'points';
  lineWidth?: number;
  fillOpacity?: number;
  gradientMode?: string;
  lineInterpolation?: string;
  stacking?: { mode?: 'none' | 'normal' | 'percent'; group?: string };
  spanNulls?: boolean | number;
  showPoints?: string;
  pointSize?: number;
  axisLabel?: string;
  axisPlacement?: string;
  axisSoftMin?: number;
  axisSoftMax?: number;
  scaleDistribution?: { type?: string; log?: number };
  thresholdsStyle?: { mode?: string };
  lineStyle?: { fill?: string; dash?: number[] };
  hideFrom?: { viz?: boolean; legend?: boolean; tooltip?: boolean };
  align?: string;
  width?: number;
  cellOptions?: { type?: string; mode?: string };
}
export interface FieldConfig {
  unit?: string;
  decimals?: number | null;
  min?: number | null;
  max?: number | null;
  displayName?: string;
  noValue?: string;
  color?: { mode?: string; fixedColor?: string; seriesBy?: string };
  thresholds?: Thresholds;
  mappings?: ValueMapping[];
  links?: DataLink[];
  custom?: CustomConfig;
}
export interface Override { matcher: { id: string; options?: unknown }; properties: { id: string; value?: unknown }[] }
export interface Transformation { id: string; options: Record<string, unknown>; disabled?: boolean }
export interface Panel {
  id: number;
  type: string;
  title: string;
  description: string;
  gridPos: GridPos;
  datasource?: DataSourceRef;
  targets: Target[];
  options: Record<string, unknown>;
  fieldConfig: { defaults: FieldConfig; overrides: Override[] };
  transformations: Transformation[];
  interval?: string;
  maxDataPoints?: number;
  repeat?: string;
  repeatDirection?: string;
  maxPerRow?: number;
  links: DataLink[];
  collapsed?: boolean;
  panels: Panel[];
  transparent?: boolean;
  raw: Record<string, unknown>;
}
export interface VariableOption { text: string; value: string }
export interface Variable {
  name: string;
  type: string;
  label: string;
  hide: number;
  query: unknown;
  datasource?: DataSourceRef;
  definition?: string;
  regex: string;
  multi: boolean;
  includeAll: boolean;
  allValue?: string;
  sort: number;
  current?: { text?: unknown; value?: unknown };
  options: VariableOption[];
  auto?: boolean;
  autoCount: number;
  autoMin: string;
}
export interface DashboardLink { title: string; url: string; type: string; tags: string[]; keepTime: boolean; includeVars: boolean }
export interface Dashboard {
  uid: string;
  title: string;
  description: string;
  tags: string[];
  schemaVersion: number;
  time: { from: string; to: string };
  refresh: string;
  variables: Variable[];
  panels: Panel[];
  links: DashboardLink[];
}

export const panelsMax = 400;
export const dashboardBytesMax = 4 * 1024 * 1024;
const oldestSchema = 30;

type Bag = Record<string, unknown>;
const bag = (value: unknown): Bag => (value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Bag) : {});
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const text = (value: unknown, otherwise = ''): string => (typeof value === 'string' ? value : typeof value === 'number' ? String(value) : otherwise);
const finite = (value: unknown, otherwise: number): number => (typeof value === 'number' && Number.isFinite(value) ? value : otherwise);
const optionalText = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);

export class DashboardError extends Error {}

function readRef(value: unknown): DataSourceRef | undefined {
  if (typeof value === 'string') return { uid: value };
  const ref = bag(value);
  return ref.type || ref.uid ? { type: optionalText(ref.type), uid: optionalText(ref.uid) } : undefined;
}

function readTarget(value: unknown, index: number): Target {
  const t = bag(value);
  return {
    refId: text(t.refId) || String.fromCharCode(65 + (index % 26)),
    expr: text(t.expr),
    legendFormat: optionalText(t.legendFormat),
    instant: t.instant === true,
    exemplar: t.exemplar === true,
    range: t.range === true,
    hide: t.hide === true,
    format: t.format === 'table' || t.format === 'heatmap' ? t.format : 'time_series',
    interval: optionalText(t.interval),
    queryType: optionalText(t.queryType),
    maxLines: typeof t.maxLines === 'number' ? t.maxLines : undefined,
    datasource: readRef(t.datasource),
  };
}

function readLinks(value: unknown): DataLink[] {
  return list(value).map((one) => {
    const link = bag(one);
    return { title: text(link.title), url: text(link.url), targetBlank: link.targetBlank === true };
  });
}

function readPanel(value: unknown, index: number, left: { panels: number }, depth: number): Panel {
  if (--left.panels < 0) throw new DashboardError(`the dashboard has more than ${panelsMax} panels`);
  const p = bag(value);
  const pos = bag(p.gridPos);
  const config = bag(p.fieldConfig);
  const clamp = (number: unknown, otherwise: number, low: number, high: number) => Math.min(high, Math.max(low, Math.round(finite(number, otherwise))));
  return {
    id: finite(p.id, 100000 + index),
    type: text(p.type, 'unknown'),
    title: text(p.title),
    description: text(p.description),
    gridPos: { x: clamp(pos.x, 0, 0, 23), y: clamp(pos.y, 0, 0, 1e6), w: clamp(pos.w, 12, 1, 24), h: clamp(pos.h, 8, 1, 60) },
    datasource: readRef(p.datasource),
    targets: list(p.targets).map(readTarget),
    options: bag(p.options),
    fieldConfig: { defaults: bag(config.defaults) as FieldConfig, overrides: list(config.overrides) as Override[] },
    transformations: list(p.transformations).map((one) => ({ id: text(bag(one).id), options: bag(bag(one).options), disabled: bag(one).disabled === true })),
    interval: optionalText(p.interval),
    maxDataPoints: typeof p.maxDataPoints === 'number' ? p.maxDataPoints : undefined,
    repeat: optionalText(p.repeat),
    repeatDirection: optionalText(p.repeatDirection),
    maxPerRow: typeof p.maxPerRow === 'number' ? p.maxPerRow : undefined,
    links: readLinks(p.links),
    collapsed: p.collapsed === true,
    panels: depth > 0 ? [] : list(p.panels).map((one, i) => readPanel(one, index * 1000 + i, left, depth + 1)),
    transparent: p.transparent === true,
    raw: p,
  };
}

function readVariable(value: unknown): Variable {
  const v = bag(value);
  return {
    name: text(v.name),
    type: text(v.type, 'custom'),
    label: text(v.label) || text(v.name),
    hide: finite(v.hide, 0),
    query: v.query,
    datasource: readRef(v.datasource),
    definition: optionalText(v.definition),
    regex: text(v.regex),
    multi: v.multi === true,
    includeAll: v.includeAll === true,
    allValue: optionalText(v.allValue),
    sort: finite(v.sort, 0),
    current: bag(v.current),
    options: list(v.options).map((one) => ({ text: text(bag(one).text), value: text(bag(one).value) })),
    auto: v.auto === true,
    autoCount: finite(v.auto_count, 30),
    autoMin: text(v.auto_min, '10s'),
  };
}

/** Throws DashboardError with a sentence for the person who wrote the file. */
export function readDashboard(value: unknown): Dashboard {
  const outer = bag(value);
  const d = 'dashboard' in outer && !('panels' in outer) ? bag(outer.dashboard) : outer;
  if ('spec' in d && 'apiVersion' in d) throw new DashboardError(`this is a dashboard of ${text(d.apiVersion)} (schema v2): export it as classic JSON`);
  if (!Array.isArray(d.panels)) throw new DashboardError('this is no Grafana dashboard: it has no list "panels"');
  const version = finite(d.schemaVersion, 0);
  if (version < oldestSchema) throw new DashboardError(`schema version ${version} is older than ${oldestSchema}: open and save it in a newer Grafana first`);
  const left = { panels: panelsMax };
  return {
    uid: text(d.uid),
    title: text(d.title, 'Untitled dashboard'),
    description: text(d.description),
    tags: list(d.tags).map((one) => text(one)),
    schemaVersion: version,
    time: { from: text(bag(d.time).from, 'now-1h'), to: text(bag(d.time).to, 'now') },
    refresh: text(d.refresh),
    variables: list(bag(d.templating).list).map(readVariable).filter((one) => one.name !== ''),
    panels: list(d.panels).map((one, i) => readPanel(one, i, left, 0)),
    links: list(d.links).map((one) => {
      const link = bag(one);
      return { title: text(link.title), url: text(link.url), type: text(link.type, 'link'), tags: list(link.tags).map((t) => text(t)), keepTime: link.keepTime === true, includeVars: link.includeVars === true };
    }),
  };
}
