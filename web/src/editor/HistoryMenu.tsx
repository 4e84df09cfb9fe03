import { Popover } from '@mantine/core';
import { useState } from 'react';
import { Icon } from '../shell/icons';
import { readHistory, type Kind } from './history';

export function HistoryMenu({ kind, onPick }: { kind: Kind; onPick: (query: string) => void }) {
  const [open, setOpen] = useState(false);
  const list = open ? readHistory(kind) : [];
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-end" trapFocus returnFocus shadow="none">
      <Popover.Target><button className="button" aria-haspopup="dialog" aria-expanded={open} onClick={() => setOpen(!open)}><Icon name="clock" />History</button></Popover.Target>
      <Popover.Dropdown className="popover" style={{ width: 'min(640px, 92vw)' }} aria-label="Queries asked before">
        <div className="choices">
          {list.map((query) => <button key={query} className="option mono" style={{ fontSize: 12 }} onClick={() => { onPick(query); setOpen(false); }}><span className="ellipsis">{query}</span></button>)}
          {!list.length && <p className="dim" style={{ margin: 8 }}>Nothing was asked yet</p>}
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}
