// Every page in Debian's Chromium, against a real `monitorai serve` that watches a real `monitorai demo`.
// usage: node pages.mjs MONITORAI FOLDER-FOR-SCREENSHOTS [PATTERN of the steps to run]
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { Steps, accessible as accessibleIn, ended, eventually, folder, launch, patience, serve, start, until } from './program.mjs';

const [, , program, shots, only = ''] = process.argv;
const steps = new Steps('pages', shots, only);
const { step } = steps;

const rules = `groups:
  - name: tests
    interval: 1s
    rules:
      - {record: "test:cpu", expr: llm_process_cpu_percent}
      - alert: ProcessRuns
        expr: llm_process_memory_bytes > on () group_left () (vector(1))
        labels: {severity: critical}
        annotations: {summary: "{{ $labels.name }} has <b>{{ $value | humanize1024 }}B</b>", runbook: "Look at its page."}
      - {alert: Waits, expr: vector(1), for: 1h, labels: {severity: warning}}
      - {alert: Quiet, expr: vector(1) > 2}
`;
writeFileSync(join(folder, 'rules.yml'), rules);
writeFileSync(join(folder, 'team.json'), JSON.stringify({ title: 'Of the team', schemaVersion: 41, tags: ['monitorai'], panels: [{ id: 1, type: 'stat', title: 'Models', gridPos: { x: 0, y: 0, w: 12, h: 6 }, links: [{ title: 'GPUs', url: '/d/gpu/x' }, { title: 'Bad', url: 'javascript:alert(1)' }], targets: [{ refId: 'A', expr: 'count(llm_process_memory_bytes)' }] }] }));
const serveOptions = [`dashboards.files=[${join(folder, 'team.json')}]`, `rules.files=[${join(folder, 'rules.yml')}]`, 'quality.drift.interval=1s'].flatMap((one) => ['--set', one]);
const startServe = (listen, data = 'data', more = []) => serve(program, { listen, data, more: [...serveOptions, ...more] });

