// Measures the pages of a real `monitorai serve`. The first chart shows real samples, imported before; later the answers of data are made
// here, so that their size is known (which costs a way through this process for each request: too much for a page that is timed).
// usage: node ui.mjs MONITORAI
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bigTrace, send, traceId } from '../tests/web/spans.mjs';

const require = createRequire(new URL('../web/package.json', import.meta.url));
const { chromium } = require('playwright-core');
const folder = mkdtempSync(join(tmpdir(), 'monitorai-bench-'));
const server = spawn(process.argv[2], ['serve', '--listen', '127.0.0.1:0', '--data', join(folder, 'data'), '--set', 'exporters.process.listen=127.0.0.1:0', '--set', 'exporters.gpu.listen=127.0.0.1:0', '--set', 'metrics.listen=127.0.0.1:0', '--set', 'logs.listen=127.0.0.1:0', '--set', 'otlp.grpc.listen=off', '--set', 'traces.listen=off', '--set', 'otlp.http.listen=off'], { cwd: folder });
const base = await new Promise((resolve, reject) => {
  let output = '';
  server.stdout.on('data', (data) => {
    output += data;
    const found = /Pages and APIs\s+(http:\/\/\S+)/.exec(output);
    if (found) resolve(found[1]);
  });
  server.on('exit', () => reject(new Error(output)));
});

/** An hour of seven processes, a sample every fifteen seconds. */
function importSamples() {
  const now = Math.floor(Date.now() / 1000);
  const lines = [];
  const add = (name, labels, value) => {
    for (let i = 240; i >= 0; --i) lines.push(`${name}{${labels}} ${value(i)} ${now - i * 15}`);
  };
  for (const name of ['llm_process_cpu_percent', 'llm_process_memory_bytes', 'llm_process_gpu_memory_bytes', 'llm_process_gpu_utilization']) {
    lines.push(`# TYPE ${name} gauge`);
    for (let s = 0; s < 7; ++s) add(name, `pid="${100 + s}",framework="vllm",model_name="model-${s}",job="llm-exporter",instance="bench:9101"`, (i) => 50 + s + 40 * Math.sin(i / 40 + s));
  }
  lines.push('# TYPE llm_process_count gauge');
  add('llm_process_count', 'framework="vllm",job="llm-exporter",instance="bench:9101"', () => 7);
  const file = join(folder, 'samples.om');
  writeFileSync(file, `${lines.join('\n')}\n# EOF\n`);
  execFileSync(process.argv[2], ['import', '--quiet', '--url', base, file]);
}
const matrix = (series, points, end, step) => JSON.stringify({
  status: 'success',
  data: { resultType: 'matrix', result: Array.from({ length: series }, (_, s) => ({ metric: { __name__: 'load', s: `series ${s}` }, values: Array.from({ length: points }, (_, i) => [end - (points - 1 - i) * step, String(Math.sin(i / 40 + s) * 50 + 50 + s)]) })) },
});
function dashboard(panels) {
  return JSON.stringify({
    uid: 'bench', title: 'Bench', version: 1, saved: 0, versions: [],
    dashboard: { uid: 'bench', title: 'Bench', schemaVersion: 41, refresh: '', time: { from: 'now-1h', to: 'now' }, panels: Array.from({ length: panels }, (_, i) => ({ id: i + 1, type: 'timeseries', title: `Panel ${i}`, gridPos: { x: (i % 4) * 6, y: Math.floor(i / 4) * 4, w: 6, h: 4 }, targets: [{ refId: 'A', expr: `load${i}` }], options: { legend: { showLegend: false } } })) },
  });
}
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const results = [];
const tell = (name, value, unit, limit, atLeast = false) => {
  results.push(atLeast ? value >= limit : value <= limit);
  console.log(`${name.padEnd(62)} ${value.toFixed(1).padStart(8)} ${unit}   (${atLeast ? 'at least' : 'at most'} ${limit})`);
};

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] });
async function open(path, { series, points, panels = 1, viewport = { width: 1600, height: 1000 }, clock = false, real = false }) {
  const page = await browser.newPage({ viewport });
  // When the first chart is in the frame that is painted next: the page notes it itself, whoever asks is late.
  await page.addInitScript(() => {
    const seen = new MutationObserver(() => {
      if (!document.querySelector('.time-chart canvas')) return;
      seen.disconnect();
      requestAnimationFrame(() => (window.firstChart = performance.now()));
    });
    seen.observe(document, { childList: true, subtree: true });
  });
  if (clock) await page.clock.install();
  if (real) {
    await page.goto(base + path);
    return page;
  }
  await page.route('**/api/v1/query_range*', (route) => {
    const asked = new URL(route.request().url()).searchParams;
    if (asked.get('query').includes('ALERTS')) return route.fulfill({ contentType: 'application/json', body: matrix(0, 0, 0, 0) });
    return route.fulfill({ contentType: 'application/json', body: matrix(series, points, Number(asked.get('end')), Number(asked.get('step'))) });
  });
  await page.route('**/api/v1/dashboards', (route) => route.fulfill({ contentType: 'application/json', body: '{"dashboards":[{"uid":"bench","title":"Bench","version":1,"saved":0}]}' }));
  await page.route('**/api/v1/dashboards/bench', (route) => route.fulfill({ contentType: 'application/json', body: dashboard(panels) }));
  await page.goto(base + path);
  return page;
}
const busy = async (session) => Object.fromEntries((await session.send('Performance.getMetrics')).metrics.map(({ name, value }) => [name, value])).TaskDuration * 1000;
/** Frames while something is done. */
async function framesDuring(page, act) {
  await page.evaluate(() => {
    window.frames_ = 0;
    window.since_ = performance.now();
    const count = () => { window.frames_++; window.counting_ = requestAnimationFrame(count); };
    window.counting_ = requestAnimationFrame(count);
  });
  await act();
  return page.evaluate(() => {
    cancelAnimationFrame(window.counting_);
    return (window.frames_ * 1000) / (performance.now() - window.since_);
  });
}

