// The spans of a trace as bars below each other, in the tree that they make. Only the rows in sight are in the document. The keyboard does
// what the mouse does: arrows choose, open and close, Enter shows the details, + and - zoom, n and N go through what the search found.
import { useVirtualizer } from '@tanstack/react-virtual';
import type React from 'react';
import { memo, useEffect, useImperativeHandle, useMemo, useRef, type KeyboardEvent, type Ref } from 'react';
import { paletteColor, type Scheme } from '../dashboard/colors';
import { formatText } from '../format/units';
import { Icon } from '../shell/icons';
import { useSize } from '../shell/useSize';
import type { Piece } from './criticalPath';
import type { Trace } from './model';
import { barIn, ticksOf, visibleRows, type Window } from './waterfall';

export const spanRowHeight = 26;
const indent = 13;
const indentsMax = 22;
const barLeastPart = 0.0015;
const pageRows = 20;

interface RowProps {
  trace: Trace;
  index: number;
  window: Window;
  color: string;
  isOpen: boolean;
  isFound: boolean;
  pieces: Piece[] | undefined;
}

const SpanRow = memo(function SpanRow({ trace, index, window, color, isOpen, isFound, pieces }: RowProps) {
  const span = trace.spans[index]!;
  const bar = barIn(window, span.startMs, span.durationMs, barLeastPart);
  const below = trace.ends[index]! - index - 1;
  const parent = trace.parents[index]!;
  const isOther = parent < 0 || trace.spans[parent]!.service !== span.service;
  const right = bar ? bar.left + bar.width : 0;
  return (
    <>
      <span className="span-name" style={{ paddingLeft: 6 + Math.min(trace.depth[index]!, indentsMax) * indent }}>
        <span className={`span-caret${below ? '' : ' leaf'}`} data-caret={below ? '' : undefined} style={{ transform: isOpen ? undefined : 'rotate(-90deg)' }}>{below > 0 && <Icon name="chevron" size={13} />}</span>
        <i className="span-color" style={{ background: color }} />
        {isOther && <span className="span-service">{span.service}</span>}
        <span className={`span-title${isFound ? ' found' : ''}`} title={span.name}>{span.name}</span>
        {span.isError && <span className="span-error" title={span.statusMessage || 'error'}><Icon name="warn" size={13} /><span className="visually-hidden">error</span></span>}
        {!isOpen && <span className="span-count">{below.toLocaleString()}</span>}
      </span>
      <span className="span-track">
        {bar && <i className={`span-bar${span.isError ? ' bad' : ''}`} style={{ left: `${bar.left * 100}%`, width: `${bar.width * 100}%`, background: color }} />}
        {pieces?.map((piece) => {
          const part = barIn(window, piece.fromMs, piece.toMs - piece.fromMs, barLeastPart);
          return part && <i key={piece.fromMs} className="span-critical" style={{ left: `${part.left * 100}%`, width: `${part.width * 100}%` }} />;
        })}
        {span.events.slice(0, 30).map((event, i) => {
          const place = barIn(window, event.atMs, 0);
          return place && <i key={i} className="span-event" title={event.name} style={{ left: `${place.left * 100}%` }} />;
        })}
        {bar && <span className={`span-time${right > 0.88 && bar.left < 0.12 ? ' inside' : ''}`} style={right <= 0.88 ? { left: `calc(${right * 100}% + 6px)` } : bar.left < 0.12 ? { left: `calc(${bar.left * 100}% + 6px)` } : { right: `calc(${(1 - bar.left) * 100}% + 6px)` }}>{formatText(span.durationMs, 'ms')}</span>}
      </span>
    </>
  );
});

export interface WaterfallHandle {
  focus: () => void;
  show: (index: number) => void;
}
export interface WaterfallProps {
  trace: Trace;
  window: Window;
  scheme: Scheme;
  closed: ReadonlySet<string>;
  selected: number;
  found: number[];
  path: Piece[] | null;
  onSelect: (index: number) => void;
  onOpen: (index: number) => void;
  onToggle: (index: number, open: boolean) => void;
  onZoom: (window: Window | null) => void;
  onKey: (event: KeyboardEvent) => void;
  handle: Ref<WaterfallHandle>;
}

