import { calls } from '../../catalog';
import { type Expr, type FunctionDefinition, type MacroItem, walkStmt } from '../c/ast';
import { calledName } from '../c/cfg';
import { wrappedCallOf } from './call-chain';
import type { FileContext, FunctionScope } from './context';
import { changedBy } from './operators';
import { FileIndex, surveyOf } from './survey';
import { namesakeOf } from './wrappers';

/** Members whose use alone can be a mistake: what they are given decides what the call does that gets the structure. */
const members = new Set(['sin_port', 'sin6_port', 's_addr', 'sun_path', 'mq_maxmsg', 'mq_msgsize']);

/** Families whose calls matter only when they act on an object: nearly every function prints something. */
const everyday = /^(?:stdio|time|file|directory|process-(?:identity|limits))/;

/** The catalog's entry for a name, or for the call that a function of this name may wrap. */
const entryOf = (name: string) => calls.get(name) ?? calls.get(namesakeOf(name)?.name ?? '');

export function isEveryday(name: string): boolean {
  return everyday.test(entryOf(name)?.chapter.family?.id ?? '');
}

function matters(name: string): boolean {
  const call = entryOf(name);
  return call !== undefined && (call.record.effects.length > 0 || !isEveryday(name));
}

interface Mentions {
  /** Something of the catalog that acts on objects or processes, or such a member. */
  acts: boolean;
  /** It uses such a member. */
  structures: boolean;
  /** It stores through a pointer. */
  changes: boolean;
  /** Names that it calls or uses and does not declare. */
  names: readonly string[];
}

const cache = new WeakMap<FunctionDefinition, Mentions>();

/** Whether a function is worth walking, and the functions whose text decided it. */
export interface Relevance {
  relevant: boolean;
  read: ReadonlySet<FunctionDefinition>;
}

/** Something that is known of functions, each as its file sees it. */
type Memory<T> = WeakMap<FileContext, Map<FunctionDefinition, T>>;
const answers: Memory<Relevance> = new WeakMap();
const visits: Memory<Relevance> = new WeakMap();

/** Whether anything in a function, or in a function it calls, can be of interest to a rule. Most functions are not, and are not walked. */
export function isRelevant(definition: FunctionDefinition, file: FileContext): boolean {
  return relevanceOf(definition, file).relevant;
}

export function relevanceOf(definition: FunctionDefinition, file: FileContext): Relevance {
  return remembered(answers, definition, file, () => {
    const found = search({ definition, file }, deepest, namesIn, acts);
    return found.relevant || !(mentionsOf(definition).changes && sharesMemory(file))
      ? found
      : { ...found, relevant: true };
  });
}

/** Calls that give memory which other processes see: what is stored through pointers matters then. */
const sharing = new Set(['shmat', 'mmap', 'Mmap', 'Shmat']);

const sharers = new WeakMap<FileContext, boolean>();

/** Whether the file has such memory. Callers are told of it: who keeps what depends on it looks whether it is still so. */
export function sharesMemory(file: FileContext): boolean {
  let answer = sharers.get(file);
  if (answer === undefined) {
    answer = surveyOf(file).ask(sharingNames, /./, file).answer.length > 0;
    sharers.set(file, answer);
  }
  return answer;
}

const sharingNames = new FileIndex((definition): [string, true][] =>
  mentionsOf(definition).names.flatMap((name) => (sharing.has(name) ? [[name, true]] : [])),
);

function remembered<T>(
  memory: Memory<T>,
  definition: FunctionDefinition,
  file: FileContext,
  decide: () => T,
): T {
  const known = memory.get(file) ?? new Map<FunctionDefinition, T>();
  memory.set(file, known);
  let answer = known.get(definition);
  if (answer === undefined) {
    answer = decide();
    known.set(definition, answer);
  }
  return answer;
}

/** Calls in each other that are looked into, as the interpreter walks no deeper; and functions in all, beyond which anything is possible. */
const deepest = 5;
const most = 300;

/** A function with the names of its file. */
type Place = Pick<FunctionScope, 'definition' | 'file'>;

