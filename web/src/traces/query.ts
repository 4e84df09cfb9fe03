// The search form and TraceQL: what the form says as a query, and a query as the form, where it says no more than the form can.

export interface SearchForm {
  service: string;
  name: string;
  /** As people write them: "500ms", "1.5s". */
  least: string;
  most: string;
  status: '' | 'error' | 'ok' | 'unset';
  /** `name=value`, `name!=value`, `name>5`, separated by spaces; values with spaces in quotes. */
  attributes: string;
}
export const emptyForm: SearchForm = { service: '', name: '', least: '', most: '', status: '', attributes: '' };

const durationPattern = /^\d+(\.\d+)?(ns|us|µs|ms|s|m|h)(\d+(\.\d+)?(ns|us|µs|ms|s|m))*$/;
/** A plain number is milliseconds. undefined when it is no duration. */
export function durationOf(text: string): string | undefined {
  const trimmed = text.trim().replace(/\s+/g, '');
  if (/^\d+(\.\d+)?$/.test(trimmed)) return `${trimmed}ms`;
  return durationPattern.test(trimmed) ? trimmed.replace('µs', 'us') : undefined;
}

const quoted = (text: string) => JSON.stringify(text);
const plainName = /^[A-Za-z_][\w.\-/]*$/;
/** An attribute as TraceQL names it: with its scope where it has one, of whatever scope (`.x`) where it has none. */
function fieldOf(name: string): string {
  if (/^(span|resource|event|link|instrumentation)\../.test(name)) return plainName.test(name) ? name : name.replace(/^(\w+)\.(.*)$/, (_, scope: string, rest: string) => `${scope}.${quoted(rest)}`);
  return plainName.test(name) ? `.${name}` : `.${quoted(name)}`;
}

const conditionPattern = /([^\s=!<>~"]+)\s*(=~|!~|!=|>=|<=|=|>|<)\s*("(?:[^"\\]|\\.)*"|[^\s"]+)/gy;
/** undefined when a part is no condition. */
export function conditionsOf(text: string): string[] | undefined {
  const out: string[] = [];
  let at = 0;
  const rest = text.trim();
  while (at < rest.length) {
    conditionPattern.lastIndex = at;
    const found = conditionPattern.exec(rest);
    if (!found) return undefined;
    const [whole, name, operator, raw] = found as unknown as [string, string, string, string];
    const isNumber = /^-?\d+(\.\d+)?$/.test(raw) || raw === 'true' || raw === 'false' || (operator !== '=~' && operator !== '!~' && durationPattern.test(raw));
    const isText = raw.startsWith('"');
    out.push(`${fieldOf(name)} ${operator} ${isText ? raw : isNumber && operator !== '=~' && operator !== '!~' ? raw : quoted(raw)}`);
    at += whole.length;
    while (rest[at] === ' ') ++at;
  }
  return out;
}

/** What is wrong with a form, by field. */
export function formProblems(form: SearchForm): Partial<Record<keyof SearchForm, string>> {
  const out: Partial<Record<keyof SearchForm, string>> = {};
  if (form.least.trim() && !durationOf(form.least)) out.least = 'no duration: 500ms, 1.5s';
  if (form.most.trim() && !durationOf(form.most)) out.most = 'no duration: 500ms, 1.5s';
  if (!conditionsOf(form.attributes)) out.attributes = 'write name=value, with quotes around values with spaces';
  return out;
}

export function queryOf(form: SearchForm): string {
  const parts: string[] = [];
  if (form.service) parts.push(`resource.service.name = ${quoted(form.service)}`);
  if (form.name) parts.push(`name = ${quoted(form.name)}`);
  const [least, most] = [durationOf(form.least), durationOf(form.most)];
  if (least) parts.push(`duration >= ${least}`);
  if (most) parts.push(`duration <= ${most}`);
  if (form.status) parts.push(`status = ${form.status}`);
  parts.push(...(conditionsOf(form.attributes) ?? []));
  return parts.length ? `{ ${parts.join(' && ')} }` : '{ }';
}

/** undefined: the query says more than the form can. */
export function formOf(query: string): SearchForm | undefined {
  const inside = /^\s*\{([^]*)\}\s*$/.exec(query)?.[1];
  if (inside === undefined) return undefined;
  const form = { ...emptyForm };
  const attributes: string[] = [];
  const once = (field: 'service' | 'name' | 'least' | 'most', value: string) => {
    if (form[field]) return false;
    form[field] = value;
    return true;
  };
  const part = /\s*((?:(?:span|resource|event|link|instrumentation)?\.)?(?:"(?:[^"\\]|\\.)*"|[\w.\-/]+))\s*(=~|!~|!=|>=|<=|=|>|<)\s*("(?:[^"\\]|\\.)*"|[\w.\-]+)\s*(&&|$)/gy;
  let at = 0;
  if (!inside.trim()) return form;
  while (at < inside.length) {
    part.lastIndex = at;
    const found = part.exec(inside);
    if (!found) return undefined;
    const [whole, field, operator, value, joint] = found as unknown as [string, string, string, string, string];
    let text = value;
    if (value.startsWith('"')) {
      try {
        text = JSON.parse(value) as string;
      } catch {
        return undefined;
      }
    }
    let fits = true;
    if (field === 'resource.service.name' && operator === '=') fits = once('service', text);
    else if (field === 'name' && operator === '=') fits = once('name', text);
    else if (field === 'duration' && operator === '>=') fits = once('least', text);
    else if (field === 'duration' && operator === '<=') fits = once('most', text);
    else if (field === 'status' && operator === '=' && /^(error|ok|unset)$/.test(text) && !form.status) form.status = text as SearchForm['status'];
    else if (/^(\.|(span|resource|event|link|instrumentation)\.)/.test(field) && !field.includes('"')) attributes.push(`${field.replace(/^\./, '')}${operator}${value}`);
    else fits = false;
    if (!fits) return undefined;
    at += whole.length;
    if (joint === '' && at < inside.length) return undefined;
    if (joint === '&&' && !inside.slice(at).trim()) return undefined;
  }
  form.attributes = attributes.join(' ');
  return form;
}

/** Metrics of TraceQL give series, not traces. */
export const isMetricsQuery = (query: string) => /\|\s*(rate|count_over_time|min_over_time|max_over_time|avg_over_time|sum_over_time|quantile_over_time|histogram_over_time|compare)\s*\(/.test(query);
