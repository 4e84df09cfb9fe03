// What is watched and stored: targets, the store, the running configuration, the version.
import { useQuery } from '@tanstack/react-query';
import { buildInfo, queryInstant, runningConfig, runtimeInfo, targets, toNumber, tsdbStatus, type NameAndValue } from '../api/prometheus';
import { bytes, formatText } from '../format/units';
import { Empty, ErrorText, Page } from '../shell/Page';
import { formatStamp } from '../time/range';
import '../dashboard/dashboard.css';
import './processes.css';

const poll = { refetchInterval: 15_000 };

function Card({ title, children }: { title: string; children: React.ReactNode }) {
  return <section className="card"><header className="card-head"><h2>{title}</h2></header><div className="card-body">{children}</div></section>;
}

function Targets() {
  const { data, error } = useQuery({ queryKey: ['targets'], queryFn: ({ signal }) => targets(signal), ...poll });
  if (error) return <ErrorText error={error} />;
  if (data && !data.activeTargets.length)
    return <Empty title="Nothing is scraped"><span>The metrics of a found runtime (vLLM, llama.cpp and others) are scraped by themselves; others come with <code>scrape_configs</code>.</span></Empty>;
  return (
    <div className="scroll-x" tabIndex={0} role="region" aria-label="Targets">
      <table className="grid">
        <thead><tr><th>State</th><th>Job</th><th>Address</th><th>Model</th><th className="num">Last scrape</th><th className="num">Took</th><th className="num">Every</th><th>Problem</th></tr></thead>
        <tbody>{data?.activeTargets.map((one) => (
          <tr key={one.scrapePool + one.scrapeUrl}>
            <td><span className="row"><span className={`dot ${one.health === 'up' ? 'up' : one.health === 'down' ? 'down' : 'wait'}`} />{one.health}</span></td>
            <td>{one.scrapePool}</td><td className="mono">{one.scrapeUrl}</td><td>{one.labels.model_name ?? '-'}</td>
            <td className="num nowrap">{one.lastScrape.startsWith('0001') ? '-' : formatStamp(Date.parse(one.lastScrape))}</td>
            <td className="num nowrap">{formatText(one.lastScrapeDuration, 's')}</td><td className="num">{one.scrapeInterval}</td><td className="error">{one.lastError}</td>
          </tr>
        ))}</tbody>
      </table>
    </div>
  );
}

function Top({ title, rows }: { title: string; rows: NameAndValue[] }) {
  const most = Math.max(1, ...rows.map((one) => one.value));
  return (
    <Card title={title}>
      <div className="bargauge">{rows.map((one) => (
        <div key={one.name} className="bargauge-row" style={{ gridTemplateColumns: 'minmax(60px, 60%) 1fr max-content' }}>
          <span className="ellipsis mono" title={one.name} style={{ fontSize: 12 }}>{one.name}</span><div className="bargauge-track" style={{ height: 8 }}><i style={{ width: `${(one.value / most) * 100}%`, background: 'var(--brand)' }} /></div><b className="num">{one.value.toLocaleString()}</b>
        </div>
      ))}</div>
    </Card>
  );
}

async function numberOf(query: string, signal?: AbortSignal): Promise<number | null> {
  const data = await queryInstant(query, Date.now() / 1000, signal);
  const value = data.resultType === 'vector' ? data.result[0]?.value?.[1] : undefined;
  return value === undefined ? null : toNumber(value);
}

/** null where lines are not kept. */
async function logStore(signal?: AbortSignal): Promise<[string, string][] | null> {
  const names = { streams: 'streams', size: 'size_bytes', memory: 'memory_bytes', partitions: 'partitions', lines: 'lines_total' };
  const values = await Promise.all(Object.values(names).map((name) => numberOf(`sum(monitorai_log_store_${name})`, signal)));
  const [streams, size, memory, partitions, lines] = values;
  if (values.every((one) => one === null)) return null;
  const count = (value: number | null | undefined) => (value === null || value === undefined ? '-' : value.toLocaleString());
  return [['Streams', count(streams)], ['Lines taken since the start', count(lines)], ['On disk', bytes(size ?? null)], ['In memory', bytes(memory ?? null)], ['Partitions (days)', count(partitions)]];
}

export default function Status() {
  const tsdb = useQuery({ queryKey: ['tsdb'], queryFn: ({ signal }) => tsdbStatus(signal), ...poll }).data;
  const runtime = useQuery({ queryKey: ['runtime'], queryFn: ({ signal }) => runtimeInfo(signal), ...poll });
  const build = useQuery({ queryKey: ['build'], queryFn: ({ signal }) => buildInfo(signal), staleTime: Infinity }).data;
  const config = useQuery({ queryKey: ['config'], queryFn: ({ signal }) => runningConfig(signal), ...poll }).data;
  const size = useQuery({ queryKey: ['size'], queryFn: ({ signal }) => numberOf('sum(monitorai_store_size_bytes)', signal), ...poll }).data;
  const partitions = useQuery({ queryKey: ['partitions'], queryFn: ({ signal }) => numberOf('max(monitorai_store_partitions)', signal), ...poll }).data;
  const logs = useQuery({ queryKey: ['log-store'], queryFn: ({ signal }) => logStore(signal), ...poll }).data;
  const facts: [string, string][] = [
    ['Version', build ? `${build.revision.replace(/^monitorai-/, 'MonitorAI ')} (answers as Prometheus ${build.version})` : '-'],
    ['Started', runtime.data ? formatStamp(Date.parse(runtime.data.startTime)) : '-'],
    ['Folder', runtime.data?.CWD ?? '-'],
    ['Configuration', runtime.data ? `${runtime.data.reloadConfigSuccess ? 'read' : 'the newest reload failed; running since'} ${formatStamp(Date.parse(runtime.data.lastConfigTime))}` : '-'],
  ];
  const store: [string, string][] = [
    ['Series', tsdb ? tsdb.headStats.numSeries.toLocaleString() : '-'], ['Retention', runtime.data?.storageRetention ?? '-'], ['On disk', bytes(size)], ['Partitions (days)', partitions === null || partitions === undefined ? '-' : String(partitions)],
    ['Oldest sample in memory', tsdb ? formatStamp(tsdb.headStats.minTime) : '-'], ['Newest sample', tsdb ? formatStamp(tsdb.headStats.maxTime) : '-'],
  ];
  const list = (rows: [string, string][]) => <dl className="facts">{rows.map(([name, value]) => <div key={name} style={{ display: 'contents' }}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>;
  return (
    <Page name="Status" title="Status">
      {runtime.error && <ErrorText error={runtime.error} />}
      <div className="process-grid"><Card title="Program">{list(facts)}</Card><Card title="Metric store">{list(store)}</Card>{logs && <Card title="Log store">{list(logs)}</Card>}</div>
      <h2 className="section">Targets</h2>
      <div className="card"><Targets /></div>
      <h2 className="section">What takes most of the store</h2>
      {tsdb && <div className="process-grid"><Top title="Series by metric" rows={tsdb.seriesCountByMetricName} /><Top title="Values by label" rows={tsdb.labelValueCountByLabelName} /><Top title="Series by label and value" rows={tsdb.seriesCountByLabelValuePair} /></div>}
      <h2 className="section">Configuration</h2>
      <pre className="command" style={{ maxHeight: 420 }} tabIndex={0} role="region" aria-label="Running configuration">{config?.yaml ?? ''}</pre>
    </Page>
  );
}