interface Search extends Relevance {
  /** Calls between the start and what was found; Infinity where nothing was. */
  distance: number;
}

/** Whether a function, or one of those that its names lead to within so many calls, is what is looked for; the nearest first. */
function search(
  start: Place,
  far: number,
  namesOf: (place: Place) => Iterable<string>,
  isFound: (place: Place) => boolean,
): Search {
  const read = new Set([start.definition]);
  if (isFound(start)) return { relevant: true, read, distance: 0 };
  let level = [start];
  for (let depth = 1; depth <= far && level.length > 0; depth++) {
    const next: Place[] = [];
    for (const place of level) {
      for (const name of namesOf(place)) {
        const callee = definitionOf(name, place.file);
        if (!callee || read.has(callee.definition)) continue;
        read.add(callee.definition);
        if (read.size > most || isFound(callee)) return { relevant: true, read, distance: depth };
        next.push(callee);
      }
    }
    level = next;
  }
  return { relevant: false, read, distance: Number.POSITIVE_INFINITY };
}

const acting: Memory<boolean> = new WeakMap();

/** The function acts by itself, or a macro that it uses does. */
function acts(place: Place): boolean {
  const { definition, file } = place;
  return remembered(acting, definition, file, () => {
    const matter = (word: string) => members.has(word) || (matters(word) && file.call(word) !== undefined);
    const stirs = (macro: MacroItem | undefined) =>
      macro && (isCode(macro) || isAlias(macro)) && wordsOf(macro).some(matter);
    return mentionsOf(definition).acts || [...namesIn(place)].some((name) => stirs(file.symbols.macro(name)));
  });
}

function isCode({ params, body }: MacroItem): boolean {
  return params !== undefined || body.includes('(');
}

/** The longest function that is walked into from a chain of so many calls, in characters: what is long does its work for itself. */
const longestAt = [Number.POSITIVE_INFINITY, 8000, 4000, 2500, 2500];

/** How many calls, one inside the other, may lead to a function so that it is walked into. */
export function levelsFor({ body }: FunctionDefinition): number {
  const length = body.end - body.start;
  const tooDeep = longestAt.findIndex((most) => length > most);
  return tooDeep === -1 ? longestAt.length - 1 : tooDeep - 1;
}

/* -------------------------------------------------------- functions of other files */

/** Longer functions of other files, and what lies more calls away, are taken as unknown: wrappers are short. */
const longestVisit = 2500;
const deepestVisit = 2;

/** Families whose calls tell nothing about the objects of those who call a function that uses them. */
const asides = /^(?:stdio|time|file|directory|terminal|process-(?:identity|limits))/;

function handlesObjects(name: string): boolean {
  const call = entryOf(name);
  return call !== undefined && call.record.effects.length > 0 && !asides.test(call.chapter.family?.id ?? '');
}

/** The same for a function of another file, where little is worth the way: what wraps calls that act on objects or processes. */
export function visitOf(definition: FunctionDefinition, file: FileContext): Relevance {
  return remembered(visits, definition, file, () =>
    search(
      { definition, file },
      deepestVisit,
      namesOfShort,
      (place) =>
        namesOfShort(place).some((name) => handlesObjects(name) && place.file.call(name)) ||
        standsForCall(place),
    ),
  );
}

/** `Open` and `Unlink` tell as much as `open` and `unlink`. */
function standsForCall({ definition, file }: Place): boolean {
  const call = wrappedCallOf(file.scopeOf(definition));
  return call !== undefined && matters(calledName(call) ?? '');
}

function namesOfShort({ definition }: Place): readonly string[] {
  const { start, end } = definition.body;
  return end - start > longestVisit ? [] : mentionsOf(definition).names;
}

/** The longest function that is taken for a question about what it is given, in characters. */
const longestQuestion = 600;

const questions = new WeakMap<FunctionDefinition, boolean>();

