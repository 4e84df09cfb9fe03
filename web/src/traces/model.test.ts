import { describe, expect, test } from 'vitest';
import type { TraceAnswer } from '../api/tempo';
import { childrenOf, hexId, plainOf, readTrace, type Trace } from './model';
import { traceOf, type Row } from './traceOf';

const shape = (trace: Trace) => trace.spans.map((span, i) => `${'.'.repeat(trace.depth[i]!)}${span.name}`).join(' ');

describe('a trace', () => {
  test('is a tree: parents before children, siblings by start', () => {
    const trace = traceOf([[4, 2, 5, 8], [3, 1, 50, 60], [2, 1, 1, 40], [1, 0, 0, 100], [5, 2, 2, 3]]);
    expect(shape(trace)).toBe('s1 .s2 ..s5 ..s4 .s3');
    expect(trace.ends).toEqual([5, 4, 3, 4, 5]);
    expect(trace.parents).toEqual([-1, 0, 1, 1, 0]);
    expect(childrenOf(trace, 0).map((i) => trace.spans[i]!.name)).toEqual(['s2', 's3']);
    expect([trace.durationMs, trace.startMs, trace.orphans]).toEqual([100, 1_700_000_000_000, 0]);
  });
  test('keeps spans whose parent never came, and breaks cycles', () => {
    expect(shape(traceOf([[1, 9, 5, 6], [2, 1, 5, 6]]))).toBe('s1 .s2');
    expect(traceOf([[1, 9, 5, 6], [2, 1, 5, 6]]).orphans).toBe(1);
    const cycle = traceOf([[1, 2, 3, 9], [2, 3, 1, 9], [3, 1, 2, 9], [4, 4, 0, 1]]);
    expect(shape(cycle)).toBe('s4 s2 .s1 ..s3');
    expect(cycle.ends).toEqual([1, 4, 4, 4]);
  });
  test('counts a span that came twice once', () => expect(traceOf([[1, 0, 0, 9], [1, 0, 0, 9]]).spans.length).toBe(1));
  test('may be deeper than the stack of the engine', () => {
    const deep = traceOf(Array.from({ length: 20_000 }, (_, i): Row => [i + 1, i, i / 1000, 100]));
    expect(deep.depth[19_999]).toBe(19_999);
    expect(deep.ends[0]).toBe(20_000);
  });
  test('an end before the start is no duration, nanoseconds are kept', () => {
    expect(traceOf([[1, 0, 9, 3]]).spans[0]!.durationMs).toBe(0);
    expect(traceOf([[1, 0, 0, 1], [2, 1, 0.000123, 0.5]]).spans[1]!.startMs).toBeCloseTo(0.000123, 9);
  });
  test('nothing is no trace', () => {
    expect(readTrace({ trace: {} })).toBeUndefined();
    expect(readTrace({ trace: { resourceSpans: [{ scopeSpans: [{ spans: [{ traceId: 'x', spanId: '', name: 'n', startTimeUnixNano: 'x', endTimeUnixNano: '' }] }] }] } } as TraceAnswer)).toBeUndefined();
  });
});

test('ids are base64 or hex', () => {
  expect(hexId('hdloGu3EP7JvklQTvqP6Kw==', 16)).toBe('85d9681aedc43fb26f925413bea3fa2b');
  expect(hexId('8IYAsR1qeSw=', 8)).toBe('f08600b11d6a792c');
  expect(hexId('F08600B11D6A792C', 8)).toBe('f08600b11d6a792c');
  expect([hexId('', 8), hexId(undefined, 8), hexId('§', 8), hexId('AAAAAAAAAAA=', 8)]).toEqual(['', '', '', '']);
});

test('values of every type are plain', () => {
  expect(plainOf({ intValue: '42' })).toBe(42);
  expect(plainOf({ intValue: '9223372036854775807' })).toBe('9223372036854775807');
  expect(plainOf({ arrayValue: { values: [{ stringValue: 'a' }, { boolValue: false }] } })).toEqual(['a', false]);
  expect(plainOf({ kvlistValue: { values: [{ key: 'k', value: { doubleValue: 0.5 } }] } })).toEqual({ k: 0.5 });
  expect([plainOf({ arrayValue: {} }), plainOf({}), plainOf(undefined)]).toEqual([[], null, null]);
});
