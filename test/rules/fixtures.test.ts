/** Every fixture gives exactly the findings it announces, and every fix mends what it promises. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gccVersion } from '../catalog/gcc';
import { bare, expectationsIn, type Fixture, fixedLinesIn, readFixtures } from './support/fixtures';
import { applyFixes, type Bench, type Located, loadBench, withRule } from './support/linting';

const fixtures = readFixtures();

let bench: Bench;
before(async () => {
  bench = await loadBench();
});

const show = ({ line, rule, message }: { line: number; rule: string; message?: string }) =>
  `line ${line}: ${rule}${message === undefined ? '' : `: ${message}`}`;

/** What was expected and did not come, and what came unexpected. */
function mismatches(text: string, findings: readonly Located[]): string[] {
  const open = [...findings];
  const missing = expectationsIn(text).filter((expected) => {
    const at = open.findIndex(
      ({ line, rule, message }) =>
        line === expected.line && rule === expected.rule && message.includes(expected.message ?? ''),
    );
    if (at >= 0) open.splice(at, 1);
    return at < 0;
  });
  return [
    ...missing.map((expected) => `missing    ${show(expected)}`),
    ...open.map((finding) => `unexpected ${show(finding)}`),
  ];
}

/** What a fix leaves behind, without the messages: they quote the code around. */
const outline = (findings: readonly Located[]) =>
  findings.map(({ line, rule }) => show({ line, rule })).sort();

/** How many lines a fix adds in front of another finding. */
function addedAbove({ span }: Located, { fix }: Located, text: string): number {
  const lines = (part: string) => part.split('\n').length;
  return (fix?.edits ?? [])
    .filter(({ span: { end } }) => end <= span.start)
    .reduce((sum, edit) => sum + lines(edit.text) - lines(text.slice(edit.span.start, edit.span.end)), 0);
}

/** Its story begins at the place of the other finding. */
function followsFrom({ related }: Located, { span: { start, end } }: Located): boolean {
  return related.some(({ span }) => span.start >= start && span.end <= end);
}

function checkFix(fixture: Fixture, findings: readonly Located[], fixed: Located): void {
  const text = applyFixes(fixture.text, [fixed]);
  assert.ok(bench.parses(text), `"${fixed.fix?.title}" breaks the text:\n${text}`);
  const others = findings
    .filter((finding) => finding !== fixed)
    .map((finding) => ({ ...finding, line: finding.line + addedAbove(finding, fixed, fixture.text) }));
  const left = outline(bench.lint(text, withRule(fixture.rule)));
  // What only follows from the mistake may go with it.
  const expected = others.filter(
    (finding) => !followsFrom(finding, fixed) || left.includes(outline([finding])[0]!),
  );
  assert.deepEqual(left, outline(expected), `after "${fixed.fix?.title}"`);
}

function checkFixedLines(fixture: Fixture, findings: readonly Located[]): void {
  const lines = applyFixes(fixture.text, findings).split('\n');
  for (const { line, becomes } of fixedLinesIn(fixture.text)) {
    assert.equal(bare(lines[line - 1] ?? ''), becomes, `line ${line} after all fixes`);
    assert.notEqual(bare(fixture.text.split('\n')[line - 1] ?? ''), becomes, `line ${line} was so before`);
  }
}

describe('fixtures of the rules', () => {
  for (const fixture of fixtures) {
    it(fixture.name, () => {
      assert.ok(bench.parses(fixture.text), 'the parser must be able to read a fixture');
      const findings = bench.lint(fixture.text, withRule(fixture.rule));
      assert.deepEqual(mismatches(fixture.text, findings), []);
      for (const finding of findings) {
        if (finding.fix) checkFix(fixture, findings, finding);
      }
      checkFixedLines(fixture, findings);
    });

    it(`${fixture.name} keeps to its name`, () => {
      const expected = expectationsIn(fixture.text);
      if (fixture.good) {
        assert.equal(expected.length, 0, 'a good program has no findings');
      } else {
        assert.match(path.basename(fixture.name), /^bad-[a-z0-9-]+\.c$/);
        assert.ok(
          expected.some(({ rule }) => rule === fixture.rule),
          'a bad program shows the rule of its folder',
        );
      }
    });
  }
});

describe('fixtures are C', function () {
  // More than a thousand files, one after the other: a busy machine takes minutes for them.
  this.timeout(600_000);
  const scratch = mkdtempSync(path.join(tmpdir(), 'ipc-lens-fixtures-'));
  after(() => rmSync(scratch, { recursive: true }));

  function compile(files: readonly string[]): void {
    const { status, stderr } = spawnSync(
      'gcc',
      ['-std=gnu17', '-D_GNU_SOURCE', '-w', '-fsyntax-only', ...files],
      {
        encoding: 'utf8',
        env: { ...process.env, LC_ALL: 'C' },
      },
    );
    assert.equal(status, 0, stderr);
  }

  before(function () {
    if (!gccVersion()) {
      console.warn('      SKIPPED: there is no gcc here, so nobody knows whether the fixtures compile.');
      this.skip();
    }
  });

  it('as they are written', () => {
    compile(fixtures.map(({ file }) => file));
  });

  it('and once fixed', () => {
    const files = fixtures.flatMap((fixture) => {
      const findings = bench.lint(fixture.text, withRule(fixture.rule)).filter(({ fix }) => fix);
      if (findings.length === 0) return [];
      const file = path.join(scratch, fixture.name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, applyFixes(fixture.text, findings));
      return [file];
    });
    compile(files);
  });
});
