// A trace and what the server knows of it beyond its spans. A trace that is still coming is asked again for a while.
import { useQuery } from '@tanstack/react-query';
import { traceById, traceContext } from '../api/tempo';
import { readTrace } from './model';

/** Spans of one request come in several batches: a young trace is looked at again. */
const youngMs = 60_000;
const againMs = 5000;

export function useTrace(id: string) {
  return useQuery({
    queryKey: ['trace', id],
    queryFn: async ({ signal }) => readTrace(await traceById(id, signal)),
    enabled: id !== '', retry: false, staleTime: youngMs,
    refetchInterval: (query) => {
      const trace = query.state.data;
      return trace && Date.now() - (trace.startMs + trace.durationMs) < youngMs ? againMs : false;
    },
  });
}

export const useTraceContext = (id: string, spans: number) =>
  useQuery({ queryKey: ['trace-context', id, spans], queryFn: ({ signal }) => traceContext(id, signal), enabled: id !== '' && spans > 0, retry: false, staleTime: youngMs });
