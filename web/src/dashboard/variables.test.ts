import { describe, expect, test } from 'vitest';
import type { Variable } from './model';
import { allMark, applyRegex, chooseValue, earlyValues, inOrder, sortOptions } from './variables';

const variable = (over: Partial<Variable>): Variable => ({ name: 'v', type: 'query', label: 'v', hide: 0, query: '', regex: '', multi: false, includeAll: false, sort: 0, options: [], autoCount: 30, autoMin: '10s', ...over });
const options = ['a', 'b'].map((value) => ({ text: value.toUpperCase(), value }));
const span = { fromMs: 0, toMs: 36e5 };

describe('options', () => {
  const f = (regex: string) => applyRegex(['host1:9100', 'host2:9100', 'other'], regex).map((one) => `${one.text}=${one.value}`);
  test('no regex keeps all', () => expect(f('').length).toBe(3));
  test('the first group is the value', () => expect(f('/(.*):9100/')).toEqual(['host1=host1', 'host2=host2']));
  test('named groups are text and value', () => expect(f('/(?<text>host\\d):(?<value>\\d+)/')).toEqual(['host2=9100']));
  test('a regex that cannot be read gives none', () => expect(f('/(/')).toEqual([]));
  test('sorting', () => {
    const g = (sort: number) => sortOptions(['b10', 'b9', 'A1'].map((value) => ({ text: value, value })), sort).map((one) => one.value).join(' ');
    expect([g(0), g(1), g(2), g(3), g(4), g(7)]).toEqual(['b10 b9 A1', 'A1 b10 b9', 'b9 b10 A1', 'A1 b9 b10', 'b10 b9 A1', 'A1 b9 b10']);
  });
});

describe('what is chosen', () => {
  test('the address wins, even with what is not offered now', () => expect(chooseValue(variable({}), options, ['gone'], span)).toMatchObject({ values: ['gone'], multi: false }));
  test('All holds every option', () => expect(chooseValue(variable({ includeAll: true, multi: true, allValue: '.*' }), options, [allMark], span)).toMatchObject({ values: ['a', 'b'], all: true, allValue: '.*', multi: true }));
  test('Grafana\'s word for All works in addresses', () => expect(chooseValue(variable({ includeAll: true }), options, ['All'], span).all).toBe(true));
  test('what the file says counts while it is offered', () => {
    expect(chooseValue(variable({ current: { value: 'b' } }), options, [], span).values).toEqual(['b']);
    expect(chooseValue(variable({ current: { value: 'gone' } }), options, [], span).values).toEqual(['a']);
  });
  test('only a variable for several takes several', () => {
    expect(chooseValue(variable({}), options, ['a', 'b'], span).values).toEqual(['a']);
    expect(chooseValue(variable({ multi: true }), options, ['a', 'b'], span)).toMatchObject({ values: ['a', 'b'], texts: ['A', 'B'] });
  });
  test('nothing to choose', () => expect(chooseValue(variable({}), [], [], span).values).toEqual([]));
  test('the automatic interval fits the range', () => expect(chooseValue(variable({ type: 'interval' }), options, ['$__auto_interval_v'], span).values).toEqual(['2m']));
});

describe('the order of loading', () => {
  const f = (...queries: [string, string][]) => inOrder(queries.map(([name, query]) => variable({ name, query }))).map((one) => one.name).join(' ');
  test('each after what it uses', () => expect(f(['c', 'x{a="$b"}'], ['b', 'x{a="$a"}'], ['a', 'x'])).toBe('a b c'));
  test('a circle ends', () => expect(f(['a', '$b'], ['b', '$a'], ['c', 'x'])).toBe('c a b'));
  test('built-in names do not count', () => expect(f(['a', 'rate(x[$__rate_interval])'])).toBe('a'));
});

describe('values that need no server', () => {
  const f = (over: Partial<Variable>, url: string[] = []) => earlyValues([variable(over)], () => url, span)?.v;
  test('All with a pattern of its own', () => {
    expect(f({ includeAll: true, allValue: '.*' })).toMatchObject({ all: true, allValue: '.*' });
    expect(f({ includeAll: true, allValue: '.*', current: { value: ['$__all'] } })).toMatchObject({ all: true });
  });
  test('what the address names', () => expect(f({ includeAll: true, multi: true }, ['x', 'y'])).toMatchObject({ values: ['x', 'y'] }));
  test('other types', () => expect([f({ type: 'custom', query: 'p, q' })?.values, f({ type: 'constant', query: 'c' })?.values]).toEqual([['p'], ['c']]));
  test('not All without a pattern, nor the first option', () => expect([f({ includeAll: true }), f({}), f({ includeAll: true, allValue: '.*', current: { value: 'saved' } })]).toEqual([undefined, undefined, undefined]));
});
