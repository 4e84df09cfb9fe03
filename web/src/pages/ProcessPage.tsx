// One process: its numbers over time, its logs, its group, where it runs, and why it is taken for an LLM.
import { useMemo } from 'react';
import { Link } from 'wouter';
import { PanelView } from '../dashboard/PanelView';
import '../dashboard/dashboard.css';
import { readDashboard, type Panel } from '../dashboard/model';
import { age, bytes, formatText, percent } from '../format/units';
import { useScan } from '../api/live';
import type { Process } from '../api/snapshot';
import { Empty, ErrorText, Page } from '../shell/Page';
import { formatStamp } from '../time/range';
import { useTimeState } from '../time/useTime';
import { Marks } from './Processes';
import { gpuMemory, gpuUse } from './processRows';
import './processes.css';

const prometheus = { type: 'prometheus', uid: 'monitorai' };
const line = (id: number, title: string, unit: string, targets: object[], max?: number) => ({
  id, type: 'timeseries', title, datasource: prometheus, targets: targets.map((target, i) => ({ refId: 'ABC'[i], ...target })),
  fieldConfig: { defaults: { unit, min: 0, max, custom: { fillOpacity: 12, lineWidth: 2 } }, overrides: [] },
  options: { legend: { displayMode: 'table', calcs: ['lastNotNull', 'max', 'mean'], placement: 'bottom' } },
});

function panelsOf(pid: number, process: Process | undefined): Panel[] {
  const of = `{pid="${pid}"}`;
  const panels = [
    line(1, 'CPU', 'percent', [{ expr: `llm_process_cpu_percent${of}`, legendFormat: 'CPU' }]),
    line(2, 'Memory', 'bytes', [{ expr: `llm_process_memory_bytes${of}`, legendFormat: 'resident' }, { expr: `llm_process_proportional_memory_bytes${of}`, legendFormat: 'proportional' }]),
    line(3, 'GPU memory', 'bytes', [{ expr: `llm_process_gpu_memory_bytes${of}`, legendFormat: '{{gpu}}' }]),
    line(4, 'GPU utilization', 'percent', [{ expr: `llm_process_gpu_utilization${of}`, legendFormat: '{{gpu}}' }], 100),
    line(5, 'Disk', 'Bps', [{ expr: `rate(llm_process_read_bytes_total${of}[$__rate_interval])`, legendFormat: 'read' }, { expr: `rate(llm_process_written_bytes_total${of}[$__rate_interval])`, legendFormat: 'written' }]),
    line(6, 'Threads and files', 'short', [{ expr: `llm_process_threads${of}`, legendFormat: 'threads' }, { expr: `llm_process_open_files${of}`, legendFormat: 'open files' }]),
  ].filter((panel) => process === undefined || process.gpus.length > 0 || (panel.id !== 3 && panel.id !== 4));
  const logs = { id: 7, type: 'logs', title: 'Logs', datasource: { type: 'loki', uid: 'monitorai' }, targets: [{ refId: 'A', expr: `{job=~".+"} | pid="${pid}"`, maxLines: 500 }], options: {} };
  return readDashboard({ schemaVersion: 41, panels: [...panels, logs] }).panels;
}

const dash = (text: string | number | null | undefined) => (text === null || text === undefined || text === '' ? '-' : text);

