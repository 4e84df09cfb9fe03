// Requests to our own server. Every answer that is no success becomes an ApiError with the server's own words.

import { ApiError, unwrap } from './envelope';
import { loginNeeded } from './session';

export { ApiError, unwrap };

export type Params = Record<string, string | number | readonly string[] | undefined>;

/** Above this a query goes as a POST form: servers and proxies bound the length of URLs. */
const urlBytesMax = 1800;

export function encodeParams(params: Params): string {
  const out = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value === undefined) continue;
    if (typeof value === 'object') value.forEach((one) => out.append(name, one));
    else out.append(name, String(value));
  }
  return out.toString();
}

/** What a query is sent as: a form where it is too long for a URL. */
export function requestOf(path: string, params: Params, mayPost = true): { url: string; form?: string } {
  const query = encodeParams(params);
  return mayPost && query.length > urlBytesMax ? { url: path, form: query } : { url: query ? `${path}?${query}` : path };
}

async function send(path: string, params: Params, signal: AbortSignal | undefined, mayPost: boolean): Promise<Response> {
  const { url, form } = requestOf(path, params, mayPost);
  try {
    const response = await (form === undefined ? fetch(url, { signal }) : fetch(url, { method: 'POST', body: form, signal, headers: { 'Content-Type': 'application/x-www-form-urlencoded' } }));
    if (response.status === 401) loginNeeded();
    return response;
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new ApiError('monitorai does not answer: it may have been stopped', 0, 'unreachable');
  }
}

/** Whether nobody answered at all: a page says that once, whatever it had asked. */
export const isUnreachable = (error: unknown): boolean => error instanceof ApiError && error.kind === 'unreachable';

/** What an answer that is no success says: our own `{"error": ...}` as a person reads it, anything else as it is. */
export function problemOf(text: string, status: number): string {
  try {
    const { error } = JSON.parse(text) as { error?: unknown };
    if (typeof error === 'string' && error !== '') return error;
  } catch {
    // no JSON
  }
  return text.trim() || `HTTP ${status}`;
}

/** The body of a plain JSON endpoint. */
export async function getJson<T>(path: string, params: Params = {}, signal?: AbortSignal): Promise<T> {
  const response = await send(path, params, signal, false);
  if (!response.ok) throw new ApiError(problemOf(await response.text(), response.status), response.status);
  return (await response.json()) as T;
}

/** A query: as a POST where it is too long for a URL. */
export const ask = (path: string, params: Params, signal?: AbortSignal) => send(path, params, signal, true);

/** The `data` of an answer in the envelope that Prometheus and Loki share. */
export async function getData<T>(path: string, params: Params = {}, signal?: AbortSignal): Promise<T> {
  const response = await ask(path, params, signal);
  return unwrap<T>(await response.text(), response.status);
}
