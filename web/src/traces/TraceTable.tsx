// The traces that were found, one row each; two of them can be picked and compared.
import { useMemo } from 'react';
import { Link } from 'wouter';
import type { Scheme } from '../dashboard/colors';
import { formatText } from '../format/units';
import { formatStamp } from '../time/range';
import { rootColors, type Dot } from './TraceScatter';

export type SortBy = 'start' | 'duration' | 'spans' | 'errors';
export const sortNames: [SortBy, string][] = [['start', 'Started'], ['duration', 'Duration'], ['spans', 'Spans'], ['errors', 'Errors']];
const keyOf: Record<SortBy, (dot: Dot) => number> = { start: (dot) => dot.ms, duration: (dot) => dot.durationMs, spans: (dot) => dot.spans, errors: (dot) => dot.errors };

export interface Sort {
  by: SortBy;
  down: boolean;
}
export function readSort(text: string | null): Sort {
  const by = (text ?? '').replace('-', '') as SortBy;
  return keyOf[by] ? { by, down: text!.startsWith('-') } : { by: 'start', down: true };
}

export function TraceTable({ dots, sort, scheme, picked, onSort, onPick }: { dots: Dot[]; sort: Sort; scheme: Scheme; picked: readonly string[]; onSort: (sort: Sort) => void; onPick: (id: string, on: boolean) => void }) {
  const rows = useMemo(() => [...dots].sort((a, b) => (keyOf[sort.by](a) - keyOf[sort.by](b)) * (sort.down ? -1 : 1)), [dots, sort.by, sort.down]);
  const colors = useMemo(() => rootColors(dots, scheme), [dots, scheme]);
  const longest = dots.reduce((most, dot) => Math.max(most, dot.durationMs), 1);
  const head = (by: SortBy, name: string, numeric: boolean, more = '') => (
    <th className={`${numeric ? 'num' : ''}${more}`} aria-sort={sort.by === by ? (sort.down ? 'descending' : 'ascending') : undefined}>
      <button onClick={() => onSort(sort.by === by ? { by, down: !sort.down } : { by, down: true })}>{name}{sort.by === by ? (sort.down ? ' ↓' : ' ↑') : ''}</button>
    </th>
  );
  return (
    <div className="card scroll-x" tabIndex={0} role="region" aria-label="Traces">
      <table className="grid traces">
        <thead><tr><th className="hide-phone"><span className="visually-hidden">Compare</span></th><th>Trace</th>{head('start', 'Started', false, ' hide-phone')}{head('duration', 'Duration', false)}{head('spans', 'Spans', true, ' hide-phone')}{head('errors', 'Errors', true)}<th className="hide-phone">Services</th></tr></thead>
        <tbody>
          {rows.map(({ hit, ms, durationMs, spans, errors }) => (
            <tr key={hit.traceID}>
              <td className="pick hide-phone"><input type="checkbox" aria-label={`Compare ${hit.traceID}`} checked={picked.includes(hit.traceID)} disabled={picked.length >= 2 && !picked.includes(hit.traceID)} onChange={(event) => onPick(hit.traceID, event.currentTarget.checked)} /></td>
              <td><Link href={`/traces/${hit.traceID}`} className="trace-name"><i style={{ background: colors.get(hit.rootServiceName) }} /><span className="dim">{hit.rootServiceName}</span> <b>{hit.rootTraceName || '(no root yet)'}</b></Link></td>
              <td className="nowrap num-left hide-phone">{formatStamp(ms)}</td>
              <td className="trace-duration"><span>{durationMs > 0 ? formatText(durationMs, 'ms') : '< 1 ms'}</span><i className={errors ? 'bad' : ''} style={{ width: `${Math.max(1, (durationMs / longest) * 100)}%` }} /></td>
              <td className="num hide-phone">{spans.toLocaleString()}</td>
              <td className="num">{errors ? <span className="tag red">{errors}</span> : <span className="dim">-</span>}</td>
              <td className="hide-phone"><span className="row wrap">{Object.entries(hit.serviceStats ?? {}).slice(0, 5).map(([name, stat]) => <span key={name} className="tag" title={`${stat.spanCount} spans, ${stat.errorCount} with errors`}>{name}</span>)}{Object.keys(hit.serviceStats ?? {}).length > 5 && <span className="dim">+{Object.keys(hit.serviceStats ?? {}).length - 5}</span>}</span></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
