import { rangeOf, showText, thresholdColor, valueColor, defaultThresholds } from '../fieldConfig';
import { colorOf } from '../colors';
import type { PanelProps } from '../PanelBody';
import { singlesOf } from './single';

const point = (angle: number, radius: number) => `${50 + radius * Math.cos(angle)} ${50 + radius * Math.sin(angle)}`;
function arc(from: number, to: number, radius: number): string {
  const [a, b] = [Math.PI * (0.8 + 1.4 * from), Math.PI * (0.8 + 1.4 * to)];
  return `M${point(a, radius)}A${radius} ${radius} 0 ${b - a > Math.PI ? 1 : 0} 1 ${point(b, radius)}`;
}

export default function GaugePanel({ panel, data, scheme }: PanelProps) {
  const singles = singlesOf(panel, data.frames).slice(0, 60);
  return (
    <div className="gauges">
      {singles.map((single) => {
        const { config } = single.field;
        const range = rangeOf(config, single.history);
        const part = typeof single.value === 'number' ? Math.min(1, Math.max(0, (single.value - range[0]) / (range[1] - range[0]))) : 0;
        const color = valueColor(single.value, config, range, single.index, scheme);
        const steps = (config.thresholds ?? defaultThresholds).steps;
        const place = (value: number | null) => (value === null || value === undefined ? 0 : Math.min(1, Math.max(0, config.thresholds?.mode === 'percentage' ? value / 100 : (value - range[0]) / (range[1] - range[0]))));
        const text = showText(single.value, config);
        return (
          <figure key={single.index} className="gauge">
            <svg viewBox="0 0 100 84" role="img" aria-label={`${single.name}: ${text}`}>
              <path d={arc(0, 1, 40)} fill="none" stroke="var(--grid)" strokeWidth="9" strokeLinecap="round" />
              {part > 0.002 && <path d={arc(0, part, 40)} fill="none" stroke={color} strokeWidth="9" strokeLinecap="round" />}
              {steps.map((step, i) => {
                const [from, to] = [place(step.value), i + 1 < steps.length ? place(steps[i + 1]!.value) : 1];
                return to > from && <path key={i} d={arc(from, to, 47)} fill="none" stroke={colorOf(step.color, scheme)} strokeWidth="1.6" />;
              })}
              <text x="50" y="56" textAnchor="middle" fontSize={Math.min(17, 110 / (text.length + 1))} fontWeight="600" fill={typeof single.value === 'number' ? thresholdColor(single.value, config.thresholds, range, scheme) : 'var(--dim)'}>{text}</text>
            </svg>
            <figcaption className="ellipsis dim">{single.name}</figcaption>
          </figure>
        );
      })}
    </div>
  );
}
