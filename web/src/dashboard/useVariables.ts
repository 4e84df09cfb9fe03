// The variables of the dashboard in view: options loaded in the order of their dependence, choices kept in the URL as `var-NAME`.
import { useEffect, useMemo, useState } from 'react';
import { useUrlParams } from '../shell/useUrlParams';
import { useTime } from '../time/useTime';
import type { Values } from './interpolate';
import type { Dashboard, Variable, VariableOption } from './model';
import { allMark, chooseValue, earlyValues, inOrder, loadOptions } from './variables';

export interface VariableState {
  variable: Variable;
  options: VariableOption[];
  chosen: string[];
  all: boolean;
  problem?: string;
}
interface Loaded {
  states: VariableState[];
  values: Values;
}

const builtIn = (dashboard: Dashboard): Values => ({ __dashboard: { values: [dashboard.title], multi: false }, timezone: { values: ['browser'], multi: false } });

export function useVariables(dashboard: Dashboard): { states: VariableState[]; values: Values; ready: boolean; choose: (name: string, chosen: string[]) => void } {
  const [params, setParams] = useUrlParams();
  const { span, generation } = useTime();
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const chosenKey = JSON.stringify(dashboard.variables.map((one) => params.getAll(`var-${one.name}`)));

  useEffect(() => {
    const stop = new AbortController();
    void (async () => {
      const values: Values = builtIn(dashboard);
      const states: VariableState[] = [];
      for (const variable of inOrder(dashboard.variables)) {
        let options: VariableOption[] = [];
        let problem: string | undefined;
        try {
          options = await loadOptions(variable, values, span, stop.signal);
        } catch (error) {
          problem = error instanceof Error ? error.message : String(error);
        }
        if (stop.signal.aborted) return;
        const value = chooseValue(variable, options, new URLSearchParams(location.search).getAll(`var-${variable.name}`), span);
        // Without options "All" would be a regex that matches nothing but the empty text.
        if (value.all && !value.allValue && !options.length) value.allValue = '.*';
        values[variable.name] = value;
        states.push({ variable, options, chosen: value.all ? [allMark] : value.values, all: value.all === true, problem });
      }
      states.sort((a, b) => dashboard.variables.indexOf(a.variable) - dashboard.variables.indexOf(b.variable));
      setLoaded((old) => (old && JSON.stringify(old) === JSON.stringify({ states, values }) ? old : { states, values }));
    })();
    return () => stop.abort();
    // The span moves with each refresh: options follow it.
  }, [dashboard, chosenKey, generation, span]);

  const early = useMemo(() => {
    const params = new URLSearchParams(location.search);
    const values = earlyValues(dashboard.variables, (name) => params.getAll(`var-${name}`), span);
    return values && { ...builtIn(dashboard), ...values };
    // Only until the options are there.
  }, [dashboard, chosenKey]);
  return useMemo(
    () => ({
      states: loaded?.states ?? [], values: loaded?.values ?? early ?? {}, ready: loaded !== null || early !== undefined,
      choose: (name: string, chosen: string[]) => setParams({ [`var-${name}`]: chosen }),
    }),
    [loaded, early, setParams],
  );
}
