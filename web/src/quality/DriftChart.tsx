// The drift of one test over time: what windows scored, the band that chance stays in, and the line from which on it is an alarm.
import { useState, type KeyboardEvent, type PointerEvent } from 'react';
import type { Comparison } from '../api/quality';
import { useSize } from '../shell/useSize';
import { formatStamp } from '../time/range';
import { linear, pathOf, runsOf, ticksUpTo, timeTicks } from './scale';
import { chance, verdictWord } from './words';

const left = 38;
const right = 14;
const top = 12;
const bottom = 26;

interface Props { history: Comparison[]; test: string; scoreMax: number; interval: number; selected: number; onSelect: (index: number) => void }

export function DriftChart({ history, test, scoreMax, interval, selected, onSelect }: Props) {
  const [ref, { width, height }] = useSize();
  const [hover, setHover] = useState<number | null>(null);
  const points = history.map((one, index) => ({ index, one, column: one.columns.find((column) => column.name === test) })).filter((point) => point.column !== undefined);
  const from = points[0]?.one.time ?? 0;
  const to = Math.max(points.at(-1)?.one.time ?? 1, from + 2 * interval);
  const high = Math.min(1, Math.max(scoreMax * 1.6, ...points.map(({ column }) => Math.max(column!.score, column!.null_score_95) * 1.12)));
  const x = linear([from, to], [left, Math.max(left + 1, width - right)]);
  const y = linear([0, high], [height - bottom, top]);
  const runs = runsOf(points, (point) => point.one.time, Math.max(interval * 3.5, 1));
  const shown = points.find((point) => point.index === hover) ?? points.find((point) => point.index === selected);
  const nearest = (event: PointerEvent<SVGSVGElement>) => {
    const at = event.clientX - event.currentTarget.getBoundingClientRect().left;
    return points.reduce<(typeof points)[0] | null>((best, point) => (best && Math.abs(x(best.one.time) - at) <= Math.abs(x(point.one.time) - at) ? best : point), null);
  };
  const onKey = (event: KeyboardEvent) => {
    const at = points.findIndex((point) => point.index === shown?.index);
    const next = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: points.length - 1, PageUp: at - 10, PageDown: at + 10 }[event.key];
    if (next === undefined || !points.length) return;
    event.preventDefault();
    onSelect(points[Math.min(points.length - 1, Math.max(0, next))]!.index);
  };
  const told = shown ? `${formatStamp(shown.one.time * 1000)}: ${verdictWord[shown.one.verdict]}, score ${shown.column!.score.toFixed(2)}, ${chance(shown.column!.p_adjusted)}` : 'no comparison';
  return (
    <div className="drift-chart">
      <div ref={ref} className="drift-plot" role="slider" tabIndex={0} aria-label="Comparison over time" aria-valuemin={0} aria-valuemax={Math.max(0, points.length - 1)}
        aria-valuenow={Math.max(0, points.findIndex((point) => point.index === shown?.index))} aria-valuetext={told} onKeyDown={onKey}>
        {width > 0 && points.length > 0 && (
          <svg width={width} height={height} aria-hidden="true" onPointerMove={(event) => setHover(nearest(event)?.index ?? null)} onPointerLeave={() => setHover(null)}
            onClick={(event) => { const point = nearest(event as unknown as PointerEvent<SVGSVGElement>); if (point) onSelect(point.index); }}>
            {ticksUpTo(high).map((tick) => <g key={tick}><line className="grid-line" x1={left} x2={width - right} y1={y(tick)} y2={y(tick)} /><text className="axis" x={left - 7} y={y(tick) + 4} textAnchor="end">{tick}</text></g>)}
            {timeTicks(from, to, Math.max(2, Math.floor(width / 90))).map(({ at, text }) => <text key={at} className="axis" x={Math.min(x(at), width - 18)} y={height - 7} textAnchor="middle">{text}</text>)}
            {runs.map((run) => {
              const edge = run.map(({ one, column }): [number, number] => [x(one.time), y(column!.null_score_95)]);
              const ends: [number, number][] = [[edge.at(-1)![0], y(0)], [edge[0]![0], y(0)]];
              return <g key={run[0]!.index}><path className="null-band" d={`${pathOf([...edge, ...ends])}Z`} /><path className="null-edge" d={pathOf(edge)} /></g>;
            })}
            {scoreMax <= high && <line className="alarm-line" x1={left} x2={width - right} y1={y(scoreMax)} y2={y(scoreMax)} />}
            {runs.map((run) => <path key={run[0]!.index} className="score-line" d={pathOf(run.map(({ one, column }) => [x(one.time), y(column!.score)]))} />)}
            {points.filter(({ one, index }) => one.verdict === 'drift' || one.verdict === 'slight change' || index === shown?.index).map(({ one, index, column }) => (
              <circle key={index} className={`score-dot ${one.verdict === 'drift' ? 'red' : one.verdict === 'slight change' ? 'yellow' : ''}`} cx={x(one.time)} cy={y(column!.score)} r={index === shown?.index ? 5 : 3} />
            ))}
            {shown && <line className="cursor-line" x1={x(shown.one.time)} x2={x(shown.one.time)} y1={top} y2={height - bottom} />}
          </svg>
        )}
      </div>
      <p className="drift-told"><span className="drift-legend"><span className="legend-band" aria-hidden="true" /><span className="dim">95 of 100 windows without a change stay in the band</span></span><span className="drift-legend"><span className="legend-alarm" aria-hidden="true" /><span className="dim">alarm over {scoreMax}</span></span><span className="spacer" /><span className="num">{told}</span></p>
    </div>
  );
}
