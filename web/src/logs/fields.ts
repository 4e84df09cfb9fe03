// Which labels the lines in view have, and how their values are spread: what can be filtered by with a click.
import type { LogLine } from '../api/loki';

export interface FieldCount {
  name: string;
  lines: number;
  top: { value: string; lines: number }[];
  distinct: number;
}
const valuesShown = 6;

export function fieldCounts(lines: LogLine[]): FieldCount[] {
  const counts = new Map<string, Map<string, number>>();
  for (const { labels } of lines)
    for (const [name, value] of Object.entries(labels)) {
      const values = counts.get(name) ?? new Map<string, number>();
      values.set(value, (values.get(value) ?? 0) + 1);
      counts.set(name, values);
    }
  return [...counts]
    .map(([name, values]) => ({
      name, distinct: values.size, lines: [...values.values()].reduce((a, b) => a + b, 0),
      top: [...values].sort((a, b) => b[1] - a[1]).slice(0, valuesShown).map(([value, count]) => ({ value, lines: count })),
    }))
    .sort((a, b) => a.distinct - b.distinct || a.name.localeCompare(b.name));
}

/** The query with one more matcher: in its selector where the label is of the stream, else as a filter behind the pipeline. */
export function withFilter(query: string, name: string, operator: '=' | '!=', value: string, isStreamLabel: boolean): string {
  const filter = `${name}${operator}${JSON.stringify(value)}`;
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
