// What was asked lately, in this browser.

export const historyMax = 50;
export type Kind = 'metrics' | 'logs' | 'traces';
const key = (kind: Kind) => `monitorai-history-${kind}`;

export function readHistory(kind: Kind): string[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(key(kind)) ?? '[]');
    return Array.isArray(found) ? found.filter((one): one is string => typeof one === 'string').slice(0, historyMax) : [];
  } catch {
    return [];
  }
}

export function remember(kind: Kind, query: string): void {
  if (!query.trim()) return;
  const next = [query, ...readHistory(kind).filter((one) => one !== query)].slice(0, historyMax);
  try {
    localStorage.setItem(key(kind), JSON.stringify(next));
  } catch {
    // A full or forbidden store costs the history, nothing else.
  }
}
