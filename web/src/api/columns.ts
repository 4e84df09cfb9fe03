// Answers of range queries as columns of numbers. What is large is parsed in a worker: a dashboard that refreshes does not hold up the page.
import { columnsOfMatrix, type SeriesColumns } from './matrixColumns';
import { ask, unwrap } from './http';
import type { MatrixSeries, QueryData } from './prometheus';
import type { ParseAnswer, ParseRequest } from './parse.worker';

export interface Columns {
  resultType: 'columns';
  /** At most `seriesMax` of `total`. */
  series: SeriesColumns[];
  total: number;
}
/** Smaller answers are parsed faster than they are handed over. */
export const workerBytesMin = 200_000;

let worker: Worker | null = null;
let last = 0;
const waiting = new Map<number, { resolve: (answer: ParseAnswer) => void; reject: (error: Error) => void }>();

function parseInWorker(request: Omit<ParseRequest, 'id'>): Promise<ParseAnswer> {
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
    waiting.set(id, { resolve, reject });
    worker!.postMessage({ ...request, id } satisfies ParseRequest, [request.body]);
  });
}

/** Times in seconds. What is no matrix comes as it is. */
export async function queryColumns(query: string, start: number, end: number, step: number, seriesMax: number, signal?: AbortSignal): Promise<QueryData | Columns> {
  const response = await ask('/api/v1/query_range', { query, start, end, step }, signal);
  const body = await response.arrayBuffer();
  if (!response.ok || body.byteLength < workerBytesMin || typeof Worker === 'undefined') {
    const data = unwrap<QueryData>(new TextDecoder().decode(body), response.status);
    return data.resultType === 'matrix' ? cut(data.result, step * 1000, seriesMax) : data;
  }
  const answer = await parseInWorker({ body, stepMs: step * 1000, seriesMax, status: response.status });
  if ('error' in answer) throw new Error(answer.error);
  return { resultType: 'columns', series: answer.series, total: answer.total };
}

function cut(result: MatrixSeries[], stepMs: number, seriesMax: number): Columns {
  return { resultType: 'columns', total: result.length, series: columnsOfMatrix(result.slice(0, seriesMax), stepMs) };
}
