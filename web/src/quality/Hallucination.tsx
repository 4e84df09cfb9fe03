// How often answers are flagged: the share with its interval, minute by minute, and how the scores are spread.
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { acceptUsual, type HallucinationSeries, type Status } from '../api/quality';
import { ErrorText } from '../shell/Page';
import { useSize } from '../shell/useSize';
import { formatStamp } from '../time/range';
import { linear, ticksUpTo, timeTicks } from './scale';
import { age } from '../format/units';
import { rateSentence, share } from './words';

/** The interval of now beside what is usual, on one scale. */
function Interval({ rate, status }: { rate: HallucinationSeries; status: Status }) {
  const limit = status.hallucination.share_max;
  const high = Math.min(1, Math.max(limit * 2, (rate.window.high ?? 0) * 1.1, (rate.usual.high ?? 0) * 1.2));
  const at = (value: number | null) => `${(100 * (value ?? 0)) / high}%`;
  const wide = (low: number | null, to: number | null) => `${(100 * ((to ?? 0) - (low ?? 0))) / high}%`;
  return (
    <div className="interval" role="img" aria-label={`Now ${share(rate.window.low)} to ${share(rate.window.high)}, usual ${share(rate.usual.share)}, limit ${share(limit)}`}>
      <div className="interval-row"><span className="dim">now</span><div className="interval-track">{rate.window.share !== null && <><i className={`whisker ${rate.spike ? 'red' : ''}`} style={{ left: at(rate.window.low), width: wide(rate.window.low, rate.window.high) }} /><i className={`point ${rate.spike ? 'red' : ''}`} style={{ left: at(rate.window.share) }} /></>}<i className="limit" style={{ left: at(limit) }} /></div></div>
      <div className="interval-row"><span className="dim">usual</span><div className="interval-track">{rate.usual.share !== null && <><i className="whisker quiet" style={{ left: at(rate.usual.low), width: wide(rate.usual.low, rate.usual.high) }} /><i className="point quiet" style={{ left: at(rate.usual.share) }} /></>}{rate.usual.share === null && <span className="interval-none dim">not known yet</span>}<i className="limit" style={{ left: at(limit) }} /></div></div>
      <div className="interval-row axis-row"><span /><div className="interval-axis">{ticksUpTo(high, 4).map((tick) => <span key={tick} style={{ left: at(tick) }}>{Math.round(tick * 100)} %</span>)}</div></div>
    </div>
  );
}

const height = 150;
const bars = { left: 34, right: 8, top: 8, bottom: 22 };
const minutesShown = 180;

function Minutes({ minutes }: { minutes: HallucinationSeries['minutes'] }) {
  const [ref, { width }] = useSize();
  const to = minutes.at(-1)?.time ?? 0;
  const from = Math.max(to - minutesShown * 60, Math.min(minutes[0]?.time ?? 0, to - 20 * 60));
  const shown = minutes.filter((one) => one.time >= from);
  const high = Math.max(1, ...shown.map((one) => one.judged));
  const x = linear([from, to + 60], [bars.left, Math.max(bars.left + 1, width - bars.right)]);
  const y = linear([0, high], [height - bars.bottom, bars.top]);
  const thick = Math.max(1, (x(60) - x(0)) * 0.78);
  const flagged = shown.reduce((sum, one) => sum + one.flagged, 0);
  const judged = shown.reduce((sum, one) => sum + one.judged, 0);
  return (
    <div ref={ref} className="bars" role="img" aria-label={`${judged} answers were judged since ${formatStamp(from * 1000)}, ${flagged} flagged`}>
      {width > 0 && shown.length > 0 && (
        <svg width={width} height={height} aria-hidden="true">
          {ticksUpTo(high, 3).filter((tick) => Number.isInteger(tick)).map((tick) => <g key={tick}><line className="grid-line" x1={bars.left} x2={width - bars.right} y1={y(tick)} y2={y(tick)} /><text className="axis" x={bars.left - 6} y={y(tick) + 4} textAnchor="end">{tick}</text></g>)}
          {timeTicks(from, to, Math.max(2, Math.floor(width / 90))).map(({ at, text }) => <text key={at} className="axis" x={Math.min(x(at), width - 18)} y={height - 5} textAnchor="middle">{text}</text>)}
          {shown.map((one) => (
            <g key={one.time}><title>{`${formatStamp(one.time * 1000)}: ${one.flagged} of ${one.judged} flagged`}</title>
              <rect className="judged" x={x(one.time)} width={thick} y={y(one.judged)} height={y(one.flagged) - y(one.judged)} /><rect className="flagged" x={x(one.time)} width={thick} y={y(one.flagged)} height={y(0) - y(one.flagged)} />
            </g>
          ))}
        </svg>
      )}
    </div>
  );
}

