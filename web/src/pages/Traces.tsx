// Traces: a form or TraceQL asks, dots over time and a list answer. The URL holds it all.
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useEffect, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { ApiError } from '../api/http';
import { searchTraces, traceTagValues } from '../api/tempo';
import { HistoryMenu } from '../editor/HistoryMenu';
import { LazyEditor } from '../editor/LazyEditor';
import { remember } from '../editor/history';
import { Icon } from '../shell/icons';
import { Empty, ErrorText, Page } from '../shell/Page';
import { useScheme } from '../shell/useScheme';
import { useUrlParams } from '../shell/useUrlParams';
import { useTimeState } from '../time/useTime';
import { emptyForm, formOf, isMetricsQuery, queryOf } from '../traces/query';
import { SearchForm } from '../traces/SearchForm';
import { TraceMetrics } from '../traces/TraceMetrics';
import { dotsOf, TraceScatter } from '../traces/TraceScatter';
import { readSort, TraceTable } from '../traces/TraceTable';
import '../dashboard/dashboard.css';
import '../traces/traces.css';

const limits = [50, 200, 500, 1000];
const everySpan = '{ }';
const examples: [string, string][] = [
  ['Errors', '{ status = error }'], ['Slow requests', '{ duration > 1s && kind = server }'], ['Calls of models', '{ span.gen_ai.operation.name != nil }'], ['Latency', '{ kind = server } | quantile_over_time(duration, 0.5, 0.95, 0.99)'], ['Rate by service', '{ } | rate() by (resource.service.name)'],
];

/** How a newcomer's first trace gets here. */
function SendTraces() {
  const lines = `export OTEL_EXPORTER_OTLP_ENDPOINT=${location.origin}\nexport OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf`;
  const [copied, setCopied] = useState(false);
  return (
    <section className="card send-traces" aria-label="How to send traces">
      <strong>No trace has come yet</strong>
      <p>Point any OpenTelemetry SDK at this server, and start your service again. No library of ours is needed.</p>
      <div className="send-lines">
        <pre tabIndex={0}>{lines}</pre>
        <button className="button small" onClick={() => navigator.clipboard?.writeText(lines).then(() => setCopied(true))}><Icon name={copied ? 'check' : 'download'} size={13} />{copied ? 'Copied' : 'Copy'}</button>
      </div>
      <p className="dim">Then for instance <code className="code">opentelemetry-instrument python my_service.py</code>. gRPC is taken on port 4317, Zipkin's JSON at <code className="code">/api/v2/spans</code>. Each request is one tree here, and its latency, tokens and cost are metrics.</p>
    </section>
  );
}

