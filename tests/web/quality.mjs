// The Quality page in Chromium, against a real `monitorai serve` and the answers of a real `monitorai demo`: from the empty page to a flagged
// answer, its label, the fit; a baseline made, pinned, compared; and the server gone.
// usage: node quality.mjs MONITORAI FOLDER-FOR-SCREENSHOTS [PATTERN of the steps to run]
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { accessible, eventually, folder, launch, patience, serve, start, Steps } from './program.mjs';

const [, , program, shots, only = ''] = process.argv;
const steps = new Steps('quality', shots, only);
const { step } = steps;
const wide = { width: 1440, height: 900 };

await steps.run(async () => {
  const { base, child: server } = await serve(program, { more: ['--set', 'quality.drift.interval=1s', '--set', 'quality.drift.baseline_rows=60', '--set', 'quality.drift.window=20s', '--set', 'rules.files=[]', '--set', 'logs.detected=off', '--set', 'logs.files=[]'] });
  const browser = await launch();
  const context = await browser.newContext({ viewport: wide, permissions: ['clipboard-read', 'clipboard-write'] });
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  steps.watch(page, /status of 400|ERR_CONNECTION_REFUSED/);
  const open = (path) => page.goto(base + path);
  const get = async (path) => (await fetch(`${base}/api/v1/quality${path}`)).json();
  const settled = () => page.waitForFunction(() => !document.querySelector('.panel-wait, .busy, [aria-busy="true"]'));
  // The page scrolls within .main: a tall window shows all of it.
  const whole = async (name, width, scheme) => {
    await page.evaluate((value) => localStorage.setItem('monitorai-scheme', value), scheme);
    await page.setViewportSize({ width, height: 900 });
    await page.reload();
    await page.locator('.page').waitFor();
    await settled();
    const { tall, over } = await page.evaluate(() => { const main = document.querySelector('.main'); return { tall: main.scrollHeight, over: main.scrollWidth - main.clientWidth }; });
    assert.ok(over <= 1, `${name} is ${over} px too wide`);
    await page.setViewportSize({ width, height: Math.min(6000, Math.max(900, tall + 80)) });
    await settled();
    await page.screenshot({ path: join(shots, `${name}-${scheme}-${width}.png`) });
    await accessible(page);
  };
  const looks = async (name, all = false) => {
    for (const [width, scheme] of all ? [[390, 'light'], [1440, 'light'], [390, 'dark'], [1920, 'dark']] : [[1440, 'dark']]) await whole(name, width, scheme);
    await page.setViewportSize(wide);
  };

  await step('the empty page says what to do, in commands that can be copied and work', async () => {
    await open('/quality');
    await page.getByText('Nothing was judged yet').waitFor();
    for (const title of ['From a Python program', 'From anything else', 'What comes by itself', 'Or see it first']) await page.getByRole('heading', { name: title }).waitFor();
    await page.getByRole('button', { name: 'Copy: demo' }).click();
    await page.getByRole('button', { name: 'Copy: demo' }).getByText('Copied').waitFor();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), `monitorai demo --incident hallucination --url ${base}`);
    await looks('quality-empty', true);
  });

  const key = 'model=Qwen%2FQwen2.5-7B-Instruct&service=demo%2Fhallucination';
  await step('the answers of the demo raise an alarm, and are shown beside their facts', async () => {
    const demo = await start(program, ['demo', '--dir', folder, '--json', '--only', 'vllm', '--incident', 'hallucination', '--incident-after', '20s', '--incident-for', '10m', '--url', base], /^(\{.*"processes".*\})$/m);
    await open('/quality');
    await page.locator('section[aria-label="Baselines"]').waitFor();
    await page.locator('.verdict .tag').getByText('alarm').first().waitFor();
    await eventually('enough flagged answers', async () => (await get(`/answers?${key}&flagged=true&limit=40`)).answers.length === 40);
    // The story goes on without further answers, so that no card moves under the pointer.
    demo.child.kill('SIGINT');
    await page.reload();
    const card = page.locator('article.judged-answer.flagged').first();
    await card.locator('mark').first().waitFor();
    assert.ok(await card.locator('mark .missing').count() >= 1, 'numbers and names that the facts lack stand out');
    await card.getByText(/The warranty lasts/).first().waitFor();
    await page.getByRole('img', { name: /^Scores of [\d,]+ answers/ }).waitFor();
    await page.getByRole('img', { name: /^Now .* usual .* limit 10 %/ }).waitFor();
    await page.getByRole('img', { name: /^ROC curve, area 0\.9/ }).waitFor();
    await looks('quality-alarm', true);
  });

  await step('labels are given by mouse and by keyboard, and the fit learns from them', async () => {
    await open(`/quality?${key}`);
    const cards = page.locator('article.judged-answer.flagged');
    await page.getByRole('button', { name: 'Show more' }).click();
    await page.waitForFunction(() => document.querySelectorAll('article.judged-answer').length >= 20);
    await cards.nth(0).getByRole('button', { name: 'Wrong' }).focus();
    await page.keyboard.press('Space');
    await cards.nth(0).getByRole('button', { name: 'Wrong', pressed: true }).waitFor();
    for (let i = 1; i < 20; ++i) {
      const name = i % 2 ? 'Right' : 'Wrong';
      await cards.nth(i).getByRole('button', { name }).click();
      await cards.nth(i).getByRole('button', { name, pressed: true }).waitFor();
    }
    await eventually('the labels', async () => { const { labels } = await get('/weights'); return labels.hallucinated === 10 && labels.sound === 10; });
    const fit = page.getByRole('button', { name: 'Fit to your labels' });
    await page.waitForFunction(() => [...document.querySelectorAll('button')].some((one) => one.textContent === 'Fit to your labels' && !one.disabled));
    await fit.click();
    await page.getByText('your weights').waitFor();
    await page.getByText(/20 answers that were labelled here/).waitFor();
    assert.equal((await get('/weights')).shipped, false);
    await page.getByRole('img', { name: /^ROC curve/ }).scrollIntoViewIfNeeded();
    await looks('quality-fitted');
    await page.getByRole('button', { name: 'Back to the shipped weights' }).click();
    await page.getByText('shipped weights', { exact: true }).waitFor();
  });

  await step('a baseline is made of a window, pinned, compared, replaced and removed', async () => {
    await open(`/quality?${key}`);
    const form = page.locator('section[aria-label="Baselines"]');
    const list = page.getByRole('region', { name: 'List of baselines' });
    await list.getByRole('row', { name: /the first 60 prompts.*in use/ }).waitFor();
    await list.getByRole('row', { name: /the first 60 prompts/ }).getByRole('button', { name: 'Pin' }).click();
    await list.getByRole('row', { name: /the first 60 prompts.*in use, pinned/ }).waitFor();
    await form.getByLabel('Name of the baseline').fill('of this hour');
    await form.getByLabel('Prompts of the last').selectOption({ label: '2 hours' });
    await form.getByRole('button', { name: 'Make it the baseline' }).click();
    await list.getByRole('row', { name: /of this hour.*in use, pinned/ }).waitFor();
    await list.getByRole('row', { name: /of this hour/ }).getByRole('button', { name: 'Compare' }).click();
    await form.getByLabel('of this hour with').selectOption({ label: 'the first 60 prompts (version 1)' });
    await page.waitForURL(/with=\d+/);
    await form.getByText(/: score 0\.\d\d \(by chance up to 0\.\d\d\)/).waitFor();
    await looks('quality-compared');
    await list.getByRole('row', { name: /the first 60 prompts/ }).getByRole('button', { name: 'Use and pin' }).click();
    await list.getByRole('row', { name: /the first 60 prompts.*in use, pinned/ }).waitFor();
    await list.getByRole('button', { name: /Remove of this hour/ }).click();
    await eventually('it is gone', async () => (await get(`/baselines?${key}`)).baselines.length === 1);
  });

  await step('prompts that change are shown: the band of chance, the topic, its prompts', async () => {
    const { found } = await start(program, ['demo', '--dir', folder, '--json', '--only', 'vllm', '--incident', 'drift', '--incident-after', '15s', '--incident-for', '10m', '--url', base], /^(\{.*"processes".*\})$/m).catch((error) => { throw new Error(`the demo: ${error.message}`); });
    assert.ok(found);
    const drifting = 'model=Qwen%2FQwen2.5-7B-Instruct&service=demo%2Fdrift';
    await eventually('the alarm', async () => (await get(`/drift?${drifting}`)).series[0]?.alarm);
    await open(`/quality?${drifting}`);
    await page.locator('.verdict .tag').getByText('alarm').first().waitFor();
    await page.getByRole('region', { name: 'What changed in this window' }).getByText(/Summarise the clause/).first().waitFor();
    assert.ok(await page.getByRole('group', { name: 'Tests' }).getByRole('button').count() >= 4);
    await looks('quality-drift');
  });

  await step('what an alarm is about is no part of what is usual, until a person accepts it', async () => {
    const other = await serve(program, { data: 'usual', more: ['--set', 'quality.hallucination.window=10s', '--set', 'rules.files=[]', '--set', 'logs.detected=off', '--set', 'logs.files=[]'] });
    const judged = (answer, count) => fetch(`${other.base}/api/v1/quality/evaluate`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(Array.from({ length: count }, () => ({ model: 'm', answer, facts: 'The tower is 330 metres tall.' }))) });
    const now = async () => (await (await fetch(`${other.base}/api/v1/quality/hallucination`)).json()).series[0];
    await judged('The tower is 330 metres tall.', 250);
    await eventually('something is usual', async () => (await now()).usual.judged >= 200, 1000);
    await page.goto(`${other.base}/quality?model=m`);
    const accept = page.getByRole('button', { name: 'Accept it as usual' });
    await eventually('an alarm holds back what it is about', async () => { await judged('The tower is 450 metres tall.', 40); return accept.isVisible(); }, 3000);
    await page.getByText(/answers belong to an alarm and are no part of what is usual; were it to last/).waitFor();
    await accessible(page);
    await page.screenshot({ path: join(shots, 'quality-held.png') });
    await accept.click();
    await accept.waitFor({ state: 'hidden' });
    assert.equal((await now()).usual.held, 0);
    other.child.kill('SIGINT');
  });

  await step('a server that is gone is said once, what is shown stays, and a label that is lost is taken back', async () => {
    await open(`/quality?${key}`);
    const wrong = page.locator('article.judged-answer').nth(5).getByRole('button', { name: 'Right' });
    await wrong.waitFor();
    const before = await wrong.getAttribute('aria-pressed');
    const gone = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGTERM');
    await gone;
    await wrong.click();
    await page.getByRole('alert').getByText(/monitorai does not answer/).first().waitFor();
    await eventually('the label is as it was', async () => (await wrong.getAttribute('aria-pressed')) === before);
    assert.ok(await page.locator('article.judged-answer').count() > 0, 'what is known stays');
    // That of the label, and one for all that the page asks again and again.
    await eventually('the alerts', async () => (await page.getByRole('alert').count()) === 2);
    await page.locator('.page > .error').waitFor();
    await page.screenshot({ path: join(shots, 'quality-gone.png') });
    await accessible(page);
  });
});
