// The pages of traces in Chromium, against a real `monitorai serve` that watches a real `monitorai demo` and gets real spans by OTLP/HTTP.
// usage: node traces.mjs MONITORAI FOLDER-FOR-SCREENSHOTS [PATTERN of the steps to run]
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Steps, accessible, eventually, folder, launch, patience, serve, start } from './program.mjs';
import { bigTrace, ragTrace, send, sendLogs, spanId, traceId } from './spans.mjs';

const [, , program, shots, only = ''] = process.argv;
const steps = new Steps('traces', shots, only);
const { step } = steps;

async function main() {
  const demo = await start(program, ['demo', '--dir', folder, '--json'], /^(\{.*"processes".*\})$/m);
  // Others may run demos of their own on this machine.
  const own = new Set(JSON.parse(demo.found[1]).processes.map((one) => one.pid));
  const { base } = await serve(program);
  const browser = await launch();
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  steps.watch(page, /status of (400|404)/);
  const open = (path) => page.goto(base + path);
  const shot = (name) => page.screenshot({ path: join(shots, `${name}.png`) });
  const rows = page.locator('table.traces tbody tr');
  const spans = page.getByRole('treeitem');
  const chosen = page.locator('[role="treeitem"][aria-selected="true"] .span-title');
  const settled = () => page.waitForFunction(() => !document.querySelector('.panel-wait, .busy, [aria-busy="true"]'));

  await step('before the first trace the page tells how to send one', async () => {
    await open('/traces');
    await page.getByText('No trace has come yet').waitFor();
    const lines = await page.locator('.send-lines pre').textContent();
    assert.equal(lines, `export OTEL_EXPORTER_OTLP_ENDPOINT=${base}\nexport OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf`);
    await shot('traces-empty');
    await accessible(page);
  });

  // The processes of the demo, as the newest scan has them, from before the spans below.
  const { services, processes } = await eventually('the demo', async () => {
    const scan = await (await fetch(`${base}/api/v1/processes`)).json();
    scan.services = scan.services.filter((one) => own.has(one.root_pid));
    scan.processes = scan.processes.filter((one) => own.has(one.pid));
    return scan.services.some((one) => one.framework === 'vllm' && one.ports.length) && scan.processes.some((one) => one.framework === 'transformers') && scan.processes.every((one) => one.started * 1000 < Date.now() - 4000) ? scan : null;
  });
  const server = services.find((one) => one.framework === 'vllm');
  const script = processes.find((one) => one.framework === 'transformers');
  const now = Date.now();
  const fast = traceId('fast');
  const slow = traceId('slow');
  const wrong = traceId('wrong');
  const big = traceId('big');
  await send(base, ragTrace('fast', now - 2000, { port: server.ports[0].port, pid: script.pid }));
  await send(base, ragTrace('slow', now - 90_000, { scale: 8, port: server.ports[0].port }));
  await send(base, ragTrace('wrong', now - 120_000, { wrong: true }));
  for (let i = 0; i < 20; ++i) await send(base, ragTrace(`more ${i}`, now - 150_000 - i * 9000, { scale: 0.5 + (i % 7) / 5 }));
  await send(base, bigTrace('big', now - 30_000, 10_000));
  await sendLogs(base, 'rag', [{ ms: now - 1960, text: 'retrieved 4 documents', trace: fast, span: spanId('fast', 'retrieve') }, { ms: now - 1900, text: 'asked the model', trace: fast }, { ms: now - 1000, text: `done trace_id=${slow}` }]);

  await step('traces are dots and rows; a click on a dot opens one', async () => {
    await open('/traces');
    await rows.nth(10).waitFor();
    assert.equal(await page.locator('circle.dot-trace').count(), await rows.count());
    assert.match(await page.locator('h2').first().textContent(), /24 traces/);
    await settled();
    await shot('traces-dark');
    await accessible(page);
    await page.locator('circle.dot-trace.bad').first().click();
    await page.waitForURL(/\/traces\/[0-9a-f]{32}/);
  });

  await step('the form writes TraceQL, and the address repeats the search', async () => {
    await open('/traces');
    await page.getByLabel('Service', { exact: true }).selectOption('rag');
    await page.getByLabel('At least').fill('1s');
    await page.getByLabel('Attributes').fill('gen_ai.request.model=gpt2');
    assert.equal(await page.locator('.editor .cm-line').textContent(), '{ resource.service.name = "rag" && duration >= 1s && .gen_ai.request.model = "gpt2" }');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.waitForFunction(() => document.querySelectorAll('table.traces tbody tr').length === 1);
    await page.reload();
    await page.waitForFunction(() => document.querySelectorAll('table.traces tbody tr').length === 1);
    assert.equal(await page.getByLabel('At least').inputValue(), '1s');
    assert.equal(await page.getByLabel('Service', { exact: true }).inputValue(), 'rag');
    await page.getByLabel('At least').fill('soon');
    assert.equal(await page.getByLabel('At least').getAttribute('aria-invalid'), 'true');
  });

  await step('TraceQL is completed with tags and values of the server, and its errors have a place', async () => {
    await open('/traces');
    const editor = page.locator('.cm-content');
    await editor.click();
    await page.keyboard.press('Control+a');
    await page.keyboard.type('{ resource.serv', { delay: 15 });
    await page.locator('.cm-tooltip-autocomplete').getByText('resource.service.name').first().click();
    await page.keyboard.type(' = "v', { delay: 15 });
    await page.locator('.cm-tooltip-autocomplete').getByText('"vllm"').first().click();
    await page.waitForFunction(() => /^\{ resource\.service\.name = "vllm"/.test(document.querySelector('.cm-content').textContent));
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+Enter');
    await page.waitForURL(/q=/);
    await rows.first().waitFor();
    await open(`/traces?q=${encodeURIComponent('{ status = }')}`);
    assert.match(await page.getByRole('alert').textContent(), /line 1, col 12/);
    await open(`/traces?q=${encodeURIComponent('{ name = "nothing is called so" }')}`);
    await page.getByText('No trace matches in this time range').waitFor();
  });

  await step('metrics of TraceQL are drawn', async () => {
    await open(`/traces?q=${encodeURIComponent('{ } | rate() by (resource.service.name)')}`);
    await page.locator('section[aria-label="Metrics from spans"] canvas').waitFor();
    assert.match(await page.locator('section[aria-label="Metrics from spans"] h2').textContent(), /\d+ series/);
    await accessible(page);
  });

  await step('a trace is a waterfall with its tokens, and says what it waited for', async () => {
    await open(`/traces/${fast}`);
    await spans.nth(8).waitFor();
    assert.deepEqual(await page.locator('[role="treeitem"] .span-title').allTextContents(), ['POST /ask', 'prompt', 'embed', 'retrieve', 'inference', 'llm_request', 'prefill', 'decode', 'post-process']);
    await page.locator('.number').filter({ hasText: 'Tokens in / out' }).getByText('421 / 96').waitFor();
    assert.match(await page.locator('section[aria-label="What was waited for"] button').first().textContent(), /decode.*%/);
    await shot('trace-dark');
    await accessible(page);
  });

  await step('the keyboard goes through it: rows, details, closing, search', async () => {
    await open(`/traces/${fast}`);
    await page.getByRole('tree').focus();
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowDown']) await page.keyboard.press(key);
    await page.waitForFunction(() => document.querySelector('[aria-selected="true"][role="treeitem"] .span-title')?.textContent === 'inference');
    await page.keyboard.press('ArrowLeft');
    await page.waitForFunction(() => document.querySelectorAll('[role="treeitem"]').length === 6);
    assert.match(page.url(), /closed=[0-9a-f]{16}/);
    await page.reload();
    await page.waitForFunction(() => document.querySelectorAll('[role="treeitem"]').length === 6);
    await page.getByRole('tree').focus();
    await page.keyboard.press('ArrowRight');
    await page.waitForFunction(() => document.querySelectorAll('[role="treeitem"]').length === 9);
    await page.keyboard.press('/');
    await page.keyboard.type('db.system=chroma');
    await page.getByText('1 found').waitFor();
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.querySelector('[aria-selected="true"][role="treeitem"] .span-title')?.textContent === 'retrieve');
    await page.keyboard.press('Escape');
    await page.waitForFunction(() => document.activeElement?.getAttribute('role') === 'tree');
    assert.equal(await chosen.textContent(), 'retrieve');
  });

  await step('dragging over the small picture zooms', async () => {
    await open(`/traces/${fast}`);
    const box = await page.locator('.minimap').boundingBox();
    await page.mouse.move(box.x + box.width * 0.3, box.y + 20);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.7, box.y + 30, { steps: 5 });
    await page.mouse.up();
    await page.waitForURL(/zoom=\d+-\d+/);
    await page.getByRole('button', { name: 'Whole trace' }).click();
    await page.waitForFunction(() => !location.search.includes('zoom'));
  });

  await step('a span tells its call, prompt and answer, and leads to traces like it', async () => {
    await open(`/traces/${fast}?span=${spanId('fast', 'inference')}`);
    const details = page.getByRole('complementary', { name: 'Span inference' });
    await details.locator('.call').getByText('gpt2').waitFor();
    assert.match(await details.locator('.call-numbers').textContent(), /Input412128 of them cachedOutput96First token42 ms/);
    await details.getByText('What is the capital of France?').first().waitFor();
    await details.locator('.message.assistant').getByText('The capital of France is Paris.').waitFor();
    await accessible(page);
    await details.getByRole('button', { name: /^Traces with gen_ai.request.model/ }).click();
    await page.waitForURL(/\/traces\?q=/);
    await rows.nth(5).waitFor();
  });

  await step('an error is told with its exception', async () => {
    await open(`/traces/${wrong}?span=${spanId('wrong', 'inference')}`);
    const details = page.getByRole('complementary', { name: 'Span inference' });
    await details.locator('.status-message').getByText('CUDA out of memory').waitFor();
    await details.locator('.span-event-row.bad').getByText(/Traceback/).waitFor();
    await shot('trace-error');
  });

  await step('a span leads to the process behind it, its GPU and its log lines', async () => {
    await open(`/traces/${fast}?span=${spanId('fast', 'inference')}&tab=process`);
    const details = page.getByRole('complementary', { name: 'Span inference' });
    const link = details.locator('.joined-name').first();
    await link.waitFor();
    assert.equal(await link.getAttribute('href'), `/processes/${server.root_pid}`);
    await details.getByText('It answered this call').waitFor();
    for (const title of ['GPU memory', 'GPU utilization', 'CPU']) {
      const panel = details.locator(`section[aria-label="${title}"]`);
      await panel.scrollIntoViewIfNeeded();
      await panel.locator('canvas').waitFor();
    }
    await details.locator('.details-body').evaluate((element) => element.scrollTo(0, 0));
    await settled();
    await shot('trace-process');
    await accessible(page);
    await details.getByRole('tab', { name: 'Logs' }).click();
    await details.locator('.log-row').getByText('retrieved 4 documents').waitFor();
    await details.locator('.log-row').getByText('asked the model').waitFor();
    await accessible(page);
    await open(`/traces/${fast}?span=${spanId('fast', 'decode')}&tab=process`);
    await page.getByText('the call above it went to a port of the process').waitFor();
    await page.locator('.joined-name').first().click();
    await page.waitForURL(new RegExp(`/processes/${server.root_pid}`));
  });

  await step('a log line leads to its trace', async () => {
    await open(`/explore/logs?q=${encodeURIComponent('{service_name="rag"}')}`);
    const line = page.locator('.log-row').filter({ hasText: 'asked the model' });
    await line.getByRole('link', { name: 'trace' }).waitFor();
    await accessible(page);
    assert.equal(await page.locator('.log-row').filter({ hasText: 'done trace_id' }).getByRole('link', { name: 'trace' }).getAttribute('href'), `/traces/${slow}`);
    await line.getByRole('link', { name: 'trace' }).click();
    await page.waitForURL(new RegExp(`/traces/${fast}`));
    await spans.first().waitFor();
  });

  await step('the flame graph goes into a frame and back', async () => {
    await open(`/traces/${slow}?view=flame`);
    await page.locator('.frame').filter({ hasText: /^inference/ }).click();
    await page.waitForURL(/focus=/);
    await page.getByRole('complementary', { name: 'Span inference' }).waitFor();
    await accessible(page);
    await shot('trace-flame');
    await page.getByRole('button', { name: 'Whole trace' }).click();
    await page.waitForFunction(() => !location.search.includes('focus'));
  });

  await step('steps have their shares, and lead to their longest span', async () => {
    await open(`/traces/${slow}?view=steps`);
    await page.locator('table.steps tbody tr').nth(8).waitFor();
    await accessible(page);
    await page.getByRole('button', { name: 'vllm decode' }).click();
    await page.getByRole('complementary', { name: 'Span decode' }).waitFor();
  });

  await step('two traces are compared by step', async () => {
    await open('/traces');
    await page.getByLabel(`Compare ${fast}`).check();
    await page.getByLabel(`Compare ${slow}`).check();
    await page.getByRole('link', { name: 'Compare them' }).click();
    await page.getByText('longer').waitFor();
    assert.match(await page.locator('.compare-verdict').textContent(), /B took 2\.24 s longer; the step that differs most is decode/);
    assert.match(await page.locator('table.steps tbody tr').first().textContent(), /decode/);
    await shot('trace-compare');
    await accessible(page);
    await page.getByRole('button', { name: 'Swap' }).click();
    await page.locator('.compare-verdict').getByText('2.24 s less').waitFor();
  });

  await step('clicks lead from a latency peak to its trace, its process, its GPU and its log lines', async () => {
    const peak = traceId('peak');
    const sent = Date.now();
    await send(base, ragTrace('peak', sent - 7000, { scale: 20, port: server.ports[0].port, pid: script.pid }));
    await sendLogs(base, 'rag', [{ ms: sent - 500, text: 'the queue was full', trace: peak, span: spanId('peak', 'inference'), severity: 'ERROR' }]);
    await eventually('an exemplar', async () => {
      const answer = await (await fetch(`${base}/api/v1/query_exemplars?query=llm_inference_latency_seconds_bucket&start=${sent / 1000 - 60}&end=${Date.now() / 1000 + 60}`)).json();
      return JSON.stringify(answer.data).includes(peak);
    });
    await open('/dashboards/llm-serving?from=now-15m&to=now');
    const panel = page.locator('section[aria-label="Latency"]');
    await panel.scrollIntoViewIfNeeded();
    const exemplar = panel.locator(`a.exemplar[href*="${peak}"]:visible`).first();
    await exemplar.waitFor();
    await accessible(page);
    await shot('exemplars');
    await exemplar.click();
    await page.waitForURL(new RegExp(`/traces/${peak}`));
    await spans.nth(8).waitFor();
    await page.locator('[role="treeitem"] .span-title').getByText('inference', { exact: true }).click();
    const details = page.getByRole('complementary', { name: 'Span inference' });
    await details.getByRole('tab', { name: 'Process' }).click();
    await details.getByText('It answered this call').waitFor();
    const gpu = details.locator('section[aria-label="GPU memory"]');
    await gpu.scrollIntoViewIfNeeded();
    await gpu.locator('canvas').waitFor();
    await details.getByRole('tab', { name: 'Logs' }).click();
    await details.locator('.log-row').getByText('the queue was full').waitFor();
    await details.getByRole('tab', { name: 'Process' }).click();
    await details.locator('.joined-name').first().click();
    await page.waitForURL(new RegExp(`/processes/${server.root_pid}`));
    await page.locator('section[aria-label="CPU"] canvas').waitFor();
    await page.locator('.log-row').getByText(`pid=${server.root_pid}`).first().waitFor();
  });

  await step('ten thousand spans are there, few of them as rows', async () => {
    await open(`/traces/${big}`);
    await spans.nth(10).waitFor();
    assert.match(await page.getByRole('tree').getAttribute('aria-label'), /10,000 rows/);
    assert.ok((await spans.count()) < 80);
    await page.getByRole('tree').focus();
    await page.keyboard.press('End');
    await page.waitForFunction(() => document.querySelector('.waterfall-rows').scrollTop > 100_000);
    await chosen.waitFor();
    await page.getByRole('button', { name: 'Close all' }).click();
    await page.waitForFunction(() => document.querySelectorAll('[role="treeitem"]').length === 5);
    await accessible(page);
  });

  await step('light, and on a phone', async () => {
    await page.evaluate(() => localStorage.setItem('monitorai-scheme', 'light'));
    for (const [name, path] of [['traces', '/traces'], ['trace', `/traces/${wrong}?span=${spanId('wrong', 'inference')}`], ['flame', `/traces/${slow}?view=flame`], ['compare', `/traces/compare?a=${fast}&b=${slow}`]]) {
      await page.setViewportSize({ width: 1440, height: 900 });
      await open(path);
      await page.locator('table.traces, .waterfall, .flame, table.steps').first().waitFor();
      await settled();
      await shot(`${name}-light`);
      await accessible(page);
      await page.setViewportSize({ width: 390, height: 844 });
      await settled();
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} is wider than the phone`);
      await shot(`${name}-phone`);
      await accessible(page);
    }
    await page.evaluate(() => localStorage.setItem('monitorai-scheme', 'dark'));
  });

  await step('bad input: no such trace, no id, a span that is not in it', async () => {
    await open(`/traces/${'f'.repeat(32)}`);
    await page.getByText('This trace is not here').waitFor();
    await open('/traces/nothing');
    await page.getByRole('alert').getByText('hex characters').waitFor();
    await open(`/traces/${fast}?span=ffffffffffffffff&closed=xyz&zoom=9-3&view=nothing&find=%5B`);
    await spans.nth(8).waitFor();
    await open(`/traces/compare?a=${fast}&b=${'e'.repeat(32)}`);
    await page.getByText('This trace is not here').waitFor();
    await open('/traces/compare');
    await page.getByText('Pick two traces').waitFor();
  });
}

await steps.run(main);
