/** The suites of `npm test`: a suite is a folder of test/; the checks of the sources are suites of one test each. */
import { readdirSync } from 'node:fs';
import { join, sep } from 'node:path';
import { say } from './log.mjs';
import { root, tool } from './paths.mjs';
import { run } from './proc.mjs';

export const checks = [
  { name: 'format and lint', command: [tool('@biomejs/biome/bin/biome'), 'check', '.'] },
  { name: 'types', command: [tool('typescript/bin/tsc'), '--noEmit'] },
  {
    name: 'imports',
    command: [
      tool('dependency-cruiser/bin/dependency-cruise.mjs'),
      '--config',
      join(root, '.dependency-cruiser.cjs'),
      'catalog',
      'server',
      'client',
    ],
  },
];

/** Runs a check of the sources: one test which passes or fails. */
export async function runCheck({ name, command }) {
  const start = performance.now();
  const { code, output } = await run(process.execPath, command, {
    cwd: root,
    quiet: true,
    allowFailure: true,
  });
  if (code !== 0) say(`\n${output.trimEnd()}`);
  say(`   ${code === 0 ? 'passed' : 'FAILED'}: ${name}`);
  const passed = code === 0 ? 1 : 0;
  return { name, passed, failed: 1 - passed, skipped: 0, ms: performance.now() - start };
}

/** Every test file by its suite, e2e included: { suite: [files] }. */
export function testFiles() {
  const folder = join(root, 'test');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.test\.tsx?$/.test(file) && !file.startsWith(`output${sep}`))
    .sort();
  const suites = {};
  for (const file of files) {
    const suite = file.includes(sep) ? file.slice(0, file.indexOf(sep)) : '(test)';
    (suites[suite] ??= []).push(join(folder, file));
  }
  return suites;
}

const none = () => ({ passed: 0, failed: 0, skipped: 0, ms: 0 });

const ranIn = ({ passed, failed, skipped }) => passed + failed + skipped;

/**
 * The rows of the table: the counts of one mocha run by suite. A file which ran no test is a failure of its own,
 * unless something else failed which explains it; `empty` lists them.
 */
export function rowsOf(suites, { files, problem }, { allowEmpty, rename = (name) => name }) {
  const known = new Set(Object.values(suites).flat());
  // What mocha could not give to a file: a root hook which failed.
  const hooksFailed = Object.entries(files)
    .filter(([path]) => !known.has(path))
    .reduce((sum, [, counts]) => sum + counts.failed, 0);
  const mayBeEmpty = allowEmpty || Boolean(problem) || hooksFailed > 0;
  const rows = Object.entries(suites).map(([suite, paths]) => {
    const row = { name: rename(suite), ...none(), empty: [] };
    for (const path of paths) {
      const counts = files[path] ?? none();
      for (const key of Object.keys(counts)) row[key] += counts[key];
      if (ranIn(counts) > 0 || mayBeEmpty) continue;
      row.empty.push(path);
      row.failed += 1;
    }
    return row;
  });
  if (hooksFailed > 0) rows.push({ ...none(), name: rename('hooks'), failed: hooksFailed });
  if (problem) rows.push({ ...none(), name: rename('the run itself'), failed: 1 });
  return rows;
}

export function table(rows) {
  const width = Math.max(...rows.map(({ name }) => name.length), 5);
  const line = (name, ...cells) =>
    name.padEnd(width) + cells.map((cell) => String(cell).padStart(9)).join('');
  return [
    line('suite', 'passed', 'failed', 'skipped', 'seconds'),
    '-'.repeat(width + 36),
    ...rows.map((row) => line(row.name, row.passed, row.failed, row.skipped, (row.ms / 1000).toFixed(1))),
  ].join('\n');
}

/** The closing line, which other programs read. */
export function closingLine(rows) {
  const sum = (key) => rows.reduce((total, row) => total + row[key], 0);
  const skipped = sum('skipped');
  return `${sum('passed')} passed, ${sum('failed')} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
