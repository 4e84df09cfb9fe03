// A matrix, as Prometheus answers it, to columns: one of times and one of values a series. Runs in the worker and, for small answers, beside
// the page; so it knows neither.
import { toNumber, type Labels, type MatrixSeries } from './prometheus';

export interface SeriesColumns {
  metric: Labels;
  /** Unix milliseconds. Series with points at the same times share one column. */
  times: Float64Array;
  /** NaN: nothing to draw. A missing step is one such point. */
  values: Float64Array;
}

const same = (a: Float64Array, b: Float64Array) => a.length === b.length && a.every((time, i) => time === b[i]);

export function columnsOfMatrix(matrix: MatrixSeries[], stepMs: number): SeriesColumns[] {
  let shared: Float64Array | undefined;
  return matrix.map(({ metric, values = [] }) => {
    let times = new Float64Array(values.length * 2);
    let numbers = new Float64Array(values.length * 2);
    let count = 0;
    // An index, not an iterator: this is the first thing that runs over data, before anything is compiled.
    for (let i = 0; i < values.length; ++i) {
      const time = values[i]![0] * 1000;
      if (count && stepMs > 0 && time - times[count - 1]! > stepMs * 1.5) {
        times[count] = times[count - 1]! + stepMs;
        numbers[count++] = NaN;
      }
      times[count] = time;
      numbers[count++] = toNumber(values[i]![1]);
    }
    times = times.slice(0, count);
    numbers = numbers.slice(0, count);
    if (shared && same(shared, times)) times = shared as Float64Array<ArrayBuffer>;
    else shared = times;
    return { metric, times, values: numbers };
  });
}
