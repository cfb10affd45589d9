import { calls } from '../../catalog';
import { type FunctionDefinition, walkStmt } from '../c/ast';
import { calledName } from '../c/cfg';
import type { FileContext } from './context';

/** Members whose use alone can be a mistake. */
const members = new Set(['sin_port', 'sin6_port', 's_addr', 'sun_path']);

/** Families whose calls matter only when they act on an object: nearly every function prints something. */
const everyday = /^(?:stdio|time|file|directory|process-(?:identity|limits))/;

function matters(name: string): boolean {
  const call = calls.get(name);
  return (
    call !== undefined && (call.record.effects.length > 0 || !everyday.test(call.chapter.family?.id ?? ''))
  );
}

interface Mentions {
  /** Something of the catalog that acts on objects or processes, or such a member. */
  acts: boolean;
  /** Other names it calls or uses. */
  names: readonly string[];
}

const cache = new WeakMap<FunctionDefinition, Mentions>();

const answers = new WeakMap<FileContext, Map<FunctionDefinition, boolean>>();

/** Whether anything in a function, or in a function it calls, can be of interest to a rule. Most functions are not, and are not walked. */
export function isRelevant(definition: FunctionDefinition, file: FileContext): boolean {
  const known = answers.get(file) ?? new Map<FunctionDefinition, boolean>();
  answers.set(file, known);
  let answer = known.get(definition);
  if (answer === undefined) {
    answer = reaches(definition, file);
    known.set(definition, answer);
  }
  return answer;
}

/** Calls in each other that are looked into, as the interpreter walks no deeper; and functions in all, beyond which anything is possible. */
const deepest = 5;
const most = 300;

function reaches(definition: FunctionDefinition, file: FileContext): boolean {
  const seen = new Set([definition]);
  let level = [definition];
  for (let depth = 0; depth <= deepest && level.length > 0; depth++) {
    const next: FunctionDefinition[] = [];
    for (const current of level) {
      const { acts, names } = mentionsOf(current);
      // A macro may hold anything.
      if (acts || names.some((name) => isActiveMacro(name, file)) || seen.size > most) {
        return true;
      }
      for (const name of names) {
        const callee = file.symbols.function(name)?.definition;
        if (callee && !seen.has(callee)) {
          seen.add(callee);
          next.push(callee);
        }
      }
    }
    level = next;
  }
  return false;
}

function isActiveMacro(name: string, file: FileContext): boolean {
  const macro = file.symbols.macro(name);
  return macro !== undefined && (macro.params !== undefined || macro.body.includes('('));
}

function mentionsOf(definition: FunctionDefinition): Mentions {
  let mentions = cache.get(definition);
  if (!mentions) {
    let acts = false;
    const names = new Set<string>();
    walkStmt(definition.body, {
      expr: (expr) => {
        if (expr.kind === 'member') acts ||= members.has(expr.field);
        else if (expr.kind === 'name') names.add(expr.name);
        const name = calledName(expr);
        acts ||= name !== undefined && matters(name);
        if (expr.kind === 'init') {
          acts ||= expr.items.some(({ designators }) =>
            designators.some((d) => typeof d === 'string' && members.has(d)),
          );
        }
      },
    });
    mentions = { acts, names: [...names] };
    cache.set(definition, mentions);
  }
  return mentions;
}
