// What prompts are compared with: made of a window or a file, pinned, compared with each other, removed.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { isUnreachable } from '../api/http';
import { baselinesOf, compareBaseline, makeBaseline, pinBaseline, removeBaseline, type Baseline, type SeriesKey } from '../api/quality';
import { age } from '../format/units';
import { Icon } from '../shell/icons';
import { ErrorText } from '../shell/Page';
import { useUrlParams } from '../shell/useUrlParams';
import { formatStamp } from '../time/range';
import { WhatChanged } from './Drift';
import { chance, promptsOf, verdictColor, verdictWord } from './words';

const windows = [[1800, '30 minutes'], [7200, '2 hours'], [86_400, '24 hours'], [604_800, '7 days'], [0, 'all that is kept']] as const;
const fileBytesMax = 8 << 20;

function NewBaselineForm({ series, onDone }: { series: SeriesKey; onDone: (trouble: unknown) => void }) {
  const [name, setName] = useState('');
  const [seconds, setSeconds] = useState<number>(86_400);
  const [busy, setBusy] = useState(false);
  const file = useRef<HTMLInputElement>(null);
  const make = async (prompts?: string[], fileName?: string) => {
    setBusy(true);
    try {
      const now = Date.now() / 1000;
      const wanted = prompts ? { prompts } : seconds ? { from: now - seconds, to: now } : {};
      await makeBaseline(series, { name: name.trim() || fileName || `as of ${formatStamp(Date.now())}`, ...wanted });
      setName('');
      onDone(null);
    } catch (error) {
      onDone(error);
    } finally {
      setBusy(false);
    }
  };
  const read = async (chosen: File | undefined) => {
    if (!chosen) return;
    if (chosen.size > fileBytesMax) return onDone(new Error(`cannot read ${chosen.name}: it has ${chosen.size.toLocaleString('en')} bytes and the limit is ${fileBytesMax.toLocaleString('en')}`));
    const prompts = promptsOf(await chosen.text());
    if (!prompts.length) return onDone(new Error(`cannot read ${chosen.name}: it holds no prompts. One a line, or JSON lines with "prompt"`));
    await make(prompts, chosen.name);
  };
  return (
    <div className="row wrap new-baseline">
      <input className="input" placeholder="Name" aria-label="Name of the baseline" value={name} maxLength={100} onChange={(event) => setName(event.currentTarget.value)} />
      <div className="field"><label htmlFor="baseline-window">Prompts of the last</label><select id="baseline-window" value={seconds} onChange={(event) => setSeconds(Number(event.currentTarget.value))}>{windows.map(([value, text]) => <option key={value} value={value}>{text}</option>)}</select></div>
      <button className="button primary" disabled={busy} onClick={() => make()}>Make it the baseline</button>
      <span className="dim">or</span>
      <input ref={file} type="file" hidden accept=".txt,.jsonl,.json,.csv,text/plain" aria-label="File of prompts" onChange={(event) => { const input = event.currentTarget; void read(input.files?.[0]).finally(() => { input.value = ''; }); }} />
      <button className="button" disabled={busy} onClick={() => file.current?.click()}>From a file</button>
    </div>
  );
}

function Compared({ id, other, name }: { id: number; other: number | null; name: string }) {
  const { data, error, isLoading } = useQuery({ queryKey: ['quality-compare', id, other], queryFn: ({ signal }) => compareBaseline(id, other, signal), retry: false, staleTime: 60_000 });
  return (
    <div className="compared" role="status">
      {isLoading && <p className="dim">Comparing...</p>}
      {error && <ErrorText error={error} />}
      {data && <><p><span className={`tag ${verdictColor(data.verdict)}`}>{verdictWord[data.verdict]}</span> {name}: score {data.raw_score.toFixed(2)} (by chance up to {data.null_score_95.toFixed(2)}), {chance(data.p)}, {data.baseline_rows.toLocaleString('en')} and {data.window_rows.toLocaleString('en')} prompts.</p><WhatChanged comparison={data} /></>}
    </div>
  );
}

