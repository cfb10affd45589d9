/** One mocha run in a process of its own, and what came of it file by file. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { seconds, warn } from './log.mjs';
import { root, tool } from './paths.mjs';
import { start, stop } from './proc.mjs';

/** After its last test a run has this long to end by itself; what still runs then is a leak. */
const usualGrace = 15_000;

function readResults(path) {
  if (!existsSync(path)) return { ended: false, files: {} };
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** Resolves to why the run must count as failed whatever its tests said, or to undefined. */
function waitForEnd(child, results, { timeout, grace }) {
  return new Promise((resolve) => {
    const began = Date.now();
    let endedAt;
    let verdict;
    const watch = setInterval(() => {
      if (!endedAt && readResults(results).ended) endedAt = Date.now();
      if (verdict) return;
      if (endedAt && Date.now() - endedAt > grace) {
        verdict = `it did not end within ${seconds(grace)} after its last test: something was left running`;
      } else if (Date.now() - began > timeout) {
        verdict = `it took longer than ${seconds(timeout)}`;
      }
      if (verdict) void stop(child);
    }, 250);
    const finish = (problem) => {
      clearInterval(watch);
      resolve(problem);
    };
    child.on('error', (error) => finish(error.message));
    child.on('exit', (code, signal) => {
      if (verdict) return finish(verdict);
      if (!readResults(results).ended) return finish(`it crashed (${signal ?? `exit code ${code}`})`);
      finish(code === 0 ? undefined : { exitCode: code });
    });
  });
}

/**
 * Runs mocha on `files`. Resolves to { files: { path: { passed, failed, skipped, ms } }, problem }.
 * `problem` is what no single test says: a crash, a run too long, a process left running.
 */
export async function runMocha(
  files,
  { args = [], env = {}, tmp, timeout, grace = usualGrace, quiet = false },
) {
  const results = join(tmp, `results-${process.hrtime.bigint()}.json`);
  const output = quiet ? 'ignore' : 'inherit';
  const child = start(
    process.execPath,
    [
      tool('mocha/bin/mocha.js'),
      '--reporter',
      join(root, 'scripts', 'lib', 'mocha-reporter.cjs'),
      ...args,
      ...files,
    ],
    {
      cwd: root,
      stdio: ['ignore', output, output],
      env: { ...process.env, ...env, IPC_LENS_RESULTS: results },
    },
  );
  let problem = await waitForEnd(child, results, { timeout, grace });
  const counts = readResults(results).files;
  rmSync(results, { force: true });
  if (problem?.exitCode !== undefined) {
    const failed = Object.values(counts).reduce((sum, file) => sum + file.failed, 0);
    problem = failed > 0 ? undefined : `mocha ended with exit code ${problem.exitCode} though no test failed`;
  }
  if (problem && !quiet) warn(`The run of mocha counts as failed: ${problem}.`);
  return { files: counts, problem };
}
