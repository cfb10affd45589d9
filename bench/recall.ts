/**
 * Mutation testing of the linter: realistic slips are made in other people's programs, one at a time, and it is counted how many
 * of them the rules tell. Not every mutant is a mistake (a descriptor that the end of the program closes, a check that another
 * one makes needless): the figures are for comparing builds and for finding what to read, and `survivors.txt` is the list to read.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { writeCorpus } from './corpus/program';
import { Random } from './corpus/random';
import { type Document, loadEngine } from './lib/engine';
import { type Figure, part, say } from './lib/part';
import type { Operator } from './mutants/operator';
import { operators } from './mutants/operators';
import { type Edit, functionsOf } from './mutants/view';

type Engine = Awaited<ReturnType<typeof loadEngine>>;

/** So many mutants of one operator are made in one file, and so many in all. */
const mostInFile = 3;
const mostOfOperator = 80;

interface Site {
  operator: Operator;
  file: string;
  edits: Edit[];
}

type Outcome = 'told' | 'told otherwise' | 'survived';

interface Judged extends Site {
  line: number;
  /** The slip as the list shows it: what was there, and what stands there now. */
  change: string;
  outcome: Outcome;
  /** What was said instead. */
  instead: string[];
}

function picked<T>(list: readonly T[], most: number, random: Random): T[] {
  const rest = [...list];
  return Array.from(
    { length: Math.min(most, rest.length) },
    () => rest.splice(random.below(rest.length), 1)[0]!,
  );
}

/** All mutants of a file that are tried. */
function sitesIn(file: string, document: Document, random: Random): Site[] {
  const { items, text } = document.source;
  const views = functionsOf(items, text);
  return operators.flatMap((operator) => {
    const all = views.flatMap((view) => operator.mutants(view));
    return picked(all, mostInFile, random).map((edits) => ({ operator, file, edits }));
  });
}

/** The changes one after the other, the last place first, so that none moves the next. */
function inTurn(edits: readonly Edit[]): Edit[] {
  return [...edits].sort((a, b) => b.start - a.start);
}

/** The change from one text to another: what stands between the first and the last difference. */
function between(from: string, to: string): Edit {
  const most = Math.min(from.length, to.length);
  let start = 0;
  while (start < most && from[start] === to[start]) start++;
  let behind = 0;
  while (behind < most - start && from.at(-1 - behind) === to.at(-1 - behind)) behind++;
  return { start, end: from.length - behind, text: to.slice(start, to.length - behind) };
}

/** A text on one line, short enough for a list. */
function brief(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 90 ? `${line.slice(0, 60)} … ${line.slice(-27)}` : line;
}

/** The findings by rule, line and severity, each as often as it is there. */
function counted(engine: Engine, document: Document): Map<string, number> {
  const all = new Map<string, number>();
  for (const { rule, span, file, severity } of engine.findingsOf(document)) {
    const at = file ? `${file.path}:${span.start}` : document.source.lines.position(span.start).line;
    const key = `${rule}:${at}:${severity}`;
    all.set(key, (all.get(key) ?? 0) + 1);
  }
  return all;
}

function judge(engine: Engine, document: Document, sites: readonly Site[]): Judged[] {
  const text = document.source.text;
  const before = counted(engine, document);
  return sites.map((site) => {
    const line = document.source.lines.position(Math.min(...site.edits.map(({ start }) => start))).line + 1;
    document.update(inTurn(site.edits), document.version + 1);
    const after = counted(engine, document);
    document.update([between(document.source.text, text)], document.version + 1);
    const added = [...after].filter(([key, count]) => count > (before.get(key) ?? 0)).map(([key]) => key);
    const told = added.some((key) => site.operator.rules.includes(key.slice(0, key.indexOf(':'))));
    return {
      ...site,
      line,
      change: site.edits
        .map(({ start, end, text: now }) => `${brief(text.slice(start, end))} -> ${brief(now)}`)
        .join('; '),
      outcome: told ? 'told' : added.length > 0 ? 'told otherwise' : 'survived',
      instead: told ? [] : added,
    };
  });
}

async function judgeFolder(engine: Engine, folder: string): Promise<Judged[]> {
  const { files, open } = await engine.documentsIn(folder);
  const random = new Random(7);
  const judged: Judged[] = [];
  const opened = files.map((file) => ({ file, document: open(file, readFileSync(file, 'utf8')) }));
  const all = opened.flatMap(({ file, document }) => sitesIn(file, document, random));
  const chosen = new Set(
    operators.flatMap((operator) =>
      picked(
        all.filter((site) => site.operator === operator),
        mostOfOperator,
        random,
      ),
    ),
  );
  say(`${folder}: ${files.length} files, ${chosen.size} of ${all.length} mutants`);
  for (const { file, document } of opened) {
    const sites = all.filter((site) => site.file === file && chosen.has(site));
    if (sites.length > 0) judged.push(...judge(engine, document, sites));
    document.dispose();
  }
  return judged;
}

function figures(judged: readonly Judged[]): Figure[] {
  const share = (name: string, of: readonly Judged[]): Figure => {
    const told = of.filter(({ outcome }) => outcome === 'told').length;
    const otherwise = of.filter(({ outcome }) => outcome === 'told otherwise').length;
    return {
      name,
      value: (100 * told) / of.length,
      unit: '%',
      note: `${told} of ${of.length}${otherwise > 0 ? `, ${otherwise} told otherwise` : ''}`,
    };
  };
  const byOperator = operators.flatMap((operator) => {
    const own = judged.filter((one) => one.operator === operator);
    return own.length > 0 ? [share(operator.slip, own)] : [];
  });
  return judged.length > 0 ? [share('all slips', judged), ...byOperator] : [];
}

part(async ({ dist, work, corpus, survivors = join(work, 'survivors.txt') }) => {
  const engine = await loadEngine(dist);
  const judged: Judged[] = [];
  if (corpus.length === 0) writeCorpus(join(work, 'corpus'), { files: 40 });
  for (const folder of corpus.length > 0 ? corpus : [join(work, 'corpus')])
    judged.push(...(await judgeFolder(engine, folder)));
  const lines = judged
    .filter(({ outcome }) => outcome !== 'told')
    .map(
      ({ operator, file, line, change, outcome, instead }) =>
        `${operator.id}\t${relative(process.cwd(), file)}:${line}\t${change}\t${outcome}\t${instead.join(' ')}`,
    );
  writeFileSync(survivors, `${lines.sort().join('\n')}\n`);
  say(`${lines.length} survivors: ${survivors}`);
  return figures(judged);
});
