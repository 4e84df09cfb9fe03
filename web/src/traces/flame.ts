// The flame graph of a trace: spans that were called by the same way (service and name, and theirs above) are one frame, as wide as they took
// together. Children that ran side by side, and together took longer than their parent, share its width by their times.
import { childrenOf, type Trace } from './model';

export interface Frame {
  /** The way from the root. */
  key: string;
  service: string;
  name: string;
  depth: number;
  count: number;
  totalMs: number;
  /** What the children did not take. */
  selfMs: number;
  errors: number;
  /** In parts of the whole. */
  left: number;
  width: number;
  /** The longest of its spans. */
  span: number;
}

export const framesMax = 3000;
/** Narrower frames are not made, nor what is below them: nobody sees them. */
const leastWidth = 0.0004;

interface Level {
  spans: number[];
  depth: number;
  left: number;
  width: number;
  path: string;
}

/** Parents before their children. */
export function flameOf(trace: Trace): Frame[] {
  const out: Frame[] = [];
  const durationOf = (spans: number[]) => spans.reduce((sum, i) => sum + trace.spans[i]!.durationMs, 0);
  const roots: number[] = [];
  for (let i = 0; i < trace.spans.length; i = trace.ends[i]!) roots.push(i);
  const levels: Level[] = [{ spans: roots, depth: 0, left: 0, width: 1, path: '' }];
  for (let at = 0; at < levels.length; ++at) {
    const { spans, depth, left, width, path } = levels[at]!;
    const groups = new Map<string, number[]>();
    for (const i of spans) {
      const key = `${trace.spans[i]!.service}\n${trace.spans[i]!.name}`;
      const group = groups.get(key);
      if (group) group.push(i);
      else groups.set(key, [i]);
    }
    const all = durationOf(spans);
    const sorted = [...groups].map(([key, members]) => ({ key, members, totalMs: durationOf(members) })).sort((a, b) => b.totalMs - a.totalMs || a.key.localeCompare(b.key));
    let place = left;
    for (const { key, members, totalMs } of sorted) {
      const own = width * (all > 0 ? totalMs / all : 1 / sorted.length);
      if (own < leastWidth || out.length >= framesMax) break;
      const span = members.reduce((a, b) => (trace.spans[b]!.durationMs > trace.spans[a]!.durationMs ? b : a));
      const below = members.flatMap((i) => childrenOf(trace, i));
      const belowMs = durationOf(below);
      const frame: Frame = { key: `${path}/${key}`, service: trace.spans[span]!.service, name: trace.spans[span]!.name, depth, count: members.length, totalMs, selfMs: Math.max(0, totalMs - belowMs), errors: members.filter((i) => trace.spans[i]!.isError).length, left: place, width: own, span };
      out.push(frame);
      if (below.length) levels.push({ spans: below, depth: depth + 1, left: place, width: own * (totalMs > 0 ? Math.min(1, belowMs / totalMs) : 1), path: frame.key });
      place += own;
    }
  }
  return out;
}