export function Waterfall({ trace, window, scheme, closed, selected, found, path, onSelect, onOpen, onToggle, onZoom, onKey, handle }: WaterfallProps) {
  const box = useRef<HTMLDivElement>(null);
  const [head, { width }] = useSize();
  const rows = useMemo(() => visibleRows(trace, closed), [trace, closed]);
  const at = useMemo(() => rows.indexOf(selected), [rows, selected]);
  const colors = useMemo(() => new Map(trace.services.map((service, i) => [service, paletteColor(i, scheme)])), [trace, scheme]);
  const foundSet = useMemo(() => new Set(found), [found]);
  const pieces = useMemo(() => {
    const out = new Map<number, Piece[]>();
    for (const piece of path ?? []) out.set(piece.span, [...(out.get(piece.span) ?? []), piece]);
    return out;
  }, [path]);
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => box.current, estimateSize: () => spanRowHeight, overscan: 12 });
  useImperativeHandle(handle, () => ({
    focus: () => box.current?.focus(),
    show: (index) => {
      const row = visibleRows(trace, closed).indexOf(index);
      if (row >= 0) virtual.scrollToIndex(row, { align: 'auto' });
    },
  }), [trace, closed, virtual]);
  // The span of the address is in sight from the start.
  const first = useRef(true);
  useEffect(() => {
    if (first.current && at > 0) virtual.scrollToIndex(at, { align: 'center' });
    first.current = false;
  }, [at, virtual]);
  const choose = (row: number) => {
    const next = Math.max(0, Math.min(rows.length - 1, row));
    if (rows[next] === undefined) return;
    onSelect(rows[next]!);
    virtual.scrollToIndex(next);
  };
  const zoom = (factor: number) => {
    const size = (window.toMs - window.fromMs) * factor;
    const span = trace.spans[selected];
    const middle = span ? span.startMs + span.durationMs / 2 : (window.fromMs + window.toMs) / 2;
    if (size >= trace.durationMs) return onZoom(null);
    const from = Math.max(0, Math.min(trace.durationMs - size, middle - size / 2));
    onZoom({ fromMs: from, toMs: from + size });
  };
  const keys = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const index = rows[at];
    const isOpen = index !== undefined && !closed.has(trace.spans[index]!.id);
    const hasChildren = index !== undefined && trace.ends[index]! > index + 1;
    switch (event.key) {
      case 'ArrowDown': choose(at + 1); break;
      case 'ArrowUp': choose(at < 0 ? 0 : at - 1); break;
      case 'PageDown': choose(at + pageRows); break;
      case 'PageUp': choose(at - pageRows); break;
      case 'Home': choose(0); break;
      case 'End': choose(rows.length - 1); break;
      case 'ArrowRight': if (hasChildren && !isOpen) onToggle(index, true); else choose(at + 1); break;
      case 'ArrowLeft': if (hasChildren && isOpen) onToggle(index, false); else if (index !== undefined && trace.parents[index]! >= 0) choose(rows.indexOf(trace.parents[index]!)); break;
      case 'Enter': case ' ': if (index !== undefined) onOpen(index); break;
      case '+': case '=': zoom(0.5); break;
      case '-': zoom(2); break;
      case '0': onZoom(null); break;
      default: onKey(event); return;
    }
    event.preventDefault();
  };
  const ticks = ticksOf(window, Math.max(2, Math.min(8, width / 90)));
  const size = window.toMs - window.fromMs;
  return (
    <div className="waterfall card">
      <div className="span-row span-head" aria-hidden="true">
        <span className="span-name">Service and operation</span>
        <span className="span-track" ref={head}>{ticks.map((ms) => ((ms - window.fromMs) / size < 0.95 ? <span key={ms} className="span-tick" style={{ left: `${((ms - window.fromMs) / size) * 100}%` }}>{formatText(ms, 'ms')}</span> : null))}</span>
      </div>
      <div ref={box} className="waterfall-rows" style={{ '--rows': rows.length } as React.CSSProperties} tabIndex={0} role="tree" aria-label={`Spans of the trace, ${rows.length.toLocaleString()} rows`} aria-activedescendant={at >= 0 ? `span-${trace.spans[rows[at]!]!.id}` : undefined} onKeyDown={keys}>
        <div role="presentation" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          <div className="waterfall-grid" aria-hidden="true">{ticks.map((ms) => <i key={ms} style={{ left: `${((ms - window.fromMs) / size) * 100}%` }} />)}</div>
          {virtual.getVirtualItems().map((item) => {
            const index = rows[item.index]!;
            const span = trace.spans[index]!;
            const isOpen = !closed.has(span.id);
            const isFound = foundSet.has(index);
            return (
              <div key={span.id} id={`span-${span.id}`} role="treeitem" aria-level={trace.depth[index]! + 1} aria-selected={index === selected} aria-expanded={trace.ends[index]! > index + 1 ? isOpen : undefined}
                className={`span-row${index === selected ? ' at' : ''}${found.length && !isFound ? ' other' : ''}`} style={{ transform: `translateY(${item.start}px)` }}
                onClick={(event) => ((event.target as Element).closest('[data-caret]') ? onToggle(index, !isOpen) : onOpen(index))}
              >
                <SpanRow trace={trace} index={index} window={window} color={span.isError ? 'var(--red)' : colors.get(span.service)!} isOpen={isOpen} isFound={isFound} pieces={pieces.get(index)} />
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}
