// One lane a series, one block while its value stays.
import { usePanelSize } from '../panelSize';
import { rangeOf, showText, valueColor } from '../fieldConfig';
import type { PanelProps } from '../PanelBody';
import { formatStamp } from '../../time/range';
import type { Field, Value } from '../frames';

const lanesMax = 60;

interface Block { from: number; to: number; value: Value }

/** A value holds until the next one; null and gaps are nothing. */
export function blocksOf(times: Field['values'], values: Field['values'], endMs: number): Block[] {
  const out: Block[] = [];
  for (let i = 0; i < values.length; ++i) {
    const value = values[i] ?? null;
    if (value === null) continue;
    const from = times[i] as number;
    const last = i + 1 >= values.length;
    const step = i > 0 ? from - (times[i - 1] as number) : 0;
    const to = last ? Math.min(endMs, from + step) : (times[i + 1] as number);
    const before = out[out.length - 1];
    if (before && before.value === value && before.to === from) before.to = to;
    else out.push({ from, to, value });
  }
  return out;
}

export default function StateTimelinePanel({ panel, data, span, scheme }: PanelProps) {
  const [ref, { width, height }] = usePanelSize();
  const lanes = data.frames.flatMap((frame) => {
    const time = frame.fields.find((field) => field.type === 'time');
    return time ? frame.fields.filter((field) => field.type !== 'time').map((field) => ({ field, blocks: blocksOf(time.values, field.values, span.toMs) })) : [];
  }).slice(0, lanesMax);
  const left = Math.min(170, width * 0.3);
  const lane = Math.max(16, Math.min(40, (height - 20) / Math.max(1, lanes.length)));
  const x = (ms: number) => left + ((Math.min(Math.max(ms, span.fromMs), span.toMs) - span.fromMs) / (span.toMs - span.fromMs)) * (width - left);
  return (
    <div ref={ref} className="panel-fill" style={{ overflow: 'auto' }} tabIndex={0} role="group" aria-label={panel.title}>
      <svg width={width} height={Math.max(height - 2, lanes.length * lane + 18)} role="img" aria-label={`${panel.title}: ${lanes.length} lanes`}>
        {lanes.map(({ field, blocks }, row) => (
          <g key={row}>
            <text x="0" y={row * lane + lane / 2 + 4} fontSize="12" fill="var(--text)">{(field.display ?? field.name).slice(0, Math.floor(left / 7))}</text>
            {blocks.map((block, i) => {
              const [a, b] = [x(block.from), x(block.to)];
              const text = showText(block.value, field.config);
              return (
                <g key={i}>
                  <rect x={a} y={row * lane + 2} width={Math.max(1, b - a)} height={lane - 4} rx="2" fill={valueColor(block.value, field.config, rangeOf(field.config, field.values), typeof block.value === 'number' ? Math.abs(Math.round(block.value)) : i, scheme)} fillOpacity="0.8">
                    <title>{`${field.display}: ${text}\n${formatStamp(block.from)} to ${formatStamp(block.to)}`}</title>
                  </rect>
                  {b - a > text.length * 8 + 8 && <text x={a + 6} y={row * lane + lane / 2 + 4} fontSize="12" fill="#04140a">{text}</text>}
                </g>
              );
            })}
          </g>
        ))}
        {[0, 0.25, 0.5, 0.75].map((part) => <text key={part} x={left + part * (width - left)} y={lanes.length * lane + 14} fontSize="11" fill="var(--axis)">{formatStamp(span.fromMs + part * (span.toMs - span.fromMs)).slice(11, 16)}</text>)}
      </svg>
    </div>
  );
}
