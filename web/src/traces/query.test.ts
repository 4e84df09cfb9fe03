import { describe, expect, test } from 'vitest';
import { conditionsOf, durationOf, emptyForm, formOf, formProblems, isMetricsQuery, queryOf } from './query';

describe('the form', () => {
  const f = (form: Partial<typeof emptyForm>) => queryOf({ ...emptyForm, ...form });
  test('writes TraceQL', () => {
    expect(f({})).toBe('{ }');
    expect(f({ service: 'rag', name: 'POST /ask', least: '500ms', most: '1.5s', status: 'error' })).toBe('{ resource.service.name = "rag" && name = "POST /ask" && duration >= 500ms && duration <= 1.5s && status = error }');
    expect(f({ least: '250' })).toBe('{ duration >= 250ms }');
    expect(f({ service: 'a "b" \\' })).toBe('{ resource.service.name = "a \\"b\\" \\\\" }');
    expect(f({ attributes: 'gen_ai.request.model=gpt2 span.n>=5 resource.host.name!="a b" x=~"a.*"' })).toBe('{ .gen_ai.request.model = "gpt2" && span.n >= 5 && resource.host.name != "a b" && .x =~ "a.*" }');
  });
  test('says what is wrong', () => {
    expect(Object.keys(formProblems({ ...emptyForm, least: 'soon', most: '5 s', attributes: 'a b' }))).toEqual(['least', 'attributes']);
    expect([conditionsOf('='), conditionsOf('a='), conditionsOf('a="x'), conditionsOf('')]).toEqual([undefined, undefined, undefined, []]);
    expect([durationOf('-5ms'), durationOf(''), durationOf('1h30m'), durationOf('5µs')]).toEqual([undefined, undefined, '1h30m', '5us']);
  });
  test('is read back from what it wrote', () => {
    for (const form of [{}, { service: 'rag' }, { name: 'a && b' }, { least: '500ms', most: '2s', status: 'error' as const }, { attributes: 'gen_ai.request.model="gpt2" span.n>=5' }])
      expect(formOf(f(form))).toEqual({ ...emptyForm, ...form });
  });
  test('a query that says more is not for the form', () => {
    for (const query of ['{ a = 1 || b = 2 }', '{ } | rate()', '{ name = "a" } >> { }', '{ name =~ "a" }', '{ name = "a" && name = "b" }', '{ duration > 5s }', '{', '', '{ name = "a" && }', '{ (name = "a") }', '{ name = "a" name = "b" }', '{ status = whatever }'])
      expect(formOf(query), query).toBeUndefined();
  });
});

test('metrics are told from searches', () => {
  expect(isMetricsQuery('{ } | rate() by (name)')).toBe(true);
  expect(isMetricsQuery('{ } | quantile_over_time(duration, 0.5)')).toBe(true);
  expect(isMetricsQuery('{ name = "rate" } | count() > 2')).toBe(false);
});
