// When alerts fired: what dashboards mark on their charts.
import { useQuery } from '@tanstack/react-query';
import { createContext, useContext } from 'react';
import { queryRange, type MatrixSeries } from '../api/prometheus';
import { useTime } from '../time/useTime';

export interface Period {
  fromMs: number;
  toMs: number;
  name: string;
  /** Instead of red, of something that is no alert. */
  color?: string;
}
const none: Period[] = [];
export const PeriodsContext = createContext<Period[]>(none);
export const usePeriods = () => useContext(PeriodsContext);

/** Above this a picture is all marks. */
const periodsMax = 200;
const stepsWanted = 400;
const leastStepSeconds = 15;

/** Points one step apart belong together; each period ends a step after its last point. */
export function periodsOf(series: MatrixSeries[], stepSeconds: number): Period[] {
  const out: Period[] = [];
  for (const { metric, values = [] } of series) {
    let current: Period | undefined;
    for (const [time] of values) {
      const ms = time * 1000;
      if (current && ms <= current.toMs + 1) current.toMs = ms + stepSeconds * 1000;
      else out.push((current = { fromMs: ms, toMs: ms + stepSeconds * 1000, name: metric.alertname ?? '' }));
    }
  }
  // Always the same nothing: charts draw anew when their marks are others.
  return out.length ? out.sort((a, b) => a.fromMs - b.fromMs).slice(0, periodsMax) : none;
}

/** Those of the view's time; none while they are not known, or where rules are not evaluated. */
export function useFiringPeriods(enabled: boolean): Period[] {
  const { span, generation } = useTime();
  const { data } = useQuery({
    queryKey: ['periods', span.fromMs, span.toMs, generation],
    queryFn: async ({ signal }) => {
      const step = Math.max(leastStepSeconds, Math.ceil((span.toMs - span.fromMs) / 1000 / stepsWanted));
      const align = (ms: number) => Math.floor(ms / 1000 / step) * step;
      const answer = await queryRange('max by (alertname) (ALERTS{alertstate="firing"})', align(span.fromMs), align(span.toMs), step, signal);
      return answer.resultType === 'matrix' ? periodsOf(answer.result, step) : none;
    },
    enabled, retry: false, placeholderData: (old) => old,
  });
  return enabled ? (data ?? none) : none;
}
