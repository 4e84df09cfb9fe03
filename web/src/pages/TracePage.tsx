// One trace: waterfall, flame graph or steps, and what is known of the span that is chosen. The URL holds the view, the span, what is closed,
// what is searched and how far it is zoomed.
import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import { Link, useLocation } from 'wouter';
import { ApiError } from '../api/http';
import { formatText } from '../format/units';
import { Icon, type IconName } from '../shell/icons';
import { Empty, ErrorText, Page } from '../shell/Page';
import { useScheme } from '../shell/useScheme';
import { useUrlParams } from '../shell/useUrlParams';
import { formatStamp } from '../time/range';
import { criticalPath } from '../traces/criticalPath';
import { FlameGraph } from '../traces/FlameGraph';
import { Minimap } from '../traces/Minimap';
import type { Trace } from '../traces/model';
import { SpanDetails, tabOf } from '../traces/SpanDetails';
import { selfTimes, stepsOf, type Step } from '../traces/steps';
import { ShareBar, StepTable } from '../traces/Steps';
import { useTrace, useTraceContext } from '../traces/useTrace';
import { ancestorsOf, matches, type Window } from '../traces/waterfall';
import { Waterfall, type WaterfallHandle } from '../traces/Waterfall';
import '../dashboard/dashboard.css';
import '../traces/traces.css';

type View = 'waterfall' | 'flame' | 'steps';
const views: [View, string, IconName][] = [['waterfall', 'Waterfall', 'traces'], ['flame', 'Flame graph', 'flame'], ['steps', 'Steps', 'list']];
/** More than so many closed spans do not stand in the address. */
const closedMax = 200;

/** `from-to` in microseconds. */
function readWindow(text: string | null, trace: Trace): Window {
  const found = /^(\d+)-(\d+)$/.exec(text ?? '');
  const whole = { fromMs: 0, toMs: Math.max(trace.durationMs, 1e-3) };
  if (!found) return whole;
  const window = { fromMs: Number(found[1]) / 1000, toMs: Math.min(Number(found[2]) / 1000, whole.toMs) };
  return window.toMs > window.fromMs ? window : whole;
}

function Numbers({ trace, tokens, cost }: { trace: Trace; tokens: { input: number; output: number; calls: number } | null; cost: number | null }) {
  const all: [string, string, string?][] = [
    ['Duration', formatText(trace.durationMs, 'ms')], ['Spans', trace.spans.length.toLocaleString()], ['Services', String(trace.services.length), trace.services.join(', ')], ['Errors', String(trace.errors)],
    ...(tokens ? ([['Model calls', String(tokens.calls)], ['Tokens in / out', `${tokens.input.toLocaleString()} / ${tokens.output.toLocaleString()}`]] as [string, string][]) : []), ...(cost !== null ? ([['Cost', formatText(cost, 'currencyUSD')]] as [string, string][]) : []),
  ];
  return <div className="numbers trace-numbers">{all.map(([name, value, more]) => <div key={name} className="card number" title={more}><span className="dim">{name}</span><b style={name === 'Errors' && trace.errors ? { color: 'var(--red)' } : undefined}>{value}</b></div>)}</div>;
}

