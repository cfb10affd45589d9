/** The benchmarks measure real C and reckon right. How fast anything is, no test says. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Words } from '../../bench/corpus/piece';
import { assemble, program, templates, writeCorpus } from '../../bench/corpus/program';
import { Random } from '../../bench/corpus/random';
import { median, percentile } from '../../bench/lib/statistics';
import { apply, repeated, typings } from '../../bench/lib/typing';
import { asText, isMet } from '../../scripts/lib/bench-table.mjs';

describe('the benchmarks', () => {
  describe('their programs', function () {
    this.timeout(60_000);
    let folder: string;

    before(() => {
      folder = mkdtempSync(join(tmpdir(), 'bench-'));
    });
    after(() => rmSync(folder, { recursive: true }));

    const gccSays = (file: string) =>
      spawnSync('gcc', ['-fsyntax-only', '-Wall', '-Werror', file], { encoding: 'utf8' }).stderr;

    for (const slips of [0, 100]) {
      it(`are C that a compiler takes, ${slips ? 'with every mistake' : 'without a mistake'}`, () => {
        for (let seed = 1; seed <= 5; seed++) {
          const pieces = templates.map((template, i) => template(new Words(new Random(seed), i, slips)));
          const file = join(folder, `all-${slips}-${seed}.c`);
          writeFileSync(file, assemble(pieces));
          assert.equal(gccSays(file), '');
        }
      });
    }

    it('have about the lines which were asked for, and are the same at every run', () => {
      const text = program(10_000, 3);
      const lines = text.split('\n').length;
      assert.ok(Math.abs(lines - 10_000) < 300, `${lines} lines`);
      assert.equal(program(10_000, 3), text);
      const { files } = writeCorpus(join(folder, 'corpus'), { files: 3 });
      assert.equal(files.length, 3);
      assert.equal(new Set(files.map((file) => readFileSync(file, 'utf8'))).size, 3);
    });

    it('are typed into and left as they were', () => {
      const text = program(1_000, 1_000);
      for (const { keys } of typings(text)) {
        const half = keys.slice(0, keys.length / 2).reduce(apply, text);
        assert.equal(half.length, text.length + keys.length / 2);
        assert.equal(repeated(keys, keys.length + 1).reduce(apply, text), text);
      }
    });
  });

  describe('their figures', () => {
    const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);

    it('have medians', () => {
      assert.equal(median([3, 1, 2]), 2);
      assert.equal(median([10, 1, 2, 3]), 2.5);
      assert.equal(median(hundred), 50.5);
      assert.throws(() => median([]));
    });

    it('have percentiles', () => {
      assert.equal(percentile(hundred, 95), 95);
      assert.equal(percentile(hundred, 99), 99);
      assert.equal(percentile(hundred, 100), 100);
      assert.equal(percentile(hundred, 0), 1);
      assert.equal(percentile([7], 95), 7);
      assert.equal(percentile([1, 2], 95), 2);
      assert.throws(() => percentile([], 50));
    });

    it('stand beside their goals', () => {
      const figure = (value: number | undefined, at: 'least' | 'most' | 'below') => ({
        name: 'x',
        unit: 'ms',
        ...(value === undefined ? {} : { value }),
        goal: { at, value: 16 },
      });
      assert.equal(isMet(figure(16, 'most')), true);
      assert.equal(isMet(figure(16, 'least')), true);
      assert.equal(isMet(figure(16, 'below')), false);
      assert.equal(isMet(figure(17, 'most')), false);
      assert.equal(isMet(figure(undefined, 'most')), undefined);
      const figures = [figure(1, 'most'), figure(20, 'most'), figure(undefined, 'most')];
      const text = asText({ lint: { at: '', machine: '', figures } }, {});
      assert.match(text, /Goals: 1 met, 1 not met, 1 not measured\.$/);
    });
  });
});
