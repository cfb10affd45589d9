/** The C programs: they compile without a warning, run, and every step knows its line. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { look, sameWait } from '../../server/demos/process-state';
import { type Program, programsOf } from '../../server/demos/program';
import { findCall, findScenario, scenarios } from '../../server/demos/registry';
import { endingOf, neverReturns, type Scenario } from '../../server/demos/scenario';
import { eventually, linux } from './support';

const run = promisify(execFile);

/** Each program once, in the order of its first process. */
const programs = (scenario: Scenario): Program[] => [...new Set(programsOf(scenario, findCall).values())];

/** A scenario that needs a step by hand, or whose processes wait for ever, does not end by itself. */
const endsByItself = (scenario: Scenario) =>
  !scenario.steps.some((step) => step.absent || neverReturns(step.expect));

/** The signal that ends a program's last step, if one does. */
function finalSignal(scenario: Scenario, program: Program): string | null {
  const owner = programsOf(scenario, findCall);
  const root = scenario.processes.find(
    ({ id, begins }) => begins !== 'fork' && owner.get(id)!.text === program.text,
  )!;
  const ending = endingOf(scenario.steps.findLast((step) => step.process === root.id)!.expect);
  return ending && 'killed' in ending ? ending.killed : null;
}

/** A program that is started later finds the others waiting, or gone. */
async function waitsOrEnds(child: ChildProcess, result: Promise<Ended>): Promise<void> {
  let over = false;
  void result.then(() => {
    over = true;
  });
  let before = look(child.pid!, nobody);
  await eventually(
    () => {
      const now = look(child.pid!, nobody);
      const settled = over || sameWait(before, now);
      before = now;
      return settled;
    },
    () => 'it does not settle',
  );
}

/**
 * Not one of those that need a privilege, another for each run of the tests and each scenario, since the kernel keeps a port
 * for a while; with its bytes swapped it is another one and free too.
 */
function portOf(scenario: Scenario): number {
  const high = process.pid % 0x57;
  const low = (high + 1 + (scenarios.indexOf(scenario) % 0x56)) % 0x57;
  return ((0x28 + high) << 8) | (0x28 + low);
}

/** No process is idle by the actor's sign. */
const nobody = { idleCall: -1, controlDescriptor: -1 };

interface Ended {
  status: number | null;
  signal: string | null;
  output: string;
}

function ended(child: ChildProcess): Promise<Ended> {
  let output = '';
  child.stdout!.on('data', (data: Buffer) => {
    output += data.toString();
  });
  child.stderr!.on('data', (data: Buffer) => {
    output += data.toString();
  });
  return new Promise((resolve) => {
    child.on('close', (status, signal) => resolve({ status, signal, output }));
  });
}

describe('generated C programs', function () {
  this.timeout(60_000);
  let directory: string;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'ipc-lens-programs-'));
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  for (const scenario of scenarios) {
    it(`${scenario.id}: every step has its line`, () => {
      const byProcess = programsOf(scenario, findCall);
      scenario.steps.forEach((step, index) => {
        const program = byProcess.get(step.process)!;
        const line = program.lines.get(index);
        assert.notEqual(line, undefined, `step ${index}`);
        const text = program.text
          .split('\n')
          .slice(line, line! + 3)
          .join('\n');
        assert.match(
          text,
          step.absent
            ? /^\s*\/\*[\s\S]*Missing here: /
            : new RegExp(`\\b${findCall(step.call).inC ?? step.call}(?:[([]|->)`),
        );
      });
      for (const program of programs(scenario)) {
        const long = program.text.split('\n').filter((line) => line.length > 120);
        assert.deepEqual(long, [], 'no line is too long to read');
        assert.ok(!program.text.includes('\t') && !/ $/m.test(program.text));
      }
    });

    (linux ? it : it.skip)(`${scenario.id} compiles without a warning and runs`, async () => {
      const binaries: string[] = [];
      for (const program of programs(scenario)) {
        const source = join(directory, program.file);
        const binary = source.replace(/\.c$/, '');
        writeFileSync(source, program.text.replace(/#define PORT \d+/, `#define PORT ${portOf(scenario)}`));
        const strict = [
          '-std=gnu17',
          '-Wall',
          '-Wextra',
          '-Wpedantic',
          '-Wshadow',
          '-Werror',
          '-O2',
          '-pthread',
        ];
        await run('gcc', [...strict, '-o', binary, source]);
        binaries.push(binary);
      }
      if (!endsByItself(scenario)) return;
      const later = scenario.processes.some((process) => process.begins === 'first-step');
      const cwd = join(directory, `run-${scenario.id.replace('/', '-')}`);
      mkdirSync(cwd);
      const results: Promise<Ended>[] = [];
      for (const binary of binaries) {
        const child = spawn(binary, { cwd, stdio: ['ignore', 'pipe', 'pipe'], timeout: 10_000 });
        const result = ended(child);
        results.push(result);
        if (later) await waitsOrEnds(child, result);
      }
      for (const [index, result] of (await Promise.all(results)).entries()) {
        const signal = finalSignal(scenario, programs(scenario)[index]!);
        assert.equal(result.signal, signal, result.output);
        if (signal === null) assert.equal(result.status, 0, result.output);
      }
    });
  }

  (linux ? it : it.skip)('prints what happens', async () => {
    const [program] = programs(findScenario('pipe/exchange')!);
    const source = join(directory, 'shown.c');
    writeFileSync(source, program!.text);
    await run('gcc', ['-std=gnu17', '-o', join(directory, 'shown'), source]);
    const { stdout } = await run(join(directory, 'shown'));
    assert.equal(
      stdout,
      'child: read gave 5 bytes: hello\nchild: read gave 0: end-of-file\nparent: the child exited with status 0\n',
    );
  });
});
