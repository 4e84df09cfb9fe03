// The part of Loki's HTTP API that the pages use. Times on the wire are Unix nanoseconds, as strings: they do not fit a double.
import { getData } from './http';
import type { Labels, MatrixSeries, VectorSample } from './prometheus';

export interface Stream {
  stream: Labels;
  values: [string, string, { structuredMetadata?: Labels; parsed?: Labels }?][];
}
export type LokiData =
  | { resultType: 'streams'; result: Stream[] }
  | { resultType: 'matrix'; result: MatrixSeries[] }
  | { resultType: 'vector'; result: VectorSample[] };

export interface LogLine {
  /** Unix nanoseconds, as text. */
  ns: string;
  ms: number;
  line: string;
  labels: Labels;
}

export const nsOf = (ms: number) => `${Math.round(ms)}000000`;

export const queryLogs = (query: string, fromMs: number, toMs: number, limit: number, direction: 'forward' | 'backward', signal?: AbortSignal) =>
  getData<LokiData>('/loki/api/v1/query_range', { query, start: nsOf(fromMs), end: nsOf(toMs), limit, direction }, signal);

export const queryLogMetric = (query: string, fromMs: number, toMs: number, stepSeconds: number, signal?: AbortSignal) =>
  getData<LokiData>('/loki/api/v1/query_range', { query, start: nsOf(fromMs), end: nsOf(toMs), step: stepSeconds }, signal);

export const logLabels = (fromMs: number, toMs: number, signal?: AbortSignal) =>
  getData<string[]>('/loki/api/v1/labels', { start: nsOf(fromMs), end: nsOf(toMs) }, signal);

export const logLabelValues = (label: string, query: string, fromMs: number, toMs: number, signal?: AbortSignal) =>
  getData<string[]>(`/loki/api/v1/label/${encodeURIComponent(label)}/values`, { query: query || undefined, start: nsOf(fromMs), end: nsOf(toMs) }, signal);

/** All lines of an answer in one list, newest first (`backward`) or oldest first; lines of one time keep their order. */
export function linesOf(streams: Stream[], direction: 'forward' | 'backward'): LogLine[] {
  const out: LogLine[] = [];
  for (const { stream, values } of streams)
    for (const [ns, line, extra] of values) {
      const more = extra && (extra.structuredMetadata || extra.parsed);
      out.push({ ns, ms: Number(ns.slice(0, -6)), line, labels: more ? { ...stream, ...extra.structuredMetadata, ...extra.parsed } : stream });
    }
  const sign = direction === 'forward' ? 1 : -1;
  const byTime = (a: LogLine, b: LogLine) =>
    a.ns.length !== b.ns.length ? a.ns.length - b.ns.length : a.ns < b.ns ? -1 : a.ns > b.ns ? 1 : 0;
  return out.sort((a, b) => sign * byTime(a, b));
}

/** Follows a query. Returns how to stop. `onState` tells whether the connection stands. */
export function tail(query: string, onLines: (lines: LogLine[]) => void, onState: (state: 'open' | 'closed', why?: string) => void): () => void {
  const url = new URL('/loki/api/v1/tail', location.href);
  url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
  url.searchParams.set('query', query);
  url.searchParams.set('limit', '200');
  const socket = new WebSocket(url);
  socket.onopen = () => onState('open');
  socket.onclose = (event) => onState('closed', event.reason || (event.wasClean ? '' : 'the connection to monitorai was lost'));
  socket.onmessage = (event) => {
    const message = JSON.parse(String(event.data)) as { streams?: Stream[] };
    if (message.streams) onLines(linesOf(message.streams, 'forward'));
  };
  return () => {
    socket.onopen = socket.onclose = socket.onmessage = null;
    socket.close();
  };
}
