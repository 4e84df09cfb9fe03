// Traces for tests, written as rows: id, parent (0: none), from and to in milliseconds, name, service.
import type { OtlpSpan } from '../api/tempo';
import { readTrace, type Trace } from './model';

export type Row = [id: number, parent: number, fromMs: number, toMs: number, name?: string, service?: string];
const hex = (id: number) => id.toString(16).padStart(16, '0');
export function traceOf(rows: Row[]): Trace {
  const spans = rows.map(([id, parent, fromMs, toMs, name = `s${id}`]): OtlpSpan => ({ traceId: '0'.repeat(31) + '1', spanId: hex(id), parentSpanId: parent ? hex(parent) : undefined, name, startTimeUnixNano: `${1_700_000_000_000_000_000n + BigInt(Math.round(fromMs * 1e6))}`, endTimeUnixNano: `${1_700_000_000_000_000_000n + BigInt(Math.round(toMs * 1e6))}` }));
  const byService = new Map<string, OtlpSpan[]>();
  rows.forEach(([, , , , , service = 'a'], i) => {
    const list = byService.get(service);
    if (list) list.push(spans[i]!);
    else byService.set(service, [spans[i]!]);
  });
  return readTrace({ trace: { resourceSpans: [...byService].map(([service, list]) => ({ resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] }, scopeSpans: [{ spans: list }] })) } })!;
}
