import { calls } from '../../catalog';
import { type Expr, type FunctionDefinition, walkStmt } from '../c/ast';
import { calledName } from '../c/cfg';
import type { FileContext, FunctionScope } from './context';
import { namesakeOf } from './wrappers';

/** Members whose use alone can be a mistake. */
const members = new Set(['sin_port', 'sin6_port', 's_addr', 'sun_path']);

/** Families whose calls matter only when they act on an object: nearly every function prints something. */
const everyday = /^(?:stdio|time|file|directory|process-(?:identity|limits))/;

/** The catalog's entry for a name, or for the call that a function of this name may wrap. */
const entryOf = (name: string) => calls.get(name) ?? calls.get(namesakeOf(name)?.name ?? '');

function matters(name: string): boolean {
  const call = entryOf(name);
  return (
    call !== undefined && (call.record.effects.length > 0 || !everyday.test(call.chapter.family?.id ?? ''))
  );
}

interface Mentions {
  /** Something of the catalog that acts on objects or processes, or such a member. */
  acts: boolean;
  /** It uses such a member. */
  addresses: boolean;
  /** It stores through a pointer. */
  changes: boolean;
  /** Other names it calls or uses. */
  names: readonly string[];
}

const cache = new WeakMap<FunctionDefinition, Mentions>();

/** Whether a function is worth walking, and the functions whose text decided it. */
export interface Relevance {
  relevant: boolean;
  read: ReadonlySet<FunctionDefinition>;
}

type Memory = WeakMap<FileContext, Map<FunctionDefinition, Relevance>>;
const answers: Memory = new WeakMap();
const visits: Memory = new WeakMap();

/** Whether anything in a function, or in a function it calls, can be of interest to a rule. Most functions are not, and are not walked. */
export function isRelevant(definition: FunctionDefinition, file: FileContext): boolean {
  return relevanceOf(definition, file).relevant;
}

export function relevanceOf(definition: FunctionDefinition, file: FileContext): Relevance {
  return remembered(answers, definition, file, () => {
    const found = reaches(definition, file);
    return found.relevant || !(mentionsOf(definition).changes && sharesMemory(file))
      ? found
      : { ...found, relevant: true };
  });
}

/** Calls that give memory which other processes see: what is stored through pointers matters then. */
const sharing = ['shmat', 'mmap', 'Mmap', 'Shmat'];

const sharers = new WeakMap<FileContext, boolean>();

function sharesMemory(file: FileContext): boolean {
  let answer = sharers.get(file);
  if (answer === undefined) {
    const functions = [...file.symbols.functions.values()].flatMap(({ definition }) => definition ?? []);
    answer = functions.some((each) => sharing.some((name) => mentionsOf(each).names.includes(name)));
    sharers.set(file, answer);
  }
  return answer;
}

