// One span: what it is, the call of a model that it may be with prompt and answer, its attributes, events and links; its process and its log
// lines are tabs of their own.
import { useState } from 'react';
import { Link } from 'wouter';
import type { JoinedProcess, ModelCall, TraceContext } from '../api/tempo';
import { formatText } from '../format/units';
import { Icon } from '../shell/icons';
import { formatStamp } from '../time/range';
import { conversationOf, type Message } from './content';
import { plainText, type Bag, type Span, type Trace } from './model';
import { ProcessOfSpan } from './ProcessOfSpan';
import { LogsOfSpan } from './LogsOfSpan';

export type Tab = 'span' | 'process' | 'logs';
export const tabOf = (text: string | null): Tab => (text === 'process' || text === 'logs' ? text : 'span');
const longText = 600;

function Long({ text }: { text: string }) {
  const [open, setOpen] = useState(false);
  const cut = text.length > longText && !open;
  return <>{cut ? text.slice(0, longText) : text}{text.length > longText && <button className="button small more" onClick={() => setOpen(!open)}>{open ? 'Less' : `All ${text.length.toLocaleString()} characters`}</button>}</>;
}

function Attributes({ bag, onFind }: { bag: Bag; onFind?: (text: string) => void }) {
  const rows = Object.entries(bag).sort(([a], [b]) => a.localeCompare(b));
  return (
    <dl className="span-attributes">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt title={name}>{name}</dt>
          <dd><span className={typeof value === 'number' ? 'mono number-value' : 'mono'}><Long text={plainText(value)} /></span>{onFind && <button className="button small ghost icon find" title="Traces with this" aria-label={`Traces with ${name} = ${plainText(value).slice(0, 60)}`} onClick={() => onFind(name)}><Icon name="search" size={12} /></button>}</dd>
        </div>
      ))}
    </dl>
  );
}

function Messages({ title, list }: { title: string; list: Message[] }) {
  if (!list.length) return null;
  return (
    <section className="messages" aria-label={title}>
      {list.map((one, i) => <div key={i} className={`message ${one.role}`}><span className="message-role">{one.role}</span><p dir="auto"><Long text={one.text} /></p></div>)}
    </section>
  );
}

const count = (value: number | null) => (value === null ? '-' : value.toLocaleString());

function Call({ call, span }: { call: ModelCall; span: Span }) {
  const seconds = call.latency_seconds ?? span.durationMs / 1000;
  const decode = call.first_token_seconds !== null ? seconds - call.first_token_seconds : null;
  const perSecond = call.output_tokens !== null && call.output_tokens > 1 && decode !== null && decode > 0 ? (call.output_tokens - 1) / decode : null;
  const numbers: [string, string, string?][] = [
    ['Input', count(call.input_tokens), call.cached_tokens ? `${call.cached_tokens.toLocaleString()} of them cached` : undefined], ['Output', count(call.output_tokens)],
    ['First token', call.first_token_seconds === null ? '-' : formatText(call.first_token_seconds, 's')], ['Speed', perSecond === null ? '-' : `${formatText(perSecond, 'none', perSecond < 10 ? 1 : 0)}/s`],
    ...(call.cost_dollars === null ? [] : ([['Cost', formatText(call.cost_dollars, 'currencyUSD')]] as [string, string][])),
  ];
  return (
    <section className="call" aria-label="Call of a model">
      <header><span className="tag green">{call.kind}</span><b>{call.model || 'model not told'}</b>{call.provider && <span className="dim">{call.provider}</span>}<span className="spacer" /><span className="dim" title="the convention that the span speaks">{call.dialect}</span></header>
      <div className="call-numbers">{numbers.map(([name, value, more]) => <div key={name} title={more}><span className="dim">{name}</span><b>{value}</b>{more && <small className="dim">{more}</small>}</div>)}</div>
    </section>
  );
}

function Section({ title, children, open = true, note }: { title: string; children: React.ReactNode; open?: boolean; note?: string }) {
  return <details className="span-section" open={open}><summary>{title}{note && <span className="dim"> {note}</span>}</summary>{children}</details>;
}

export interface SpanDetailsProps {
  trace: Trace;
  index: number;
  selfMs: number;
  criticalMs: number;
  context: TraceContext | undefined;
  tab: Tab;
  onTab: (tab: Tab) => void;
  onFind: (query: string) => void;
  onClose: () => void;
}

/** As TraceQL compares it; undefined for lists and maps. */
function condition(scope: string, name: string, bag: Bag): string | undefined {
  const value = bag[name];
  if (value === null || value === undefined || typeof value === 'object') return undefined;
  const field = /^[A-Za-z_][\w.\-/]*$/.test(name) ? `${scope}.${name}` : `${scope}.${JSON.stringify(name)}`;
  return `{ ${field} = ${typeof value === 'string' ? JSON.stringify(value) : String(value)} }`;
}

