// TraceQL: the parser of Grafana gives the tree; colours, completion and lint are ours.
import { snippetCompletion, type Completion, type CompletionContext, type CompletionResult } from '@codemirror/autocomplete';
import { LanguageSupport, LRLanguage } from '@codemirror/language';
import type { Extension } from '@codemirror/state';
import { parser } from '@grafana/lezer-traceql';
import type { Tree } from '@lezer/common';
import { styleTags, tags as t } from '@lezer/highlight';
import { traceTags, traceTagValues } from '../api/tempo';
import { grammarLint, word } from './grammar';

const language = LRLanguage.define({
  name: 'traceql',
  parser: parser.configure({
    props: [
      styleTags({
        'Identifier Span Resource Event Link Instrumentation Parent': t.labelName, IntrinsicField: t.propertyName, String: t.string, 'Integer Float Duration': t.number, Static: t.literal, 'LineComment BlockComment': t.comment,
        'And Or Pipe Gt Desc Lt Anc ExperimentalOp UnionStructuralOp FieldOp ScalarOp ComparisonOp': t.operator,
        'Aggregate MetricsOperationBasicType MetricsOverTimeType MetricsOperationHistogram MetricsOperationQuantile MetricsAggregatorFunctionType MetricsOperationCompare SelectOperation CoalesceOperation': t.function(t.variableName), 'With GroupOperation': t.operatorKeyword,
      }),
    ],
  }),
});

const rangeMs = 6 * 36e5;
const intrinsics = [
  ['duration', 'of the span'], ['name', 'of the span'], ['status', 'error, ok, unset'], ['kind', 'server, client, ...'], ['statusMessage', ''], ['rootName', 'of the trace'], ['rootServiceName', 'of the trace'], ['traceDuration', 'of the trace'], ['childCount', ''],
  ['nestedSetParent', '< 0 of roots'], ['nestedSetLeft', 'number in the tree'], ['nestedSetRight', 'number in the tree'],
  ['trace:id', ''], ['span:id', ''], ['event:name', ''], ['event:timeSinceStart', ''], ['link:traceID', ''],
].map(([label, detail]) => word(label!, detail!, 'property'));
const statics: Record<string, string[]> = { status: ['error', 'ok', 'unset'], kind: ['server', 'client', 'internal', 'producer', 'consumer', 'unspecified'] };
const functions = ['rate()', 'count_over_time()', 'quantile_over_time(duration, 0.5, 0.95, 0.99)', 'histogram_over_time(duration)', 'avg_over_time(duration)', 'max_over_time(duration)', 'min_over_time(duration)', 'sum_over_time(duration)'].map((text) => word(text, 'over time', 'function'));
const steps = [...['count() > 1', 'avg(duration) > 1s', 'max(duration) > 1s', 'min(duration) > 1s', 'sum(duration) > 1s'].map((text) => word(text, 'of a trace', 'function')), word('select(span.http.route)', 'fields in the answer', 'function'), word('by(resource.service.name)', 'groups', 'function'), ...functions, snippetCompletion('compare({ ${status = error} })', { label: 'compare({ })', detail: 'spans with the others', type: 'function' })];
const operators = [word('=', 'equal', 'text'), word('!=', 'not equal', 'text'), word('=~', 'matches', 'text'), word('!~', 'does not match', 'text'), word('>', '', 'text'), word('<', '', 'text'), word('>=', '', 'text'), word('<=', '', 'text')];

/** What may follow the filter of compare(). */
const compared = [word(')', 'ten values of each attribute', 'text'), word(', 20)', 'so many values', 'text')];
const plainTag = /^[A-Za-z_][\w.\-/]*$/;

/** Whether the cursor is between `{` and `}`, quotes counted. */
function openBrace(before: string): number {
  let open = -1;
  let quote = '';
  for (let i = 0; i < before.length; ++i) {
    const c = before[i]!;
    if (quote) {
      if (c === '\\' && quote === '"') ++i;
      else if (c === quote) quote = '';
    } else if (c === '"' || c === '`') quote = c;
    else if (c === '{') open = i;
    else if (c === '}') open = -1;
  }
  return open;
}

