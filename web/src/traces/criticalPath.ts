// The critical path: what the trace would have been shorter by, had it been faster. From the end of the root backwards: at each moment the
// child that ended last before it is what was waited for (as Jaeger's critical path, arXiv:2012.07171 and CRISP, USENIX ATC 2022).
import { childrenOf, type Trace } from './model';

export interface Piece {
  /** Index of the span that was at work itself. */
  span: number;
  fromMs: number;
  toMs: number;
}

/** Pieces in order of time, of the longest root; together as long as it. A child that outlives its parent counts to the parent's end. */
export function criticalPath(trace: Trace): Piece[] {
  let root = -1;
  for (let i = 0; i < trace.spans.length; i = trace.ends[i]!) if (root < 0 || trace.spans[i]!.durationMs > trace.spans[root]!.durationMs) root = i;
  if (root < 0) return [];
  const out: Piece[] = [];
  const put = (span: number, fromMs: number, toMs: number) => {
    if (toMs > fromMs) out.push({ span, fromMs, toMs });
  };
  interface Open { span: number; fromMs: number; cursor: number; children: number[] }
  const endOf = (i: number) => trace.spans[i]!.startMs + trace.spans[i]!.durationMs;
  const open = (span: number, toMs: number, notBefore: number): Open => ({
    span, fromMs: Math.max(trace.spans[span]!.startMs, notBefore), cursor: toMs,
    // The one that ends last is the next to look at, hence at the end of the list.
    children: childrenOf(trace, span).sort((a, b) => endOf(a) - endOf(b) || trace.spans[b]!.startMs - trace.spans[a]!.startMs),
  });
  const stack = [open(root, endOf(root), -Infinity)];
  while (stack.length) {
    const top = stack[stack.length - 1]!;
    const child = top.children.pop();
    if (child === undefined) {
      put(top.span, top.fromMs, top.cursor);
      stack.pop();
      continue;
    }
    const start = Math.max(trace.spans[child]!.startMs, top.fromMs);
    if (start >= top.cursor) continue;
    const end = Math.min(endOf(child), top.cursor);
    if (end <= start) continue;
    // A sibling that ends later but began earlier was waited for already: only what lies before it is left.
    put(top.span, end, top.cursor);
    top.cursor = start;
    stack.push(open(child, end, start));
  }
  return out.sort((a, b) => a.fromMs - b.fromMs);
}
