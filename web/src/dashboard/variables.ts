// The variables of a dashboard: what they offer, what is chosen, and in which order they depend on each other.
import { labelNames, labelValues, queryInstant, seriesOf, toNumber } from '../api/prometheus';
import { logLabelValues } from '../api/loki';
import { parseDuration, type Span } from '../time/range';
import { interpolate, namesIn, roundInterval, type Values, type VariableValue } from './interpolate';
import type { Variable, VariableOption } from './model';
import { printDuration } from '../time/range';

export const allMark = '$__all';
export const optionsMax = 5000;

const queryText = (variable: Variable): string =>
  typeof variable.query === 'string'
    ? variable.query
    : String((variable.query as { query?: unknown; label?: unknown } | undefined)?.query ?? variable.definition ?? '');

/** `/(.*):\d+/` picks its first group (or the groups `text` and `value`); a plain pattern keeps what it matches. */
export function applyRegex(values: string[], regex: string): VariableOption[] {
  if (!regex) return values.map((value) => ({ text: value, value }));
  const found = /^\/(.*)\/([gimsuy]*)$/s.exec(regex);
  let expression: RegExp;
  try {
    expression = found ? new RegExp(found[1]!, found[2]!.replace('g', '')) : new RegExp(regex);
  } catch {
    return [];
  }
  const out: VariableOption[] = [];
  for (const value of values) {
    const match = expression.exec(value);
    if (!match) continue;
    const picked = match.groups?.value ?? match[1] ?? match.groups?.text ?? match[0];
    out.push({ text: match.groups?.text ?? picked, value: picked });
  }
  return [...new Map(out.map((one) => [one.value, one])).values()];
}

/** Grafana's numbers: 1/2 alphabetical, 3/4 numerical, 5/6 without case, 7/8 natural; even ones descend. */
export function sortOptions(options: VariableOption[], sort: number): VariableOption[] {
  if (!sort) return options;
  const number = (text: string) => Number(/-?\d+(\.\d+)?/.exec(text)?.[0] ?? Infinity);
  const by: ((a: VariableOption, b: VariableOption) => number)[] = [
    (a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0),
    (a, b) => number(a.text) - number(b.text),
    (a, b) => a.text.toLowerCase().localeCompare(b.text.toLowerCase()),
    (a, b) => a.text.localeCompare(b.text, undefined, { numeric: true }),
  ];
  const compare = by[Math.min(3, Math.floor((sort - 1) / 2))]!;
  return [...options].sort((a, b) => (sort % 2 === 0 ? -compare(a, b) : compare(a, b)));
}

/** "a, b, name : value" */
function customOptions(text: string): VariableOption[] {
  return text.split(/(?<!\\),/).map((part) => {
    const plain = part.trim().replace(/\\,/g, ',');
    const pair = /^(.+?)\s+:\s+(.+)$/.exec(plain);
    return pair ? { text: pair[1]!, value: pair[2]! } : { text: plain, value: plain };
  }).filter((one) => one.value !== '');
}

async function queryValues(query: string, isLogs: boolean, span: Span, signal?: AbortSignal): Promise<string[]> {
  const [start, end] = [span.fromMs / 1000, span.toMs / 1000];
  const call = /^\s*(label_values|label_names|metrics|query_result|series)\s*\(([\s\S]*)\)\s*$/.exec(query);
  if (!call) return query.trim() ? (await seriesOf([query], start, end, signal)).map((one) => one.__name__ ?? '') : [];
  const [, name, inner] = call;
  if (name === 'label_values') {
    const split = /^([\s\S]*),\s*([a-zA-Z_][\w]*)\s*$/.exec(inner!);
    const [selector, label] = split ? [split[1]!.trim(), split[2]!] : ['', inner!.trim()];
    return isLogs ? logLabelValues(label, selector, span.fromMs, span.toMs, signal) : labelValues(label, selector ? [selector] : [], start, end, signal);
  }
  if (name === 'label_names') return labelNames(inner!.trim() ? [inner!.trim()] : [], start, end, signal);
  if (name === 'metrics') {
    const expression = new RegExp(inner!.trim());
    return (await labelValues('__name__', [], start, end, signal)).filter((one) => expression.test(one));
  }
  const data = await queryInstant(inner!, end, signal);
  if (data.resultType !== 'vector') return [];
  return data.result.map(({ metric, value }) => {
    const { __name__: metricName = '', ...labels } = metric;
    return `${metricName}{${Object.entries(labels).map(([k, v]) => `${k}="${v}"`).join(',')}} ${value ? toNumber(value[1]) : ''}`;
  });
}

