// Whether a person has to log in before anything more can be asked. Set by the first answer that says so; logging in loads the page anew.
import { useSyncExternalStore } from 'react';

let needed = false;
const listeners = new Set<() => void>();

/** Called for every answer 401. */
export function loginNeeded(): void {
  needed = true;
  listeners.forEach((one) => one());
}
export const useLoginNeeded = (): boolean =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => needed,
  );

export interface SessionState {
  /** The server has a password. */
  needed: boolean;
  /** Who is logged in by this browser. */
  user: string | null;
}
export async function sessionState(signal?: AbortSignal): Promise<SessionState> {
  const response = await fetch('/api/v1/session', { signal });
  if (!response.ok) return { needed: false, user: null };
  const state = (await response.json()) as SessionState;
  if (state.needed && state.user === null) loginNeeded();
  return state;
}

/** What is wrong, or null when the browser has its session. */
export async function logIn(user: string, password: string): Promise<string | null> {
  const body = new URLSearchParams({ user, password });
  try {
    const response = await fetch('/api/v1/login', { method: 'POST', body });
    if (response.ok) return null;
    const { error } = (await response.json().catch(() => ({}))) as { error?: string };
    return error ?? `HTTP ${response.status}`;
  } catch {
    return 'monitorai does not answer: it may have been stopped';
  }
}

export async function logOut(): Promise<void> {
  await fetch('/api/v1/logout', { method: 'POST' });
  location.reload();
}
