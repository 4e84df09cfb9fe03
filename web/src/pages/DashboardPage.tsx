// One dashboard: seen, edited (`edit=1`), exported, an older version looked at (`version=N`).
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useMemo } from 'react';
import { useLocation } from 'wouter';
import { DashboardView } from '../dashboard/DashboardView';
import { download, loadDashboard, removeDashboard, type Loaded } from '../dashboard/library';
import { readDashboard } from '../dashboard/model';
import { Icon } from '../shell/icons';
import { ErrorText, Page } from '../shell/Page';
import { useUrlParams } from '../shell/useUrlParams';
import { formatStamp } from '../time/range';

const DashboardEditor = lazy(() => import('../dashboard/DashboardEditor'));

function Actions({ loaded }: { loaded: Loaded }) {
  const [params, setParams] = useUrlParams();
  const [, go] = useLocation();
  const client = useQueryClient();
  const asked = params.get('version');
  const drop = async () => {
    if (!confirm('Remove this dashboard and all its versions?')) return;
    await removeDashboard(loaded.uid);
    await client.invalidateQueries({ queryKey: ['all-dashboards'] });
    await client.invalidateQueries({ queryKey: ['dashboard', loaded.uid] });
    go('/dashboards');
  };
  return (
    <span className="row wrap">
      <button className="button" onClick={() => setParams({ edit: '1', version: null })}>Edit</button>
      <button className="button" onClick={() => download(loaded.uid, loaded.file)}><Icon name="download" />Export</button>
      {loaded.versions.length > 1 && (
        <div className="field"><label htmlFor="version">Version</label>
          <select id="version" value={asked ?? String(loaded.versions[0]!.version)} onChange={(event) => setParams({ version: event.currentTarget.value === String(loaded.versions[0]!.version) ? null : event.currentTarget.value })}>
            {loaded.versions.map((one) => <option key={one.version} value={one.version}>{`${one.version}, ${formatStamp(one.saved * 1000)}`}</option>)}
          </select>
        </div>
      )}
      {loaded.version > 0 && <button className="button ghost" onClick={drop}>Remove</button>}
    </span>
  );
}

function Shown({ loaded }: { loaded: Loaded }) {
  const [params, setParams] = useUrlParams();
  const { dashboard, error } = useMemo(() => {
    try {
      return { dashboard: readDashboard(loaded.file), error: null };
    } catch (cause) {
      return { dashboard: null, error: cause };
    }
  }, [loaded]);
  if (!dashboard) return <Page name="Dashboard" title="Dashboard" controls={<Actions loaded={loaded} />}><ErrorText error={error} /></Page>;
  if (params.get('edit') === '1') return <Suspense><DashboardEditor loaded={loaded} onDone={() => setParams({ edit: null })} /></Suspense>;
  return <DashboardView dashboard={dashboard} actions={<Actions loaded={loaded} />} />;
}

export default function DashboardPage({ uid }: { uid: string }) {
  const [params] = useUrlParams();
  const version = params.get('version');
  const { data, error } = useQuery({ queryKey: ['dashboard', uid, version], queryFn: ({ signal }) => loadDashboard(uid, version ? Number(version) : undefined, signal), staleTime: Infinity, retry: false });
  if (error) return <Page name="Dashboard" title="Dashboard"><ErrorText error={error} /></Page>;
  return data ? <Shown key={data.version} loaded={data} /> : null;
}
