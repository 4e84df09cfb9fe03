// What fires, why, since when, who was told; the rules behind it; silences.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useRef, useState } from 'react';
import { Link } from 'wouter';
import { acknowledge, acknowledgements, byUrgency, deliveries, expireSilence, labelsKey, notifiedAlerts, ownRules, ruleGroups, severityOf, silenced, silenceLabels, silences, unacknowledge, type Alert, type AlertingRule, type NotifiedAlert, type RuleGroup, type Silence } from '../api/alerts';
import { comparisonOf } from '../alerts/comparison';
import { grouped, groupings, serviceOf, type Grouping } from '../alerts/grouping';
import { withRule, type RuleDraft } from '../alerts/ownRules';
import { RuleEditor } from '../alerts/RuleEditor';
import { RulePreview } from '../alerts/RulePreview';
import '../dashboard/dashboard.css';
import { readDashboard } from '../dashboard/model';
import { PanelView } from '../dashboard/PanelView';
import { age } from '../format/units';
import { Icon } from '../shell/icons';
import { Empty, ErrorText, Page } from '../shell/Page';
import { useNow } from '../shell/useNow';
import { useUrlParams } from '../shell/useUrlParams';
import { formatStamp } from '../time/range';
import { useTimeState } from '../time/useTime';
import { unitOf } from './ExploreMetrics';
import './alerts.css';

const pollMs = 10_000;
const alertsShownMax = 200;
const silenceHours = [1, 4, 24, 168];
const prometheus = { type: 'prometheus', uid: 'monitorai' };

function severityColor(severity: string): string {
  if (/^(critical|page|error)$/.test(severity)) return 'red';
  return severity === 'warning' || severity === 'warn' ? 'yellow' : '';
}

const history = readDashboard({
  schemaVersion: 41,
  panels: [{
    id: 1, type: 'state-timeline', title: 'History', datasource: prometheus,
    targets: [{ refId: 'A', expr: 'max by (alertname) (ALERTS{alertstate="firing"}) * 2 or max by (alertname) (ALERTS{alertstate="pending"})', legendFormat: '{{alertname}}' }],
    fieldConfig: { defaults: { custom: { fillOpacity: 80 }, mappings: [{ type: 'value', options: { 1: { text: 'pending', color: 'yellow' }, 2: { text: 'firing', color: 'red' } } }], thresholds: { mode: 'absolute', steps: [{ color: 'yellow', value: null }, { color: 'red', value: 2 }] }, color: { mode: 'thresholds' } }, overrides: [] },
    options: { showValue: 'auto', rowHeight: 0.8 },
  }],
}).panels[0]!;

function graphOf(rule: AlertingRule) {
  const sides = comparisonOf(rule.query);
  return readDashboard({
    schemaVersion: 41,
    panels: [{
      id: 2, type: 'timeseries', title: sides ? 'The value and its limit' : 'The expression', datasource: prometheus,
      targets: sides ? [{ refId: 'A', expr: sides.left }, { refId: 'B', expr: sides.right, legendFormat: 'limit' }] : [{ refId: 'A', expr: rule.query }],
      fieldConfig: {
        defaults: { unit: unitOf(sides?.left ?? rule.query), custom: { lineWidth: 1.5, fillOpacity: 5 } },
        overrides: [{ matcher: { id: 'byFrameRefID', options: 'B' }, properties: [{ id: 'color', value: { mode: 'fixed', fixedColor: 'red' } }, { id: 'custom.lineStyle', value: { fill: 'dash', dash: [8, 6] } }, { id: 'custom.fillOpacity', value: 0 }] }],
      },
      options: { legend: { displayMode: 'table', calcs: ['lastNotNull', 'max'] } },
    }],
  }).panels[0]!;
}

