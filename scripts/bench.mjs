#!/usr/bin/env node
/** `npm run bench`: builds, measures, and puts the figures beside the goals of the design. Nothing fails for being slow. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { asMarkdown, asText } from './lib/bench-table.mjs';
import { ensureDebianPackages, tryInstall } from './lib/debian-packages.mjs';
import { checkNode, ensureDependencies } from './lib/dependencies.mjs';
import { findOnPath } from './lib/embedded-vscode.mjs';
import { withLock } from './lib/lock.mjs';
import { elapsed, Problem, reportAndExit, say, step, warn } from './lib/log.mjs';
import { dist, root } from './lib/paths.mjs';
import { atExit, run } from './lib/proc.mjs';
import { packageVsix } from './lib/vsix.mjs';

const usage = `Usage: npm run bench [-- options] [part...]
  parts: lint, keystroke, growth, start, kernel, recall, rewrites; all of them unless some are named
  --corpus DIR   lint: also the C files below DIR; recall: these instead of our own; several times
  --rounds N     how often lint and start measure
  --markdown     print the figures as Markdown
  --show         print the last figures of each part; measure nothing
  --help         this text

The figures of each part's last run lie in bench/results/latest.json, what recall has not heard of in survivors.txt beside it, and what rewrites lost or heard anew in
rewritten.txt.`;

const parts = {
  lint: 'ipc-lens check against cppcheck and clang-tidy',
  keystroke: 'from a keystroke to diagnostics',
  growth: 'time and memory with lines',
  start: 'what one waits for first',
  kernel: "snapshots of the kernel's objects",
  recall: 'slips made in programs, and how many of them are told',
  rewrites: 'the fixtures written otherwise, and what is still told of them',
};

const peers = [
  { commands: ['cppcheck'], packages: ['cppcheck'] },
  { commands: ['clang-tidy-19', 'clang-tidy'], packages: ['clang-tidy-19', 'clang-tidy'] },
];

const results = join(root, 'bench/results');
const latest = join(results, 'latest.json');
const survivors = join(results, 'survivors.txt');
const rewritten = join(results, 'rewritten.txt');

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        corpus: { type: 'string', multiple: true, default: [] },
        rounds: { type: 'string' },
        markdown: { type: 'boolean' },
        show: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    });
    const unknown = positionals.filter((name) => !(name in parts));
    if (unknown.length > 0) throw new Error(`There is no part ${unknown.join(', ')}.`);
    const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
    if (rounds !== undefined && !(Number.isInteger(rounds) && rounds > 0))
      throw new Error('--rounds takes a whole number above zero.');
    for (const folder of values.corpus)
      if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
        throw new Error(`${folder} is no folder.`);
    const corpus = values.corpus.map((folder) => resolve(folder));
    return { ...values, corpus, rounds, chosen: positionals.length > 0 ? positionals : Object.keys(parts) };
  } catch (error) {
    throw new Problem(error.message, usage);
  }
}

async function installPeers() {
  for (const { commands, packages } of peers) {
    if (commands.some(findOnPath)) continue;
    const problem = await tryInstall(packages, 'which npm run bench measures beside IPC Lens');
    if (problem) warn(`${commands[0]} is not measured: ${problem}`);
  }
}

/** A copy of what a package would hold: others may build into dist/ while this one is measured. */
async function buildCopy(work) {
  const args = [join(root, 'scripts/build.mjs'), '--production'];
  await step('building', () => run(process.execPath, args, { cwd: root, quiet: true }));
  const copy = join(work, 'dist');
  await withLock(join(root, 'build', 'ipc-lens.lock'), async () => cpSync(dist, copy, { recursive: true }));
  return copy;
}

async function sizeOfPackage() {
  const figure = { name: 'the package (VSIX)', unit: 'MB', goal: { at: 'most', value: 3 } };
  try {
    return { ...figure, value: statSync(await packageVsix()).size / 1024 / 1024 };
  } catch (error) {
    warn(error.message);
    return { ...figure, note: 'not measured: it could not be packaged' };
  }
}

/** Runs one part in a process of its own. Resolves to its figures. */
async function measure(name, { copy, work, corpus, rounds }) {
  const script = join(root, 'bench', `${name}.ts`);
  if (!existsSync(script)) return [{ name: parts[name], unit: '', note: 'not measured: not written yet' }];
  const own = mkdtempSync(join(work, `${name}-`));
  const out = join(own, 'figures.json');
  const setup = JSON.stringify({ dist: copy, work: own, corpus, rounds, out, survivors, rewritten });
  const env = { ...process.env, IPC_LENS_BENCH: setup, IPC_LENS_CORPUS: corpus.join(':') };
  const { code } = await run(process.execPath, ['--import', 'tsx', script], {
    cwd: root,
    env,
    allowFailure: true,
  });
  const figures = existsSync(out) ? JSON.parse(readFileSync(out, 'utf8')) : [];
  if (code !== 0) {
    process.exitCode = 1;
    figures.push({ name: parts[name], unit: '', note: 'not measured: it failed, see above' });
  }
  rmSync(own, { recursive: true, force: true });
  return figures;
}

function readLatest() {
  return existsSync(latest) ? JSON.parse(readFileSync(latest, 'utf8')) : {};
}

/** The kind of machine, without its name, and how busy it is beside us. */
function machine() {
  const model = cpus()[0]?.model.trim() || process.arch;
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB`;
  const load = `load ${loadavg()[0].toFixed(1)} before the run`;
  return [`${cpus().length} processors (${model})`, memory, `Node ${process.versions.node}`, load].join(', ');
}

async function main() {
  checkNode();
  const options = readArguments();
  if (options.help) return say(usage);
  const print = (results) =>
    say(`\n${options.markdown ? asMarkdown(results, parts) : asText(results, parts)}`);
  if (options.show) return print(readLatest());
  await ensureDependencies();
  await ensureDebianPackages();
  if (options.chosen.includes('lint')) await installPeers();
  const work = mkdtempSync(join(tmpdir(), 'ipcl-bench-'));
  atExit(() => rmSync(work, { recursive: true, force: true, maxRetries: 3 }));
  const copy = await buildCopy(work);
  mkdirSync(results, { recursive: true });
  const measured = {};
  for (const name of options.chosen) {
    const where = machine();
    const figures = await step(`${name}: ${parts[name]}`, () => measure(name, { ...options, copy, work }));
    if (name === 'start') figures.push(await sizeOfPackage());
    measured[name] = { at: new Date().toISOString(), machine: where, figures };
    writeFileSync(latest, `${JSON.stringify({ ...readLatest(), [name]: measured[name] }, null, 2)}\n`);
  }
  print(measured);
  say(`\nAll in ${elapsed()}.`);
}

main().catch(reportAndExit);
