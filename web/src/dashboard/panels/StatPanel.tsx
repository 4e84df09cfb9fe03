import { Sparkline } from '../../charts/Sparkline';
import { usePanelSize } from '../panelSize';
import { withAlpha } from '../colors';
import { rangeOf, show, valueColor } from '../fieldConfig';
import type { PanelProps } from '../PanelBody';
import { textOf } from './options';
import { singlesOf } from './single';

export default function StatPanel({ panel, data, scheme }: PanelProps) {
  const [ref, { width, height }] = usePanelSize();
  const found = singlesOf(panel, data.frames);
  const singles = found.length ? found : [{ name: panel.title, field: { name: '', type: 'number' as const, values: [], config: panel.fieldConfig.defaults }, value: null, history: [], index: 0 }];
  const { options } = panel;
  const colorMode = textOf(options.colorMode, 'value');
  const textMode = textOf(options.textMode, 'auto');
  const withGraph = textOf(options.graphMode, 'area') === 'area';
  const across = width > height * 1.2;
  const each = { width: across ? width / singles.length : width, height: across ? height : height / singles.length };
  return (
    <div ref={ref} className="stat" style={{ flexDirection: across ? 'row' : 'column' }}>
      {singles.slice(0, 60).map((single) => {
        const color = valueColor(single.value, single.field.config, rangeOf(single.field.config, single.history), single.index, scheme);
        const { prefix, text, suffix } = show(single.value, single.field.config);
        const named = textMode === 'value_and_name' || textMode === 'name' || (textMode === 'auto' && singles.length > 1);
        const missing = single.value === null;
        const size = Math.max(15, Math.min(46, each.height * (named ? 0.32 : 0.44), (each.width * 1.5) / (text.length + suffix.length * 0.6 + 1)));
        return (
          <div key={single.index} className="stat-one" style={colorMode.startsWith('background') && !missing ? { background: withAlpha(color, 0.22) } : undefined}>
            {withGraph && single.history.length > 1 && each.height > 54 && (
              <div className="stat-graph"><Sparkline values={single.history as (number | null)[]} color={color} width={Math.max(40, Math.round(each.width))} height={Math.max(20, Math.round(each.height * 0.42))} /></div>
            )}
            {named && <div className="stat-name ellipsis">{single.name}</div>}
            {textMode !== 'name' && (
              <div className="stat-value" style={{ color: missing ? 'var(--dim)' : colorMode === 'none' ? 'var(--strong)' : color, fontSize: missing ? Math.min(size, 20) : size }}>
                {prefix && <small>{prefix}</small>}{text}{suffix && <small>{/^[%°]/.test(suffix) ? suffix : ` ${suffix}`}</small>}
              </div>
            )}
          </div>
        );
      })}
    </div>
  );
}
