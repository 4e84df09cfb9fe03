// Spans as OTLP/HTTP JSON, as a RAG service and its model server would send them: for the tests of the pages and their benchmark.
import { createHash } from 'node:crypto';

const id = (text, bytes) => createHash('sha256').update(text).digest('hex').slice(0, bytes * 2);
export const traceId = (name) => id(`trace ${name}`, 16);
export const spanId = (trace, name) => id(`span ${trace} ${name}`, 8);
const value = (one) => (typeof one === 'string' ? { stringValue: one } : typeof one === 'boolean' ? { boolValue: one } : Number.isInteger(one) ? { intValue: String(one) } : { doubleValue: one });
export const attributes = (bag) => Object.entries(bag).map(([key, one]) => ({ key, value: value(one) }));
const ns = (ms) => String(BigInt(Math.round(ms * 1000)) * 1000n);

const messages = (role, text, more = {}) => JSON.stringify([{ role, parts: [{ type: 'text', content: text }], ...more }]);

/** One request of a RAG service: validate, embed, retrieve, inference with the model server's own span, post-process.
 * `scale` stretches the inference; `wrong` makes it fail; `port` is that of the model server; `pid` that of the service. */
export function ragTrace(name, startMs, { scale = 1, wrong = false, port, pid, model = 'gpt2', prompt = 'What is the capital of France?', answer = 'The capital of France is Paris.' } = {}) {
  const trace = traceId(name);
  const at = (ms) => ns(startMs + ms);
  const of = (span) => spanId(name, span);
  const inferenceMs = 320 * scale;
  const endMs = 60 + inferenceMs + 25;
  const span = (spanName, parent, fromMs, toMs, kind, bag = {}, more = {}) => ({ traceId: trace, spanId: of(spanName), ...(parent ? { parentSpanId: of(parent) } : {}), name: spanName, kind, startTimeUnixNano: at(fromMs), endTimeUnixNano: at(toMs), attributes: attributes(bag), ...more });
  const failed = wrong ? { status: { code: 2, message: 'CUDA out of memory' }, events: [{ timeUnixNano: at(60 + inferenceMs), name: 'exception', attributes: attributes({ 'exception.type': 'OutOfMemoryError', 'exception.message': 'CUDA out of memory. Tried to allocate 2.00 GiB', 'exception.stacktrace': 'Traceback (most recent call last):\n  File "app.py", line 80, in generate\nOutOfMemoryError: CUDA out of memory' }) }] } : {};
  const call = {
    'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'vllm', 'gen_ai.request.model': model, 'gen_ai.response.model': model, 'gen_ai.request.temperature': 0.7, 'gen_ai.usage.input_tokens': 412, 'gen_ai.usage.output_tokens': Math.round(96 * scale), 'gen_ai.usage.cache_read.input_tokens': 128,
    'gen_ai.response.time_to_first_chunk': 0.042, 'gen_ai.input.messages': messages('user', prompt), 'gen_ai.output.messages': messages('assistant', answer, { finish_reason: 'stop' }), 'tokens.generated': Math.round(96 * scale), ...(port ? { 'server.address': '127.0.0.1', 'server.port': port } : {}),
  };
  const service = [
    span('POST /ask', null, 0, endMs, 2, { 'http.request.method': 'POST', 'http.route': '/ask', 'http.response.status_code': wrong ? 500 : 200, 'prompt.length': prompt.length }, wrong ? { status: { code: 2, message: 'Internal Server Error' } } : {}),
    span('prompt', 'POST /ask', 1, 4, 1, { 'prompt.length': prompt.length }),
    span('embed', 'POST /ask', 5, 22, 1, { 'gen_ai.operation.name': 'embeddings', 'gen_ai.request.model': 'all-MiniLM-L6-v2', 'gen_ai.usage.input_tokens': 9 }),
    span('retrieve', 'POST /ask', 23, 58, 3, { 'db.system': 'chroma', 'db.operation.name': 'query', 'retrieval.documents.count': 4 }),
    span('inference', 'POST /ask', 60, 60 + inferenceMs, 3, call, failed),
    ...(wrong ? [] : [span('post-process', 'POST /ask', 62 + inferenceMs, endMs - 2, 1, { 'answer.length': answer.length }, { links: [{ traceId: traceId(`${name} before`), spanId: of('before'), attributes: attributes({ 'link.kind': 'follows' }) }] })]),
  ];
  const server = [
    span('llm_request', 'inference', 64, 56 + inferenceMs, 2, { 'gen_ai.response.model': model, 'gen_ai.usage.prompt_tokens': 412, 'gen_ai.usage.completion_tokens': Math.round(96 * scale), 'gen_ai.latency.time_to_first_token': 0.042, 'gen_ai.latency.e2e': inferenceMs / 1000 }),
    span('prefill', 'llm_request', 65, 106, 1), span('decode', 'llm_request', 106, 55 + inferenceMs, 1),
  ];
  return [
    { resource: { attributes: attributes({ 'service.name': 'rag', 'service.version': '1.4.0', ...(pid ? { 'process.pid': pid } : {}) }) }, scopeSpans: [{ scope: { name: 'opentelemetry.instrumentation.fastapi', version: '0.59b0' }, spans: service }] },
    { resource: { attributes: attributes({ 'service.name': 'vllm' }) }, scopeSpans: [{ scope: { name: 'vllm.llm_engine' }, spans: server }] },
  ];
}

