// Frames as uPlot wants them: one column of times (seconds) and one of numbers a series.
import type { Field, Frame } from './frames';

export interface Columns {
  times: number[];
  fields: Field[];
  values: (number | null)[][];
}

const isDrawable = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const drawable = (value: unknown): number | null => (isDrawable(value) ? value : null);
/** The column itself where all of it can be drawn: copies of large answers cost more than their check. */
const drawableColumn = (values: Field['values']): (number | null)[] => (values.every(isDrawable) ? (values as number[]) : values.map(drawable));

/** The usual case: all series have points at the same times. */
function sameTimes(all: { times: (number | null)[] }[]): boolean {
  const first = all[0]!.times;
  return all.every(({ times }) => times === first || (times.length === first.length && times.every((time, i) => time === first[i])));
}

export function columnsOf(frames: Frame[]): Columns {
  const all: { times: (number | null)[]; field: Field }[] = [];
  for (const frame of frames) {
    const time = frame.fields.find((field) => field.type === 'time');
    if (time) for (const field of frame.fields) if (field.type === 'number') all.push({ times: time.values as (number | null)[], field });
  }
  if (all.length && sameTimes(all) && all[0]!.times.every((time, i, times) => time !== null && (i === 0 || time > times[i - 1]!)))
    return { times: all[0]!.times.map((time) => time! / 1000), fields: all.map((one) => one.field), values: all.map((one) => drawableColumn(one.field.values)) };
  const union = new Set<number>();
  let last: (number | null)[] | undefined;
  for (const { times } of all) {
    if (times === last) continue;
    last = times;
    for (const time of times) if (time !== null) union.add(time);
  }
  const times = [...union].sort((a, b) => a - b);
  const place = new Map(times.map((time, i) => [time, i]));
  const values = all.map((one) => {
    // undefined where the series has no point of this time (uPlot joins over it), null where it has a gap.
    const column = new Array<number | null | undefined>(times.length);
    let first = times.length;
    let end = -1;
    one.times.forEach((time, i) => {
      if (time === null) return;
      const at = place.get(time)!;
      const value = one.field.values[i];
      column[at] = drawable(value);
      first = Math.min(first, at);
      end = Math.max(end, at);
    });
    for (let i = 0; i < times.length; ++i) if (i < first || i > end) column[i] = null;
    return column as (number | null)[];
  });
  return { times: times.map((time) => time / 1000), fields: all.map((one) => one.field), values };
}

/** Sums on top of each other, for stacked drawing. */
export function stack(values: (number | null)[][]): (number | null)[][] {
  const total = new Array<number>(values[0]?.length ?? 0).fill(0);
  return values.map((column) => column.map((value, i) => (value === null || value === undefined ? null : (total[i] = total[i]! + value))));
}