try {
  importSamples();
  const firsts = [];
  for (let i = 0; i < 9; ++i) {
    const page = await open('/', { real: true });
    await page.waitForFunction(() => window.firstChart !== undefined);
    firsts.push(await page.evaluate(() => window.firstChart));
    await page.close();
  }
  tell('first chart after navigation, median of 9', median(firsts), 'ms', 500);

  let page = await open('/dashboards/bench', { series: 20, points: 1000, panels: 20, viewport: { width: 1600, height: 1400 } });
  await page.waitForFunction(() => document.querySelectorAll('.time-chart canvas').length === 20);
  const session = await page.context().newCDPSession(page);
  // What the thread worked, not what it waited for a core.
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const costs = [];
  for (let i = 0; i < 5; ++i) {
    await page.waitForTimeout(1500);
    const before = await busy(session);
    const answered = Promise.all(Array.from({ length: 20 }, () => page.waitForResponse(/query_range/)));
    await page.getByRole('button', { name: 'Refresh now' }).click();
    await answered;
    await page.waitForFunction(() => !document.querySelector('[aria-busy="true"]'));
    await page.waitForTimeout(300);
    costs.push((await busy(session)) - before);
  }
  tell('refresh of 20 panels x 20 series x 1000 points, main thread', median(costs), 'ms', 150);
  await page.close();

  page = await open('/explore/metrics?q=load', { series: 300, points: 1000 });
  const chart = page.locator('.u-over');
  await chart.waitFor();
  await page.waitForTimeout(1500);
  const box = await chart.boundingBox();
  const hover = await framesDuring(page, async () => {
    for (let i = 0; i < 120; ++i) await page.mouse.move(box.x + 20 + ((i * 7) % (box.width - 40)), box.y + box.height / 2);
  });
  tell('frames per second while hovering over 300 series', hover, 'fps', 30, true);
  await page.close();

  page = await open('/dashboards/bench?refresh=15s', { series: 20, points: 240, panels: 8, clock: true });
  await page.waitForFunction(() => document.querySelectorAll('.time-chart canvas').length === 8);
  const hour = await page.context().newCDPSession(page);
  await hour.send('Performance.enable');
  const heap = async () => {
    await hour.send('HeapProfiler.collectGarbage');
    const { metrics } = await hour.send('Performance.getMetrics');
    const of = (name) => metrics.find((one) => one.name === name).value;
    return { bytes: of('JSHeapUsedSize'), nodes: of('Nodes') };
  };
  /** So many refreshes, one every fifteen seconds of the page's clock. */
  const refresh = async (count) => {
    for (let i = 0; i < count; ++i) {
      const answered = Promise.all(Array.from({ length: 8 }, () => page.waitForResponse(/query_range/)));
      await page.clock.runFor(15_000);
      await answered;
      await page.clock.runFor(100);
    }
  };
  // Half an hour until everything has been compiled and cached, then the hour.
  await refresh(120);
  const before = await heap();
  await refresh(240);
  const after = await heap();
  tell('growth of the heap in an hour of live refresh', ((after.bytes - before.bytes) / before.bytes) * 100, '%  ', 5);
  tell('growth of the document in the same time', after.nodes - before.nodes, 'nodes', 50);
  await page.close();

  page = await browser.newPage({ viewport: { width: 1600, height: 1000 } });
  const now = Date.now() * 1e6;
  const values = Array.from({ length: 100_000 }, (_, i) => [String(BigInt(Math.round(now)) - BigInt(i) * 1000000n), `2026-01-01 - INFO - [USER] Request #${i}: what is the capital of France?`]);
  await page.route('**/loki/api/v1/query_range*', (route) => route.fulfill({ contentType: 'application/json', body: JSON.stringify({ status: 'success', data: route.request().url().includes('count_over_time') ? { resultType: 'matrix', result: [] } : { resultType: 'streams', result: [{ stream: { job: 'x' }, values }] } }) }));
  await page.goto(`${base}/explore/logs?q=${encodeURIComponent('{job="x"}')}&refresh=`);
  await page.locator('.log-row').first().waitFor();
  await page.waitForTimeout(1500);
  const scroll = await framesDuring(page, () => page.evaluate(() => new Promise((resolve) => {
    const list = document.querySelector('.log-list');
    let left = 180;
    const step = () => { list.scrollTop += 137; --left ? requestAnimationFrame(step) : resolve(); };
    requestAnimationFrame(step);
  })));
  tell('frames per second while scrolling 100,000 log lines', scroll, 'fps', 60, true);
  await page.close();

  // Real spans: the server decodes, keeps, reads and writes them.
  await send(base, bigTrace('bench', Date.now() - 60_000, 10_000));
  const opens = [];
  for (let i = 0; i < 5; ++i) {
    page = await browser.newPage({ viewport: { width: 1600, height: 1000 } });
    await page.addInitScript(() => {
      const seen = new MutationObserver(() => {
        if (!document.querySelector('[role="treeitem"]')) return;
        seen.disconnect();
        requestAnimationFrame(() => (window.firstSpans = performance.now()));
      });
      seen.observe(document, { childList: true, subtree: true });
    });
    await page.goto(`${base}/traces/${traceId('bench')}`);
    await page.waitForFunction(() => window.firstSpans !== undefined);
    opens.push(await page.evaluate(() => window.firstSpans));
    if (i < 4) await page.close();
  }
  tell('a trace of 10,000 spans after navigation, median of 5', median(opens), 'ms', 1000);
  await page.waitForTimeout(1500);
  const spans = await framesDuring(page, () => page.evaluate(() => new Promise((resolve) => {
    const list = document.querySelector('.waterfall-rows');
    let left = 180;
    const step = () => { list.scrollTop += 137; --left ? requestAnimationFrame(step) : resolve(); };
    requestAnimationFrame(step);
  })));
  tell('frames per second while scrolling its waterfall', spans, 'fps', 60, true);
  await page.close();
} finally {
  await browser.close();
  server.kill('SIGINT');
  await new Promise((resolve) => server.once('exit', resolve));
  rmSync(folder, { recursive: true, force: true });
}
process.exit(results.length === 8 && results.every(Boolean) ? 0 : 1);