/** An agent that calls so many tools and models: a deep and wide tree of exactly `count` spans. */
export function bigTrace(name, startMs, count) {
  const trace = traceId(name);
  const services = ['agent', 'tools', 'retriever', 'llm-gateway', 'vllm'];
  const spans = services.map(() => []);
  const lengthMs = count / 4;
  for (let i = 0; i < count; ++i) {
    const parent = i === 0 ? -1 : Math.floor((i - 1) / 4);
    const depth = Math.floor(Math.log(3 * i + 1) / Math.log(4));
    const width = lengthMs / 4 ** depth;
    const first = (4 ** depth - 1) / 3;
    const from = (i - first) * width;
    spans[depth % services.length].push({ traceId: trace, spanId: spanId(name, i), ...(parent >= 0 ? { parentSpanId: spanId(name, parent) } : {}), name: `step ${depth}.${i % 7}`, kind: 1, startTimeUnixNano: ns(startMs + from + width * 0.02), endTimeUnixNano: ns(startMs + from + width * 0.98), attributes: attributes({ 'step.number': i, 'step.kind': `kind ${i % 5}`, 'code.function.name': 'run_step' }), ...(i % 997 === 5 ? { status: { code: 2, message: 'failed' } } : {}) });
  }
  return services.map((service, i) => ({ resource: { attributes: attributes({ 'service.name': service }) }, scopeSpans: [{ scope: { name: 'bench' }, spans: spans[i] }] }));
}

/** Sends them to OTLP/HTTP of a server; throws unless all were taken. */
export async function send(base, resourceSpans) {
  const answer = await fetch(`${base}/v1/traces`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ resourceSpans }) });
  const text = await answer.text();
  if (answer.status !== 200 || /partialSuccess/.test(text)) throw new Error(`spans were not taken: ${answer.status} ${text}`);
}

/** Log lines by OTLP, each with the trace that it belongs to. */
export async function sendLogs(base, service, lines) {
  const logRecords = lines.map(({ ms, text, trace, span, severity = 'INFO' }) => ({ timeUnixNano: ns(ms), severityText: severity, severityNumber: severity === 'ERROR' ? 17 : 9, body: { stringValue: text }, ...(trace ? { traceId: trace } : {}), ...(span ? { spanId: span } : {}) }));
  const answer = await fetch(`${base}/v1/logs`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ resourceLogs: [{ resource: { attributes: attributes({ 'service.name': service }) }, scopeLogs: [{ logRecords }] }] }) });
  if (answer.status !== 200) throw new Error(`log lines were not taken: ${answer.status} ${await answer.text()}`);
}
