// Drift: how the newest window stands, every test over time, and what has changed in the window that is looked at.
import type { Comparison, DriftSeries, Status, Topic } from '../api/quality';
import { useUrlParams } from '../shell/useUrlParams';
import { formatStamp } from '../time/range';
import { DriftChart } from './DriftChart';
import { changedTests, chance, comparisonAt, driftSentence, share, testName, verdictColor, verdictWord } from './words';

function Tests({ comparison, test, lexical, scoreMax, onTest }: { comparison: Comparison; test: string; lexical: boolean; scoreMax: number; onTest: (name: string) => void }) {
  const wide = Math.max(scoreMax * 1.6, ...comparison.columns.map((column) => Math.max(column.score, column.null_score_95)));
  const columns = [...comparison.columns].sort((a, b) => Number(b.name === 'prompt') - Number(a.name === 'prompt') || a.name.localeCompare(b.name));
  return (
    <div className="tests" role="group" aria-label="Tests">
      {columns.map((column) => {
        const isNews = column.p_adjusted <= 0.05 && column.score > column.null_score_95;
        const color = isNews && comparison.verdict === 'drift' ? 'red' : isNews && comparison.verdict !== 'same' ? 'yellow' : '';
        return (
          <button key={column.name} className="test" aria-pressed={test === column.name} onClick={() => onTest(column.name)}>
            <span className="test-name">{testName(column.name, lexical)}</span>
            <span className="test-bar" aria-hidden="true"><i className="null" style={{ width: `${(100 * column.null_score_95) / wide}%` }} /><i className={`score ${color}`} style={{ width: `${(100 * column.score) / wide}%` }} /></span>
            <span className="num test-score">{column.score.toFixed(2)}</span>
            <span className="dim nowrap test-p">{chance(column.p_adjusted)}</span>
          </button>
        );
      })}
    </div>
  );
}

function TopicCard({ topic }: { topic: Topic }) {
  const wide = Math.max(topic.share_before, topic.share_now, 0.01);
  return (
    <li className="topic">
      <div className="topic-share">
        <span className="dim">before</span><span className="bar"><i style={{ width: `${(100 * topic.share_before) / wide}%`, background: 'var(--dim)' }} /></span><span className="num">{share(topic.share_before)}</span>
        <span className="dim">now</span><span className="bar"><i style={{ width: `${(100 * topic.share_now) / wide}%`, background: 'var(--yellow)' }} /></span><span className="num">{share(topic.share_now)}</span>
      </div>
      {topic.prompts.length > 0 ? <ul className="quotes">{topic.prompts.slice(0, 3).map((prompt, i) => <li key={i}>{prompt}</li>)}</ul> : <p className="dim">Its prompts are not kept.</p>}
    </li>
  );
}

export function WhatChanged({ comparison }: { comparison: Comparison }) {
  const told = [...comparison.what_changed, ...comparison.columns.filter((column) => column.name !== 'prompt' && column.p_adjusted <= 0.05).flatMap((column) => column.what_changed.map((text) => `${testName(column.name, false)}: ${text}`))];
  const examples = [...new Set(comparison.examples)];
  if (comparison.verdict === 'same' || comparison.verdict === 'too few rows') {
    return <p className="dim">{comparison.verdict === 'same' ? `Nothing beyond chance: the mean embeddings of both have cosine ${comparison.cosine.toFixed(3)}, ${share(comparison.share)} of the components moved.` : 'Too few prompts to tell.'}</p>;
  }
  return (
    <>
      {comparison.topics.length > 0 && <><h3 className="small-title">Topics that have grown</h3><ul className="topics">{comparison.topics.slice(0, 4).map((topic, i) => <TopicCard key={i} topic={topic} />)}</ul></>}
      {told.length > 0 && <><h3 className="small-title">Words and numbers</h3><ul className="plain">{told.slice(0, 8).map((text, i) => <li key={i}>{text}</li>)}</ul></>}
      {examples.length > 0 && <><h3 className="small-title">Least like the baseline</h3><ul className="quotes">{examples.slice(0, 5).map((text, i) => <li key={i}>{text}</li>)}</ul></>}
      {!comparison.topics.length && !told.length && !examples.length && <p className="dim">The texts are not kept, so only the numbers can tell: the mean embeddings of both have cosine {comparison.cosine.toFixed(3)}, {share(comparison.share)} of the components moved.</p>}
    </>
  );
}