function Histogram({ histogram, threshold }: { histogram: HallucinationSeries['histogram']; threshold: number }) {
  const [ref, { width }] = useSize();
  const high = Math.max(1, ...histogram.map((one) => one.count));
  const x = linear([0, 1], [bars.left, Math.max(bars.left + 1, width - bars.right)]);
  const y = linear([0, high], [height - bars.bottom, bars.top]);
  const all = histogram.reduce((sum, one) => sum + one.count, 0);
  return (
    <div ref={ref} className="bars" role="img" aria-label={`Scores of ${all.toLocaleString('en')} answers: ${histogram.map((one, i) => `${((histogram[i - 1]?.to ?? 0)).toFixed(1)} to ${one.to.toFixed(1)}: ${one.count}`).join(', ')}`}>
      {width > 0 && (
        <svg width={width} height={height} aria-hidden="true">
          {ticksUpTo(high, 3).filter((tick) => Number.isInteger(tick)).map((tick) => <g key={tick}><line className="grid-line" x1={bars.left} x2={width - bars.right} y1={y(tick)} y2={y(tick)} /><text className="axis" x={bars.left - 6} y={y(tick) + 4} textAnchor="end">{tick >= 10_000 ? `${tick / 1000}k` : tick}</text></g>)}
          {[0, 0.25, 0.5, 0.75, 1].map((tick) => <text key={tick} className="axis" x={x(tick)} y={height - 5} textAnchor={tick === 1 ? 'end' : 'middle'}>{tick}</text>)}
          {histogram.map((one, i) => {
            const begin = histogram[i - 1]?.to ?? 0;
            return <rect key={one.to} className={(begin + one.to) / 2 >= threshold ? 'flagged' : 'judged'} x={x(begin) + 1} width={Math.max(1, x(one.to) - x(begin) - 2)} y={y(one.count)} height={y(0) - y(one.count)} rx={2}><title>{`${begin.toFixed(1)} to ${one.to.toFixed(1)}: ${one.count}`}</title></rect>;
          })}
          <line className="alarm-line" x1={x(threshold)} x2={x(threshold)} y1={bars.top} y2={height - bars.bottom} />
        </svg>
      )}
    </div>
  );
}

/** What an alarm is about is not taken for usual: until when, and how a person ends it. */
function Held({ rate, status }: { rate: HallucinationSeries; status: Status }) {
  const client = useQueryClient();
  const [trouble, setTrouble] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  if (rate.usual.held === 0) return null;
  const accept = async () => {
    setBusy(true);
    try {
      await acceptUsual(rate);
      setTrouble(null);
      await client.invalidateQueries({ queryKey: ['quality-hallucination'] });
    } catch (problem) {
      setTrouble(problem);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <p className="dim small-print">{rate.usual.held.toLocaleString('en')} answers belong to an alarm and are no part of what is usual{rate.spike ? `; were it to last ${age(status.hallucination.baseline_seconds).replace(/ 0 \w+$/, '')}, they would be` : ''}. {rate.spike && <button className="button small" disabled={busy} onClick={accept}>Accept it as usual</button>}</p>
      {trouble !== null && <ErrorText error={trouble} />}
    </>
  );
}

export function Hallucination({ rate, status, threshold }: { rate: HallucinationSeries; status: Status; threshold: number }) {
  const color = rate.spike ? 'red' : rate.window.judged ? 'green' : '';
  return (
    <>
      <div className={`card verdict ${color}`}>
        <div className="verdict-score"><b className="num">{share(rate.window.share)}</b><span className="dim">flagged</span></div>
        <div className="grow"><p><span className={`tag ${color}`}>{rate.spike ? 'alarm' : rate.window.judged ? 'no alarm' : 'no answers'}</span> {rateSentence(rate, status)}</p>
          <p className="dim small-print">Since the start: {rate.judged.toLocaleString('en')} judged, {rate.flagged.toLocaleString('en')} flagged{rate.unjudged ? `, ${rate.unjudged.toLocaleString('en')} without anything to judge them by` : ''}.</p>
          <Held rate={rate} status={status} />
        </div>
        <Interval rate={rate} status={status} />
      </div>
      <div className="quality-columns even">
        <section className="card" aria-label="Answers by minute"><div className="card-head"><h2>Answers by minute</h2><span className="spacer" /><span className="legend-box judged" aria-hidden="true" /><span className="dim">judged</span><span className="legend-box flagged" aria-hidden="true" /><span className="dim">flagged</span></div><Minutes minutes={rate.minutes} /></section>
        <section className="card" aria-label="Scores"><div className="card-head"><h2>Scores: the chance that an answer is made up</h2><span className="spacer" /><span className="dim nowrap">flagged from {threshold.toFixed(2)}</span></div><Histogram histogram={rate.histogram} threshold={threshold} /></section>
      </div>
    </>
  );
}