function TraceView({ trace }: { trace: Trace }) {
  const [params, setParams] = useUrlParams();
  const [, go] = useLocation();
  const { scheme } = useScheme();
  const handle = useRef<WaterfallHandle>(null);
  const finder = useRef<HTMLInputElement>(null);
  const view = views.find(([one]) => one === params.get('view'))?.[0] ?? 'waterfall';
  const selected = trace.byId.get(params.get('span') ?? '') ?? -1;
  const isOpen = selected >= 0 && params.get('details') !== '0';
  const closedText = params.get('closed') ?? '';
  const closed = useMemo(() => new Set(closedText === 'all' ? trace.spans.filter((_, i) => trace.depth[i]! > 0 && trace.ends[i]! > i + 1).map((span) => span.id) : closedText.split(',').filter(Boolean)), [closedText, trace]);
  const zoomText = params.get('zoom');
  const window = useMemo(() => readWindow(zoomText, trace), [zoomText, trace]);
  const findText = params.get('find') ?? '';
  const [draft, setDraft] = useState(findText);
  useEffect(() => setDraft(findText), [findText]);
  const found = useMemo(() => matches(trace, findText), [trace, findText]);
  const path = useMemo(() => criticalPath(trace), [trace]);
  const withPath = params.get('path') !== '0';
  const steps = useMemo(() => stepsOf(trace, path), [trace, path]);
  const self = useMemo(() => selfTimes(trace), [trace]);
  const { data: context } = useTraceContext(trace.id, trace.spans.length);
  const models = useMemo(() => {
    const calls = (context?.calls ?? []).filter((call) => call.input_tokens !== null || call.output_tokens !== null);
    // The client's span and the model server's own tell of one call: the outermost counts.
    const ids = new Set(calls.map((call) => call.span));
    const outer = calls.filter((call) => {
      const index = trace.byId.get(call.span);
      return index !== undefined && !ancestorsOf(trace, index).some((id) => ids.has(id));
    });
    if (!outer.length) return null;
    const costs = outer.filter((call) => call.cost_dollars !== null);
    return { tokens: { calls: outer.length, input: outer.reduce((sum, one) => sum + (one.input_tokens ?? 0), 0), output: outer.reduce((sum, one) => sum + (one.output_tokens ?? 0), 0) }, cost: costs.length ? costs.reduce((sum, one) => sum + one.cost_dollars!, 0) : null };
  }, [context, trace]);

  const idOf = (index: number) => trace.spans[index]!.id;
  const select = (index: number, details?: boolean) => setParams({ span: idOf(index), ...(details === undefined ? {} : { details: details ? null : '0' }) }, true);
  const setClosed = (next: Set<string>) => setParams({ closed: next.size && next.size <= closedMax ? [...next].join(',') : null }, true);
  const toggle = (index: number, open: boolean) => {
    const next = new Set(closed);
    if (open) next.delete(idOf(index));
    else next.add(idOf(index));
    // What was chosen below it is not to be seen any more: the closed one is.
    if (!open && selected > index && selected < trace.ends[index]!) setParams({ span: idOf(index), closed: [...next].slice(0, closedMax).join(',') }, true);
    else setClosed(next);
  };
  const zoom = (next: Window | null) => setParams({ zoom: next ? `${Math.floor(next.fromMs * 1000)}-${Math.ceil(next.toMs * 1000)}` : null }, true);
  /** A span in sight, whatever was closed above it. */
  const show = (index: number, details?: boolean) => {
    const next = new Set(closed);
    for (const id of ancestorsOf(trace, index)) next.delete(id);
    setParams({ span: idOf(index), closed: next.size ? [...next].slice(0, closedMax).join(',') : null, ...(details === undefined ? {} : { details: details ? null : '0' }) }, true);
    requestAnimationFrame(() => handle.current?.show(index));
  };
  const step = (by: number) => {
    if (!found.length) return;
    const after = by > 0 ? found.find((i) => i > selected) : [...found].reverse().find((i) => i < selected);
    show(after ?? (by > 0 ? found[0]! : found[found.length - 1]!));
  };
  const pickStep = (one: Step) => {
    const members = trace.spans.map((_, i) => i).filter((i) => trace.spans[i]!.service === one.service && trace.spans[i]!.name === one.name);
    const longest = members.reduce((a, b) => (trace.spans[b]!.durationMs > trace.spans[a]!.durationMs ? b : a));
    const next = new Set(closed);
    for (const id of ancestorsOf(trace, longest)) next.delete(id);
    setParams({ view: null, span: idOf(longest), details: null, closed: next.size ? [...next].join(',') : null });
    requestAnimationFrame(() => handle.current?.show(longest));
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === '/') {
      finder.current?.focus();
      finder.current?.select();
      event.preventDefault();
    } else if (event.key === 'n') step(1);
    else if (event.key === 'N') step(-1);
    else if (event.key === 'c') setParams({ closed: 'all' }, true);
    else if (event.key === 'e') setParams({ closed: null }, true);
    else if (event.key === 'Escape') setParams(isOpen ? { details: '0' } : { zoom: null }, true);
  };
  const isZoomed = zoomText !== null;
  return (
    <>
      <Numbers trace={trace} tokens={models?.tokens ?? null} cost={models?.cost ?? null} />
      <ShareBar steps={steps} scheme={scheme} onPick={pickStep} />
      <div className="trace-tools row wrap">
        <div className="group" role="group" aria-label="View">{views.map(([one, name, icon]) => <button key={one} className={`button${view === one ? ' active' : ''}`} aria-pressed={view === one} onClick={() => setParams({ view: one === 'waterfall' ? null : one })}><Icon name={icon} size={15} /><span>{name}</span></button>)}</div>
        {view === 'waterfall' && (
          <>
            <div className="finder">
              <Icon name="search" size={14} />
              <input ref={finder} type="search" className="input" placeholder="Find: name, service, attribute=value" aria-label="Find in the trace" value={draft}
                onChange={(event) => { setDraft(event.currentTarget.value); setParams({ find: event.currentTarget.value || null }, true); }}
                onKeyDown={(event) => {
                  if (event.key === 'Enter') step(event.shiftKey ? -1 : 1);
                  else if (event.key === 'Escape') { setParams({ find: null }, true); handle.current?.focus(); }
                }} />
              {findText && <span className="dim nowrap" role="status">{found.length.toLocaleString()} found</span>}
            </div>
            {found.length > 0 && <div className="group"><button className="button icon" aria-label="Previous that was found" onClick={() => step(-1)}><span style={{ transform: 'rotate(180deg)', display: 'inline-flex' }}><Icon name="chevron" /></span></button><button className="button icon" aria-label="Next that was found" onClick={() => step(1)}><Icon name="chevron" /></button></div>}
            <span className="spacer" />
            {isZoomed && <button className="button active" onClick={() => zoom(null)}><Icon name="zoomOut" />Whole trace</button>}
            <button className={`button hide-phone${withPath ? ' active' : ''}`} aria-pressed={withPath} title="What the trace waited for" onClick={() => setParams({ path: withPath ? '0' : null }, true)}>Critical path</button>
            <button className="button hide-phone" onClick={() => setParams({ closed: closed.size ? null : 'all' }, true)}>{closed.size ? 'Open all' : 'Close all'}</button>
          </>
        )}
        {view === 'flame' && params.get('focus') && <><span className="spacer" /><button className="button active" onClick={() => setParams({ focus: null })}><Icon name="zoomOut" />Whole trace</button></>}
      </div>
      <div className={`trace-body${isOpen ? ' with-details' : ''}`}>
        <div className="trace-main">
          {view === 'waterfall' && (
            <>
              <Minimap trace={trace} window={window} scheme={scheme} onChange={zoom} />
              <Waterfall trace={trace} window={window} scheme={scheme} closed={closed} selected={selected} found={found} path={withPath ? path : null} onSelect={(index) => select(index)} onOpen={(index) => select(index, !(index === selected && isOpen))} onToggle={toggle} onZoom={zoom} onKey={onKey} handle={handle} />
            </>
          )}
          {view === 'flame' && <FlameGraph trace={trace} scheme={scheme} focus={params.get('focus') ?? ''} selected={selected} onPick={(span, isFocused) => setParams({ span: idOf(span), details: null, focus: isFocused ? idOf(span) : null })} />}
          {view === 'steps' && <StepTable trace={trace} steps={steps} onPick={pickStep} />}
        </div>
        {isOpen && (
          <SpanDetails trace={trace} index={selected} selfMs={self[selected]!} criticalMs={path.filter((one) => one.span === selected).reduce((sum, one) => sum + one.toMs - one.fromMs, 0)} context={context} tab={tabOf(params.get('tab'))}
            onTab={(tab) => setParams({ tab: tab === 'span' ? null : tab }, true)} onFind={(query) => go(`/traces?q=${encodeURIComponent(query)}`)} onClose={() => { setParams({ details: '0' }, true); handle.current?.focus(); }} />
        )}
      </div>
      {trace.orphans > 0 && <p className="dim trace-note"><Icon name="info" size={13} /> {trace.orphans.toLocaleString()} spans name a parent that has not come: they stand as roots.</p>}
    </>
  );
}

