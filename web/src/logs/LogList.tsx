// Log lines, virtual: only the rows in sight are in the document. A row opens to its labels.
import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { Link } from 'wouter';
import type { LogLine } from '../api/loki';
import { ansiPieces, lineCharsMax, wrappedCharsMax } from './ansi';
import { levelOf } from './level';
import { traceIdOf } from './traceId';
import './LogList.css';

const rowHeight = 20;

function clock(ms: number, withDate: boolean): string {
  const date = new Date(ms);
  const two = (value: number) => String(value).padStart(2, '0');
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, '0')}`;
  return withDate ? `${two(date.getMonth() + 1)}-${two(date.getDate())} ${time}` : time;
}

/** The words of the query stand out in the lines. */
function marked(text: string, mark: RegExp | undefined): ReactNode {
  if (!mark) return text;
  const parts: ReactNode[] = [];
  let at = 0;
  for (const found of text.matchAll(mark)) {
    if (!found[0]) continue;
    parts.push(text.slice(at, found.index), <mark key={found.index}>{found[0]}</mark>);
    at = found.index + found[0].length;
    if (parts.length > 60) break;
  }
  parts.push(text.slice(at));
  return parts;
}

/** The literals and patterns of `|=` and `|~` in a LogQL query. */
export function marksOf(query: string): RegExp | undefined {
  const parts: string[] = [];
  for (const [, operator, , quoted, ticked] of query.matchAll(/\|(=|~)\s*("((?:[^"\\]|\\.)*)"|`([^`]*)`)/g)) {
    let text = ticked;
    if (text === undefined) {
      try {
        text = JSON.parse(`"${quoted}"`) as string;
      } catch {
        text = quoted!;
      }
    }
    if (text) parts.push(operator === '=' ? text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&') : text);
  }
  if (!parts.length) return undefined;
  try {
    const insensitive = parts.some((one) => one.startsWith('(?i)'));
    return new RegExp(parts.map((one) => one.replace(/^\(\?i\)/, '')).join('|'), insensitive ? 'gi' : 'g');
  } catch {
    return undefined;
  }
}

export interface LogListProps {
  lines: LogLine[];
  wrap?: boolean;
  mark?: RegExp;
  showDate?: boolean;
  label: string;
  /** Sticks to the newest line at the end, as a tail does. */
  follow?: boolean;
  renderDetails?: (line: LogLine) => ReactNode;
  /** A line that names its trace leads there. */
  linkTraces?: boolean;
}

const Row = memo(function Row({ line, wrap, mark, showDate, linkTraces }: { line: LogLine; wrap: boolean; mark?: RegExp; showDate: boolean; linkTraces: boolean }) {
  const level = levelOf(line.line, line.labels);
  const trace = linkTraces ? traceIdOf(line.line, line.labels) : undefined;
  const text = line.line.slice(0, wrap ? wrappedCharsMax : lineCharsMax);
  return (
    <>
      <i className={`log-level ${level}`} title={level} />
      <time>{clock(line.ms, showDate)}</time>
      <span className={`log-text ${level}`} dir="auto">
        {ansiPieces(text).map((piece, i) => (
          <span key={i} style={piece.color || piece.bold ? { color: piece.color, fontWeight: piece.bold ? 600 : undefined } : undefined}>{marked(piece.text, mark)}</span>
        ))}
        {text.length < line.line.length && <em className="dim"> ... {line.line.length.toLocaleString()} characters</em>}
      </span>
      {trace && <Link href={`/traces/${trace}`} className="log-trace" title={`Trace ${trace}`}>trace</Link>}
    </>
  );
});

export function LogList({ lines, wrap = false, mark, showDate = false, label, follow = false, renderDetails, linkTraces = true }: LogListProps) {
  const box = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState<LogLine | null>(null);
  // A refresh brings the same line as another object.
  const isOpen = (line: LogLine) => open !== null && open.ns === line.ns && open.line === line.line;
  const dynamic = wrap || open !== null;
  const rows = useVirtualizer({
    count: lines.length, getScrollElement: () => box.current, estimateSize: () => rowHeight, overscan: 10,
  });
  // Without a mouse: the arrows choose a line, Enter opens it, Escape closes it.
  const [at, setAt] = useState(-1);
  const onKey = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 20, PageUp: -20 }[event.key];
    if (step !== undefined && renderDetails && event.target === box.current) {
      const next = Math.max(0, Math.min(lines.length - 1, at + step));
      setAt(next);
      rows.scrollToIndex(next);
      event.preventDefault();
    } else if (event.key === 'Enter' && event.target === box.current && lines[at]) setOpen(isOpen(lines[at]) ? null : lines[at]);
    else if (event.key === 'Escape') setOpen(null);
  };
  const stuck = useRef(true);
  useEffect(() => {
    if (follow && stuck.current && lines.length) rows.scrollToIndex(lines.length - 1);
  }, [follow, lines, rows]);
  return (
    <div
      ref={box} className={`log-list${wrap ? ' wrapped' : ''}`} tabIndex={0} role="log" aria-label={label} aria-live="off"
      onKeyDown={onKey}
      onScroll={(event) => {
        const { scrollTop, clientHeight, scrollHeight } = event.currentTarget;
        stuck.current = scrollTop + clientHeight > scrollHeight - 40;
      }}
    >
      <div style={{ height: rows.getTotalSize(), position: 'relative' }}>
        {rows.getVirtualItems().map((item) => {
          const line = lines[item.index]!;
          return (
            <div key={item.key} data-index={item.index} ref={dynamic ? rows.measureElement : undefined} className={`log-row${item.index === at ? ' at' : ''}`} style={{ transform: `translateY(${item.start}px)`, height: dynamic ? undefined : rowHeight }}>
              <div className="log-line" onClick={() => !getSelection()?.toString() && renderDetails && setOpen(isOpen(line) ? null : line)}>
                <Row line={line} wrap={wrap} mark={mark} showDate={showDate} linkTraces={linkTraces} />
              </div>
              {isOpen(line) && renderDetails?.(line)}
            </div>
          );
        })}
      </div>
    </div>
  );
}
