// Log lines that name the trace, and those that its process wrote while the span ran.
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { Link } from 'wouter';
import { linesOf, queryLogs, type LogLine } from '../api/loki';
import { LabelTable } from '../logs/LabelTable';
import { LogList } from '../logs/LogList';
import { Empty, ErrorText } from '../shell/Page';
import type { Span, Trace } from './model';

/** Clocks and pipelines differ: a trace's lines are looked for around it. */
const traceAroundMs = 5 * 60_000;
const processAroundMs = 2000;
const linesMax = 500;

/** LogQL has no "or" between a label and the text of a line: two queries. */
export const traceQueries = (id: string): [string, string] => [`{service_name=~".+"} | trace_id="${id}"`, `{job=~".+"} |= "${id}"`];
const processQuery = (pid: number) => `{job=~".+"} | pid="${pid}"`;

/** Lines that both queries gave are one line. */
export function mergeLines(lists: LogLine[][]): LogLine[] {
  const seen = new Set<string>();
  return lists.flat().filter((line) => {
    const key = `${line.ns} ${line.line}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  }).sort((a, b) => (a.ns.length - b.ns.length) || (a.ns < b.ns ? -1 : a.ns > b.ns ? 1 : 0));
}

export function LogsOfSpan({ trace, span, pids }: { trace: Trace; span: Span; pids: number[] }) {
  const [of, setOf] = useState<'trace' | 'span' | 'process'>('trace');
  const fromMs = trace.startMs - traceAroundMs;
  const toMs = trace.startMs + trace.durationMs + traceAroundMs;
  const startMs = trace.startMs + span.startMs;
  const { data, error } = useQuery({
    queryKey: ['trace-logs', trace.id],
    queryFn: async ({ signal }) => {
      const answers = await Promise.all(traceQueries(trace.id).map(async (query) => {
        const answer = await queryLogs(query, fromMs, toMs, linesMax, 'forward', signal);
        return answer.resultType === 'streams' ? linesOf(answer.result, 'forward') : [];
      }));
      return { lines: mergeLines(answers), query: traceQueries(trace.id)[answers[0]!.length || !answers[1]!.length ? 0 : 1]! };
    },
    retry: false,
  });
  const own = useQuery({
    queryKey: ['process-logs', pids.join(), span.id, trace.id],
    queryFn: async ({ signal }) => mergeLines(await Promise.all([...new Set(pids)].map(async (pid) => {
      const answer = await queryLogs(processQuery(pid), startMs - processAroundMs, startMs + span.durationMs + processAroundMs, linesMax, 'forward', signal);
      return answer.resultType === 'streams' ? linesOf(answer.result, 'forward') : [];
    }))),
    enabled: pids.length > 0, retry: false,
  });
  const ofSpan = useMemo(() => (data?.lines ?? []).filter((line) => line.labels.span_id === span.id), [data, span.id]);
  const lines = of === 'process' ? (own.data ?? []) : of === 'span' ? ofSpan : (data?.lines ?? []);
  const choices: [typeof of, string, number | undefined][] = [['trace', 'Of the trace', data?.lines.length], ...(ofSpan.length ? [['span', 'Of the span', ofSpan.length] as [typeof of, string, number]] : []), ...(pids.length ? [['process', 'Of its process', own.data?.length] as [typeof of, string, number | undefined]] : [])];
  const explore = of === 'process' ? { query: processQuery(pids[0]!), from: startMs - processAroundMs, to: startMs + span.durationMs + processAroundMs } : { query: data?.query ?? traceQueries(trace.id)[0], from: fromMs, to: toMs };
  if (error) return <ErrorText error={error} />;
  if (!data) return <div className="panel-wait" style={{ height: 120 }} aria-busy="true" />;
  return (
    <div className="span-logs">
      <div className="row wrap">
        <div className="group" role="group" aria-label="Which lines">{choices.map(([one, name, n]) => <button key={one} className={`button small${of === one ? ' active' : ''}`} aria-pressed={of === one} onClick={() => setOf(one)}>{name}{n !== undefined && <span className="dim">{n}</span>}</button>)}</div>
        <span className="spacer" />
        <Link href={`/explore/logs?q=${encodeURIComponent(explore.query)}&from=${Math.round(explore.from)}&to=${Math.round(explore.to)}&order=oldest`}>Explore</Link>
      </div>
      {lines.length ? <div className="span-log-list"><LogList lines={lines} wrap label="Log lines of the trace" linkTraces={false} renderDetails={(line) => <LabelTable line={line} />} /></div>
        : <Empty title="No line"><span>{of === 'process' ? 'The process wrote nothing while the span ran.' : <>Lines with <code>trace_id</code> in their text, their JSON or their metadata are found here.</>}</span></Empty>}
    </div>
  );
}
