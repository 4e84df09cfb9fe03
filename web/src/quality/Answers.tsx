// Answers to look at, beside their facts: what is not supported is marked, and a person says whether the answer is right.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { isUnreachable } from '../api/http';
import { keptAnswers, labelAnswer, type KeptAnswer, type SeriesKey } from '../api/quality';
import type { Params } from '../api/http';
import { ErrorText } from '../shell/Page';
import { useUrlParams } from '../shell/useUrlParams';
import { formatStamp } from '../time/range';
import { cutAnswer, markMissing, seriesName, signName, whyUnsupported } from './words';

const shownFirst = 10;
const shownMax = 200;
const choices: Record<string, { name: string; params: Params }> = {
  flagged: { name: 'Flagged', params: { flagged: 'true' } },
  unlabelled: { name: 'Not labelled', params: { labelled: 'false' } },
  labelled: { name: 'Labelled', params: { labelled: 'true' } },
  all: { name: 'All kept', params: {} },
};

function AnswerText({ one }: { one: KeptAnswer }) {
  if (!one.answer) return <p className="dim">Its text is not kept.</p>;
  return (
    <p className="answer-text">
      {cutAnswer(one.answer, one.sentences).map((part, i) => {
        if (typeof part === 'string') return <span key={i}>{part}</span>;
        const pieces = markMissing(part).map((piece, k) => (piece.missing ? <b key={k} className="missing">{piece.text}</b> : piece.text));
        return part.supported ? <span key={i}>{pieces}</span> : <mark key={i} title={whyUnsupported(part)}>{pieces}</mark>;
      })}
    </p>
  );
}

function Reasons({ one }: { one: KeptAnswer }) {
  const bad = one.sentences.filter((sentence) => !sentence.supported && whyUnsupported(sentence) !== '');
  const rest = Object.entries(one.signs).filter(([, value]) => value > 0).sort((a, b) => b[1] - a[1]);
  return (
    <details className="reasons">
      <summary>{bad.length ? `${bad.length} of ${one.sentences.length} sentences not supported` : 'What was looked at'}</summary>
      {bad.length > 0 && <ul className="plain">{bad.slice(0, 6).map((sentence, i) => <li key={i}>{whyUnsupported(sentence)}</li>)}</ul>}
      <dl className="facts">{rest.slice(0, 11).map(([sign, value]) => <div key={sign} style={{ display: 'contents' }}><dt>{signName(sign)}</dt><dd className="num" style={{ textAlign: 'left' }}>{value.toFixed(2)}</dd></div>)}</dl>
    </details>
  );
}

function AnswerCard({ one, showSeries, onLabel }: { one: KeptAnswer; showSeries: boolean; onLabel: (hallucinated: boolean | null) => void }) {
  const toggle = (value: boolean) => onLabel(one.hallucinated === value ? null : value);
  return (
    <article className={`card judged-answer ${one.flagged ? 'flagged' : ''}`} aria-label={`Answer ${one.kept}, score ${one.score.toFixed(2)}`}>
      <header className="row wrap">
        <span className={`score-badge ${one.flagged ? 'red' : ''}`}>{one.score.toFixed(2)}</span>
        <span className="dim nowrap">{formatStamp(one.time * 1000)}</span>
        {showSeries && <span className="tag">{seriesName(one)}</span>}
        {one.id && <span className="tag">{one.id}</span>}
        {one.trace_id && <Link href={`/traces/${one.trace_id}`}>Trace</Link>}
        <span className="spacer" />
        <span className="group" role="group" aria-label="Is the answer right?">
          <button className={`button small ${one.hallucinated === false ? 'active' : ''}`} aria-pressed={one.hallucinated === false} onClick={() => toggle(false)}>Right</button>
          <button className={`button small wrong ${one.hallucinated === true ? 'active' : ''}`} aria-pressed={one.hallucinated === true} onClick={() => toggle(true)}>Wrong</button>
        </span>
      </header>
      {one.prompt && <p className="asked"><span className="dim">Asked</span> {one.prompt}</p>}
      <div className="beside">
        <div><h3 className="small-title">Answer</h3><AnswerText one={one} /></div>
        <div className="beside-facts"><h3 className="small-title">Facts</h3>
          {one.facts.length ? <div tabIndex={0} role="region" aria-label={`Facts of answer ${one.kept}`}>{one.facts.length === 1 ? <p>{one.facts[0]}</p> : <ol>{one.facts.map((fact, i) => <li key={i}>{fact}</li>)}</ol>}</div> : <p className="dim">{one.answer ? 'None were given.' : 'Their text is not kept.'}</p>}
        </div>
      </div>
      <Reasons one={one} />
    </article>
  );
}

