import { paletteColor } from '../colors';
import { rangeOf, showText, valueColor } from '../fieldConfig';
import type { PanelProps } from '../PanelBody';
import { bagOf, textOf, textsOf } from './options';
import { singlesOf } from './single';

const slicesMax = 60;

function slice(from: number, to: number, inner: number): string {
  const at = (part: number, radius: number) => `${(50 + radius * Math.sin(2 * Math.PI * part)).toFixed(3)} ${(50 - radius * Math.cos(2 * Math.PI * part)).toFixed(3)}`;
  const end = Math.min(to, from + 0.99999);
  const large = end - from > 0.5 ? 1 : 0;
  return inner ? `M${at(from, 46)}A46 46 0 ${large} 1 ${at(end, 46)}L${at(end, inner)}A${inner} ${inner} 0 ${large} 0 ${at(from, inner)}Z` : `M50 50L${at(from, 46)}A46 46 0 ${large} 1 ${at(end, 46)}Z`;
}

export default function PiePanel({ panel, data, scheme }: PanelProps) {
  const singles = singlesOf(panel, data.frames).filter((one) => typeof one.value === 'number' && one.value > 0).slice(0, slicesMax);
  const total = singles.reduce((sum, one) => sum + (one.value as number), 0);
  const inner = textOf(panel.options.pieType, 'pie') === 'donut' ? 28 : 0;
  const shown = textsOf(bagOf(panel.options.legend).values, ['percent']);
  let at = 0;
  const slices = singles.map((one, i) => {
    const part = (one.value as number) / total;
    const mode = one.field.config.color?.mode;
    const color = !mode || mode.startsWith('palette') ? paletteColor(i, scheme) : valueColor(one.value, one.field.config, rangeOf(one.field.config, one.history), i, scheme);
    const path = slice(at, (at += part), inner);
    return { ...one, part, color, path, text: showText(one.value, one.field.config) };
  });
  return (
    <div className="pie">
      <svg viewBox="0 0 100 100" role="img" aria-label={slices.map((one) => `${one.name}: ${one.text}`).join(', ')}>
        {slices.map((one) => <path key={one.index} d={one.path} fill={one.color} stroke="var(--card)" strokeWidth="0.8"><title>{`${one.name}: ${one.text} (${(one.part * 100).toFixed(1)}%)`}</title></path>)}
      </svg>
      <ul tabIndex={0} aria-label={`${panel.title}: legend`}>
        {slices.map((one) => (
          <li key={one.index}><i style={{ background: one.color }} /><span className="ellipsis grow">{one.name}</span>{shown.includes('value') && <b className="num">{one.text}</b>}{shown.includes('percent') && <span className="dim num">{(one.part * 100).toFixed(0)}%</span>}</li>
        ))}
      </ul>
    </div>
  );
}
