// The detector itself: how well it tells hallucinated answers from sound ones, what it looks at, and fitting it to a person's own labels.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { isUnreachable } from '../api/http';
import { fitWeights, resetWeights, weightsNow, type Weights } from '../api/quality';
import { ErrorText } from '../shell/Page';
import { linear, pathOf } from './scale';
import { share, signName } from './words';

const side = 230;
const pad = { left: 36, bottom: 34, top: 8, right: 10 };

function Roc({ data }: { data: Weights }) {
  const x = linear([0, 1], [pad.left, side - pad.right]);
  const y = linear([0, 1], [side - pad.bottom, pad.top]);
  const { proof, threshold } = data.weights;
  const curve: [number, number][] = data.roc.length ? [[x(0), y(0)], ...data.roc.map((one): [number, number] => [x(one.false_alarms), y(one.sensitivity)]), [x(1), y(1)]] : [];
  const now = data.roc.filter((one) => one.threshold >= threshold).at(-1);
  const point = data.roc.length ? { alarms: now?.false_alarms ?? 0, hits: now?.sensitivity ?? 0 } : { alarms: 1 - proof.specificity, hits: proof.sensitivity };
  const auc = data.labelled_auc ?? proof.auc;
  return (
    <svg className="roc" viewBox={`0 0 ${side} ${side}`} role="img" aria-label={`ROC curve, area ${auc.toFixed(3)}; at the threshold ${share(point.hits)} of the hallucinated answers are flagged and ${share(point.alarms)} of the sound ones`}>
      {[0, 0.5, 1].map((tick) => (
        <g key={tick}><line className="grid-line" x1={x(0)} x2={x(1)} y1={y(tick)} y2={y(tick)} /><line className="grid-line" x1={x(tick)} x2={x(tick)} y1={y(0)} y2={y(1)} />
          <text className="axis" x={pad.left - 6} y={y(tick) + 4} textAnchor="end">{tick * 100}</text><text className="axis" x={x(tick)} y={side - pad.bottom + 14} textAnchor={tick === 1 ? 'end' : 'middle'}>{tick * 100}</text></g>
      ))}
      <text className="axis" x={x(0.5)} y={side - 4} textAnchor="middle">% of sound answers flagged</text>
      <text className="axis" transform={`translate(10 ${y(0.5)}) rotate(-90)`} textAnchor="middle">% of hallucinated found</text>
      <line className="null-edge" x1={x(0)} y1={y(0)} x2={x(1)} y2={y(1)} />
      {curve.length > 0 && <><path className="roc-area" d={`${pathOf([...curve, [x(1), y(0)]])}Z`} /><path className="score-line" d={pathOf(curve)} /></>}
      <circle className="score-dot" cx={x(point.alarms)} cy={y(point.hits)} r={5} />
    </svg>
  );
}

export function Detector() {
  const client = useQueryClient();
  const [trouble, setTrouble] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const { data, error } = useQuery({ queryKey: ['quality-weights'], queryFn: ({ signal }) => weightsNow(signal), refetchInterval: 30_000 });
  if (!data) return error && !isUnreachable(error) ? <ErrorText error={error} /> : null;
  const act = async (run: () => Promise<Weights>) => {
    setBusy(true);
    try {
      client.setQueryData(['quality-weights'], await run());
      setTrouble(null);
    } catch (problem) {
      setTrouble(problem);
    } finally {
      setBusy(false);
    }
  };
  const { weights, labels } = data;
  const signs = Object.entries(weights.signs).sort((a, b) => b[1].weight - a[1].weight);
  const heaviest = Math.max(0.001, ...signs.map(([, one]) => one.weight));
  const missing = [labels.hallucinated < labels.needed_of_each ? `${labels.needed_of_each - labels.hallucinated} wrong` : '', labels.sound < labels.needed_of_each ? `${labels.needed_of_each - labels.sound} right` : ''].filter((one) => one !== '');
  return (
    <section className="card" aria-label="Detector">
      <div className="card-head"><h2>How well the detector tells them apart</h2><span className="spacer" /><span className={`tag ${data.shipped ? '' : 'green'}`}>{data.shipped ? 'shipped weights' : 'your weights'}</span></div>
      <div className="card-body detector">
        <Roc data={data} />
        <div>
          <dl className="facts">
            <dt>Area under the curve</dt><dd>{data.labelled_auc === null ? `${weights.proof.auc.toFixed(3)} on answers that it was not fitted to (0.5 guesses, 1 never errs)` : `${data.labelled_auc.toFixed(3)} on your ${data.labelled_answers} labels; ${weights.proof.auc.toFixed(3)} on answers that it was not fitted to`}</dd>
            <dt>At the threshold</dt><dd>flags {share(weights.proof.sensitivity)} of the hallucinated and {share(1 - weights.proof.specificity)} of the sound answers, from a score of {weights.threshold.toFixed(2)}</dd>
            <dt>Fitted to</dt><dd>{weights.origin}</dd>
            {data.note !== '' && <><dt>Another model</dt><dd className="yellow">{data.note}</dd></>}
            <dt>Your labels</dt><dd><b className="num">{labels.hallucinated}</b> wrong, <b className="num">{labels.sound}</b> right</dd>
          </dl>
          <div className="row wrap" style={{ marginTop: 12 }}>
            <button className="button primary" disabled={busy || missing.length > 0} onClick={() => act(fitWeights)}>Fit to your labels</button>
            {!data.shipped && <button className="button" disabled={busy} onClick={() => act(resetWeights)}>Back to the shipped weights</button>}
            {missing.length > 0 && <span className="dim">{missing.join(' and ')} more are needed; 200 in all give an honest proof.</span>}
          </div>
          {trouble !== null && <ErrorText error={trouble} />}
        </div>
        <div className="weights" role="list" aria-label="Weights">
          {signs.map(([sign, one]) => <div key={sign} role="listitem" className={one.weight > 0 ? '' : 'unused'}><span className="ellipsis" title={signName(sign)}>{signName(sign)}</span><span className="bar"><i style={{ width: `${(100 * one.weight) / heaviest}%` }} /></span><span className="num">{one.weight > 0 ? one.weight.toFixed(2) : '-'}</span></div>)}
        </div>
      </div>
    </section>
  );
}
