// PromQL with completion and lint against the server that the page comes from.
import { PromQLExtension } from '@prometheus-io/codemirror-promql';
import type { Extension } from '@codemirror/state';

export function promql(): Extension {
  return new PromQLExtension().setComplete({ remote: { url: '', cache: { maxAge: 60_000 } }, maxMetricsMetadata: 0 }).asExtension();
}
