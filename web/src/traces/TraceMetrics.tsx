// What a metrics query of TraceQL gives: rates, counts and quantiles of spans over time.
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { getJson } from '../api/http';
import { TimeChart, type ChartSeries } from '../charts/TimeChart';
import { paletteColor } from '../dashboard/colors';
import { formatText } from '../format/units';
import { Empty, ErrorText } from '../shell/Page';
import { useScheme } from '../shell/useScheme';
import type { TimeState } from '../time/useTime';

interface Series {
  promLabels: string;
  samples: { timestampMs: string; value: number }[];
}
const stepsWanted = 200;
const leastStepSeconds = 1;
const seriesMax = 100;

export function alignSeries(series: Series[]): { times: number[]; values: (number | null)[][] } {
  const times = [...new Set(series.flatMap((one) => one.samples.map((sample) => Number(sample.timestampMs))))].sort((a, b) => a - b);
  const at = new Map(times.map((time, i) => [time, i]));
  const values = series.map((one) => {
    const column: (number | null)[] = times.map(() => null);
    for (const { timestampMs, value } of one.samples) column[at.get(Number(timestampMs))!] = value;
    return column;
  });
  return { times: times.map((ms) => ms / 1000), values };
}

export function TraceMetrics({ query, time }: { query: string; time: TimeState }) {
  const { span, generation } = time;
  const { scheme } = useScheme();
  const { data, error } = useQuery({
    queryKey: ['trace-metrics', query, span, generation],
    queryFn: async ({ signal }) => {
      const step = Math.max(leastStepSeconds, Math.ceil((span.toMs - span.fromMs) / 1000 / stepsWanted));
      const align = (ms: number) => Math.floor(ms / 1000 / step) * step;
      const { series } = await getJson<{ series: Series[] }>('/api/metrics/query_range', { q: query, start: align(span.fromMs), end: align(span.toMs), step: `${step}s` }, signal);
      return { span, shown: series.slice(0, seriesMax), total: series.length };
    },
    placeholderData: keepPreviousData, retry: false,
  });
  const columns = useMemo(() => (data ? alignSeries(data.shown) : null), [data]);
  if (error) return <ErrorText error={error} />;
  if (!data || !columns) return <div className="card panel-wait" style={{ height: 360 }} aria-busy="true" />;
  if (!data.total) return <div className="card" style={{ height: 200 }}><Empty title="No span in this time range" /></div>;
  const isTime = /(quantile|avg|min|max|sum)_over_time\s*\(\s*(span:)?(duration|traceDuration)/.test(query);
  const format = (value: number | null) => formatText(value, isTime ? 's' : 'sishort');
  const series = data.shown.map((one, i): ChartSeries => ({ label: one.promLabels === '{}' ? query.slice(query.lastIndexOf('|') + 1).trim() : one.promLabels.slice(1, -1), color: paletteColor(i, scheme), fill: data.shown.length < 4 ? 0.12 : 0, shown: true, format }));
  return (
    <section className="card" aria-label="Metrics from spans">
      <header className="card-head"><h2>{data.total} series</h2><span className="spacer" />{data.total > seriesMax && <span className="tag yellow">the first {seriesMax} are drawn</span>}</header>
      <div style={{ height: 320, padding: '0 12px 8px' }}>
        <TimeChart label={`${data.total} series over time`} times={columns.times} values={columns.values} series={series} fromMs={data.span.fromMs} toMs={data.span.toMs} axisFormat={(value) => format(value)} min={0} onZoom={(from, to) => time.setRange({ from: String(Math.round(from)), to: String(Math.round(to)) })} />
      </div>
      <div className="legend-list" style={{ padding: '0 14px 12px', maxHeight: 140 }} tabIndex={0} role="group" aria-label="Legend">{series.slice(0, 60).map((one) => <span key={one.label} className="legend-item" style={{ cursor: 'default' }}><i style={{ background: one.color }} /><span className="ellipsis">{one.label}</span></span>)}</div>
    </section>
  );
}
