// Ctrl-K: pages, dashboards, processes, metrics and queries by a few letters.
import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import { labelValues } from '../api/prometheus';
import { processes } from '../api/snapshot';
import { allDashboards } from '../dashboard/library';
import { rank, type Found } from './rank';
import './palette.css';

const shownMax = 40;
const pages: Found[] = [
  { kind: 'page', name: 'Overview', detail: 'Forest Green', href: '/' }, { kind: 'page', name: 'Processes', detail: '', href: '/processes' }, { kind: 'page', name: 'Explore metrics', detail: 'PromQL', href: '/explore/metrics' },
  { kind: 'page', name: 'Explore logs', detail: 'LogQL', href: '/explore/logs' }, { kind: 'page', name: 'Traces', detail: 'TraceQL, where requests spend their time', href: '/traces' }, { kind: 'page', name: 'Quality', detail: 'drift of prompts, hallucination of answers', href: '/quality' }, { kind: 'page', name: 'Alerts', detail: 'what fires, rules, silences', href: '/alerts' }, { kind: 'page', name: 'Dashboards', detail: '', href: '/dashboards' }, { kind: 'page', name: 'Status', detail: 'targets, store, configuration', href: '/status' },
];

function useThings(text: string): Found[] {
  const dashboards = useQuery({ queryKey: ['all-dashboards'], queryFn: ({ signal }) => allDashboards(signal), staleTime: 60_000 }).data;
  const snapshot = useQuery({ queryKey: ['processes'], queryFn: ({ signal }) => processes(signal) }).data;
  const metrics = useQuery({ queryKey: ['metric-names'], queryFn: ({ signal }) => labelValues('__name__', [], Date.now() / 1000 - 3600, Date.now() / 1000, signal), staleTime: 60_000 }).data;
  return useMemo(
    () => [
      ...pages,
      ...(dashboards ?? []).map((one): Found => ({ kind: 'dashboard', name: one.title, detail: one.description, href: `/dashboards/${one.uid}` })),
      ...(snapshot?.processes ?? []).map((one): Found => ({ kind: 'process', name: `${one.model || one.name} (${one.pid})`, detail: `${one.framework} ${one.name}`, href: `/processes/${one.pid}` })),
      ...(metrics ?? []).map((name): Found => ({ kind: 'metric', name, detail: '', href: `/explore/metrics?q=${encodeURIComponent(name)}` })),
      ...(/^[0-9a-f]{16,32}$/i.test(text.trim()) ? [{ kind: 'page' as const, name: `Trace ${text.trim()}`, detail: '', href: `/traces/${text.trim().toLowerCase()}` }] : []),
    ],
    [dashboards, snapshot, metrics, text],
  );
}

export default function Palette({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const [, go] = useLocation();
  const things = useThings(text);
  const found = useMemo(() => rank(things, text).slice(0, shownMax), [things, text]);
  useEffect(() => void dialog.current?.showModal(), []);
  useEffect(() => void document.getElementById(`found-${at}`)?.scrollIntoView({ block: 'nearest' }), [at]);
  const pick = (one: Found | undefined) => {
    if (!one) return;
    onClose();
    go(one.href);
  };
  const onKey = (event: React.KeyboardEvent) => {
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (move) setAt((found.length + at + move) % Math.max(1, found.length));
    else if (event.key === 'Enter') pick(found[at]);
    else return;
    event.preventDefault();
  };
  return (
    <dialog ref={dialog} className="palette" aria-label="Go to" onClose={onClose} onClick={(event) => event.target === dialog.current && onClose()}>
      <input className="palette-input" role="combobox" aria-expanded="true" aria-controls="found" aria-activedescendant={found.length ? `found-${at}` : undefined} aria-label="Go to" placeholder="Go to a page, dashboard, process or metric" value={text}
        onChange={(event) => { setText(event.currentTarget.value); setAt(0); }} onKeyDown={onKey} autoFocus />
      <div id="found" role="listbox" aria-label="Found" className="palette-list">
        {found.map((one, i) => (
          <div key={one.href} id={`found-${i}`} role="option" aria-selected={i === at} className="option" onClick={() => pick(one)} onMouseMove={() => setAt(i)}>
            <span className="tag">{one.kind}</span><span className="ellipsis">{one.name}</span><span className="dim ellipsis grow">{one.detail}</span>
          </div>
        ))}
        {!found.length && <div role="option" aria-selected="false" aria-disabled="true" className="dim" style={{ padding: 12 }}>Nothing is called so</div>}
      </div>
    </dialog>
  );
}
