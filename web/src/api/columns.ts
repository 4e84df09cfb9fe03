// Answers of range queries as columns of numbers. What is large is parsed, and from the second time on asked for, in a worker: a dashboard
// that refreshes does not hold up the page.
import { columnsOfMatrix, type SeriesColumns } from './matrixColumns';
import { ApiError, ask, requestOf, unwrap } from './http';
import type { MatrixSeries, QueryData } from './prometheus';
import type { ParseAnswer, WorkerRequest } from './parse.worker';
import { loginNeeded } from './session';

export interface Columns {
  resultType: 'columns';
  /** At most `seriesMax` of `total`. */
  series: SeriesColumns[];
  total: number;
}
/** Smaller answers are parsed faster than they are handed over. */
export const workerBytesMin = 200_000;
/** Queries whose last answer was large: the next one is asked for by the worker. Beyond so many all are forgotten. */
const large = new Set<string>();
const largeMax = 500;

let worker: Worker | null = null;
let last = 0;
const waiting = new Map<number, { resolve: (answer: ParseAnswer) => void; reject: (error: Error) => void }>();

type Work = { kind: 'parse'; body: ArrayBuffer; status: number } | { kind: 'ask'; url: string; form?: string };

function inWorker(work: Work & { stepMs: number; seriesMax: number }, signal?: AbortSignal): Promise<ParseAnswer> {
  if (!worker) {
    worker = new Worker(new URL('./parse.worker.ts', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }: MessageEvent<ParseAnswer>) => {
      waiting.get(data.id)?.resolve(data);
      waiting.delete(data.id);
    };
    worker.onerror = () => {
      for (const { reject } of waiting.values()) reject(new Error('the answer could not be read'));
      waiting.clear();
      worker = null;
    };
  }
  const id = ++last;
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    waiting.set(id, { resolve, reject });
    signal?.addEventListener('abort', () => {
      if (!waiting.delete(id)) return;
      worker?.postMessage({ id, kind: 'abort' } satisfies WorkerRequest);
      reject(signal.reason as Error);
    }, { once: true });
    worker!.postMessage({ ...work, id } satisfies WorkerRequest, work.kind === 'parse' ? [work.body] : []);
  });
}

/** Times in seconds. What is no matrix comes as it is. */
export async function queryColumns(query: string, start: number, end: number, step: number, seriesMax: number, signal?: AbortSignal): Promise<QueryData | Columns> {
  const params = { query, start, end, step };
  const shape = { stepMs: step * 1000, seriesMax };
  let answer: ParseAnswer;
  if (large.has(query)) {
    answer = await inWorker({ kind: 'ask', ...requestOf('/api/v1/query_range', params), ...shape }, signal);
  } else {
    const response = await ask('/api/v1/query_range', params, signal);
    const body = await response.arrayBuffer();
    if (!response.ok || body.byteLength < workerBytesMin || typeof Worker === 'undefined') {
      const data = unwrap<QueryData>(new TextDecoder().decode(body), response.status);
      return data.resultType === 'matrix' ? cut(data.result, step * 1000, seriesMax) : data;
    }
    answer = await inWorker({ kind: 'parse', body, status: response.status, ...shape });
  }
  if ('error' in answer) {
    large.delete(query);
    if (answer.status === 401) loginNeeded();
    throw new ApiError(answer.error, answer.status, answer.errorKind);
  }
  if (large.size >= largeMax) large.clear();
  if (answer.bytes >= workerBytesMin) large.add(query);
  else large.delete(query);
  return { resultType: 'columns', series: answer.series, total: answer.total };
}

function cut(result: MatrixSeries[], stepMs: number, seriesMax: number): Columns {
  return { resultType: 'columns', total: result.length, series: columnsOfMatrix(result.slice(0, seriesMax), stepMs) };
}