export function Baselines({ series }: { series: SeriesKey }) {
  const client = useQueryClient();
  const [params, setParams] = useUrlParams();
  const [trouble, setTrouble] = useState<unknown>(null);
  const { data, error } = useQuery({ queryKey: ['quality-baselines', series], queryFn: ({ signal }) => baselinesOf(series, signal), refetchInterval: 30_000 });
  const onDone = (problem: unknown) => {
    setTrouble(problem);
    void client.invalidateQueries({ predicate: ({ queryKey }) => String(queryKey[0]).startsWith('quality-') });
  };
  const attempt = async (act: () => Promise<unknown>) => {
    try {
      await act();
      onDone(null);
    } catch (problem) {
      onDone(problem);
    }
  };
  const remove = (id: number) => {
    // What is compared with it is closed first: nobody asks for what is gone.
    if ([params.get('compare'), params.get('with')].includes(String(id))) setParams({ compare: null, with: null }, true);
    return attempt(() => removeBaseline(id));
  };
  const list = [...(data ?? [])].sort((a, b) => Number(b.active) - Number(a.active) || b.created - a.created);
  const compared = list.find((one) => String(one.id) === params.get('compare'));
  const other = list.find((one) => String(one.id) === params.get('with')) ?? null;
  const span = (one: Baseline) => (one.to > one.from ? `${age(one.to - one.from)} to ${formatStamp(one.to * 1000)}` : formatStamp(one.created * 1000));
  return (
    <section className="card" aria-label="Baselines">
      <div className="card-head"><h2>Baselines</h2></div>
      <div className="card-body">
        {error && !isUnreachable(error) && <ErrorText error={error} />}
        {trouble !== null && <ErrorText error={trouble} />}
        {list.length > 0 && (
          <div className="scroll-x" tabIndex={0} role="region" aria-label="List of baselines">
            <table className="grid">
              <thead><tr><th>Name</th><th className="num hide-phone">Version</th><th className="num">Prompts</th><th className="hide-phone">Made of</th><th>State</th><th><span className="visually-hidden">What to do</span></th></tr></thead>
              <tbody>{list.map((one) => (
                <tr key={one.id}>
                  <td>{one.name}</td><td className="num hide-phone">{one.version}</td><td className="num">{one.rows.toLocaleString('en')}</td>
                  <td className="hide-phone">{{ first: 'the first prompts', window: 'a window', upload: 'a file' }[one.made_by] ?? one.made_by} <span className="dim">{span(one)}</span></td>
                  <td>{one.active ? <span className="tag green">{one.pinned ? 'in use, pinned' : 'in use'}</span> : null}</td>
                  <td><span className="row baseline-acts">
                    <button className="button small" aria-pressed={compared === one} onClick={() => setParams({ compare: compared === one ? null : String(one.id), with: null }, true)}>Compare</button>
                    {!(one.active && one.pinned) && <button className="button small" onClick={() => attempt(() => pinBaseline(one.id))}>{one.active ? 'Pin' : 'Use and pin'}</button>}
                    {!one.active && <button className="button small icon" aria-label={`Remove ${one.name}, version ${one.version}`} onClick={() => remove(one.id)}><Icon name="close" size={12} /></button>}
                  </span></td>
                </tr>
              ))}</tbody>
            </table>
          </div>
        )}
        {data && !list.length && <p className="dim">There is none yet: the first prompts become one by themselves.</p>}
        {compared && (
          <>
            <div className="row wrap" style={{ marginTop: 12 }}>
              <div className="field"><label htmlFor="compare-with">{compared.name} with</label>
                <select id="compare-with" value={other ? String(other.id) : ''} onChange={(event) => setParams({ with: event.currentTarget.value || null }, true)}>
                  <option value="">the prompts of now</option>{list.filter((one) => one !== compared).map((one) => <option key={one.id} value={one.id}>{one.name} (version {one.version})</option>)}
                </select>
              </div>
            </div>
            <Compared id={compared.id} other={other?.id ?? null} name={other ? `${other.name} beside ${compared.name}` : `Now beside ${compared.name}`} />
          </>
        )}
        <NewBaselineForm series={series} onDone={onDone} />
      </div>
    </section>
  );
}
