import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useMemo, useRef, useState } from 'react';
import { Link } from 'wouter';
import { TimeChart, type ChartSeries } from '../../charts/TimeChart';
import { Icon } from '../../shell/icons';
import { useTime } from '../../time/useTime';
import { usePanelSize } from '../panelSize';
import { columnsOf, stack } from '../columns';
import { usePeriods } from '../periods';
import { colorOf } from '../colors';
import { seriesColor, showText } from '../fieldConfig';
import type { PanelProps } from '../PanelBody';
import { calcNames, reduce } from '../reduce';
import type { Scheme } from '../colors';
import type { Field } from '../frames';
import type { FieldConfig } from '../model';
import { bagOf, textOf, textsOf } from './options';

const legendRow = 22;

interface LegendProps { fields: Field[]; colors: string[]; calcs: string[]; hidden: Set<string>; onPick: (name: string, alone: boolean) => void; list: boolean; label: string }

/** Long names lose their middle, not their end: the PID stands there. */
function Name({ text }: { text: string }) {
  const tail = text.length > 28 ? 13 : 0;
  return <span className="middle"><span className="ellipsis">{text.slice(0, text.length - tail)}</span>{tail > 0 && <span className="tail">{text.slice(-tail)}</span>}</span>;
}

function Legend({ fields, colors, calcs, hidden, onPick, list, label }: LegendProps) {
  const [sort, setSort] = useState<{ calc: string; down: boolean } | null>(null);
  const box = useRef<HTMLDivElement>(null);
  const rows = useMemo(() => {
    const all = fields.map((field, i) => ({ field, color: colors[i]!, values: calcs.map((calc) => reduce(field.values, calc) ?? null) })).map((row) => ({ ...row, texts: row.values.map((value) => showText(value, { ...row.field.config, noValue: '-' })) })).filter((row) => !row.field.config.custom?.hideFrom?.legend);
    const at = sort ? calcs.indexOf(sort.calc) : -1;
    if (!sort) return all;
    const less = (a: (typeof all)[0], b: (typeof all)[0]) => (at < 0 ? (a.field.display ?? '').localeCompare(b.field.display ?? '') : (a.values[at] ?? -Infinity) - (b.values[at] ?? -Infinity));
    return all.sort((a, b) => (sort.down ? -less(a, b) : less(a, b)));
  }, [fields, colors, calcs, sort]);
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => box.current, estimateSize: () => legendRow, overscan: 8, enabled: !list });
  const pick = (name: string) => (event: React.MouseEvent) => onPick(name, !(event.ctrlKey || event.metaKey || event.shiftKey));
  if (list)
    return (
      <div className="legend-list" tabIndex={0} role="group" aria-label={`${label}: legend`}>
        {rows.slice(0, 200).map(({ field, color }, i) => (
          <button key={i} className="legend-item" aria-pressed={!hidden.has(field.display!)} onClick={pick(field.display!)}><i style={{ background: color }} /><span className="ellipsis">{field.display}</span></button>
        ))}
      </div>
    );
  const header = (calc: string, name: string) => (
    <button key={calc} className={calc === '' ? 'legend-head name' : 'legend-head'} aria-label={`Sort by ${name}`} onClick={() => setSort(sort?.calc === calc ? (sort.down ? { calc, down: false } : null) : { calc, down: true })}>
      {name}{sort?.calc === calc ? (sort.down ? ' ↓' : ' ↑') : ''}
    </button>
  );
  // Each row is a grid of its own: columns stand below each other by the widest text.
  const widths = calcs.map((_, i) => `${Math.max(7, ...rows.map((row) => row.texts[i]!.length)) + 0.5}ch`);
  const grid = { gridTemplateColumns: `minmax(60px, 1fr) ${widths.join(' ')}` };
  return (
    <div className="legend" ref={box} tabIndex={0} role="group" aria-label={`${label}: legend`}>
      <div className="legend-row legend-top" style={grid}>{header('', 'Name')}{calcs.map((calc) => header(calc, calcNames[calc] ?? calc))}</div>
      <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {virtual.getVirtualItems().map((item) => {
          const { field, color, texts } = rows[item.index]!;
          return (
            <div key={item.key} className={`legend-row${hidden.has(field.display!) ? ' off' : ''}`} style={{ ...grid, position: 'absolute', top: 0, left: 0, right: 0, transform: `translateY(${item.start}px)`, height: legendRow }}>
              <span className="legend-name">
                <button className="legend-item" aria-pressed={!hidden.has(field.display!)} onClick={pick(field.display!)} title={field.display}><i style={{ background: color }} /><Name text={field.display ?? field.name} /></button>
                {/^\d+$/.test(field.labels?.pid ?? '') && <Link href={`/processes/${field.labels!.pid}`} className="legend-link" title={`Open process ${field.labels!.pid}`} aria-label={`Open process ${field.labels!.pid}`}><Icon name="right" size={13} /></Link>}
              </span>
              {texts.map((text, i) => <span key={i} className="num nowrap">{text}</span>)}
            </div>
          );
        })}
      </div>
    </div>
  );
}

