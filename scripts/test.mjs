#!/usr/bin/env node
/** `npm test`: everything CI checks, on any machine, with one command. The last line says `N passed, N failed`. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureDebianPackages } from './lib/debian-packages.mjs';
import { checkNode, ensureDependencies } from './lib/dependencies.mjs';
import { ensureEmbeddedVscode, findOnPath } from './lib/embedded-vscode.mjs';
import { elapsed, Problem, reportAndExit, say, warn } from './lib/log.mjs';
import { runMocha } from './lib/mocha-run.mjs';
import { root } from './lib/paths.mjs';
import { atExit, run } from './lib/proc.mjs';
import { checks, closingLine, rowsOf, runCheck, table, testFiles } from './lib/suites.mjs';
import { packageVsix } from './lib/vsix.mjs';

const usage = `Usage: npm test [-- options]
  --suite NAME   one suite: a folder of test/ (rules, e2e, ...) or "checks"; may be given several times
  --grep TEXT    only tests whose title holds TEXT
  --help         this text`;

const minutes = (count) => count * 60_000;
const themes = ['dark', 'light'];

function readArguments() {
  try {
    return parseArgs({
      options: {
        suite: { type: 'string', multiple: true },
        grep: { type: 'string' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new Problem(error.message, usage);
  }
}

/** All suites, or those which were asked for: { checks, unit, e2e }. */
function choose({ suite: asked, grep }) {
  const { e2e, ...unit } = testFiles();
  if (!asked) return { checks: !grep, unit, e2e };
  const known = ['checks', 'e2e', ...Object.keys(unit)];
  const unknown = asked.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new Problem(`No suite ${unknown.join(', ')}. There are: ${known.join(', ')}.`);
  return {
    checks: asked.includes('checks'),
    unit: Object.fromEntries(Object.entries(unit).filter(([name]) => asked.includes(name))),
    e2e: asked.includes('e2e') ? e2e : undefined,
  };
}

/** Folders of the tests lie in here; whatever they leave goes with it. The name is short: sockets have short paths. */
function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'ipcl-'));
  // As /tmp itself: tests which give up their privileges still reach their files.
  chmodSync(folder, 0o755);
  atExit(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}

/** Building and packaging is a test as well. What goes wrong in it is on the screen. */
async function runBuild() {
  const start = performance.now();
  const row = { name: 'build', passed: 1, failed: 0, skipped: 0 };
  let vsix;
  try {
    const command = [join(root, 'scripts/build.mjs'), '--production', '--require-native'];
    await run(process.execPath, command, { cwd: root });
    vsix = await packageVsix();
  } catch (error) {
    warn(error.message);
    Object.assign(row, { passed: 0, failed: 1 });
  }
  return { row: { ...row, ms: performance.now() - start }, vsix };
}

async function runUnit(unit, { grep, tmp, vsix }) {
  const files = Object.values(unit).flat();
  if (files.length === 0) return [];
  say(`-- ${files.length} test files in ${Object.keys(unit).join(', ')}`);
  const result = await runMocha(files, {
    args: grep ? ['--grep', grep] : [],
    env: { TMPDIR: tmp, ...(vsix && { IPC_LENS_VSIX: vsix }) },
    tmp,
    timeout: minutes(40),
  });
  return rowsOf(unit, result, { allowEmpty: Boolean(grep) });
}

function whyNoEndToEnd() {
  if (process.platform !== 'linux') return `the end-to-end tests run on Linux; this is ${process.platform}`;
  const browsers = ['chromium', 'chromium-browser', 'google-chrome'];
  if (!browsers.some(findOnPath))
    return 'Chromium is not installed (Debian, as root: apt-get install chromium)';
  return undefined;
}

async function runEndToEnd(files, { grep, tmp, vsix }) {
  if (!files) return [];
  const obstacle = whyNoEndToEnd();
  if (obstacle) {
    warn(`THE END-TO-END TESTS ARE SKIPPED: ${obstacle}`);
    return themes.map((theme) => ({ name: `e2e (${theme})`, passed: 0, failed: 0, skipped: 1, ms: 0 }));
  }
  await ensureEmbeddedVscode();
  const rows = [];
  for (const theme of themes) {
    say(`-- end to end in VS Code, ${theme} theme`);
    const result = await runMocha(files, {
      args: [
        '--timeout',
        '60000',
        '--require',
        join(root, 'test/e2e/harness/hooks.ts'),
        ...(grep ? ['--grep', grep] : []),
      ],
      env: { TMPDIR: tmp, IPC_LENS_VSIX: vsix, IPC_LENS_THEME: theme },
      tmp,
      timeout: minutes(10),
    });
    const rename = (name) => `${name} (${theme})`;
    rows.push(...rowsOf({ e2e: files }, result, { allowEmpty: Boolean(grep), rename }));
  }
  return rows;
}

async function main() {
  checkNode();
  const options = readArguments();
  if (options.help) return say(usage);
  await ensureDependencies();
  await ensureDebianPackages();
  const chosen = choose(options);
  const tmp = temporaryFolder();
  const rows = [];
  if (chosen.checks) {
    say('-- checking format, types and imports');
    rows.push(...(await Promise.all(checks.map(runCheck))));
  }
  const { row, vsix } = await runBuild();
  rows.push(row);
  const context = { grep: options.grep, tmp, vsix };
  rows.push(...(await runUnit(chosen.unit, context)));
  if (vsix) rows.push(...(await runEndToEnd(chosen.e2e, context)));
  else if (chosen.e2e) warn('The end-to-end tests did not run: there is no package to install.');
  const ran = rows.some(
    ({ name, passed, failed, skipped }) => name !== 'build' && passed + failed + skipped > 0,
  );
  if (!ran && vsix) rows.push({ name: 'no test ran', passed: 0, failed: 1, skipped: 0, ms: 0 });
  for (const { empty = [] } of rows) {
    for (const path of empty) warn(`${relative(root, path)} ran no test`);
  }
  say(`\n${table(rows)}\n\nAll in ${elapsed()}.`);
  say(closingLine(rows));
  process.exitCode = rows.some(({ failed }) => failed > 0) ? 1 : 0;
}

main().catch(reportAndExit);
