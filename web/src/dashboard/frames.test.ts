import { describe, expect, test } from 'vitest';
import { columnsOf, stack } from './columns';
import { framesOf, framesOfMatrix, legendOf, tableOfVector, type Frame } from './frames';
import { calcNames, reduce } from './reduce';
import { transform } from './transform';

const matrix = (labels: Record<string, string>, ...values: [number, string][]) => ({ metric: labels, values });

describe('legends', () => {
  test('templates', () => expect(legendOf({ name: 'vllm', pid: '4' }, '{{name}} ({{ model }}) - PID {{pid}}')).toBe('vllm () - PID 4'));
  test('without one: all labels', () => expect(legendOf({ __name__: 'up', job: 'a' })).toBe('up{job="a"}'));
  test('automatic: only what differs', () => {
    const f = (...all: Record<string, string>[]) => framesOfMatrix(all.map((one) => matrix(one)), 'A', '__auto', 0).map((one) => one.name);
    expect(f({ __name__: 'x', a: '1', b: '2' })).toEqual(['x']);
    expect(f({ a: '1', b: '2' }, { a: '1', b: '3' })).toEqual(['2', '3']);
    expect(f({ a: '1', b: '2' }, { a: '2', b: '3' })).toEqual(['{a="1", b="2"}', '{a="2", b="3"}']);
  });
});

describe('columns', () => {
  test('a missing step is a gap, NaN too, and series are put on one axis', () => {
    const frames = framesOfMatrix([matrix({ s: 'a' }, [10, '1'], [20, '2'], [50, '5']), matrix({ s: 'b' }, [20, 'NaN'], [30, '+Inf'])], 'A', undefined, 10_000);
    const { times, values } = columnsOf(frames);
    expect(times).toEqual([10, 20, 30, 50]);
    expect(values).toEqual([[1, 2, null, 5], [null, null, null, null]]);
  });
  test('series of the same times are taken as they are', () => {
    const frames = framesOfMatrix([matrix({ s: 'a' }, [10, '1'], [20, 'NaN']), matrix({ s: 'b' }, [10, '-Inf'], [20, '4'])], 'A', undefined, 10_000);
    expect(columnsOf(frames)).toMatchObject({ times: [10, 20], values: [[1, null], [null, 4]] });
    expect(columnsOf([])).toEqual({ times: [], fields: [], values: [] });
  });
  test('stacks add what is there', () => expect(stack([[1, null, 3], [10, 20, null]])).toEqual([[1, null, 3], [11, 20, null]]));
});

describe('reducers', () => {
  const values = [1, null, 4, 3];
  test('each known one', () => {
    const f = (calc: string) => reduce(values, calc);
    expect([f('lastNotNull'), f('firstNotNull'), f('min'), f('max'), f('mean'), f('sum'), f('count'), f('range'), f('diff'), f('median'), f('delta')]).toEqual([3, 1, 1, 4, 8 / 3, 8, 4, 3, 2, 3, 6]);
  });
  test('nothing is null, not zero', () => {
    for (const calc of Object.keys(calcNames)) if (!['count', 'allIsNull'].includes(calc)) expect(reduce([null, null], calc), calc).toBeNull();
  });
  test('one that is not known is undefined', () => expect([reduce(values, 'magic'), reduce([], 'magic')]).toEqual([undefined, undefined]));
});

describe('transformations', () => {
  const vector = (refId: string, rows: [Record<string, string>, string][]) => tableOfVector(rows.map(([metric, value]) => ({ metric, value: [1, value] as [number, string] })), refId);
  const shape = (frames: Frame[]) => frames.map((frame) => Object.fromEntries(frame.fields.map((field) => [field.display ?? field.name, field.values])));
  const f = (frames: Frame[], ...list: [string, Record<string, unknown>][]) => {
    const notes: string[] = [];
    return { tables: shape(transform(frames, list.map(([id, options]) => ({ id, options })), notes)), notes };
  };
  const a = vector('A', [[{ pid: '1' }, '10'], [{ pid: '2' }, '20']]);
  const b = vector('B', [[{ pid: '2' }, '200']]);
  test('merge joins rows with equal labels', () => expect(f([a, b], ['merge', {}]).tables).toEqual([{ Time: [1000, 1000], pid: ['1', '2'], 'Value #A': [10, 20], 'Value #B': [null, 200] }]));
  test('organize drops, renames and orders', () =>
    expect(Object.entries(f([a], ['organize', { excludeByName: { Time: true }, indexByName: { 'Value #A': 0, pid: 1 }, renameByName: { 'Value #A': 'CPU' } }]).tables[0]!)).toEqual([['CPU', [10, 20]], ['pid', ['1', '2']]]));
  test('reduce gives a row a series', () => {
    const frames = framesOf({ resultType: 'matrix', result: [matrix({ s: 'a' }, [1, '1'], [2, '3'])] }, 'A', '{{s}}', false, 1000);
    expect(f(frames, ['reduce', { reducers: ['max', 'mean'] }]).tables).toEqual([{ Field: ['a'], Max: [3], Mean: [2] }]);
  });
  test('filterFieldsByName', () => expect(Object.keys(f([a], ['filterFieldsByName', { include: { pattern: '/^Value/' } }]).tables[0]!)).toEqual(['Value #A']));
  test('joinByField, outer and inner', () => {
    expect(f([a, b], ['joinByField', { byField: 'pid', mode: 'outer' }]).tables[0]!.pid).toEqual(['1', '2']);
    expect(f([a, b], ['joinByField', { byField: 'pid', mode: 'inner' }]).tables[0]!.pid).toEqual(['2']);
  });
  test('groupBy', () => {
    const c = vector('A', [[{ g: 'x' }, '1'], [{ g: 'x' }, '3'], [{ g: 'y' }, '5']]);
    expect(f([c], ['groupBy', { fields: { g: { operation: 'groupby' }, 'Value #A': { operation: 'aggregate', aggregations: ['sum'] } } }]).tables).toEqual([{ g: ['x', 'y'], 'Value #A (sum)': [4, 5] }]);
  });
  test('calculateField, of two and of a row', () => {
    expect(f([a], ['calculateField', { mode: 'binary', alias: 'twice', binary: { left: 'Value #A', operator: '*', right: '2' } }]).tables[0]!.twice).toEqual([20, 40]);
    expect(f([a], ['calculateField', { mode: 'reduceRow', reduce: { reducer: 'sum' } }]).tables[0]!.Total).toEqual([10, 20]);
  });
  test('one that is not known is named, and changes nothing', () => expect(f([a], ['heatmapify', {}])).toEqual({ tables: shape([a]), notes: ['the transformation "heatmapify" is not understood'] }));
  test('none of them falls over nothing', () => {
    for (const id of ['merge', 'organize', 'reduce', 'filterFieldsByName', 'joinByField', 'groupBy', 'calculateField', 'sortBy', 'limit']) expect(f([], [id, {}]).notes, id).toEqual([]);
  });
});
