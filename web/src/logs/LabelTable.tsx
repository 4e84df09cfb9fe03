// The labels of one line, each with the filters that it offers, and the whole text.
import type { LogLine } from '../api/loki';

export function LabelTable({ line, onFilter }: { line: LogLine; onFilter?: (name: string, operator: '=' | '!=', value: string) => void }) {
  return (
    <div className="log-details">
      <dl className="facts">
        {Object.entries(line.labels).map(([name, value]) => (
          <div key={name} style={{ display: 'contents' }}>
            <dt>{name}</dt>
            <dd className="row wrap">
              <span className="mono">{value}</span>
              {onFilter && <button className="button small ghost" onClick={() => onFilter(name, '=', value)}>only this</button>}
              {onFilter && <button className="button small ghost" onClick={() => onFilter(name, '!=', value)}>without</button>}
            </dd>
          </div>
        ))}
      </dl>
      <pre style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', margin: '8px 0 0', fontSize: 12 }} dir="auto">{line.line}</pre>
    </div>
  );
}
