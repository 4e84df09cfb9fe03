// Buckets of a histogram (cumulative, by `le`) as cells: counts between two bounds.
import type { Frame } from './frames';

export interface Heat {
  times: number[];
  /** Upper bounds, ascending. */
  bounds: number[];
  /** cells[bucket][time] */
  cells: (number | null)[][];
  max: number;
}

const boundOf = (text: string | undefined) => (text === '+Inf' || text === 'Inf' ? Infinity : Number(text));

export function heatOf(frames: Frame[], cumulative: boolean): Heat {
  const rows = frames
    .flatMap((frame) => {
      const time = frame.fields.find((field) => field.type === 'time');
      const value = frame.fields.find((field) => field.type === 'number');
      const bound = boundOf(value?.labels?.le ?? frame.name);
      return time && value && !Number.isNaN(bound) ? [{ bound, at: new Map(time.values.map((ms, i) => [ms as number, value.values[i] as number | null])) }] : [];
    })
    .sort((a, b) => a.bound - b.bound);
  const times = [...new Set(rows.flatMap((row) => [...row.at.keys()]))].sort((a, b) => a - b);
  let max = 0;
  const cells = rows.map((row, i) => times.map((time) => {
    const own = row.at.get(time) ?? null;
    const below = cumulative && i > 0 ? (rows[i - 1]!.at.get(time) ?? 0) : 0;
    // Scrapes of one histogram are not taken at one instant: a small negative is none.
    const count = own === null ? null : Math.max(0, own - below);
    if (count !== null) max = Math.max(max, count);
    return count;
  }));
  return { times, bounds: rows.map((row) => row.bound), cells, max };
}
