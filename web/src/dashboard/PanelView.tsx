// One panel: its frame, its title, its queries, its state. It asks only while it is in sight.
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { memo, Suspense, useEffect, useMemo, useState, type ReactNode } from 'react';
import { ApiError } from '../api/http';
import { Icon } from '../shell/icons';
import { useScheme } from '../shell/useScheme';
import { useSize } from '../shell/useSize';
import { useTime } from '../time/useTime';
import { applyFieldConfig } from './fieldConfig';
import type { PanelData } from './frames';
import { interpolate, type Values } from './interpolate';
import { PanelLinks } from './Links';
import { PanelSizeContext } from './panelSize';
import type { Panel } from './model';
import { needsData, rendererOf } from './PanelBody';
import { runQueries, sourceOf } from './runQueries';
import { transform } from './transform';

function prepare(panel: Panel, raw: PanelData): PanelData {
  const notes = [...raw.notes];
  const named = applyFieldConfig(raw.frames, panel, []);
  const frames = applyFieldConfig(transform(named, panel.transformations, notes), panel, notes);
  return { frames, logs: raw.logs, exemplars: raw.exemplars, notes: [...new Set(notes)] };
}

const isEmpty = (data: PanelData) => !data.logs?.length && data.frames.every((frame) => frame.length === 0);

/** What an empty or failed panel tells. Logs of a server without a log store are no failure of the person who looks. */
function Trouble({ error, panel }: { error: Error; panel: Panel }) {
  const noLogs = error instanceof ApiError && error.status === 404 && panel.targets.some((target) => sourceOf(panel, target) === 'loki');
  if (noLogs) return <div className="empty"><strong>No log store here</strong><span>This server answers no LogQL.</span></div>;
  return <div className="panel-error" role="alert"><Icon name="warn" /><span className="error">{error.message}</span></div>;
}

function useInSight(hint: boolean): [(element: HTMLElement | null) => (() => void) | undefined, boolean] {
  const [seen, setSeen] = useState(hint);
  const ref = useMemo(() => (element: HTMLElement | null) => {
    if (!element) return undefined;
    const observer = new IntersectionObserver(([entry]) => setSeen(entry!.isIntersecting), { rootMargin: '250px' });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [ref, seen];
}

/** A refresh that takes a moment is seen; one that does not, which most are, changes nothing on the page. */
const busyAfterMs = 300;
function Busy() {
  const [shown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), busyAfterMs);
    return () => clearTimeout(timer);
  }, []);
  return shown && <span className="busy" aria-hidden="true" />;
}

/** `expected`: how wide the panel will be and whether it is in sight, where that is known before the first layout: its queries need not wait. */
export const PanelView = memo(function PanelView({ panel, values, ready, height, tools, expected }: { panel: Panel; values: Values; ready: boolean; height?: number; tools?: ReactNode; expected?: { width: number; inSight: boolean } }) {
  const { span, generation } = useTime();
  const { scheme } = useScheme();
  const [sizeRef, size] = useSize();
  const [sightRef, inSight] = useInSight(expected?.inSight ?? false);
  const Renderer = rendererOf(panel.type);
  const asks = needsData(panel.type) && Renderer !== undefined;
  const points = Math.max(100, Math.min(1200, Math.round((expected?.width ?? size.width) / 10) * 10));
  // What the variables make of the queries, not the variables: their options may come later and change nothing.
  const key = JSON.stringify([panel.targets.map((target) => [target, interpolate(target.expr, values), target.legendFormat && interpolate(target.legendFormat, values, true)]), interpolate(panel.interval ?? '', values)]);
  // What is drawn belongs to the span that it was asked for: an axis must not run ahead of its lines.
  const { data: answer, error, isFetching } = useQuery({
    queryKey: ['panel', key, span.fromMs, span.toMs, points, generation],
    queryFn: async ({ signal }) => ({ span, raw: await runQueries({ panel, values, span, points, signal }) }),
    enabled: asks && ready && inSight && (expected !== undefined || size.width > 0),
    placeholderData: keepPreviousData,
  });
  const data = useMemo(() => (answer ? prepare(panel, answer.raw) : undefined), [panel, answer]);
  const title = interpolate(panel.title, values, true);
  const notes = data?.notes ?? [];
  return (
    <section ref={sightRef} role="group" className={`card panel${panel.transparent ? ' transparent' : ''}`} style={height ? { height } : undefined} aria-label={title || panel.type} aria-busy={isFetching || undefined}>
      <header className="card-head">
        {title && <h2 title={title}>{title}</h2>}
        {panel.description && <span className="dim row" title={panel.description} role="img" aria-label={panel.description}><Icon name="info" size={14} /></span>}
        {panel.links.length > 0 && <PanelLinks links={panel.links} values={values} />}
        <span className="spacer" />
        {notes.length > 0 && <span className="tag yellow" title={notes.join('\n')} role="note">{notes[0]!.length < 60 ? notes[0] : `${notes.length} notes`}</span>}
        {isFetching && answer && <Busy />}
        {tools}
      </header>
      <div className="panel-body"><div ref={sizeRef} className="panel-fill">
        {!Renderer ? (
          <div className="empty"><strong>Panel type "{panel.type}"</strong><span>is not drawn here. It is kept when the dashboard is exported.</span></div>
        ) : error && !isFetching ? (
          <Trouble error={error} panel={panel} />
        ) : asks && !data ? (
          <div className={inSight ? 'panel-wait' : undefined} aria-busy={inSight} />
        ) : data && isEmpty(data) && panel.type !== 'stat' ? (
          <div className="empty"><strong>No data</strong><span>{panel.type === 'logs' ? 'No line in this time range' : 'Nothing was measured in this time range'}</span></div>
        ) : (
          <Suspense fallback={<div className="panel-wait" />}>
            <PanelSizeContext.Provider value={size}><Renderer panel={panel} data={data ?? { frames: [], notes: [] }} span={answer?.span ?? span} values={values} scheme={scheme} /></PanelSizeContext.Provider>
          </Suspense>
        )}
      </div></div>
    </section>
  );
});
