/**
 * Metamorphic testing of the linter: the fixtures of the rules are written otherwise, in ways that leave their meaning as it is.
 * What a rule says of a bad program it is to say of each rewriting, and of a good one still nothing. What is lost is a form of code
 * that is not understood; `rewritten.txt` is the list to read. Not every loss is a mistake: a rule about descriptors that a function
 * loses has nothing to say of those that the file keeps.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { masked } from '../server/c/masking';
import { SourceFile } from '../server/c/source-file';
import { type Fixture, readFixtures } from '../test/rules/support/fixtures';
import { rewrites } from './forms';
import { applied, type Rewrite } from './forms/rewrite';
import { loadEngine } from './lib/engine';
import { type Figure, part, say } from './lib/part';
import { functionsOf } from './mutants/view';

type Linting = Awaited<ReturnType<Awaited<ReturnType<typeof loadEngine>>['loadBench']>>;
type Configuration = Parameters<Linting['lint']>[1];

interface Judged {
  fixture: Fixture;
  rewrite: Rewrite;
  expected: number;
  /** `rule:line` of what is not told any more, at another line only, and anew. */
  lost: string[];
  moved: string[];
  added: string[];
}

/** Findings as `rule:line`. */
function said(bench: Linting, text: string, configuration: Configuration): string[] {
  return bench.lint(text, configuration).map(({ rule, line }) => `${rule}:${line}`);
}

function without(list: readonly string[], others: readonly string[]): string[] {
  const rest = [...others];
  return list.filter((one) => {
    const at = rest.indexOf(one);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
}

const ruleOf = (key: string) => key.slice(0, key.indexOf(':'));

/** What is told of a program before and after it is written otherwise. */
function compared(
  before: readonly string[],
  after: readonly string[],
): Pick<Judged, 'lost' | 'moved' | 'added'> {
  const added = without(after, before);
  const gone = without(before, after);
  const moved = gone.filter((key) => added.some((other) => ruleOf(other) === ruleOf(key)));
  const rules = new Set(moved.map(ruleOf));
  return { lost: without(gone, moved), moved, added: added.filter((key) => !rules.has(ruleOf(key))) };
}

function judge(bench: Linting, fixture: Fixture, configuration: Configuration): Judged[] {
  const { name, text } = fixture;
  const file = new SourceFile(bench.parser, text);
  const before = said(bench, text, configuration);
  const judged = rewrites.flatMap((rewrite): Judged[] => {
    const other = applied(
      text,
      functionsOf(file.items, text).flatMap((view) => rewrite.edits(view)),
    );
    if (other === text) return [];
    if (!bench.parses(masked(other))) {
      say(`${name} is left out, because its form cannot be changed: ${rewrite.form}`);
      return [];
    }
    const after = said(bench, other, configuration);
    return [{ fixture, rewrite, expected: before.length, ...compared(before, after) }];
  });
  file.dispose();
  return judged;
}

function figure(rewrite: Rewrite, judged: readonly Judged[]): Figure {
  const sum = (count: (one: Judged) => number) => judged.reduce((all, one) => all + count(one), 0);
  const expected = sum((one) => one.expected);
  const told = expected - sum((one) => one.lost.length);
  const [moved, added] = [sum((one) => one.moved.length), sum((one) => one.added.length)];
  return {
    name: rewrite.form,
    value: (100 * told) / expected,
    unit: '%',
    note: `${told} of ${expected}, ${moved} at another line; ${added} told anew in ${judged.length} programs`,
  };
}

part(async ({ dist, work, rewritten = join(work, 'rewritten.txt') }) => {
  const engine = await loadEngine(dist);
  const bench = await engine.loadBench();
  const judged = readFixtures().flatMap((fixture) => judge(bench, fixture, engine.withRule(fixture.rule)));
  const lines = judged.flatMap(({ fixture, rewrite, ...found }) =>
    (['lost', 'moved', 'added'] as const).flatMap((kind) =>
      found[kind].map((key) => `${kind}\t${rewrite.id}\t${key}\t${fixture.name}`),
    ),
  );
  writeFileSync(rewritten, `${lines.sort().join('\n')}\n`);
  say(`${lines.length} differences: ${rewritten}`);
  return rewrites.flatMap((rewrite) => {
    const own = judged.filter((one) => one.rewrite === rewrite);
    return own.length > 0 ? [figure(rewrite, own)] : [];
  });
});
