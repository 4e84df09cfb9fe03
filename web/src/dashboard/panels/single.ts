// What panels of single values (stat, gauge, bar gauge, pie) show: one entry a series and reducer, or one a row.
import type { Field, Frame } from '../frames';
import type { Panel } from '../model';
import { reduce } from '../reduce';
import { reduceOptions } from './options';

export interface Single {
  name: string;
  field: Field;
  value: number | string | null;
  /** All points of the series, for a sparkline. */
  history: Field['values'];
  index: number;
}

export function singlesOf(panel: Panel, frames: Frame[]): Single[] {
  const { calcs, values, fields } = reduceOptions(panel.options);
  const pattern = /^\/(.*)\/$/.exec(fields);
  const wanted = (field: Field) =>
    fields === '' || fields === undefined ? field.type === 'number' : pattern ? new RegExp(pattern[1]!).test(field.display ?? field.name) : (field.display ?? field.name) === fields || field.name === fields;
  const out: Single[] = [];
  for (const frame of frames) {
    const named = frame.fields.find((field) => field.type === 'string');
    for (const field of frame.fields) {
      if (field.type === 'time' || !wanted(field)) continue;
      if (values) {
        field.values.forEach((value, i) => out.push({ name: named ? String(named.values[i]) : (field.display ?? field.name), field, value, history: [], index: out.length }));
        continue;
      }
      for (const calc of calcs) {
        const value = field.type === 'string' ? (field.values[field.values.length - 1] ?? null) : (reduce(field.values, calc) ?? null);
        out.push({ name: field.display ?? field.name, field, value, history: field.values, index: out.length });
      }
    }
  }
  return out;
}