export function Answers({ series, showSeries }: { series: SeriesKey; showSeries: boolean }) {
  const client = useQueryClient();
  const [params, setParams] = useUrlParams();
  const [count, setCount] = useState(shownFirst);
  const [trouble, setTrouble] = useState<unknown>(null);
  const chosen = choices[params.get('answers') ?? ''] ? params.get('answers')! : 'flagged';
  const order = params.get('order') === 'worst' ? 'worst' : 'newest';
  const queryKey = ['quality-answers', series, chosen, order, count];
  const { data, error } = useQuery({ queryKey, queryFn: ({ signal }) => keptAnswers(series, { ...choices[chosen]!.params, limit: count, ...(order === 'worst' ? { worst: 'true' } : {}) }, signal), refetchInterval: 10_000, placeholderData: (old) => old });
  const label = async (kept: number, hallucinated: boolean | null) => {
    const before = data?.answers.find((one) => one.kept === kept)?.hallucinated ?? null;
    const show = (value: boolean | null) => client.setQueryData(queryKey, (old: typeof data) => old && { ...old, answers: old.answers.map((one) => (one.kept === kept ? { ...one, hallucinated: value } : one)) });
    show(hallucinated);
    try {
      await labelAnswer(kept, hallucinated);
      setTrouble(null);
    } catch (problem) {
      show(before);
      setTrouble(problem);
      void client.invalidateQueries({ queryKey: ['quality-answers'] });
    }
    void client.invalidateQueries({ queryKey: ['quality-weights'] });
  };
  return (
    <section aria-label="Answers">
      <div className="row wrap answers-head">
        <h2 className="section">Answers beside their facts</h2><span className="spacer" />
        <span className="group" role="group" aria-label="Which answers">{Object.entries(choices).map(([value, { name }]) => <button key={value} className={`button small ${chosen === value ? 'active' : ''}`} aria-pressed={chosen === value} onClick={() => { setCount(shownFirst); setParams({ answers: value === 'flagged' ? null : value }, true); }}>{name}</button>)}</span>
        <span className="group" role="group" aria-label="Order">{['newest', 'worst'].map((value) => <button key={value} className={`button small ${order === value ? 'active' : ''}`} aria-pressed={order === value} onClick={() => setParams({ order: value === 'newest' ? null : value }, true)}>{value === 'newest' ? 'Newest' : 'Worst'}</button>)}</span>
      </div>
      {error && !isUnreachable(error) && <ErrorText error={error} />}
      {trouble !== null && <ErrorText error={trouble} />}
      {data?.content === 'off' && <p className="dim">Texts are not kept (<code className="code">content: off</code>): only the numbers are shown.</p>}
      <div className="judged-answers">{data?.answers.map((one) => <AnswerCard key={one.kept} one={one} showSeries={showSeries} onLabel={(hallucinated) => label(one.kept, hallucinated)} />)}</div>
      {data && !data.answers.length && <div className="card all-well"><span className="dim">{chosen === 'flagged' ? 'No answer was flagged.' : chosen === 'labelled' ? 'No answer was labelled yet: say of some whether they are right.' : 'None.'}</span></div>}
      {data && data.answers.length === count && count < shownMax && <button className="button" onClick={() => setCount(Math.min(shownMax, count * 3))}>Show more</button>}
    </section>
  );
}
