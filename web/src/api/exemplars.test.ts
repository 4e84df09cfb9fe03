import { expect, test } from 'vitest';
import { thinned } from './exemplars';

const series = (rows: [second: number, value: string, trace?: string][]) => [{ seriesLabels: { le: '1' }, exemplars: rows.map(([timestamp, value, trace]) => ({ labels: trace ? { trace_id: trace } : ({ other: 'x' } as Record<string, string>), value, timestamp })) }];
const f = (rows: [number, string, string?][], count = 10) => thinned(series(rows), 0, 100_000, count).map((one) => `${one.trace} ${one.ms} ${one.value}`);

test('of exemplars that fall together the largest is kept', () => {
  expect(f([[1, '0.2', 'a'], [5, '0.9', 'b'], [9, '0.5', 'c'], [50, '0.1', 'd']])).toEqual(['b 5000 0.9', 'd 50000 0.1']);
  expect(f([[50, '1', 'b'], [1, '1', 'a']], 1)).toEqual(['b 50000 1']);
});
test('what has no trace, no number or is of another time is left out, and a trace stands once', () => {
  expect(f([[1, '1'], [2, 'NaN', 'a'], [200, '1', 'b'], [-1, '1', 'c']])).toEqual([]);
  expect(f([[1, '1', 'a'], [99, '1', 'a']])).toEqual(['a 1000 1']);
});
