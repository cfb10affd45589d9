import type { Random } from './random';

/** A part of a program: what it includes, its functions, and the one that `main` calls: `int name(int argc, char **argv)`. */
export interface Piece {
  includes: string[];
  code: string;
  entry: string;
}

export type Template = (words: Words) => Piece;

const subjects = [
  'order',
  'sensor',
  'render',
  'audit',
  'ticket',
  'packet',
  'sample',
  'report',
  'device',
  'player',
  'account',
  'mail',
  'frame',
  'batch',
  'upload',
  'query',
  'metric',
  'invoice',
  'route',
  'session',
  'backup',
  'camera',
  'job',
  'page',
];

const buffers = ['buffer', 'line', 'data', 'chunk', 'block'];

/** The words of one piece: names that no other piece of the file has, numbers, and habits of its author. */
export class Words {
  /** What the piece is about, different for each piece of a file. */
  readonly name: string;
  readonly upper: string;
  readonly buffer: string;

  constructor(
    readonly random: Random,
    index: number,
    private readonly slips: number,
  ) {
    this.name = `${random.pick(subjects)}${index}`;
    this.upper = this.name.toUpperCase();
    this.buffer = random.pick(buffers);
  }

  number(first: number, last: number): number {
    return this.random.between(first, last);
  }

  size(): number {
    return 1 << this.random.between(6, 12);
  }

  /** The failure of a call, as this author writes the test. */
  failed(call: string): string {
    return this.random.chance(60) ? `${call} == -1` : `${call} < 0`;
  }

  /** What the author wrote: sometimes a mistake, as in real programs. */
  slip(right: string, wrong: string): string {
    return this.random.below(1000) < this.slips * 10 ? wrong : right;
  }

  /** Lines that are there in some programs. */
  maybe(lines: string): string {
    return this.random.chance(50) ? lines : '';
  }
}

/** C as it stands: backslashes are C's own. */
export const c = String.raw;
