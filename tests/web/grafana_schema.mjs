// Our dashboard files against the types that Grafana publishes (@grafana/schema): a field that Grafana does not know, or a value that it
// does not take, is an error of the compiler.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = new URL('../../', import.meta.url).pathname;
const web = join(root, 'web');
const folder = mkdtempSync(join(web, 'node_modules', '.schema-'));
const names = readdirSync(join(root, 'dashboards')).filter((name) => name.endsWith('.json'));

// The types carry enumerations; a file has their values. Panels of a row are panels.
const types = `import type { Dashboard } from '@grafana/schema';
type Plain<T> = T extends string ? \`\${T}\` | T : T extends number ? (number extends T ? number : \`\${T}\` extends \`\${infer N extends number}\` ? N | T : T)
  : T extends readonly (infer U)[] ? Plain<U>[] : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;
/** What an export for import elsewhere has on top. */
interface Exported { __inputs?: unknown; __requires?: unknown; style?: string }
export type File = Plain<Omit<Dashboard, 'annotations'>> & Exported & { annotations?: unknown };
`;
try {
  writeFileSync(join(folder, 'types.ts'), types);
  for (const name of names) writeFileSync(join(folder, name.replace('.json', '.ts')), `import type { File } from './types';\nexport default ${readFileSync(join(root, 'dashboards', name), 'utf8').trim()} satisfies File;\n`);
  // Each has to fail, else the check checks nothing.
  const broken = { title: 'title: 5', panels: 'panels: [{ type: "stat", fieldConfig: { defaults: { unit: 7 }, overrides: [] } }]', unknown: 'titel: "x"' };
  for (const [name, field] of Object.entries(broken)) writeFileSync(join(folder, `broken_${name}.ts`), `import type { File } from './types';\nexport default { schemaVersion: 41, ${field} } satisfies File;\n`);
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: { strict: true, noEmit: true, module: 'ESNext', moduleResolution: 'bundler', target: 'ES2022', skipLibCheck: true, types: [] }, include: ['*.ts'] }));
  let said = '';
  try {
    execFileSync(process.execPath, [join(web, 'node_modules/typescript/bin/tsc'), '-p', folder], { encoding: 'utf8' });
  } catch (error) {
    said = error.stdout;
  }
  const lines = said.split('\n').filter((line) => /^\S.*error TS/.test(line));
  const ours = lines.filter((line) => !line.includes('broken_'));
  for (const name of Object.keys(broken)) if (!lines.some((line) => line.includes(`broken_${name}`))) ours.push(`broken_${name}.ts was accepted`);
  if (ours.length) {
    console.error(said);
    console.error(`FAILED: ${ours.length} errors`);
    process.exitCode = 1;
  } else console.log(`${names.length} dashboards fit Grafana's schema`);
} finally {
  rmSync(folder, { recursive: true });
}
