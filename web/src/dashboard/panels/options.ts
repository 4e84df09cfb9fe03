// Options of panels come from files: read with defaults, never trusted to have a type.

type Bag = Record<string, unknown>;
export const bagOf = (value: unknown): Bag => (value !== null && typeof value === 'object' ? (value as Bag) : {});
export const textOf = (value: unknown, otherwise: string): string => (typeof value === 'string' ? value : otherwise);
export const textsOf = (value: unknown, otherwise: string[]): string[] => (Array.isArray(value) ? value.map(String) : otherwise);

export interface ReduceOptions { calcs: string[]; values: boolean; fields: string }
export function reduceOptions(options: Bag): ReduceOptions {
  const r = bagOf(options.reduceOptions);
  const calcs = textsOf(r.calcs, []);
  return { calcs: calcs.length ? calcs : ['lastNotNull'], values: r.values === true, fields: textOf(r.fields, '') };
}
