// A line chart: uPlot made once for a set of series, fed by setData afterwards. Cursors of all charts of a page move together; dragging
// zooms; the tooltip is on the hovered chart alone.
import { useEffect, useLayoutEffect, useRef } from 'react';
import uPlot from 'uplot';
import { Link } from 'wouter';
import 'uplot/dist/uPlot.min.css';
import './TimeChart.css';
import { withAlpha } from '../dashboard/colors';
import { formatStamp } from '../time/range';

export interface ChartSeries {
  label: string;
  color: string;
  width?: number;
  fill?: number;
  drawStyle?: 'line' | 'bars' | 'points';
  stepped?: boolean;
  dash?: number[];
  spanGaps?: boolean;
  shown: boolean;
  format: (value: number | null) => string;
}
export interface ChartProps {
  times: number[];
  /** What is drawn. */
  values: (number | null)[][];
  /** What the tooltip says, where it differs from what is drawn (stacks). */
  said?: (number | null)[][];
  series: ChartSeries[];
  fromMs: number;
  toMs: number;
  min?: number;
  max?: number;
  softMin?: number;
  log?: boolean;
  /** Ticks at powers of two, as bytes are counted. */
  binary?: boolean;
  axisFormat: (value: number) => string;
  thresholds?: { value: number; color: string }[];
  /** Marked behind the lines, each with a bar above it: times at which alerts fired, or with a colour of its own what its name says. */
  marks?: { fromMs: number; toMs: number; name: string; color?: string }[];
  /** Samples that lead to a trace, as small links; one above the chart stands at its upper edge. */
  exemplars?: { ms: number; value: number; trace: string; text: string }[];
  onZoom?: (fromMs: number, toMs: number) => void;
  label: string;
}

const binaryTicks = Array.from({ length: 60 }, (_, i) => 2 ** i);
const syncKey = 'page';
const tooltipRows = 12;
const pointsHoverMax = 100;

const css = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function tooltip(chart: { current: ChartProps }): uPlot.Plugin {
  let box: HTMLDivElement;
  let inside = false;
  let frame = 0;
  function draw(u: uPlot) {
    frame = 0;
    const { idx, left = -1, top = -1 } = u.cursor;
    if (!inside || idx === null || idx === undefined || left < 0) return void (box.style.display = 'none');
    const { series, values, said, times } = chart.current;
    const rows: { label: string; color: string; value: number; text: string; distance: number }[] = [];
    series.forEach((one, i) => {
      const value = (said ?? values)[i]?.[idx];
      if (one.shown && value !== null && value !== undefined)
        rows.push({ label: one.label, color: one.color, value, text: one.format(value), distance: Math.abs(u.valToPos(values[i]![idx]!, 'y') - top) });
    });
    rows.sort((a, b) => b.value - a.value);
    const near = rows.length ? rows.reduce((a, b) => (b.distance < a.distance ? b : a)) : undefined;
    const place = near ? rows.indexOf(near) : 0;
    const start = Math.max(0, Math.min(place - tooltipRows / 2, rows.length - tooltipRows));
    const time = document.createElement('div');
    time.className = 'tip-time';
    time.textContent = formatStamp(times[idx]! * 1000);
    const firing = [...new Set((chart.current.marks ?? []).filter((one) => !one.color && one.fromMs <= times[idx]! * 1000 && times[idx]! * 1000 <= one.toMs).map((one) => one.name))];
    if (firing.length) {
      const alerts = document.createElement('div');
      alerts.className = 'tip-alerts';
      alerts.textContent = `firing: ${firing.slice(0, 4).join(', ')}${firing.length > 4 ? ` and ${firing.length - 4} more` : ''}`;
      time.append(alerts);
    }
    const lines = rows.slice(start, start + tooltipRows).map((row) => {
      const line = document.createElement('div');
      line.className = row === near ? 'tip-row near' : 'tip-row';
      const mark = document.createElement('i');
      mark.style.background = row.color;
      const label = document.createElement('span');
      label.textContent = row.label;
      const value = document.createElement('b');
      value.textContent = row.text;
      line.append(mark, label, value);
      return line;
    });
    if (rows.length > tooltipRows) {
      const more = document.createElement('div');
      more.className = 'tip-time';
      more.textContent = `and ${rows.length - tooltipRows} more`;
      lines.push(more);
    }
    box.replaceChildren(time, ...lines);
    box.style.display = rows.length ? 'block' : 'none';
    const area = u.over.getBoundingClientRect();
    const [w, h] = [box.offsetWidth, box.offsetHeight];
    const right = area.left + left + 16 + w < innerWidth - 8;
    box.style.left = `${Math.max(8, right ? area.left + left + 16 : area.left + left - w - 16)}px`;
    box.style.top = `${Math.max(8, Math.min(innerHeight - h - 8, area.top + top + 12))}px`;
  }
  const hide = () => {
    inside = false;
    box.style.display = 'none';
  };
  return {
    hooks: {
      init: (u) => {
        box = document.createElement('div');
        box.className = 'chart-tip';
        document.body.append(box);
        u.over.addEventListener('mouseenter', () => (inside = true));
        u.over.addEventListener('mouseleave', hide);
      },
      setCursor: (u) => {
        if (!frame) frame = requestAnimationFrame(() => draw(u));
      },
      destroy: () => {
        cancelAnimationFrame(frame);
        box.remove();
      },
    },
  };
}

