// LogQL: the parser of Grafana gives the tree; colours, completion and lint are ours.
import { snippetCompletion, type CompletionContext, type CompletionResult } from '@codemirror/autocomplete';
import { LanguageSupport, LRLanguage } from '@codemirror/language';
import type { Extension } from '@codemirror/state';
import { parser } from '@grafana/lezer-logql';
import { styleTags, tags as t } from '@lezer/highlight';
import { logLabels, logLabelValues } from '../api/loki';
import { grammarLint, word } from './grammar';

const language = LRLanguage.define({
  name: 'logql',
  parser: parser.configure({
    props: [
      styleTags({
        'Identifier': t.labelName, 'String': t.string, 'Number Duration Bytes': t.number, 'LineComment': t.comment,
        'Json Logfmt Unpack Pattern Regexp Decolorize Drop Keep LineFormat LabelFormat Unwrap': t.keyword,
        'By Without And Or Unless On Ignoring GroupLeft GroupRight Bool Offset': t.operatorKeyword,
        'Sum Avg Count Max Min Stddev Stdvar Bottomk Topk Sort Sort_Desc': t.function(t.variableName),
        'CountOverTime Rate RateCounter BytesOverTime BytesRate AvgOverTime SumOverTime MinOverTime MaxOverTime StddevOverTime StdvarOverTime QuantileOverTime FirstOverTime LastOverTime AbsentOverTime LabelReplace Vector': t.function(t.variableName),
        'PipeExact PipeMatch PipePattern Pipe Neq Nre Npa Eql EqlSingle Re Gtr Gte Lss Lte Add Sub Mul Div Mod Pow': t.operator, '( )': t.paren, '{ }': t.brace, '[ ]': t.squareBracket,
      }),
    ],
  }),
});

const labelRangeMs = 24 * 36e5;
const functions = ['rate', 'count_over_time', 'bytes_over_time', 'bytes_rate', 'sum_over_time', 'avg_over_time', 'max_over_time', 'min_over_time', 'quantile_over_time', 'absent_over_time'].map((name) =>
  snippetCompletion(`${name}({\${}} [\${5m}])`, { label: name, detail: 'over lines', type: 'function' }));
const aggregations = ['sum', 'avg', 'min', 'max', 'count', 'topk', 'bottomk', 'stddev', 'stdvar'].map((name) => word(name, 'aggregation', 'function'));
const stages = [
  word('json', 'fields of a JSON line'), word('logfmt', 'fields of key=value'), word('pattern', 'fields by places'), word('regexp', 'fields by named groups'), word('unpack', ''), word('line_format', 'the line anew'), word('label_format', ''),
  word('decolorize', 'without terminal colours'), word('drop', ''), word('keep', ''), word('unwrap', 'a field as the number'),
];
const filters = [word('|= ""', 'line contains', 'text'), word('|~ ""', 'line matches', 'text'), word('!= ""', 'line does not contain', 'text'), word('!~ ""', 'line does not match', 'text')];

/** What fits at the cursor, by the text before it: the tree of an unfinished query says too little. */
export async function completeLogQl(context: CompletionContext): Promise<CompletionResult | null> {
  const before = context.state.sliceDoc(0, context.pos);
  const now = Date.now();
  const open = before.lastIndexOf('{');
  if (open >= 0 && before.indexOf('}', open) < 0) {
    const inside = before.slice(open + 1);
    const value = /([a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*"([^"]*)$/.exec(inside);
    if (value) {
      const selector = inside.slice(0, value.index).replace(/,\s*$/, '');
      const values = await logLabelValues(value[1]!, selector.trim() ? `{${selector}}` : '', now - labelRangeMs, now).catch(() => []);
      return { from: context.pos - value[3]!.length, options: values.map((label) => ({ label, apply: JSON.stringify(label).slice(1, -1), type: 'constant' })), validFor: /^[^"]*$/ };
    }
    const name = /(?:^|,)\s*(\w*)$/.exec(inside);
    if (!name || (!name[1] && !context.explicit && inside.trim() !== '')) return null;
    const labels = await logLabels(now - labelRangeMs, now).catch(() => []);
    return { from: context.pos - name[1]!.length, options: labels.map((label) => snippetCompletion(`${label}="\${}"`, { label, type: 'property' })), validFor: /^\w*$/ };
  }
  const stage = /\|\s*(\w*)$/.exec(before);
  if (stage) return { from: context.pos - stage[1]!.length, options: stages, validFor: /^\w*$/ };
  const token = context.matchBefore(/\w+/);
  if (token) return /[}\])]\s*\w+$/.test(before) ? null : { from: token.from, options: [...functions, ...aggregations], validFor: /^\w*$/ };
  if (context.explicit) return { from: context.pos, options: /[}"`]\s*$/.test(before) ? [...filters, word('| json', 'parse'), word('| logfmt', 'parse')] : [...functions, ...aggregations, snippetCompletion('{${}}', { label: '{}', detail: 'stream selector' })] };
  return null;
}

export const logql = (): Extension => [new LanguageSupport(language, language.data.of({ autocomplete: completeLogQl })), grammarLint()];
