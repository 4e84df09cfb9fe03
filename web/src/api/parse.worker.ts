// The worker that parses large answers: bytes in, columns out, both handed over without a copy.
import { unwrap } from './envelope';
import { columnsOfMatrix, type SeriesColumns } from './matrixColumns';
import type { QueryData } from './prometheus';

export interface ParseRequest {
  id: number;
  body: ArrayBuffer;
  stepMs: number;
  seriesMax: number;
  status: number;
}
export type ParseAnswer = { id: number } & ({ series: SeriesColumns[]; total: number } | { error: string });

const answer = ({ id, body, stepMs, seriesMax, status }: ParseRequest): ParseAnswer => {
  try {
    const data = unwrap<QueryData>(new TextDecoder().decode(body), status);
    if (data.resultType !== 'matrix') return { id, error: `the answer is a ${data.resultType}, not a matrix` };
    return { id, total: data.result.length, series: columnsOfMatrix(data.result.slice(0, seriesMax), stepMs) };
  } catch (error) {
    return { id, error: error instanceof Error ? error.message : String(error) };
  }
};

self.onmessage = ({ data }: MessageEvent<ParseRequest>) => {
  const out = answer(data);
  const columns = 'series' in out ? [...new Set(out.series.flatMap((one) => [one.times.buffer, one.values.buffer]))] : [];
  self.postMessage(out, { transfer: columns });
};
