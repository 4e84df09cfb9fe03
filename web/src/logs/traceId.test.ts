import { expect, test } from 'vitest';
import { traceIdOf } from './traceId';

const id = '85d9681aedc43fb26f925413bea3fa2b';

test('a line names its trace in metadata, JSON or text', () => {
  const f = (line: string, labels: Record<string, string> = {}) => traceIdOf(line, labels);
  expect(f('x', { trace_id: id })).toBe(id);
  expect(f('x', { traceID: id.toUpperCase() })).toBe(id);
  expect(f(`{"msg":"x","trace_id":"${id}"}`)).toBe(id);
  expect(f(`{"traceId": "${id}"}`)).toBe(id);
  expect(f(`2026-01-01 INFO [trace_id=${id} span_id=f08600b11d6a792c] hello`)).toBe(id);
  expect(f(`otelTraceID=${id} otelSpanID=1`)).toBe(id);
  expect(f(`traceparent: 00-${id}-f08600b11d6a792c-01`)).toBe(id);
  expect(f('trace_id=f08600b11d6a792c x')).toBe('f08600b11d6a792c');
});

test('what is no id leads nowhere', () => {
  const f = (line: string, labels: Record<string, string> = {}) => traceIdOf(line, labels);
  for (const line of ['', 'trace', `commit ${id}`, 'trace_id=0', `trace_id=${'0'.repeat(32)}`, `trace_id=${id}ff`, 'trace_id=xyz', 'trace_id=-']) expect(f(line), line).toBeUndefined();
  expect(f('x', { trace_id: 'none' })).toBeUndefined();
});