function Facts({ process, now }: { process: Process; now: number }) {
  const address = (one: { address: string; port: number }) => `${one.address}:${one.port}`;
  const rows: [string, React.ReactNode][] = [
    ['Model', dash(process.model)], ['Loaded from', dash(process.model_ref)], ['Framework', dash(process.framework)], ['Role', dash(process.role)],
    ['Started', `${formatStamp(process.started * 1000)} (${age(now - process.started)} ago)`], ['User', dash(process.user)],
    ['Parent', process.parent_pid || '-'], ['Ports', dash(process.ports.map(address).join(', '))], ['Container', dash(process.container)], ['Pod', dash(process.pod)], ['systemd unit', dash(process.systemd_unit)],
    ['CPU time', process.cpu_seconds === null ? '-' : formatText(process.cpu_seconds, 's')], ['Read / written', `${bytes(process.read_bytes)} / ${bytes(process.written_bytes)}`],
    ['GPU', dash(process.gpus.map((one) => `${one.gpu} (told by ${one.source})`).join(', '))],
  ];
  return <dl className="facts">{rows.map(([name, value]) => <div key={name} style={{ display: 'contents' }}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>;
}

function Card({ title, children }: { title: string; children: React.ReactNode }) {
  return <section className="card"><header className="card-head"><h2>{title}</h2></header><div className="card-body">{children}</div></section>;
}

export default function ProcessPage({ pid }: { pid: number }) {
  const time = useTimeState();
  const { processes: data, error } = useScan();
  const process = data?.processes.find((one) => one.pid === pid);
  const hasGpu = process === undefined || process.gpus.length > 0;
  const panels = useMemo(() => panelsOf(pid, process), [pid, hasGpu]);
  const group = data && process ? data.processes.filter((one) => one.service === process.service && one.service !== '') : [];
  const name = process ? process.model || process.name : `PID ${pid}`;
  return (
    <Page
      name={`${name} (${pid})`} time={time}
      title={<span className="row"><Link href="/processes">Processes</Link><span className="dim">/</span><span>{name}</span></span>}
      controls={process && <span className="row"><span className="tag">{process.framework}</span><span className="dim nowrap">PID {pid}</span><Marks process={process} /></span>}
    >
      {error && <ErrorText error={error} />}
      {data && !process && <div className="hint card"><strong>Process {pid} is not running (or is no LLM process)</strong><p>What was measured while it ran is below; choose the time range in which it did.</p></div>}
      {data && process && (
        <div className="numbers">
          {[['CPU', percent(process.cpu_percent)], ['Memory', bytes(process.memory_bytes)], ['GPU memory', bytes(gpuMemory(process))], ['GPU use', percent(gpuUse(process))], ['Threads', dash(process.threads)], ['Up', age(data.time - process.started)]].map(([label, value]) => (
            <div key={label} className="card number"><span className="dim">{label}</span><b>{value}</b></div>
          ))}
        </div>
      )}
      <div className="process-charts">{panels.filter((panel) => panel.type !== 'logs').map((panel) => <PanelView key={panel.id} panel={panel} values={{}} ready />)}</div>
      <div style={{ height: 340, marginBottom: 12 }}>{panels.filter((panel) => panel.type === 'logs').map((panel) => <PanelView key={panel.id} panel={panel} values={{}} ready />)}</div>
      {data && process && (
        <div className="process-grid">
          <Card title="About"><Facts process={process} now={data.time} /></Card>
          <Card title="Why it is taken for an LLM">
            <div className="evidence">{process.reasons.map((one, i) => <div key={i}><b className="num">{one.weight > 0 ? `+${one.weight}` : one.weight}</b><span>{one.text} <span className="dim">({one.evidence})</span></span></div>)}
              {!process.reasons.length && <Empty title="No evidence was kept" />}</div>
          </Card>
          <Card title="Command line (secrets redacted)"><pre className="command" tabIndex={0}>{process.command_line || '-'}</pre></Card>
          {group.length > 1 && (
            <Card title={`Its service: ${process.service}`}>
              <table className="grid"><thead><tr><th>Process</th><th>Role</th><th className="num">PID</th><th className="num">CPU</th><th className="num">Memory</th></tr></thead>
                <tbody>{group.map((one) => (
                  <tr key={one.pid}><td><Link href={`/processes/${one.pid}`}>{one.name}</Link></td><td>{dash(one.role)}</td><td className="num">{one.pid}</td><td className="num">{percent(one.cpu_percent)}</td><td className="num">{bytes(one.memory_bytes)}</td></tr>
                ))}</tbody></table>
            </Card>
          )}
        </div>
      )}
      {!data && !error && <Empty title="Asking" />}
    </Page>
  );
}
