// The live table of LLM processes, grouped by the service that they form.
import { Fragment, useMemo } from 'react';
import { Link } from 'wouter';
import { Sparkline } from '../charts/Sparkline';
import { paletteColor } from '../dashboard/colors';
import { age, bytes, percent } from '../format/units';
import { useScan } from '../api/live';
import { sumKnown, type Process } from '../api/snapshot';
import { Empty, ErrorText, Page } from '../shell/Page';
import { useScheme } from '../shell/useScheme';
import { useUrlParams } from '../shell/useUrlParams';
import { columns, compareBy, gpuMemory, gpuUse, groupsOf, matches, type Column, type Group } from './processRows';
import { useHistory, type History } from './useProcesses';
import './processes.css';

const names: Record<Column, string> = { model: 'Model', framework: 'Framework', pid: 'PID', cpu: 'CPU', memory: 'Memory', vram: 'GPU memory', gpu: 'GPU use', up: 'Up' };
/** Left out where the page is narrow. */
const rare = new Set<Column>(['framework', 'pid', 'up']);
const numbers = new Set<Column>(['pid', 'cpu', 'memory', 'vram', 'gpu', 'up']);

export function Marks({ process }: { process: Pick<Process, 'is_simulated' | 'is_orphan' | 'container'> }) {
  return (
    <>
      {process.is_simulated && <span className="tag yellow">simulated</span>}
      {process.is_orphan && <span className="tag red" title="Its parent has ended: nobody will stop it">orphan</span>}
      {process.container && <span className="tag" title={process.container}>container</span>}
    </>
  );
}

function Measure({ text, history, color, max }: { text: string; history?: (number | null)[]; color: string; max?: number }) {
  return <div className="measure"><Sparkline values={history ?? []} color={color} width={54} height={22} max={max} /><span>{text}</span></div>;
}

function Bar({ part, text, color }: { part: number | null; text: string; color: string }) {
  return <div className="measure"><span className="bar" style={{ width: 54 }}><i style={{ width: `${Math.min(1, Math.max(0, part ?? 0)) * 100}%`, background: color }} /></span><span>{text}</span></div>;
}

interface RowProps { process: Process; now: number; cpu: History; memory: History; vramTotal: number; indented: boolean; colors: string[] }

function Row({ process, now, cpu, memory, vramTotal, indented, colors }: RowProps) {
  const vram = gpuMemory(process);
  const use = gpuUse(process);
  const source = [...new Set(process.gpus.map((one) => one.source))].join(', ');
  return (
    <tr>
      <td className={indented ? 'indent' : ''}>
        <div className="row">
          <Link href={`/processes/${process.pid}`} className="ellipsis model" title={process.command_line}>{indented ? process.name : process.model || 'unknown model'}</Link>
          {process.role && <span className="dim nowrap">{process.role}</span>}
          {!indented && <Marks process={process} />}
        </div>
        {!indented && <div className="dim ellipsis">{process.name}{process.ports.length > 0 && ` :${process.ports.map((one) => one.port).join(' :')}`}</div>}
      </td>
      <td className="hide-phone">{process.framework || 'unknown'}</td>
      <td className="num hide-phone">{process.pid}</td>
      <td className="num"><Measure text={percent(process.cpu_percent)} history={cpu.get(String(process.pid))} color={colors[0]!} /></td>
      <td className="num"><Measure text={bytes(process.memory_bytes)} history={memory.get(String(process.pid))} color={colors[1]!} /></td>
      <td className="num" title={source && `told by ${source}`}>{vram === null ? <span className="dim">-</span> : <Bar part={vramTotal ? vram / vramTotal : null} text={bytes(vram)} color={colors[2]!} />}</td>
      <td className="num" title={source && `told by ${source}`}>{use === null ? <span className="dim">-</span> : <Bar part={use / 100} text={percent(use)} color={use >= 90 ? 'var(--red)' : use >= 70 ? 'var(--yellow)' : colors[2]!} />}</td>
      <td className="num nowrap hide-phone">{age(now - process.started)}</td>
    </tr>
  );
}

function highest(members: Process[]): number | null {
  const known = members.map(gpuUse).filter((one): one is number => one !== null);
  return known.length ? Math.max(...known) : null;
}

function ServiceRow({ group }: { group: Group }) {
  const { service, members } = group;
  const first = members[0]!;
  const sum = (of: (process: Process) => number | null) => sumKnown(members.map(of));
  return (
    <tr className="service">
      <td>
        <div className="row"><strong className="ellipsis">{service?.model || first.model || 'unknown model'}</strong><span className="tag">{members.length} processes</span><Marks process={service ?? first} /></div>
        <div className="dim ellipsis">{group.key}{service && service.ports.length > 0 && ` on port ${[...new Set(service.ports.map((one) => one.port))].join(', ')}`}</div>
      </td>
      <td className="hide-phone">{service?.framework ?? first.framework}</td>
      <td className="hide-phone" />
      <td className="num">{percent(service?.cpu_percent ?? sum((p) => p.cpu_percent))}</td>
      <td className="num">{bytes(service?.memory_bytes ?? sum((p) => p.memory_bytes))}</td>
      <td className="num">{bytes(service?.gpu_memory_bytes ?? sum(gpuMemory))}</td>
      <td className="num">{percent(highest(members))}</td>
      <td className="hide-phone" />
    </tr>
  );
}

