// How many lines there were, by level: the histogram above a log view.
import { queryLogMetric } from '../api/loki';
import { toNumber, type MatrixSeries } from '../api/prometheus';
import { roundInterval } from '../dashboard/interpolate';
import { printDuration, type Span } from '../time/range';
import type { Level } from './level';

export interface Volume {
  stepMs: number;
  times: number[];
  byLevel: { level: Level; values: (number | null)[] }[];
  total: number;
}
const barsWanted = 60;
const order: Level[] = ['error', 'warn', 'info', 'debug', 'unknown'];

const known = (text: string): Level => {
  const low = text.toLowerCase();
  if (/^(err|crit|fatal|alert|emerg)/.test(low)) return 'error';
  if (low.startsWith('warn')) return 'warn';
  if (/^(info|notice)/.test(low)) return 'info';
  return /^(debug|trace)/.test(low) ? 'debug' : 'unknown';
};

export function volumeOf(series: MatrixSeries[], span: Span, stepMs: number): Volume {
  const first = Math.floor(span.fromMs / stepMs) * stepMs;
  const count = Math.max(1, Math.ceil((span.toMs - first) / stepMs) + 1);
  // A bucket counts what came before its time: its bar stands in the middle of that.
  const times = Array.from({ length: count }, (_, i) => (first + (i - 0.5) * stepMs) / 1000);
  const sums = new Map<Level, (number | null)[]>();
  let total = 0;
  for (const { metric, values = [] } of series) {
    const level = known(metric.detected_level || metric.level || '');
    const column = sums.get(level) ?? new Array<number | null>(count).fill(null);
    for (const [time, text] of values) {
      const at = Math.round((time * 1000 - first) / stepMs);
      if (at < 0 || at >= count) continue;
      column[at] = (column[at] ?? 0) + toNumber(text);
      total += toNumber(text);
    }
    sums.set(level, column);
  }
  return { stepMs, times, total, byLevel: order.flatMap((level) => (sums.has(level) ? [{ level, values: sums.get(level)! }] : [])) };
}

export async function askVolume(query: string, span: Span, signal?: AbortSignal): Promise<Volume> {
  const stepMs = roundInterval((span.toMs - span.fromMs) / barsWanted);
  const align = (ms: number) => Math.ceil(ms / stepMs) * stepMs;
  const data = await queryLogMetric(`sum by (level) (count_over_time(${query} [${printDuration(stepMs)}]))`, align(span.fromMs), align(span.toMs), stepMs / 1000, signal);
  return volumeOf(data.resultType === 'matrix' ? data.result : [], span, stepMs);
}
