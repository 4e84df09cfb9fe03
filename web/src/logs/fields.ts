// Which labels the lines in view have, and the fields of those that are JSON, and how their values are spread: what can be filtered by with a
// click.
import type { LogLine } from '../api/loki';

export interface FieldCount {
  name: string;
  lines: number;
  top: { value: string; lines: number }[];
  distinct: number;
  /** Inside of the lines: a filter on it has to parse them first. */
  inLine?: boolean;
}
const valuesShown = 6;
const jsonCharsMax = 10_000;

/** The plain values of a line that is a JSON object, with the names that LogQL's `json` gives them. */
export function jsonFields(line: string): [string, string][] {
  if (line[0] !== '{' || line.length > jsonCharsMax) return [];
  try {
    return Object.entries(JSON.parse(line) as object).flatMap(([name, value]): [string, string][] =>
      typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? [[name.replace(/[^a-zA-Z0-9_]/g, '_'), String(value)]] : []);
  } catch {
    return [];
  }
}

export function fieldCounts(lines: LogLine[]): FieldCount[] {
  const counts = new Map<string, Map<string, number>>();
  const inside = new Map<string, Map<string, number>>();
  const count = (into: typeof counts, name: string, value: string) => {
    const values = into.get(name) ?? new Map<string, number>();
    values.set(value, (values.get(value) ?? 0) + 1);
    into.set(name, values);
  };
  for (const { labels, line } of lines) {
    for (const [name, value] of Object.entries(labels)) count(counts, name, value);
    for (const [name, value] of jsonFields(line)) if (!(name in labels)) count(inside, name, value);
  }
  const spread = (from: typeof counts, inLine: boolean) =>
    [...from]
      .map(([name, values]): FieldCount => ({
        name, distinct: values.size, lines: [...values.values()].reduce((a, b) => a + b, 0),
        top: [...values].sort((a, b) => b[1] - a[1]).slice(0, valuesShown).map(([value, lines]) => ({ value, lines })), ...(inLine ? { inLine } : {}),
      }))
      .sort((a, b) => a.distinct - b.distinct || a.name.localeCompare(b.name));
  return [...spread(counts, false), ...spread(inside, true)];
}

/** The query with one more matcher: in its selector where the label is of the stream, else as a filter behind the pipeline, and behind
 * `json` where the line holds it. */
export function withFilter(query: string, name: string, operator: '=' | '!=', value: string, isStreamLabel: boolean, inLine = false): string {
  const filter = `${name}${operator}${JSON.stringify(value)}`;
  if (inLine && !/\|\s*json\b/.test(query)) return `${query.trim()} | json | ${filter}`;
  if (!isStreamLabel) return `${query.trim()} | ${filter}`;
  // The selector's end: the first '}' outside of quotes.
  let quote = '';
  for (let i = query.indexOf('{'); i >= 0 && i < query.length; ++i) {
    const c = query[i]!;
    if (quote) {
      if (c === '\\' && quote === '"') ++i;
      else if (c === quote) quote = '';
    } else if (c === '"' || c === '`') quote = c;
    else if (c === '}') {
      const inside = query.slice(query.indexOf('{') + 1, i).trim();
      return `${query.slice(0, query.indexOf('{') + 1)}${inside}${inside && !inside.endsWith(',') ? ', ' : ''}${filter}${query.slice(i)}`;
    }
  }
  return `${query.trim()} | ${filter}`;
}
