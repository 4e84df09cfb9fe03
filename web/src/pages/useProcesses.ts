// The last quarter of an hour of every process, for its sparklines: asked for once, then each scan that is pushed adds to it.
import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { queryRange, toNumber, type QueryData } from '../api/prometheus';
import type { Process, ProcessSnapshot } from '../api/snapshot';

const historySeconds = 900;
const historyStep = 15;
const columns = historySeconds / historyStep + 1;

export type History = Map<string, (number | null)[]>;

/** `start` is the time of the first column. */
export function historyOf(answer: QueryData, start: number): History {
  const out: History = new Map();
  if (answer.resultType !== 'matrix') return out;
  for (const { metric, values = [] } of answer.result) {
    const column = new Array<number | null>(columns).fill(null);
    for (const [time, value] of values) {
      const at = Math.round((time - start) / historyStep);
      if (at >= 0 && at < columns) column[at] = toNumber(value);
    }
    out.set(metric.pid ?? '', column);
  }
  return out;
}

/** The history with one more scan in it, `by` columns later; the newest value of a column counts. */
export function extend(history: History, processes: Process[], by: number, valueOf: (process: Process) => number | null): History {
  const out: History = new Map();
  for (const process of processes) {
    const old = history.get(String(process.pid)) ?? new Array<number | null>(columns).fill(null);
    const next = by > 0 ? [...old.slice(Math.min(by, columns)), ...new Array<number | null>(Math.min(by, columns)).fill(null)] : [...old];
    next[columns - 1] = valueOf(process);
    out.set(String(process.pid), next);
  }
  return out;
}

export function useHistory(metric: string, snapshot: ProcessSnapshot | undefined, valueOf: (process: Process) => number | null): History {
  const { data } = useQuery({
    queryKey: ['history', metric],
    queryFn: async ({ signal }) => {
      const end = Math.floor(Date.now() / 1000 / historyStep) * historyStep;
      const answer = await queryRange(`sum by (pid) (${metric})`, end - historySeconds, end, historyStep, signal);
      return { end, history: historyOf(answer, end - historySeconds) };
    },
    staleTime: 0, gcTime: 0,
  });
  const [shown, setShown] = useState<{ end: number; history: History }>({ end: 0, history: new Map() });
  useEffect(() => {
    if (data) setShown(data);
  }, [data]);
  useEffect(() => {
    if (!snapshot) return;
    const end = Math.floor(snapshot.time / historyStep) * historyStep;
    setShown((old) => (old.end && end >= old.end ? { end, history: extend(old.history, snapshot.processes, (end - old.end) / historyStep, valueOf) } : old));
    // valueOf is a constant of the caller.
  }, [snapshot, data]);
  return useMemo(() => shown.history, [shown]);
}
