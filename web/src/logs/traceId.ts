// Which trace a log line belongs to: by its labels and structured metadata, by a field of its JSON, or by what it says (`trace_id=...`).
import type { Labels } from '../api/prometheus';

const names = ['trace_id', 'traceID', 'traceId', 'traceid', 'TraceId', 'TraceID', 'otelTraceID', 'trace.id', 'dd.trace_id'];
const isTrace = (text: string | undefined) => text !== undefined && /^(?:[0-9a-f]{32}|[0-9a-f]{16})$/i.test(text) && !/^0+$/.test(text);
const said = /(?:trace[_.\-]?id|otelTraceID)["']?\s*[=:]\s*["']?(?:0x)?([0-9a-f]{32}|[0-9a-f]{16})(?![0-9a-f])/i;
/** W3C's traceparent, as services log the headers of requests. */
const parent = /\b00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}\b/;
const lookedAt = 20_000;

export function traceIdOf(line: string, labels: Labels): string | undefined {
  for (const name of names) if (isTrace(labels[name])) return labels[name]!.toLowerCase();
  const text = line.length > lookedAt ? line.slice(0, lookedAt) : line;
  const found = said.exec(text)?.[1] ?? parent.exec(text)?.[1];
  return isTrace(found) ? found!.toLowerCase() : undefined;
}
