// Exemplars: samples of a histogram that name the trace they were taken from.
import { ask, unwrap } from './http';
import type { Labels } from './prometheus';

export interface Exemplar {
  ms: number;
  value: number;
  trace: string;
  labels: Labels;
}
interface SeriesExemplars {
  seriesLabels: Labels;
  exemplars: { labels: Labels; value: string; timestamp: number }[];
}

const traceNames = ['trace_id', 'traceID', 'traceId', 'TraceID'];

/** At most `count`, by time: of those that fall together the largest, for peaks are what people look for. Those without a trace lead nowhere. */
export function thinned(series: SeriesExemplars[], fromMs: number, toMs: number, count: number): Exemplar[] {
  const best = new Map<number, Exemplar>();
  for (const { seriesLabels, exemplars } of series)
    for (const { labels, value, timestamp } of exemplars) {
      const trace = traceNames.map((name) => labels[name]).find(Boolean);
      const one = { ms: timestamp * 1000, value: Number(value), trace: trace ?? '', labels: seriesLabels };
      if (!trace || !Number.isFinite(one.value) || one.ms < fromMs || one.ms > toMs) continue;
      const place = Math.min(count - 1, Math.floor(((one.ms - fromMs) / Math.max(1, toMs - fromMs)) * count));
      const old = best.get(place);
      if (!old || one.value > old.value) best.set(place, one);
    }
  const seen = new Set<string>();
  return [...best.values()].sort((a, b) => a.ms - b.ms).filter((one) => !seen.has(one.trace) && seen.add(one.trace));
}

/** None where the server keeps none: a chart is whole without them. */
export async function queryExemplars(query: string, fromMs: number, toMs: number, count: number, signal?: AbortSignal): Promise<Exemplar[]> {
  const response = await ask('/api/v1/query_exemplars', { query, start: fromMs / 1000, end: toMs / 1000 }, signal);
  if (!response.ok) return [];
  return thinned(unwrap<SeriesExemplars[]>(await response.text(), response.status), fromMs, toMs, count);
}
