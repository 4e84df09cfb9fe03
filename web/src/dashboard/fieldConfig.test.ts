import { describe, expect, test } from 'vitest';
import { applyFieldConfig, showText, thresholdColor, valueColor } from './fieldConfig';
import type { Frame } from './frames';
import { layout } from './layout';
import { readDashboard, type FieldConfig } from './model';

const panelOf = (fieldConfig: unknown) => readDashboard({ schemaVersion: 41, panels: [{ type: 'stat', fieldConfig }] }).panels[0]!;
const frame: Frame = { refId: 'A', length: 1, fields: [{ name: 'up', display: 'gpu0', type: 'number', values: [1], labels: { gpu: 'gpu0' }, config: {} }] };

describe('field configuration', () => {
  const f = (matcher: unknown, ...properties: unknown[]) => {
    const notes: string[] = [];
    const [out] = applyFieldConfig([frame], panelOf({ defaults: { unit: 'bytes' }, overrides: [{ matcher, properties }] }), notes);
    return { field: out!.fields[0]!, notes };
  };
  const unit = { id: 'unit', value: 'percent' };
  test('overrides by name, pattern, query and type', () => {
    for (const matcher of [{ id: 'byName', options: 'gpu0' }, { id: 'byName', options: 'up' }, { id: 'byRegexp', options: '/^gpu/' }, { id: 'byFrameRefID', options: 'A' }, { id: 'byType', options: 'number' }])
      expect(f(matcher, unit).field.config.unit, JSON.stringify(matcher)).toBe('percent');
    for (const matcher of [{ id: 'byName', options: 'gpu' }, { id: 'byRegexp', options: '/(/' }, { id: 'byFrameRefID', options: 'B' }]) expect(f(matcher, unit).field.config.unit).toBe('bytes');
  });
  test('display names take labels', () => expect(f({ id: 'byName', options: 'gpu0' }, { id: 'displayName', value: 'GPU ${__field.labels.gpu}' }).field.display).toBe('GPU gpu0'));
  test('custom properties by path', () => expect(f({ id: 'byName', options: 'gpu0' }, { id: 'custom.stacking.mode', value: 'normal' }).field.config.custom?.stacking?.mode).toBe('normal'));
  test('what is not understood is said', () => {
    expect(f({ id: 'byMagic' }, unit).notes).toEqual(['overrides by "byMagic" are not understood']);
    expect(f({ id: 'byName', options: 'gpu0' }, { id: 'sparkle', value: 1 }).notes).toEqual(['the override of "sparkle" is not understood']);
  });
});

describe('one value', () => {
  const steps = { mode: 'absolute' as const, steps: [{ color: 'green', value: null }, { color: 'yellow', value: 70 }, { color: 'red', value: 90 }] };
  test('thresholds include their start', () => {
    const f = (value: number) => thresholdColor(value, steps, [0, 100]);
    expect([f(-5), f(69.9), f(70), f(90), f(Infinity)]).toEqual(['#27AE60', '#27AE60', '#F2C94C', '#EB5757', '#EB5757']);
  });
  test('per cent thresholds are of the range', () => expect(thresholdColor(8, { ...steps, mode: 'percentage' }, [0, 10])).toBe('#F2C94C'));
  test('mappings', () => {
    const config: FieldConfig = { mappings: [{ type: 'value', options: { '0': { text: 'down', color: 'red' } } }, { type: 'range', options: { from: 1, to: null, result: { text: 'up' } } }, { type: 'special', options: { match: 'null', result: { text: 'unknown' } } }] };
    expect([showText(0, config), showText(3, config), showText(null, config), showText(0.5, config)]).toEqual(['down', 'up', 'unknown', '0.5']);
    expect(valueColor(0, config, [0, 1], 0, 'dark')).toBe('#EB5757');
  });
  test('no value is no zero', () => expect([showText(null, {}), showText(null, { noValue: 'No GPU' }), showText(0, { unit: 'percent' })]).toEqual(['No data', 'No GPU', '0%']));
});

describe('layout', () => {
  const panel = (over: object) => ({ type: 'stat', gridPos: { x: 0, y: 0, w: 12, h: 4 }, ...over });
  const f = (panels: object[], open: Record<string, boolean> = {}) =>
    layout(readDashboard({ schemaVersion: 41, panels }).panels, { g: { values: ['a', 'b', 'c'], multi: true } }, (key) => open[key]).map(({ key, pos }) => `${key} ${pos.x},${pos.y} ${pos.w}x${pos.h}`);
  test('closed rows hide what they hold, and what follows moves up', () => {
    const rows = [{ type: 'row', id: 1, collapsed: true, gridPos: { y: 0 }, panels: [panel({ id: 2, gridPos: { y: 1, w: 12, h: 4 } })] }, { type: 'row', id: 3, gridPos: { y: 1 } }, panel({ id: 4, gridPos: { y: 2, w: 12, h: 4 } })];
    expect(f(rows)).toEqual(['row-1 0,0 24x1', 'row-3 0,1 24x1', 'row-3/4 0,2 12x4']);
    expect(f(rows, { 'row-1': true })).toEqual(['row-1 0,0 24x1', 'row-1/2 0,1 12x4', 'row-3 0,5 24x1', 'row-3/4 0,6 12x4']);
  });
  test('a repeated panel stands once for each value', () => expect(f([panel({ id: 1, repeat: 'g', maxPerRow: 2 }), panel({ id: 2, gridPos: { y: 4, w: 24, h: 3 } })])).toEqual(['top/1/a 0,0 12x4', 'top/1/b 12,0 12x4', 'top/1/c 0,4 12x4', 'top/2 0,8 24x3']));
  test('a repeated row too', () => expect(f([{ type: 'row', id: 1, repeat: 'g', gridPos: { y: 0 } }, panel({ id: 2, gridPos: { y: 1, w: 24, h: 2 } })]).filter((one) => one.startsWith('row-1/b'))).toEqual(['row-1/b 0,3 24x1', 'row-1/b/2 0,4 24x2']));
});
