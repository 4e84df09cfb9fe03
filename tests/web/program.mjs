// What the tests of the pages need of a real program and a real browser.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const root = new URL('../../', import.meta.url).pathname;
const require = createRequire(join(root, 'web/package.json'));
export const chromiumPath = process.env.CHROMIUM ?? '/usr/bin/chromium';
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
const ended = (child) => new Promise((resolve) => (child.exitCode !== null || child.signalCode !== null ? resolve() : child.once('exit', resolve)));

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
/** `monitorai serve` on free ports; its address. */
export async function serve(program, more = []) {
  const { found } = await start(program, ['serve', '--listen', '127.0.0.1:0', '--data', join(folder, 'data'), ...off, '--set', 'otlp.grpc.listen=off', '--set', 'traces.listen=off', '--set', 'collect.process.interval=1s', ...more], /Pages and APIs\s+(http:\/\/\S+)/);
  return found[1];
}

export const launch = () => chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] });

/** Waits for what `look` returns to be truthy. */
export async function eventually(what, look, everyMs = 200) {
  for (const end = Date.now() + patience; ; await new Promise((resolve) => setTimeout(resolve, everyMs))) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`never came: ${what}`);
  }
}

export async function accessible(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] }));
  assert.deepEqual(violations.map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => `${node.target} ${node.failureSummary.split('\n')[1]}`).join(' | ')}`), []);
}
