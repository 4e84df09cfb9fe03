// The rule file of this page (data/rules.yml): checked by the server as it is typed, and running once it is saved.
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { checkRules, ownRules, saveOwnRules, type RuleRemark } from '../api/alerts';
import { ErrorText } from '../shell/Page';
import { counted } from './ownRules';

const checkAfterMs = 400;
const rowsMin = 6;
const rowsMax = 30;

function Remarks({ list, kind, onGo }: { list: RuleRemark[]; kind: 'problem' | 'warning'; onGo: (line: number) => void }) {
  return (
    <ul className="remarks" aria-label={`${kind}s`}>
      {list.map((one, i) => <li key={i} className={kind === 'problem' ? 'error' : 'dim'}><button className="to-line" onClick={() => onGo(one.line)}>line {one.line}:{one.column}</button> {one.text}</li>)}
    </ul>
  );
}

/** `draft` is the text as it stands in the field; undefined: as it is kept. */
export function RuleEditor({ draft, onDraft }: { draft: string | undefined; onDraft: (text: string | undefined) => void }) {
  const client = useQueryClient();
  const field = useRef<HTMLTextAreaElement>(null);
  const [trouble, setTrouble] = useState<unknown>(null);
  const [saving, setSaving] = useState(false);
  // What a draft stands on: others may save meanwhile.
  const [version, setVersion] = useState<string>();
  const { data: own, error } = useQuery({ queryKey: ['own rules'], queryFn: ({ signal }) => ownRules(signal), retry: false });
  useEffect(() => {
    if (draft === undefined) setVersion(own?.version);
  }, [draft, own]);
  const text = draft ?? own?.text ?? '';
  const [settled] = useDebouncedValue(text, checkAfterMs);
  const { data: check, error: checkError } = useQuery({ queryKey: ['check rules', settled], queryFn: ({ signal }) => checkRules(settled, signal), enabled: settled !== '', retry: false, gcTime: 0 });
  const known = settled === text && (text === '' || check !== undefined);
  const problems = text === '' ? [] : (check?.problems ?? []);
  const changed = own !== undefined && draft !== undefined && draft !== own.text;
  const go = (line: number) => {
    const start = text.split('\n').slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
    field.current?.focus();
    field.current?.setSelectionRange(start, start + (text.slice(start).indexOf('\n') + 1 || text.length - start + 1) - 1);
  };
  const save = async () => {
    setSaving(true);
    try {
      const saved = await saveOwnRules(text, version ?? '');
      client.setQueryData(['own rules'], saved);
      onDraft(undefined);
      setTrouble(null);
      void client.invalidateQueries({ queryKey: ['rules'] });
    } catch (problem) {
      setTrouble(problem);
    }
    setSaving(false);
  };
  const discard = () => {
    onDraft(undefined);
    setTrouble(null);
    void client.invalidateQueries({ queryKey: ['own rules'] });
  };
  if (error) return <ErrorText error={error} />;
  return (
    <div className="card card-body">
      <label htmlFor="own-rules" className="dim">A Prometheus rule file of your own, kept in <code>{own?.file ?? 'data/rules.yml'}</code>. It runs beside the files of the configuration.</label>
      <textarea id="own-rules" ref={field} className="input mono rule-text" spellCheck={false} rows={Math.min(rowsMax, Math.max(rowsMin, text.split('\n').length))} value={text} disabled={own === undefined}
        aria-invalid={problems.length > 0} placeholder={'groups:\n  - name: mine\n    rules:\n      - alert: ...'} onChange={(event) => onDraft(event.currentTarget.value)} />
      <div className="row wrap" style={{ marginTop: 8 }}>
        <button className="button primary" disabled={!changed || !known || problems.length > 0 || saving} onClick={save}>Save and run</button>
        <button className="button" disabled={draft === undefined || saving} onClick={discard}>Discard</button>
        <span role="status" className="dim">
          {!known ? 'checking' : problems.length ? counted(problems.length, 'problem') : check && text !== '' ? `good: ${counted(check.rules, 'rule')} in ${counted(check.groups, 'group')}${changed ? ', not saved yet' : ''}` : changed ? 'empty: saving it ends the rules that were here' : 'no rules of your own yet'}
        </span>
      </div>
      {known && <Remarks list={problems} kind="problem" onGo={go} />}
      {known && text !== '' && check && check.warnings.length > 0 && <Remarks list={check.warnings} kind="warning" onGo={go} />}
      {checkError !== null && text !== '' && <ErrorText error={checkError} />}
      {trouble !== null && <ErrorText error={trouble} />}
    </div>
  );
}
