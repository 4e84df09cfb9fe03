import { useEffect, useMemo, useRef, useState } from 'react';
import { usePanelSize } from '../panelSize';
import { formatText } from '../../format/units';
import { formatStamp } from '../../time/range';
import { alongScale, continuous } from '../colors';
import { heatOf } from '../heat';
import type { PanelProps } from '../PanelBody';
import { bagOf, textOf } from './options';

const schemes: Record<string, string[]> = { Greens: ['#0f2a1a', '#27ae60', '#d8f6e5'], Oranges: ['#2e1a08', '#f2994a', '#fde6cf'], Blues: continuous['continuous-blues']!, Reds: continuous['continuous-reds']!, Spectral: ['#5e4fa2', '#66c2a5', '#fee08b', '#d53e4f'], Viridis: ['#440154', '#31688e', '#35b779', '#fde725'] };
const left = 62;
const bottom = 18;

export default function HeatmapPanel({ panel, data, span, scheme }: PanelProps) {
  const [ref, { width, height }] = usePanelSize();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [tip, setTip] = useState<{ x: number; y: number; text: string } | null>(null);
  const cumulative = panel.targets.some((target) => target.format === 'heatmap');
  const heat = useMemo(() => heatOf(data.frames, cumulative), [data.frames, cumulative]);
  const color = bagOf(panel.options.color);
  const colors = schemes[textOf(color.scheme, 'Greens')] ?? schemes.Greens!;
  const ordered = scheme === 'light' ? [...colors].reverse() : colors;
  const exponent = typeof color.exponent === 'number' ? color.exponent : 0.5;
  const unit = textOf(bagOf(panel.options.yAxis).unit, 'short');
  const [w, h] = [Math.max(1, width - left), Math.max(1, height - bottom)];
  const step = heat.times.length > 1 ? Math.min(...heat.times.slice(1).map((time, i) => time - heat.times[i]!)) : 60_000;
  const x = (ms: number) => ((ms - span.fromMs) / (span.toMs - span.fromMs)) * w;
  const rows = heat.bounds.length;

  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (!element || !context) return;
    const ratio = devicePixelRatio;
    element.width = w * ratio;
    element.height = h * ratio;
    context.scale(ratio, ratio);
    context.clearRect(0, 0, w, h);
    const tall = h / Math.max(1, rows);
    heat.cells.forEach((row, bucket) => row.forEach((count, i) => {
      if (!count) return;
      context.fillStyle = alongScale(ordered, (count / heat.max) ** exponent);
      const from = x(heat.times[i]! - step);
      context.fillRect(from, h - (bucket + 1) * tall, Math.max(1, x(heat.times[i]!) - from - 0.5), tall - 1);
    }));
  });

  const hover = (event: React.MouseEvent<HTMLCanvasElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const ms = span.fromMs + ((event.clientX - box.left) / w) * (span.toMs - span.fromMs);
    const i = heat.times.findIndex((time) => ms <= time && ms > time - step);
    const bucket = Math.floor(((box.bottom - event.clientY) / h) * rows);
    const count = heat.cells[bucket]?.[i];
    if (count === undefined || count === null) return setTip(null);
    const low = bucket ? formatText(heat.bounds[bucket - 1], unit) : '0';
    setTip({ x: event.clientX, y: event.clientY, text: `${formatStamp(heat.times[i]!)}\n${low} to ${formatText(heat.bounds[bucket], unit)}: ${formatText(count)}` });
  };
  const every = Math.max(1, Math.ceil(rows / Math.max(1, Math.floor(h / 18))));
  return (
    <div ref={ref} className="panel-fill" style={{ position: 'relative' }}>
      <canvas ref={canvas} role="img" aria-label={`${panel.title}: ${rows} buckets`} style={{ position: 'absolute', left, top: 0, width: w, height: h }} onMouseMove={hover} onMouseLeave={() => setTip(null)} />
      <svg width={width} height={height} aria-hidden="true" style={{ pointerEvents: 'none', position: 'absolute' }}>
        {heat.bounds.map((bound, i) => i % every === 0 && <text key={i} x={left - 6} y={h - (i + 0.5) * (h / rows) + 4} textAnchor="end" fontSize="11" fill="var(--axis)">{formatText(bound, unit)}</text>)}
        {[0, 0.25, 0.5, 0.75].map((part) => <text key={part} x={left + part * w} y={height - 4} fontSize="11" fill="var(--axis)">{formatStamp(span.fromMs + part * (span.toMs - span.fromMs)).slice(11, 16)}</text>)}
      </svg>
      {tip && <div className="chart-tip" style={{ display: 'block', whiteSpace: 'pre', left: Math.min(tip.x + 14, innerWidth - 240), top: tip.y + 14 }}>{tip.text}</div>}
    </div>
  );
}
