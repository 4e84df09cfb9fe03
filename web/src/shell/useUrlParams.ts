// The query of the URL as state: what a view shows can be shared by its address.
import { useCallback, useMemo } from 'react';
import { useSearch } from 'wouter';
import { navigate } from 'wouter/use-browser-location';

export type ParamChanges = Record<string, string | readonly string[] | null>;

export function applyChanges(params: URLSearchParams, changes: ParamChanges): URLSearchParams {
  const out = new URLSearchParams(params);
  for (const [name, value] of Object.entries(changes)) {
    out.delete(name);
    if (value === null) continue;
    if (typeof value === 'string') out.set(name, value);
    else value.forEach((one) => out.append(name, one));
  }
  return out;
}

export function useUrlParams(): [URLSearchParams, (changes: ParamChanges, replace?: boolean) => void] {
  const search = useSearch();
  const params = useMemo(() => new URLSearchParams(search), [search]);
  const change = useCallback((changes: ParamChanges, replace = false) => {
    const query = applyChanges(new URLSearchParams(location.search), changes).toString();
    navigate(location.pathname + (query ? `?${query}` : ''), { replace });
  }, []);
  return [params, change];
}
