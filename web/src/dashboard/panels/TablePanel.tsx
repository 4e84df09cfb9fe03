import { useVirtualizer } from '@tanstack/react-virtual';
import { useMemo, useRef, useState } from 'react';
import { Link } from 'wouter';
import { formatStamp } from '../../time/range';
import { rangeOf, showText, valueColor } from '../fieldConfig';
import type { Field, Frame, Value } from '../frames';
import type { PanelProps } from '../PanelBody';

/** Series without a table format still have a table: their newest points. */
function tableOf(frames: Frame[]): Frame | undefined {
  if (frames.length <= 1) return frames[0];
  const labels = [...new Set(frames.flatMap((frame) => frame.fields.flatMap((field) => Object.keys(field.labels ?? {}))))];
  if (!labels.length) return frames[0];
  const fields = frames.flatMap((frame) => frame.fields.filter((field) => field.type === 'number'));
  return {
    refId: frames[0]!.refId, length: fields.length,
    fields: [
      ...labels.map((name): Field => ({ name, display: name, type: 'string', values: fields.map((field) => field.labels?.[name] ?? ''), config: {} })),
      { ...fields[0]!, name: 'Value', display: 'Value', values: fields.map((field) => field.values[field.values.length - 1] ?? null) },
    ],
  };
}

function Cell({ field, value, scheme, index }: { field: Field; value: Value; scheme: PanelProps['scheme']; index: number }) {
  if (field.type === 'time') return <>{typeof value === 'number' ? formatStamp(value) : '-'}</>;
  const { config } = field;
  const text = showText(value, { noValue: '-', ...config });
  const style = config.custom?.cellOptions?.type;
  const link = config.links?.[0]?.url.replace('${__value.raw}', encodeURIComponent(String(value))).replace('${__value.text}', encodeURIComponent(text));
  const body = link && /^(https?:\/\/|\/(?!\/))/i.test(link) ? (link.startsWith('/') ? <Link href={link.replace(/^\/d\//, '/dashboards/')}>{text}</Link> : <a href={link} rel="noreferrer">{text}</a>) : text;
  if (typeof value !== 'number') return body;
  const range = rangeOf(config, field.values);
  const color = valueColor(value, config, range, index, scheme);
  if (style === 'gauge') {
    const part = Math.min(1, Math.max(0, (value - range[0]) / (range[1] - range[0])));
    return <div className="row"><div className="bar grow"><i style={{ width: `${part * 100}%`, background: color }} /></div><span className="nowrap">{text}</span></div>;
  }
  if (style === 'color-text' || style === 'color-background') return <span style={{ color, fontWeight: 600 }}>{body}</span>;
  return <>{body}</>;
}

export default function TablePanel({ panel, data, scheme }: PanelProps) {
  const box = useRef<HTMLDivElement>(null);
  const [sort, setSort] = useState<{ column: string; down: boolean } | null>(null);
  const frame = tableOf(data.frames);
  const order = useMemo(() => {
    if (!frame) return [];
    const rows = Array.from({ length: frame.length }, (_, i) => i);
    const field = frame.fields.find((one) => one.display === sort?.column || one.name === sort?.column);
    if (!field || !sort) return rows;
    const compare = (a: number, b: number) => {
      const [x, y] = [field.values[a], field.values[b]];
      return typeof x === 'number' && typeof y === 'number' ? x - y : String(x ?? '').localeCompare(String(y ?? ''), undefined, { numeric: true });
    };
    return rows.sort((a, b) => (sort.down ? -compare(a, b) : compare(a, b)));
  }, [frame, sort]);
  const rows = useVirtualizer({ count: order.length, getScrollElement: () => box.current, estimateSize: () => 33, overscan: 10 });
  if (!frame) return null;
  const items = rows.getVirtualItems();
  const before = items[0]?.start ?? 0;
  const after = rows.getTotalSize() - (items[items.length - 1]?.end ?? 0);
  return (
    <div ref={box} className="panel-fill" style={{ overflow: 'auto' }} tabIndex={0} role="group" aria-label={panel.title}>
      <table className="grid">
        <thead>
          <tr>
            {frame.fields.map((field, i) => {
              const name = field.display ?? field.name;
              const sorted = sort?.column === name;
              return (
                <th key={i} className={field.type === 'number' ? 'num' : ''} aria-sort={sorted ? (sort.down ? 'descending' : 'ascending') : undefined}>
                  <button onClick={() => setSort(sorted ? (sort.down ? { column: name, down: false } : null) : { column: name, down: true })}>{name}{sorted ? (sort.down ? ' ↓' : ' ↑') : ''}</button>
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {before > 0 && <tr style={{ height: before }} />}
          {items.map((item) => (
            <tr key={item.key}>
              {frame.fields.map((field, i) => <td key={i} className={field.type === 'number' ? 'num nowrap' : 'ellipsis'} style={{ maxWidth: 420 }}><Cell field={field} value={field.values[order[item.index]!] ?? null} scheme={scheme} index={i} /></td>)}
            </tr>
          ))}
          {after > 0 && <tr style={{ height: after }} />}
        </tbody>
      </table>
    </div>
  );
}
