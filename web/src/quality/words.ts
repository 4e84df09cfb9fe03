// What the numbers of the judge mean in words, and the marks in an answer. Pure.
import type { Comparison, DriftSeries, HallucinationSeries, Sentence, SeriesKey, Status, Verdict } from '../api/quality';
import { age } from '../format/units';

export const seriesName = ({ model, service, route }: SeriesKey) => [model, service, route].filter((part) => part !== '').join(' · ') || 'all traffic';
export const isSame = (a: SeriesKey, b: SeriesKey) => a.model === b.model && a.service === b.service && a.route === b.route;

export function testName(name: string, lexical: boolean): string {
  const names: Record<string, string> = { prompt: lexical ? 'Prompts (spelling)' : 'Prompts (meaning)', words: 'Words', length: 'Length', language: 'Language', score: 'Answer scores', 'score of like prompts': 'Answer scores, like prompts' };
  return names[name] ?? name;
}

/** Shares as a person says them: 12 %, 3.4 %, 0.2 %. */
export function share(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '-';
  const percent = value * 100;
  return `${percent >= 9.95 || percent === 0 ? percent.toFixed(0) : percent >= 0.05 ? percent.toFixed(1) : '< 0.1'} %`;
}
export const chance = (p: number) => (p < 0.001 ? 'p < 0.001' : `p ${p.toFixed(p < 0.1 ? 3 : 2)}`);

export const verdictColor = (verdict: Verdict) => (verdict === 'drift' ? 'red' : verdict === 'slight change' ? 'yellow' : verdict === 'same' ? 'green' : '');
export const verdictWord: Record<Verdict, string> = { drift: 'drift', 'slight change': 'slight change', same: 'no change', 'too few rows': 'too few prompts' };

/** The tests of a comparison that chance does not explain, most changed first. */
export const changedTests = (comparison: Comparison, level: number): string[] =>
  comparison.verdict === 'same' || comparison.verdict === 'too few rows' ? [] : comparison.columns.filter((column) => column.p_adjusted <= level && column.score > column.null_score_95).sort((a, b) => b.score - a.score).map((column) => column.name);

const besidePrompts: Record<string, string> = { words: 'words', length: 'lengths', language: 'languages', score: 'scores of the answers', 'score of like prompts': 'scores of answers to like prompts' };

/** One sentence that says how the newest window stands. */
export function driftSentence(drift: DriftSeries, status: Status): string {
  const count = (rows: number) => `${rows.toLocaleString('en')} prompts`;
  if (drift.state === 'collecting') return `Collecting the baseline: ${drift.collected.toLocaleString('en')} of ${count(status.drift.baseline_rows)}. It is made of the first ones; a file or a window can stand for it at once.`;
  if (drift.state === 'other embedder') return 'The baseline was made by another embedding model: make a new one, and comparing goes on.';
  const newest = drift.newest;
  if (!newest) return `The first comparison comes with ${count(status.drift.rows_min)} after the baseline; ${drift.window_rows.toLocaleString('en')} are here.`;
  const window = `the last ${age(status.drift.window_seconds)}`;
  const base = drift.baseline ? `"${drift.baseline.name}"` : 'the baseline';
  if (newest.verdict === 'too few rows') return `Too few prompts to tell: ${newest.window_rows} in ${window}, ${status.drift.rows_min} are needed.`;
  if (newest.verdict === 'same') return `${count(newest.window_rows)} of ${window} look like the ${newest.baseline_rows.toLocaleString('en')} of ${base}: chance explains what differs.`;
  const how = newest.verdict === 'drift' ? 'have changed' : 'have changed a little';
  const changed = changedTests(newest, status.drift.level);
  const waits = newest.verdict === 'drift' && drift.score === 0 ? ' It counts once the next comparison says so too.' : '';
  // What is asked may be the same, and the answers to it be judged otherwise.
  if (changed.length && !changed.includes('prompt')) {
    const what = changed.map((name) => besidePrompts[name] ?? name).join(' and ');
    return `${count(newest.window_rows)} of ${window} look like those of ${base}, but the ${what} ${how} (score ${newest.score.toFixed(2)}): chance would not do this (${chance(newest.p)}).${waits}`;
  }
  return `${count(newest.window_rows)} of ${window} ${how} since ${base} (score ${newest.score.toFixed(2)}): chance would not do this (${chance(newest.p)}).${waits}`;
}

