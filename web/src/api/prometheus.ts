// The part of Prometheus's HTTP API that the pages use. Times are Unix seconds.
import { getData } from './http';

export type Labels = Record<string, string>;
export interface MatrixSeries {
  metric: Labels;
  values?: [number, string][];
  histograms?: unknown[];
}
export interface VectorSample {
  metric: Labels;
  value?: [number, string];
}
export type QueryData =
  | { resultType: 'matrix'; result: MatrixSeries[] }
  | { resultType: 'vector'; result: VectorSample[] }
  | { resultType: 'scalar' | 'string'; result: [number, string] };

export const queryInstant = (query: string, time: number, signal?: AbortSignal) => getData<QueryData>('/api/v1/query', { query, time }, signal);

export const queryRange = (query: string, start: number, end: number, step: number, signal?: AbortSignal) =>
  getData<QueryData>('/api/v1/query_range', { query, start, end, step }, signal);

export const labelValues = (label: string, matchers: string[], start: number, end: number, signal?: AbortSignal) =>
  getData<string[]>(`/api/v1/label/${encodeURIComponent(label)}/values`, { 'match[]': matchers, start, end }, signal);

export const labelNames = (matchers: string[], start: number, end: number, signal?: AbortSignal) =>
  getData<string[]>('/api/v1/labels', { 'match[]': matchers, start, end }, signal);

export const seriesOf = (matchers: string[], start: number, end: number, signal?: AbortSignal) =>
  getData<Labels[]>('/api/v1/series', { 'match[]': matchers, start, end }, signal);

export interface Target {
  labels: Labels;
  scrapePool: string;
  scrapeUrl: string;
  lastError: string;
  lastScrape: string;
  lastScrapeDuration: number;
  health: 'up' | 'down' | 'unknown';
  scrapeInterval: string;
}
export const targets = (signal?: AbortSignal) => getData<{ activeTargets: Target[]; droppedTargets: unknown[] }>('/api/v1/targets', {}, signal);

export interface NameAndValue {
  name: string;
  value: number;
}
export interface TsdbStatus {
  headStats: { numSeries: number; numLabelPairs: number; chunkCount: number; minTime: number; maxTime: number };
  seriesCountByMetricName: NameAndValue[];
  labelValueCountByLabelName: NameAndValue[];
  seriesCountByLabelValuePair: NameAndValue[];
}
export const tsdbStatus = (signal?: AbortSignal) => getData<TsdbStatus>('/api/v1/status/tsdb', {}, signal);
export const buildInfo = (signal?: AbortSignal) => getData<{ version: string; revision: string }>('/api/v1/status/buildinfo', {}, signal);
export const runtimeInfo = (signal?: AbortSignal) =>
  getData<{ startTime: string; CWD: string; storageRetention: string; reloadConfigSuccess: boolean; lastConfigTime: string }>('/api/v1/status/runtimeinfo', {}, signal);
export const runningConfig = (signal?: AbortSignal) => getData<{ yaml: string }>('/api/v1/status/config', {}, signal);

/** "NaN", "+Inf" and "-Inf" are values of Prometheus; charts cannot draw them. */
export function toNumber(text: string): number {
  if (text === '+Inf' || text === 'Inf') return Infinity;
  if (text === '-Inf') return -Infinity;
  return Number(text);
}

/** The selector of exactly this series, quoted as PromQL wants it: `up{job="a"}`. */
export function selectorOf(labels: Labels): string {
  const { __name__: name = '', ...rest } = labels;
  const plain = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name);
  const pairs = Object.entries(rest).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  if (name && !plain) pairs.unshift(JSON.stringify(name));
  return (plain ? name : '') + (pairs.length || !plain ? `{${pairs.join(', ')}}` : '');
}
