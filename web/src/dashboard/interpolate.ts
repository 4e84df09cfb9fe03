// `$name`, `${name}`, `${name:format}` and `[[name]]` in texts, as Grafana replaces them.
import { printDuration } from '../time/range';

/** What a variable holds now. `all` says that every value is chosen. */
export interface VariableValue {
  values: string[];
  texts?: string[];
  multi: boolean;
  all?: boolean;
  allValue?: string;
}
export type Values = Record<string, VariableValue>;

const regexEscape = (value: string) => value.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
/** Inside a double-quoted string of PromQL or LogQL. */
const quotedEscape = (value: string) => value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');

/** The default for queries: alternatives of a regex where several may be chosen, else text for a quoted string. */
function forQuery(value: VariableValue): string {
  if (value.all && value.allValue) return value.allValue;
  if (!value.multi) return quotedEscape(value.values[0] ?? '');
  const escaped = value.values.map((one) => quotedEscape(regexEscape(one)));
  return escaped.length === 1 ? escaped[0]! : `(${escaped.join('|')})`;
}

function formatAs(value: VariableValue, name: string, format: string): string {
  if (value.all && value.allValue && format !== 'text') return value.allValue;
  const { values } = value;
  switch (format) {
    case 'regex': return values.length === 1 ? regexEscape(values[0]!) : `(${values.map(regexEscape).join('|')})`;
    case 'pipe': return values.join('|');
    case 'csv': case 'raw': return values.join(',');
    case 'glob': return values.length > 1 ? `{${values.join(',')}}` : (values[0] ?? '');
    case 'json': return JSON.stringify(values.length === 1 ? values[0] : values);
    case 'singlequote': return values.map((one) => `'${one.replace(/'/g, "\\'")}'`).join(',');
    case 'doublequote': return values.map((one) => `"${one.replace(/"/g, '\\"')}"`).join(',');
    case 'sqlstring': return values.map((one) => `'${one.replace(/'/g, "''")}'`).join(',');
    case 'percentencode': return encodeURIComponent(values.join(','));
    case 'queryparam': return values.map((one) => `var-${encodeURIComponent(name)}=${encodeURIComponent(one)}`).join('&');
    case 'text': return value.all ? 'All' : (value.texts ?? values).join(' + ');
    default: return forQuery(value);
  }
}

const pattern = /\$(\w+)|\$\{(\w+)(?:\.[^:}]+)?(?::([^}]+))?\}|\[\[(\w+)(?::(\w+))?\]\]/g;

/** Names that are not known stay as they stand. `forText`: a title or a text, where values are shown and not matched. */
export function interpolate(text: string, values: Values, forText = false): string {
  if (!text.includes('$') && !text.includes('[[')) return text;
  return text.replace(pattern, (whole, short: string, braced: string, format1: string, square: string, format2: string) => {
    const name = short ?? braced ?? square;
    const value = values[name];
    if (!value) return whole;
    const format = format1 ?? format2;
    return format ? formatAs(value, name, format) : forText ? formatAs(value, name, 'text') : forQuery(value);
  });
}

/** Names of variables that a text uses. */
export function namesIn(text: string): string[] {
  return [...text.matchAll(pattern)].map((found) => (found[1] ?? found[2] ?? found[4])!);
}

export const scrapeIntervalMs = 15_000;
const smallestStepMs = 1000;

/** Grafana's rounding of intervals, so that the same URL gives the same query. */
export function roundInterval(ms: number): number {
  const steps = [1e3, 2e3, 5e3, 1e4, 15e3, 2e4, 3e4, 6e4, 12e4, 3e5, 6e5, 9e5, 12e5, 18e5, 36e5, 72e5, 108e5, 216e5, 432e5, 864e5, 6048e5];
  for (const step of steps) if (ms <= step) return step;
  return 2592e6;
}

export interface Interval { stepMs: number; values: Values }

/** `$__interval`, `$__rate_interval`, `$__range` and their kin, for a panel of so many points. */
export function intervalOf(fromMs: number, toMs: number, points: number, minStepMs: number): Interval {
  const range = Math.max(1, toMs - fromMs);
  const stepMs = Math.max(roundInterval(range / Math.max(1, points)), minStepMs, smallestStepMs);
  const rateMs = Math.max(stepMs + scrapeIntervalMs, 4 * scrapeIntervalMs);
  const one = (value: string): VariableValue => ({ values: [value], multi: false });
  return {
    stepMs,
    values: {
      __interval: one(printDuration(stepMs)), __interval_ms: one(String(stepMs)),
      __rate_interval: one(printDuration(rateMs)), __rate_interval_ms: one(String(rateMs)), __auto: one(printDuration(stepMs)),
      __range: one(`${Math.round(range / 1000)}s`), __range_s: one(String(Math.round(range / 1000))), __range_ms: one(String(Math.round(range))),
      __from: one(String(Math.round(fromMs))), __to: one(String(Math.round(toMs))),
    },
  };
}
