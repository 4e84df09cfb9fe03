import { describe, expect, test } from 'vitest';
import { framesOfMatrix } from './frames';
import { heatOf } from './heat';
import { blocksOf } from './panels/StateTimelinePanel';

const bucket = (le: string, ...values: [number, string][]) => ({ metric: { le }, values });

describe('heatmaps', () => {
  const frames = framesOfMatrix([bucket('+Inf', [10, '7'], [20, '4']), bucket('0.5', [10, '2'], [20, '3']), bucket('1', [10, '5'])], 'A', '{{le}}', 10_000);
  test('cumulative buckets become counts between bounds, in order', () => expect(heatOf(frames, true)).toEqual({ times: [10_000, 20_000], bounds: [0.5, 1, Infinity], cells: [[2, 3], [3, null], [2, 4]], max: 4 }));
  test('a count that falls between scrapes is none, not negative', () => expect(heatOf(framesOfMatrix([bucket('1', [10, '5']), bucket('2', [10, '4'])], 'A', '{{le}}', 0), true).cells).toEqual([[5], [0]]));
  test('series that are no buckets are left out', () => expect(heatOf(framesOfMatrix([{ metric: { a: 'x' }, values: [[1, '1']] }], 'A', '{{a}}', 0), true).bounds).toEqual([]));
});

describe('state timelines', () => {
  const f = (values: (number | null)[]) => blocksOf([0, 10, 20, 30], values, 100).map((one) => [one.from, one.to, one.value]);
  test('equal values are one block', () => expect(f([1, 1, 2, 2])).toEqual([[0, 20, 1], [20, 40, 2]]));
  test('a gap is nothing', () => expect(f([1, null, 1, null])).toEqual([[0, 10, 1], [20, 30, 1]]));
});
