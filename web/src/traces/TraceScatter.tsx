// Traces as dots: when they began, and how long they took (logarithmic). A click opens one, dragging zooms. The list below says the same.
import { useMemo, useRef, useState } from 'react';
import { paletteColor, type Scheme } from '../dashboard/colors';
import type { TraceHit } from '../api/tempo';
import { formatText } from '../format/units';
import { useSize } from '../shell/useSize';
import { formatStamp, type Span } from '../time/range';

export interface Dot {
  hit: TraceHit;
  ms: number;
  durationMs: number;
  spans: number;
  errors: number;
}
/** Below this a duration is drawn as this: Tempo's search tells whole milliseconds. */
const leastMs = 0.5;

export function dotsOf(hits: TraceHit[]): Dot[] {
  return hits.map((hit) => {
    const stats = Object.values(hit.serviceStats ?? {});
    return { hit, ms: Number(BigInt(hit.startTimeUnixNano) / 1000n) / 1000, durationMs: hit.durationMs, spans: stats.reduce((sum, one) => sum + one.spanCount, 0), errors: stats.reduce((sum, one) => sum + one.errorCount, 0) };
  });
}

/** The service with the most traces has the first colour. */
export function rootColors(dots: Dot[], scheme: Scheme): Map<string, string> {
  const counts = new Map<string, number>();
  for (const { hit } of dots) counts.set(hit.rootServiceName, (counts.get(hit.rootServiceName) ?? 0) + 1);
  return new Map([...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).map(([name], i) => [name, paletteColor(i, scheme)]));
}

/** 1, 2 and 5 of each power of ten where there are few powers, else each power. */
export function logTicks(low: number, high: number): number[] {
  const few = Math.log10(high / low) < 2;
  const out: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); ++power)
    for (const one of few ? [1, 2, 5] : [1]) {
      const value = one * 10 ** power;
      if (value >= low && value <= high) out.push(value);
    }
  return out;
}

const pad = { left: 58, right: 14, top: 10, bottom: 22 };
const two = (n: number) => String(n).padStart(2, '0');
const clock = (ms: number, withSeconds: boolean, withDate: boolean) => {
  const d = new Date(ms);
  return `${withDate ? `${two(d.getMonth() + 1)}-${two(d.getDate())} ` : ''}${two(d.getHours())}:${two(d.getMinutes())}${withSeconds ? `:${two(d.getSeconds())}` : ''}`;
};

export function TraceScatter({ dots, span, scheme, onOpen, onZoom, picked }: { dots: Dot[]; span: Span; scheme: Scheme; onOpen: (id: string) => void; onZoom: (fromMs: number, toMs: number) => void; picked: readonly string[] }) {
  const [ref, { width, height }] = useSize();
  const [over, setOver] = useState<number | null>(null);
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null);
  const svg = useRef<SVGSVGElement>(null);
  const [low, high] = useMemo(() => {
    const values = dots.map((dot) => Math.max(leastMs, dot.durationMs));
    if (!values.length) return [1, 1000];
    const [least, most] = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
    return [least / 1.6, Math.max(most * 1.6, least * 4)];
  }, [dots]);
  const inner = { width: Math.max(10, width - pad.left - pad.right), height: Math.max(10, height - pad.top - pad.bottom) };
  const x = (ms: number) => pad.left + ((ms - span.fromMs) / (span.toMs - span.fromMs)) * inner.width;
  const y = (ms: number) => pad.top + (1 - Math.log(Math.max(leastMs, ms) / low) / Math.log(high / low)) * inner.height;
  const timeAt = (px: number) => span.fromMs + (Math.min(inner.width, Math.max(0, px - pad.left)) / inner.width) * (span.toMs - span.fromMs);
  const times = useMemo(() => {
    const count = Math.max(2, Math.min(10, Math.floor(inner.width / 110)));
    return Array.from({ length: count }, (_, i) => span.fromMs + ((i + 0.5) / count) * (span.toMs - span.fromMs));
  }, [inner.width, span]);
  const colors = useMemo(() => rootColors(dots, scheme), [dots, scheme]);
  const place = (event: React.PointerEvent) => event.clientX - svg.current!.getBoundingClientRect().left;
  const hovered = over !== null ? dots[over] : undefined;
  const long = span.toMs - span.fromMs;
  return (
    <div ref={ref} className="scatter">
      <svg ref={svg} width={width} height={height} role="img" aria-label={`${dots.length} traces by start and duration`}
        onPointerDown={(event) => event.button === 0 && event.target === svg.current && (svg.current.setPointerCapture(event.pointerId), setDrag({ from: place(event), to: place(event) }))}
        onPointerMove={(event) => drag && setDrag({ ...drag, to: place(event) })}
        onPointerUp={() => {
          if (drag && Math.abs(drag.to - drag.from) > 5) onZoom(timeAt(Math.min(drag.from, drag.to)), timeAt(Math.max(drag.from, drag.to)));
          setDrag(null);
        }}
      >
        <g pointerEvents="none">
          {logTicks(low, high).map((value) => (
            <g key={value}><line x1={pad.left} x2={width - pad.right} y1={y(value)} y2={y(value)} className="grid-line" /><text x={pad.left - 8} y={y(value) + 4} textAnchor="end">{formatText(value, 'ms')}</text></g>
          ))}
          {times.map((ms) => <text key={ms} x={x(ms)} y={height - 5} textAnchor="middle">{clock(ms, long < 6e5, long > 36 * 36e5)}</text>)}
          <line x1={pad.left} x2={width - pad.right} y1={height - pad.bottom} y2={height - pad.bottom} className="grid-line" />
          {drag && <rect x={Math.min(drag.from, drag.to)} width={Math.abs(drag.to - drag.from)} y={pad.top} height={inner.height} className="brush" />}
        </g>
        {width > 0 && dots.map((dot, i) => (
          <circle key={dot.hit.traceID} cx={x(dot.ms)} cy={y(dot.durationMs)} r={Math.min(9, 3.2 + Math.log2(1 + dot.spans) * 0.55)} className={`dot-trace${dot.errors ? ' bad' : ''}${picked.includes(dot.hit.traceID) ? ' picked' : ''}`}
            style={{ '--own': dot.errors ? 'var(--red)' : colors.get(dot.hit.rootServiceName) } as React.CSSProperties} onPointerEnter={() => setOver(i)} onPointerLeave={() => setOver(null)} onClick={() => onOpen(dot.hit.traceID)} />
        ))}
      </svg>
      {hovered && (
        <div className="scatter-tip" style={{ left: Math.min(width - 250, Math.max(4, x(hovered.ms) + 12)), top: y(hovered.durationMs) > height / 2 ? y(hovered.durationMs) - 78 : y(hovered.durationMs) + 12 }}>
          <strong>{hovered.hit.rootServiceName}: {hovered.hit.rootTraceName}</strong>
          <span>{formatText(hovered.durationMs, 'ms')}, {hovered.spans} spans{hovered.errors > 0 && <b className="bad">, {hovered.errors} with errors</b>}</span>
          <span className="dim">{formatStamp(hovered.ms)}</span>
        </div>
      )}
    </div>
  );
}