/** Whether a function does nothing but tell something of what it is given, as `is_valid(fd)` does: what it says is a test of that. */
export function isQuestion(definition: FunctionDefinition): boolean {
  let answer = questions.get(definition);
  if (answer === undefined) {
    const { body, type } = definition;
    answer =
      body.end - body.start <= longestQuestion &&
      type.params.some(({ name }) => name !== undefined) &&
      tellsOnly(definition);
    questions.set(definition, answer);
  }
  return answer;
}

function tellsOnly(definition: FunctionDefinition): boolean {
  let tells = false;
  let acts = false;
  walkStmt(definition.body, {
    stmt: (stmt) => {
      tells ||= stmt.kind === 'return' && stmt.value !== undefined;
    },
    expr: (expr) => {
      acts ||= expr.kind === 'call' || changedBy(expr) !== undefined;
    },
  });
  return tells && !acts;
}

/** Whether a function has to do with the members of socket addresses, or of the attributes of queues. */
export function fillsStructures({ definition }: FunctionScope): boolean {
  return mentionsOf(definition).structures;
}

/**
 * How many calls lie between a function and a call of the catalog that passes the test: 0 where it makes such a call by itself. Infinity
 * where there is none within `far` calls.
 */
export function distanceTo(scope: FunctionScope, test: (name: string) => boolean, far = deepest): number {
  const calls = (place: Place) => {
    for (const name of namesIn(place)) if (test(name) && place.file.call(name)) return true;
    return false;
  };
  return search(scope, far, namesIn, calls).distance;
}

function definitionOf(name: string, file: FileContext): Place | undefined {
  const definition = file.symbols.function(name)?.definition;
  return definition ? { definition, file } : file.outside(name);
}

const expanded: Memory<ReadonlySet<string>> = new WeakMap();

/** Another name for one thing: `#define lock pthread_mutex_lock`. */
function isAlias({ params, body }: MacroItem): boolean {
  return !params && /^\s*[A-Za-z_]\w*\s*$/.test(body);
}

/** The names in a function, with all words of their macros behind them. */
function namesIn({ definition, file }: Place): ReadonlySet<string> {
  return remembered(expanded, definition, file, () => {
    const all = new Set(mentionsOf(definition).names);
    // What is added while the loop runs is met by it, too.
    for (const name of all) {
      const macro = file.symbols.macro(name);
      if (macro) for (const word of wordsOf(macro)) all.add(word);
    }
    return all;
  });
}

const words = new WeakMap<MacroItem, readonly string[]>();

export function wordsOf(macro: MacroItem): readonly string[] {
  let found = words.get(macro);
  if (!found) {
    found = macro.body.match(/[A-Za-z_]\w*/g) ?? [];
    words.set(macro, found);
  }
  return found;
}

function mentionsOf(definition: FunctionDefinition): Mentions {
  let mentions = cache.get(definition);
  if (!mentions) {
    let acts = false;
    let structures = false;
    let changes = false;
    const names = new Set<string>();
    const own = new Set(definition.type.params.map(({ name }) => name));
    walkStmt(definition.body, {
      stmt: (stmt) => {
        if (stmt.kind === 'decl') for (const { name } of stmt.declaration.declarators) own.add(name);
      },
      expr: (expr) => {
        if (expr.kind === 'member') structures ||= members.has(expr.field);
        else if (expr.kind === 'name') names.add(expr.name);
        changes ||= storesThrough(expr);
        const name = calledName(expr);
        acts ||= name !== undefined && matters(name);
        if (expr.kind === 'init') {
          structures ||= expr.items.some(({ designators }) =>
            designators.some((d) => typeof d === 'string' && members.has(d)),
          );
        }
      },
    });
    mentions = {
      acts: acts || structures,
      structures,
      changes,
      names: [...names].filter((name) => !own.has(name)),
    };
    cache.set(definition, mentions);
  }
  return mentions;
}

function storesThrough(expr: Expr): boolean {
  const target = changedBy(expr);
  return (
    (target?.kind === 'member' && target.arrow) ||
    target?.kind === 'index' ||
    (target?.kind === 'unary' && target.op === '*')
  );
}
