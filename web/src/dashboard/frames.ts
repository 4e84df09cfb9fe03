// Answers of the data sources as frames: columns of equal length. A time series is a frame of a time and a number; a table has what it has.
import type { Exemplar } from '../api/exemplars';
import type { Columns } from '../api/columns';
import { columnsOfMatrix, type SeriesColumns } from '../api/matrixColumns';
import type { MatrixSeries, QueryData, VectorSample, Labels } from '../api/prometheus';
import { toNumber } from '../api/prometheus';
import type { LogLine } from '../api/loki';
import type { FieldConfig } from './model';

export type Value = number | string | null;
export interface Field {
  name: string;
  type: 'time' | 'number' | 'string';
  values: Value[];
  labels?: Labels;
  config: FieldConfig;
  /** What people see: the legend's text. */
  display?: string;
}
export interface Frame {
  refId: string;
  name?: string;
  fields: Field[];
  length: number;
}
export interface PanelData {
  frames: Frame[];
  logs?: LogLine[];
  exemplars?: Exemplar[];
  /** What was cut, refused or not understood; for the reader. */
  notes: string[];
}

/** Above this a panel draws the first ones and says so. */
export const seriesMax = 1000;

export function legendOf(labels: Labels, format?: string): string {
  if (format && format !== '__auto') return format.replace(/\{\{\s*(.+?)\s*\}\}/g, (_, name: string) => labels[name] ?? '');
  const { __name__: name = '', ...rest } = labels;
  const pairs = Object.entries(rest);
  if (format === '__auto' && pairs.length === 0 && name) return name;
  return name + (pairs.length ? `{${pairs.map(([key, value]) => `${key}="${value}"`).join(', ')}}` : '');
}

/** `__auto`: labels that all series share say nothing. */
function autoLegends(all: Labels[]): string[] {
  if (all.length === 1) {
    const { __name__: name, ...rest } = all[0]!;
    return [name ?? (Object.keys(rest).length ? legendOf(rest) : '')];
  }
  const names = new Set(all.flatMap((one) => Object.keys(one)));
  for (const name of names) if (all.every((one) => one[name] === all[0]![name])) names.delete(name);
  return all.map((one) => {
    const rest = Object.fromEntries(Object.entries(one).filter(([name]) => names.has(name)));
    const values = Object.values(rest);
    return values.length === 1 ? values[0]! : legendOf(rest);
  });
}

function legends(all: Labels[], format: string | undefined): string[] {
  return format === undefined || format === '__auto' ? autoLegends(all) : all.map((one) => legendOf(one, format));
}

export function framesOfColumns(series: SeriesColumns[], refId: string, format: string | undefined): Frame[] {
  const names = legends(series.map((one) => one.metric), format);
  let shared: { from: Float64Array; to: number[] } | undefined;
  return series.map(({ metric, times, values }, index) => {
    if (shared?.from !== times) shared = { from: times, to: Array.from(times) };
    // Without gaps the array holds plain doubles: with a null in it each number would be an object of its own.
    const numbers = new Array<number | null>(values.length);
    for (let i = 0; i < values.length; ++i) {
      const value = values[i]!;
      numbers[i] = value === value ? value : null;
    }
    return {
      refId, name: names[index], length: times.length,
      fields: [
        { name: 'Time', type: 'time', values: shared.to, config: {} },
        { name: metric.__name__ ?? 'Value', type: 'number', values: numbers, labels: metric, config: {}, display: names[index] },
      ],
    };
  });
}

export const framesOfMatrix = (series: MatrixSeries[], refId: string, format: string | undefined, stepMs: number): Frame[] => framesOfColumns(columnsOfMatrix(series, stepMs), refId, format);

export function framesOfVector(samples: VectorSample[], refId: string, format: string | undefined): Frame[] {
  const names = legends(samples.map((one) => one.metric), format);
  return samples.map(({ metric, value }, index) => ({
    refId, name: names[index], length: 1,
    fields: [
      { name: 'Time', type: 'time', values: [value ? value[0] * 1000 : null], config: {} },
      { name: metric.__name__ ?? 'Value', type: 'number', values: [value ? toNumber(value[1]) : null], labels: metric, config: {}, display: names[index] },
    ],
  }));
}

/** One row a sample, one column a label: what `format: table` of an instant query gives. */
export function tableOfVector(samples: VectorSample[], refId: string): Frame {
  const labels = [...new Set(samples.flatMap((one) => Object.keys(one.metric)))].sort();
  return {
    refId, length: samples.length,
    fields: [
      { name: 'Time', type: 'time', values: samples.map((one) => (one.value ? one.value[0] * 1000 : null)), config: {} },
      ...labels.map((name): Field => ({ name, type: 'string', values: samples.map((one) => one.metric[name] ?? ''), config: {} })),
      { name: `Value #${refId}`, type: 'number', values: samples.map((one) => (one.value ? toNumber(one.value[1]) : null)), config: {} },
    ],
  };
}

export function framesOf(data: QueryData | Columns, refId: string, format: string | undefined, table: boolean, stepMs: number): Frame[] {
  if (data.resultType === 'vector') return table ? [tableOfVector(data.result, refId)] : framesOfVector(data.result, refId, format);
  if (data.resultType === 'matrix') {
    if (!table) return framesOfMatrix(data.result, refId, format, stepMs);
    const rows = data.result.flatMap(({ metric, values = [] }) => values.map((value): VectorSample => ({ metric, value })));
    return [tableOfVector(rows, refId)];
  }
  if (data.resultType === 'columns') {
    if (!table) return framesOfColumns(data.series, refId, format);
    const rows = data.series.flatMap(({ metric, times, values }) => Array.from(times, (time, i): VectorSample => ({ metric, value: [time / 1000, String(values[i])] })).filter((one) => one.value![1] !== 'NaN'));
    return [tableOfVector(rows, refId)];
  }
  return framesOfVector([{ metric: {}, value: data.result }], refId, format ?? refId);
}
