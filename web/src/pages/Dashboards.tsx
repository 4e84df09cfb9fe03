// All dashboards; new ones, and files of a Grafana taken in.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { newDashboard } from '../dashboard/arrange';
import { allDashboards, saveDashboard, uidOf } from '../dashboard/library';
import { dashboardBytesMax, readDashboard } from '../dashboard/model';
import { Icon } from '../shell/icons';
import { ErrorText, Page } from '../shell/Page';

export default function Dashboards() {
  const client = useQueryClient();
  const [, go] = useLocation();
  const input = useRef<HTMLInputElement>(null);
  const [trouble, setTrouble] = useState<unknown>(null);
  const { data, error } = useQuery({ queryKey: ['all-dashboards'], queryFn: ({ signal }) => allDashboards(signal) });
  const taken = (data ?? []).map((one) => one.uid);
  const keep = async (make: () => Promise<{ file: unknown; title: string }>, edit: boolean) => {
    try {
      const { file, title } = await make();
      const uid = uidOf(title, taken);
      await saveDashboard(uid, { ...(file as object), uid }, 0);
      await client.invalidateQueries({ queryKey: ['all-dashboards'] });
      go(`/dashboards/${uid}${edit ? '?edit=1' : ''}`);
    } catch (cause) {
      setTrouble(cause);
    }
  };
  const take = (file: File | undefined) => file && keep(async () => {
    if (file.size > dashboardBytesMax) throw new Error(`${file.name} has ${file.size.toLocaleString()} bytes: the limit is ${dashboardBytesMax.toLocaleString()}`);
    let parsed: unknown;
    try {
      parsed = JSON.parse(await file.text());
    } catch (cause) {
      throw new Error(`${file.name} is no JSON: ${cause instanceof Error ? cause.message : String(cause)}`);
    }
    const { title } = readDashboard(parsed);
    return { file: 'panels' in (parsed as object) ? parsed : (parsed as { dashboard: unknown }).dashboard, title };
  }, false);
  return (
    <Page
      name="Dashboards" title="Dashboards"
      controls={
        <>
          <button className="button" onClick={() => keep(async () => ({ file: newDashboard('new', 'New dashboard'), title: 'New dashboard' }), true)}><Icon name="plus" />New</button>
          <button className="button" onClick={() => input.current?.click()}>Import</button>
          <input ref={input} type="file" accept=".json,application/json" hidden aria-label="A dashboard file of Grafana" onChange={(event) => { void take(event.currentTarget.files?.[0]); event.currentTarget.value = ''; }} />
          <span className="dim hide-phone">Grafana's JSON, in and out</span>
        </>
      }
    >
      {(error || trouble) !== null && <ErrorText error={error ?? trouble} />}
      <div className="tiles">
        {data?.map((one) => (
          <Link key={one.uid} href={`/dashboards/${one.uid}`} className="card tile">
            <strong>{one.title}</strong>
            <span className="dim">{one.description}</span>
            <span className="row wrap">{one.own && <span className="tag green">yours</span>}{one.tags.map((tag) => <span key={tag} className={tag === 'broken' ? 'tag red' : 'tag'}>{tag}</span>)}<span className="tag">{one.panels} panels</span></span>
          </Link>
        ))}
      </div>
    </Page>
  );
}
