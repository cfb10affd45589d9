import { unwrap } from '../../analysis/operators';
import { type Expr, type FunctionDefinition, parameterIndex, walkStmt } from '../../c/ast';
import type { RuleContext } from '../rule';
import {
  callsTo,
  fileCalls,
  fileMakes,
  functionsOf,
  isAllRead,
  isProgram,
  lastName,
  textOf,
} from '../shared/whole-file';
import { anyNumber } from '../subjects/locks/act';
import { actsIn, type LockAct } from '../subjects/locks/acts';

/** Sets of one semaphore each, which a program knows by names: `P(empty)`, `V(full)`. */

/** What this function takes of sets that nobody in the program gives back, where others of its sets are given back. */
export function setsNeverGiven(context: RuleContext): LockAct[] {
  const own = takesIn(context);
  if (own.length === 0 || !areAllHere(context)) return [];
  const given = namesGiven(context);
  if (!given || given.size === 0) return [];
  return own.filter((act) => {
    const name = nameOf(act);
    const isGiven = name === undefined || given.has(name) || given.has(`${act.last}[]`);
    return !isGiven && !isKnownOtherwise(act.last, context);
  });
}

function takesIn(context: RuleContext): LockAct[] {
  const { definition } = context.scope;
  return actsIn(context.scope, context).filter(
    (act) => act.kind === 'sysv-sem' && act.op === 'lock' && parameterOf(act, definition) < 0,
  );
}

/** The program makes all its sets for itself, several of them, with one semaphore in each. */
function areAllHere(context: RuleContext): boolean {
  const made = fileCalls(context, 'semget');
  return (
    made.length > 0 &&
    isProgram(context) &&
    isAllRead(context) &&
    !fileMakes(context, /^(?:exec\w+|posix_spawnp?|system)$/) &&
    made.every(({ expr: { args }, within }) => {
      const [key, count] = args;
      const scope = context.scope.file.scopeOf(within);
      const isOwn = key !== undefined && textOf(key, within, context) === 'IPC_PRIVATE';
      return isOwn && count !== undefined && context.scope.evaluator.constant(count, scope) === 1n;
    })
  );
}

/** The names of the sets that some function gives to; undefined where it is not known to which one gives. */
function namesGiven(context: RuleContext): Set<string> | undefined {
  const given = new Set<string>();
  for (const definition of functionsOf(context)) {
    for (const act of actsIn(context.scope.file.scopeOf(definition), context)) {
      if (act.kind === 'own' || (act.kind === 'sysv-sem' && act.op !== 'unlock' && act.op !== 'lock'))
        return undefined;
      if (act.kind !== 'sysv-sem' || act.op === 'lock') continue;
      const names = namesAt(act, definition, context, 0);
      if (!names) return undefined;
      for (const name of names) given.add(name);
    }
  }
  return given;
}

/** By what names a function knows the set: of a parameter what its callers hand over. */
function namesAt(
  act: LockAct,
  definition: FunctionDefinition,
  context: RuleContext,
  depth: number,
): string[] | undefined {
  const index = parameterOf(act, definition);
  if (index < 0) return [nameOf(act) ?? `${act.last}[]`];
  const calls = callsTo(context, definition.name);
  if (depth > 2) return undefined;
  const found = calls.map(({ expr, within }) => {
    const arg = expr.args[index];
    const name = arg && textOf(arg, within, context);
    const last = arg && lastName(arg);
    return name === undefined || last === undefined
      ? undefined
      : namesAt({ ...act, last, key: `sysv-sem:${name}` }, within, context, depth + 1);
  });
  return found.every((names) => names !== undefined) ? found.flat() : undefined;
}

/** Its number is copied from somewhere or to somewhere, and may be given by that name. */
function isKnownOtherwise(last: string, context: RuleContext): boolean {
  const isIt = (expr: Expr | undefined) => {
    const inner = expr && unwrap(expr);
    return inner !== undefined && /^(?:name|member|index)$/.test(inner.kind) && lastName(inner) === last;
  };
  const isCopy = (target: boolean, value: Expr | undefined) =>
    isIt(value) || (target && value !== undefined && /^(?:name|member|index|init)$/.test(unwrap(value).kind));
  return functionsOf(context).some(({ body }) => {
    let found = false;
    walkStmt(body, {
      stmt: (stmt) => {
        if (stmt.kind !== 'decl') return;
        for (const { name, init } of stmt.declaration.declarators) found ||= isCopy(name === last, init);
      },
      expr: (expr) => {
        if (expr.kind === 'assign') found ||= isCopy(isIt(expr.target), expr.value);
        else if (expr.kind === 'init') found ||= expr.items.some(({ value }) => isIt(value));
        else if (expr.kind === 'unary' && expr.op === '&') found ||= isIt(expr.operand);
      },
    });
    return found;
  });
}

function parameterOf({ key, last }: LockAct, { type }: FunctionDefinition): number {
  const text = textIn(key);
  return text === last ? parameterIndex(type.params, last) : -1;
}

const textIn = (key: string) => key.slice(key.indexOf(':') + 1).replace(/#.*$/, '');

/** `full`, `sets[2]`: undefined where it may be one or the other. */
function nameOf({ key, last }: LockAct): string | undefined {
  if (key.endsWith(anyNumber)) return undefined;
  const [, index] = /\[([^\]]*)\]$/.exec(textIn(key)) ?? [];
  if (index === undefined) return last;
  return /^(?:\d+|[A-Z][A-Z0-9_]*)$/.test(index) ? `${last}[${index}]` : undefined;
}
