// The filters of a dashboard. A list with many options has a search; several may be chosen where the variable allows it.
import { Popover } from '@mantine/core';
import { useState } from 'react';
import { Icon } from '../shell/icons';
import { allMark } from './variables';
import type { VariableState } from './useVariables';

const searchAbove = 8;
const shownMax = 300;

function Choices({ state, onChoose, onDone }: { state: VariableState; onChoose: (chosen: string[]) => void; onDone: () => void }) {
  const [search, setSearch] = useState('');
  const { variable, options, chosen } = state;
  const needle = search.toLowerCase();
  const all = variable.includeAll ? [{ text: 'All', value: allMark }, ...options] : options;
  const found = all.filter((one) => one.text.toLowerCase().includes(needle));
  const pick = (value: string) => {
    if (!variable.multi || value === allMark) {
      onChoose([value]);
      onDone();
      return;
    }
    const now = chosen.filter((one) => one !== allMark);
    const next = now.includes(value) ? now.filter((one) => one !== value) : [...now, value];
    onChoose(next.length ? next : variable.includeAll ? [allMark] : [value]);
  };
  return (
    <>
      {options.length > searchAbove && <input className="input" style={{ width: '100%', marginBottom: 6 }} placeholder="Search" aria-label={`Search ${variable.label}`} value={search} onChange={(event) => setSearch(event.currentTarget.value)} data-autofocus />}
      <div role="listbox" aria-label={variable.label} aria-multiselectable={variable.multi} className="choices">
        {found.slice(0, shownMax).map((one) => (
          <button key={one.value} role="option" className="option" aria-selected={chosen.includes(one.value)} onClick={() => pick(one.value)}>
            {variable.multi && <span className={`check${chosen.includes(one.value) ? ' on' : ''}`}>{chosen.includes(one.value) && <Icon name="check" size={11} />}</span>}
            <span className="ellipsis">{one.text || '(empty)'}</span>
          </button>
        ))}
        {!found.length && <p className="dim" style={{ padding: '4px 10px', margin: 0 }}>{options.length ? 'Nothing matches' : 'No values yet'}</p>}
        {found.length > shownMax && <p className="dim" style={{ padding: '4px 10px', margin: 0 }}>{found.length - shownMax} more: search</p>}
      </div>
    </>
  );
}

function TextBox({ state, onChoose }: { state: VariableState; onChoose: (chosen: string[]) => void }) {
  const [text, setText] = useState(state.chosen[0] ?? '');
  return <input aria-label={state.variable.label} value={text} onChange={(event) => setText(event.currentTarget.value)} onBlur={() => onChoose([text])} onKeyDown={(event) => event.key === 'Enter' && onChoose([text])} />;
}

function One({ state, onChoose }: { state: VariableState; onChoose: (chosen: string[]) => void }) {
  const [open, setOpen] = useState(false);
  const { variable, options, chosen, all } = state;
  const texts = chosen.map((value) => options.find((one) => one.value === value)?.text ?? value);
  const shown = all ? 'All' : texts.length > 2 ? `${texts.slice(0, 2).join(', ')} + ${texts.length - 2}` : texts.join(', ') || '-';
  return (
    <div className="field" title={state.problem ?? undefined}>
      {variable.hide !== 1 && <span className="field-label">{variable.label}</span>}
      {variable.type === 'textbox' ? (
        <TextBox state={state} onChoose={onChoose} />
      ) : (
        <Popover opened={open} onChange={setOpen} position="bottom-start" trapFocus returnFocus shadow="none">
          <Popover.Target>
            <button aria-haspopup="listbox" aria-expanded={open} aria-label={`${variable.label}: ${shown}`} onClick={() => setOpen(!open)} className="row">
              <span className="ellipsis">{shown}</span><Icon name="chevron" size={13} />
            </button>
          </Popover.Target>
          <Popover.Dropdown className="popover" style={{ width: 'auto', minWidth: 200, maxWidth: 'min(460px, 92vw)' }} aria-label={variable.label}>
            <Choices state={state} onChoose={onChoose} onDone={() => setOpen(false)} />
          </Popover.Dropdown>
        </Popover>
      )}
    </div>
  );
}

export function VariableBar({ states, choose }: { states: VariableState[]; choose: (name: string, chosen: string[]) => void }) {
  // A choice among one data source is none.
  const shown = states.filter(({ variable }) => variable.hide !== 2 && variable.type !== 'datasource' && variable.type !== 'constant' && variable.type !== 'adhoc');
  return <div className="row wrap">{shown.map((state) => <One key={state.variable.name} state={state} onChoose={(chosen) => choose(state.variable.name, chosen)} />)}</div>;
}
