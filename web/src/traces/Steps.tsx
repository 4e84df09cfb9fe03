// Where the time of a trace went, by step: a bar of the critical path, and a table.
import { paletteColor, type Scheme } from '../dashboard/colors';
import { formatText } from '../format/units';
import type { Trace } from './model';
import type { Step } from './steps';

const barsMax = 12;
const share = (part: number, whole: number) => formatText(whole > 0 ? (part / whole) * 100 : 0, 'percent', 1);

/** Colours by the place of a step in the list: steps of one service can be told apart. */
export function ShareBar({ steps, scheme, onPick }: { steps: Step[]; scheme: Scheme; onPick: (step: Step) => void }) {
  const onPath = steps.filter((step) => step.criticalMs > 0);
  const whole = onPath.reduce((sum, step) => sum + step.criticalMs, 0);
  if (!whole) return null;
  const shown = onPath.slice(0, barsMax);
  const rest = onPath.slice(barsMax).reduce((sum, step) => sum + step.criticalMs, 0);
  return (
    <section className="card share" aria-label="What was waited for">
      <header><h2>What was waited for</h2><span className="dim">the critical path, by step</span></header>
      <div className="share-bar" aria-hidden="true">
        {shown.map((step, i) => <i key={step.key} style={{ flexGrow: step.criticalMs / whole, background: paletteColor(i, scheme) }} title={`${step.name} ${share(step.criticalMs, whole)}`} />)}
        {rest > 0 && <i style={{ flexGrow: rest / whole, background: 'var(--line-strong)' }} />}
      </div>
      <div className="share-names">
        {shown.map((step, i) => (
          <button key={step.key} onClick={() => onPick(step)} title={`${step.service}: ${step.name}`}><i style={{ background: paletteColor(i, scheme) }} /><span className="ellipsis">{step.name}</span><b>{share(step.criticalMs, whole)}</b><span className="dim">{formatText(step.criticalMs, 'ms')}</span></button>
        ))}
        {rest > 0 && <span className="dim">{onPath.length - barsMax} more {share(rest, whole)}</span>}
      </div>
    </section>
  );
}

export function StepTable({ trace, steps, onPick }: { trace: Trace; steps: Step[]; onPick: (step: Step) => void }) {
  const whole = steps.reduce((sum, step) => sum + step.criticalMs, 0);
  const most = Math.max(...steps.map((step) => step.selfMs), 1e-9);
  return (
    <div className="card scroll-x" tabIndex={0} role="region" aria-label="Steps">
      <table className="grid steps">
        <thead><tr><th>Step</th><th className="num">Share waited for</th><th className="num">Itself</th><th><span className="visually-hidden">Itself, drawn</span></th><th className="num">With what it called</th><th className="num hide-phone">Longest</th><th className="num hide-phone">Spans</th><th className="num">Errors</th></tr></thead>
        <tbody>
          {steps.slice(0, 500).map((step) => (
            <tr key={step.key}>
              <td><button className="step-name" onClick={() => onPick(step)}><span className="dim">{step.service}</span> <b>{step.name}</b></button></td>
              <td className="num">{share(step.criticalMs, whole)}</td><td className="num nowrap">{formatText(step.selfMs, 'ms')}</td><td className="step-bar"><span className="bar"><i style={{ width: `${(step.selfMs / most) * 100}%` }} /></span></td>
              <td className="num nowrap">{formatText(step.totalMs, 'ms')}</td><td className="num nowrap hide-phone">{formatText(step.maxMs, 'ms')}</td><td className="num hide-phone">{step.count.toLocaleString()}</td><td className="num">{step.errors ? <span className="tag red">{step.errors}</span> : <span className="dim">-</span>}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {steps.length > 500 && <p className="dim" style={{ padding: '0 14px' }}>{steps.length - 500} more steps of {trace.spans.length.toLocaleString()} spans</p>}
    </div>
  );
}
