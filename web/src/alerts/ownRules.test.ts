import { expect, test } from 'vitest';
import { withRule, type RuleDraft } from './ownRules';

const rule: RuleDraft = { name: 'Hot', expression: 'max(t{gpu="a"}) > 80', forSeconds: 300, severity: 'warning', summary: '{{ $labels.gpu }} is "hot"' };

test('a rule becomes a rule file', () => {
  expect(withRule('', rule)).toBe(
    'groups:\n  - name: Hot\n    rules:\n      - alert: Hot\n        expr: "max(t{gpu=\\"a\\"}) > 80"\n        for: 5m\n        labels: {severity: warning}\n        annotations:\n          summary: "{{ $labels.gpu }} is \\"hot\\""\n');
});
test('it goes behind what is there, in a group of its own name', () => {
  const twice = withRule(withRule('# mine\ngroups:\n', rule), { ...rule, forSeconds: 0, severity: '', summary: '' });
  expect(twice.match(/- name: .*/g)).toEqual(['- name: Hot', '- name: "Hot-2"']);
  expect(twice.startsWith('# mine\ngroups:\n  - name: Hot\n')).toBe(true);
  expect(twice.endsWith('      - alert: Hot\n        expr: "max(t{gpu=\\"a\\"}) > 80"\n')).toBe(true);
});
test('what YAML would take for something else stands in quotes', () => {
  expect(withRule('', { ...rule, name: 'on' })).toContain('- alert: "on"\n');
  expect(withRule('', { ...rule, name: 'a: b' })).toContain('- alert: "a: b"\n');
});
