// The part of Tempo's HTTP API that the pages use, and what our server knows of a trace beyond it. Times on the wire are Unix nanoseconds
// as text, where they are asked for Unix seconds.
import { getJson } from './http';

export interface TraceHitSpan {
  spanID: string;
  name?: string;
  startTimeUnixNano: string;
  durationNanos: string;
}
export interface TraceHit {
  traceID: string;
  rootServiceName: string;
  rootTraceName: string;
  startTimeUnixNano: string;
  durationMs: number;
  spanSets?: { spans: TraceHitSpan[]; matched: number }[];
  serviceStats?: Record<string, { spanCount: number; errorCount: number }>;
}
export interface SearchAnswer {
  traces: TraceHit[];
  metrics: { inspectedTraces: number; inspectedSpans: string };
}

export interface OtlpValue {
  stringValue?: string;
  intValue?: string | number;
  doubleValue?: number | string;
  boolValue?: boolean;
  bytesValue?: string;
  arrayValue?: { values?: OtlpValue[] };
  kvlistValue?: { values?: OtlpAttribute[] };
}
export interface OtlpAttribute {
  key: string;
  value: OtlpValue;
}
export interface OtlpSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind?: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes?: OtlpAttribute[];
  events?: { timeUnixNano: string; name: string; attributes?: OtlpAttribute[] }[];
  links?: { traceId: string; spanId: string; attributes?: OtlpAttribute[] }[];
  status?: { code?: string; message?: string };
  droppedAttributesCount?: number;
}
export interface ResourceSpans {
  resource?: { attributes?: OtlpAttribute[] };
  scopeSpans: { scope?: { name?: string; version?: string }; spans: OtlpSpan[] }[];
}
export interface TraceAnswer {
  trace: { resourceSpans?: ResourceSpans[] };
}

export const searchTraces = (q: string, fromMs: number, toMs: number, limit: number, signal?: AbortSignal) =>
  getJson<SearchAnswer>('/api/search', { q, start: Math.floor(fromMs / 1000), end: Math.ceil(toMs / 1000), limit, spss: 1 }, signal);

export const traceById = (id: string, signal?: AbortSignal) => getJson<TraceAnswer>(`/api/v2/traces/${encodeURIComponent(id)}`, {}, signal);

export interface TagScope {
  name: string;
  tags: string[];
}
export const traceTags = async (fromMs: number, toMs: number, signal?: AbortSignal) =>
  (await getJson<{ scopes: TagScope[] }>('/api/v2/search/tags', { start: Math.floor(fromMs / 1000), end: Math.ceil(toMs / 1000) }, signal)).scopes;

export interface TagValue {
  type: string;
  value: string;
}
/** Of a field as TraceQL writes it: `resource.service.name`, `name`. `q` narrows to the spans that fulfil it. */
export const traceTagValues = async (field: string, q: string, fromMs: number, toMs: number, signal?: AbortSignal) =>
  (await getJson<{ tagValues: TagValue[] }>(`/api/v2/search/tag/${encodeURIComponent(field)}/values`, { q: q || undefined, start: Math.floor(fromMs / 1000), end: Math.ceil(toMs / 1000) }, signal)).tagValues;

/** A call of a model, whatever dialect its span speaks; what the span does not say is null. Cached tokens are a part of the input. */
export interface ModelCall {
  span: string;
  kind: string;
  dialect: string;
  provider: string;
  model: string;
  input_tokens: number | null;
  output_tokens: number | null;
  cached_tokens: number | null;
  first_token_seconds: number | null;
  latency_seconds: number | null;
  cost_dollars: number | null;
}
export interface JoinedSpan {
  span: string;
  /** `made`: the process made the span; `served`: it answered the call that the span is. */
  role: 'made' | 'served';
  /** What led there. */
  by: 'resource' | 'container' | 'attribute' | 'port' | 'caller';
}
export interface JoinedProcess {
  pid: number;
  name: string;
  llm_type: string;
  framework: string;
  model: string;
  service: string;
  container: string;
  /** In the newest scan. */
  is_running: boolean;
  /** Of its service, itself among them: the GPU may be a worker's. */
  members: number[];
  gpus: string[];
  spans: JoinedSpan[];
}
export interface TraceContext {
  trace_id: string;
  calls: ModelCall[];
  processes: JoinedProcess[];
}
export const traceContext = (id: string, signal?: AbortSignal) => getJson<TraceContext>(`/api/v1/traces/${encodeURIComponent(id)}/context`, {}, signal);
