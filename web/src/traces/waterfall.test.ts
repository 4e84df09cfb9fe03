import { describe, expect, test } from 'vitest';
import { criticalPath } from './criticalPath';
import { flameOf } from './flame';
import { traceOf } from './traceOf';
import { compareSteps, selfTimes, stepsOf } from './steps';
import { ancestorsOf, barIn, matches, ticksOf, visibleRows } from './waterfall';

const rag = traceOf([[1, 0, 0, 100, 'ask'], [2, 1, 5, 20, 'embed'], [3, 1, 20, 40, 'retrieve'], [4, 1, 40, 90, 'inference'], [5, 4, 45, 85, 'decode', 'vllm']]);

describe('the waterfall', () => {
  test('leaves out what is below a closed span', () => {
    const f = (...closed: number[]) => visibleRows(rag, new Set(closed.map((id) => id.toString(16).padStart(16, '0')))).map((i) => rag.spans[i]!.name);
    expect(f()).toEqual(['ask', 'embed', 'retrieve', 'inference', 'decode']);
    expect(f(4)).toEqual(['ask', 'embed', 'retrieve', 'inference']);
    expect(f(1, 4)).toEqual(['ask']);
    expect(f(99)).toHaveLength(5);
  });
  test('a bar is cut at the window and never too thin to see', () => {
    const f = (from: number, to: number, start: number, duration: number, least = 0) => barIn({ fromMs: from, toMs: to }, start, duration, least);
    expect(f(0, 100, 25, 50)).toEqual({ left: 0.25, width: 0.5 });
    expect(f(50, 100, 25, 50)).toEqual({ left: 0, width: 0.5 });
    expect(f(50, 100, 25, 10)).toBeNull();
    expect(f(0, 100, 99.9999, 0, 0.01)).toEqual({ left: 0.99, width: 0.01 });
    expect(f(5, 5, 5, 1)).toBeNull();
  });
  test('ticks are round', () => {
    expect(ticksOf({ fromMs: 0, toMs: 277 }, 6)).toEqual([0, 50, 100, 150, 200, 250]);
    expect(ticksOf({ fromMs: 1, toMs: 1.01 }, 5)).toHaveLength(6);
    expect(ticksOf({ fromMs: 3, toMs: 3 }, 5)).toEqual([3]);
  });
  test('the search looks at names, services, status and attributes', () => {
    expect(matches(rag, 'EMBED').map((i) => rag.spans[i]!.name)).toEqual(['embed']);
    expect(matches(rag, 'vllm').map((i) => rag.spans[i]!.name)).toEqual(['decode']);
    expect(matches(rag, '  ')).toEqual([]);
    rag.spans[2]!.attributes['db.system'] = 'chroma';
    expect(matches(rag, 'db.system=chro')).toEqual([2]);
    expect(ancestorsOf(rag, 4)).toEqual([rag.spans[3]!.id, rag.spans[0]!.id]);
  });
});

describe('the critical path', () => {
  const f = (rows: Parameters<typeof traceOf>[0]) => {
    const trace = traceOf(rows);
    return criticalPath(trace).map((one) => `${trace.spans[one.span]!.name} ${one.fromMs}-${one.toMs}`).join(', ');
  };
  test('is what was waited for, and as long as the root', () => {
    expect(f([[1, 0, 0, 100, 'a'], [2, 1, 10, 40, 'b'], [3, 1, 30, 90, 'c'], [4, 3, 50, 60, 'd']])).toBe('a 0-10, b 10-30, c 30-50, d 50-60, c 60-90, a 90-100');
    const path = criticalPath(rag);
    expect(path.reduce((sum, one) => sum + one.toMs - one.fromMs, 0)).toBe(100);
  });
  test('work in parallel counts where it was last', () => expect(f([[1, 0, 0, 10, 'a'], [2, 1, 0, 9, 'slow'], [3, 1, 0, 5, 'fast']])).toBe('slow 0-9, a 9-10'));
  test('a child that outlives its parent, or began before it, is cut', () => {
    expect(f([[1, 0, 0, 10, 'a'], [2, 1, 5, 50, 'b']])).toBe('a 0-5, b 5-10');
    expect(f([[1, 0, 5, 10, 'a'], [2, 1, 0, 7, 'b']])).toBe('b 5-7, a 7-10');
    expect(f([[1, 0, 0, 10, 'a'], [2, 1, 20, 50, 'later']])).toBe('a 0-10');
  });
  test('of several roots the longest is followed; a root of no length has none', () => {
    expect(f([[1, 0, 0, 5, 'short'], [2, 0, 2, 20, 'long']])).toBe('long 2-20');
    expect(f([[1, 0, 0, 0, 'a']])).toBe('');
  });
});

describe('steps', () => {
  test('their own time leaves out their children, overlaps counted once', () => {
    expect(selfTimes(rag)).toEqual([15, 15, 20, 10, 40]);
    expect(selfTimes(traceOf([[1, 0, 0, 10], [2, 1, 1, 6], [3, 1, 4, 8], [4, 1, 9, 30]]))).toEqual([2, 5, 4, 21]);
  });
  test('the shares of the critical path are all of it', () => {
    const steps = stepsOf(rag, criticalPath(rag));
    expect(steps.map((step) => [step.name, step.criticalMs])).toEqual([['decode', 40], ['retrieve', 20], ['ask', 15], ['embed', 15], ['inference', 10]]);
  });
  test('of two traces they are compared by name, missing ones too', () => {
    const other = traceOf([[1, 0, 0, 300, 'ask'], [2, 1, 5, 20, 'embed'], [4, 1, 40, 290, 'inference'], [6, 1, 290, 299, 'post-process']]);
    const pairs = compareSteps(stepsOf(rag, criticalPath(rag)), stepsOf(other, criticalPath(other)));
    expect(pairs.map((pair) => [pair.name, pair.deltaMs, pair.selfDeltaMs, pair.a?.count ?? 0, pair.b?.count ?? 0])).toEqual([['inference', 200, 240, 1, 1], ['decode', -40, -40, 1, 0], ['retrieve', -20, -20, 1, 0], ['ask', 200, 11, 1, 1], ['post-process', 9, 9, 0, 1], ['embed', 0, 0, 1, 1]]);
  });
});

describe('the flame graph', () => {
  const f = (trace: ReturnType<typeof traceOf>) => flameOf(trace).map((one) => `${'.'.repeat(one.depth)}${one.name}x${one.count} ${Number(one.left.toFixed(3))}+${Number(one.width.toFixed(3))}`);
  test('spans called the same way are one frame', () => {
    expect(f(traceOf([[1, 0, 0, 100, 'a'], [2, 1, 0, 20, 'b'], [3, 1, 20, 60, 'b'], [4, 2, 0, 10, 'c'], [5, 3, 20, 30, 'c']]))).toEqual(['ax1 0+1', '.bx2 0+0.6', '..cx2 0+0.2']);
  });
  test('what ran side by side shares the width of its parent', () => {
    expect(f(traceOf([[1, 0, 0, 10, 'a'], [2, 1, 0, 10, 'b'], [3, 1, 0, 10, 'c']]))).toEqual(['ax1 0+1', '.bx1 0+0.5', '.cx1 0.5+0.5']);
  });
  test('spans of no length have a place too', () => expect(f(traceOf([[1, 0, 0, 0, 'a'], [2, 1, 0, 0, 'b']]))).toEqual(['ax1 0+1', '.bx1 0+1']));
});