export function SpanDetails({ trace, index, selfMs, criticalMs, context, tab, onTab, onFind, onClose }: SpanDetailsProps) {
  const span = trace.spans[index]!;
  const call = context?.calls.find((one) => one.span === span.id);
  const processes = (context?.processes ?? []).flatMap((process) => process.spans.filter((one) => one.span === span.id).map((join): { process: JoinedProcess; join: (typeof process.spans)[0] } => ({ process, join })))
    // Who answered a call says more of it than who made it.
    .sort((a, b) => b.join.role.localeCompare(a.join.role));
  const talk = conversationOf(span);
  const find = (scope: string, bag: Bag) => (name: string) => {
    const query = condition(scope, name, bag);
    if (query) onFind(query);
  };
  const tabs: [Tab, string][] = [['span', 'Span'], ['process', processes.length ? `Process ${processes[0]!.process.pid}` : 'Process'], ['logs', 'Logs']];
  const share = (ms: number) => formatText(trace.durationMs > 0 ? (ms / trace.durationMs) * 100 : 0, 'percent', 1);
  const facts: [string, React.ReactNode][] = [
    ['Duration', <>{formatText(span.durationMs, 'ms')} <span className="dim">{share(span.durationMs)} of the trace</span></>], ['Itself', <>{formatText(selfMs, 'ms')} <span className="dim">while nothing below it ran</span></>],
    ['Waited for', <>{formatText(criticalMs, 'ms')} <span className="dim">{share(criticalMs)}</span></>], ['Began', <>{formatText(span.startMs, 'ms')} <span className="dim">into the trace, {formatStamp(trace.startMs + span.startMs)}</span></>],
    ['Span id', <span className="mono">{span.id}</span>], ...(span.scope ? ([['Made by', span.scope]] as [string, string][]) : []),
  ];
  return (
    <aside className="span-details card" aria-label={`Span ${span.name}`}>
      <header className="details-head">
        <div className="grow"><div className="row wrap"><h2>{span.name}</h2>{span.isError && <span className="tag red">error</span>}{span.kind && span.kind !== 'internal' && <span className="tag">{span.kind}</span>}</div><span className="dim">{span.service}</span></div>
        <button className="button icon small" aria-label="Close" onClick={onClose}><Icon name="close" size={13} /></button>
      </header>
      <div className="details-tabs" role="tablist" aria-label="About the span">
        {tabs.map(([one, name]) => <button key={one} role="tab" id={`tab-${one}`} aria-selected={tab === one} aria-controls="tab-panel" tabIndex={tab === one ? 0 : -1} onClick={() => onTab(one)}
          onKeyDown={(event) => {
            const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
            if (!step) return;
            const next = tabs[(tabs.findIndex(([each]) => each === tab) + step + tabs.length) % tabs.length]![0];
            onTab(next);
            document.getElementById(`tab-${next}`)?.focus();
          }}>{name}</button>)}
      </div>
      <div className="details-body" id="tab-panel" role="tabpanel" aria-labelledby={`tab-${tab}`} tabIndex={0}>
        {tab === 'span' && (
          <>
            {span.statusMessage && <p className="error status-message">{span.statusMessage}</p>}
            {call && <Call call={call} span={span} />}
            <Messages title="Prompt" list={talk.input} /><Messages title="Answer" list={talk.output} />
            <dl className="facts">{facts.map(([name, value]) => <div key={name} style={{ display: 'contents' }}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>
            {span.events.length > 0 && (
              <Section title="Events" note={String(span.events.length)}>
                {span.events.slice(0, 200).map((event, i) => <div key={i} className={`span-event-row${event.name === 'exception' ? ' bad' : ''}`}><div className="row"><b>{event.name}</b><span className="spacer" /><span className="dim num">{formatText(event.atMs - span.startMs, 'ms')} in</span></div><Attributes bag={event.attributes} /></div>)}
              </Section>
            )}
            {Object.keys(span.attributes).length > 0 && <Section title="Attributes" note={String(Object.keys(span.attributes).length)}><Attributes bag={span.attributes} onFind={find('span', span.attributes)} /></Section>}
            {span.links.length > 0 && (
              <Section title="Links" note={String(span.links.length)}>
                {span.links.map((link, i) => <div key={i} className="span-event-row"><Link href={`/traces/${link.trace}?span=${link.span}`} className="mono">{link.trace.slice(0, 16)}… / {link.span}</Link><Attributes bag={link.attributes} /></div>)}
              </Section>
            )}
            <Section title="Resource" note={String(Object.keys(span.resource).length)} open={Object.keys(span.resource).length < 8}><Attributes bag={span.resource} onFind={find('resource', span.resource)} /></Section>
          </>
        )}
        {tab === 'process' && <ProcessOfSpan trace={trace} span={span} found={processes} known={context !== undefined} />}
        {tab === 'logs' && <LogsOfSpan trace={trace} span={span} pids={processes.flatMap(({ process }) => process.members)} />}
      </div>
    </aside>
  );
}
