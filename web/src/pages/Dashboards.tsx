import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { shippedDashboard, shippedUids } from '../dashboard/shipped';
import { ErrorText, Page } from '../shell/Page';

export default function Dashboards() {
  const { data, error } = useQuery({ queryKey: ['dashboards'], queryFn: () => Promise.all(shippedUids.map((uid) => shippedDashboard(uid))), staleTime: Infinity });
  return (
    <Page name="Dashboards" title="Dashboards">
      {error && <ErrorText error={error} />}
      <div className="tiles">
        {data?.map((one) => (
          <Link key={one.uid} href={`/dashboards/${one.uid}`} className="card tile">
            <strong>{one.title}</strong>
            <span className="dim">{one.description}</span>
            <span className="row wrap">{one.tags.map((tag) => <span key={tag} className="tag">{tag}</span>)}<span className="tag">{one.panels.filter((panel) => panel.type !== 'row').length} panels</span></span>
          </Link>
        ))}
      </div>
    </Page>
  );
}