interface Arriving { element: HTMLElement; create: (size: DOMRect) => void }
let arriving: Arriving[] = [];

/** Charts that come together are measured together: measuring one after another was made would lay the page out again for each. Returns
 * how to give up before that. */
function createMeasured(element: HTMLElement, create: Arriving['create']): () => void {
  const one = { element, create };
  if (!arriving.length)
    queueMicrotask(() => {
      const all = arriving;
      arriving = [];
      const sizes = all.map((each) => each.element.getBoundingClientRect());
      all.forEach((each, i) => each.create(sizes[i]!));
    });
  arriving.push(one);
  return () => {
    arriving = arriving.filter((each) => each !== one);
  };
}

const markBar = 3;

function firingMarks(chart: { current: ChartProps }): uPlot.Plugin {
  return {
    hooks: {
      drawClear: (u) => {
        const marks = chart.current.marks ?? [];
        if (!marks.length) return;
        const color = getComputedStyle(u.root).getPropertyValue('--red') || '#EB5757';
        for (const { fromMs, toMs, color: own } of marks) {
          const right = u.bbox.left + u.bbox.width;
          const from = Math.max(u.bbox.left, u.valToPos(fromMs / 1000, 'x', true));
          const to = Math.min(right, u.valToPos(toMs / 1000, 'x', true));
          if (to <= u.bbox.left || from >= right) continue;
          u.ctx.save();
          u.ctx.fillStyle = own ?? color;
          u.ctx.globalAlpha = own ? 0.16 : 0.07;
          u.ctx.fillRect(from, u.bbox.top, Math.max(1, to - from), u.bbox.height);
          u.ctx.globalAlpha = 0.9;
          u.ctx.fillRect(from, u.bbox.top, Math.max(2, to - from), markBar * devicePixelRatio);
          u.ctx.restore();
        }
      },
    },
  };
}

function thresholdLines(chart: { current: ChartProps }): uPlot.Plugin {
  return {
    hooks: {
      drawAxes: (u) => {
        for (const { value, color } of chart.current.thresholds ?? []) {
          const y = u.valToPos(value, 'y', true);
          if (y < u.bbox.top || y > u.bbox.top + u.bbox.height) continue;
          u.ctx.save();
          u.ctx.strokeStyle = withAlpha(color, 0.7);
          u.ctx.setLineDash([6, 5]);
          u.ctx.beginPath();
          u.ctx.moveTo(u.bbox.left, y);
          u.ctx.lineTo(u.bbox.left + u.bbox.width, y);
          u.ctx.stroke();
          u.ctx.restore();
        }
      },
    },
  };
}

