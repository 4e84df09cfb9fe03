// Dashboards: those of the program, and people's own, which the server keeps with their versions. An own one stands for a shipped one of
// the same uid.
import { ApiError, getJson } from '../api/http';
import { loginNeeded } from '../api/session';
import { readDashboard, type Dashboard } from './model';
import { shippedFile, shippedUids } from './shipped';

export interface Entry {
  uid: string;
  title: string;
  version: number;
  saved: number;
}
export interface Loaded {
  uid: string;
  file: unknown;
  /** 0: as it came with the program. */
  version: number;
  versions: Entry[];
}
const address = (uid: string) => `/api/v1/dashboards/${encodeURIComponent(uid)}`;

/** A server without a place for dashboards has none. */
export async function ownDashboards(signal?: AbortSignal): Promise<Entry[]> {
  try {
    return (await getJson<{ dashboards: Entry[] }>('/api/v1/dashboards', {}, signal)).dashboards;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return [];
    throw error;
  }
}

export async function loadDashboard(uid: string, version?: number, signal?: AbortSignal): Promise<Loaded> {
  const own = await ownDashboards(signal);
  if (!own.some((one) => one.uid === uid)) return { uid, file: await shippedFile(uid), version: 0, versions: [] };
  const kept = await getJson<Entry & { versions: Entry[]; dashboard: unknown }>(address(uid), { version }, signal);
  return { uid, file: kept.dashboard, version: kept.version, versions: kept.versions };
}

export interface Tile {
  uid: string;
  title: string;
  description: string;
  tags: string[];
  panels: number;
  own: boolean;
}

const tileOf = (uid: string, dashboard: Dashboard, own: boolean): Tile => ({ uid, title: dashboard.title, description: dashboard.description, tags: dashboard.tags, panels: dashboard.panels.filter((one) => one.type !== 'row').length, own });

export async function allDashboards(signal?: AbortSignal): Promise<Tile[]> {
  const own = await ownDashboards(signal);
  const kept = await Promise.all(own.map(async ({ uid, title }): Promise<Tile> => {
    try {
      return tileOf(uid, readDashboard((await loadDashboard(uid, undefined, signal)).file), true);
    } catch (error) {
      return { uid, title, description: error instanceof Error ? error.message : '', tags: ['broken'], panels: 0, own: true };
    }
  }));
  const shipped = await Promise.all(shippedUids.filter((uid) => !own.some((one) => one.uid === uid)).map(async (uid) => tileOf(uid, readDashboard(await shippedFile(uid)), false)));
  return [...kept, ...shipped].sort((a, b) => a.title.localeCompare(b.title));
}

export class SavedInBetween extends Error {
  constructor(readonly version: number) {
    super(`somebody saved version ${version} in between`);
  }
}

async function answerOf(response: Response): Promise<{ version: number; error?: string }> {
  if (response.status === 401) loginNeeded();
  try {
    return (await response.json()) as { version: number; error?: string };
  } catch {
    return { version: 0, error: `HTTP ${response.status}` };
  }
}

/** The new version. SavedInBetween where `basedOn` is not the newest: nothing was changed then. */
export async function saveDashboard(uid: string, file: unknown, basedOn: number): Promise<number> {
  const response = await fetch(`${address(uid)}?based_on=${basedOn}`, { method: 'PUT', body: JSON.stringify(file), headers: { 'Content-Type': 'application/json' } });
  const answer = await answerOf(response);
  if (response.status === 409) throw new SavedInBetween(answer.version);
  if (!response.ok) throw new ApiError(answer.error ?? `HTTP ${response.status}`, response.status);
  return answer.version;
}

export async function removeDashboard(uid: string): Promise<void> {
  const response = await fetch(address(uid), { method: 'DELETE' });
  if (!response.ok) throw new ApiError((await answerOf(response)).error ?? `HTTP ${response.status}`, response.status);
}

/** A uid that the server takes, of a title: "LLM serving (copy)" is "llm-serving-copy". */
export function uidOf(title: string, taken: readonly string[]): string {
  const plain = title.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '').slice(0, 32) || 'dashboard';
  let uid = plain;
  for (let i = 2; taken.includes(uid); ++i) uid = `${plain}-${i}`;
  return uid;
}

export function download(name: string, file: unknown): void {
  const url = URL.createObjectURL(new Blob([JSON.stringify(file, null, 2)], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `${name}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