function remembered(
  memory: Memory,
  definition: FunctionDefinition,
  file: FileContext,
  decide: () => Relevance,
): Relevance {
  const known = memory.get(file) ?? new Map<FunctionDefinition, Relevance>();
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

function reaches(definition: FunctionDefinition, file: FileContext): Relevance {
  const read = new Set([definition]);
  let level = [{ definition, file }];
  for (let depth = 0; depth <= deepest && level.length > 0; depth++) {
    const next: typeof level = [];
    for (const current of level) {
      const { acts, names: own } = mentionsOf(current.definition);
      const names = withMacros(own, current.file);
      if (acts || !names || read.size > most) {
        return { relevant: true, read };
      }
      for (const name of names) {
        const callee = definitionOf(name, current.file);
        if (callee && !read.has(callee.definition)) {
          read.add(callee.definition);
          next.push(callee);
        }
      }
    }
    level = next;
  }
  return { relevant: false, read };
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
  return remembered(visits, definition, file, () => {
    const read = new Set([definition]);
    return { relevant: reachesObjects({ definition, file }, read, 0), read };
  });
}

function reachesObjects(
  { definition, file }: { definition: FunctionDefinition; file: FileContext },
  read: Set<FunctionDefinition>,
  depth: number,
): boolean {
  if (definition.body.end - definition.body.start > longestVisit) {
    return false;
  }
  const { names } = mentionsOf(definition);
  if (names.some((name) => handlesObjects(name) && file.call(name))) {
    return true;
  }
  return (
    depth < deepestVisit &&
    names.some((name) => {
      const callee = definitionOf(name, file);
      if (!callee || read.has(callee.definition)) return false;
      read.add(callee.definition);
      return reachesObjects(callee, read, depth + 1);
    })
  );
}

/** Whether a function has to do with the members of socket addresses. */
export function fillsAddresses({ definition }: FunctionScope): boolean {
  return mentionsOf(definition).addresses;
}

/** Whether a function, or one that it calls, calls something of the catalog that passes the test. */
export function reachesAny({ definition, file }: FunctionScope, test: (name: string) => boolean): boolean {
  const read = new Set([definition]);
  let level = [{ definition, file }];
  for (let depth = 0; depth <= deepest && level.length > 0; depth++) {
    const next: typeof level = [];
    for (const current of level) {
      for (const name of withMacroWords(mentionsOf(current.definition).names, current.file)) {
        const callee = definitionOf(name, current.file);
        if (!callee && test(name) && current.file.call(name)) return true;
        if (!callee || read.has(callee.definition)) continue;
        read.add(callee.definition);
        next.push(callee);
      }
      if (read.size > most) return true;
    }
    level = next;
  }
  return false;
}

function definitionOf(name: string, file: FileContext) {
  const definition = file.symbols.function(name)?.definition;
  return definition ? { definition, file } : file.outside(name);
}

/** Names, with all words of their macros. */
function withMacroWords(names: readonly string[], file: FileContext): ReadonlySet<string> {
  const all = new Set(names);
  for (const name of all) {
    for (const word of file.symbols.macro(name)?.body.match(/[A-Za-z_]\w*/g) ?? []) all.add(word);
  }
  return all;
}

/** Names, with those that their macros bring; undefined when one of these acts by itself. */
function withMacros(names: readonly string[], file: FileContext): ReadonlySet<string> | undefined {
  const all = new Set(names);
  // What is added while the loop runs is met by it, too.
  for (const name of all) {
    const macro = file.symbols.macro(name);
    if (macro === undefined || (macro.params === undefined && !macro.body.includes('('))) continue;
    for (const word of macro.body.match(/[A-Za-z_]\w*/g) ?? []) {
      if (members.has(word) || (matters(word) && file.call(word))) return undefined;
      all.add(word);
    }
  }
  return all;
}

function mentionsOf(definition: FunctionDefinition): Mentions {
  let mentions = cache.get(definition);
  if (!mentions) {
    let acts = false;
    let addresses = false;
    let changes = false;
    const names = new Set<string>();
    walkStmt(definition.body, {
      expr: (expr) => {
        if (expr.kind === 'member') addresses ||= members.has(expr.field);
        else if (expr.kind === 'name') names.add(expr.name);
        changes ||= storesThrough(expr);
        const name = calledName(expr);
        acts ||= name !== undefined && matters(name);
        if (expr.kind === 'init') {
          addresses ||= expr.items.some(({ designators }) =>
            designators.some((d) => typeof d === 'string' && members.has(d)),
          );
        }
      },
    });
    mentions = { acts: acts || addresses, addresses, changes, names: [...names] };
    cache.set(definition, mentions);
  }
  return mentions;
}

function storesThrough(expr: Expr): boolean {
  const target = expr.kind === 'assign' ? expr.target : expr.kind === 'update' ? expr.operand : undefined;
  return (
    (target?.kind === 'member' && target.arrow) ||
    target?.kind === 'index' ||
    (target?.kind === 'unary' && target.op === '*')
  );
}