/** Where the links of exemplars stand: they are elements, so that the keyboard finds them, and lie beside the picture that the chart is. */
function placeExemplars(chart: { current: ChartProps }, layer: { current: HTMLElement | null }): uPlot.Plugin {
  return {
    hooks: {
      draw: (u) => {
        if (!layer.current) return;
        const ratio = devicePixelRatio || 1;
        const [left, top, width, height] = [u.bbox.left / ratio, u.bbox.top / ratio, u.bbox.width / ratio, u.bbox.height / ratio];
        Object.assign(layer.current.style, { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` });
        [...layer.current.children].forEach((link, i) => {
          const one = chart.current.exemplars?.[i];
          if (!one) return;
          const x = u.valToPos(one.ms / 1000, 'x');
          const isIn = x >= 0 && x <= width;
          Object.assign((link as HTMLElement).style, { display: isIn ? 'block' : 'none', left: `${x}px`, top: `${Math.min(height - 2, Math.max(2, u.valToPos(one.value, 'y')))}px` });
        });
      },
    },
  };
}

function optionsOf(chart: { current: ChartProps }, layer: { current: HTMLElement | null }, width: number, height: number): uPlot.Options {
  const props = chart.current;
  const axis = { stroke: css('--axis'), grid: { stroke: css('--grid'), width: 1 }, ticks: { show: false }, font: '11px system-ui, sans-serif' };
  const many = props.series.length > pointsHoverMax;
  const two = (n: number) => String(n).padStart(2, '0');
  return {
    width, height, legend: { show: false }, padding: [8, 18, 0, 0],
    cursor: { sync: { key: syncKey, setSeries: false }, drag: { x: props.onZoom !== undefined, y: false, setScale: false }, points: { show: !many, size: 7 }, y: false },
    scales: {
      x: { time: true, range: () => [chart.current.fromMs / 1000, chart.current.toMs / 1000] },
      y: {
        distr: props.log ? 3 : 1,
        range: props.log ? undefined : (_, low, high) => {
          const { min, max, softMin = 0 } = chart.current;
          if (low === null || high === null) return [min ?? 0, max ?? 1];
          const bottom = min ?? (low < softMin ? low - (high - low) * 0.08 : softMin);
          const top = max ?? (high > bottom ? high + (high - bottom) * 0.1 : bottom + 1);
          return [bottom, top > bottom ? top : bottom + 1];
        },
      },
    },
    axes: [
      { ...axis, space: 70, size: 26, values: (_, splits, __, ___, step) => splits.map((s) => {
        const d = new Date(s * 1000);
        return step >= 86400 ? `${two(d.getMonth() + 1)}-${two(d.getDate())}` : step < 60 ? `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}` : `${two(d.getHours())}:${two(d.getMinutes())}`;
      }) },
      { ...axis, space: 34, gap: 6, incrs: props.binary ? binaryTicks : undefined, size: (u, texts) => {
        if (!texts?.length) return 40;
        u.ctx.save();
        u.ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
        const wide = Math.max(...texts.map((text) => u.ctx.measureText(text).width)) / devicePixelRatio;
        u.ctx.restore();
        return Math.ceil(wide) + 14;
      }, values: (_, splits) => splits.map((value) => (value === null ? '' : chart.current.axisFormat(value))) },
    ],
    series: [
      {},
      ...props.series.map((one): uPlot.Series => ({
        label: one.label, stroke: one.color, width: one.drawStyle === 'points' ? 0 : (one.width ?? 1.5), show: one.shown, dash: one.dash, spanGaps: one.spanGaps,
        fill: one.fill && one.drawStyle === 'bars' ? withAlpha(one.color, one.fill) : one.fill ? (u) => {
          const gradient = u.ctx.createLinearGradient(0, u.bbox.top, 0, u.bbox.top + u.bbox.height);
          gradient.addColorStop(0, withAlpha(one.color, one.fill!));
          gradient.addColorStop(1, withAlpha(one.color, one.fill! * 0.15));
          return gradient;
        } : undefined,
        paths: one.drawStyle === 'bars' ? uPlot.paths.bars!({ size: [0.8, 40] }) : one.stepped ? uPlot.paths.stepped!({ align: 1 }) : undefined,
        points: one.drawStyle === 'points' ? { show: true, size: 5, fill: one.color } : { show: many ? false : (_, __, first, last) => last - first === 0, size: 4 },
      })),
    ],
    plugins: [tooltip(chart), thresholdLines(chart), firingMarks(chart), placeExemplars(chart, layer)],
    hooks: {
      setSelect: [(u) => {
        if (u.select.width < 4) return;
        const [from, to] = [u.posToVal(u.select.left, 'x'), u.posToVal(u.select.left + u.select.width, 'x')];
        u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        chart.current.onZoom?.(from * 1000, to * 1000);
      }],
    },
  };
}

export function TimeChart(props: ChartProps) {
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const layer = useRef<HTMLDivElement>(null);
  const latest = useRef(props);
  latest.current = props;
  const scheme = document.documentElement.dataset.mantineColorScheme;
  const shape = JSON.stringify([scheme, props.log, !!props.onZoom, props.series.map((s) => [s.label, s.color, s.width, s.fill, s.drawStyle, s.stepped, s.dash, s.spanGaps])]);

  useLayoutEffect(() => {
    const element = holder.current!;
    const observer = new ResizeObserver(() => {
      const u = plot.current;
      const { width, height } = element.getBoundingClientRect();
      // An observer tells the size at its beginning, too: the chart has just been drawn in it.
      if (u && width > 0 && height > 0 && (u.width !== width || u.height !== height)) u.setSize({ width, height });
    });
    const forget = createMeasured(element, ({ width, height }) => {
      plot.current = new uPlot(optionsOf(latest, layer, Math.max(60, width), Math.max(40, height)), [latest.current.times, ...latest.current.values] as uPlot.AlignedData, element);
      observer.observe(element);
    });
    return () => {
      forget();
      observer.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [shape]);

  useEffect(() => {
    plot.current?.setData([props.times, ...props.values] as uPlot.AlignedData);
  }, [props.times, props.values, props.fromMs, props.toMs]);

  useEffect(() => {
    plot.current?.redraw(false);
  }, [props.marks, props.exemplars]);

  const shown = props.series.map((one) => one.shown).join();
  useEffect(() => {
    const u = plot.current;
    if (u) latest.current.series.forEach((one, i) => u.series[i + 1]!.show !== one.shown && u.setSeries(i + 1, { show: one.shown }));
  }, [shown]);

  return (
    <div className="time-chart">
      <div ref={holder} className="time-chart-picture" role="img" aria-label={props.label} />
      {props.exemplars && props.exemplars.length > 0 && (
        <div ref={layer} className="exemplars">
          {props.exemplars.map((one) => <Link key={one.trace} href={`/traces/${one.trace}`} className="exemplar" title={`Trace ${one.trace.slice(0, 16)}: ${one.text}, ${formatStamp(one.ms)}`} aria-label={`Trace of ${one.text} at ${formatStamp(one.ms)}`}><i /></Link>)}
        </div>
      )}
    </div>
  );
}
