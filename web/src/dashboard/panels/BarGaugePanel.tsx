import { rangeOf, showText, valueColor } from '../fieldConfig';
import type { PanelProps } from '../PanelBody';
import { reduce } from '../reduce';
import { singlesOf } from './single';

export default function BarGaugePanel({ panel, data, scheme }: PanelProps) {
  const singles = singlesOf(panel, data.frames).slice(0, 200);
  const most = reduce(singles.map((single) => single.value), 'max') ?? 100;
  return (
    <div className="bargauge" tabIndex={0} role="group" aria-label={panel.title}>
      {singles.map((single) => {
        const { config } = single.field;
        const range = rangeOf({ ...config, max: config.max ?? (config.unit === 'percent' || config.unit === 'percentunit' ? undefined : most) }, single.history);
        const part = typeof single.value === 'number' ? Math.min(1, Math.max(0, (single.value - range[0]) / (range[1] - range[0]))) : 0;
        const color = valueColor(single.value, config, range, single.index, scheme);
        return (
          <div key={single.index} className="bargauge-row">
            <span className="ellipsis" title={single.name}>{single.name}</span>
            <div className="bargauge-track"><i style={{ width: `${part * 100}%`, background: color }} /></div>
            <b className="num nowrap" style={{ color }}>{showText(single.value, config)}</b>
          </div>
        );
      })}
    </div>
  );
}
