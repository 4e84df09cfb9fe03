import { describe, expect, test } from 'vitest';
import { interpolate, intervalOf, namesIn, type Values } from './interpolate';

const values: Values = {
  one: { values: ['gpt2'], multi: false },
  quote: { values: ['say "hi" \\ there'], multi: false },
  many: { values: ['a.b', 'c|d'], multi: true },
  single: { values: ['Qwen/Qwen2.5-7B'], multi: true },
  all: { values: ['x', 'y'], multi: true, all: true, allValue: '.*' },
  every: { values: ['x', 'y'], multi: true, all: true },
};

describe('interpolate', () => {
  const f = (text: string, forText = false) => interpolate(text, values, forText);
  test('all three spellings', () => expect(f('$one ${one} [[one]] $onex')).toBe('gpt2 gpt2 gpt2 $onex'));
  test('a single value is text in quotes', () => expect(f('{a="$quote"}')).toBe('{a="say \\"hi\\" \\\\ there"}'));
  test('several values are alternatives of a regex', () => expect(f('{a=~"$many"}')).toBe('{a=~"(a\\\\.b|c\\\\|d)"}'));
  test('one of several is still a regex', () => expect(f('{a=~"$single"}')).toBe('{a=~"Qwen/Qwen2\\\\.5-7B"}'));
  test('All is what the file says, or every value', () => expect([f('$all'), f('$every')]).toEqual(['.*', '(x|y)']));
  test('formats', () => {
    expect(f('${many:csv}')).toBe('a.b,c|d');
    expect(f('${many:pipe}')).toBe('a.b|c|d');
    expect(f('${many:regex}')).toBe('(a\\.b|c\\|d)');
    expect(f('${many:json}')).toBe('["a.b","c|d"]');
    expect(f('${many:glob}')).toBe('{a.b,c|d}');
    expect(f('${single:percentencode}')).toBe('Qwen%2FQwen2.5-7B');
    expect(f('${single:queryparam}')).toBe('var-single=Qwen%2FQwen2.5-7B');
    expect(f('${every:text}')).toBe('All');
  });
  test('titles show and do not escape', () => expect(f('$many on $one', true)).toBe('a.b + c|d on gpt2'));
  test('names that are not known stay', () => expect(f('$nothing ${nothing:csv} $1 $')).toBe('$nothing ${nothing:csv} $1 $'));
  test('the names that a text uses', () => expect(namesIn('a{b="$x",c=~"${y:regex}",d="[[z]]"}')).toEqual(['x', 'y', 'z']));
});

describe('intervalOf', () => {
  const f = (rangeMs: number, points: number, least = 0) => {
    const { values: v } = intervalOf(0, rangeMs, points, least);
    return [v.__interval!.values[0], v.__rate_interval!.values[0], v.__range!.values[0]];
  };
  test('the rate interval holds four scrapes', () => expect(f(36e5, 1000)).toEqual(['5s', '1m', '3600s']));
  test('a wide range has wide steps', () => expect(f(7 * 864e5, 1000)).toEqual(['15m', '15m15s', '604800s']));
  test('the least step of the panel counts', () => expect(f(36e5, 1000, 30_000)[0]).toBe('30s'));
});
