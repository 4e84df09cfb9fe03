// The first page: Forest Green, and what to do where no model runs.
import forestGreen from '../../../dashboards/forest-green.json';
import { useScan } from '../api/live';
import { DashboardView } from '../dashboard/DashboardView';
import { readDashboard } from '../dashboard/model';

const dashboard = readDashboard(forestGreen);

function NothingRuns() {
  const { processes: data } = useScan();
  if (!data || data.processes.length) return null;
  return (
    <section className="card hint" role="status">
      <strong>No LLM process is running</strong>
      <p>
        Start one and it shows up here by itself: <code className="code">ollama serve</code>, <code className="code">vllm serve MODEL</code>, <code className="code">llama-server -m FILE.gguf</code>, or your own Python script.
        No model at hand? <code className="code">monitorai demo</code> starts a few simulated ones. One is missing? <code className="code">monitorai ps --explain PID</code> says why.
      </p>
    </section>
  );
}

export default function Overview() {
  return <DashboardView dashboard={dashboard} lead={<NothingRuns />} />;
}
