// The worker of large answers: it parses bytes that it is given, or asks for them itself, so that they never cross the page's thread.
// Columns come out, handed over without a copy.
import { ApiError, unwrap } from './envelope';
import { columnsOfMatrix, type SeriesColumns } from './matrixColumns';
import type { QueryData } from './prometheus';

export type ParseRequest = { id: number; stepMs: number; seriesMax: number } & (
  | { kind: 'parse'; body: ArrayBuffer; status: number }
  | { kind: 'ask'; url: string; form?: string }
);
export type WorkerRequest = ParseRequest | { id: number; kind: 'abort' };
export type ParseAnswer = { id: number } & ({ series: SeriesColumns[]; total: number; bytes: number } | { error: string; status: number; errorKind: string });

const asking = new Map<number, AbortController>();

async function bodyOf(request: ParseRequest): Promise<{ body: ArrayBuffer; status: number }> {
  if (request.kind === 'parse') return request;
  const stop = new AbortController();
  asking.set(request.id, stop);
  try {
    const response = await fetch(request.url, { signal: stop.signal, ...(request.form === undefined ? {} : { method: 'POST', body: request.form, headers: { 'Content-Type': 'application/x-www-form-urlencoded' } }) });
    return { body: await response.arrayBuffer(), status: response.status };
  } catch {
    throw new ApiError('monitorai does not answer: it may have been stopped', 0, 'unreachable');
  } finally {
    asking.delete(request.id);
  }
}

async function answer(request: ParseRequest): Promise<ParseAnswer> {
  const { id, stepMs, seriesMax } = request;
  try {
    const { body, status } = await bodyOf(request);
    const data = unwrap<QueryData>(new TextDecoder().decode(body), status);
    if (data.resultType !== 'matrix') return { id, error: `the answer is a ${data.resultType}, not a matrix`, status, errorKind: '' };
    return { id, total: data.result.length, bytes: body.byteLength, series: columnsOfMatrix(data.result.slice(0, seriesMax), stepMs) };
  } catch (cause) {
    return { id, error: cause instanceof Error ? cause.message : String(cause), status: cause instanceof ApiError ? cause.status : 0, errorKind: cause instanceof ApiError ? cause.kind : '' };
  }
}

self.onmessage = async ({ data }: MessageEvent<WorkerRequest>) => {
  if (data.kind === 'abort') return asking.get(data.id)?.abort();
  const out = await answer(data);
  const columns = 'series' in out ? [...new Set(out.series.flatMap((one) => [one.times.buffer, one.values.buffer]))] : [];
  self.postMessage(out, { transfer: columns });
};
