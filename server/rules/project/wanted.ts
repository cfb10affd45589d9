import { calls } from '../../../catalog';
import type { Call } from '../../../catalog/schema';
import type { FileContext, FunctionScope } from '../../analysis/context';
import type { FunctionDefinition } from '../../c/ast';
import { callsOf } from '../whole-file';

/** Which texts and functions do anything with objects that others can find, or with locks: most do not, and are not looked at. */

const named =
  /^(?:sysv-(?:msg|sem|shm)|sysv-attachment|posix-(?:mq|shm|sem-named|sem-unnamed)|fifo|mutex|rwlock)$/;

function isNamed({ effects }: Call): boolean {
  return effects.some(
    ({ op, kind }) =>
      op === 'bind' ||
      op === 'connect' ||
      (op === 'wait' && kind === undefined) ||
      op === 'post' ||
      (kind !== undefined && named.test(kind)),
  );
}

const all = [...calls.values()].map(({ record }) => record);

/** Calls that are about such objects and nothing else. */
const certain: ReadonlySet<string> = new Set(all.filter(isNamed).map(({ name }) => name));

/** Calls on paths: about a FIFO where the path is that of one. */
const onPaths: ReadonlySet<string> = new Set([
  'open',
  'openat',
  'creat',
  'fopen',
  'unlink',
  'unlinkat',
  'remove',
]);

const pattern = (names: ReadonlySet<string>) => new RegExp(`\\b(?:${[...names].join('|')})\\b`);
const certainText = pattern(certain);
const pathsText = pattern(onPaths);
const makesFifo = /\bmk(?:fifo|nod)(?:at)?\b/;

/** What a text mentions. */
export interface Mentions {
  objects: boolean;
  paths: boolean;
  makesFifos: boolean;
}

export function mentionsIn(text: string): Mentions {
  return { objects: certainText.test(text), paths: pathsText.test(text), makesFifos: makesFifo.test(text) };
}

const deepest = 5;

/** Decides for functions whether a walk through them can come to such a call; with `paths`, those on paths count. */
export class Wanted {
  private readonly known = new WeakMap<FileContext, Map<FunctionDefinition, boolean>>();

  constructor(private readonly paths: boolean) {}

  readonly test = (scope: FunctionScope): boolean => this.reaches(scope, 0);

  private reaches({ definition, file }: FunctionScope, depth: number): boolean {
    const ofFile = this.known.get(file) ?? new Map<FunctionDefinition, boolean>();
    this.known.set(file, ofFile);
    let answer = ofFile.get(definition);
    if (answer === undefined) {
      // Functions may call each other in a circle.
      ofFile.set(definition, false);
      answer = callsOf(definition).some(({ name }) => this.leads(name, file, depth));
      // What lies too deep for this question may be near enough for another.
      if (answer || depth === 0) ofFile.set(definition, answer);
      else ofFile.delete(definition);
    }
    return answer;
  }

  private leads(name: string, file: FileContext, depth: number): boolean {
    if (file.call(name)) {
      return this.isMeant(name);
    }
    const macro = file.symbols.macro(name);
    if (macro) {
      return (macro.body.match(/[A-Za-z_]\w*/g) ?? []).some((word) => this.isMeant(word));
    }
    const callee = depth < deepest ? file.callee(name) : undefined;
    return callee !== undefined && this.reaches(callee, depth + 1);
  }

  private isMeant(name: string): boolean {
    return certain.has(name) || (this.paths && onPaths.has(name));
  }
}
