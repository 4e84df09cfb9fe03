import { expect, test } from 'vitest';
import { grouped, serviceOf } from './grouping';

test('groups stand in the order of their first', () => {
  expect(grouped(['b1', 'a1', 'b2'], (one) => one[0]!)).toEqual([['b', ['b1', 'b2']], ['a', ['a1']]]);
});
test('an alert is about its service, or else what it names', () => {
  const f = (labels: Record<string, string>) => serviceOf({ alertname: 'A', ...labels });
  expect(f({ service: 's', model_name: 'm', job: 'j' })).toBe('s');
  expect(f({ model_name: 'm', gpu: 'gpu0' })).toBe('m');
  expect(f({ gpu: 'gpu0' })).toBe('gpu0');
  expect(f({})).toBe('no service');
});
