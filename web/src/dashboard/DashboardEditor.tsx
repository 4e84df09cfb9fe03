// A dashboard that is being changed: a working copy with undo, saved as a new version. Leaving with unsaved changes is asked about.
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { Icon } from '../shell/icons';
import { addPanel, duplicate, editable, place, remove, replace, type RawFile } from './arrange';
import { DashboardView, type Editing } from './DashboardView';
import { EditFrame } from './EditFrame';
import './editor.css';
import { SavedInBetween, saveDashboard, type Loaded } from './library';
import { readDashboard, type Panel } from './model';
import { PanelEditor } from './PanelEditor';

const undoMax = 100;

interface Work { file: RawFile; past: RawFile[]; key: string }

/** Changes of one kind in a row (typing into one field) are one step of undo. */
function useWork(file: unknown) {
  const [work, setWork] = useState<Work>(() => ({ file: editable(file), past: [], key: '' }));
  const change = (next: RawFile, key = '') => setWork((old) => ({ file: next, past: key !== '' && key === old.key ? old.past : [...old.past, old.file].slice(-undoMax), key }));
  const undo = () => setWork((old) => (old.past.length ? { file: old.past[old.past.length - 1]!, past: old.past.slice(0, -1), key: '' } : old));
  return { file: work.file, dirty: work.past.length > 0, change, undo, settle: () => setWork((old) => ({ ...old, past: [], key: '' })) };
}

function WholeFile({ file, onTake, onClose }: { file: RawFile; onTake: (file: RawFile) => void; onClose: () => void }) {
  const [text, setText] = useState(() => JSON.stringify(file, null, 2));
  const { parsed, problem } = useMemo(() => {
    try {
      const value: unknown = JSON.parse(text);
      readDashboard(value);
      return { parsed: value, problem: '' };
    } catch (error) {
      return { parsed: null, problem: error instanceof Error ? error.message : String(error) };
    }
  }, [text]);
  return (
    <aside className="panel-editor card wide" aria-label="Dashboard as JSON">
      <header className="row"><strong className="grow">Dashboard as JSON</strong><button className="button small icon" aria-label="Close the JSON editor" onClick={onClose}><Icon name="close" /></button></header>
      <textarea className="input mono grow" aria-label="JSON" aria-invalid={problem !== ''} value={text} onChange={(event) => setText(event.currentTarget.value)} spellCheck={false} />
      {problem && <p className="error" role="alert">{problem}</p>}
      <button className="button primary" disabled={problem !== ''} onClick={() => { onTake(editable(parsed)); onClose(); }}>Apply</button>
    </aside>
  );
}

export default function DashboardEditor({ loaded, onDone }: { loaded: Loaded; onDone: () => void }) {
  const client = useQueryClient();
  const { file, dirty, change, undo, settle } = useWork(loaded.file);
  const [version, setVersion] = useState(loaded.version);
  const [edited, setEdited] = useState<number | null>(null);
  const [whole, setWhole] = useState(false);
  const [trouble, setTrouble] = useState<Error | null>(null);
  const [saving, setSaving] = useState(false);
  const dashboard = useMemo(() => readDashboard(file), [file]);
  useEffect(() => {
    if (!dirty) return undefined;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener('beforeunload', ask);
    return () => removeEventListener('beforeunload', ask);
  }, [dirty]);
  const save = async (basedOn: number) => {
    setSaving(true);
    try {
      const now = await saveDashboard(loaded.uid, { ...file, uid: loaded.uid, version: basedOn + 1 }, basedOn);
      setVersion(now);
      setTrouble(null);
      settle();
      await client.invalidateQueries({ queryKey: ['dashboard', loaded.uid] });
      await client.invalidateQueries({ queryKey: ['all-dashboards'] });
      onDone();
    } catch (error) {
      setTrouble(error instanceof Error ? error : new Error(String(error)));
    } finally {
      setSaving(false);
    }
  };
  const panelOf = (id: number | null) => file.panels.find((one) => one.id === id);
  const selected = panelOf(edited);
  const editing: Editing = {
    tools: (panel: Panel) => (
      <span className="edit-tools">
        <button className="button small ghost" aria-label={`Edit ${panel.title}`} aria-pressed={edited === panel.id} onClick={() => { setWhole(false); setEdited(panel.id); }}>Edit</button>
        <button className="button small ghost" aria-label={`Copy ${panel.title}`} onClick={() => change(duplicate(file, panel.id))}>Copy</button>
        <button className="button small ghost icon" aria-label={`Remove ${panel.title}`} onClick={() => change(remove(file, panel.id))}><Icon name="close" size={13} /></button>
      </span>
    ),
    frame: (panel, column, row) => (panelOf(panel.id) ? <EditFrame panel={panel} column={column} row={row} onPlace={(pos) => change(place(file, panel.id, pos))} /> : null),
  };
  const actions = (
    <span className="row wrap">
      <button className="button primary" disabled={!dirty || saving} onClick={() => save(version)}>Save</button>
      <button className="button" disabled={!dirty} onClick={undo}>Undo</button>
      <button className="button" onClick={() => change(addPanel(file))}><Icon name="plus" />Panel</button>
      <button className={`button${whole ? ' active' : ''}`} aria-pressed={whole} onClick={() => { setEdited(null); setWhole(!whole); }}>JSON</button>
      <button className="button" onClick={() => (!dirty || confirm('Leave without saving the changes?')) && onDone()}>Done</button>
    </span>
  );
  const lead = (
    <>
      <label className="row dim" style={{ marginBottom: 10 }}>Title<input className="input" style={{ width: 320 }} value={String(file.title ?? '')} onChange={(event) => change({ ...file, title: event.currentTarget.value }, 'title')} /></label>
      {trouble && (
        <div className="hint card" role="alert">
          <strong>{trouble instanceof SavedInBetween ? 'Somebody else saved this dashboard in between' : 'It could not be saved'}</strong>
          <p>{trouble.message}. Your changes are still here.{' '}
            {trouble instanceof SavedInBetween && <><button className="button small" onClick={() => open(`/dashboards/${loaded.uid}`)}>Look at theirs</button>{' '}<button className="button small" onClick={() => save(trouble.version)}>Save mine as version {trouble.version + 1}</button> Theirs stays as version {trouble.version}.</>}
          </p>
        </div>
      )}
    </>
  );
  return (
    <div className={selected || whole ? 'editing with-side' : 'editing'}>
      <DashboardView dashboard={dashboard} lead={lead} actions={actions} editing={editing} />
      {selected && <PanelEditor key={selected.id} panel={selected} onChange={(panel) => change(replace(file, panel), `panel ${panel.id}`)} onClose={() => setEdited(null)} />}
      {whole && <WholeFile file={file} onTake={(next) => change(next)} onClose={() => setWhole(false)} />}
    </div>
  );
}
