import { describe, expect, test } from 'vitest';
import type { Process } from '../api/snapshot';
import { extend, historyOf, type History } from './useProcesses';

const process = (pid: number, cpu: number | null) => ({ pid, cpu_percent: cpu }) as Process;
const cpu = (one: Process) => one.cpu_percent;
const end = (history: History, pid: string) => history.get(pid)!.slice(-3);

describe('the sparklines of processes', () => {
  const first = historyOf({ resultType: 'matrix', result: [{ metric: { pid: '7' }, values: [[100, '1'], [985, '2'], [1000, '3'], [2000, '9']] }] }, 100);
  test('start with what the store has', () => expect([first.get('7')![0], end(first, '7')]).toEqual([1, [null, 2, 3]]));
  test('a scan of the same column replaces its value', () => expect(end(extend(first, [process(7, 5)], 0, cpu), '7')).toEqual([null, 2, 5]));
  test('a later one shifts them', () => expect(end(extend(first, [process(7, 5)], 2, cpu), '7')).toEqual([3, null, 5]));
  test('a gap longer than all leaves the newest', () => expect(extend(first, [process(7, 5)], 1000, cpu).get('7')!.filter((one) => one !== null)).toEqual([5]));
  test('processes come, and go', () => expect([...extend(first, [process(8, null)], 0, cpu)].map(([pid, values]) => [pid, values.at(-1)])).toEqual([['8', null]]));
});
