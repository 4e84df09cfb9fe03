// The range and the refresh of the page, kept in the URL as Grafana does (`from`, `to`, `refresh`), and the clock that drives it.
import { createContext, useCallback, useContext, useEffect, useMemo, useState } from 'react';
import { useUrlParams } from '../shell/useUrlParams';
import { defaultRange, isLive, parseDuration, resolveRange, type Span, type TimeRange } from './range';

export const refreshChoices = ['', '5s', '15s', '30s', '1m', '5m'];

export interface TimeState {
  range: TimeRange;
  span: Span;
  refresh: string;
  setRange: (range: TimeRange) => void;
  setRefresh: (refresh: string) => void;
  /** Back to the range that the page began with. */
  setLive: () => void;
  /** Moves the span to now and asks again. */
  reload: () => void;
  /** Changes whenever data has to be asked again. */
  generation: number;
}

export const TimeContext = createContext<TimeState | null>(null);

export function useTime(): TimeState {
  const time = useContext(TimeContext);
  if (!time) throw new Error('no TimeContext around this component');
  return time;
}

export function useTimeState(defaults: { range?: TimeRange; refresh?: string } = {}): TimeState {
  const [params, setParams] = useUrlParams();
  const from = params.get('from') ?? defaults.range?.from ?? defaultRange.from;
  const to = params.get('to') ?? defaults.range?.to ?? defaultRange.to;
  const refresh = params.get('refresh') ?? defaults.refresh ?? '15s';
  const [tick, setTick] = useState(() => ({ generation: 0, nowMs: Date.now() }));
  const reload = useCallback(() => setTick((old) => ({ generation: old.generation + 1, nowMs: Date.now() })), []);
  const range = useMemo(() => ({ from, to }), [from, to]);

  useEffect(() => {
    const period = parseDuration(refresh);
    if (!period || !isLive(range)) return undefined;
    const timer = setInterval(() => document.hidden || reload(), Math.max(period, 1000));
    const onShow = () => document.hidden || reload();
    document.addEventListener('visibilitychange', onShow);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', onShow);
    };
  }, [refresh, range, reload]);

  const span = useMemo(() => resolveRange(range, tick.nowMs), [range, tick]);
  const setRange = useCallback(
    (next: TimeRange) => {
      setParams({ from: next.from, to: next.to });
      setTick((old) => ({ generation: old.generation + 1, nowMs: Date.now() }));
    },
    [setParams],
  );
  const setLive = useCallback(() => setRange(defaults.range && isLive(defaults.range) ? defaults.range : defaultRange), [setRange, defaults.range?.from, defaults.range?.to]);
  const setRefresh = useCallback((next: string) => setParams({ refresh: next }), [setParams]);
  return useMemo(
    () => ({ range, span, refresh, setRange, setLive, setRefresh, reload, generation: tick.generation }),
    [range, span, refresh, setRange, setLive, setRefresh, reload, tick.generation],
  );
}
