import { expect, test } from 'vitest';
import type { Sentence } from '../api/quality';
import { comparisonAt, cutAnswer, driftSentence, markMissing, promptsOf, share, whyUnsupported } from './words';
import { runsOf, ticksUpTo, timeTicks } from './scale';

const sentence = (text: string, missing: string[] = [], more: Partial<Sentence> = {}): Sentence => ({ text, supported: missing.length === 0, words: 1, order: 1, flipped: false, missing, ...more });
const marked = (one: Sentence) => markMissing(one).map((piece) => (piece.missing ? `[${piece.text}]` : piece.text)).join('');

test('what the facts lack is marked in the words of the answer', () => {
  expect(marked(sentence('The tower of Berlin was built in 1989.', ['1989', 'berlin']))).toBe('The tower of [Berlin] was built in [1989].');
  expect(marked(sentence("It costs 1,250.50 in Zürich's centre.", ['1250.50', 'zurich']))).toBe("It costs [1,250.50] in [Zürich's] centre.");
  expect(marked(sentence('Nothing is missing.'))).toBe('Nothing is missing.');
  expect(marked(sentence('Berliner is another word.', ['berlin']))).toBe('Berliner is another word.');
  expect(marked(sentence('', ['x']))).toBe('');
});

test('an answer is cut into its sentences and what stands between them', () => {
  expect(cutAnswer('A b. C d.\nE', [sentence('A b.'), sentence('C d.')]).map((one) => (typeof one === 'string' ? one : `<${one.text}>`))).toEqual(['<A b.>', ' ', '<C d.>', '\nE']);
  expect(cutAnswer('A b.', [sentence('gone'), sentence('A b.')])).toHaveLength(1);
  expect(cutAnswer('', [])).toEqual([]);
});

test('a sentence says why it is not supported', () => {
  expect(whyUnsupported(sentence('x', ['1989'], { flipped: true, order: 0.31 }))).toBe('it denies what the facts say, or the other way round; the facts lack 1989; only 31 % of it is said there in that order');
});

test('prompts are read from lines, JSON lines and mixtures', () => {
  expect(promptsOf('one\n\n two \n{"prompt":"three"}\n"four"\n{broken\n{"other":1}\n')).toEqual(['one', 'two', 'three', 'four', '{broken']);
  expect(promptsOf('')).toEqual([]);
});

test('shares are rounded as they can be told', () => {
  expect([0, 0.0004, 0.004, 0.034, 0.0996, 0.5, 1].map(share)).toEqual(['0 %', '< 0.1 %', '0.4 %', '3.4 %', '10 %', '50 %', '100 %']);
  expect([null, undefined, NaN].map(share)).toEqual(['-', '-', '-']);
});

test('a comparison is found by its time', () => {
  const history = [10, 20, 30].map((time) => ({ time })) as never;
  expect([null, 5, 10, 25, 99].map((at) => comparisonAt(history, at))).toEqual([2, 2, 0, 1, 2]);
  expect(comparisonAt([], 5)).toBe(-1);
});

test('ticks are round and stay inside', () => {
  expect(ticksUpTo(0.43)).toEqual([0, 0.2, 0.4]);
  expect(ticksUpTo(1)).toEqual([0, 0.25, 0.5, 0.75, 1]);
  expect(ticksUpTo(37)).toEqual([0, 10, 20, 30]);
  expect(ticksUpTo(0)).toEqual([0]);
  const day = timeTicks(1_700_000_000, 1_700_086_400);
  expect(day.length).toBeLessThanOrEqual(7);
  expect(day.every((one) => one.at >= 1_700_000_000 && one.at <= 1_700_086_400 && one.at % 1800 === 0)).toBe(true);
});

test('a gap in time cuts a line', () => {
  expect(runsOf([1, 2, 3, 10, 11], (one) => one, 2)).toEqual([[1, 2, 3], [10, 11]]);
  expect(runsOf([], Number, 2)).toEqual([]);
});

test('a first drift says that it waits for the next comparison', () => {
  const newest = { verdict: 'drift', columns: [], window_rows: 100, baseline_rows: 300, score: 0.93, p: 0.001 };
  const status = { drift: { window_seconds: 1800, baseline_rows: 1000, rows_min: 50, level: 0.005 } } as never;
  const drift = (more: object) => driftSentence({ state: 'drift', score: 0, baseline: { name: 'may' }, newest, collected: 0, window_rows: 100, ...more } as never, status);
  expect(drift({})).toBe('100 prompts of the last 30 min have changed since "may" (score 0.93): chance would not do this (p 0.001). It counts once the next comparison says so too.');
  expect(drift({ score: 0.93 })).not.toContain('next comparison');
  const scores = { name: 'score', score: 0.56, p_adjusted: 0.004, null_score_95: 0.1 };
  const asked = { name: 'prompt', score: 0.02, p_adjusted: 1, null_score_95: 0.2 };
  const level = { drift: { window_seconds: 1800, level: 0.005 } } as never;
  const other = (columns: object[]) => driftSentence({ state: 'drift', score: 0.5, baseline: { name: 'may' }, newest: { ...newest, columns } } as never, level);
  expect(other([scores, asked])).toBe('100 prompts of the last 30 min look like those of "may", but the scores of the answers have changed (score 0.93): chance would not do this (p 0.001).');
  expect(other([{ ...scores, name: 'words' }, asked])).toContain('look like those of "may", but the words have changed');
  expect(other([scores, { ...asked, score: 0.9, p_adjusted: 0.002 }])).toMatch(/^100 prompts of the last 30 min have changed since "may"/);
  expect(drift({ state: 'collecting', newest: null, collected: 12 })).toMatch(/^Collecting the baseline: 12 of 1,000 prompts/);
  expect(drift({ state: 'other embedder' })).toMatch(/another embedding model/);
  expect(drift({ newest: { ...newest, verdict: 'same' } })).toMatch(/look like the 300 of "may"/);
});
