// The process behind a span, with its GPU and CPU around that moment.
import { useMemo } from 'react';
import { Link } from 'wouter';
import type { JoinedProcess, JoinedSpan } from '../api/tempo';
import { PeriodsContext } from '../dashboard/periods';
import { PanelView } from '../dashboard/PanelView';
import { readDashboard, type Panel } from '../dashboard/model';
import { Empty } from '../shell/Page';
import { Icon } from '../shell/icons';
import { TimeContext, type TimeState } from '../time/useTime';
import type { Span, Trace } from './model';

/** What is drawn before and after the span. */
const aroundMs = 5 * 60_000;
const prometheus = { type: 'prometheus', uid: 'monitorai' };

function panelsOf({ pid, members, gpus }: JoinedProcess): Panel[] {
  const line = (id: number, title: string, unit: string, expr: string, legendFormat: string, max?: number) => ({
    id, type: 'timeseries', title, datasource: prometheus, targets: [{ refId: 'A', expr, legendFormat }], fieldConfig: { defaults: { unit, min: 0, max, custom: { fillOpacity: 12, lineWidth: 2 } }, overrides: [] }, options: { legend: { displayMode: 'list' } },
  });
  const of = `{pid="${pid}"}`;
  // A server's workers hold the GPU.
  const ofAll = `{pid=~"${members.join('|')}"}`;
  return readDashboard({
    schemaVersion: 41,
    panels: [
      ...(gpus.length ? [line(1, 'GPU memory', 'bytes', `sum by (gpu) (llm_process_gpu_memory_bytes${ofAll})`, '{{gpu}}'), line(2, 'GPU utilization', 'percent', `max by (gpu) (llm_process_gpu_utilization${ofAll})`, '{{gpu}}', 100)] : []),
      line(3, 'CPU', 'percent', `llm_process_cpu_percent${of}`, 'CPU'), line(4, 'Memory', 'bytes', `llm_process_memory_bytes${of}`, 'resident'),
    ],
  }).panels;
}

/** A time that stands still: the moment of the span. */
function stillTime(fromMs: number, toMs: number): TimeState {
  const nothing = () => undefined;
  return { range: { from: String(Math.round(fromMs)), to: String(Math.round(toMs)) }, span: { fromMs, toMs }, refresh: '', setRange: nothing, setRefresh: nothing, setLive: nothing, reload: nothing, generation: 0 };
}

const how: Record<JoinedSpan['by'], string> = { resource: 'its resource names host and process', attribute: 'an attribute names the process', container: 'its resource names the container', port: 'the port belongs to the process', caller: 'the call above it went to a port of the process' };

export function ProcessOfSpan({ trace, span, found, known }: { trace: Trace; span: Span; found: { process: JoinedProcess; join: JoinedSpan }[]; known: boolean }) {
  const startMs = trace.startMs + span.startMs;
  const time = useMemo(() => stillTime(startMs - aroundMs, Math.min(Date.now(), startMs + span.durationMs + aroundMs)), [startMs, span.durationMs]);
  const marks = useMemo(() => [{ fromMs: startMs, toMs: startMs + span.durationMs, name: span.name, color: '#F2C94C' }], [startMs, span]);
  const first = found[0]?.process;
  const panels = useMemo(() => (first ? panelsOf(first) : []), [first]);
  if (!known) return <div className="panel-wait" style={{ height: 120 }} aria-busy="true" />;
  if (!found.length)
    return (
      <Empty title="No process is known for this span">
        <span>A span is joined by <code>process.pid</code> and <code>host.name</code> or <code>container.id</code> of its resource, by <code>process.pid</code> of the span, or by <code>server.port</code> of a call to a server that was found here.</span>
      </Empty>
    );
  return (
    <TimeContext.Provider value={time}>
      <PeriodsContext.Provider value={marks}>
        {found.map(({ process, join }) => (
          <div key={`${process.pid} ${join.role}`} className="joined">
            <div className="row wrap"><Link href={`/processes/${process.pid}`} className="joined-name"><Icon name="processes" size={15} /><b>{process.model || process.name}</b></Link><span className="tag">{process.framework || process.name}</span><span className="dim">PID {process.pid}</span>{process.gpus.map((gpu) => <span key={gpu} className="tag green">{gpu}</span>)}{!process.is_running && <span className="tag yellow">ended since</span>}</div>
            <p className="dim">{join.role === 'served' ? 'It answered this call' : 'It made this span'}: {how[join.by]}. <Link href={`/processes/${process.pid}?from=${Math.round(time.span.fromMs)}&to=${Math.round(time.span.toMs)}`}>All of it at this time</Link></p>
          </div>
        ))}
        <div className="joined-charts">{panels.map((panel) => <PanelView key={`${first!.pid} ${panel.id}`} panel={panel} values={{}} ready height={170} />)}</div>
        <p className="dim" style={{ fontSize: 12 }}>Five minutes before and after; the yellow mark is the span.</p>
      </PeriodsContext.Provider>
    </TimeContext.Provider>
  );
}
