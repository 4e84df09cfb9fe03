// Bars over names: one group a row of the table, one bar a numeric column.
import { usePanelSize } from '../panelSize';
import { seriesColor, showText } from '../fieldConfig';
import type { Field } from '../frames';
import type { PanelProps } from '../PanelBody';
import { singlesOf } from './single';

const barsMax = 200;

export default function BarChartPanel({ panel, data, scheme }: PanelProps) {
  const [ref, { width, height }] = usePanelSize();
  const frame = data.frames.find((one) => one.fields.some((field) => field.type === 'string'));
  let names: string[];
  let fields: Field[];
  if (frame) {
    names = frame.fields.find((field) => field.type === 'string')!.values.map(String).slice(0, barsMax);
    fields = frame.fields.filter((field) => field.type === 'number');
  } else {
    const singles = singlesOf(panel, data.frames).slice(0, barsMax);
    names = singles.map((one) => one.name);
    fields = singles[0] ? [{ ...singles[0].field, display: 'Value', values: singles.map((one) => one.value) }] : [];
  }
  const numbers = fields.flatMap((field) => field.values.slice(0, barsMax).filter((value): value is number => typeof value === 'number'));
  const config = fields[0]?.config ?? {};
  const top = config.max ?? Math.max(0, ...numbers);
  const bottom = config.min ?? Math.min(0, ...numbers);
  const sideways = panel.options.orientation === 'horizontal' || (panel.options.orientation !== 'vertical' && width < names.length * 42);
  const share = (value: number) => ((value - Math.min(0, bottom)) / (top - bottom || 1)) * 100;
  const label = `${panel.title}: ${names.length} bars`;
  if (sideways)
    return (
      <div ref={ref} className="bargauge" tabIndex={0} role="group" aria-label={label}>
        {names.map((name, row) => fields.map((field, i) => {
          const value = field.values[row];
          const color = seriesColor(field, i, scheme);
          return <div key={`${row}/${i}`} className="bargauge-row"><span className="ellipsis" title={name}>{i === 0 ? name : ''}</span><div className="bargauge-track"><i style={{ width: `${typeof value === 'number' ? share(value) : 0}%`, background: color }} /></div><b className="num nowrap">{showText(value, field.config)}</b></div>;
        }))}
      </div>
    );
  const inner = Math.max(20, height - 22);
  const group = names.length ? width / names.length : 0;
  const bar = Math.min(60, (group * 0.76) / Math.max(1, fields.length));
  return (
    <div ref={ref} className="panel-fill">
      <svg width={width} height={height} role="img" aria-label={label}>
        <line x1="0" x2={width} y1={inner} y2={inner} stroke="var(--line)" />
        {names.map((name, row) => (
          <g key={row}>
            {fields.map((field, i) => {
              const value = field.values[row];
              if (typeof value !== 'number') return null;
              const tall = (share(value) / 100) * (inner - 18);
              const x = group * row + (group - bar * fields.length) / 2 + bar * i;
              return (
                <g key={i}>
                  <rect x={x + 1} y={inner - tall} width={Math.max(1, bar - 2)} height={Math.max(0, tall)} rx="2" fill={seriesColor(field, i, scheme)}><title>{`${name}: ${showText(value, field.config)}`}</title></rect>
                  {bar > 34 && <text x={x + bar / 2} y={inner - tall - 4} textAnchor="middle" fontSize="11" fill="var(--text)">{showText(value, field.config)}</text>}
                </g>
              );
            })}
            <text x={group * (row + 0.5)} y={height - 6} textAnchor="middle" fontSize="11" fill="var(--axis)">{name.length * 6.5 > group ? `${name.slice(0, Math.max(1, Math.floor(group / 6.5) - 1))}…` : name}</text>
          </g>
        ))}
      </svg>
    </div>
  );
}
