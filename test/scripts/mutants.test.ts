/** The slips that `npm run bench -- recall` makes: each changes a program as its name says, and the program stays C. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { operators } from '../../bench/mutants/operators';
import { type Edit, functionsOf } from '../../bench/mutants/view';
import { loadParser } from '../../server/c/parser';
import { SourceFile } from '../../server/c/source-file';
import { ruleById } from '../../server/rules/registry';
import { around, functions, outside, shown, slips } from './slips';

describe('the slips that are made to measure recall', () => {
  let parse: (text: string) => SourceFile;
  let folder: string;

  before(async () => {
    const parser = await loadParser();
    parse = (text) => new SourceFile(parser, text);
    folder = mkdtempSync(join(tmpdir(), 'mutants-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const applied = (text: string, edits: readonly Edit[]) =>
    [...edits]
      .sort((a, b) => b.start - a.start)
      .reduce((now, { start, end, text: put }) => now.slice(0, start) + put + now.slice(end), text);

  const squeezed = (text: string) => text.replaceAll(/\s+/g, ' ').trim();

  it('have names of their own, and rules that there are', () => {
    assert.equal(new Set(operators.map(({ id }) => id)).size, operators.length);
    for (const { id, rules } of operators)
      for (const rule of rules) assert.ok(ruleById.has(rule), `${id} names ${rule}`);
    assert.deepEqual(
      operators.map(({ id }) => id).filter((id) => !shown.some(([one]) => one === id)),
      [],
      'slips without an example',
    );
  });

  for (const [id, was, becomes, { before, after }] of shown) {
    it(`${id}: ${was}`, () => {
      const source = parse(before + was + after);
      const operator = operators.find((one) => one.id === id);
      assert.ok(operator, `there is no ${id}`);
      try {
        const [edits, ...more] = functionsOf(source.items, source.text).flatMap((view) =>
          operator.mutants(view),
        );
        assert.ok(edits && more.length === 0, `${more.length + (edits ? 1 : 0)} mutants`);
        const mutant = applied(source.text, edits);
        assert.equal(squeezed(mutant), squeezed(before + becomes + after));
        assert.equal(mutant.split('\n').length, source.text.split('\n').length, 'lines have moved');
      } finally {
        source.dispose();
      }
    });
  }

  it('leave programs that a compiler takes', function () {
    this.timeout(60_000);
    const inOne = slips.map(([, , becomes]) => `{ ${becomes} }`).join('\n');
    const programs = [
      around.before + inOne + around.after,
      ...functions.map(([, , becomes]) => outside.before + becomes),
    ];
    programs.forEach((program, index) => {
      const file = join(folder, `${index}.c`);
      writeFileSync(file, program);
      const { stderr, status } = spawnSync('gcc', ['-fsyntax-only', '-w', file], { encoding: 'utf8' });
      assert.equal(status, 0, stderr);
    });
  });
});
