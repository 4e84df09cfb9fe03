import { useQuery } from '@tanstack/react-query';
import { DashboardView } from '../dashboard/DashboardView';
import { shippedDashboard } from '../dashboard/shipped';
import { ErrorText, Page } from '../shell/Page';

export default function DashboardPage({ uid }: { uid: string }) {
  const { data, error } = useQuery({ queryKey: ['dashboard', uid], queryFn: () => shippedDashboard(uid), staleTime: Infinity });
  if (error) return <Page name="Dashboard" title="Dashboard"><ErrorText error={error} /></Page>;
  return data ? <DashboardView dashboard={data} /> : null;
}
