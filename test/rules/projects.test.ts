/** Every fixture of several files gives exactly the findings that it announces, and every rule for them is whole. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { projectRules } from '../../server/rules/registry';
import { gccVersion } from '../catalog/gcc';
import { expectationsIn } from './support/fixtures';
import { type Bench, loadBench } from './support/linting';
import { checkProject, type FoundInProject, filesOf, readProjects } from './support/projects';

const fixtures = readProjects();

let bench: Bench;
before(async () => {
  bench = await loadBench();
});

function mismatches(files: Record<string, string>, findings: readonly FoundInProject[]): string[] {
  const open = [...findings];
  const missing = Object.entries(files).flatMap(([file, text]) =>
    expectationsIn(text).filter((expected) => {
      const index = open.findIndex(
        (found) =>
          found.in === file &&
          found.line === expected.line &&
          found.rule === expected.rule &&
          found.message.includes(expected.message ?? ''),
      );
      if (index >= 0) open.splice(index, 1);
      return index < 0;
    }),
  );
  return [
    ...missing.map(({ line, rule }) => `missing    line ${line}: ${rule}`),
    ...open.map((found) => `unexpected ${found.in}:${found.line}: ${found.rule}: ${found.message}`),
  ];
}

describe('fixtures of the rules for projects', () => {
  for (const fixture of fixtures) {
    it(fixture.name, () => {
      for (const [file, text] of Object.entries(fixture.files)) assert.ok(bench.parses(text), file);
      assert.deepEqual(mismatches(fixture.files, checkProject(bench, fixture.files)), []);
      const expected = Object.values(fixture.files).flatMap(expectationsIn);
      assert.equal(expected.length === 0, fixture.good, 'it keeps to its name');
      if (!fixture.good) assert.ok(expected.some(({ rule }) => rule === fixture.rule));
      assert.match(path.basename(fixture.name), /^(?:bad|good)-[a-z0-9-]+$/);
    });
  }

  it('give a file that is asked for alone what they give it among the others', function () {
    this.timeout(120_000);
    for (const { name, files } of fixtures.filter(({ good }) => !good)) {
      const sources = Object.keys(files).filter((file) => file.endsWith('.c'));
      const alone = sources.flatMap((file) => checkProject(bench, files, { of: [file] }));
      assert.deepEqual(mismatches(files, alone), [], name);
    }
  });

  it('belong to rules', () => {
    const ids = new Set(projectRules.map(({ meta }) => meta.id));
    assert.deepEqual(
      fixtures.filter(({ rule }) => !ids.has(rule)).map(({ name }) => name),
      [],
    );
  });

  it('and their examples are C', function () {
    this.timeout(120_000);
    if (!gccVersion()) this.skip();
    const scratch = mkdtempSync(path.join(tmpdir(), 'ipc-lens-projects-'));
    try {
      const examples = projectRules.flatMap(({ meta: { id, example } }) => [
        { name: `${id}-bad`, files: filesOf(example.bad) },
        { name: `${id}-good`, files: filesOf(example.good) },
      ]);
      const sources: string[] = [];
      for (const { name, files } of [...fixtures, ...examples]) {
        const folder = path.join(scratch, name);
        mkdirSync(folder, { recursive: true });
        for (const [file, text] of Object.entries(files)) {
          writeFileSync(path.join(folder, file), text);
          if (file.endsWith('.c')) sources.push(path.join(folder, file));
        }
      }
      const flags = ['-std=gnu17', '-D_GNU_SOURCE', '-w', '-fsyntax-only'];
      const { status, stderr } = spawnSync('gcc', [...flags, ...sources], { encoding: 'utf8' });
      assert.equal(status, 0, stderr);
    } finally {
      rmSync(scratch, { recursive: true });
    }
  });
});

describe('every rule for projects', () => {
  for (const { meta } of projectRules) {
    describe(meta.id, () => {
      it('finds its bad example and nothing more, and nothing in its good one', () => {
        const found = checkProject(bench, filesOf(meta.example.bad));
        const own = found.filter(({ rule }) => rule === meta.id);
        assert.ok(own.length > 0, 'the bad example is not found');
        for (const { severity } of own) assert.equal(severity, meta.severity);
        const loud = found.filter(({ rule, severity }) => rule !== meta.id && severity !== 'information');
        assert.deepEqual(loud, []);
        const good = checkProject(bench, filesOf(meta.example.good)).filter(({ rule }) => rule === meta.id);
        assert.deepEqual(good, []);
      });

      it('writes messages of two sentences that name the code', () => {
        for (const { message, related } of checkProject(bench, filesOf(meta.example.bad))) {
          assert.match(message, /^[A-Z`].*\. .*\.$/s, message);
          assert.ok(!message.includes('undefined'), message);
          for (const { message: text } of related) assert.match(text, /^[A-Z`0-9].*[^.]$/, text);
        }
      });

      it('has at least three bad and three good projects', () => {
        const own = fixtures.filter(({ rule }) => rule === meta.id);
        assert.ok(own.filter(({ good }) => !good).length >= 3, 'bad projects');
        assert.ok(own.filter(({ good }) => good).length >= 3, 'good projects');
      });
    });
  }
});
