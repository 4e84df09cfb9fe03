// Two traces side by side: their steps by service and name, what each took, and the difference.
import { useMemo } from 'react';
import { Link } from 'wouter';
import { ApiError } from '../api/http';
import { formatText } from '../format/units';
import { Icon } from '../shell/icons';
import { Empty, ErrorText, Page } from '../shell/Page';
import { useScheme } from '../shell/useScheme';
import { useUrlParams } from '../shell/useUrlParams';
import { formatStamp } from '../time/range';
import { criticalPath } from '../traces/criticalPath';
import { Minimap } from '../traces/Minimap';
import type { Trace } from '../traces/model';
import { compareSteps, stepsOf, type Step } from '../traces/steps';
import { useTrace } from '../traces/useTrace';
import '../traces/traces.css';

/** Below a nanosecond is rounding. */
const signed = (ms: number) => (Math.abs(ms) < 1e-6 ? '0' : `${ms > 0 ? '+' : '−'}${formatText(Math.abs(ms), 'ms')}`);

function Side({ letter, trace, id, error }: { letter: string; trace: Trace | undefined; id: string; error: unknown }) {
  const { scheme } = useScheme();
  return (
    <section className="card compare-side" aria-label={`Trace ${letter}`}>
      <header className="card-head"><span className="compare-letter">{letter}</span><h2>{trace ? <Link href={`/traces/${id}`}>{trace.spans[0]!.name}</Link> : id || 'no trace'}</h2><span className="spacer" />{trace && <b className="num">{formatText(trace.durationMs, 'ms')}</b>}</header>
      {error ? (error instanceof ApiError && error.status === 404 ? <Empty title="This trace is not here"><span className="mono">{id}</span></Empty> : <ErrorText error={error} />) : null}
      {trace && (
        <>
          <p className="dim row wrap"><span>{trace.spans[0]!.service}</span><span>{formatStamp(trace.startMs)}</span><span>{trace.spans.length.toLocaleString()} spans</span>{trace.errors > 0 && <span className="tag red">{trace.errors} with errors</span>}</p>
          <div className="compare-map"><Minimap trace={trace} window={{ fromMs: 0, toMs: trace.durationMs }} scheme={scheme} onChange={() => undefined} /></div>
        </>
      )}
    </section>
  );
}

function Time({ step }: { step: Step | undefined }) {
  return <td className="num nowrap">{step ? <>{formatText(step.totalMs, 'ms')}{step.count > 1 && <span className="dim"> ×{step.count.toLocaleString()}</span>}{step.errors > 0 && <span className="tag red" title={`${step.errors} with errors`}>{step.errors}</span>}</> : <span className="dim">-</span>}</td>;
}

export default function CompareTraces() {
  const [params, setParams] = useUrlParams();
  const [a, b] = [params.get('a') ?? '', params.get('b') ?? ''];
  const left = useTrace(a);
  const right = useTrace(b);
  const pairs = useMemo(() => {
    if (!left.data || !right.data) return null;
    return compareSteps(stepsOf(left.data, criticalPath(left.data)), stepsOf(right.data, criticalPath(right.data)));
  }, [left.data, right.data]);
  const most = Math.max(...(pairs ?? []).map((pair) => Math.abs(pair.selfDeltaMs)), 1e-9);
  const delta = left.data && right.data ? right.data.durationMs - left.data.durationMs : 0;
  return (
    <Page name="Compare traces" title={<span className="row"><Link href="/traces">Traces</Link><span className="dim">/</span><span>Compare</span></span>} controls={<button className="button small" onClick={() => setParams({ a: b, b: a })}><Icon name="compare" size={14} />Swap</button>}>
      <div className="compare-sides"><Side letter="A" trace={left.data} id={a} error={left.error} /><Side letter="B" trace={right.data} id={b} error={right.error} /></div>
      {(!a || !b) && <p className="dim">Pick two traces on <Link href="/traces">the list</Link>.</p>}
      {pairs && (
        <>
          <p className="compare-verdict" role="status">B took <b className={delta > 0 ? 'slower' : delta < 0 ? 'faster' : ''}>{delta === 0 ? 'as long as A' : `${formatText(Math.abs(delta), 'ms')} ${delta > 0 ? 'longer' : 'less'}`}</b>{pairs[0] && pairs[0].selfDeltaMs !== 0 && <>; the step that differs most is <b>{pairs[0].name}</b> ({signed(pairs[0].selfDeltaMs)} itself)</>}.</p>
          <div className="card scroll-x" tabIndex={0} role="region" aria-label="Steps of both">
            <table className="grid steps">
              <thead><tr><th>Step</th><th className="num">A</th><th className="num">B</th><th className="num">Difference</th><th className="num">Of it itself</th><th><span className="visually-hidden">Itself, drawn</span></th></tr></thead>
              <tbody>
                {pairs.slice(0, 500).map((pair) => (
                  <tr key={pair.key}>
                    <td><span className="dim">{pair.service}</span> <b>{pair.name}</b>{!pair.a && <span className="tag green">only in B</span>}{!pair.b && <span className="tag yellow">only in A</span>}</td>
                    <Time step={pair.a} /><Time step={pair.b} />
                    <td className={`num nowrap ${pair.deltaMs > 0 ? 'slower' : pair.deltaMs < 0 ? 'faster' : ''}`}>{signed(pair.deltaMs)}{pair.a && pair.a.totalMs > 0 && pair.b && pair.deltaMs !== 0 ? <span className="dim"> {pair.deltaMs >= 0 ? '+' : '−'}{formatText(Math.abs(pair.deltaMs / pair.a.totalMs) * 100, 'percent', 0)}</span> : null}</td>
                    <td className={`num nowrap ${pair.selfDeltaMs > 0 ? 'slower' : pair.selfDeltaMs < 0 ? 'faster' : ''}`}>{signed(pair.selfDeltaMs)}</td>
                    <td className="delta"><span className={pair.selfDeltaMs >= 0 ? 'slower' : 'faster'}><i style={{ width: `${(Math.abs(pair.selfDeltaMs) / most) * 50}%` }} /></span></td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
    </Page>
  );
}