export default function Traces() {
  const [params, setParams] = useUrlParams();
  const [, go] = useLocation();
  const time = useTimeState();
  const { scheme } = useScheme();
  const { span, generation } = time;
  const asked = params.get('q')?.trim() || everySpan;
  const [draft, setDraft] = useState(asked);
  useEffect(() => setDraft(asked), [asked]);
  const limit = limits.find((one) => String(one) === params.get('limit')) ?? limits[1]!;
  const sort = readSort(params.get('sort'));
  const picked = params.getAll('pick').slice(0, 2);
  const metrics = isMetricsQuery(asked);
  const form = useMemo(() => formOf(asked), [asked]);
  const draftForm = useMemo(() => formOf(draft) ?? form ?? emptyForm, [draft, form]);
  const { data, error, isFetching } = useQuery({
    queryKey: ['traces', asked, span, generation, limit],
    queryFn: async ({ signal }) => ({ span, dots: dotsOf((await searchTraces(asked, span.fromMs, span.toMs, limit, signal)).traces) }),
    enabled: !metrics, placeholderData: keepPreviousData, retry: false,
  });
  const isEmpty = data !== undefined && !data.dots.length && !isFetching;
  // Whether anything ever came: asked only where nothing was found.
  const { data: services } = useQuery({ queryKey: ['trace-services', generation], queryFn: ({ signal }) => traceTagValues('resource.service.name', '', 0, Date.now() + 6e5, signal), enabled: isEmpty, retry: false });
  const run = (query: string) => {
    remember('traces', query.trim());
    if (query.trim() === asked) time.reload();
    else setParams({ q: query.trim() && query.trim() !== everySpan ? query.trim() : null, pick: null });
  };
  const pick = (id: string, on: boolean) => setParams({ pick: on ? [...picked, id] : picked.filter((one) => one !== id) }, true);
  const noStore = error instanceof ApiError && error.status === 404;
  const errors = data?.dots.filter((dot) => dot.errors > 0).length ?? 0;
  return (
    <Page name="Traces" title="Traces" time={time}>
      <SearchForm form={draftForm} span={span} onChange={(next) => setDraft(queryOf(next))} onRun={run} />
      <div className="queries">
        <div className="query"><LazyEditor kind="traceql" label="TraceQL query" hint={'TraceQL: { status = error && duration > 500ms }'} value={draft} onChange={setDraft} onRun={run} /></div>
        <div className="row wrap">
          <button className="button primary" onClick={() => run(draft)}><Icon name="play" size={13} />Run</button>
          <HistoryMenu kind="traces" onPick={run} />
          <span className="row wrap examples hide-phone">{examples.map(([name, query]) => <button key={name} className="button ghost small" title={query} onClick={() => run(query)}>{name}</button>)}</span>
          <span className="spacer" />
          <div className="field"><label htmlFor="limit">Traces</label><select id="limit" value={limit} onChange={(event) => setParams({ limit: event.currentTarget.value }, true)}>{limits.map((one) => <option key={one}>{one}</option>)}</select></div>
        </div>
      </div>
      {picked.length > 0 && (
        <div className="card compare-bar" role="status">
          <Icon name="compare" /><span>{picked.length === 2 ? 'Two traces are picked.' : 'Pick another trace to compare with.'}</span><span className="spacer" />
          {picked.length === 2 && <Link className="button primary small" href={`/traces/compare?a=${picked[0]}&b=${picked[1]}`}>Compare them</Link>}
          <button className="button small" onClick={() => setParams({ pick: null }, true)}>Clear</button>
        </div>
      )}
      {error && !isFetching && (noStore ? <div className="card" style={{ height: 160 }}><Empty title="Traces are off here"><span><code>traces.enabled</code> of the configuration turns them on.</span></Empty></div> : <ErrorText error={error} />)}
      {metrics && <TraceMetrics query={asked} time={time} />}
      {!metrics && !error && !data && <div className="card panel-wait" style={{ height: 240 }} aria-busy="true" />}
      {!metrics && !error && isEmpty && services && (services.length === 0 ? <SendTraces /> : <div className="card" style={{ height: 220 }}><Empty title="No trace matches in this time range"><span>Widen the range, or loosen the query.</span></Empty></div>)}
      {!metrics && !error && data && data.dots.length > 0 && (
        <>
          <section className="card" aria-label="Durations over time">
            <header className="card-head">
              <h2>{data.dots.length.toLocaleString()} traces{data.dots.length >= limit ? ' (the newest)' : ''}</h2>
              {errors > 0 && <span className="tag red">{errors.toLocaleString()} with errors</span>}
              <span className="spacer" />{isFetching && <span className="busy" aria-hidden="true" />}<span className="dim hide-phone" style={{ fontSize: 12 }}>a click opens, dragging zooms</span>
            </header>
            <TraceScatter dots={data.dots} span={data.span} scheme={scheme} picked={picked} onOpen={(id) => go(`/traces/${id}`)} onZoom={(from, to) => time.setRange({ from: String(Math.round(from)), to: String(Math.round(to)) })} />
          </section>
          <TraceTable dots={data.dots} sort={sort} scheme={scheme} picked={picked} onPick={pick} onSort={(next) => setParams({ sort: `${next.down ? '-' : ''}${next.by}` }, true)} />
        </>
      )}
    </Page>
  );
}
