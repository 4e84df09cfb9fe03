// Alerts of one page, put together by what they have in common.
import type { Labels } from '../api/prometheus';

export const groupings = ['urgency', 'group', 'service'] as const;
export type Grouping = (typeof groupings)[number];

/** What an alert is about: its service, else the model, target or GPU that it names. */
export const serviceOf = (labels: Labels) => labels.service ?? labels.service_name ?? labels.model_name ?? labels.job ?? labels.gpu ?? 'no service';

/** In the order of the first one of each. */
export function grouped<T>(list: readonly T[], keyOf: (one: T) => string): [string, T[]][] {
  const out = new Map<string, T[]>();
  for (const one of list) {
    const key = keyOf(one);
    const found = out.get(key);
    if (found) found.push(one);
    else out.set(key, [one]);
  }
  return [...out];
}
