// Which rows of a trace are shown, and what of a bar lies in the window that is drawn.
import type { Trace } from './model';

export interface Window {
  fromMs: number;
  toMs: number;
}

/** The spans that are not below a closed one, in order. */
export function visibleRows(trace: Pick<Trace, 'spans' | 'ends'>, closed: ReadonlySet<string>): number[] {
  const out: number[] = [];
  for (let i = 0; i < trace.spans.length; ) {
    out.push(i);
    i = closed.has(trace.spans[i]!.id) ? trace.ends[i]! : i + 1;
  }
  return out;
}

/** Start and width of a bar in parts of the window; null where it lies outside. A bar that is there is never narrower than `leastPart`. */
export function barIn(window: Window, startMs: number, durationMs: number, leastPart = 0): { left: number; width: number } | null {
  const size = window.toMs - window.fromMs;
  if (size <= 0 || startMs > window.toMs || startMs + durationMs < window.fromMs) return null;
  const from = Math.max(startMs, window.fromMs);
  const to = Math.min(startMs + durationMs, window.toMs);
  const width = Math.max((to - from) / size, leastPart);
  return { left: Math.min((from - window.fromMs) / size, 1 - width), width };
}

const steps = [1, 2, 5];
/** Round times within the window, about `count` of them. */
export function ticksOf(window: Window, count: number): number[] {
  const size = window.toMs - window.fromMs;
  if (!(size > 0)) return [window.fromMs];
  const rough = size / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = (steps.find((one) => one * power >= rough * 0.999) ?? 10) * power;
  const out: number[] = [];
  for (let i = Math.ceil(window.fromMs / step); i * step <= window.toMs * (1 + 1e-9); ++i) out.push(i * step);
  return out;
}

/** The spans in which a text occurs: their service, name, status, or an attribute's `name=value`. */
export function matches(trace: Trace, text: string): number[] {
  const words = text.trim().toLowerCase();
  if (!words) return [];
  const out: number[] = [];
  trace.spans.forEach((span, i) => {
    if (`${span.service} ${span.name} ${span.kind} ${span.isError ? 'error' : ''} ${span.statusMessage} ${span.id}`.toLowerCase().includes(words) ||
      Object.entries(span.attributes).some(([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`.toLowerCase().includes(words)))
      out.push(i);
  });
  return out;
}

/** What has to be open for a span to be seen. */
export function ancestorsOf(trace: Pick<Trace, 'parents' | 'spans'>, index: number): string[] {
  const out: string[] = [];
  for (let i = trace.parents[index]!; i >= 0; i = trace.parents[i]!) out.push(trace.spans[i]!.id);
  return out;
}