export function rateSentence(rate: HallucinationSeries, status: Status): string {
  const { judged, flagged, low, high, corrected } = rate.window;
  const window = `the last ${age(status.hallucination.window_seconds)}`;
  if (!judged) return rate.judged ? `No answer was judged in ${window}.` : 'No answer could be judged yet: they need facts, token log probabilities or further samples.';
  const found = `${flagged.toLocaleString('en')} of ${judged.toLocaleString('en')} answers of ${window} are flagged: ${share(low)} to ${share(high)} with 95 % confidence`;
  const errors = corrected === null ? '' : `, about ${share(corrected)} once the detector's own errors are taken off`;
  const few = judged < status.hallucination.answers_min ? ` Below ${status.hallucination.answers_min} answers no alarm is raised.` : '';
  return `${found}${errors}.${few}`;
}

/** The newest comparison at or before a time; the last one where there is none. */
export function comparisonAt(history: Comparison[], at: number | null): number {
  if (at === null || !history.length) return history.length - 1;
  const index = history.findLastIndex((one) => one.time <= at + 0.001);
  return index < 0 ? history.length - 1 : index;
}

export interface Piece { text: string; missing: boolean }
/** A sentence cut where it holds numbers and names that the facts lack; they come folded (lower case, no accents, digits only). */
export function markMissing(sentence: Sentence): Piece[] {
  const fold = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
  const wanted = new Set(sentence.missing.map(fold));
  const isMissing = (word: string) => wanted.has(fold(word)) || wanted.has(word.replace(/,/g, '').replace(/\.$/, '')) || wanted.has(fold(word).replace(/['’]s$/, ''));
  const out: Piece[] = [];
  for (const part of sentence.text.split(/([\p{L}\p{M}\p{N}]+(?:[.,'’-][\p{L}\p{M}\p{N}]+)*)/u)) {
    if (part === '') continue;
    const missing = wanted.size > 0 && isMissing(part);
    const last = out.at(-1);
    if (last && last.missing === missing) last.text += part;
    else out.push({ text: part, missing });
  }
  return out;
}

/** The answer as sentences with what stands between them, in order: sentences that cannot be found again are left out of the cut. */
export function cutAnswer(answer: string, sentences: Sentence[]): (string | Sentence)[] {
  const out: (string | Sentence)[] = [];
  let at = 0;
  for (const sentence of sentences) {
    const begin = answer.indexOf(sentence.text, at);
    if (begin < 0) continue;
    if (begin > at) out.push(answer.slice(at, begin));
    out.push(sentence);
    at = begin + sentence.text.length;
  }
  if (at < answer.length) out.push(answer.slice(at));
  return out;
}

export const whyUnsupported = (sentence: Sentence): string =>
  [
    sentence.flipped ? 'it denies what the facts say, or the other way round' : '',
    sentence.missing.length ? `the facts lack ${sentence.missing.join(', ')}` : '',
    sentence.order < 0.5 ? `only ${share(sentence.order)} of it is said there in that order` : '',
  ].filter((one) => one !== '').join('; ');

/** Prompts of a file: JSON lines with "prompt" (or plain strings), else one a line. */
export function promptsOf(text: string): string[] {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  return lines.map((line) => {
    if (!/^\s*["{]/.test(line)) return line.trim();
    try {
      const one = JSON.parse(line) as unknown;
      if (typeof one === 'string') return one;
      const prompt = (one as { prompt?: unknown }).prompt;
      return typeof prompt === 'string' ? prompt : '';
    } catch {
      return line.trim();
    }
  }).filter((prompt) => prompt !== '');
}

const signNames: Record<string, string> = {
  unsupported_words: 'words the facts lack', unsupported_pairs: 'pairs of words the facts lack', broken_order: 'said in another order', weakest_sentence: 'the weakest sentence',
  unsupported_numbers: 'numbers the facts lack', unsupported_names: 'names the facts lack', flipped_sentences: 'denied sentences', surprise_max: 'the least likely token',
  surprise_mean: 'how unlikely tokens are', entropy_mean: 'how undecided the model was', inconsistency: 'other samples disagree',
  unlike_sentences: 'sentences unlike the facts in meaning', unlike_sentence_max: 'the sentence least like the facts', unaligned_words: 'words unlike the facts in meaning',
  semantic_entropy: 'into how many meanings samples fall',
};
export const signName = (sign: string) => signNames[sign] ?? sign.replaceAll('_', ' ');