function LabelTags({ labels }: { labels: Record<string, string> }) {
  return (
    <span className="row wrap labels">
      {Object.entries(labels).filter(([name]) => name !== 'alertname' && name !== 'severity').map(([name, value]) => (
        <span key={name} className="tag">{name === 'pid' ? <Link href={`/processes/${value}`}>pid={value}</Link> : `${name}=${value}`}</span>
      ))}
    </span>
  );
}

function SilenceMenu({ alert, onDone }: { alert: Alert; onDone: (trouble: unknown) => void }) {
  const [open, setOpen] = useState(false);
  const choose = async (hours: number) => {
    setOpen(false);
    try {
      await silenceLabels(alert.labels, hours, 'web', `${alert.labels.alertname ?? 'alert'} silenced from its page`);
      onDone(null);
    } catch (error) {
      onDone(error);
    }
  };
  if (!open) return <button className="button small" aria-expanded={false} onClick={() => setOpen(true)}>Silence</button>;
  return (
    <span className="group" role="group" aria-label="Silence for">
      {silenceHours.map((hours) => <button key={hours} className="button small" onClick={() => choose(hours)}>{age(hours * 3600)}</button>)}
      <button className="button small icon" aria-label="Cancel" onClick={() => setOpen(false)}><Icon name="close" size={12} /></button>
    </span>
  );
}

/** One click: it goes on, and nobody is reminded of it. */
function AcknowledgeButton({ alert, onDone }: { alert: NotifiedAlert; onDone: (trouble: unknown) => void }) {
  const [busy, setBusy] = useState(false);
  const change = async () => {
    setBusy(true);
    try {
      await (alert.acknowledged ? unacknowledge(alert.fingerprint) : acknowledge(alert.fingerprint, 'web', `${alert.labels.alertname ?? 'alert'} acknowledged from its page`));
      onDone(null);
    } catch (error) {
      onDone(error);
    }
    setBusy(false);
  };
  return <button className="button small" disabled={busy} title="Who was told of it is not reminded until more alerts join it" onClick={change}>{alert.acknowledged ? 'Take back' : 'Acknowledge'}</button>;
}

interface RowProps { alert: Alert; rule: AlertingRule; group: RuleGroup; now: number; by: Silence | undefined; notified: NotifiedAlert | undefined; canAcknowledge: boolean; canSilence: boolean; onDone: (trouble: unknown) => void }