export default function TracePage({ id }: { id: string }) {
  const { data: trace, error, isPending } = useTrace(id);
  const isGone = error instanceof ApiError && error.status === 404;
  const title = trace ? (trace.spans[0]?.name ?? 'Trace') : 'Trace';
  return (
    <Page name={trace ? `${title} ${id.slice(0, 8)}` : 'Trace'} title={<span className="row"><Link href="/traces">Traces</Link><span className="dim">/</span><span className="ellipsis trace-title">{title}</span></span>}
      controls={trace && <span className="row wrap trace-head"><span className="dim">{trace.spans[0]?.service}</span><span className="dim hide-phone">{formatStamp(trace.startMs)}</span><code className="dim hide-phone">{id}</code><button className="button ghost icon small hide-phone" aria-label="Copy the trace id" title="Copy the trace id" onClick={() => void navigator.clipboard?.writeText(id)}><Icon name="link" size={13} /></button>
        <Link className="button small" href={`/traces?from=${Math.round(trace.startMs - 18e5)}&to=${Math.round(Math.min(Date.now(), trace.startMs + 18e5))}&pick=${id}`}><Icon name="compare" size={14} />Compare</Link></span>}
    >
      {isPending && <div className="card panel-wait" style={{ height: 320 }} aria-busy="true" />}
      {error && (isGone ? <div className="card" style={{ height: 220 }}><Empty title="This trace is not here"><span className="mono">{id}</span><span>It may have been sampled out, or be older than <code>traces.retention</code>. A trace that is just being made comes with its first finished span.</span></Empty></div> : <ErrorText error={error} />)}
      {trace && <TraceView trace={trace} />}
      {!isPending && !error && !trace && <div className="card" style={{ height: 160 }}><Empty title="This trace has no span" /></div>}
    </Page>
  );
}
