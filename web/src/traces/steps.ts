// What share of a trace each step has: spans of one service and name together.
import type { Piece } from './criticalPath';
import { childrenOf, type Trace } from './model';

export interface Step {
  key: string;
  service: string;
  name: string;
  count: number;
  errors: number;
  totalMs: number;
  maxMs: number;
  /** While no child was at work. */
  selfMs: number;
  /** On the critical path. */
  criticalMs: number;
}

/** Time of a span in which none of its children ran. */
export function selfTimes(trace: Trace): number[] {
  return trace.spans.map((span, i) => {
    let covered = 0;
    let until = span.startMs;
    const end = span.startMs + span.durationMs;
    // Siblings stand by start.
    for (const child of childrenOf(trace, i)) {
      const { startMs, durationMs } = trace.spans[child]!;
      const to = Math.min(startMs + durationMs, end);
      if (to > until) {
        covered += to - Math.max(startMs, until);
        until = to;
      }
    }
    return Math.max(0, span.durationMs - covered);
  });
}

/** Those with the largest part of the critical path first. */
export function stepsOf(trace: Trace, path: Piece[]): Step[] {
  const out = new Map<string, Step>();
  const self = selfTimes(trace);
  const keys = trace.spans.map((span) => `${span.service}\n${span.name}`);
  trace.spans.forEach((span, i) => {
    const key = keys[i]!;
    let step = out.get(key);
    if (!step) out.set(key, (step = { key, service: span.service, name: span.name, count: 0, errors: 0, totalMs: 0, maxMs: 0, selfMs: 0, criticalMs: 0 }));
    ++step.count;
    if (span.isError) ++step.errors;
    step.totalMs += span.durationMs;
    step.maxMs = Math.max(step.maxMs, span.durationMs);
    step.selfMs += self[i]!;
  });
  for (const { span, fromMs, toMs } of path) out.get(keys[span]!)!.criticalMs += toMs - fromMs;
  return [...out.values()].sort((a, b) => b.criticalMs - a.criticalMs || b.selfMs - a.selfMs || a.key.localeCompare(b.key));
}

export interface StepPair {
  key: string;
  service: string;
  name: string;
  a: Step | undefined;
  b: Step | undefined;
  /** Of the totals; a step that is missing took 0. */
  deltaMs: number;
  /** Of what the steps took themselves: a step does not differ because of what it called. */
  selfDeltaMs: number;
}

/** Steps of two traces by service and name, those that differ most by themselves first. */
export function compareSteps(a: Step[], b: Step[]): StepPair[] {
  const left = new Map(a.map((step) => [step.key, step]));
  const right = new Map(b.map((step) => [step.key, step]));
  return [...new Set([...left.keys(), ...right.keys()])]
    .map((key): StepPair => {
      const [one, other] = [left.get(key), right.get(key)];
      const { service, name } = (one ?? other)!;
      return { key, service, name, a: one, b: other, deltaMs: (other?.totalMs ?? 0) - (one?.totalMs ?? 0), selfDeltaMs: (other?.selfMs ?? 0) - (one?.selfMs ?? 0) };
    })
    .sort((x, y) => Math.abs(y.selfDeltaMs) - Math.abs(x.selfDeltaMs) || Math.abs(y.deltaMs) - Math.abs(x.deltaMs) || x.key.localeCompare(y.key));
}
