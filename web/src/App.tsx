// The shell: navigation, the banner when the server is gone, and the page that the address names. Each page is a chunk of its own.
import { useQuery } from '@tanstack/react-query';
import { Component, lazy, Suspense, useEffect, useState, type ReactNode } from 'react';
import { Link, Route, Switch, useLocation } from 'wouter';
import { activeAlerts } from './api/alerts';
import { logOut, sessionState, useLoginNeeded } from './api/session';
import { Icon, type IconName } from './shell/icons';
import { useScheme } from './shell/useScheme';
import Overview from './pages/Overview';

const Login = lazy(() => import('./pages/Login'));
const Palette = lazy(() => import('./shell/Palette'));
const Dashboards = lazy(() => import('./pages/Dashboards'));
const Processes = lazy(() => import('./pages/Processes'));
const ProcessPage = lazy(() => import('./pages/ProcessPage'));
const ExploreMetrics = lazy(() => import('./pages/ExploreMetrics'));
const ExploreLogs = lazy(() => import('./pages/ExploreLogs'));
const Traces = lazy(() => import('./pages/Traces'));
const TracePage = lazy(() => import('./pages/TracePage'));
const CompareTraces = lazy(() => import('./pages/CompareTraces'));
const Alerts = lazy(() => import('./pages/Alerts'));
const Quality = lazy(() => import('./pages/Quality'));
const Status = lazy(() => import('./pages/Status'));
const DashboardPage = lazy(() => import('./pages/DashboardPage'));

const places: { path: string; name: string; icon: IconName; secondary?: boolean }[] = [
  { path: '/', name: 'Overview', icon: 'overview' },
  { path: '/processes', name: 'Processes', icon: 'processes' },
  { path: '/explore', name: 'Explore', icon: 'metrics' },
  { path: '/traces', name: 'Traces', icon: 'traces' },
  { path: '/quality', name: 'Quality', icon: 'quality' },
  { path: '/alerts', name: 'Alerts', icon: 'bell' },
  { path: '/dashboards', name: 'Dashboards', icon: 'dashboards' },
  { path: '/status', name: 'Status', icon: 'status' },
];

/** How many alerts fire. */
function FiringCount() {
  const { data } = useQuery({ queryKey: ['firing'], queryFn: async ({ signal }) => (await activeAlerts(signal)).filter((one) => one.state === 'firing').length, refetchInterval: 30_000, retry: false });
  return data ? <span className="badge" title={`${data} alerts fire`}>{data}<span className="visually-hidden"> firing</span></span> : null;
}

function Navigation({ onSearch }: { onSearch: () => void }) {
  const [at] = useLocation();
  const { scheme, toggle } = useScheme();
  const { data: session } = useQuery({ queryKey: ['session'], queryFn: ({ signal }) => sessionState(signal), staleTime: Infinity, retry: false });
  const isAt = (path: string) => (path === '/' ? at === '/' : at === path || at.startsWith(`${path}/`));
  return (
    <nav className="nav" aria-label="Main">
      <Link href="/" className="brand"><img src="/favicon.svg" alt="" width="28" height="28" />MonitorAI</Link>
      {places.map(({ path, name, icon, secondary }) => (
        <Link key={path} href={path} className={`nav-link${secondary ? ' secondary' : ''}`} aria-current={isAt(path) ? 'page' : undefined}><Icon name={icon} size={18} />{name}{path === '/alerts' && <FiringCount />}</Link>
      ))}
      <div className="nav-foot">
        <button className="button ghost" onClick={onSearch} aria-keyshortcuts="Control+K"><Icon name="search" />Go to <kbd>Ctrl K</kbd></button>
        <button className="button ghost" onClick={toggle} aria-label={scheme === 'dark' ? 'Light theme' : 'Dark theme'}><Icon name={scheme === 'dark' ? 'sun' : 'moon'} />{scheme === 'dark' ? 'Light' : 'Dark'}</button>
        {session?.user && <button className="button ghost" onClick={logOut}><Icon name="logout" />Log out {session.user}</button>}
      </div>
    </nav>
  );
}

/** Asks every few seconds whether the server lives; what is on the page comes back by itself with the next refresh. */
function ServerBanner() {
  const { isError } = useQuery({
    queryKey: ['healthy'],
    queryFn: async ({ signal }) => {
      const answer = await fetch('/-/healthy', { signal });
      if (!answer.ok) throw new Error(String(answer.status));
      return true;
    },
    // The page has just come from it.
    initialData: true, staleTime: 10_000,
    refetchInterval: (query) => (query.state.status === 'error' ? 2000 : 10_000),
    retry: 1,
  });
  if (!isError) return null;
  return <div className="banner" role="alert"><Icon name="warn" /><span><strong>No answer from monitorai.</strong> It may have been stopped. This page goes on by itself when it is back.</span></div>;
}

class Boundary extends Component<{ children: ReactNode; at: string }, { error: Error | null }> {
  state = { error: null as Error | null };
  static getDerivedStateFromError(error: Error) {
    return { error };
  }
  componentDidUpdate(before: { at: string }) {
    if (before.at !== this.props.at && this.state.error) this.setState({ error: null });
  }
  render() {
    if (!this.state.error) return this.props.children;
    return (
      <div className="empty" role="alert">
        <strong>This page failed</strong><span className="error">{this.state.error.message}</span>
        <button className="button" onClick={() => location.reload()}>Load it again</button>
      </div>
    );
  }
}

export function App() {
  const [at] = useLocation();
  const [searching, setSearching] = useState(false);
  const isLocked = useLoginNeeded();
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 'k') return;
      event.preventDefault();
      setSearching(true);
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
  if (isLocked) return <Suspense><Login /></Suspense>;
  return (
    <div className="shell">
      <a className="skip" href="#main">Skip to the page</a>
      <Navigation onSearch={() => setSearching(true)} />
      {searching && <Suspense><Palette onClose={() => setSearching(false)} /></Suspense>}
      <main className="main" id="main" tabIndex={-1}>
        <ServerBanner />
        <Boundary at={at}>
          <Suspense fallback={<div className="empty" aria-busy="true" />}>
            <Switch>
              <Route path="/" component={Overview} />
              <Route path="/processes" component={Processes} />
              <Route path="/processes/:pid">{({ pid }) => <ProcessPage key={pid} pid={Number(pid)} />}</Route>
              <Route path="/explore" component={ExploreMetrics} />
              <Route path="/explore/metrics" component={ExploreMetrics} />
              <Route path="/explore/logs" component={ExploreLogs} />
              <Route path="/traces" component={Traces} />
              <Route path="/traces/compare" component={CompareTraces} />
              <Route path="/traces/:id">{({ id }) => <TracePage key={id} id={id} />}</Route>
              <Route path="/quality" component={Quality} />
              <Route path="/alerts" component={Alerts} />
              <Route path="/status" component={Status} />
              <Route path="/dashboards" component={Dashboards} />
              <Route path="/dashboards/:uid">{({ uid }) => <DashboardPage key={uid} uid={uid} />}</Route>
              <Route><div className="empty"><strong>Nothing is here</strong><span><code>{at}</code> is no page of MonitorAI.</span><Link href="/">To the overview</Link></div></Route>
            </Switch>
          </Suspense>
        </Boundary>
      </main>
    </div>
  );
}
