// How the pages look: each one drawn from made-up answers at a fixed time, and compared with the picture in looks/. What is compared are the
// mean colours of small squares, so that another font does not count, and a broken layout does.
// usage: node looks.mjs MONITORAI FOLDER-FOR-SCREENSHOTS [--update]
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { launch, root, serve, stopAll } from './program.mjs';
import { qualityAnswer } from './quality_answers.mjs';

const looks = join(root, 'tests/web/looks');
const golden = (name) => readFileSync(join(root, 'tests/golden', `${name}.json`), 'utf8');
const [, , program, shots, update] = process.argv;
mkdirSync(shots, { recursive: true });
mkdirSync(looks, { recursive: true });

const square = 12;
/** Of 255, over all squares; other fonts stay below 2. */
const meanMax = 3;
/** A square is off from here on ... */
const offAt = 36;
/** ... and so many of all may be: text that breaks its lines elsewhere moves what stands below it. */
const offPartMax = 0.015;

const now = Date.UTC(2026, 0, 14, 12, 0, 0);
const { base } = await serve(program);

// ---- what the server would answer ----
const json = (body) => ({ contentType: 'application/json', body: typeof body === 'string' ? body : JSON.stringify(body) });
const data = (value) => json({ status: 'success', data: value });
const names = ['llama-server', 'run-model.py', 'VLLM::Worker_TP0', 'VLLM::Worker_TP1', 'ollama'];
const labelsOf = (i) => ({ name: names[i], model_name: ['Llama-3.2-3B', 'gpt2', 'Qwen2.5-7B', 'Qwen2.5-7B', 'mistral'][i], pid: String(4711 + i), gpu: 'gpu0', framework: 'vllm', job: 'llm', alertname: names[i] });
const waves = (scale) => (i, t) => String(Math.max(0, scale * (0.5 + i * 0.09 + 0.2 * Math.sin(t / 150 + i * 1.7))));
function scaleOf(query) {
  if (/bytes/.test(query)) return 12e9;
  if (/ALERTS/.test(query)) return 2;
  return /percent|utilization/.test(query) ? 90 : 8;
}
function range(url) {
  const [query, start, end, step] = ['query', 'start', 'end', 'step'].map((name) => url.searchParams.get(name));
  const count = /^(sum|max|avg|count)\(/.test(query) ? 1 : names.length;
  const value = waves(scaleOf(query));
  const times = Array.from({ length: Math.floor((end - start) / step) + 1 }, (_, i) => Number(start) + i * Number(step));
  if (/ALERTS/.test(query) && !/\* 2/.test(query)) return data({ resultType: 'matrix', result: [{ metric: { alertname: 'High' }, values: times.slice(times.length * 0.4, times.length * 0.5).map((t) => [t, '1']) }] });
  return data({ resultType: 'matrix', result: Array.from({ length: count }, (_, i) => ({ metric: count === 1 ? {} : labelsOf(i), values: times.map((t) => [t, /ALERTS/.test(query) ? String(1 + (Math.floor(t / 2000 + i) % 2)) : value(i, t)]) })) });
}
const line = (i) => `2026-01-14 11:59:${String(59 - (i % 60)).padStart(2, '0')},120 - ${i % 9 === 4 ? 'ERROR' : 'INFO'} - [${i % 2 ? 'USER] Request' : 'MODEL] Response'} #${900 - i}: the quick brown fox jumps over the lazy dog`;
function logs(url) {
  if (url.searchParams.get('query').includes('count_over_time')) {
    const [start, end, step] = ['start', 'end', 'step'].map((name) => Number(url.searchParams.get(name)) / (name === 'step' ? 1 : 1e9));
    const times = Array.from({ length: Math.floor((end - start) / step) + 1 }, (_, i) => start + i * step);
    return data({ resultType: 'matrix', result: ['info', 'error'].map((level, k) => ({ metric: { level }, values: times.map((t, i) => [t, String(k ? (i % 7 === 3 ? 6 : 0) : 30 + 20 * Math.sin(i / 5))]) })) });
  }
  return data({ resultType: 'streams', result: [{ stream: { job: 'llm-model', level: 'info', filename: 'logs/llm-model.log' }, values: Array.from({ length: 200 }, (_, i) => [`${now - i * 400}000000`, line(i)]) }] });
}
const traceHits = () => Array.from({ length: 60 }, (_, i) => ({ traceID: (i + 1).toString(16).padStart(32, '0'), rootServiceName: i % 9 === 5 ? 'agent' : 'rag-api', rootTraceName: i % 9 === 5 ? 'plan' : 'POST /ask', startTimeUnixNano: `${now - 30_000 - i * 57_000}000000`, durationMs: Math.round(400 * Math.exp(Math.sin(i * 1.7) + (i % 13 === 4 ? 2 : 0))), spanSets: [], serviceStats: { 'rag-api': { spanCount: 8 + (i % 5), errorCount: i % 11 === 3 ? 1 : 0 }, vllm: { spanCount: 3, errorCount: 0 } } }));
const answers = [
  [/^\/api\/search$/, () => json({ traces: traceHits(), metrics: {} })], [/^\/api\/v2\/search\/tag\//, () => json(golden('tempo_tag_values_v2'))], [/^\/api\/v2\/traces\//, () => json(golden('tempo_trace_v2'))], [/^\/api\/v1\/traces\//, () => json(golden('trace_context'))],
  [/^\/api\/v1\/query_range$/, range], [/^\/loki\/api\/v1\/query_range$/, logs],
  [/^\/api\/v1\/query$/, (url) => data({ resultType: 'vector', result: names.map((_, i) => ({ metric: labelsOf(i), value: [now / 1000, waves(scaleOf(url.searchParams.get('query')))(i, 0)] })) })],
  [/^\/api\/v1\/label\//, () => data(['vllm', 'transformers', 'llama.cpp'])], [/^\/loki\/api\/v1\/labels$/, () => data(['job', 'level', 'filename'])],
  [/^\/api\/v1\/quality\//, (url) => json(qualityAnswer(url.pathname.split('/').at(-1), now / 1000))],
  [/^\/api\/v1\/rules$/, () => json(golden('prometheus_rules'))], [/^\/api\/v1\/alerts$/, () => json(golden('prometheus_alerts'))],
  [/^\/api\/v1\/status\/tsdb$/, () => data({ headStats: { numSeries: 4711, numLabelPairs: 99, chunkCount: 9, minTime: now - 36e5, maxTime: now }, ...Object.fromEntries(['seriesCountByMetricName', 'labelValueCountByLabelName', 'seriesCountByLabelValuePair'].map((key) => [key, names.map((name, i) => ({ name, value: 90 - i * 10 }))])) })],
  [/^\/api\/v1\/status\/runtimeinfo$/, () => data({ startTime: new Date(now - 36e5).toISOString(), CWD: '/srv/llm', storageRetention: '200h', reloadConfigSuccess: true, lastConfigTime: new Date(now - 36e5).toISOString() })],
  [/^\/api\/v1\/status\/buildinfo$/, () => data({ version: '3.5.0', revision: 'monitorai-1.2.3' })], [/^\/api\/v1\/status\/config$/, () => data({ yaml: 'listen: 127.0.0.1:3000\ndata: data\n'.repeat(12) })],
  [/^\/api\/v1\/targets$/, () => data({ activeTargets: names.map((name, i) => ({ labels: { job: name, instance: `127.0.0.1:${8000 + i}` }, scrapePool: name, scrapeUrl: `http://127.0.0.1:${8000 + i}/metrics`, lastError: i === 3 ? 'connection refused' : '', lastScrape: new Date(now - 5000).toISOString(), lastScrapeDuration: 0.004, health: i === 3 ? 'down' : 'up', scrapeInterval: '15s' })), droppedTargets: [] })],
  [/^\/api\/v1\/dashboards$/, () => json({ dashboards: [] })], [/^\/api\/v1\/session$/, (url, { locked }) => json({ needed: locked, user: null })], [/^\/api\/v2\/|^\/api\/v1\/(deliveries|acknowledgements)/, () => ({ status: 404, body: 'no' })],
  [/^\/-\/healthy$/, () => ({ body: 'ok' })],
];
const pages = [
  ['overview', '/'], ['overview-light', '/', { scheme: 'light' }], ['processes', '/processes'], ['process', '/processes/4711'], ['explore-metrics', '/explore/metrics?q=llm_process_cpu_percent'], ['explore-logs', '/explore/logs?q=%7Bjob%3D%22llm-model%22%7D'],
  ['explore-logs-light', '/explore/logs?q=%7Bjob%3D%22llm-model%22%7D', { scheme: 'light' }], ['traces', '/traces'], ['trace', '/traces/5b8efff798038103d269b633813fc60c?span=0000000000000004'], ['trace-light', '/traces/5b8efff798038103d269b633813fc60c?view=flame', { scheme: 'light' }], ['quality', '/quality'], ['quality-light', '/quality', { scheme: 'light' }], ['alerts', '/alerts'], ['dashboards', '/dashboards'], ['gpu', '/dashboards/gpu'], ['llm-serving', '/dashboards/llm-serving'], ['edit', '/dashboards/gpu?edit=1'], ['status', '/status'], ['login', '/', { locked: true }], ['phone', '/', { viewport: { width: 390, height: 844 } }],
];

const browser = await launch(['--force-color-profile=srgb']);
const blank = await browser.newPage();
/** Mean colours of the squares of a picture: rows of [r, g, b]. */
const squaresOf = (png) => blank.evaluate(async ([text, size]) => {
  const picture = await createImageBitmap(await (await fetch(`data:image/png;base64,${text}`)).blob());
  const [columns, rows] = [Math.floor(picture.width / size), Math.floor(picture.height / size)];
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  const context = canvas.getContext('2d');
  context.drawImage(picture, 0, 0);
  const { data: pixels } = context.getImageData(0, 0, picture.width, picture.height);
  const out = new Array(columns * rows * 3).fill(0);
  for (let y = 0; y < rows * size; ++y)
    for (let x = 0; x < columns * size; ++x)
      for (let c = 0; c < 3; ++c) out[(Math.floor(y / size) * columns + Math.floor(x / size)) * 3 + c] += pixels[(y * picture.width + x) * 4 + c] / (size * size);
  return { columns, rows, out };
}, [png.toString('base64'), square]);
/** A picture of the squares, one pixel each. */
const pictureOf = async ({ columns, rows, out }) => Buffer.from(await blank.evaluate(async ([width, height, values]) => {
  const canvas = new OffscreenCanvas(width, height);
  const image = new ImageData(width, height);
  for (let i = 0; i < width * height; ++i) for (let c = 0; c < 4; ++c) image.data[i * 4 + c] = c === 3 ? 255 : Math.round(values[i * 3 + c]);
  canvas.getContext('2d').putImageData(image, 0, 0);
  const bytes = new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer());
  return btoa(String.fromCharCode(...bytes));
}, [columns, rows, out]), 'base64');
const pixelsOf = (png) => blank.evaluate(async (text) => {
  const picture = await createImageBitmap(await (await fetch(`data:image/png;base64,${text}`)).blob());
  const context = new OffscreenCanvas(picture.width, picture.height).getContext('2d');
  context.drawImage(picture, 0, 0);
  const { data: pixels } = context.getImageData(0, 0, picture.width, picture.height);
  return { columns: picture.width, rows: picture.height, out: Array.from(pixels).filter((_, i) => i % 4 !== 3) };
}, png.toString('base64'));

async function take(path, { scheme = 'dark', locked = false, viewport = { width: 1440, height: 900 } } = {}) {
  const context = await browser.newContext({ viewport, timezoneId: 'UTC', locale: 'en-US', reducedMotion: 'reduce' });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  await page.addInitScript((one) => localStorage.setItem('monitorai-scheme', one), scheme);
  await page.clock.setFixedTime(now);
  await page.routeWebSocket('**/api/v1/live', (socket) => socket.send(JSON.stringify({ processes: { ...JSON.parse(golden('processes')), time: now / 1000 }, gpus: JSON.parse(golden('gpus')) })));
  await page.route(/\/(api|loki|-)\//, (route) => {
    const url = new URL(route.request().url());
    const answer = answers.find(([pattern]) => pattern.test(url.pathname));
    return answer ? route.fulfill(answer[1](url, { locked })) : route.fulfill({ status: 404, body: 'not here' });
  });
  await page.goto(base + path);
  await page.locator(locked ? '.login-card' : '.page').waitFor();
  // Drawn twice alike: everything is there.
  let before = '';
  for (const end = Date.now() + 60_000; Date.now() < end; ) {
    const isBusy = await page.evaluate(() => document.querySelector('.panel-wait, .busy, [aria-busy="true"]') !== null);
    const shot = (await page.screenshot({ caret: 'hide' })).toString('base64');
    if (!isBusy && shot === before) break;
    before = shot;
  }
  await context.close();
  return Buffer.from(before, 'base64');
}

const problems = [];
try {
  for (const [name, path, options] of pages) {
    const png = await take(path, options);
    writeFileSync(join(shots, `look-${name}.png`), png);
    const is = await squaresOf(png);
    const file = join(looks, `${name}.png`);
    if (update === '--update') {
      writeFileSync(file, await pictureOf(is));
      continue;
    }
    const should = await pixelsOf(readFileSync(file));
    let [sum, offCount] = [0, 0];
    for (let i = 0; i < is.out.length; i += 3) {
      const difference = Math.max(...[0, 1, 2].map((c) => Math.abs(is.out[i + c] - should.out[i + c])));
      sum += difference;
      if (!(difference < offAt)) ++offCount;
    }
    const squares = is.columns * is.rows;
    const isWell = should.columns === is.columns && should.rows === is.rows && sum / squares <= meanMax && offCount / squares <= offPartMax;
    if (!isWell) problems.push(name);
    console.log(`${isWell ? 'ok   ' : 'FAIL '} ${name.padEnd(20)} mean difference ${(sum / squares).toFixed(2)} of ${meanMax}, off ${((offCount / squares) * 100).toFixed(2)} % of ${offPartMax * 100} %`);
  }
} finally {
  await browser.close();
  await stopAll();
}
if (problems.length) {
  console.error(`FAILED: ${problems.join(', ')} look different: see ${shots}/look-NAME.png; when that is meant: node tests/web/looks.mjs MONITORAI FOLDER --update`);
  process.exit(1);
}