const cpuOf = (process: Process) => process.cpu_percent;
const memoryOf = (process: Process) => process.memory_bytes;

export default function Processes() {
  const [params, setParams] = useUrlParams();
  const { processes: data, gpus: gpuData, error } = useScan();
  const cpu = useHistory('llm_process_cpu_percent', data, cpuOf);
  const memory = useHistory('llm_process_memory_bytes', data, memoryOf);
  const { scheme } = useScheme();
  const text = params.get('q') ?? '';
  const framework = params.get('framework') ?? '';
  const flat = params.get('group') === 'off';
  const asked = params.get('sort') ?? (data?.processes.some((one) => one.gpus.length) ? '-vram' : '-memory');
  const down = asked.startsWith('-');
  const column = columns.find((one) => one === asked.replace('-', '')) ?? 'memory';
  const list = useMemo(() => (data?.processes ?? []).filter((one) => matches(one, text) && (!framework || one.framework === framework)), [data, text, framework]);
  const groups = useMemo(
    () => (flat ? [...list].sort(compareBy(column, down)).map((one): Group => ({ key: String(one.pid), members: [one] })) : groupsOf(list, data?.services ?? [], compareBy(column, down))),
    [list, data, flat, column, down],
  );
  const total = sumKnown(gpuData?.gpus.map((one) => one.memory_total_bytes) ?? []) ?? Math.max(0, ...(data?.processes ?? []).map((one) => gpuMemory(one) ?? 0));
  const colors = [0, 1, 2].map((i) => paletteColor(i, scheme));
  const frameworks = [...new Set((data?.processes ?? []).map((one) => one.framework))].sort();
  const sortBy = (one: Column) => setParams({ sort: column === one ? (down ? one : `-${one}`) : numbers.has(one) ? `-${one}` : one }, true);
  return (
    <Page
      name="Processes" title="Processes"
      controls={
        <>
          <input className="input" type="search" placeholder="Filter: model, PID, port, user" aria-label="Filter" value={text} onChange={(event) => setParams({ q: event.currentTarget.value || null }, true)} style={{ width: 240 }} />
          <div className="field"><label htmlFor="framework">Framework</label>
            <select id="framework" value={framework} onChange={(event) => setParams({ framework: event.currentTarget.value || null }, true)}>
              <option value="">All</option>{frameworks.map((one) => <option key={one} value={one}>{one || 'unknown'}</option>)}
            </select>
          </div>
          <button className={`button${flat ? '' : ' active'}`} aria-pressed={!flat} onClick={() => setParams({ group: flat ? null : 'off' }, true)}>By service</button>
          {data && <span className="dim nowrap" role="status">{list.length} of {data.processes.length} LLM processes, {data.scanned} scanned</span>}
        </>
      }
    >
      {error && <ErrorText error={error} />}
      {data && !data.processes.length && (
        <div className="card" style={{ height: 260 }}>
          <Empty title="No LLM process is running"><span>Start one and it shows up here by itself, or try <code>monitorai demo</code>.</span><span>One is missing? <code>monitorai ps --explain PID</code> says why.</span></Empty>
        </div>
      )}
      {data && data.processes.length > 0 && (
        <div className="card scroll-x" tabIndex={0} role="region" aria-label="LLM processes">
          <table className="grid processes">
            <thead>
              <tr>{columns.map((one) => (
                <th key={one} className={`${numbers.has(one) ? 'num' : ''}${rare.has(one) ? ' hide-phone' : ''}`} aria-sort={column === one ? (down ? 'descending' : 'ascending') : undefined}>
                  <button onClick={() => sortBy(one)}>{names[one]}{column === one ? (down ? ' ↓' : ' ↑') : ''}</button>
                </th>
              ))}</tr>
            </thead>
            <tbody>
              {groups.map((group) => {
                const grouped = group.members.length > 1;
                return (
                  <Fragment key={group.key}>
                    {grouped && <ServiceRow group={group} />}
                    {group.members.map((one) => <Row key={one.pid} process={one} now={data.time} cpu={cpu} memory={memory} vramTotal={total} indented={grouped} colors={colors} />)}
                  </Fragment>
                );
              })}
              {!groups.length && <tr><td colSpan={columns.length} className="dim">Nothing matches the filter.</td></tr>}
            </tbody>
          </table>
        </div>
      )}
    </Page>
  );
}
