// One panel's title, type, unit and queries in fields, and the whole of it as JSON.
import { useState } from 'react';
import { LazyEditor } from '../editor/LazyEditor';
import { Icon } from '../shell/icons';
import type { Raw, RawPanel } from './arrange';

const types = ['timeseries', 'stat', 'gauge', 'bargauge', 'table', 'logs', 'heatmap', 'barchart', 'piechart', 'state-timeline', 'text'];
const units = ['short', 'none', 'percent', 'percentunit', 'bytes', 'decbytes', 'binBps', 's', 'ms', 'reqps', 'ops', 'celsius', 'watt', 'hertz', 'dtdurations'];
const bag = (value: unknown): Raw => (value !== null && typeof value === 'object' ? (value as Raw) : {});

export function PanelEditor({ panel, onChange, onClose }: { panel: RawPanel; onChange: (panel: RawPanel) => void; onClose: () => void }) {
  const [asJson, setAsJson] = useState(false);
  const [json, setJson] = useState('');
  const [problem, setProblem] = useState('');
  const config = bag(panel.fieldConfig);
  const defaults = bag(config.defaults);
  const targets = Array.isArray(panel.targets) ? (panel.targets as Raw[]) : [];
  const isLogs = (target: Raw) => bag(target.datasource ?? panel.datasource).type === 'loki';
  const setTarget = (index: number, over: Raw) => onChange({ ...panel, targets: targets.map((one, i) => (i === index ? { ...one, ...over } : one)) });
  const source = (kind: string) => ({ type: kind, uid: kind === 'loki' ? '${DS_LOKI}' : '${DS_PROMETHEUS}' });
  const takeJson = (text: string) => {
    setJson(text);
    try {
      const next = JSON.parse(text) as RawPanel;
      if (next === null || typeof next !== 'object' || Array.isArray(next)) throw new Error('a panel is an object');
      setProblem('');
      onChange({ ...next, id: panel.id, gridPos: { ...panel.gridPos, ...next.gridPos } });
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <aside className="panel-editor card" aria-label="Panel editor">
      <header className="row"><strong className="grow">Panel</strong>
        <button className={`button small${asJson ? ' active' : ''}`} aria-pressed={asJson} onClick={() => { setJson(JSON.stringify(panel, null, 2)); setProblem(''); setAsJson(!asJson); }}>JSON</button>
        <button className="button small icon" aria-label="Close the panel editor" onClick={onClose}><Icon name="close" /></button>
      </header>
      {asJson ? (
        <>
          <textarea className="input mono grow" aria-label="Panel as JSON" aria-invalid={problem !== ''} value={json} onChange={(event) => takeJson(event.currentTarget.value)} spellCheck={false} />
          {problem && <p className="error" role="alert">{problem}</p>}
        </>
      ) : (
        <>
          <label>Title<input className="input" value={String(panel.title ?? '')} onChange={(event) => onChange({ ...panel, title: event.currentTarget.value })} /></label>
          <label>Description<input className="input" value={String(panel.description ?? '')} onChange={(event) => onChange({ ...panel, description: event.currentTarget.value })} /></label>
          <div className="row">
            <label className="grow">Type<select className="input" value={panel.type} onChange={(event) => onChange({ ...panel, type: event.currentTarget.value })}>{[...new Set([...types, panel.type])].map((one) => <option key={one}>{one}</option>)}</select></label>
            <label className="grow">Unit<input className="input" list="units" value={String(defaults.unit ?? '')} onChange={(event) => onChange({ ...panel, fieldConfig: { overrides: [], ...config, defaults: { ...defaults, unit: event.currentTarget.value } } })} /></label>
            <datalist id="units">{units.map((one) => <option key={one} value={one} />)}</datalist>
          </div>
          {targets.map((target, i) => (
            <fieldset key={String(target.refId ?? i)}>
              <legend>Query {String(target.refId ?? '')}</legend>
              <LazyEditor key={isLogs(target) ? 'logql' : 'promql'} kind={isLogs(target) ? 'logql' : 'promql'} label={`Query ${String(target.refId ?? '')}`} hint="Query" value={String(target.expr ?? '')} onChange={(expr) => expr !== target.expr && setTarget(i, { expr })} onRun={(expr) => setTarget(i, { expr })} />
              <div className="row">
                <label className="grow">Legend<input className="input mono" placeholder="{{name}}" value={String(target.legendFormat ?? '')} onChange={(event) => setTarget(i, { legendFormat: event.currentTarget.value })} /></label>
                <label>From<select className="input" value={isLogs(target) ? 'loki' : 'prometheus'} onChange={(event) => setTarget(i, { datasource: source(event.currentTarget.value) })}><option value="prometheus">metrics</option><option value="loki">logs</option></select></label>
                <button className="button icon" style={{ alignSelf: 'end' }} aria-label={`Remove query ${String(target.refId ?? '')}`} onClick={() => onChange({ ...panel, targets: targets.filter((_, j) => j !== i) })}><Icon name="close" /></button>
              </div>
            </fieldset>
          ))}
          <button className="button" onClick={() => onChange({ ...panel, targets: [...targets, { refId: String.fromCharCode(65 + (targets.length % 26)), expr: '', datasource: panel.datasource ?? source('prometheus') }] })}><Icon name="plus" />Query</button>
        </>
      )}
    </aside>
  );
}