/** What fits at the cursor, by the text before it: the tree of an unfinished query says too little. */
export async function completeTraceQl(context: CompletionContext): Promise<CompletionResult | null> {
  const before = context.state.sliceDoc(0, context.pos);
  const now = Date.now();
  const open = openBrace(before);
  if (open < 0) {
    const step = /\|\s*(\w*)$/.exec(before);
    if (step) return { from: context.pos - step[1]!.length, options: steps, validFor: /^\w*$/ };
    if (/\bcompare\s*\(\s*$/.test(before)) return { from: context.pos, options: [snippetCompletion('{ ${status = error} })', { label: '{ }', detail: 'spans to compare with the others' })] };
    if (/\bcompare\s*\(\s*\{.*\}\s*$/s.test(before)) return { from: context.pos, options: compared };
    if (context.explicit && !before.trim()) return { from: context.pos, options: [snippetCompletion('{ ${} }', { label: '{ }', detail: 'spans' })] };
    return context.explicit && /\}\s*$/.test(before) ? { from: context.pos, options: [word('| ', 'then', 'text'), word('>> { }', 'descendants', 'text'), word('> { }', 'children', 'text'), word('&& { }', 'and in the same trace', 'text'), word('|| { }', 'or', 'text')] } : null;
  }
  const inside = before.slice(open + 1);
  const value = /([\w.:\-/]+|(?:\w*\.)"[^"]*")\s*(=~|!~|!=|>=|<=|=|>|<)\s*("(?:[^"\\]|\\.)*|[\w.]*)$/.exec(inside);
  if (value) {
    const [, field, , begun] = value as unknown as [string, string, string, string];
    const from = context.pos - begun.length;
    if (statics[field]) return { from, options: statics[field].map((one) => word(one, '', 'constant')), validFor: /^\w*$/ };
    if (/^(duration|traceDuration|event:timeSinceStart|span:duration|trace:duration)$/.test(field)) return { from, options: ['10ms', '100ms', '500ms', '1s', '5s', '30s'].map((one) => word(one, '', 'constant')), validFor: /^[\d.a-z]*$/ };
    if (field.startsWith('nestedSet')) return { from, options: [word('0', field === 'nestedSetParent' ? 'below it are roots' : 'of a span without a root', 'constant')], validFor: /^-?\d*$/ };
    const values = await traceTagValues(field, '', now - rangeMs, now).catch(() => []);
    return {
      from, validFor: /^"?[^"]*$/,
      options: values.map(({ type, value: text }) => {
        const label = type === 'string' ? JSON.stringify(text) : text;
        // The closing quote is there already where the editor has set it.
        return { label, type: 'constant', apply: (view, _, start, end) => view.dispatch({ changes: { from: start, to: begun.startsWith('"') && view.state.sliceDoc(end, end + 1) === '"' ? end + 1 : end, insert: label }, selection: { anchor: start + label.length } }) };
      }),
    };
  }
  const name = /(?:^|&&|\|\||[(!])\s*([\w.:\-/]*)$/.exec(inside);
  if (name) {
    const begun = name[1]!;
    const scopes = await traceTags(now - rangeMs, now).catch(() => []);
    const tags = scopes.filter((scope) => scope.name !== 'intrinsic').flatMap((scope) => scope.tags.map((tag): Completion => ({ label: `${scope.name}.${plainTag.test(tag) ? tag : JSON.stringify(tag)}`, type: 'property', boost: /^(service\.name|gen_ai\.|http\.)/.test(tag) ? 1 : 0 })));
    return { from: context.pos - begun.length, options: [...intrinsics, ...tags], validFor: /^[\w.:\-/]*$/ };
  }
  if (/[\w."`]\s+$/.test(inside)) return { from: context.pos, options: /(=|<|>|~)\s*\S+\s+$/.test(inside) ? [word('&& ', 'and', 'text'), word('|| ', 'or', 'text')] : operators };
  return null;
}

/** The grammar does not know these fields; the server does. To it they are attributes of the same length. */
export const treeOf = (query: string): Tree => parser.parse(query.replace(/\bnestedSet(Parent|Left|Right)\b/g, (field) => `.${field.slice(1)}`));

export const traceql = (): Extension => [new LanguageSupport(language, language.data.of({ autocomplete: completeTraceQl })), grammarLint(treeOf)];
