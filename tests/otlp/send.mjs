// One trace of a RAG request through each of OpenTelemetry's own exporters: node send.mjs HTTP_BASE GRPC_BASE. Prints the trace ids as JSON.
import { SpanKind, SpanStatusCode, context, trace } from '@opentelemetry/api';
import { OTLPTraceExporter as Grpc } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as Json } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as Proto } from '@opentelemetry/exporter-trace-otlp-proto';
import { ZipkinExporter } from '@opentelemetry/exporter-zipkin';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';

const [http, grpc] = process.argv.slice(2);
const exporters = {
  grpc: new Grpc({ url: grpc, compression: 'gzip' }),
  proto: new Proto({ url: `${http}/v1/traces`, compression: 'gzip' }),
  json: new Json({ url: `${http}/v1/traces` }),
  zipkin: new ZipkinExporter({ url: `${http}/api/v2/spans` }),
};
const ids = {};
for (const [name, exporter] of Object.entries(exporters)) {
  const sdk = new NodeSDK({
    resource: resourceFromAttributes({ 'service.name': `rag-${name}` }),
    spanProcessors: [new SimpleSpanProcessor(exporter)],
    instrumentations: [],
    autoDetectResources: false,
  });
  sdk.start();
  const tracer = trace.getTracer('test');
  const root = tracer.startSpan('POST /ask', { kind: SpanKind.SERVER, attributes: { 'prompt.length': 42 } });
  const inside = trace.setSpan(context.active(), root);
  for (const step of ['embed', 'retrieve', 'inference', 'post-process']) {
    const span = tracer.startSpan(step, { attributes: step === 'inference' ? { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt2', 'tokens.generated': 30 } : {} }, inside);
    if (step === 'retrieve') {
      span.addEvent('cache miss', { key: 'k' });
      span.setStatus({ code: SpanStatusCode.ERROR, message: 'slow index' });
    }
    span.end();
  }
  root.end();
  ids[name] = root.spanContext().traceId;
  await sdk.shutdown();
  trace.disable();
  context.disable();
}
console.log(JSON.stringify(ids));