async function main() {
  await start(program, ['demo', '--dir', folder, '--json'], /"processes"/);
  let served = await startServe('127.0.0.1:0');
  const { base } = served;
  const get = async (path) => (await fetch(base + path)).json();
  await eventually('metrics of the demo', async () => (await get(`/api/v1/query?query=${encodeURIComponent('count(llm_tokens_total) + count(llm_process_cpu_percent)')}`)).data.result.length);
  const hasLogs = (await fetch(`${base}/loki/api/v1/labels`)).status === 200;

  const browser = await launch();
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  // A server that is stopped on purpose, and a query that is wrong on purpose, are told by the browser too.
  steps.watch(page, /ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET|status of (400|404|409|422|503)|WebSocket connection/);
  const open = (path) => page.goto(base + path);
  const shot = (name) => page.screenshot({ path: join(shots, `${name}.png`) });
  // The page stands, and each panel in sight has drawn what it asked for.
  const settled = () => page.waitForFunction(() => {
    if (!document.querySelector('.page') || document.querySelector('.panel-wait, .busy, [aria-busy="true"]')) return false;
    const inSight = (box) => box.bottom > 0 && box.top < innerHeight;
    return [...document.querySelectorAll('.panel-body')].every((body) => !inSight(body.getBoundingClientRect()) || (body.firstElementChild && !body.firstElementChild.matches('[aria-busy]')));
  });
  const accessible = () => accessibleIn(page);

  await step('the overview shows four numbers and the panels of Forest Green', async () => {
    await open('/');
    await page.getByRole('heading', { name: 'Forest Green' }).waitFor();
    await settled();
    const count = (await get('/api/v1/query?query=sum(llm_process_count)')).data.result[0].value[1];
    const number = page.locator('section[aria-label="Active LLM Processes"] .stat-value');
    await number.waitFor();
    // Other programs of this machine may come and go.
    const close = async () => Math.abs(Number(await number.textContent()) - Number(count)) <= 2;
    await until(() => page.getByRole('button', { name: 'Refresh now' }).click(), async () => {
      await settled();
      assert.ok(await close(), `${await number.textContent()} of ${count}`);
    });
    assert.match(await page.locator('section[aria-label="Total GPU VRAM Used"] .stat-value').textContent(), /[KMG]iB$/);
    for (const [title, unit] of [['CPU by process', '%'], ['Memory by process', 'MiB'], ['GPU memory by process', 'iB'], ['GPU utilization by process', '%']]) {
      const panel = page.locator(`section[aria-label="${title}"]`);
      await panel.scrollIntoViewIfNeeded();
      await panel.getByText(/PID \d+/).first().waitFor();
      assert.ok((await panel.locator('.legend-row').nth(1).textContent()).includes(unit), title);
      assert.deepEqual(await panel.locator('.legend-head').allTextContents(), ['Name', 'Last', 'Max', 'Mean']);
    }
    await page.locator('section[aria-label="User & Model Interactions"]').scrollIntoViewIfNeeded();
    if (hasLogs) await page.locator('section[aria-label="User & Model Interactions"] .log-row').first().waitFor();
    await page.locator('.main').evaluate((element) => element.scrollTo(0, 0));
    await shot('overview-dark');
    await accessible();
  });

  await step('a filter of the dashboard narrows it, and stands in the address', async () => {
    await page.getByRole('button', { name: /^Framework:/ }).click();
    await page.getByRole('option', { name: 'transformers' }).click();
    await page.keyboard.press('Escape');
    await page.waitForURL(/var-framework=transformers/);
    await page.waitForFunction(() => {
      const rows = [...document.querySelectorAll('section[aria-label="CPU by process"] .legend-row .legend-item')];
      return rows.length >= 2 && rows.every((one) => one.textContent.startsWith('run-model.py'));
    }, null, { timeout: patience });
    await page.reload();
    await page.getByRole('button', { name: 'Framework: transformers' }).waitFor();
  });

  await step('dragging over a chart zooms, and Live goes back', async () => {
    await open('/?from=now-5m&to=now');
    await settled();
    const chart = page.locator('section[aria-label="CPU by process"] .u-over');
    await chart.waitFor();
    const box = await chart.boundingBox();
    await page.mouse.move(box.x + box.width * 0.4, box.y + 20);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.8, box.y + 30, { steps: 6 });
    await page.mouse.up();
    await page.waitForURL(/from=\d{13}&to=\d{13}/);
    await page.getByRole('button', { name: 'Live' }).click();
    await page.waitForURL(/from=now-15m&to=now/);
  });

  await step('hovering shows the values under the cursor', async () => {
    await open('/?from=now-5m&to=now');
    await settled();
    const over = page.locator('section[aria-label="Memory by process"] .u-over');
    await over.waitFor();
    const tip = page.locator('.chart-tip:visible');
    await until(async () => {
      const box = await over.boundingBox();
      await page.mouse.move(box.x + box.width - 4, box.y + box.height / 2);
      await page.mouse.move(box.x + box.width - 6, box.y + box.height / 2);
    }, (timeout) => tip.waitFor({ timeout }));
    assert.match(await tip.textContent(), /PID \d+.*iB/s);
    await page.mouse.move(5, 5);
  });

  await step('the processes are grouped, filtered and sorted', async () => {
    await page.getByRole('link', { name: 'Processes' }).click();
    await page.getByRole('table').waitFor();
    await page.getByText('simulated').first().waitFor();
    assert.ok((await page.locator('tr.service').count()) >= 1);
    await shot('processes-dark');
    await accessible();
    await page.getByRole('searchbox', { name: 'Filter' }).fill('gpt2');
    await page.waitForURL(/q=gpt2/);
    await page.waitForFunction(() => [...document.querySelectorAll('table.processes tbody tr')].every((row) => /gpt2/i.test(row.textContent)));
    await page.getByRole('button', { name: /^CPU/ }).click();
    await page.waitForURL(/sort=-cpu/);
    assert.equal(await page.locator('th[aria-sort="descending"]').textContent(), 'CPU ↓');
  });

  await step('a process has a page that says what it is and why', async () => {
    await page.locator('table.processes a.model').first().click();
    await page.waitForURL(/\/processes\/\d+/);
    await page.getByText('Why it is taken for an LLM').waitFor();
    await page.locator('.command').getByText('--model-name gpt2').waitFor();
    assert.ok((await page.locator('.evidence > div').count()) > 0);
    await settled();
    await shot('process-dark');
    await accessible();
    await open('/processes/4194303');
    await page.getByText('is not running').waitFor();
  });

  await step('PromQL is completed, drawn, tabled, and its errors have a place', async () => {
    await open('/explore/metrics');
    const editor = page.locator('.cm-content');
    await editor.click();
    await page.keyboard.type('llm_process_cpu_p', { delay: 15 });
    await page.locator('.cm-tooltip-autocomplete').getByText('llm_process_cpu_percent').first().click();
    await page.waitForFunction(() => document.querySelector('.cm-content').textContent === 'llm_process_cpu_percent');
    await page.keyboard.press('Control+Enter');
    await page.waitForURL(/q=llm_process_cpu_percent/);
    await page.locator('section[aria-label="Graph"] .legend-row').nth(1).waitFor();
    await shot('explore-metrics-dark');
    await accessible();
    await page.getByRole('button', { name: 'Table' }).click();
    await page.locator('section[aria-label="Table"] tbody tr').first().waitFor();
    await open('/explore/metrics?q=sum(rate(x))');
    assert.match(await page.getByRole('alert').textContent(), /1:\d+|expected type range vector/);
  });

  if (hasLogs) {
    await step('LogQL gives lines, a histogram and a live tail', async () => {
      await open(`/explore/logs?q=${encodeURIComponent('{job="llm-model"}')}`);
      await page.locator('.log-row').first().waitFor();
      await page.getByRole('region', { name: 'Volume' }).waitFor();
      await settled();
      await shot('explore-logs-dark');
      await accessible();
      await page.locator('.log-line').first().click();
      await page.getByText('only this').first().waitFor();
      await page.getByText('only this').first().waitFor();
      await page.reload();
      await page.locator('.log-row').first().waitFor();
      await page.getByRole('log').focus();
      for (const key of ['ArrowDown', 'ArrowDown', 'Enter']) await page.keyboard.press(key);
      await page.getByText('only this').first().waitFor();
      await page.keyboard.press('Escape');
      await page.getByText('only this').first().waitFor({ state: 'detached' });
      await page.getByRole('button', { name: 'Live' }).click();
      await page.getByText(/following, [1-9]/).waitFor();
    });
    await step('LogQL is completed', async () => {
      await open('/explore/logs');
      await page.locator('.cm-content').click();
      await page.keyboard.type('{jo', { delay: 15 });
      await page.locator('.cm-tooltip-autocomplete').getByText('job', { exact: true }).first().waitFor();
    });
  } else console.log('skip  logs: this program has no log store');

  await step('dashboards lead to each other, and keep the time', async () => {
    await open('/?from=now-5m&to=now');
    await page.getByRole('button', { name: 'MonitorAI' }).click();
    await page.getByRole('dialog', { name: 'MonitorAI' }).getByRole('link', { name: 'Of the team' }).click();
    await page.waitForURL(/\/dashboards\/team\?from=now-5m&to=now/);
    await page.locator('section[aria-label="Models"] .stat-value').waitFor();
    assert.equal(await page.getByRole('link', { name: 'Bad' }).count(), 0);
    await page.getByRole('link', { name: 'GPUs' }).click();
    await page.waitForURL(/\/dashboards\/gpu$/);
  });

  await step('charts mark when alerts fired, until one does not want it', async () => {
    await open('/');
    await page.getByRole('button', { name: 'Alerts', pressed: true }).waitFor();
    await page.getByRole('button', { name: 'Alerts', pressed: true }).click();
    await page.waitForURL(/alerts=off/);
    await page.getByRole('button', { name: 'Alerts', pressed: false }).waitFor();
  });

  await step('every dashboard draws, and none of its panels fails', async () => {
    await open('/dashboards');
    await page.locator('a.tile').first().waitFor();
    await accessible();
    const addresses = await page.locator('a.tile').evaluateAll((tiles) => tiles.map((tile) => tile.getAttribute('href')));
    assert.ok(addresses.length >= 4);
    for (const address of addresses) {
      await open(address);
      await page.locator('section.panel').first().waitFor();
      for (const panel of await page.locator('section.panel').all()) await panel.scrollIntoViewIfNeeded();
      await settled();
      assert.deepEqual(await page.locator('.panel-error').allTextContents(), [], address);
      assert.deepEqual(await page.locator('[role="note"]').allTextContents(), [], address);
      await page.locator('.main').evaluate((element) => element.scrollTo(0, 0));
      await shot(`dashboard-${address.split('/').pop()}-dark`);
      await accessible();
    }
  });

  await step('a dashboard is edited, saved, undone, and an older version is still there', async () => {
    await open('/dashboards/forest-green?edit=1');
    await page.getByRole('button', { name: 'Edit CPU by process' }).click();
    const editor = page.getByRole('complementary', { name: 'Panel editor' });
    await editor.getByLabel('Title').fill('CPU, by me');
    await page.locator('section[aria-label="CPU, by me"]').waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.locator('section[aria-label="CPU by process"]').waitFor();
    await editor.getByLabel('Title').fill('CPU, by me');
    const move = page.getByRole('button', { name: /^Move CPU, by me/ });
    await move.focus();
    await page.keyboard.press('ArrowRight');
    await accessible();
    await shot('edit-dark');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.waitForURL((url) => !url.search.includes('edit'));
    await page.locator('section[aria-label="CPU, by me"]').waitFor();
    const kept = await get('/api/v1/dashboards/forest-green');
    assert.deepEqual([kept.version, kept.dashboard.panels[4].title, kept.dashboard.panels[4].gridPos.x], [1, 'CPU, by me', 1]);
    await open('/dashboards');
    await page.getByRole('link', { name: /Forest Green.*yours/ }).waitFor();
  });

  await step('the second of two tabs is told, and can still save its own', async () => {
    await open('/dashboards/forest-green?edit=1');
    await page.getByLabel('Title', { exact: true }).fill('From this tab');
    const file = (await get('/api/v1/dashboards/forest-green')).dashboard;
    const other = await fetch(`${base}/api/v1/dashboards/forest-green?based_on=1`, { method: 'PUT', body: JSON.stringify({ ...file, title: 'From the other tab' }) });
    assert.equal(other.status, 200);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Somebody else saved this dashboard in between').waitFor();
    await page.getByRole('button', { name: 'Save mine as version 3' }).click();
    await page.getByRole('heading', { name: 'From this tab' }).waitFor();
    await page.getByLabel('Version').selectOption('2');
    await page.getByRole('heading', { name: 'From the other tab' }).waitFor();
  });

  await step('a panel is dragged to another place', async () => {
    await open('/dashboards/gpu?edit=1');
    const handle = page.getByRole('button', { name: /^Move Memory in use/ });
    await handle.waitFor();
    const box = await handle.boundingBox();
    await page.mouse.move(box.x + 20, box.y + 4);
    await page.mouse.down();
    await page.mouse.move(box.x + 20, box.y + 250, { steps: 5 });
    await page.locator('.edit-ghost').waitFor();
    await page.mouse.up();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.waitForURL((url) => !url.search.includes('edit'));
    const { dashboard } = await get('/api/v1/dashboards/gpu');
    assert.equal(dashboard.panels.find((one) => one.title === 'Memory in use').gridPos.y, 6);
  });

  await step('a file of a Grafana is taken in; one that is broken is refused with a reason', async () => {
    await open('/dashboards');
    const input = page.locator('input[type="file"]');
    await input.setInputFiles({ name: 'broken.json', mimeType: 'application/json', buffer: Buffer.from('{"panels": [') });
    await page.getByRole('alert').getByText('broken.json is no JSON').waitFor();
    await input.setInputFiles({ name: 'old.json', mimeType: 'application/json', buffer: Buffer.from('{"panels": [], "schemaVersion": 16}') });
    await page.getByRole('alert').getByText('older than 30').waitFor();
    const foreign = { title: 'Theirs <b>&', schemaVersion: 39, panels: [{ id: 1, type: 'geomap', title: 'Map', gridPos: { x: 0, y: 0, w: 12, h: 6 } }, { id: 2, type: 'timeseries', title: 'Broken query', gridPos: { x: 12, y: 0, w: 12, h: 6 }, targets: [{ refId: 'A', expr: 'sum(' }] }] };
    await input.setInputFiles({ name: 'theirs.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(foreign)) });
    await page.waitForURL(/\/dashboards\/theirs-b/);
    await page.getByText('Panel type "geomap"').waitFor();
    assert.match(await page.locator('.panel-error').textContent(), /1:\d+/);
    page.once('dialog', (dialog) => dialog.accept());
    await page.getByRole('button', { name: 'Remove' }).click();
    await page.waitForURL(/\/dashboards$/);
  });

  await step('files that are huge, deep or go round in circles are refused or drawn, and never hang the page', async () => {
    await open('/dashboards');
    const input = page.locator('input[type="file"]');
    const give = (name, text) => input.setInputFiles({ name, mimeType: 'application/json', buffer: Buffer.from(text) });
    await give('huge.json', ' '.repeat(4 * 2 ** 20 + 1));
    await page.getByRole('alert').getByText('the limit is').waitFor();
    await give('deep.json', '['.repeat(100_000) + ']'.repeat(100_000));
    await page.getByRole('alert').getByText(/deep\.json|no dashboard|is no/).waitFor();
    await give('many.json', JSON.stringify({ title: 'Many', schemaVersion: 41, panels: Array.from({ length: 2000 }, (_, id) => ({ id, type: 'text' })) }));
    await page.getByRole('alert').getByText(/panels/).waitFor();
    const variable = (name, query) => ({ name, type: 'query', datasource: { type: 'prometheus' }, query, refresh: 2 });
    const round = { title: 'Round', schemaVersion: 41, panels: [{ id: 1, type: 'row', title: 'Row', gridPos: { x: 0, y: 0, w: 24, h: 1 }, collapsed: true, panels: [{ id: 2, type: 'row', collapsed: true, panels: [{ id: 3, type: 'row' }] }] }, { id: 4, type: 'stat', title: 'Of $a', gridPos: { x: 0, y: 1, w: 12, h: 6 }, targets: [{ refId: 'A', expr: 'count(up{job=~"$a$b"}) or vector(0)' }] }], templating: { list: [variable('a', 'label_values(up{job="$b"}, job)'), variable('b', 'label_values(up{job="$a"}, job)')] } };
    await give('round.json', JSON.stringify(round));
    await page.waitForURL(/\/dashboards\/round/);
    await page.locator('.stat-value').waitFor();
  });

  await step('quotes and slashes in values stand in addresses and queries', async () => {
    const odd = 'a"b/c\\d %+&#';
    await open(`/?var-model_name=${encodeURIComponent(odd)}`);
    await page.getByRole('button', { name: `Model Name: ${odd}` }).waitFor();
    await settled();
    assert.deepEqual(await page.locator('.panel-error').allTextContents(), []);
    await open(`/explore/metrics?q=${encodeURIComponent(`count(llm_process_cpu_percent{model_name!=${JSON.stringify(odd)}})`)}`);
    await page.locator('section[aria-label="Graph"] .legend-row').nth(1).waitFor();
  });

  await step('a query that gives 50,000 series is cut, and the number is told', async () => {
    await page.route('**/api/v1/query_range*', (route) => {
      const end = Number(new URL(route.request().url()).searchParams.get('end'));
      const result = Array.from({ length: 50_000 }, (_, i) => ({ metric: { i: String(i) }, values: [[end - 60, '1'], [end, String(i)]] }));
      return route.fulfill({ contentType: 'application/json', body: JSON.stringify({ status: 'success', data: { resultType: 'matrix', result } }) });
    });
    await open('/explore/metrics?q=many&refresh=');
    await page.getByText('50,000 series: the first 1,000 are shown').waitFor();
    await page.locator('section[aria-label="Graph"] .legend-row').nth(1).waitFor();
    await page.unroute('**/api/v1/query_range*');
  });

  await step('a query that takes too long says so on its panel', async () => {
    await page.route('**/api/v1/query_range*', (route) => route.fulfill({ status: 503, contentType: 'application/json', body: '{"status":"error","errorType":"timeout","error":"query timed out in expression evaluation"}' }));
    await open('/explore/metrics?q=slow&refresh=');
    await page.getByRole('alert').getByText('query timed out in expression evaluation').waitFor();
    await page.unroute('**/api/v1/query_range*');
    await page.getByRole('button', { name: 'Refresh now' }).click();
    await page.getByText('No data').waitFor();
  });

  if (hasLogs)
    await step('lines with markup, colours, other scripts and no end are text', async () => {
      const bidi = '\u0645\u0631\u062d\u0628\u0627 \u202e\u05e9\u05dc\u05d5\u05dd';
      const odd = ['<img src=x onerror="document.title=\'gone\'"><b>bold</b>', 'plain \u001b[31;1mred\u001b[0m \u001b[2Kerased', `${bidi} \u{1f999}\u{1f468}\u200d\u{1f4bb}`, `${'long '.repeat(50_000)}`, '\u0000\u0001\u0007 control'];
      const now = BigInt(Date.now()) * 1_000_000n;
      const pushed = await fetch(`${base}/loki/api/v1/push`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ streams: [{ stream: { job: 'odd', 'where': 'a"b/c' }, values: odd.map((line, i) => [String(now + BigInt(i)), line]) }] }) });
      assert.equal(pushed.status, 204);
      await open(`/explore/logs?q=${encodeURIComponent('{job="odd", where="a\\"b/c"}')}`);
      await page.locator('.log-row').nth(4).waitFor();
      const shown = await page.locator('.log-row').allTextContents();
      for (const part of ['<img src=x onerror=', 'plain red erased', '\u{1f999}', 'characters']) assert.ok(shown.some((text) => text.includes(part)), part);
      assert.equal(await page.locator('.log-list img, .log-list b').count(), 0);
      assert.match(await page.title(), /MonitorAI/);
      await accessible();
      await page.locator('.log-line').getByText('<img').click();
      await page.getByText('only this').first().waitFor();
      await page.getByRole('button', { name: /^Lines around/ }).click();
      await page.waitForURL(/order=oldest/);
      await page.locator('.log-row').nth(4).waitFor();
      // As long as no server of ours gives them.
      await page.route('**/loki/api/v1/query_range*', (route) => route.fulfill({ contentType: 'application/json', body: JSON.stringify({ status: 'success', data: route.request().url().includes('count_over_time') ? { resultType: 'matrix', result: [] } : { resultType: 'streams', result: [{ stream: { job: 'x' }, values: [[String(now), 'x'.repeat(2 ** 20)], [String(now - 1n), 'the next']] }] } }) }));
      await open(`/explore/logs?q=${encodeURIComponent('{job="x"}')}&wrap=1`);
      await page.getByText('1,048,576 characters').waitFor();
      await page.getByText('the next').waitFor();
      await page.unroute('**/loki/api/v1/query_range*');
    });

  await step('alerts that fire are counted, explained and drawn, and a rule is tried', async () => {
    await open('/alerts');
    const card = page.locator('article.alert.firing').first();
    await card.waitFor();
    assert.match(await card.textContent(), /ProcessRuns.*firing.*critical.* has <b>/s);
    assert.equal(await card.locator('b').count(), 0);
    await page.locator('article.alert.pending').getByText('Waits').waitFor();
    await card.getByRole('button', { name: /ProcessRuns/ }).click();
    await card.getByText('Look at its page.').waitFor();
    await card.locator('section[aria-label="The value and its limit"] .legend-row').nth(2).waitFor();
    await page.locator('section[aria-label="History"]').scrollIntoViewIfNeeded();
    await settled();
    await page.getByRole('region', { name: 'Rules' }).getByText('test:cpu').waitFor();
    await page.locator('.badge').getByText(/^\d+/).waitFor();
    await page.getByLabel('Start from').selectOption('Quiet');
    await page.getByRole('button', { name: 'Try over the last day' }).click();
    await page.getByText('Would not have fired').waitFor();
    await page.getByLabel('Start from').selectOption('ProcessRuns');
    await page.getByRole('button', { name: 'Try over the last day' }).click();
    await page.getByText(/Would have fired \d+ times?/).waitFor();
    await page.locator('.main').evaluate((element) => element.scrollTo(0, 0));
    await shot('alerts-dark');
    await accessible();
    // In one click, and back.
    await card.getByRole('button', { name: 'Acknowledge' }).click();
    await card.getByText('acknowledged by web').waitFor();
    assert.equal(await page.getByText('acknowledged by web').count(), 1);
    await accessible();
    await card.getByRole('button', { name: 'Take back' }).click();
    await card.getByText('acknowledged by web').waitFor({ state: 'detached' });
    // In two clicks.
    await card.getByRole('button', { name: 'Silence', exact: true }).click();
    await page.getByRole('group', { name: 'Silence for' }).getByRole('button').first().click();
    const silenced = page.locator('article.alert.silenced');
    await silenced.getByText('silenced until').waitFor();
    assert.equal(await silenced.count(), 1);
    await page.getByRole('button', { name: 'End now' }).click();
    await silenced.waitFor({ state: 'detached' });
    await page.getByText('Nothing is silenced.').waitFor();
    await page.getByRole('searchbox', { name: 'Filter' }).fill('waits');
    await page.waitForFunction(() => document.querySelectorAll('article.alert').length === 1);
    await page.getByRole('searchbox', { name: 'Filter' }).fill('');
    await page.getByLabel('By', { exact: true }).selectOption('service');
    await page.getByRole('heading', { name: 'no service 1' }).waitFor();
    await page.waitForURL(/by=service/);
    await page.getByLabel('By', { exact: true }).selectOption('group');
    await page.locator('section[aria-label="tests"] article.alert').nth(1).waitFor();
  });

  await step('where an Alertmanager notifies, its alerts can be silenced, and nothing is offered that it cannot do', async () => {
    // What Alertmanager's API says of the alerts that it is sent.
    const theirs = [];
    const alertmanager = createServer(async (request, response) => {
      let body = '';
      for await (const part of request) body += part;
      if (request.method === 'POST') theirs.splice(0, theirs.length, ...JSON.parse(body).map((alert, i) => ({ ...alert, fingerprint: String(i).padStart(16, '0'), status: { state: 'active', silencedBy: [], inhibitedBy: [], mutedBy: [] }, receivers: [{ name: 'x' }] })));
      response.setHeader('Content-Type', 'application/json');
      response.end(request.url.startsWith('/api/v2/alerts') ? JSON.stringify(theirs) : '[]');
    });
    await new Promise((resolve) => alertmanager.listen(0, '127.0.0.1', resolve));
    const relaying = await startServe('127.0.0.1:0', 'relaying', ['--set', `alerting.alertmanagers=['http://127.0.0.1:${alertmanager.address().port}']`]);
    await eventually('an alert at the Alertmanager', async () => (await (await fetch(`${relaying.base}/api/v2/alerts`)).json()).length > 0);
    const asked = page.waitForResponse((response) => response.url().endsWith('/api/v1/acknowledgements'));
    const listed = page.waitForResponse((response) => response.url().endsWith('/api/v2/alerts'));
    await page.goto(`${relaying.base}/alerts`);
    assert.equal((await (await asked).json()).offered, false);
    assert.ok((await (await listed).json()).length > 0);
    const card = page.locator('article.alert.firing').first();
    await card.getByRole('button', { name: 'Silence', exact: true }).waitFor();
    await settled();
    assert.equal(await page.getByRole('button', { name: 'Acknowledge' }).count(), 0);
    await accessible();
    relaying.child.kill('SIGINT');
    await ended(relaying.child);
    alertmanager.closeAllConnections();
    alertmanager.close();
  });

  await step('a rule is tried, written, refused, saved and run on the page', async () => {
    await open('/alerts');
    await page.getByLabel('Start from').selectOption('ProcessRuns');
    await page.getByRole('button', { name: 'Try over the last day' }).click();
    await page.getByText(/Would have fired \d+ times?/).waitFor();
    await page.getByLabel('Name', { exact: true }).fill('OfMine');
    await page.getByRole('button', { name: 'Add to your rules' }).click();
    const text = page.getByLabel(/A Prometheus rule file of your own/);
    await page.getByText('good: 1 rule in 1 group, not saved yet').waitFor();
    const written = await text.inputValue();
    await text.fill(written.replace('llm_process_memory_bytes', 'sum('));
    await page.getByText('1 problem', { exact: true }).waitFor();
    await page.getByRole('list', { name: 'problems' }).getByText(/line 5:15.*could not parse expression/).waitFor();
    assert.equal(await page.getByRole('button', { name: 'Save and run' }).isDisabled(), true);
    await text.scrollIntoViewIfNeeded();
    await shot('rule-editor-dark');
    await accessible();
    await text.fill(written);
    await page.getByRole('button', { name: 'Save and run' }).click();
    await page.getByRole('region', { name: 'Rules' }).getByText('OfMine').first().waitFor();
    await page.locator('article.alert').getByText('OfMine').first().waitFor();
    await text.fill('');
    await page.getByText('empty: saving it ends the rules').waitFor();
    await page.getByRole('button', { name: 'Save and run' }).click();
    await page.getByText('no rules of your own yet').waitFor();
    await page.getByRole('region', { name: 'Rules' }).getByText('OfMine').first().waitFor({ state: 'detached' });
  });

  await step('the status names targets, store and configuration', async () => {
    await open('/status');
    await page.getByText('Metric store').waitFor();
    await page.getByText('exporters:').waitFor();
    await shot('status-dark');
    await accessible();
  });

  await step('an address that is no page says so', async () => {
    await open('/dashboards/nothing-here');
    await page.getByText('there is no dashboard "nothing-here"').waitFor();
    assert.equal((await fetch(`${base}/api/v1/nothing`)).status, 404);
  });

  const judged = 'model=page-test&service=pages';
  await step('the judge says what prompts and answers are like, and learns from labels', async () => {
    const send = async (path, body) => {
      const answer = await fetch(`${base}/api/v1/quality${path}`, { method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } });
      assert.ok(answer.ok, `${path}: ${answer.status} ${await answer.clone().text()}`);
      return answer.json();
    };
    const key = { model: 'page-test', service: 'pages', route: '' };
    const support = (i) => `${['How do I reset my password', 'Where is the invoice of order', 'Please cancel subscription', 'The app does not start on phone'][i % 4]} ${i}?`;
    const cooking = (i) => `${['How long do I boil chickpeas for', 'A recipe of pancakes for', 'Which spices go into curry for'][i % 3]} ${i} people`;
    await open(`/quality?${judged}`);
    await page.getByText(/Nothing (came of page-test|was judged yet)/).first().waitFor();
    // The prompts of before come as a file, those of now with answers, half of them wrong.
    const facts = ['The Eiffel Tower was built in 1889. It is 330 metres tall and stands in Paris.'];
    await send('/evaluate', Array.from({ length: 80 }, (_, i) => ({ ...key, id: `a${i}`, prompt: cooking(i), facts, answer: i % 2 ? 'The Eiffel Tower was built in 1989 in Berlin. It was made of <b>wood</b>.' : 'The Eiffel Tower was built in 1889.' })));
    await page.reload();
    await page.getByText(/40 of 80 answers of the last .* are flagged/).waitFor();
    await page.getByLabel('File of prompts').setInputFiles({ name: 'may.txt', mimeType: 'text/plain', buffer: Buffer.from(Array.from({ length: 300 }, (_, i) => support(i)).join('\n')) });
    const baselines = page.getByRole('region', { name: 'List of baselines' });
    await baselines.getByRole('row', { name: /may\.txt.*300.*in use, pinned/ }).waitFor();
    // News start a comparison.
    await until(() => send('/evaluate', Array.from({ length: 20 }, (_, i) => ({ ...key, prompt: cooking(100 + i) }))), (timeout) => page.locator('.verdict .tag').getByText(/drift|alarm/).waitFor({ timeout: timeout * 12 }));
    await page.getByRole('region', { name: 'What changed in this window' }).getByText(/recipe|boil|spices/).first().waitFor();
    const slider = page.getByRole('slider', { name: 'Comparison over time' });
    await slider.focus();
    await page.keyboard.press('Home');
    assert.match(await slider.getAttribute('aria-valuetext'), /score 0\.\d\d, p/);
    await page.getByRole('group', { name: 'Tests' }).getByRole('button', { name: /^Length/ }).click();
    await page.waitForURL(/test=length/);
    await baselines.getByRole('button', { name: 'Compare' }).first().click();
    await page.waitForURL(/compare=\d+/);
    await page.getByText(/Now beside may\.txt: score 0\.\d\d/).waitFor();
    // Flagged answers beside their facts.
    const card = page.locator('article.judged-answer.flagged').first();
    await card.getByText('1989', { exact: true }).waitFor();
    assert.ok(await card.locator('mark').count() >= 1);
    assert.match(await card.textContent(), /It was made of <b>wood<\/b>/);
    await card.getByText(/The Eiffel Tower was built in 1889\. It is 330/).waitFor();
    await card.getByRole('button', { name: 'Wrong' }).click();
    await card.getByRole('button', { name: 'Wrong', pressed: true }).waitFor();
    const labelled = async (wanted) => { for (const end = Date.now() + patience; ; await new Promise((resolve) => setTimeout(resolve, 100))) {
      const { answers } = await get(`/api/v1/quality/answers?${judged}&labelled=true`);
      if (answers.length === wanted) return answers;
      assert.ok(Date.now() < end, `${answers.length} labels`);
    } };
    assert.equal((await labelled(1))[0].hallucinated, true);
    await card.getByRole('button', { name: 'Wrong', pressed: true }).click();
    await card.getByRole('button', { name: 'Wrong', pressed: false }).waitFor();
    await labelled(0);
    await page.getByText(/more are needed/).waitFor();
    await page.locator('.main').evaluate((element) => element.scrollTo(0, 0));
    await shot('quality-dark');
    await accessible();
    // Enough labels of both kinds, and the weights are refitted.
    const { answers: wrong } = await get(`/api/v1/quality/answers?${judged}&flagged=true&limit=20`);
    await send('/labels', wrong.map(({ kept }, i) => ({ kept, hallucinated: i % 2 === 0 })));
    await page.reload();
    const fit = page.getByRole('button', { name: 'Fit to your labels' });
    await fit.scrollIntoViewIfNeeded();
    await fit.click();
    await page.getByText('your weights').waitFor();
    await page.getByRole('button', { name: 'Back to the shipped weights' }).click();
    await page.getByText('shipped weights', { exact: true }).waitFor();
    await shot('quality-detector');
    // Bad input is said, and nothing is lost.
    await page.getByLabel('File of prompts').setInputFiles({ name: 'few.txt', mimeType: 'text/plain', buffer: Buffer.from('only one') });
    await page.locator('section[aria-label="Baselines"]').getByRole('alert').waitFor();
    await page.getByLabel('File of prompts').setInputFiles({ name: 'none.txt', mimeType: 'text/plain', buffer: Buffer.from('\n\n') });
    await page.getByText(/cannot read none\.txt: it holds no prompts/).waitFor();
    assert.equal((await get(`/api/v1/quality/baselines?${judged}`)).baselines.length, 1);
  });

  await step('the light theme is chosen once and stays', async () => {
    await open('/');
    await page.getByRole('button', { name: 'Light theme' }).click();
    await page.reload();
    assert.equal(await page.locator('html').getAttribute('data-mantine-color-scheme'), 'light');
    await settled();
    await shot('overview-light');
    await accessible();
    for (const [path, name] of [['/processes', 'processes'], [`/quality?${judged}`, 'quality'], ['/alerts', 'alerts'], ['/explore/logs?q=%7Bjob%3D%22llm-model%22%7D', 'explore-logs'], ['/explore/metrics?q=llm_process_cpu_percent', 'explore-metrics'], ['/dashboards/llm-serving', 'serving'], ['/status', 'status']]) {
      await open(path);
      await settled();
      await accessible();
      await shot(`${name}-light`);
    }
    await page.getByRole('button', { name: 'Dark theme' }).click();
  });

  await step('a phone shows the same without scrolling sideways', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    for (const path of ['/', '/processes', '/explore/metrics?q=up', '/explore/logs', `/quality?${judged}`, '/alerts', '/status', '/dashboards']) {
      await open(path);
      await page.locator('.page').waitFor();
      await settled();
      const wide = await page.evaluate(() => document.querySelector('.main').scrollWidth - document.querySelector('.main').clientWidth);
      assert.ok(wide <= 1, `${path} is ${wide} px too wide`);
      await shot(`phone${path.replace(/\W+/g, '-')}`);
      await accessible();
    }
  });

  await step('the keyboard alone reaches the pages', async () => {
    await open('/');
    await page.locator('.nav').waitFor();
    await page.bringToFront();
    const focused = () => page.evaluate(() => document.activeElement.textContent);
    await page.keyboard.press('Tab');
    assert.equal(await focused(), 'Skip to the page');
    for (const name of ['MonitorAI', 'Overview', 'Processes']) {
      await page.keyboard.press('Tab');
      assert.equal(await focused(), name);
    }
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/processes$/);
  });

  await step('Ctrl-K finds pages, processes and metrics', async () => {
    await open('/');
    await page.locator('.nav').waitFor();
    await page.bringToFront();
    const field = page.getByRole('combobox', { name: 'Go to' });
    const search = () => until(() => page.keyboard.press('Control+k'), (timeout) => field.waitFor({ timeout }));
    await search();
    await field.fill('cpu_percent');
    await page.getByRole('option').getByText('llm_process_cpu_percent').waitFor();
    await accessible();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await search();
    await field.fill('gpt2');
    await page.getByRole('option').first().getByText('process').waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/processes\/\d+/);
  });

  await step('an idle page of processes is pushed what changes and asks for nothing', async () => {
    await open('/processes');
    await page.getByRole('table').waitFor();
    await settled();
    const asked = [];
    const note = (request) => asked.push(new URL(request.url()).pathname);
    page.on('request', note);
    const cells = () => page.locator('table.processes tbody').textContent();
    const before = await cells();
    await page.waitForFunction((old) => document.querySelector('table.processes tbody').textContent !== old, before);
    page.off('request', note);
    assert.deepEqual(asked.filter((path) => path !== '/-/healthy' && path !== '/api/v1/alerts'), []);
  });

  await step('with a password the page asks for it where one is, and goes on there', async () => {
    const { stdout } = spawnSync(program, ['passwd'], { input: 'correct horse\n', encoding: 'utf8' });
    const locked = await startServe('127.0.0.1:0', 'locked', ['--set', `auth.password_hash=${stdout.trim()}`]);
    const stranger = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const one = await stranger.newPage();
    one.setDefaultTimeout(60_000);
    await one.goto(`${locked.base}/processes?q=gpt2`);
    await one.getByRole('button', { name: 'Log in' }).waitFor();
    await accessibleIn(one);
    await one.screenshot({ path: join(shots, 'login-dark.png') });
    await one.getByLabel('Password').fill('wrong horse');
    await one.keyboard.press('Enter');
    await one.getByRole('alert').getByText('do not fit').waitFor();
    await one.getByLabel('Password').fill('correct horse');
    await one.keyboard.press('Enter');
    await one.getByRole('table').waitFor();
    assert.match(one.url(), /\/processes\?q=gpt2$/);
    assert.equal(await one.evaluate(() => document.cookie), '');
    const [cookie] = await stranger.cookies();
    assert.deepEqual([cookie.name, cookie.httpOnly, cookie.sameSite], ['monitorai_session', true, 'Lax']);
    await one.reload();
    await one.getByRole('table').waitFor();
    // A page of another port of this machine has the cookie sent along, and is refused all the same.
    assert.equal(await one.evaluate(async () => (await fetch('/-/reload', { method: 'POST' })).status), 200);
    const elsewhere = await stranger.newPage();
    await elsewhere.goto(`${base}/favicon.svg`);
    await elsewhere.evaluate((url) => fetch(`${url}/api/v1/logout`, { method: 'POST', mode: 'no-cors', credentials: 'include' }), locked.base).catch(() => {});
    await one.reload();
    await one.getByRole('button', { name: 'Log out admin' }).click();
    await one.getByRole('button', { name: 'Log in' }).waitFor();
    assert.equal(await one.evaluate(async () => (await fetch('/api/v1/processes')).status), 401);
    await stranger.close();
    locked.child.kill('SIGINT');
    await ended(locked.child);
  });

  await step('a server that is gone is told, and the page goes on when it is back', async () => {
    await open('/processes');
    await page.getByRole('table').waitFor();
    served.child.kill('SIGINT');
    await ended(served.child);
    await page.getByText('No answer from monitorai.').waitFor({ timeout: patience });
    served = await startServe(base.replace('http://', ''));
    await page.getByText('No answer from monitorai.').waitFor({ state: 'detached', timeout: patience });
  });
}

await steps.run(main);
