import { describe, expect, test } from 'vitest';
import alertsFile from '../../../tests/golden/prometheus_alerts.json';
import rulesFile from '../../../tests/golden/prometheus_rules.json';
import { byUrgency, silenced, type Alert, type RuleGroup, type Silence } from '../api/alerts';
import { comparisonOf, firings } from './comparison';

describe('the golden answers of the rules', () => {
  const groups = rulesFile.data.groups as unknown as RuleGroup[];
  test('have what the page shows', () => {
    expect(groups.flatMap((one) => one.rules.map((rule) => [one.name, rule.type, rule.name, rule.health]))).toEqual([['a', 'alerting', 'High', 'ok'], ['a', 'recording', 'job:up:sum', 'err'], ['b', 'alerting', 'New', 'unknown']]);
  });
  test('the grave ones come first', () => expect(([...alertsFile.data.alerts].reverse() as Alert[]).sort(byUrgency).map((one) => one.labels.severity)).toEqual(['page', 'warn']));
});

describe('the sides of a comparison', () => {
  const f = (text: string) => {
    const sides = comparisonOf(text);
    return sides && [sides.left, sides.right];
  };
  test('plain', () => expect(f('rate(x[5m]) > 0.1')).toEqual(['rate(x[5m])', '0.1']));
  test('with matching, and what is joined to it', () => expect(f('llm:p95 > on () group_left () llm:threshold{name="a>b"}\n  and deriv(x[10m]) > 0')).toEqual(['llm:p95', 'llm:threshold{name="a>b"}']));
  test('every operator', () => expect(['>', '<', '>=', '<=', '==', '!='].map((one) => f(`a ${one} bool 2`))).toEqual(Array(6).fill(['a', '2'])));
  test('not inside of brackets, quotes and comments', () => expect([f('count(a > 1)'), f('a{x=">"}'), f('a # > 1'), f('absent(up)'), f('"a > b"'), f('')]).toEqual(Array(6).fill(undefined)));
  test('names that hold the words of operators', () => expect(f('brand_and_more > order_by')).toEqual(['brand_and_more', 'order_by']));
  test('what does not end', () => expect([f('a{b="'), f('((('), f('a >')]).toEqual([undefined, undefined, undefined]));
});

describe('what would have fired', () => {
  const f = (text: string, forSeconds: number) => firings([...text].map((one) => one === 'x'), 60, forSeconds);
  test('each time that it came true', () => expect(f('xx.x..xxx', 0)).toEqual({ times: 3, seconds: 360 }));
  test('only what lasted', () => expect(f('xx.x..xxxx', 120)).toEqual({ times: 1, seconds: 120 }));
  test('nothing', () => expect([f('', 0), f('...', 60)]).toEqual([{ times: 0, seconds: 0 }, { times: 0, seconds: 0 }]));
});

describe('silences', () => {
  const silence = (matchers: Silence['matchers'], state: Silence['status']['state'] = 'active'): Silence => ({ id: '1', matchers, startsAt: '', endsAt: '', createdBy: '', comment: '', status: { state } });
  const f = (name: string, value: string, isRegex: boolean, isEqual?: boolean) => silenced({ alertname: 'High', model: 'a/b' }, silence([{ name, value, isRegex, isEqual }]));
  test('by value', () => expect([f('alertname', 'High', false), f('alertname', 'high', false), f('alertname', 'High', false, false), f('gone', '', false)]).toEqual([true, false, false, true]));
  test('by pattern, whole', () => expect([f('model', 'a/.*', true), f('model', 'a', true), f('model', 'x.*', true, false), f('model', '(', true)]).toEqual([true, false, true, false]));
  test('only while they last', () => expect(silenced({}, silence([], 'expired'))).toBe(false));
});
