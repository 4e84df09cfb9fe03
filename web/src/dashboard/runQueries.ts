// The targets of a panel asked, and made into frames.
import { linesOf, queryLogMetric, queryLogs } from '../api/loki';
import { queryColumns } from '../api/columns';
import { queryExemplars } from '../api/exemplars';
import { queryInstant, type QueryData } from '../api/prometheus';
import { parseDuration, type Span } from '../time/range';
import { framesOf, seriesMax, type PanelData } from './frames';
import { interpolate, intervalOf, type Values } from './interpolate';
import type { Panel, Target } from './model';

export const linesDefault = 500;
export const linesMax = 5000;
/** Of a query: more would hide the lines. */
export const exemplarsMax = 60;
const metricQuery = /^\s*(sum|avg|min|max|count|topk|bottomk|stddev|stdvar|sort|sort_desc|rate|count_over_time|bytes_over_time|bytes_rate|[a-z_]+_over_time|absent_over_time|quantile_over_time|vector|label_replace|\()/;

export const sourceOf = (panel: Panel, target: Target): string => target.datasource?.type ?? panel.datasource?.type ?? 'prometheus';

export interface QueryContext {
  panel: Panel;
  values: Values;
  span: Span;
  points: number;
  signal?: AbortSignal;
}

/** The query as it is sent: variables and intervals put in. */
export function finalQuery(panel: Panel, target: Target, values: Values, span: Span, points: number) {
  const least = parseDuration(interpolate(target.interval ?? panel.interval ?? '', values).replace('>', '')) ?? 0;
  const interval = intervalOf(span.fromMs, span.toMs, Math.min(panel.maxDataPoints ?? points, 11_000), least);
  return { query: interpolate(target.expr, { ...values, ...interval.values }), stepMs: interval.stepMs };
}

export async function runQueries({ panel, values, span, points, signal }: QueryContext): Promise<PanelData> {
  const data: PanelData = { frames: [], notes: [] };
  const wanted = panel.targets.filter((target) => !target.hide && target.expr.trim() !== '');
  const parts = await Promise.all(
    wanted.map(async (target): Promise<PanelData> => {
      const { query, stepMs } = finalQuery(panel, target, values, span, points);
      const source = sourceOf(panel, target);
      if (source === 'loki') {
        if (!metricQuery.test(query)) {
          const lines = Math.min(target.maxLines ?? linesDefault, linesMax);
          const answer = await queryLogs(query, span.fromMs, span.toMs, lines, 'backward', signal);
          if (answer.resultType === 'streams') return { frames: [], logs: linesOf(answer.result, 'backward'), notes: [] };
        }
        const answer = (await queryLogMetric(query, span.fromMs, span.toMs, stepMs / 1000, signal)) as QueryData;
        return { frames: framesOf(answer, target.refId, target.legendFormat, target.format === 'table', stepMs), notes: [] };
      }
      if (source !== 'prometheus') return { frames: [], notes: [`query ${target.refId}: the data source "${source}" is not known here`] };
      const asTable = target.format === 'table';
      // The range starts at a multiple of the step, so that a refresh asks for the same points again.
      const align = (ms: number) => Math.floor(ms / stepMs) * (stepMs / 1000);
      const [answer, exemplars] = await Promise.all([
        target.instant && !target.range ? queryInstant(query, span.toMs / 1000, signal) : queryColumns(query, align(span.fromMs), align(span.toMs), stepMs / 1000, seriesMax, signal),
        target.exemplar && !target.instant ? queryExemplars(query, span.fromMs, span.toMs, exemplarsMax, signal) : undefined,
      ]);
      const notes: string[] = [];
      const cut = (total: number) => total > seriesMax && notes.push(`query ${target.refId} gave ${total.toLocaleString()} series: the first ${seriesMax.toLocaleString()} are shown`);
      if (answer.resultType === 'columns') cut(answer.total);
      if (answer.resultType === 'matrix' || answer.resultType === 'vector') {
        cut(answer.result.length);
        answer.result.length = Math.min(answer.result.length, seriesMax);
      }
      if (target.format === 'heatmap') target = { ...target, legendFormat: '{{le}}' };
      return { frames: framesOf(answer, target.refId, target.legendFormat && interpolate(target.legendFormat, values, true), asTable, stepMs), notes, exemplars };
    }),
  );
  for (const part of parts) {
    data.frames.push(...part.frames);
    data.notes.push(...part.notes);
    if (part.exemplars?.length) data.exemplars = [...(data.exemplars ?? []), ...part.exemplars];
    if (part.logs) data.logs = [...(data.logs ?? []), ...part.logs];
  }
  return data;
}
