// LogQL by hand: the editor, how many lines there were, the lines, what they are made of, and the live tail. The URL holds it all.
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { ApiError } from '../api/http';
import { linesOf, logLabels, queryLogs, type LogLine, type Stream } from '../api/loki';
import { TimeChart, type ChartSeries } from '../charts/TimeChart';
import { stack } from '../dashboard/columns';
import '../dashboard/dashboard.css';
import { PanelView } from '../dashboard/PanelView';
import { readDashboard } from '../dashboard/model';
import { HistoryMenu } from '../editor/HistoryMenu';
import { LazyEditor } from '../editor/LazyEditor';
import { remember } from '../editor/history';
import { fieldCounts, withFilter } from '../logs/fields';
import { LabelTable } from '../logs/LabelTable';
import type { Level } from '../logs/level';
import { LogList, marksOf } from '../logs/LogList';
import { askVolume } from '../logs/volume';
import { useTail } from '../logs/useTail';
import { Icon } from '../shell/icons';
import { Empty, ErrorText, Page } from '../shell/Page';
import { useUrlParams } from '../shell/useUrlParams';
import { formatStamp } from '../time/range';
import { useTimeState } from '../time/useTime';
import { ExploreTabs } from './ExploreMetrics';

const limits = [200, 1000, 5000];
const contextMs = 60_000;
const contextLines = 200;
const examples: [string, string][] = [
  ['Users and models', '{job="llm-model"} |~ "\\\\[USER\\\\]|\\\\[MODEL\\\\]"'], ['Errors', '{job="llm-model"} |= "ERROR"'], ['Everything', '{job=~".+"}'], ['Lines per second', 'sum by (filename) (rate({job=~".+"}[1m]))'],
];
const levelColors: Record<Level, string> = { error: '#EB5757', warn: '#F2C94C', info: '#27AE60', debug: '#56A3F0', unknown: '#5e7869' };
const isMetric = (query: string) => !/^\s*\{/.test(query);

function VolumeChart({ query, time }: { query: string; time: ReturnType<typeof useTimeState> }) {
  const { span, generation } = time;
  const { data } = useQuery({ queryKey: ['volume', query, span, generation], queryFn: ({ signal }) => askVolume(query, span, signal), placeholderData: keepPreviousData, retry: false });
  const drawn = useMemo(() => (data ? stack([...data.byLevel].reverse().map((one) => one.values)).reverse() : []), [data]);
  if (!data || !data.byLevel.length) return null;
  const series = data.byLevel.map(({ level }): ChartSeries => ({ label: level, color: levelColors[level], fill: 1, width: 0.5, drawStyle: 'bars', shown: true, format: (value) => (value === null ? '-' : value.toLocaleString()) }));
  return (
    <section className="card" aria-label="Volume" style={{ marginBottom: 10 }}>
      <header className="card-head"><h2>{data.total.toLocaleString()} lines</h2><span className="spacer" />{data.byLevel.map(({ level }) => <span key={level} className="row dim" style={{ gap: 5, fontSize: 12 }}><i style={{ width: 9, height: 9, borderRadius: 2, background: levelColors[level] }} />{level}</span>)}</header>
      <div style={{ height: 96, padding: '0 12px 8px' }}>
        <TimeChart label="Lines over time, by level" times={data.times} values={drawn} said={data.byLevel.map((one) => one.values)} series={series} fromMs={span.fromMs} toMs={span.toMs} axisFormat={(value) => value.toLocaleString()} min={0}
          onZoom={(from, to) => time.setRange({ from: String(Math.round(from)), to: String(Math.round(to)) })} />
      </div>
    </section>
  );
}

function Fields({ lines, onFilter }: { lines: LogLine[]; onFilter: (name: string, operator: '=' | '!=', value: string, inLine?: boolean) => void }) {
  const fields = useMemo(() => fieldCounts(lines), [lines]);
  return (
    <aside className="card log-fields hide-phone" tabIndex={0} aria-label="Fields of the lines">
      {fields.map((field) => (
        <details key={field.name} open={field.distinct > 1 && field.distinct < 12}>
          <summary><strong>{field.name}</strong> <span className="dim" title="different values">{field.distinct}</span>{field.lines < lines.length && <span className="dim" title="of the lines have it"> in {Math.max(1, Math.round((field.lines / lines.length) * 100))}%</span>}</summary>
          {field.top.map(({ value, lines: count }) => (
            <button key={value} className="option" title={`Only ${field.name} = ${value}`} onClick={() => onFilter(field.name, '=', value, field.inLine)}>
              <span className="ellipsis grow">{value || '(empty)'}</span><span className="dim num">{Math.round((count / field.lines) * 100)}%</span>
            </button>
          ))}
        </details>
      ))}
    </aside>
  );
}

export default function ExploreLogs() {
  const [params, setParams] = useUrlParams();
  const time = useTimeState();
  const asked = params.get('q') ?? '';
  const [draft, setDraft] = useState(asked);
  useEffect(() => setDraft(asked), [asked]);
  const limit = limits.find((one) => String(one) === params.get('limit')) ?? limits[1]!;
  const live = params.get('live') === '1' && asked !== '' && !isMetric(asked);
  const wrap = params.get('wrap') === '1';
  const oldest = params.get('order') === 'oldest';
  const { span, generation } = time;
  const metric = asked !== '' && isMetric(asked);
  const { data, error, isFetching } = useQuery({
    queryKey: ['logs', asked, span, generation, limit, oldest],
    queryFn: async ({ signal }) => {
      const answer = await queryLogs(asked, span.fromMs, span.toMs, limit, oldest ? 'forward' : 'backward', signal);
      const streams = answer.resultType === 'streams' ? answer.result : [];
      return { lines: linesOf(streams, oldest ? 'forward' : 'backward'), streams };
    },
    enabled: asked !== '' && !metric && !live, placeholderData: keepPreviousData, retry: false,
  });
  const labels = useQuery({ queryKey: ['log-labels', Math.floor(span.fromMs / 6e4)], queryFn: ({ signal }) => logLabels(span.fromMs, span.toMs, signal), retry: false });
  const tailing = useTail(live ? asked : null);
  const lines = live ? tailing.lines : (data?.lines ?? []);
  const streamLabels = useMemo(() => new Set([...(labels.data ?? []), ...(data?.streams ?? []).flatMap((one: Stream) => (Object.keys(one.stream).length < 4 ? Object.keys(one.stream) : []))]), [labels.data, data]);
  const mark = useMemo(() => marksOf(asked), [asked]);
  const run = (query: string) => {
    remember('logs', query.trim());
    if (query.trim() === asked) time.reload();
    else setParams({ q: query.trim() || null });
  };
  const filter = (name: string, operator: '=' | '!=', value: string, inLine = false) => run(withFilter(asked, name, operator, value, streamLabels.has(name), inLine));
  const around = (line: LogLine) => {
    const own = Object.entries(line.labels).filter(([name]) => streamLabels.has(name)).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
    setParams({ q: `{${own.join(', ')}}`, from: String(line.ms - contextMs), to: String(line.ms + contextMs), order: 'oldest', limit: String(contextLines), live: null });
  };
  const panel = useMemo(() => (metric ? readDashboard({ schemaVersion: 41, panels: [{ id: 1, type: 'timeseries', title: 'Graph', datasource: { type: 'loki', uid: 'monitorai' }, targets: [{ refId: 'A', expr: asked }], fieldConfig: { defaults: { unit: 'short', custom: { fillOpacity: 8 } }, overrides: [] }, options: { legend: { displayMode: 'table', calcs: ['lastNotNull', 'max', 'mean'] } } }] }).panels[0] : undefined), [metric, asked]);
  const noStore = error instanceof ApiError && error.status === 404;
  const toggle = (name: string, on: boolean) => setParams({ [name]: on ? '1' : null }, true);
  return (
    <Page name="Explore logs" title="Explore" time={time} controls={<ExploreTabs at="logs" />}>
      <div className="queries">
        <div className="query"><LazyEditor kind="logql" label="LogQL query" hint={'LogQL: {job="llm-model"} |= "error"'} value={draft} onChange={setDraft} onRun={run} /></div>
        <div className="row wrap">
          <button className="button primary" onClick={() => run(draft)}><Icon name="play" size={13} />Run</button>
          <button className={`button${live ? ' active' : ''}`} aria-pressed={live} disabled={!asked || metric} onClick={() => toggle('live', !live)}><Icon name={live ? 'pause' : 'play'} size={13} />Live</button>
          <HistoryMenu kind="logs" onPick={run} />
          <span className="spacer" />
          <button className={`button${wrap ? ' active' : ''}`} aria-pressed={wrap} onClick={() => toggle('wrap', !wrap)}><Icon name="wrap" />Wrap</button>
          {!live && <button className="button" onClick={() => setParams({ order: oldest ? null : 'oldest' }, true)}>{oldest ? 'Oldest first' : 'Newest first'}</button>}
          <div className="field"><label htmlFor="limit">Lines</label><select id="limit" value={limit} onChange={(event) => setParams({ limit: event.currentTarget.value }, true)}>{limits.map((one) => <option key={one}>{one}</option>)}</select></div>
        </div>
      </div>
      {!asked && (
        <div className="card" style={{ height: 260 }}>
          <Empty title="Ask for lines">
            <span>Enter runs a query, Ctrl-Space completes labels and their values.</span>
            <span className="row wrap" style={{ justifyContent: 'center', marginTop: 8 }}>{examples.map(([name, query]) => <button key={name} className="button" onClick={() => run(query)}>{name}</button>)}</span>
          </Empty>
        </div>
      )}
      {error && !live && !isFetching && (noStore ? <div className="card" style={{ height: 160 }}><Empty title="No log store here"><span>This server answers no LogQL.</span></Empty></div> : <ErrorText error={error} />)}
      {panel && <div className="explore-result"><PanelView panel={panel} values={{}} ready /></div>}
      {asked && !metric && !noStore && (
        <>
          {!live && !error && <VolumeChart query={asked} time={time} />}
          {live && (
            <p className="row dim" role="status" style={{ margin: '0 0 8px' }}>
              <span className={`dot ${tailing.state === 'open' ? 'up' : tailing.state === 'lost' ? 'down' : 'wait'}`} />
              {tailing.state === 'open' ? `following, ${lines.length.toLocaleString()} lines` : tailing.state === 'lost' ? `not connected, trying again${tailing.why ? `: ${tailing.why}` : ''}` : 'connecting'}
              {tailing.dropped > 0 && `, ${tailing.dropped.toLocaleString()} older ones left the view`}
            </p>
          )}
          {!error && (
            <div className="log-view">
              <div className="card grow log-card">
                {lines.length ? (
                  <LogList lines={lines} wrap={wrap} mark={mark} showDate={!live && span.toMs - span.fromMs > 12 * 36e5} label="Log lines" follow={live}
                    renderDetails={(line) => (
                      <>
                        <LabelTable line={line} onFilter={filter} />
                        <div className="log-details row" style={{ borderTop: 0, paddingTop: 0 }}><button className="button small" onClick={() => around(line)}>Lines around {formatStamp(line.ms)}</button></div>
                      </>
                    )} />
                ) : live ? <Empty title="Waiting for lines" /> : data && !isFetching ? <Empty title="No line matches in this time range"><span>Widen the range, or loosen the query.</span></Empty> : <div className="panel-wait" />}
              </div>
              {lines.length > 0 && <Fields lines={lines} onFilter={filter} />}
            </div>
          )}
        </>
      )}
    </Page>
  );
}
