// One trace of a RAG request through each of OpenTelemetry's own exporters and through Zipkin's own client:
//   node send.mjs HTTP_BASE GRPC_BASE [NAME...]
// Prints the trace ids as JSON. TLS files come by OTEL_EXPORTER_OTLP_CERTIFICATE and its like (gRPC) and NODE_EXTRA_CA_CERTS (HTTP).
import { createRequire } from 'node:module';
import { SpanKind, SpanStatusCode, context, trace } from '@opentelemetry/api';
import { OTLPTraceExporter as Grpc } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as Json } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as Proto } from '@opentelemetry/exporter-trace-otlp-proto';
import { ZipkinExporter } from '@opentelemetry/exporter-zipkin';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';

const require = createRequire(import.meta.url);
const zipkin = require('zipkin');
const { HttpLogger } = require('zipkin-transport-http');

const [http, grpc, ...wanted] = process.argv.slice(2);
const steps = ['embed', 'retrieve', 'inference', 'post-process'];

async function throughSdk(name, exporter) {
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
  for (const step of steps) {
    const span = tracer.startSpan(step, { attributes: step === 'inference' ? { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt2', 'tokens.generated': 30 } : {} }, inside);
    if (step === 'retrieve') {
      span.addEvent('cache miss', { key: 'k' });
      span.setStatus({ code: SpanStatusCode.ERROR, message: 'slow index' });
    }
    span.end();
  }
  root.end();
  await sdk.shutdown();
  trace.disable();
  context.disable();
  return root.spanContext().traceId;
}

async function throughZipkin(name) {
  const logger = new HttpLogger({ endpoint: `${http}/api/v2/spans`, jsonEncoder: zipkin.jsonEncoder.JSON_V2 });
  const recorder = new zipkin.BatchRecorder({ logger });
  const tracer = new zipkin.Tracer({ ctxImpl: new zipkin.ExplicitContext(), recorder, localServiceName: `rag-${name}`, traceId128Bit: true });
  const id = tracer.createRootId();
  tracer.letId(id, () => {
    tracer.recordServiceName(tracer.localEndpoint.serviceName);
    tracer.recordAnnotation(new zipkin.Annotation.ServerRecv());
    tracer.recordRpc('POST /ask');
    for (const step of steps) {
      tracer.local(step, () => {
        if (step === 'inference') tracer.recordBinary('tokens.generated', 30);
        if (step !== 'retrieve') return;
        tracer.recordMessage('cache miss');
        tracer.recordBinary('error', 'slow index');
      });
    }
    tracer.recordAnnotation(new zipkin.Annotation.ServerSend());
  });
  const sent = new Promise((resolve, reject) => {
    logger.on('success', resolve);
    logger.on('error', reject);
  });
  logger.processQueue(fetch);
  await sent;
  return id.traceId;
}

const senders = {
  grpc: (name) => throughSdk(name, new Grpc({ url: grpc, compression: 'gzip' })),
  proto: (name) => throughSdk(name, new Proto({ url: `${http}/v1/traces`, compression: 'gzip' })),
  json: (name) => throughSdk(name, new Json({ url: `${http}/v1/traces` })),
  zipkin: (name) => throughSdk(name, new ZipkinExporter({ url: `${http}/api/v2/spans` })),
  'zipkin-js': throughZipkin,
};
const ids = {};
for (const name of wanted.length > 0 ? wanted : Object.keys(senders)) ids[name] = await senders[name](name);
console.log(JSON.stringify(ids));
process.exit(0);
