/** Whole C files out of pieces: the corpus of the benchmarks. Nobody else's code, and the same at every run. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { events } from './events';
import { type Piece, type Template, Words } from './piece';
import { pipes } from './pipes';
import { plain } from './plain';
import { posix } from './posix';
import { Random } from './random';
import { sockets } from './sockets';
import { sysv } from './sysv';

export const ipcTemplates: readonly Template[] = [...pipes, ...sysv, ...posix, ...sockets, ...events];
export const templates: readonly Template[] = [...ipcTemplates, ...plain];

/** Of a hundred places where a mistake is easy, so many hold one. */
const slips = 4;

const lineCount = (text: string) => text.split('\n').length - 1;

function choose(random: Random, index: number): Piece {
  const template = random.pick(random.chance(70) ? ipcTemplates : plain);
  return template(new Words(random, index, slips));
}

/** A program of the given pieces: `program NAME ARGUMENTS...` runs one of them. */
export function assemble(pieces: readonly Piece[]): string {
  const includes = new Set(['stdio.h', 'string.h', ...pieces.flatMap((piece) => piece.includes)]);
  return `${[
    '#define _GNU_SOURCE',
    ...[...includes].sort().map((name) => `#include <${name}>`),
    ...pieces.map(({ code }) => code.replace(/\n[ \t]+\n/g, '\n').trimEnd()),
    `
static const struct {
  const char *name;
  int (*run)(int argc, char **argv);
} commands[] = {
${pieces.map(({ entry }) => `  { "${entry}", ${entry} },`).join('\n')}
};

int main(int argc, char **argv)
{
  for (size_t i = 0; argc > 1 && i < sizeof commands / sizeof commands[0]; i++)
    if (strcmp(commands[i].name, argv[1]) == 0)
      return commands[i].run(argc - 1, argv + 1);
  fprintf(stderr, "usage: %s COMMAND\\n", argv[0]);
  return 2;
}`,
  ].join('\n')}\n`;
}

/** A program of about so many lines. */
export function program(lines: number, seed: number): string {
  const random = new Random(seed);
  const pieces: Piece[] = [];
  for (let total = 40; total < lines || pieces.length === 0; ) {
    const piece = choose(random, pieces.length);
    const more = lineCount(piece.code);
    // Rather a few lines short than a whole piece too long.
    if (pieces.length > 0 && total + more > lines + 40) break;
    pieces.push(piece);
    total += more;
  }
  return assemble(pieces);
}

export interface Corpus {
  files: string[];
  lines: number;
  bytes: number;
}

/** Writes programs of 180 to 360 lines, about into a folder until there are so many lines, or so many files. */
export function writeCorpus(folder: string, limit: { files: number } | { lines: number }, seed = 1): Corpus {
  const corpus: Corpus = { files: [], lines: 0, bytes: 0 };
  const random = new Random(seed);
  const enough = () => ('files' in limit ? corpus.files.length >= limit.files : corpus.lines >= limit.lines);
  mkdirSync(folder, { recursive: true });
  while (!enough()) {
    const text = program(random.between(180, 360), random.below(2 ** 31));
    // A hundred files a folder, as a project would have.
    const parent = join(folder, `part${String(Math.floor(corpus.files.length / 100)).padStart(3, '0')}`);
    mkdirSync(parent, { recursive: true });
    const file = join(parent, `program${String(corpus.files.length).padStart(5, '0')}.c`);
    writeFileSync(file, text);
    corpus.files.push(file);
    corpus.lines += lineCount(text);
    corpus.bytes += Buffer.byteLength(text);
  }
  return corpus;
}