export function Drift({ drift, status }: { drift: DriftSeries; status: Status }) {
  const [params, setParams] = useUrlParams();
  const history = drift.history.filter((one) => one.columns.length > 0);
  const at = comparisonAt(history, params.has('at') ? Number(params.get('at')) : null);
  const comparison = history[at];
  // Without a choice the test that changed is shown: the prompts where they did.
  const changed = comparison ? changedTests(comparison, status.drift.level) : [];
  const test = comparison?.columns.some((column) => column.name === params.get('test')) ? params.get('test')! : changed.length && !changed.includes('prompt') ? changed[0]! : 'prompt';
  const isNewest = at === history.length - 1;
  const verdict = drift.newest?.verdict;
  const collected = drift.state === 'collecting' ? drift.collected / Math.max(1, status.drift.baseline_rows) : null;
  return (
    <>
      <div className={`card verdict ${drift.alarm ? 'red' : verdict === 'drift' ? 'yellow' : verdict ? verdictColor(verdict) : ''}`}>
        <div className="verdict-score"><b className="num">{drift.newest ? drift.score.toFixed(2) : '-'}</b><span className="dim">drift score</span></div>
        <div className="grow"><p><span className={`tag ${drift.alarm ? 'red' : verdict ? verdictColor(verdict) : ''}`}>{drift.alarm ? 'alarm' : verdict ? verdictWord[verdict] : drift.state}</span> {driftSentence(drift, status)}</p>
          {collected !== null && <div className="bar" role="progressbar" aria-label="Baseline" aria-valuenow={Math.round(100 * collected)} aria-valuemin={0} aria-valuemax={100}><i style={{ width: `${Math.min(100, 100 * collected)}%` }} /></div>}
          {drift.baseline && <p className="dim small-print">Compared with "{drift.baseline.name}", version {drift.baseline.version}, {drift.baseline.rows.toLocaleString('en')} prompts of {formatStamp(drift.baseline.created * 1000)}{drift.baseline.pinned ? ', pinned' : ''}. Texts become numbers by: {drift.newest?.embedder ?? drift.baseline.embedder}.</p>}
        </div>
      </div>
      {comparison && (
        <div className="quality-columns">
          <section className="card" aria-label="Drift over time">
            <div className="card-head"><h2>{testName(test, status.lexical)} over time</h2></div>
            <DriftChart history={history} test={test} scoreMax={status.drift.score_max} interval={status.drift.interval_seconds} selected={at} onSelect={(index) => setParams({ at: index === history.length - 1 ? null : String(history[index]!.time) }, true)} />
            <Tests comparison={comparison} test={test} lexical={status.lexical} scoreMax={status.drift.score_max} onTest={(name) => setParams({ test: name }, true)} />
          </section>
          <section className="card what-changed" aria-label="What changed">
            <div className="card-head"><h2>What changed</h2><span className={`tag ${verdictColor(comparison.verdict)}`}>{verdictWord[comparison.verdict]}</span><span className="spacer" />
              {isNewest ? <span className="dim">{formatStamp(comparison.time * 1000)}</span> : <><span className="dim">{formatStamp(comparison.time * 1000)}</span><button className="button small" onClick={() => setParams({ at: null }, true)}>Newest</button></>}
            </div>
            <div className="card-body scroll-y" tabIndex={0} role="region" aria-label="What changed in this window"><WhatChanged comparison={comparison} />
              {comparison.block > 1 && <p className="dim small-print">Neighbouring prompts resemble each other: chance was simulated in runs of {comparison.block}.</p>}
            </div>
          </section>
        </div>
      )}
    </>
  );
}
