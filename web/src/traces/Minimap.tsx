// All spans of a trace in one small picture, on a canvas; dragging chooses the window that the waterfall shows.
import { useEffect, useRef, useState } from 'react';
import { paletteColor, type Scheme } from '../dashboard/colors';
import { useSize } from '../shell/useSize';
import { formatText } from '../format/units';
import type { Trace } from './model';
import { ticksOf, type Window } from './waterfall';

const leastDrag = 4;

function draw(canvas: HTMLCanvasElement, trace: Trace, width: number, height: number, scheme: Scheme) {
  const ratio = devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const context = canvas.getContext('2d');
  if (!context) return;
  context.scale(ratio, ratio);
  const colors = new Map(trace.services.map((service, i) => [service, paletteColor(i, scheme)]));
  const row = height / Math.max(1, trace.spans.length);
  const thick = Math.max(1, Math.min(5, row * 0.72));
  const scale = width / Math.max(trace.durationMs, 1e-9);
  context.globalAlpha = row < 1 ? 0.8 : 1;
  trace.spans.forEach((span, i) => {
    context.fillStyle = span.isError ? (scheme === 'dark' ? '#EB5757' : '#c0342b') : colors.get(span.service)!;
    context.fillRect(span.startMs * scale, i * row, Math.max(1, span.durationMs * scale), thick);
  });
}

export function Minimap({ trace, window, scheme, onChange }: { trace: Trace; window: Window; scheme: Scheme; onChange: (window: Window | null) => void }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const [ref, { width, height }] = useSize();
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null);
  useEffect(() => {
    if (canvas.current && width > 0 && height > 0) draw(canvas.current, trace, width, height, scheme);
  }, [trace, width, height, scheme]);
  const place = (event: React.PointerEvent) => {
    const rect = box.current!.getBoundingClientRect();
    return Math.min(rect.width, Math.max(0, event.clientX - rect.left));
  };
  const at = (px: number) => (px / Math.max(1, width)) * trace.durationMs;
  const left = drag ? Math.min(drag.from, drag.to) : (window.fromMs / trace.durationMs) * width;
  const right = drag ? Math.max(drag.from, drag.to) : (window.toMs / trace.durationMs) * width;
  const isWhole = !drag && window.fromMs <= 0 && window.toMs >= trace.durationMs;
  return (
    <div className="minimap" ref={box} title="Drag to zoom, double-click for the whole trace"
      onPointerDown={(event) => { event.currentTarget.setPointerCapture(event.pointerId); setDrag({ from: place(event), to: place(event) }); }}
      onPointerMove={(event) => drag && setDrag({ ...drag, to: place(event) })}
      onPointerUp={() => {
        if (drag && Math.abs(drag.to - drag.from) >= leastDrag) onChange({ fromMs: at(Math.min(drag.from, drag.to)), toMs: at(Math.max(drag.from, drag.to)) });
        setDrag(null);
      }}
      onDoubleClick={() => onChange(null)}
    >
      <div className="minimap-picture" ref={ref}><canvas ref={canvas} role="img" aria-label={`All ${trace.spans.length.toLocaleString()} spans`} style={{ width, height }} /></div>
      {!isWhole && <><i className="minimap-shade" style={{ left: 0, width: Math.max(0, left) }} /><i className="minimap-shade" style={{ left: right, right: 0 }} /><i className="minimap-window" style={{ left, width: Math.max(2, right - left) }} /></>}
      <div className="minimap-ticks" aria-hidden="true">{ticksOf({ fromMs: 0, toMs: trace.durationMs }, Math.max(2, Math.min(8, width / 130))).slice(1).map((ms) => <span key={ms} style={{ left: `${(ms / trace.durationMs) * 100}%` }}>{formatText(ms, 'ms')}</span>)}</div>
    </div>
  );
}
