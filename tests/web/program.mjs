// What the tests of the pages need of a real program and a real browser.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const root = new URL('../../', import.meta.url).pathname;
const require = createRequire(join(root, 'web/package.json'));
const chromiumPath = process.env.CHROMIUM ?? '/usr/bin/chromium';
if (!existsSync(chromiumPath)) {
  console.log('skipped: chromium is not installed');
  process.exit(77);
}
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
/** Of anything that has to happen at last, on a machine that does much else. */
export const patience = 120_000;

export const folder = mkdtempSync(join(tmpdir(), 'monitorai-web-'));
const children = [];
export const ended = (child) => new Promise((resolve) => (child.exitCode !== null || child.signalCode !== null ? resolve() : child.once('exit', resolve)));

/** Starts a program and waits until what it prints matches. */
export function start(program, args, ready) {
  const child = spawn(program, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  return new Promise((resolve, reject) => {
    let output = '';
    const timer = setTimeout(() => reject(new Error(`${args[0]} did not start:\n${output}`)), patience);
    const take = (data) => {
      output += data;
      const found = ready.exec(output);
      if (!found) return;
      clearTimeout(timer);
      resolve({ child, found });
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`${args[0]} ended with ${code}:\n${output}`)));
  });
}
export async function stopAll() {
  for (const child of children) child.kill('SIGINT');
  await Promise.all(children.map(ended));
  rmSync(folder, { recursive: true, force: true });
}

const off = ['exporters.process.listen', 'exporters.gpu.listen', 'metrics.listen', 'logs.listen', 'otlp.http.listen'].flatMap((key) => ['--set', `${key}=127.0.0.1:0`]);
/** `monitorai serve` on free ports, with `more` arguments: its process and its address. */
export async function serve(program, { listen = '127.0.0.1:0', data = 'data', more = [] } = {}) {
  const { child, found } = await start(program, ['serve', '--listen', listen, '--data', join(folder, data), ...off, '--set', 'otlp.grpc.listen=off', '--set', 'traces.listen=off', '--set', 'collect.process.interval=1s', ...more], /Pages and APIs\s+(http:\/\/\S+)/);
  return { child, base: found[1] };
}

export const launch = (more = []) => chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', ...more] });

/** Waits for what `look` returns to be truthy. */
export async function eventually(what, look, everyMs = 200) {
  for (const end = Date.now() + patience; ; await new Promise((resolve) => setTimeout(resolve, everyMs))) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`never came: ${what}`);
  }
}

/** Does something again until its result is there: the page may not have listened yet. */
export async function until(act, isDone) {
  for (const end = Date.now() + patience; ;) {
    await act();
    try {
      return await isDone(1000);
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}

/** The steps of a test of pages, one after the other on one page: those whose name matches `only`. A step that fails leaves a picture of the
 * page, SHOTS/failed-NAME-N.png, and the next one runs. */
export class Steps {
  problems = [];
  complaints = [];
  current = 'start';

  constructor(name, shots, only) {
    Object.assign(this, { name, shots, only: new RegExp(only) });
    mkdirSync(shots, { recursive: true });
  }
  /** The page that steps run on; what it complains about is kept, unless it is `expected`. */
  watch(page, expected) {
    this.page = page;
    page.on('console', (message) => message.type() === 'error' && !expected.test(message.text()) && this.complaints.push(`${this.current}: ${message.text()}`));
    page.on('pageerror', (error) => this.complaints.push(`${this.current}: ${error.stack}`));
  }
  step = async (name, run) => {
    if (!this.only.test(name)) return;
    this.current = name;
    await this.page.setViewportSize({ width: 1440, height: 900 });
    const began = Date.now();
    try {
      await run();
      console.log(`ok    ${name} (${Date.now() - began} ms)`);
    } catch (error) {
      this.problems.push(name);
      console.log(`FAIL  ${name}: ${error.message.split('\n').slice(0, 14).join('\n      ')}`);
      await this.page.screenshot({ path: join(this.shots, `failed-${this.name}-${this.problems.length}.png`) }).catch(() => {});
    }
  };
  /** Runs `main`, the last step, and the end of all programs; ends with 1 when anything failed. */
  async run(main) {
    try {
      await main();
      await this.step('the browser had nothing to complain about', async () => assert.deepEqual(this.complaints, []));
      await this.page.context().browser().close();
    } catch (error) {
      this.problems.push(error.stack);
      console.error(error);
    } finally {
      await stopAll();
    }
    if (!this.problems.length) return;
    console.error(`FAILED: ${this.problems.length} steps`);
    process.exit(1);
  }
}

/** Has no violation of WCAG 2.1 AA, nor of axe's best practice. */
export async function accessible(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] }));
  assert.deepEqual(violations.map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => `${node.target} ${node.failureSummary.split('\n')[1]}`).join(' | ')}`), []);
}
