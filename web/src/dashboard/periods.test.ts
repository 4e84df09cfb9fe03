import { expect, test } from 'vitest';
import { periodsOf } from './periods';

const series = (name: string, ...times: number[]) => ({ metric: { alertname: name }, values: times.map((time): [number, string] => [time, '1']) });

test('points one step apart are one period, a gap begins another', () =>
  expect(periodsOf([series('a', 0, 15, 30, 60), series('b', 15)], 15)).toEqual([
    { fromMs: 0, toMs: 45_000, name: 'a' }, { fromMs: 15_000, toMs: 30_000, name: 'b' }, { fromMs: 60_000, toMs: 75_000, name: 'a' }]));
test('nothing fired', () => expect(periodsOf([], 15)).toEqual([]));
test('so many, the first', () => expect(periodsOf([series('a', ...Array.from({ length: 900 }, (_, i) => i * 100))], 15).length).toBe(200));
