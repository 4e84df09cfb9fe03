// Rules of one's own, as text of a rule file: what the fields of the page become.
import { printDuration } from '../time/range';

export interface RuleDraft {
  name: string;
  expression: string;
  forSeconds: number;
  severity: string;
  summary: string;
}

const plain = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** A text as YAML has it: JSON's strings are among YAML's. */
const scalar = (text: string) => (plain.test(text) && !/^(true|false|null|yes|no|on|off)$/i.test(text) ? text : JSON.stringify(text));

/** A name that no group of the text has. */
function freeName(text: string, wanted: string): string {
  const taken = (name: string) => text.includes(`- name: ${scalar(name)}\n`);
  let name = wanted;
  for (let i = 2; taken(name); ++i) name = `${wanted}-${i}`;
  return name;
}

/** The rule as a group of a rule file. */
function groupOf(name: string, rule: RuleDraft): string {
  return [
    `  - name: ${scalar(name)}`, '    rules:', `      - alert: ${scalar(rule.name)}`, `        expr: ${JSON.stringify(rule.expression)}`,
    ...(rule.forSeconds > 0 ? [`        for: ${printDuration(rule.forSeconds * 1000)}`] : []),
    ...(rule.severity ? [`        labels: {severity: ${scalar(rule.severity)}}`] : []),
    ...(rule.summary ? ['        annotations:', `          summary: ${JSON.stringify(rule.summary)}`] : []), '',
  ].join('\n');
}

/** A rule file with the rule at its end, in a group of its own. */
export function withRule(text: string, rule: RuleDraft): string {
  const group = groupOf(freeName(text, rule.name), rule);
  return text.trim() === '' ? `groups:\n${group}` : `${text.trimEnd()}\n${group}`;
}

/** "1 rule", "2 rules". */
export const counted = (count: number, word: string) => `${count.toLocaleString()} ${word}${count === 1 ? '' : 's'}`;
