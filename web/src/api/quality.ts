// The judge's own API: drift of prompts, hallucination of answers, baselines, labels, weights. Times are Unix seconds. docs/quality.md.
import { ApiError, getJson, problemOf, type Params } from './http';
import { loginNeeded } from './session';

export interface SeriesKey { model: string; service: string; route: string }
export interface Status {
  content: 'off' | 'redacted' | 'full';
  embedder: string;
  lexical: boolean;
  dropped: number;
  drift: { window_seconds: number; interval_seconds: number; window_rows: number; baseline_rows: number; rows_min: number; score_max: number; level: number };
  hallucination: { window_seconds: number; baseline_seconds: number; answers_min: number; share_max: number };
  series: (SeriesKey & { judged: number; flagged: number; unjudged: number; spike: boolean; drift_score: number })[];
}

export type Verdict = 'same' | 'slight change' | 'drift' | 'too few rows';
export interface TestedColumn { name: string; kind: string; score: number; p: number; p_adjusted: number; null_score_95: number; what_changed: string[] }
export interface Topic { share_before: number; share_now: number; surprise: number; prompts: string[] }
export interface Comparison {
  time: number;
  baseline: number;
  embedder: string;
  baseline_rows: number;
  window_rows: number;
  block: number;
  verdict: Verdict;
  score: number;
  raw_score: number;
  null_score_95: number;
  p: number;
  share: number;
  cosine: number;
  columns: TestedColumn[];
  topics: Topic[];
  what_changed: string[];
  examples: string[];
}
export interface Baseline extends SeriesKey {
  id: number;
  version: number;
  name: string;
  made_by: string;
  embedder: string;
  rows: number;
  created: number;
  from: number;
  to: number;
  active: boolean;
  pinned: boolean;
}
export interface DriftSeries extends SeriesKey {
  state: string;
  score: number;
  alarm: boolean;
  collected: number;
  window_rows: number;
  window: { from: number; to: number } | null;
  baseline: Baseline | null;
  newest: Comparison | null;
  history: Comparison[];
}

export interface Tally { judged: number; flagged: number; share: number | null; low: number | null; high: number | null }
export interface HallucinationSeries extends SeriesKey {
  judged: number;
  flagged: number;
  unjudged: number;
  window: Tally & { corrected: number | null; corrected_low: number | null; corrected_high: number | null };
  usual: Tally & { held: number };
  limit: number;
  rise_p: number;
  spike: boolean;
  histogram: { to: number; count: number }[];
  minutes: { time: number; judged: number; flagged: number; held: boolean }[];
}

export interface Sentence { text: string; supported: boolean; words: number; order: number; flipped: boolean; missing: string[] }
export interface KeptAnswer extends SeriesKey {
  kept: number;
  time: number;
  source: 'api' | 'span' | 'log';
  flagged: boolean;
  score: number;
  id: string;
  prompt: string;
  answer: string;
  facts: string[];
  trace_id: string;
  span_id: string;
  hallucinated: boolean | null;
  signs: Record<string, number>;
  sentences: Sentence[];
}

export interface Labels { hallucinated: number; sound: number; needed_of_each: number }
export interface Weights {
  weights: {
    origin: string;
    threshold: number;
    intercept: number;
    proof: { answers: number; hallucinated: number; auc: number; sensitivity: number; specificity: number };
    signs: Record<string, { weight: number; mean: number; deviation: number }>;
  };
  shipped: boolean;
  note: string;
  labels: Labels;
  labelled_auc: number | null;
  labelled_answers: number;
  roc: { threshold: number; sensitivity: number; false_alarms: number }[];
}

const base = '/api/v1/quality';
const keyOf = ({ model, service, route }: SeriesKey): Params => ({ model, service, route });

/** null where this program has no judge, or it is turned off. */
export async function qualityStatus(signal?: AbortSignal): Promise<Status | null> {
  try {
    return await getJson<Status>(`${base}/status`, {}, signal);
  } catch (error) {
    if (error instanceof ApiError && (error.status === 404 || (error.status === 503 && /quality\.enabled/.test(error.message)))) return null;
    throw error;
  }
}
export const driftOf = async (key: SeriesKey, signal?: AbortSignal) => (await getJson<{ series: DriftSeries[] }>(`${base}/drift`, { ...keyOf(key), history: 300 }, signal)).series[0] ?? null;
export const hallucinationOf = async (key: SeriesKey, signal?: AbortSignal) => (await getJson<{ series: HallucinationSeries[] }>(`${base}/hallucination`, keyOf(key), signal)).series[0] ?? null;
export const keptAnswers = (key: SeriesKey, params: Params, signal?: AbortSignal) => getJson<{ content: string; answers: KeptAnswer[] }>(`${base}/answers`, { ...keyOf(key), ...params }, signal);
export const weightsNow = (signal?: AbortSignal) => getJson<Weights>(`${base}/weights`, {}, signal);
export const baselinesOf = async (key: SeriesKey, signal?: AbortSignal) => (await getJson<{ baselines: Baseline[] }>(`${base}/baselines`, keyOf(key), signal)).baselines;
export const compareBaseline = (id: number, other: number | null, signal?: AbortSignal) => getJson<Comparison>(`${base}/baselines/${id}/compare`, other === null ? {} : { with: other }, signal);

async function reach(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, init);
  } catch {
    throw new ApiError('monitorai does not answer: it may have been stopped', 0, 'unreachable');
  }
}

async function send<T>(method: 'POST' | 'DELETE', path: string, body?: unknown): Promise<T> {
  const response = await reach(base + path, { method, ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }) });
  if (response.status === 401) loginNeeded();
  const text = await response.text();
  if (response.ok) return JSON.parse(text) as T;
  throw new ApiError(problemOf(text, response.status), response.status);
}
export const labelAnswer = (kept: number, hallucinated: boolean | null) => send<{ labels: Labels }>('POST', '/labels', { kept, hallucinated });
export const acceptUsual = (key: SeriesKey) => send<unknown>('POST', `/hallucination/accept?${new URLSearchParams({ model: key.model, service: key.service, route: key.route })}`);
export const fitWeights = () => send<Weights>('POST', '/fit');
export const resetWeights = () => send<Weights>('DELETE', '/weights');
export interface NewBaseline { name: string; from?: number; to?: number; prompts?: string[] }
export const makeBaseline = (key: SeriesKey, wanted: NewBaseline) => send<Baseline>('POST', '/baselines', { ...keyOf(key), ...wanted, activate: true, pinned: true });
export const pinBaseline = (id: number) => send<unknown>('POST', `/baselines/${id}/pin`);
export const removeBaseline = (id: number) => send<unknown>('DELETE', `/baselines/${id}`);