function seriesOf(field: Field, color: string, scheme: Scheme, shown: boolean): ChartSeries {
  const custom = field.config.custom ?? {};
  const gradient = (custom.fillOpacity ?? 0) / 100;
  return {
    label: field.display ?? field.name, color, width: custom.lineWidth ?? 1.5, fill: scheme === 'light' ? gradient * 0.9 : gradient, drawStyle: custom.drawStyle,
    stepped: custom.lineInterpolation?.startsWith('step'), dash: custom.lineStyle?.fill === 'dash' ? (custom.lineStyle.dash ?? [8, 6]) : undefined, spanGaps: custom.spanNulls === true || typeof custom.spanNulls === 'number',
    shown, format: (value) => showText(value, field.config),
  };
}

function TimeSeriesPanel({ panel, data, span, scheme }: PanelProps) {
  const { setRange } = useTime();
  const marks = usePeriods();
  const [ref, size] = usePanelSize();
  const [hidden, setHidden] = useState<Set<string>>(() => new Set());
  const columns = useMemo(() => columnsOf(data.frames), [data.frames]);
  const { fields } = columns;
  const defaults: FieldConfig = panel.fieldConfig.defaults;
  const colors = useMemo(() => fields.map((field, i) => seriesColor(field, i, scheme)), [fields, scheme]);
  const stacking = defaults.custom?.stacking?.mode === 'normal';
  const visible = (field: Field) => !hidden.has(field.display!) && !field.config.custom?.hideFrom?.viz;
  const key = [...hidden].join('\n');
  const drawn = useMemo(() => (stacking ? stack(columns.values.map((column, i) => (visible(fields[i]!) ? column : column.map(() => null)))) : columns.values), [columns, stacking, key]);
  const series = useMemo(() => fields.map((field, i) => seriesOf(field, colors[i]!, scheme, visible(field))), [fields, colors, scheme, key]);
  const legend = bagOf(panel.options.legend);
  const calcs = textsOf(legend.calcs, []);
  const asTable = textOf(legend.displayMode, 'list') === 'table';
  const side = textOf(legend.placement, 'bottom') === 'right' && size.width > 560;
  const shownLegend = legend.showLegend !== false && textOf(legend.displayMode, 'list') !== 'hidden' && size.height > 110;
  const legendHeight = asTable ? Math.min((fields.length + 1) * legendRow + 4, Math.max(70, size.height * 0.42)) : Math.min(48, Math.max(24, size.height * 0.25));
  const steps = (defaults.thresholds?.steps ?? []).filter((step) => step.value !== null && step.value !== undefined).map((step) => ({ value: step.value!, color: colorOf(step.color, scheme) }));
  const withLines = (defaults.custom?.thresholdsStyle?.mode ?? 'off') !== 'off';
  const pick = (name: string, alone: boolean) =>
    setHidden((old) => {
      const all = fields.map((field) => field.display!);
      if (!alone) return new Set(old.has(name) ? [...old].filter((one) => one !== name) : [...old, name]);
      const isAlone = all.every((one) => (one === name) !== old.has(one));
      return new Set(isAlone && all.length > 1 ? [] : all.filter((one) => one !== name));
    });
  const axisConfig = fields[0]?.config ?? defaults;
  // Quantiles of one panel are of the same spans.
  const exemplars = useMemo(() => data.exemplars && [...new Map(data.exemplars.map((one) => [one.trace, { ms: one.ms, value: one.value, trace: one.trace, text: showText(one.value, axisConfig) }])).values()], [data.exemplars, axisConfig]);
  return (
    <div ref={ref} className="panel-fill" style={{ display: 'flex', flexDirection: side ? 'row' : 'column' }}>
      <div className="grow" style={{ minHeight: 0 }}>
        <TimeChart
          label={`${panel.title}: ${fields.length} series`} times={columns.times} values={drawn} said={stacking ? columns.values : undefined} series={series} fromMs={span.fromMs} toMs={span.toMs}
          min={defaults.min ?? undefined} max={defaults.max ?? undefined} softMin={defaults.custom?.axisSoftMin} log={defaults.custom?.scaleDistribution?.type === 'log'}
          binary={/^(bytes|kbytes|mbytes|gbytes|bits|binBps|binbps|KiBs|MiBs)$/.test(axisConfig.unit ?? '')} axisFormat={(value) => showText(value, { unit: axisConfig.unit, decimals: axisConfig.decimals })} thresholds={withLines ? steps : undefined} marks={marks} exemplars={exemplars}
          onZoom={(from, to) => setRange({ from: String(Math.round(from)), to: String(Math.round(to)) })}
        />
      </div>
      {shownLegend && (
        <div style={side ? { width: Math.min(420, size.width * 0.42), minHeight: 0 } : { height: legendHeight, flex: 'none' }}>
          <Legend fields={fields} colors={colors} calcs={asTable ? calcs : []} hidden={hidden} onPick={pick} list={!asTable} label={panel.title} />
        </div>
      )}
    </div>
  );
}

// A panel that only begins to fetch draws nothing anew.
export default memo(TimeSeriesPanel);
