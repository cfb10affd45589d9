/**
 * What a person may do by hand, generated: any call of a subject, in any process, with what is offered as its arguments, after
 * any part of the script. The C of it compiles without a warning. IPC_LENS_SESSIONS says how many sessions a subject gets.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { scenarios } from '../../server/demos/registry';
import type { DemoView, OfferedCall, OfferedParameter, ProcessView } from '../../server/demos/view';
import { Playing } from './hand';
import { linux } from './support';

const run = promisify(execFile);
const strict = ['-std=gnu17', '-Wall', '-Wextra', '-Werror', '-O2', '-c', '-o', '/dev/null'];
const sessions = Number(process.env.IPC_LENS_SESSIONS ?? 2);
const callsEach = 36;

/** Chooses as a series of numbers tells. */
class Chooser {
  private at = 0;
  constructor(private readonly numbers: readonly number[]) {}

  below(bound: number): number {
    return this.numbers[this.at++ % this.numbers.length]! % bound;
  }

  of<T>(list: readonly T[]): T | undefined {
    return list.length === 0 ? undefined : list[this.below(list.length)];
  }
}

const numbers = fc.array(fc.nat({ max: 0xffff }), { minLength: 997, maxLength: 997 });

/** Names in an expression: `fd[1]`, but no constant. */
const namesOf = (text: string) => text.match(/\b[a-z]\w*(?:\[\d+\])?/g) ?? [];

/** What a person would put in: what stands there already if the process has it, what the demos give, a choice, or what it has. */
function argumentFor(parameter: OfferedParameter, process: ProcessView, choose: Chooser): string {
  const { kind, initial, examples, choices, fixed } = parameter;
  if (fixed) return choose.of(choices)?.text ?? initial;
  const way = choose.below(8);
  if (kind === 'variable') return way < 6 ? initial : `mine${choose.below(3)}`;
  if (way < 2 && choices.length > 0) return choose.of(choices)!.text;
  if (way < 4 && examples.length > 0) return choose.of(examples)!;
  if (kind === 'text' || kind === 'address') return initial;
  const own = (process.variables ?? [])
    .filter(({ name, value }) => !/bytes$/.test(value) && !/_KEY$/.test(name))
    .map(({ name }) => name);
  const known =
    initial !== '' && namesOf(initial).every((name) => own.includes(name) || /^[&s]/.test(initial));
  return known && way < 7 ? initial : (choose.of(own) ?? initial);
}

function requestFor(call: OfferedCall, process: ProcessView, choose: Chooser) {
  const needed = call.parameters.filter(({ optional }) => !optional).length;
  const given = needed + choose.below(call.parameters.length - needed + 1);
  const args = call.parameters
    .slice(0, given)
    .map((parameter) => (parameter.counts ? '' : argumentFor(parameter, process, choose)));
  const into = call.into ?? (choose.below(3) === 0 ? `kept${choose.below(3)}` : undefined);
  return { process: process.id, call: call.name, args, ...(into ? { into } : {}) };
}

const idle = ({ processes }: DemoView) =>
  processes.filter(({ state, runs }) => state === 'running' && runs === undefined);

/** Ends that would leave nobody to go on. */
const rare = new Set(['exit', '_exit', 'execlp', 'raise', 'kill', 'pause', 'alarm', 'sigsuspend']);

(linux ? describe : describe.skip)('what is done by hand, as C', function () {
  this.timeout(120_000);
  let directory: string;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'ipc-lens-generated-'));
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  /** Plays as the numbers say; answers with the programs and with what was issued. */
  async function playFreely(subject: string, choose: Chooser) {
    const playing = new Playing();
    const { demos } = playing;
    try {
      const scenario = choose.of(scenarios.filter((one) => one.subject === subject))!;
      let view = await demos.open(scenario.id);
      const { session } = view;
      for (let steps = choose.below(scenario.steps.length); steps > 0 && view.state === 'ready'; steps--)
        view = await demos.act(session, 'step');
      if (choose.below(3) > 0) view = await demos.act(session, 'leave');
      const { calls } = await demos.offer(session);
      const often = calls.filter(({ group, name }) => group !== 'other' && !rare.has(name));
      const issued: string[] = [];
      for (let number = 0; number < callsEach; number++) {
        const process = choose.of(idle(view));
        const call = choose.of(choose.below(12) === 0 ? calls : often)!;
        const request = process
          ? requestFor(call, process, choose)
          : {
              process: view.processes[0]!.id,
              call: view.processes.length < 8 ? 'start' : 'SIGKILL',
              args: [],
            };
        const answer = await demos.issue(session, request);
        view = answer.view;
        if (!answer.refused) issued.push(call.name);
        if (view.state === 'failed') break;
      }
      return { scenario, issued, programs: demos.project(scenario.id, session).files };
    } finally {
      await playing.end();
    }
  }

  /** What the compiler says against the programs; empty when all is well. */
  async function complaints(files: { path: string; text: string }[]): Promise<string> {
    let said = '';
    for (const { path, text } of files.filter(({ path }) => path.endsWith('.c'))) {
      const source = join(directory, path);
      writeFileSync(source, text);
      said += await run('gcc', [...strict, source]).then(
        () => '',
        (error: { stderr: string }) => error.stderr,
      );
    }
    return said;
  }

  for (const subject of new Set(scenarios.map((one) => one.subject)))
    it(`of ${subject} compiles without a warning`, async () => {
      const seed = Number(process.env.IPC_LENS_SEED ?? 20_260_101);
      let accepted = 0;
      for (const series of fc.sample(numbers, { numRuns: sessions, seed })) {
        const { scenario, issued, programs } = await playFreely(subject, new Chooser(series));
        accepted += issued.length;
        const said = await complaints(programs);
        assert.equal(said, '', `${scenario.id}:\n${said}`);
      }
      assert.ok(accepted >= 5 * sessions, `only ${accepted} calls were accepted`);
    });
});
