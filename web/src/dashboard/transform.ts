// Grafana's transformations, those that people really use. One that is not known leaves the frames as they are and is named in the notes.
import type { Field, Frame, Value } from './frames';
import type { Transformation } from './model';
import { calcNames, reduce } from './reduce';

type Options = Record<string, any>;
const nameOf = (field: Field) => field.display ?? field.name;
const frameOf = (refId: string, fields: Field[]): Frame => ({ refId, fields, length: fields[0]?.values.length ?? 0 });

/** Tables below each other: columns of one name become one. */
function merge(frames: Frame[]): Frame[] {
  if (frames.length < 2) return frames;
  const names = [...new Set(frames.flatMap((frame) => frame.fields.map((field) => field.name)))];
  const first = (name: string) => frames.flatMap((frame) => frame.fields).find((field) => field.name === name)!;
  const shared = names.filter((name) => frames.every((frame) => frame.fields.some((field) => field.name === name && field.type !== 'number')));
  const rows = new Map<string, Record<string, Value>>();
  for (const frame of frames)
    for (let i = 0; i < frame.length; ++i) {
      const key = JSON.stringify(shared.map((name) => frame.fields.find((field) => field.name === name)!.values[i]));
      const row = rows.get(key) ?? {};
      for (const field of frame.fields) row[field.name] = field.values[i] ?? null;
      rows.set(key, row);
    }
  const all = [...rows.values()];
  return [frameOf(frames[0]!.refId, names.map((name) => ({ ...first(name), values: all.map((row) => row[name] ?? null) })))];
}

function organize(frame: Frame, options: Options): Frame {
  const { excludeByName = {}, renameByName = {}, indexByName = {}, includeByName = {} } = options;
  const only = Object.keys(includeByName).some((name) => includeByName[name]);
  const fields = frame.fields
    .filter((field) => !excludeByName[nameOf(field)] && !excludeByName[field.name] && (!only || includeByName[nameOf(field)]))
    .map((field) => ({ field, place: indexByName[nameOf(field)] ?? indexByName[field.name] ?? 1000 }))
    .sort((a, b) => a.place - b.place)
    .map(({ field }) => {
      const name = renameByName[nameOf(field)] || renameByName[field.name];
      return name ? { ...field, name, display: name } : field;
    });
  return { ...frame, fields };
}

function reduceFrames(frames: Frame[], options: Options): Frame[] {
  const calcs: string[] = options.reducers ?? ['max'];
  const fields = frames.flatMap((frame) => frame.fields.filter((field) => field.type === 'number'));
  if (options.mode === 'reduceFields')
    return frames.map((frame) =>
      frameOf(frame.refId, frame.fields.filter((f) => f.type === 'number').flatMap((f) => calcs.map((calc): Field => ({ ...f, display: calcs.length > 1 ? `${nameOf(f)} ${calcNames[calc]}` : nameOf(f), values: [reduce(f.values, calc) ?? null] })))));
  const labels = options.labelsToFields ? [...new Set(fields.flatMap((field) => Object.keys(field.labels ?? {})))].filter((name) => name !== '__name__') : [];
  return [
    frameOf(frames[0]?.refId ?? 'A', [
      { name: 'Field', type: 'string', values: fields.map(nameOf), config: {} },
      ...labels.map((label): Field => ({ name: label, type: 'string', values: fields.map((field) => field.labels?.[label] ?? ''), config: {} })),
      ...calcs.map((calc): Field => ({ name: calcNames[calc] ?? calc, type: 'number', values: fields.map((field) => reduce(field.values, calc) ?? null), config: {} })),
    ]),
  ];
}

function patternOf(text: string): RegExp | undefined {
  const found = /^\/(.*)\/([gimsuy]*)$/s.exec(text);
  try {
    return found ? new RegExp(found[1]!, found[2]) : new RegExp(text);
  } catch {
    return undefined;
  }
}

function filterByName(frame: Frame, options: Options): Frame {
  const fits = (rule: Options | undefined, field: Field) =>
    rule !== undefined && ((rule.names ?? []).includes(nameOf(field)) || (rule.pattern ? (patternOf(rule.pattern)?.test(nameOf(field)) ?? false) : false));
  const says = (rule: Options | undefined) => rule && ((rule.names?.length ?? 0) > 0 || rule.pattern);
  return { ...frame, fields: frame.fields.filter((field) => (!says(options.include) || fits(options.include, field)) && !(says(options.exclude) && fits(options.exclude, field))) };
}

/** One table with a row for each value of a column that all have (outer) or share (inner). */
function joinByField(frames: Frame[], options: Options): Frame[] {
  const keyOf = (frame: Frame) => frame.fields.find((field) => (options.byField ? nameOf(field) === options.byField : field.type === 'time'));
  const joined = frames.filter(keyOf);
  if (joined.length < 2) return frames;
  const places = joined.map((frame) => new Map(keyOf(frame)!.values.map((value, i) => [value, i])));
  let keys = [...new Set(joined.flatMap((frame) => keyOf(frame)!.values))];
  if (options.mode === 'inner') keys = keys.filter((key) => places.every((place) => place.has(key)));
  if (keys.every((key) => typeof key === 'number')) keys.sort((a, b) => (a as number) - (b as number));
  const fields = joined.flatMap((frame, index) =>
    frame.fields.filter((field) => field !== keyOf(frame)).map((field): Field => ({ ...field, values: keys.map((key) => {
      const place = places[index]!.get(key);
      return place === undefined ? null : field.values[place]!;
    }) })));
  return [frameOf(joined[0]!.refId, [{ ...keyOf(joined[0]!)!, values: keys }, ...fields])];
}

