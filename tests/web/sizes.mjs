// What a browser has to load: the first page at most 200 kB, each further page at most 160 kB on top (gzip, as it is served).
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const firstMax = 200_000;
const pageMax = 160_000;
const dist = process.argv[2];
const files = new Map(readdirSync(join(dist, 'assets')).map((name) => [name, readFileSync(join(dist, 'assets', name), 'utf8')]));
const size = (name) => gzipSync(files.get(name), { level: 9 }).length;

/** A file with all that it imports statically. */
function closure(name, found = new Set()) {
  if (found.has(name) || !files.has(name)) return found;
  found.add(name);
  for (const [, other] of files.get(name).matchAll(/(?:from|import)\s*["']\.\/([^"']+)["']/g)) closure(other, found);
  return found;
}
const total = (names) => [...names].reduce((sum, name) => sum + size(name), 0);
const html = readFileSync(join(dist, 'index.html'), 'utf8');
const first = new Set();
for (const [, name] of html.matchAll(/(?:src|href)="\/assets\/([^"]+)"/g)) closure(name, first);
const pages = [...files.keys()].filter((name) => name.endsWith('.js') && !first.has(name)).map((name) => {
  const more = [...closure(name)].filter((one) => !first.has(one));
  return { name, bytes: total(more) };
}).sort((a, b) => b.bytes - a.bytes);
const firstBytes = total(first) + gzipSync(html).length;
console.log(`first load: ${firstBytes} bytes of ${firstMax}`);
for (const { name, bytes } of pages.slice(0, 8)) console.log(`${name}: ${bytes} bytes of ${pageMax}`);
const tooBig = pages.filter((page) => page.bytes > pageMax);
if (!files.size || !first.size || firstBytes > firstMax || tooBig.length) {
  console.error('FAILED: too big, or nothing found');
  process.exitCode = 1;
}
