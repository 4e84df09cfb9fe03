// Changes to a dashboard file: panels moved, resized, added, taken out. The file stays Grafana's JSON; what is not touched is not changed.
import type { GridPos } from './model';

export type Raw = Record<string, unknown>;
export interface RawPanel extends Raw { id: number; gridPos: GridPos; type: string }
export interface RawFile extends Raw { panels: RawPanel[] }

export const columns = 24;

/** A copy in which every panel has an id of its own and a place. */
export function editable(file: unknown): RawFile {
  const copy = structuredClone(file) as Raw;
  const outer = 'dashboard' in copy && !('panels' in copy) ? (copy.dashboard as Raw) : copy;
  const out = outer as RawFile;
  const taken = new Set<number>();
  let next = Math.max(0, ...out.panels.map((panel) => (typeof panel.id === 'number' ? panel.id : 0))) + 1;
  for (const panel of out.panels) {
    if (typeof panel.id !== 'number' || taken.has(panel.id)) panel.id = next++;
    taken.add(panel.id);
    panel.gridPos = { x: 0, y: 0, w: 12, h: 8, ...(panel.gridPos as Partial<GridPos> | undefined) };
  }
  return out;
}

const overlap = (a: GridPos, b: GridPos) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;

/** The panel at its new place; those that it covers, and those that these cover, move down. */
export function place(file: RawFile, id: number, wanted: GridPos): RawFile {
  const w = Math.min(columns, Math.max(1, Math.round(wanted.w)));
  const pos = { w, h: Math.max(1, Math.round(wanted.h)), x: Math.min(columns - w, Math.max(0, Math.round(wanted.x))), y: Math.max(0, Math.round(wanted.y)) };
  const settled: GridPos[] = [pos];
  const others = file.panels.filter((panel) => panel.id !== id).sort((a, b) => a.gridPos.y - b.gridPos.y || a.gridPos.x - b.gridPos.x);
  const places = new Map<number, GridPos>([[id, pos]]);
  for (const panel of others) {
    const at = { ...panel.gridPos };
    for (let hit = settled.find((one) => overlap(one, at)); hit; hit = settled.find((one) => overlap(one, at))) at.y = hit.y + hit.h;
    settled.push(at);
    places.set(panel.id, at);
  }
  return { ...file, panels: file.panels.map((panel) => ({ ...panel, gridPos: places.get(panel.id)! })) };
}

const bottom = (file: RawFile) => Math.max(0, ...file.panels.map((panel) => panel.gridPos.y + panel.gridPos.h));
const nextId = (file: RawFile) => Math.max(0, ...file.panels.map((panel) => panel.id)) + 1;

export function addPanel(file: RawFile, over: Raw = {}): RawFile {
  const panel: RawPanel = {
    type: 'timeseries', title: 'New panel', datasource: { type: 'prometheus', uid: '${DS_PROMETHEUS}' }, targets: [{ refId: 'A', expr: 'llm_process_cpu_percent', legendFormat: '{{name}} - PID {{pid}}', datasource: { type: 'prometheus', uid: '${DS_PROMETHEUS}' } }],
    fieldConfig: { defaults: { unit: 'short' }, overrides: [] }, options: { legend: { displayMode: 'table', placement: 'bottom', showLegend: true, calcs: ['lastNotNull', 'max', 'mean'] }, tooltip: { mode: 'multi', sort: 'desc' } },
    ...over, id: nextId(file), gridPos: { x: 0, y: bottom(file), w: 12, h: 9 },
  };
  return { ...file, panels: [...file.panels, panel] };
}

export function duplicate(file: RawFile, id: number): RawFile {
  const panel = file.panels.find((one) => one.id === id);
  if (!panel) return file;
  const { x, y, w, h } = panel.gridPos;
  const added = addPanel(file, { ...structuredClone(panel), title: `${String(panel.title ?? '')} (copy)` });
  return place(added, nextId(file), x + 2 * w <= columns ? { x: x + w, y, w, h } : { x, y: y + h, w, h });
}

export const remove = (file: RawFile, id: number): RawFile => ({ ...file, panels: file.panels.filter((one) => one.id !== id) });
export const replace = (file: RawFile, panel: RawPanel): RawFile => ({ ...file, panels: file.panels.map((one) => (one.id === panel.id ? panel : one)) });

export function newDashboard(uid: string, title: string): RawFile {
  const source = (name: string, type: string) => ({ name: `DS_${name}`, label: type, type: 'datasource', query: type, hide: 2, includeAll: false, multi: false, refresh: 1, regex: '', options: [] });
  return addPanel({ uid, title, description: '', tags: [], schemaVersion: 41, editable: true, refresh: '15s', time: { from: 'now-1h', to: 'now' }, templating: { list: [source('PROMETHEUS', 'prometheus'), source('LOKI', 'loki')] }, annotations: { list: [] }, links: [], panels: [] });
}
