// The newest scan, asked for as often as it can change, and the last quarter of an hour of every process for its sparklines.
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { queryRange, toNumber } from '../api/prometheus';
import { gpus, processes } from '../api/snapshot';

const scanPollMs = 5000;
const historySeconds = 900;
const historyStep = 15;

export const useSnapshot = () => useQuery({ queryKey: ['processes'], queryFn: ({ signal }) => processes(signal), refetchInterval: scanPollMs });
export const useGpus = () => useQuery({ queryKey: ['gpus'], queryFn: ({ signal }) => gpus(signal), refetchInterval: scanPollMs });

export type History = Map<string, (number | null)[]>;

/** By `pid`: values at equal distances, null where there is none. */
export function useHistory(metric: string): History {
  const { data } = useQuery({
    queryKey: ['history', metric],
    queryFn: async ({ signal }) => {
      const end = Math.floor(Date.now() / 1000 / historyStep) * historyStep;
      const start = end - historySeconds;
      return { start, answer: await queryRange(`sum by (pid) (${metric})`, start, end, historyStep, signal) };
    },
    refetchInterval: historyStep * 1000,
  });
  return useMemo(() => {
    const out: History = new Map();
    if (data?.answer.resultType !== 'matrix') return out;
    for (const { metric: labels, values = [] } of data.answer.result) {
      const column = new Array<number | null>(historySeconds / historyStep + 1).fill(null);
      for (const [time, value] of values) column[Math.round((time - data.start) / historyStep)] = toNumber(value);
      out.set(labels.pid ?? '', column);
    }
    return out;
  }, [data]);
}
