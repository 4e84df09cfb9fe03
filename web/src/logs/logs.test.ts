import { describe, expect, test } from 'vitest';
import { linesOf } from '../api/loki';
import { ansiPieces } from './ansi';
import { fieldCounts, withFilter } from './fields';
import { levelOf } from './level';
import { marksOf } from './LogList';
import { volumeOf } from './volume';

describe('lines', () => {
  test('streams become one list, to the nanosecond', () => {
    const streams = [{ stream: { s: 'a' }, values: [['1700000000000000002', 'third'], ['1700000000000000000', 'first']] as [string, string][] }, { stream: { s: 'b' }, values: [['1700000000000000001', 'second']] as [string, string][] }];
    expect(linesOf(streams, 'forward').map((one) => one.line)).toEqual(['first', 'second', 'third']);
    expect(linesOf(streams, 'backward').map((one) => one.line)).toEqual(['third', 'second', 'first']);
  });
  test('structured metadata joins the labels', () => expect(linesOf([{ stream: { s: 'a' }, values: [['1000000', 'x', { structuredMetadata: { pid: '4' } }]] }], 'forward')[0]!.labels).toEqual({ s: 'a', pid: '4' }));
});

describe('levels', () => {
  const f = (line: string, labels = {}) => levelOf(line, labels);
  test('of the label first', () => expect(f('ERROR', { level: 'info' })).toBe('info'));
  test('of the common shapes', () =>
    expect([f('2025-01-15 10:30:26,123 - ERROR - Failed'), f('INFO:     127.0.0.1 - "GET /"'), f('WARNING 01-15 engine.py:12]'), f('{"level":"debug","m":1}'), f('ts=1 level=warn msg=x'), f('plain')]).toEqual(['error', 'info', 'warn', 'debug', 'warn', 'unknown']));
});

describe('terminal colours', () => {
  test('become pieces, and the text stays', () => expect(ansiPieces('a\x1b[31;1mred\x1b[0m b')).toEqual([{ text: 'a', color: undefined, bold: false }, { text: 'red', color: 'var(--red)', bold: true }, { text: ' b', color: undefined, bold: false }]));
  test('HTML is text', () => expect(ansiPieces('<img src=x onerror=alert(1)>')).toEqual([{ text: '<img src=x onerror=alert(1)>' }]));
  test('other escapes leave', () => expect(ansiPieces('\x1b[2Ka\x1b]0;title\x07b').map((one) => one.text).join('')).toBe('ab'));
  test('a torn escape stays as it is', () => expect(ansiPieces('a\x1b[3').map((one) => one.text).join('')).toBe('a\x1b[3'));
});

describe('what stands out', () => {
  const f = (query: string, text: string) => [...text.matchAll(marksOf(query) ?? /$^/g)].map((one) => one[0]);
  test('literals and patterns of the query', () => {
    expect(f('{a="b"} |= "a.b" |~ "x+"', 'a.b axb xxx')).toEqual(['a.b', 'x', 'xxx']);
    expect(f('{a="b"} |~ `(?i)error`', 'Error ERROR')).toEqual(['Error', 'ERROR']);
    expect(f('{job="llm-model"} |~ "\\\\[USER\\\\]|\\\\[MODEL\\\\]"', 'x [USER] y')).toEqual(['[USER]']);
  });
  test('nothing for a pattern that JavaScript cannot read', () => expect(marksOf('{a="b"} |~ "("')).toBeUndefined());
  test('not what is filtered out', () => expect(marksOf('{a="b"} != "x" !~ "y"')).toBeUndefined());
});

describe('filters by click', () => {
  test('a stream label goes into the selector', () => {
    expect(withFilter('{job="a"} |= "x"', 'level', '=', 'error', true)).toBe('{job="a", level="error"} |= "x"');
    expect(withFilter('{}', 'level', '!=', 'a"b', true)).toBe('{level!="a\\"b"}');
    expect(withFilter('{job="}"} |= "x"', 'l', '=', 'v', true)).toBe('{job="}", l="v"} |= "x"');
    expect(withFilter('{job=`}`,}', 'l', '=', 'v', true)).toBe('{job=`}`,l="v"}');
  });
  test('another one behind the pipeline', () => expect(withFilter('{job="a"} | json', 'model', '=', 'gpt2', false)).toBe('{job="a"} | json | model="gpt2"'));
  test('a field of the line is parsed first, once', () => {
    expect(withFilter('{job="a"}', 'model', '=', 'gpt2', false, true)).toBe('{job="a"} | json | model="gpt2"');
    expect(withFilter('{job="a"} | json | x="1"', 'model', '=', 'gpt2', false, true)).toBe('{job="a"} | json | x="1" | model="gpt2"');
  });
  test('fields of JSON lines are counted, whatever else is in them', () => {
    const line = (text: string) => ({ ns: '0', ms: 0, line: text, labels: { job: 'a' } });
    const found = fieldCounts([line('{"level":"info","took.ms":3,"nested":{"x":1},"job":"b"}'), line('{"level":"info"'), line('plain {"level":1}'), line('{"level":"error"}')]);
    expect(found.map((one) => [one.name, one.lines, one.distinct, one.inLine ?? false])).toEqual([['job', 4, 1, false], ['took_ms', 1, 1, true], ['level', 2, 2, true]]);
  });
  test('values are counted', () => {
    const line = (labels: Record<string, string>) => ({ ns: '0', ms: 0, line: '', labels });
    expect(fieldCounts([line({ a: 'x', b: '1' }), line({ a: 'x', b: '2' }), line({ a: 'x' })])).toEqual([
      { name: 'a', distinct: 1, lines: 3, top: [{ value: 'x', lines: 3 }] }, { name: 'b', distinct: 2, lines: 2, top: [{ value: '1', lines: 1 }, { value: '2', lines: 1 }] }]);
  });
});

test('the volume puts levels of all spellings on one axis', () => {
  const volume = volumeOf([{ metric: { level: 'ERROR' }, values: [[10, '2']] }, { metric: { level: 'error' }, values: [[10, '1'], [20, '1']] }, { metric: {}, values: [[20, '5'], [99, '7']] }], { fromMs: 10_000, toMs: 20_000 }, 10_000);
  expect(volume.byLevel.map((one) => [one.level, one.values.slice(0, 2)])).toEqual([['error', [3, 1]], ['unknown', [null, 5]]]);
  expect(volume.total).toBe(9);
});