function AlertCard({ alert, rule, group, now, by, notified, canAcknowledge, canSilence, onDone }: RowProps) {
  const [open, setOpen] = useState(false);
  const graph = useMemo(() => graphOf(rule), [rule.query]);
  const severity = severityOf(alert.labels);
  const summary = alert.annotations.summary ?? alert.annotations.description ?? rule.query;
  const details = Object.entries(alert.annotations).filter(([name]) => name !== 'summary');
  return (
    <article className={`card alert ${alert.state} ${by ? 'silenced' : severityColor(severity)}`} aria-label={`${alert.labels.alertname}: ${summary}`}>
      <header>
        <button className="alert-name" aria-expanded={open} onClick={() => setOpen(!open)}>
          <span style={{ display: 'inline-flex', transform: open ? undefined : 'rotate(-90deg)' }}><Icon name="chevron" size={14} /></span>
          <strong>{alert.labels.alertname}</strong>
        </button>
        <span className={`tag ${alert.state === 'firing' ? 'red' : 'yellow'}`}>{alert.state}</span>
        {severity && <span className={`tag ${severityColor(severity)}`}>{severity}</span>}
        {by && <span className="tag" title={`${by.comment} (${by.createdBy})`}>silenced until {formatStamp(Date.parse(by.endsAt))}</span>}
        {notified?.acknowledged && <span className="tag green" title={`${notified.acknowledged.comment} (${formatStamp(Date.parse(notified.acknowledged.at))})`}>acknowledged by {notified.acknowledged.by}</span>}
        <span className="spacer" />
        <span className="dim nowrap" title={formatStamp(Date.parse(alert.activeAt))}>for {age(now - Date.parse(alert.activeAt) / 1000)}</span>
        {notified && canAcknowledge && !by && <AcknowledgeButton alert={notified} onDone={onDone} />}
        {canSilence && !by && <SilenceMenu alert={alert} onDone={onDone} />}
      </header>
      <p>{summary}</p>
      <LabelTags labels={alert.labels} />
      {open && (
        <div className="alert-details">
          {details.map(([name, value]) => <p key={name}><span className="dim">{name}</span> {/^https?:\/\//.test(value) ? <a href={value} rel="noreferrer" target="_blank">{value}</a> : value}</p>)}
          <p className="row wrap"><code className="code">{rule.query}</code><Link href={`/explore/metrics?q=${encodeURIComponent(rule.query)}`}>Explore</Link><span className="dim">rule of {group.name}, value {Number(alert.value).toPrecision(4)}</span></p>
          <div className="alert-graph"><PanelView panel={graph} values={{}} ready /></div>
        </div>
      )}
    </article>
  );
}

function Rules({ groups }: { groups: RuleGroup[] }) {
  return (
    <div className="card scroll-x" tabIndex={0} role="region" aria-label="Rules">
      <table className="grid">
        <thead><tr><th>Rule</th><th>State</th><th className="num hide-phone">For</th><th>Expression</th><th className="num hide-phone">Takes</th></tr></thead>
        <tbody>
          {groups.flatMap((group) => group.rules.map((rule, i) => (
            <tr key={`${group.file}/${group.name}/${i}`}>
              <td><div>{rule.name}</div><div className="dim">{group.name}</div></td>
              <td>
                {rule.health === 'err' ? <span className="tag red" title={rule.lastError}>failed</span>
                  : rule.type === 'recording' ? <span className="tag">recorded</span>
                  : <span className={`tag ${rule.state === 'firing' ? 'red' : rule.state === 'pending' ? 'yellow' : rule.state === 'inactive' ? 'green' : ''}`}>{rule.state}</span>}
              </td>
              <td className="num hide-phone">{rule.type === 'alerting' && rule.duration ? age(rule.duration) : '-'}</td>
              <td><code className="rule-query">{rule.query}</code>{rule.lastError && <div className="error">{rule.lastError}</div>}</td>
              <td className="num hide-phone nowrap">{(rule.evaluationTime * 1000).toFixed(1)} ms</td>
            </tr>
          )))}
        </tbody>
      </table>
    </div>
  );
}

function Silences({ list, onDone }: { list: Silence[]; onDone: (trouble: unknown) => void }) {
  const shown = list.filter((one) => one.status.state !== 'expired');
  const end = async (id: string) => {
    try {
      await expireSilence(id);
      onDone(null);
    } catch (error) {
      onDone(error);
    }
  };
  if (!shown.length) return <p className="dim">Nothing is silenced.</p>;
  return (
    <div className="card scroll-x" tabIndex={0} role="region" aria-label="Silences">
      <table className="grid">
        <thead><tr><th>Alerts with</th><th>Until</th><th>By</th><th>Why</th><th><span className="visually-hidden">End</span></th></tr></thead>
        <tbody>{shown.map((one) => (
          <tr key={one.id}>
            <td><span className="row wrap">{one.matchers.map((m) => <span key={m.name} className="tag">{m.name}{m.isEqual === false ? '!' : ''}{m.isRegex ? '~' : m.isEqual === false ? '=' : '='}{m.value}</span>)}</span></td>
            <td className="nowrap">{formatStamp(Date.parse(one.endsAt))}</td><td>{one.createdBy}</td><td>{one.comment}</td>
            <td><button className="button small" onClick={() => end(one.id)}>End now</button></td>
          </tr>
        ))}</tbody>
      </table>
    </div>
  );
}

function Sent() {
  const { data } = useQuery({ queryKey: ['deliveries'], queryFn: ({ signal }) => deliveries(signal), refetchInterval: pollMs, retry: false });
  if (!data) return null;
  return (
    <>
      <h2 className="section">What was sent</h2>
      {!data.length ? <p className="dim">Nothing was sent yet.</p> : (
        <div className="card scroll-x" tabIndex={0} role="region" aria-label="What was sent">
          <table className="grid">
            <thead><tr><th>When</th><th>To</th><th>About</th><th>State</th><th className="num">Firing</th><th className="num">Resolved</th><th className="num">Tries</th><th>Error</th></tr></thead>
            <tbody>{data.map((one) => (
              <tr key={one.id}>
                <td className="nowrap">{formatStamp(Date.parse(one.updatedAt))}</td><td>{one.receiver} <span className="dim">{one.integration}</span></td>
                <td><span className="row wrap">{Object.entries(one.groupLabels).map(([name, value]) => <span key={name} className="tag">{name === 'alertname' ? value : `${name}=${value}`}</span>)}</span></td>
                <td><span className={`tag ${/sent|delivered/.test(one.state) ? 'green' : one.error ? 'red' : ''}`}>{one.state}</span></td>
                <td className="num">{one.firing}</td><td className="num">{one.resolved}</td><td className="num">{one.tries}</td><td className="error">{one.error}</td>
              </tr>
            ))}</tbody>
          </table>
        </div>
      )}
    </>
  );
}

export default function Alerts() {
  const [params, setParams] = useUrlParams();
  const time = useTimeState({ range: { from: 'now-6h', to: 'now' } });
  const client = useQueryClient();
  const now = useNow(10_000);
  const [trouble, setTrouble] = useState<unknown>(null);
  const { data: groups, error } = useQuery({ queryKey: ['rules'], queryFn: ({ signal }) => ruleGroups(signal), refetchInterval: pollMs });
  const { data: quiet } = useQuery({ queryKey: ['silences'], queryFn: ({ signal }) => silences(signal), refetchInterval: pollMs, retry: false });
  const { data: told } = useQuery({ queryKey: ['notified'], queryFn: ({ signal }) => notifiedAlerts(signal), refetchInterval: pollMs, retry: false });
  const { data: canAcknowledge = false } = useQuery({ queryKey: ['acknowledgements'], queryFn: ({ signal }) => acknowledgements(signal), refetchInterval: pollMs, retry: false });
  const notified = useMemo(() => new Map((told ?? []).map((one) => [labelsKey(one.labels), one])), [told]);
  const text = (params.get('q') ?? '').toLowerCase();
  const all = useMemo(() => (groups ?? []).flatMap((group) => group.rules.flatMap((rule) => (rule.type === 'alerting' ? rule.alerts.map((alert) => ({ alert, rule, group })) : [])))
    .map((one) => ({ ...one, by: quiet?.find((silence) => silenced(one.alert.labels, silence)) }))
    .sort((a, b) => Number(!!a.by) - Number(!!b.by) || byUrgency(a.alert, b.alert)), [groups, quiet]);
  const shown = all.filter(({ alert }) => text === '' || JSON.stringify([alert.labels, alert.annotations]).toLowerCase().includes(text));
  const by = groupings.find((one) => one === params.get('by')) ?? 'urgency';
  const keyOf: Record<Grouping, (one: (typeof all)[0]) => string> = { urgency: () => '', group: ({ group }) => group.name, service: ({ alert }) => serviceOf(alert.labels) };
  const sections = grouped(shown.slice(0, alertsShownMax), keyOf[by]);
  const [draft, setDraft] = useState<string>();
  const editor = useRef<HTMLDivElement>(null);
  const addRule = async (rule: RuleDraft) => {
    try {
      const text = draft ?? (await client.fetchQuery({ queryKey: ['own rules'], queryFn: ({ signal }) => ownRules(signal) })).text;
      setDraft(withRule(text, rule));
      editor.current?.scrollIntoView({ block: 'center' });
    } catch (problem) {
      setTrouble(problem);
    }
  };
  const onDone = (problem: unknown) => {
    setTrouble(problem);
    void client.invalidateQueries({ queryKey: ['silences'] });
    void client.invalidateQueries({ queryKey: ['notified'] });
  };
  const rules = (groups ?? []).flatMap((group) => group.rules);
  const count = (of: (one: (typeof all)[0]) => boolean) => all.filter(of).length;
  const numbers: [string, number, string][] = [
    ['Firing', count((one) => !one.by && one.alert.state === 'firing'), 'var(--red)'], ['Pending', count((one) => !one.by && one.alert.state === 'pending'), 'var(--yellow)'],
    ['Silenced', count((one) => one.by !== undefined), 'var(--dim)'], ['Rules', rules.length, 'var(--strong)'], ['Rules that fail', rules.filter((one) => one.health === 'err').length, 'var(--red)'],
  ];
  return (
    <Page name="Alerts" title="Alerts" time={time}
      controls={<><div className="field"><label htmlFor="alerts-by">By</label><select id="alerts-by" value={by} onChange={(event) => setParams({ by: event.currentTarget.value === 'urgency' ? null : event.currentTarget.value })}>{groupings.map((one) => <option key={one}>{one}</option>)}</select></div><input className="input" type="search" placeholder="Filter: name, label, text" aria-label="Filter" value={params.get('q') ?? ''} onChange={(event) => setParams({ q: event.currentTarget.value || null }, true)} style={{ width: 240 }} /></>}>
      {error && <ErrorText error={error} />}
      {trouble !== null && <ErrorText error={trouble} />}
      {groups && (
        <div className="numbers" style={{ marginBottom: 12 }}>
          {numbers.map(([name, value, color]) => <div key={name} className="card number"><span className="dim">{name}</span><b style={value ? { color } : undefined}>{value}</b></div>)}
        </div>
      )}
      {groups && !rules.length && <div className="card" style={{ height: 200 }}><Empty title="There are no rules"><span>Put Prometheus rule files where <code>rules.files</code> of the configuration looks for them; <code>rules/llm.yml</code> comes with the program.</span></Empty></div>}
      {groups && rules.length > 0 && !all.length && <div className="card all-well"><Icon name="check" size={20} /><span><strong>Nothing is wrong.</strong> {rules.filter((one) => one.type === 'alerting').length} alerts are watching.</span></div>}
      {sections.map(([name, list]) => (
        <section key={name} aria-label={name || 'By urgency'}>
          {by !== 'urgency' && <h2 className="section alerts-of">{name} <span className="dim">{list.length}</span></h2>}
          <div className="alerts">{list.map(({ alert, rule, group, by: silence }) => <AlertCard key={JSON.stringify(alert.labels) + group.name} alert={alert} rule={rule} group={group} by={silence} notified={notified.get(labelsKey(alert.labels))} now={now} canAcknowledge={canAcknowledge} canSilence={quiet !== null && quiet !== undefined} onDone={onDone} />)}</div>
        </section>
      ))}
      {shown.length > alertsShownMax && <p className="dim">{shown.length.toLocaleString()} alerts: the {alertsShownMax} most urgent are shown. The filter finds the others.</p>}
      {all.length > 0 && !shown.length && <p className="dim">No alert matches the filter.</p>}
      {rules.length > 0 && <div className="alert-history"><PanelView panel={history} values={{}} ready /></div>}
      {quiet && <><h2 className="section">Silences</h2><Silences list={quiet} onDone={onDone} /></>}
      <Sent />
      <h2 className="section">Try a rule</h2>
      <RulePreview rules={rules.filter((one): one is AlertingRule => one.type === 'alerting')} onAdd={addRule} />
      <h2 className="section">Your rules</h2>
      <div ref={editor}><RuleEditor draft={draft} onDraft={setDraft} /></div>
      {rules.length > 0 && groups && <><h2 className="section">Rules</h2><Rules groups={groups} /></>}
    </Page>
  );
}
