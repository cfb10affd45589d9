/** The programs of the demos: a pitfall shows the mistake it is about, every other program is clean. */
import assert from 'node:assert/strict';
import { programsOf } from '../../server/demos/program';
import { findCall, scenarios } from '../../server/demos/registry';
import type { Configuration } from '../../server/rules/configuration';
import { ruleById } from '../../server/rules/registry';
import { type Bench, loadBench } from './support/linting';
import { checkProject } from './support/projects';

let bench: Bench;
before(async () => {
  bench = await loadBench();
});

/**
 * Pitfalls whose rule is built and yet silent here, and why. A program that is fixed steps one after another has no loop for a
 * rule to recognise.
 */
const silent: Record<string, string> = {
  'fifo/deadlock': 'its two processes are one program, and the rule judges two',
  'fifo/server-eof': 'the rule looks for the server’s loop',
  'unix-dgram/truncated': 'the rule looks for a loop, or for both sizes in one program',
  'pipe/interleaved': 'the rule looks for a loop of writers',
  'pipe/sigpipe': 'the rule looks for a server’s loop',
  'multiplexing/edge': 'the rule looks for a loop around epoll_wait',
  'inet-stream/reset': 'the rule looks for a server’s loop',
  'signal/interrupted': 'the program looks for EINTR, to show it',
  'shared-file/lock-file-twice': 'the rule looks for a test whether the file is there',
  'signal/pause-race': 'the rule looks for a test before pause',
  'rt-signal/standard-loses': 'the rule looks for a loop of senders',
  'posix-mq/notify-once': 'the rule looks for a receiver’s loop',
  'sysv-sem/no-undo': 'the rule looks for a process that would give back',
};

describe('programs of the demos', () => {
  for (const scenario of scenarios) {
    const { rule } = scenario;
    const expected = rule !== undefined && !(scenario.id in silent) ? [rule] : [];
    it(`${scenario.id}: ${expected[0] ?? 'nothing to find'}`, () => {
      assert.ok(rule === undefined || ruleById.has(rule), `there is no rule ${rule}`);
      const programs = new Set(programsOf(scenario, findCall).values());
      const configuration: Configuration = {
        preset: 'recommended',
        rules: rule === undefined ? {} : { [rule]: 'warning' },
      };
      const alone = [...programs].flatMap(({ text }) => bench.lint(text, configuration));
      const files = Object.fromEntries([...programs].map(({ text }, index) => [`${index}.c`, text]));
      const found = [...alone, ...checkProject(bench, files, { configuration })].map(
        ({ rule, line, message }) => ({ rule, text: `line ${line}: ${rule}: ${message}` }),
      );
      assert.deepEqual(
        [...new Set(found.map(({ rule }) => rule))],
        expected,
        found.map((f) => f.text).join('\n'),
      );
    });
  }
});
