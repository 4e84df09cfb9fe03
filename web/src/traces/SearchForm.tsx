// The search without a language: it writes the query that is then asked.
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { traceTagValues } from '../api/tempo';
import type { Span } from '../time/range';
import { Icon } from '../shell/icons';
import { emptyForm, formProblems, queryOf, type SearchForm as Form } from './query';

const valuesMs = 60_000;

function useValues(field: string, q: string, span: Span) {
  // Names change seldom: what was asked in this minute serves.
  const minute = Math.floor(span.toMs / valuesMs);
  const { data } = useQuery({ queryKey: ['trace-values', field, q, span.fromMs - span.toMs, minute], queryFn: async ({ signal }) => (await traceTagValues(field, q, span.fromMs, span.toMs, signal)).map((one) => one.value), staleTime: valuesMs, retry: false });
  return data ?? [];
}

export function SearchForm({ form, span, onChange, onRun }: { form: Form; span: Span; onChange: (form: Form) => void; onRun: (query: string) => void }) {
  const [draft, setDraft] = useState(form);
  useEffect(() => setDraft(form), [form]);
  const services = useValues('resource.service.name', '', span);
  const names = useValues('name', draft.service ? queryOf({ ...emptyForm, service: draft.service }) : '', span);
  const problems = formProblems(draft);
  const set = (changes: Partial<Form>) => {
    const next = { ...draft, ...changes };
    setDraft(next);
    if (!Object.keys(formProblems(next)).length) onChange(next);
  };
  const text = (field: keyof Form, label: string, placeholder: string, list?: string) => (
    <div className={`search-field ${field}`}>
      <label htmlFor={`search-${field}`}>{label}</label>
      <input id={`search-${field}`} className="input" list={list} placeholder={placeholder} value={draft[field]} aria-invalid={problems[field] !== undefined} title={problems[field]} onChange={(event) => set({ [field]: event.currentTarget.value })} />
    </div>
  );
  return (
    <form className="search-form" role="search" aria-label="Search traces"
      onSubmit={(event) => {
        event.preventDefault();
        if (!Object.keys(problems).length) onRun(queryOf(draft));
      }}
    >
      <div className="search-field service">
        <label htmlFor="search-service">Service</label>
        <select id="search-service" className="input" value={draft.service} onChange={(event) => set({ service: event.currentTarget.value, name: '' })}>
          <option value="">All</option>
          {[...new Set([...services, ...(draft.service ? [draft.service] : [])])].map((one) => <option key={one}>{one}</option>)}
        </select>
      </div>
      {text('name', 'Span', 'any name', 'span-names')}
      <datalist id="span-names">{names.slice(0, 500).map((one) => <option key={one} value={one} />)}</datalist>
      {text('least', 'At least', '500ms')}
      {text('most', 'At most', '5s')}
      <div className="search-field status">
        <label htmlFor="search-status">Status</label>
        <select id="search-status" className="input" value={draft.status} onChange={(event) => set({ status: event.currentTarget.value as Form['status'] })}><option value="">Any</option><option value="error">error</option><option value="ok">ok</option><option value="unset">unset</option></select>
      </div>
      {text('attributes', 'Attributes', 'gen_ai.request.model=gpt2 http.response.status_code>=500')}
      <button className="button primary"><Icon name="search" size={14} />Search</button>
    </form>
  );
}
