import { calls } from '../../../catalog';
import type { Call } from '../../../catalog/schema';
import type { FileContext } from '../../analysis/context';
import { fillsStructures } from '../../analysis/relevance';
import type { FunctionDefinition } from '../../c/ast';
import type { Interest } from '../function-lint';
import { callsOf } from '../shared/whole-file';
import { posts, takesLocks } from './lock-recorder';

/** Which texts and functions do anything with objects that others can find: most do not, and are not looked at. */

const named = /^(?:sysv-(?:msg|sem|shm)|sysv-attachment|posix-(?:mq|shm|sem-named)|fifo)$/;

function isNamed({ effects }: Call): boolean {
  return effects.some(
    ({ op, kind }) => op === 'bind' || op === 'connect' || (kind !== undefined && named.test(kind)),
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

/** Calls on locks: their order matters to those who take several. */
const onLocks = /^(?:pthread_(?:mutex|spin|rwlock)_\w*lock|mtx_(?:un)?lock|sem_(?:wait|post))$/;

/** By custom a wrapper has the name of what it calls with a capital letter. */
const pattern = (names: ReadonlySet<string>) =>
  new RegExp(
    `\\b(?:${[...names].map((name) => `[${name[0]}${name[0]!.toUpperCase()}]${name.slice(1)}`).join('|')})\\b`,
  );
const certainText = pattern(certain);
const pathsText = pattern(onPaths);
const makesFifo = /\b[Mm]kfifo(?:at)?\s*\(|\bmknod(?:at)?\s*\([^;]*\bS_IFIFO\b/;

/** What a text mentions. */
export interface Mentions {
  /** Named objects, or locks in some order. */
  objects: boolean;
  paths: boolean;
  makesFifos: boolean;
}

export function mentionsIn(text: string): Mentions {
  const taken = (text.match(takesLocks) ?? []).length;
  const locks = taken >= 2 || (taken === 1 && lockedByHelper(text));
  return {
    objects: locks || posts.test(text) || certainText.test(text),
    paths: pathsText.test(text),
    makesFifos: makesFifo.test(text),
  };
}

/** `static void enter(struct account *a) { pthread_mutex_lock(&a->lock); }`, and two places at least that hand it the address of a variable. */
function lockedByHelper(text: string): boolean {
  const at = text.search(takesLocks);
  const [, name] = /(\w+)\s*\([^(){};]*\)\s*\{[^{};]*$/.exec(text.slice(Math.max(0, at - 300), at)) ?? [];
  return name !== undefined && (text.match(new RegExp(`\\b${name}\\s*\\(\\s*&\\w`, 'g')) ?? []).length >= 2;
}

/** Calls whose results make an object what it is, or tell which process acts on it. */
const contributing = /^(?:socket(?:pair)?|ftok|v?fork|_Fork|clone3?|daemon)$/;

/** How many calls, one in the other, may lead from a function to such a call. Names and handles are seldom handed on further. */
const deepest = 2;

/** Whether a function comes to certain calls, by itself or within a few calls; functions without any are not walked. */
class Reach {
  /** By the number of calls that lead to a function: what lies too deep for one question may be near enough for another. */
  private readonly known = Array.from(
    { length: deepest + 1 },
    () => new WeakMap<FileContext, Map<FunctionDefinition, boolean>>(),
  );

  /** `isMeant` tells the calls, by the number of calls that lead there. */
  constructor(private readonly isMeant: (name: string, depth: number) => boolean) {}

  readonly test = (definition: FunctionDefinition, file: FileContext): boolean =>
    this.reaches(definition, file, 0);

  private reaches(definition: FunctionDefinition, file: FileContext, depth: number): boolean {
    const ofFile = this.known[depth]!.get(file) ?? new Map<FunctionDefinition, boolean>();
    this.known[depth]!.set(file, ofFile);
    let answer = ofFile.get(definition);
    if (answer === undefined) {
      answer = callsOf(definition).some(({ name }) => this.leads(name, file, depth));
      ofFile.set(definition, answer);
    }
    return answer;
  }

  private leads(name: string, file: FileContext, depth: number): boolean {
    const call = file.call(name);
    if (call) {
      return this.isMeant(call.name, depth);
    }
    const macro = file.symbols.macro(name);
    if (macro) {
      return (macro.body.match(/[A-Za-z_]\w*/g) ?? []).some((word) => this.isMeant(word, depth));
    }
    if (depth >= deepest) {
      return false;
    }
    const own = file.symbols.function(name)?.definition;
    if (own) return this.reaches(own, file, depth + 1);
    const other = file.outside(name);
    return other !== undefined && this.reaches(other.definition, other.file, depth + 1);
  }
}

/** Nearly everything opens some file in the end, and takes some lock. */
const isNear = (name: string, paths: boolean) => onLocks.test(name) || (paths && onPaths.has(name));

/** What the recorders look at; with `paths`, calls on paths count. */
export function interestIn(paths: boolean): Interest {
  const begins = new Reach((name, depth) => certain.has(name) || (depth <= 1 && isNear(name, paths)));
  const goesOn = new Reach((name) => certain.has(name) || contributing.test(name) || isNear(name, paths));
  return {
    looksAt: begins.test,
    walksInto: (scope) => goesOn.test(scope.definition, scope.file) || fillsStructures(scope),
  };
}