function groupBy(frame: Frame, options: Options): Frame {
  const rules: Options = options.fields ?? {};
  const keys = frame.fields.filter((field) => rules[nameOf(field)]?.operation === 'groupby');
  if (!keys.length) return frame;
  const groups = new Map<string, number[]>();
  for (let i = 0; i < frame.length; ++i) {
    const key = JSON.stringify(keys.map((field) => field.values[i]));
    groups.set(key, [...(groups.get(key) ?? []), i]);
  }
  const rows = [...groups.values()];
  const fields: Field[] = keys.map((field) => ({ ...field, values: rows.map((row) => field.values[row[0]!]!) }));
  for (const field of frame.fields) {
    const rule = rules[nameOf(field)];
    if (rule?.operation !== 'aggregate') continue;
    for (const calc of rule.aggregations ?? []) {
      const name = `${nameOf(field)} (${calc})`;
      fields.push({ ...field, type: 'number', name, display: name, values: rows.map((row) => reduce(row.map((i) => field.values[i]!), calc) ?? null) });
    }
  }
  return frameOf(frame.refId, fields);
}

const operators: Record<string, (a: number, b: number) => number> = { '+': (a, b) => a + b, '-': (a, b) => a - b, '*': (a, b) => a * b, '/': (a, b) => a / b, '%': (a, b) => a % b };

function calculateField(frame: Frame, options: Options): Frame {
  const byName = (name: unknown) => frame.fields.find((field) => nameOf(field) === name || field.name === name);
  const rows = Array.from({ length: frame.length }, (_, i) => i);
  let values: Value[];
  let name: string;
  if (options.mode === 'binary') {
    const { left, right, operator = '+' } = options.binary ?? {};
    const side = (one: any) => (typeof one === 'object' && one !== null ? (one.fixed ?? one.matcher?.options) : one);
    const valueAt = (one: unknown, i: number) => (byName(one) ? byName(one)!.values[i] : Number(one));
    values = rows.map((i) => {
      const [a, b] = [valueAt(side(left), i), valueAt(side(right), i)];
      return typeof a === 'number' && typeof b === 'number' && operators[operator] ? operators[operator](a, b) : null;
    });
    name = options.alias || `${side(left)} ${operator} ${side(right)}`;
  } else {
    const calc = options.reduce?.reducer ?? 'sum';
    const include: string[] | undefined = options.reduce?.include;
    const used = frame.fields.filter((field) => field.type === 'number' && (!include?.length || include.includes(nameOf(field))));
    values = rows.map((i) => reduce(used.map((field) => field.values[i]!), calc) ?? null);
    name = options.alias || calcNames[calc] || calc;
  }
  const added: Field = { name, display: name, type: 'number', values, config: {} };
  const kept = options.replaceFields ? frame.fields.filter((field) => field.type === 'time') : frame.fields;
  return { ...frame, fields: [...kept, added] };
}

function sortBy(frame: Frame, options: Options): Frame {
  const rule = options.sort?.[0];
  const by = frame.fields.find((field) => nameOf(field) === rule?.field);
  if (!by) return frame;
  const order = by.values.map((_, i) => i).sort((a, b) => {
    const [x, y] = [by.values[a], by.values[b]];
    const less = typeof x === 'number' && typeof y === 'number' ? x - y : String(x ?? '').localeCompare(String(y ?? ''));
    return rule.desc ? -less : less;
  });
  return { ...frame, fields: frame.fields.map((field) => ({ ...field, values: order.map((i) => field.values[i]!) })) };
}

export function transform(frames: Frame[], transformations: Transformation[], notes: string[]): Frame[] {
  let out = frames;
  for (const { id, options, disabled } of transformations) {
    if (disabled) continue;
    switch (id) {
      case 'merge': out = merge(out); break;
      case 'organize': out = out.map((frame) => organize(frame, options)); break;
      case 'reduce': out = reduceFrames(out, options); break;
      case 'filterFieldsByName': out = out.map((frame) => filterByName(frame, options)); break;
      case 'filterByRefId': out = out.filter((frame) => patternOf(String(options.include ?? ''))?.test(frame.refId) ?? true); break;
      case 'joinByField': case 'seriesToColumns': out = joinByField(out, options); break;
      case 'groupBy': out = out.map((frame) => groupBy(frame, options)); break;
      case 'calculateField': out = out.map((frame) => calculateField(frame, options)); break;
      case 'sortBy': out = out.map((frame) => sortBy(frame, options)); break;
      case 'limit': out = out.map((frame) => ({ ...frame, length: Math.min(frame.length, Number(options.limitField ?? 10)), fields: frame.fields.map((f) => ({ ...f, values: f.values.slice(0, Number(options.limitField ?? 10)) })) })); break;
      default: notes.push(`the transformation "${id}" is not understood`);
    }
  }
  return out;
}
