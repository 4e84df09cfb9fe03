// What the judge's API would answer of one service whose prompts drift and whose answers are flagged, at a fixed time; for looks.mjs.
const key = { model: 'llama-3.1-8b', service: 'shop', route: '/ask' };
const embedder = 'model all-MiniLM-L6-v2 (384 numbers)';
const wave = (i, k) => 0.5 + 0.5 * Math.sin(i * 1.7 + k * 2.3);
const prompts = ['A recipe for pancakes without eggs', 'How long do I boil chickpeas for hummus?', 'What spices go into garam masala?'];

function comparison(i, now) {
  const risen = Math.min(1, Math.max(0, (i - 36) / 5));
  const verdict = risen > 0.35 ? 'drift' : risen > 0 ? 'slight change' : 'same';
  const score = 0.05 + 0.05 * wave(i, 1) + 0.42 * risen;
  const band = 0.11 + 0.02 * wave(i, 2);
  const column = (name, kind, value, p, edge) => ({ name, kind, score: value, p, p_adjusted: p, null_score_95: edge, what_changed: [] });
  return {
    time: now - (47 - i) * 300, baseline: 1, embedder, baseline_rows: 1000, window_rows: 480, block: 1, verdict, score: verdict === 'same' ? 0 : score, raw_score: score, null_score_95: band, p: risen ? 0.002 : 0.4, share: 0.3 * risen, cosine: 0.99 - 0.15 * risen,
    columns: [column('prompt', 'embedding', score, risen ? 0.004 : 0.43, band), column('length', 'numbers', 0.07, 0.43, 0.08), column('language', 'categories', 0.01, 0.8, 0.03), column('score', 'numbers', 0.05 + 0.1 * risen, risen ? 0.02 : 0.5, 0.08)],
    topics: risen ? [{ share_before: 0.004, share_now: 0.31, surprise: 14, prompts }] : [], what_changed: risen ? ['word "recipe": 0.2 % of the rows before, 24.1 % now'] : [], examples: risen ? prompts : [],
  };
}

const sentence = (text, missing = [], flipped = false) => ({ text, supported: missing.length === 0 && !flipped, words: 0.8, order: 0.7, flipped, missing });
const answer = (i, now) => ({
  kept: 100 + i, time: now - 60 * i, ...key, source: 'api', flagged: true, score: 0.97 - 0.06 * i, id: `req-${4711 + i}`, prompt: 'How tall is the Eiffel Tower, and when was it built?',
  answer: 'The Eiffel Tower was built in 1989 in Berlin. It is 330 metres tall. It was not repainted since.', facts: ['The Eiffel Tower was built in 1889. It is 330 metres tall and stands in Paris.', 'It has been repainted 19 times since it was built.'],
  trace_id: '', span_id: '', hallucinated: i === 1 ? true : null, signs: { unsupported_numbers: 0.5, unsupported_names: 1 },
  sentences: [sentence('The Eiffel Tower was built in 1989 in Berlin.', ['1989', 'berlin']), sentence('It is 330 metres tall.'), sentence('It was not repainted since.', [], true)],
});

/** now: seconds. path: below /api/v1/quality/. */
export function qualityAnswer(path, now) {
  const history = Array.from({ length: 48 }, (_, i) => comparison(i, now));
  const baseline = { id: 1, ...key, version: 1, name: 'the first 1000 prompts', made_by: 'first', embedder, rows: 1000, created: now - 8e5, from: now - 8.2e5, to: now - 8e5, active: true, pinned: false };
  const signs = Object.fromEntries([['unsupported_numbers', 1.4], ['unsupported_names', 1.1], ['weakest_sentence', 0.9], ['unsupported_words', 0.8], ['surprise_max', 0]].map(([name, weight]) => [name, { weight, mean: 0, deviation: 1 }]));
  return {
    status: () => ({
      content: 'full', embedder, lexical: false, dropped: 0, drift: { window_seconds: 1800, interval_seconds: 300, window_rows: 500, baseline_rows: 1000, rows_min: 50, score_max: 0.2, level: 0.005 },
      hallucination: { window_seconds: 300, baseline_seconds: 86_400, answers_min: 30, share_max: 0.1 },
      series: [{ ...key, judged: 12_011, flagged: 700, unjudged: 12, spike: true, drift_score: 0.46 }, { model: 'qwen2.5-7b', service: 'search', route: '', judged: 4011, flagged: 120, unjudged: 0, spike: false, drift_score: 0 }],
    }),
    drift: () => ({ series: [{ ...key, state: 'drift', score: 0.46, alarm: true, collected: 0, window_rows: 480, window: { from: now - 1800, to: now }, baseline, newest: history.at(-1), history }] }),
    hallucination: () => ({ series: [{
      ...key, judged: 12_011, flagged: 700, unjudged: 12, window: { judged: 214, flagged: 57, share: 0.266, low: 0.211, high: 0.329, corrected: 0.25, corrected_low: 0.18, corrected_high: 0.33 }, usual: { judged: 9000, flagged: 420, share: 0.0467, low: 0.042, high: 0.052, held: 371 },
      limit: 0.1, rise_p: 1e-9, spike: true, histogram: [3200, 2900, 2100, 1300, 900, 500, 400, 300, 250, 161].map((count, i) => ({ to: (i + 1) / 10, count })), minutes: Array.from({ length: 120 }, (_, i) => ({ time: now - (119 - i) * 60, judged: 30 + Math.floor(20 * wave(i, 3)), flagged: i > 110 ? 9 : 2, held: i > 110 })),
    }] }),
    answers: () => ({ content: 'full', answers: [0, 1, 2].map((i) => answer(i, now)) }),
    weights: () => ({ weights: { origin: '4000 answers made wrong by rule', threshold: 0.52, intercept: -1.2, proof: { answers: 4000, hallucinated: 2000, auc: 0.934, sensitivity: 0.79, specificity: 0.91 }, signs }, shipped: true, note: '', labels: { hallucinated: 7, sound: 13, needed_of_each: 10 }, labelled_auc: null, labelled_answers: 20, roc: [] }),
    baselines: () => ({ baselines: [baseline] }),
  }[path]?.();
}
