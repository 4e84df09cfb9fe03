// The editors are big: they come after the page, which shows a plain text field until then.
import { lazy, Suspense, useMemo } from 'react';
import type { EditorProps } from './Editor';

type Props = Omit<EditorProps, 'language'>;
const PromQl = lazy(async () => {
  const [{ default: Editor }, { promql }] = await Promise.all([import('./Editor'), import('./promql')]);
  return { default: (props: Props) => <Editor {...props} language={useMemo(promql, [])} /> };
});
const LogQl = lazy(async () => {
  const [{ default: Editor }, { logql }] = await Promise.all([import('./Editor'), import('./logql')]);
  return { default: (props: Props) => <Editor {...props} language={useMemo(logql, [])} /> };
});

const TraceQl = lazy(async () => {
  const [{ default: Editor }, { traceql }] = await Promise.all([import('./Editor'), import('./traceql')]);
  return { default: (props: Props) => <Editor {...props} language={useMemo(traceql, [])} /> };
});
const editors = { promql: PromQl, logql: LogQl, traceql: TraceQl };

export function LazyEditor({ kind, ...props }: Props & { kind: keyof typeof editors }) {
  const Chosen = editors[kind];
  return (
    <Suspense fallback={<input className="input mono grow" aria-label={props.label} value={props.value} onChange={(event) => props.onChange(event.currentTarget.value)} onKeyDown={(event) => event.key === 'Enter' && props.onRun(event.currentTarget.value)} placeholder={props.hint} style={{ height: 36 }} />}>
      <Chosen {...props} />
    </Suspense>
  );
}
