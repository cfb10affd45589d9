/** The programs of the demos: a pitfall shows the mistake it is about, every other program is clean. */
import assert from 'node:assert/strict';
import { programsOf } from '../../server/demos/program';
import { findCall, scenarios } from '../../server/demos/registry';
import { ruleById } from '../../server/rules/registry';
import { type Bench, loadBench } from './support/linting';

let bench: Bench;
before(async () => {
  bench = await loadBench();
});

describe('programs of the demos', () => {
  for (const scenario of scenarios) {
    const expected = scenario.rule !== undefined && ruleById.has(scenario.rule) ? [scenario.rule] : [];
    it(`${scenario.id}: ${expected[0] ?? 'nothing to find'}`, () => {
      const programs = new Set(programsOf(scenario, findCall).values());
      const found = [...programs].flatMap(({ text }) =>
        bench
          .lint(text, { preset: 'recommended', rules: {} })
          .map(({ rule, line, message }) => ({ rule, text: `line ${line}: ${rule}: ${message}` })),
      );
      assert.deepEqual(
        [...new Set(found.map(({ rule }) => rule))],
        expected,
        found.map((f) => f.text).join('\n'),
      );
    });
  }
});