export async function loadOptions(variable: Variable, values: Values, span: Span, signal?: AbortSignal): Promise<VariableOption[]> {
  if (variable.type !== 'query') return localOptions(variable, values);
  const options = applyRegex(await queryValues(interpolate(queryText(variable), values), variable.datasource?.type === 'loki', span, signal), variable.regex);
  return sortOptions(options, variable.sort).slice(0, optionsMax);
}

/** Those that no server has to be asked for. */
function localOptions(variable: Variable, values: Values): VariableOption[] {
  switch (variable.type) {
    case 'custom': return customOptions(interpolate(queryText(variable), values, true));
    case 'interval': {
      const options = customOptions(queryText(variable));
      return variable.auto ? [{ text: 'auto', value: `$__auto_interval_${variable.name}` }, ...options] : options;
    }
    case 'datasource': return [{ text: 'MonitorAI', value: 'monitorai' }];
    case 'constant': return [{ text: queryText(variable), value: queryText(variable) }];
    default: return [];
  }
}

/** What counts: the URL's choice, else the file's, else All or the first that there is. */
export function chooseValue(variable: Variable, options: VariableOption[], fromUrl: string[], span: Span): VariableValue {
  const multi = variable.multi || variable.includeAll;
  if (variable.type === 'textbox') {
    const value = fromUrl[0] ?? String(variable.current?.value ?? queryText(variable) ?? '');
    return { values: [value], multi: false };
  }
  if (variable.type === 'datasource' || variable.type === 'constant') return { values: [options[0]?.value ?? ''], multi: false };
  const offered = (value: string) => options.some((one) => one.value === value);
  const saved = [variable.current?.value ?? []].flat().map(String);
  // What somebody chose stays chosen even where it is not offered (now): the view says so by being empty.
  let chosen = fromUrl.length ? fromUrl : saved.filter((one) => one === allMark || offered(one));
  if (chosen.includes('All') && !offered('All')) chosen = [allMark];
  if (!chosen.length) chosen = variable.includeAll ? [allMark] : options[0] ? [options[0].value] : [];
  if (variable.type === 'interval' && chosen[0]?.startsWith('$__auto_interval')) {
    const least = parseDuration(variable.autoMin) ?? 1e4;
    return { values: [printDuration(Math.max(least, roundInterval((span.toMs - span.fromMs) / variable.autoCount)))], multi: false };
  }
  if (chosen.includes(allMark)) return { values: options.map((one) => one.value), multi, all: true, allValue: variable.allValue };
  const texts = chosen.map((value) => options.find((one) => one.value === value)?.text ?? value);
  return { values: variable.multi ? chosen : chosen.slice(0, 1), texts, multi };
}

/** Variables in an order in which each comes after those that it uses; those in a circle come last, as they stand. */
export function inOrder(variables: Variable[]): Variable[] {
  const known = new Set(variables.map((one) => one.name));
  const out: Variable[] = [];
  const done = new Set<string>();
  let rest = [...variables];
  while (rest.length) {
    const ready = rest.filter((one) => namesIn(queryText(one)).every((name) => !known.has(name) || done.has(name)));
    if (!ready.length) return [...out, ...rest];
    for (const one of ready) {
      out.push(one);
      done.add(one.name);
    }
    rest = rest.filter((one) => !done.has(one.name));
  }
  return out;
}

/** The values, where they are known before any option is: panels need not wait then. */
export function earlyValues(variables: Variable[], fromUrl: (name: string) => string[], span: Span): Values | undefined {
  const out: Values = {};
  for (const variable of inOrder(variables)) {
    const asked = fromUrl(variable.name);
    if (variable.type === 'query') {
      const saved = [variable.current?.value ?? []].flat().map(String);
      const all = variable.includeAll && (asked.length ? asked.includes(allMark) || asked.includes('All') : !saved.length || saved.includes(allMark));
      if (all && !variable.allValue) return undefined;
      if (!all && !asked.length) return undefined;
    }
    out[variable.name] = chooseValue(variable, variable.type === 'query' ? [] : localOptions(variable, out), asked, span);
  }
  return out;
}
