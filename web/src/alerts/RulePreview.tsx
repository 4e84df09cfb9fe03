// A rule, tried before it is written into a file: checked as it is typed, and run over the last day.
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { AlertingRule } from '../api/alerts';
import { queryRange } from '../api/prometheus';
import { LazyEditor } from '../editor/LazyEditor';
import { age } from '../format/units';
import { ErrorText } from '../shell/Page';
import { parseDuration, printDuration } from '../time/range';
import { firings } from './comparison';
import { counted, type RuleDraft } from './ownRules';

const daySeconds = 86_400;
const stepSeconds = 60;

interface Tried { expression: string; forSeconds: number }
interface Outcome { labels: string; times: number; seconds: number }

async function lastDay({ expression, forSeconds }: Tried, signal: AbortSignal): Promise<Outcome[]> {
  const end = Math.floor(Date.now() / 1000);
  const start = end - daySeconds;
  const answer = await queryRange(expression, start, end, stepSeconds, signal);
  if (answer.resultType !== 'matrix') throw new Error(`the expression gives a ${answer.resultType}: an alert needs a vector`);
  return answer.result.map(({ metric, values = [] }) => {
    const active = new Array<boolean>(daySeconds / stepSeconds + 1).fill(false);
    for (const [time] of values) active[Math.round((time - start) / stepSeconds)] = true;
    const { __name__: _, ...labels } = metric;
    return { labels: Object.entries(labels).map(([name, value]) => `${name}=${value}`).join(', ') || '(no labels)', ...firings(active, stepSeconds, forSeconds) };
  }).sort((a, b) => b.seconds - a.seconds);
}

const severities = ['critical', 'warning', 'info'];

/** `onAdd` takes the rule over into the file of one's own rules. */
export function RulePreview({ rules, onAdd }: { rules: AlertingRule[]; onAdd: (rule: RuleDraft) => void }) {
  const [name, setName] = useState('MyAlert');
  const [severity, setSeverity] = useState('warning');
  const [summary, setSummary] = useState('{{ $labels.instance }}: {{ $value | humanize }}');
  const [draft, setDraft] = useState('');
  const [hold, setHold] = useState('5m');
  const [tried, setTried] = useState<Tried | null>(null);
  const holdMs = hold.trim() === '' || hold.trim() === '0' ? 0 : parseDuration(hold);
  const run = (expression: string) => holdMs !== undefined && expression.trim() && setTried({ expression: expression.trim(), forSeconds: holdMs / 1000 });
  const { data, error, isFetching } = useQuery({ queryKey: ['try', tried], queryFn: ({ signal }) => lastDay(tried!, signal), enabled: tried !== null, retry: false });
  const fired = data?.filter((one) => one.times > 0) ?? [];
  return (
    <div className="card card-body">
      <div className="row wrap" style={{ marginBottom: 8 }}>
        <div className="field"><label htmlFor="start-from">Start from</label>
          <select id="start-from" value="" onChange={(event) => { const rule = rules.find((one) => one.name === event.currentTarget.value); if (rule) { setDraft(rule.query); setHold(rule.duration ? printDuration(rule.duration * 1000) : '0'); } }}>
            <option value="">a rule</option>{[...new Set(rules.map((one) => one.name))].map((name) => <option key={name}>{name}</option>)}
          </select>
        </div>
        <div className="field"><label htmlFor="hold">For</label><input id="hold" value={hold} onChange={(event) => setHold(event.currentTarget.value)} aria-invalid={holdMs === undefined} style={{ width: 70 }} /></div>
        <button className="button primary" disabled={holdMs === undefined || !draft.trim()} onClick={() => run(draft)}>Try over the last day</button>
        {holdMs === undefined && <span className="error">{hold} is no duration</span>}
      </div>
      <LazyEditor kind="promql" label="Expression of the rule" hint="An expression that gives samples while something is wrong: llm_process_memory_bytes > 8e9" value={draft} onChange={setDraft} onRun={run} />
      {error && !isFetching && <ErrorText error={error} />}
      {tried && data && (
        <div role="status" style={{ marginTop: 10 }}>
          <strong>{fired.length ? `Would have fired ${counted(fired.reduce((sum, one) => sum + one.times, 0), 'time')}, in ${fired.length.toLocaleString()} series` : 'Would not have fired'}</strong>
          <ul style={{ margin: '6px 0', paddingLeft: 20 }}>{fired.slice(0, 10).map((one) => <li key={one.labels}>{counted(one.times, 'time')}, {age(one.seconds)} in all: <span className="dim">{one.labels}</span></li>)}</ul>
          <div className="row wrap rule-fields">
            <div className="field"><label htmlFor="rule-name">Name</label><input id="rule-name" value={name} onChange={(event) => setName(event.currentTarget.value)} style={{ width: 160 }} /></div>
            <div className="field"><label htmlFor="rule-severity">Severity</label><select id="rule-severity" value={severity} onChange={(event) => setSeverity(event.currentTarget.value)}>{severities.map((one) => <option key={one}>{one}</option>)}</select></div>
            <div className="field grow"><label htmlFor="rule-summary">Summary</label><input id="rule-summary" className="grow" value={summary} onChange={(event) => setSummary(event.currentTarget.value)} style={{ maxWidth: 'none' }} /></div>
            <button className="button" disabled={!name.trim()} onClick={() => onAdd({ name: name.trim(), severity, summary: summary.trim(), ...tried })}>Add to your rules</button>
          </div>
        </div>
      )}
    </div>
  );
}
