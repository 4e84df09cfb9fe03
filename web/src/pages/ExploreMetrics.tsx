// PromQL by hand: editors with completion, a graph and a table of what they give. The URL holds it all: `q` (repeated), `view`.
import { useEffect, useMemo, useState } from 'react';
import { Link } from 'wouter';
import { PanelView } from '../dashboard/PanelView';
import '../dashboard/dashboard.css';
import { readDashboard, type Panel } from '../dashboard/model';
import { LazyEditor } from '../editor/LazyEditor';
import { HistoryMenu } from '../editor/HistoryMenu';
import { remember } from '../editor/history';
import { Icon } from '../shell/icons';
import { Empty, Page } from '../shell/Page';
import { useUrlParams } from '../shell/useUrlParams';
import { useTimeState } from '../time/useTime';

export const queriesMax = 12;
const examples: [string, string][] = [
  ['GPU memory by model', 'sum by (model_name) (llm_process_gpu_memory_bytes)'],
  ['CPU of Transformers', 'llm_process_cpu_percent{framework="transformers"}'],
  ['P95 latency', 'histogram_quantile(0.95, sum(rate(llm_inference_latency_seconds_bucket[5m])) by (le))'],
  ['Tokens per second', 'sum by (model_name, direction) (rate(llm_tokens_total[1m]))'],
];

/** The unit that a metric's name promises (Prometheus's own convention: the base unit is in the name). */
export function unitOf(query: string): string {
  if (/histogram_quantile/.test(query) && /seconds/.test(query)) return 's';
  if (/\b(count|count_values|changes|absent)\s*(by|without|\()/.test(query)) return 'short';
  const rated = /\b(i?rate|deriv)\s*\(/.test(query);
  if (/_bytes(_total)?\b/.test(query)) return rated ? 'binBps' : 'bytes';
  if (/_percent\b|_utilization\b/.test(query)) return 'percent';
  if (/_ratio\b/.test(query)) return 'percentunit';
  if (/_timestamp_seconds\b|_time_seconds\b/.test(query) && !/time\(\)/.test(query)) return 'none';
  if (/_seconds(_sum)?\b/.test(query) && !rated) return 's';
  if (/celsius|temperature/.test(query)) return 'celsius';
  return 'short';
}

function panelOf(queries: string[], asTable: boolean): Panel {
  const units = [...new Set(queries.map(unitOf))];
  const targets = queries.map((expr, i) => ({ refId: String.fromCharCode(65 + i), expr, instant: asTable, format: asTable ? 'table' : 'time_series', exemplar: !asTable && /_bucket\b/.test(expr) }));
  const graph = {
    id: 1, type: 'timeseries', title: 'Graph', datasource: { type: 'prometheus', uid: 'monitorai' }, targets,
    fieldConfig: { defaults: { unit: units.length === 1 ? units[0] : 'short', custom: { lineWidth: 1.5, fillOpacity: 5 } }, overrides: [] },
    options: { legend: { displayMode: 'table', placement: 'bottom', calcs: ['lastNotNull', 'min', 'max', 'mean'] } },
  };
  const table = { ...graph, type: 'table', title: 'Table', options: {}, transformations: queries.length > 1 ? [{ id: 'merge', options: {} }] : [], fieldConfig: { defaults: {}, overrides: [{ matcher: { id: 'byRegexp', options: '/^Value/' }, properties: [{ id: 'unit', value: units.length === 1 ? units[0] : 'short' }] }] } };
  return readDashboard({ schemaVersion: 41, panels: [asTable ? table : graph] }).panels[0]!;
}

export function ExploreTabs({ at }: { at: 'metrics' | 'logs' }) {
  return (
    <nav className="group" aria-label="Explore">
      <Link href="/explore/metrics" className={`button${at === 'metrics' ? ' active' : ''}`} aria-current={at === 'metrics' ? 'page' : undefined}><Icon name="metrics" />Metrics</Link>
      <Link href="/explore/logs" className={`button${at === 'logs' ? ' active' : ''}`} aria-current={at === 'logs' ? 'page' : undefined}><Icon name="logs" />Logs</Link>
    </nav>
  );
}

export default function ExploreMetrics() {
  const [params, setParams] = useUrlParams();
  const time = useTimeState();
  const asked = params.getAll('q').slice(0, queriesMax);
  const askedKey = JSON.stringify(asked);
  const [drafts, setDrafts] = useState<string[]>(asked.length ? asked : ['']);
  const asTable = params.get('view') === 'table';
  useEffect(() => setDrafts(asked.length ? asked : ['']), [askedKey]);
  const run = (list: string[]) => {
    const wanted = list.map((one) => one.trim()).filter((one) => one !== '');
    [...wanted].reverse().forEach((one) => remember('metrics', one));
    if (JSON.stringify(wanted) === askedKey) time.reload();
    else setParams({ q: wanted });
  };
  const panel = useMemo(() => (asked.length ? panelOf(asked, asTable) : undefined), [askedKey, asTable]);
  const change = (index: number, text: string) => setDrafts(drafts.map((one, i) => (i === index ? text : one)));
  return (
    <Page name="Explore metrics" title="Explore" time={time} controls={<ExploreTabs at="metrics" />}>
      <div className="queries">
        {drafts.map((draft, i) => (
          <div key={i} className="query">
            <span className="query-name" aria-hidden="true">{String.fromCharCode(65 + i)}</span>
            <LazyEditor kind="promql" label={`Query ${String.fromCharCode(65 + i)}`} hint="PromQL: start to type a metric's name" value={draft} onChange={(text) => change(i, text)} onRun={(text) => run(drafts.map((one, j) => (j === i ? text : one)))} />
            {drafts.length > 1 && <button className="button icon" aria-label={`Remove query ${String.fromCharCode(65 + i)}`} onClick={() => { const rest = drafts.filter((_, j) => j !== i); setDrafts(rest); run(rest); }}><Icon name="close" /></button>}
          </div>
        ))}
        <div className="row wrap">
          <button className="button primary" onClick={() => run(drafts)}><Icon name="play" size={13} />Run</button>
          <button className="button" disabled={drafts.length >= queriesMax} onClick={() => setDrafts([...drafts, ''])}><Icon name="plus" />Query</button>
          <HistoryMenu kind="metrics" onPick={(query) => { const next = [...drafts.slice(0, -1), query]; setDrafts(next); run(next); }} />
          <span className="spacer" />
          <div className="group" role="group" aria-label="Show as">
            <button className={`button${asTable ? '' : ' active'}`} aria-pressed={!asTable} onClick={() => setParams({ view: null })}>Graph</button>
            <button className={`button${asTable ? ' active' : ''}`} aria-pressed={asTable} onClick={() => setParams({ view: 'table' })}>Table</button>
          </div>
        </div>
      </div>
      <div className="explore-result">
        {panel ? <PanelView key={asTable ? 'table' : 'graph'} panel={panel} values={{}} ready /> : (
          <div className="card" style={{ height: '100%' }}>
            <Empty title="Ask for something">
              <span>Enter runs a query, Shift-Enter breaks the line, Ctrl-Space completes.</span>
              <span className="row wrap" style={{ justifyContent: 'center', marginTop: 8 }}>{examples.map(([name, query]) => <button key={name} className="button" onClick={() => run([query])}>{name}</button>)}</span>
            </Empty>
          </div>
        )}
      </div>
    </Page>
  );
}
