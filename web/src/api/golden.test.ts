// The golden files are those that the C++ tests assert of the Loki and Tempo APIs: neither side can drift alone.
import { describe, expect, test } from 'vitest';
import categorizedFile from '../../../tests/golden/loki_streams_categorized.json';
import labelsFile from '../../../tests/golden/loki_labels.json';
import matrixFile from '../../../tests/golden/loki_matrix.json';
import streamsFile from '../../../tests/golden/loki_streams.json';
import vectorFile from '../../../tests/golden/loki_vector.json';
import tempoMetricsFile from '../../../tests/golden/tempo_query_range.json';
import tempoSearchFile from '../../../tests/golden/tempo_search.json';
import tempoTraceFile from '../../../tests/golden/tempo_trace_v2.json';
import contextFile from '../../../tests/golden/trace_context.json';
import { framesOf } from '../dashboard/frames';
import { levelOf } from '../logs/level';
import { volumeOf } from '../logs/volume';
import { conversationOf } from '../traces/content';
import { alignSeries } from '../traces/TraceMetrics';
import { readTrace } from '../traces/model';
import { dotsOf } from '../traces/TraceScatter';
import { linesOf, type Stream } from './loki';
import type { MatrixSeries } from './prometheus';
import type { TraceAnswer, TraceContext, TraceHit } from './tempo';

describe('the golden answers of the Loki API', () => {
  const streams = streamsFile.data.result as unknown as Stream[];
  test('streams are lines, in the order of their nanoseconds', () => {
    const lines = linesOf(streams, 'forward');
    expect(lines.length).toBe(streams.reduce((sum, one) => sum + one.values.length, 0));
    for (let i = 1; i < lines.length; ++i) expect(BigInt(lines[i]!.ns)).toBeGreaterThanOrEqual(BigInt(lines[i - 1]!.ns));
    expect(linesOf(streams, 'backward').map((one) => one.ns)).toEqual(lines.map((one) => one.ns).sort().reverse());
    expect(new Set(lines.map((one) => levelOf(one.line, one.labels)))).toContain('error');
  });
  test('categorized labels join those of the stream', () => {
    const plain = linesOf(categorizedFile.data.result as unknown as Stream[], 'forward');
    const categorized = (categorizedFile.data.result as unknown as Stream[]).flatMap((one) => one.values.filter((value) => value[2]?.structuredMetadata));
    for (const [ns, line, extra] of categorized) expect(plain.find((one) => one.ns === ns && one.line === line)!.labels).toMatchObject(extra!.structuredMetadata!);
  });
  test('a matrix is a volume by level', () => {
    const volume = volumeOf(matrixFile.data.result as unknown as MatrixSeries[], { fromMs: 1_700_000_000_000, toMs: 1_700_000_060_000 }, 30_000);
    expect(volume.byLevel.map((one) => one.level)).toEqual(['error', 'info']);
    expect(volume.total).toBe(matrixFile.data.result.reduce((sum, one) => sum + one.values.reduce((all, [, value]) => all + Number(value), 0), 0));
  });
  test('matrix and vector are frames', () => {
    expect(framesOf(matrixFile.data as never, 'A', undefined, false, 30_000).map((one) => one.fields[1]!.display)).toEqual(['error', 'info']);
    expect(framesOf(vectorFile.data as never, 'A', undefined, false, 30_000).length).toBe(vectorFile.data.result.length);
  });
  test('label names are names', () => expect(labelsFile.data).toContain('job'));
});

describe('the golden answers of the Tempo API', () => {
  test('a trace is a tree with its attributes, events and links', () => {
    const trace = readTrace(tempoTraceFile as TraceAnswer)!;
    expect(trace.id).toBe('5b8efff798038103d269b633813fc60c');
    expect(trace.spans.map((span, i) => `${trace.depth[i]} ${span.service} ${span.name} ${span.kind} ${span.startMs}+${span.durationMs}${span.isError ? ' error' : ''}`)).toEqual([
      '0 rag-api POST /ask server 0+900', '1 rag-api embed internal 10+40', '1 rag-api retrieve client 60+90 error', '1 rag-api inference client 160+700', '2 vllm llm_request server 165+690', '1 rag-api post-process internal 870+20.5',
    ]);
    expect(trace.startNs).toBe(1_700_000_000_000_000_000n);
    const retrieve = trace.spans[2]!;
    expect(retrieve.statusMessage).toBe('slow index');
    expect(retrieve.attributes).toEqual({ 'db.system': 'faiss', 'retrieval.documents': ['doc-3', 'doc-17'] });
    expect(retrieve.events).toEqual([{ atMs: 75, name: 'cache miss', attributes: { key: 'k-17' } }]);
    expect(trace.spans[0]!.resource).toMatchObject({ 'process.pid': 4242, 'host.name': 'gpu-box-1' });
    expect(trace.spans.flatMap((span) => span.links)).toHaveLength(1);
    expect(conversationOf(trace.spans[3]!).output.length).toBeGreaterThan(0);
  });
  test('a search is dots', () => expect(dotsOf(tempoSearchFile.traces as unknown as TraceHit[]).map(({ ms, durationMs, spans, errors }) => [ms, durationMs, spans, errors])).toEqual([[1_700_000_030_000, 3, 1, 1], [1_700_000_000_000, 900, 6, 1]]));
  test('metrics are columns', () => expect(alignSeries(tempoMetricsFile.series)).toEqual({ times: [1_700_000_000, 1_700_000_020, 1_700_000_040], values: [[0.05, 0.2, 0.05], [null, 0.05, null]] }));
  test('the context tells calls and processes', () => {
    const context = contextFile as TraceContext;
    expect(context.calls.map((call) => [call.span, call.kind, call.model, call.input_tokens, call.cached_tokens, call.cost_dollars])).toEqual([['0000000000000002', 'inference', 'gpt2', 1000, 200, 0.0068], ['0000000000000003', 'inference', '', null, null, null]]);
    expect(context.processes.map((one) => [one.pid, one.members, one.gpus, one.spans.map((span) => `${span.role} by ${span.by}`)])).toEqual([[4711, [4711, 4712], ['gpu1'], ['served by port', 'made by caller']]]);
  });
});
