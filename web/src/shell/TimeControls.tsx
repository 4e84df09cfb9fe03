// Range, shift, zoom out, refresh: the right end of a page's head.
import { Popover } from '@mantine/core';
import { useState } from 'react';
import { formatStamp, isLive, parseTime, quickRanges, rangeName, shiftRange, zoomOut } from '../time/range';
import { refreshChoices, useTime } from '../time/useTime';
import { Icon } from './icons';

function RangeForm({ onDone }: { onDone: () => void }) {
  const { range, setRange } = useTime();
  const shown = (text: string) => (/^\d+$/.test(text) ? formatStamp(parseTime(text, 0)!) : text);
  const [from, setFrom] = useState(shown(range.from));
  const [to, setTo] = useState(shown(range.to));
  const now = Date.now();
  const [start, end] = [parseTime(from, now), parseTime(to, now, true)];
  const problem = start === undefined ? 'From is no time' : end === undefined ? 'To is no time' : end <= start ? 'From is not before To' : '';
  const asParam = (text: string) => (text.trim().startsWith('now') ? text.trim() : String(parseTime(text, now)));
  return (
    <form
      className="range-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (problem) return;
        setRange({ from: asParam(from), to: asParam(to) });
        onDone();
      }}
    >
      <label>From<input className="input mono" value={from} onChange={(event) => setFrom(event.currentTarget.value)} /></label>
      <label>To<input className="input mono" value={to} onChange={(event) => setTo(event.currentTarget.value)} /></label>
      <p className={problem ? 'error' : 'dim'}>{problem || 'now-90m, now-1d/d, 2026-01-31 14:00'}</p>
      <button className="button primary" disabled={problem !== ''}>Apply</button>
    </form>
  );
}

export function TimeControls() {
  const { range, setRange, setLive, refresh, setRefresh, reload } = useTime();
  const [open, setOpen] = useState(false);
  return (
    <div className="row wrap">
      <div className="group">
        <button className="button icon hide-phone" aria-label="Earlier" title="Earlier" onClick={() => setRange(shiftRange(range, -0.5, Date.now()))}><Icon name="left" /></button>
        <Popover opened={open} onChange={setOpen} position="bottom-end" trapFocus returnFocus shadow="none">
          <Popover.Target>
            <button className="button" onClick={() => setOpen(!open)} aria-haspopup="dialog" aria-expanded={open} aria-label={`Time range: ${rangeName(range)}`}>
              <Icon name="clock" />{rangeName(range)}{isLive(range) && refresh && <span className="dot up" title="live" />}
            </button>
          </Popover.Target>
          <Popover.Dropdown className="popover range-popover" aria-label="Time range">
            <RangeForm key={range.from + range.to} onDone={() => setOpen(false)} />
            <div className="range-quick">
              {quickRanges.map(({ name, range: one }) => (
                <button key={name} className="option" aria-pressed={one.from === range.from && one.to === range.to} onClick={() => { setRange(one); setOpen(false); }}>{name}</button>
              ))}
            </div>
          </Popover.Dropdown>
        </Popover>
        <button className="button icon hide-phone" aria-label="Later" title="Later" disabled={isLive(range)} onClick={() => setRange(shiftRange(range, 0.5, Date.now()))}><Icon name="right" /></button>
        <button className="button icon hide-phone" aria-label="Zoom out" title="Zoom out" onClick={() => setRange(zoomOut(range, Date.now()))}><Icon name="zoomOut" /></button>
      </div>
      {!isLive(range) && <button className="button active" onClick={setLive}>Live</button>}
      <div className="field">
        <button aria-label="Refresh now" title="Refresh now" onClick={reload} style={{ display: 'flex', alignItems: 'center' }}><Icon name="refresh" /></button>
        <select aria-label="Refresh every" value={refresh} onChange={(event) => setRefresh(event.currentTarget.value)}>
          {[...new Set([...refreshChoices, refresh])].map((choice) => <option key={choice} value={choice}>{choice || 'off'}</option>)}
        </select>
      </div>
    </div>
  );
}
