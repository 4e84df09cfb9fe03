import { describe, expect, test } from 'vitest';
import { DashboardError, panelsMax, readDashboard } from './model';

const files = import.meta.glob<unknown>('../../../dashboards/*.json', { import: 'default', eager: true });
const known = ['stat', 'timeseries', 'logs', 'table', 'gauge', 'bargauge', 'heatmap', 'barchart', 'piechart', 'state-timeline', 'text', 'row'];

describe('the shipped dashboards', () => {
  for (const [path, file] of Object.entries(files)) {
    const name = path.replace(/.*\//, '');
    test(`${name} is read whole`, () => {
      const dashboard = readDashboard(file);
      expect(`${dashboard.uid}.json`).toBe(name);
      expect(dashboard.panels.length).toBe((file as { panels: unknown[] }).panels.length);
      for (const panel of dashboard.panels) expect(known, panel.title).toContain(panel.type);
    });
    test(`${name} has panels that do not lie on each other`, () => {
      const taken = new Map<string, string>();
      for (const { gridPos: { x, y, w, h }, title } of readDashboard(file).panels)
        for (let i = x; i < x + w; ++i)
          for (let j = y; j < y + h; ++j) {
            expect(taken.get(`${i},${j}`), `${title} at ${i},${j}`).toBeUndefined();
            taken.set(`${i},${j}`, title);
          }
    });
    test(`${name} names a unit on every panel that draws numbers`, () => {
      for (const panel of readDashboard(file).panels)
        if (['stat', 'timeseries', 'gauge', 'bargauge'].includes(panel.type)) expect(panel.fieldConfig.defaults.unit, panel.title).toBeTruthy();
    });
  }
  test('Forest Green has its four numbers, and keeps CPU, memory, VRAM and GPU utilisation apart', () => {
    const { panels, variables } = readDashboard(files['../../../dashboards/forest-green.json']);
    expect(panels.slice(0, 4).map((one) => [one.type, one.title])).toEqual([['stat', 'Active LLM Processes'], ['stat', 'Total GPU VRAM Used'], ['stat', 'GPU Temperature'], ['stat', 'Avg GPU Utilization']]);
    expect(panels.slice(4).map((one) => [one.title, one.fieldConfig.defaults.unit])).toEqual([
      ['CPU by process', 'percent'], ['Memory by process', 'bytes'], ['GPU memory by process', 'bytes'], ['GPU utilization by process', 'percent'], ['User & Model Interactions', undefined]]);
    expect(variables.filter((one) => one.hide !== 2).map((one) => one.label)).toEqual(['Framework', 'Model Name']);
  });
});

describe('files from elsewhere', () => {
  const f = (value: unknown) => () => readDashboard(value);
  test('what is no dashboard is refused with a sentence', () => {
    for (const value of [null, 3, 'x', [], {}, { panels: {} }]) expect(f(value)).toThrow(DashboardError);
    expect(f({ apiVersion: 'dashboard.grafana.app/v2beta1', spec: {} })).toThrow('schema v2');
    expect(f({ schemaVersion: 16, panels: [] })).toThrow('older than 30');
    expect(f({ panels: [] })).toThrow('older than 30');
  });
  test('too many panels are refused, nested ones too', () => {
    expect(f({ schemaVersion: 41, panels: Array(panelsMax + 1).fill({}) })).toThrow(`more than ${panelsMax}`);
    expect(f({ schemaVersion: 41, panels: [{ type: 'row', panels: Array(panelsMax).fill({}) }] })).toThrow(`more than ${panelsMax}`);
  });
  test('rows in rows in rows end', () => {
    let row: unknown = { type: 'row' };
    for (let i = 0; i < 5000; ++i) row = { type: 'row', panels: [row] };
    expect(readDashboard({ schemaVersion: 41, panels: [row] }).panels[0]!.panels[0]!.panels).toEqual([]);
  });
  test('fields of the wrong type become defaults', () => {
    const { panels } = readDashboard({ schemaVersion: 41, panels: [{ type: 7, title: {}, gridPos: { x: -5, y: 'a', w: 900, h: 1e9 }, targets: 'no', options: [1], fieldConfig: null }] });
    expect(panels[0]).toMatchObject({ type: '7', title: '', gridPos: { x: 0, y: 0, w: 24, h: 60 }, targets: [], options: {}, fieldConfig: { defaults: {}, overrides: [] } });
  });
  test('what is not understood is kept for the export', () => {
    const raw = { type: 'geomap', futureField: { a: 1 } };
    expect(readDashboard({ schemaVersion: 41, panels: [raw] }).panels[0]!.raw).toBe(raw);
  });
  test('the wrapper of the HTTP API is looked through', () => {
    expect(readDashboard({ meta: {}, dashboard: { title: 'T', schemaVersion: 41, panels: [] } }).title).toBe('T');
  });
});
