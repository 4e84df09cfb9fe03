// Rules and alerts as Prometheus answers them, silences as Alertmanager's API v2 does, and our own log of what was sent.
import { ApiError, getData, getJson } from './http';
import { loginNeeded } from './session';
import type { Labels } from './prometheus';

export interface Alert {
  labels: Labels;
  annotations: Labels;
  state: 'pending' | 'firing' | 'inactive';
  activeAt: string;
  keepFiringSince?: string;
  value: string;
}
interface RuleCommon {
  name: string;
  query: string;
  labels: Labels;
  health: 'ok' | 'err' | 'unknown';
  lastError?: string;
  evaluationTime: number;
  lastEvaluation: string;
}
export type AlertingRule = RuleCommon & { type: 'alerting'; state: 'firing' | 'pending' | 'inactive' | 'unknown'; duration: number; keepFiringFor: number; annotations: Labels; alerts: Alert[] };
export type RecordingRule = RuleCommon & { type: 'recording' };
export type Rule = AlertingRule | RecordingRule;
export interface RuleGroup {
  name: string;
  file: string;
  rules: Rule[];
  interval: number;
  evaluationTime: number;
  lastEvaluation: string;
}
export const ruleGroups = async (signal?: AbortSignal) => (await getData<{ groups: RuleGroup[] }>('/api/v1/rules', {}, signal)).groups;
export const activeAlerts = async (signal?: AbortSignal) => (await getData<{ alerts: Alert[] }>('/api/v1/alerts', {}, signal)).alerts;

export interface SilenceMatcher {
  name: string;
  value: string;
  isRegex: boolean;
  isEqual?: boolean;
}
export interface Silence {
  id: string;
  matchers: SilenceMatcher[];
  startsAt: string;
  endsAt: string;
  createdBy: string;
  comment: string;
  status: { state: 'active' | 'pending' | 'expired' };
}
export interface Delivery {
  id: number;
  receiver: string;
  integration: string;
  state: string;
  firing: number;
  resolved: number;
  groupKey: string;
  groupLabels: Labels;
  createdAt: string;
  updatedAt: string;
  nextTryAt?: string;
  tries: number;
  error: string;
}

/** An alert as the notifier knows it: only what fires. */
export interface NotifiedAlert {
  fingerprint: string;
  labels: Labels;
  acknowledged?: { by: string; comment: string; at: string };
}

/** null where the server sends no notifications. */
async function orNull<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}
export const silences = (signal?: AbortSignal) => orNull(getJson<Silence[]>('/api/v2/silences', {}, signal));
export const deliveries = async (signal?: AbortSignal) => (await orNull(getJson<{ deliveries: Delivery[] }>('/api/v1/deliveries', { limit: 50 }, signal)))?.deliveries ?? null;

async function send(path: string, method: 'POST' | 'DELETE', body?: unknown): Promise<void> {
  const response = await fetch(path, { method, ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }) });
  if (response.status === 401) loginNeeded();
  if (!response.ok) throw new ApiError((await response.text()).trim() || `HTTP ${response.status}`, response.status);
}
/** Silences exactly the alerts with all of these labels. */
export const silenceLabels = (labels: Labels, hours: number, createdBy: string, comment: string) =>
  send('/api/v2/silences', 'POST', {
    matchers: Object.entries(labels).map(([name, value]) => ({ name, value, isRegex: false, isEqual: true })),
    startsAt: new Date().toISOString(), endsAt: new Date(Date.now() + hours * 36e5).toISOString(), createdBy, comment,
  });
export const notifiedAlerts = (signal?: AbortSignal) => orNull(getJson<NotifiedAlert[]>('/api/v2/alerts', {}, signal));
/** Whether alerts can be acknowledged: where a real Alertmanager notifies, it cannot. */
export const acknowledgements = async (signal?: AbortSignal) => (await orNull(getJson<{ offered: boolean }>('/api/v1/acknowledgements', {}, signal)))?.offered ?? false;
/** Whoever was told is not told again while it goes on as it is. */
export const acknowledge = (fingerprint: string, by: string, comment: string) => send('/api/v1/acknowledgements', 'POST', { fingerprint, by, comment });
export const unacknowledge = (fingerprint: string) => send(`/api/v1/acknowledgements/${encodeURIComponent(fingerprint)}`, 'DELETE');
/** The same for the same labels, in whatever order they stand. */
export const labelsKey = (labels: Labels) => JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
export const expireSilence = (id: string) => send(`/api/v2/silence/${encodeURIComponent(id)}`, 'DELETE');

/** Whether all matchers fit. A pattern that JavaScript cannot read fits nothing here: the server decides, this only tells. */
export function silenced(labels: Labels, silence: Silence): boolean {
  return silence.status.state === 'active' && silence.matchers.every(({ name, value, isRegex, isEqual = true }) => {
    const own = labels[name] ?? '';
    if (!isRegex) return (own === value) === isEqual;
    try {
      return new RegExp(`^(?:${value})$`, 's').test(own) === isEqual;
    } catch {
      return false;
    }
  });
}

const order: Record<string, number> = { critical: 0, page: 0, error: 0, warning: 1, info: 2 };
export const severityOf = (labels: Labels) => labels.severity ?? '';
/** The firing before the pending, the grave before the light, the newest first. */
export function byUrgency(a: Alert, b: Alert): number {
  const state = Number(a.state !== 'firing') - Number(b.state !== 'firing');
  return state || (order[severityOf(a.labels)] ?? 3) - (order[severityOf(b.labels)] ?? 3) || Date.parse(b.activeAt) - Date.parse(a.activeAt);
}

// ---- the rule file that is written on the page ----

export interface RuleRemark {
  line: number;
  column: number;
  text: string;
}
export interface RuleCheck {
  problems: RuleRemark[];
  warnings: RuleRemark[];
  groups: number;
  rules: number;
}
export interface OwnRules {
  file: string;
  text: string;
  version: string;
}
export const ownRules = (signal?: AbortSignal) => getJson<OwnRules>('/api/v1/rules/own', {}, signal);

async function sendText<T>(path: string, method: 'POST' | 'PUT', text: string, signal?: AbortSignal): Promise<T> {
  const response = await fetch(path, { method, body: text, headers: { 'Content-Type': 'application/yaml' }, ...(signal ? { signal } : {}) });
  if (response.status === 401) loginNeeded();
  const answer = await response.text();
  if (response.ok) return JSON.parse(answer) as T;
  let said = answer.trim() || `HTTP ${response.status}`;
  try {
    said = (JSON.parse(answer) as { error?: string }).error ?? said;
  } catch {
    // Not from us: as it is.
  }
  throw new ApiError(said, response.status);
}
export const checkRules = (text: string, signal?: AbortSignal) => sendText<RuleCheck>('/api/v1/rules/check', 'POST', text, signal);
/** `version` is that of the text that was changed; ApiError 409 when it is not kept any more. */
export const saveOwnRules = (text: string, version: string) => sendText<OwnRules>(`/api/v1/rules/own?version=${encodeURIComponent(version)}`, 'PUT', text);
