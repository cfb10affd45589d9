import type { Expr, ExprOf, FunctionDefinition } from '../../c/ast';
import { calledName } from '../../c/cfg';
import { comesBackAlways } from '../../c/library';
import type { RuleContext } from '../rule';
import { contains, around as statementsAround } from './statements';
import { declaratorOf, type Use, usesOf } from './uses';

/**
 * Whether what a variable holds can be found by others through the variable's address. Who only lends the address to functions that are
 * done with it when they return is alone with it afterwards.
 */

/** A use of a name in a function whose text is at hand. */
interface Seen {
  use: Use;
  definition: FunctionDefinition;
  context: RuleContext;
  /** How many functions more are looked into. */
  levels: number;
}

/**
 * Whether the address of a variable, or the whole of it where it is a structure, gets in front of a place to somebody who may keep it.
 * `isBefore` picks the uses that may happen before the place.
 */
export function isKeptElsewhere(
  name: string,
  isStructure: boolean,
  context: RuleContext,
  isBefore: (use: Expr) => boolean,
): boolean {
  const { definition } = context.scope;
  return usesOf(definition, name).some((use) => {
    if (!isBefore(use.expr)) return false;
    const { end, outer } = pastParts(use, false);
    if (outer[0]?.kind === 'unary' && outer[0].op === '&')
      return keeps(outer[0], outer.slice(1), { use, definition, context, levels: 3 });
    return isStructure && end === use.expr && isCopied(outer[0], use, definition);
  });
}

/** The part of a variable that a use is of: members and elements, and with `follows` what a pointer leads to. */
function pastParts({ expr, around }: Use, follows: boolean): { end: Expr; outer: readonly Expr[] } {
  let end = expr;
  let i = 0;
  for (; i < around.length; i++) {
    const outer = around[i]!;
    const inside =
      (outer.kind === 'member' && (follows || !outer.arrow)) ||
      (outer.kind === 'index' && outer.array === end) ||
      (follows && ((outer.kind === 'unary' && outer.op === '*') || (outer.kind === 'cast' && end === expr)));
    if (!inside) break;
    end = outer;
  }
  return { end, outer: around.slice(i) };
}

/** A structure as a value: what it holds is somewhere else, too. */
function isCopied(outer: Expr | undefined, { expr }: Use, definition: FunctionDefinition): boolean {
  if (outer === undefined)
    return /^(?:return|decl)$/.test(statementsAround(definition, expr).at(-1)?.kind ?? '');
  return (
    (outer.kind === 'assign' && outer.target !== expr) ||
    outer.kind === 'call' ||
    outer.kind === 'init' ||
    outer.kind === 'conditional'
  );
}

/** Whether an address goes where it may be kept. */
function keeps(address: Expr, around: readonly Expr[], seen: Seen): boolean {
  const [outer, ...more] = around;
  switch (outer?.kind) {
    case undefined:
      return isKeptByStatement(address, seen);
    case 'cast':
      return keeps(outer, more, seen);
    case 'call':
      return isKeptByCall(outer, outer.args.indexOf(address), seen);
    case 'assign':
      return outer.target !== address && isKeptIn(outer.target, seen);
    case 'binary':
      return outer.op === '+' || outer.op === '-';
    case 'unary':
    case 'logical':
    case 'sizeof':
      return false;
    default:
      return true;
  }
}

function isKeptByStatement(address: Expr, seen: Seen): boolean {
  const stmt = statementsAround(seen.definition, address).at(-1);
  if (stmt?.kind === 'return') return true;
  if (stmt?.kind !== 'decl') return false;
  const declared = stmt.declaration.declarators.find(({ init }) => init && contains(init, address));
  return !declared || stmt.declaration.storage.includes('static') || isPointerKept(declared.name, seen);
}

/** A pointer that gets the address: the same is asked of it. */
function isKeptIn(target: Expr, seen: Seen): boolean {
  if (target.kind !== 'name' || !isLocal(target.name, seen)) return true;
  return isPointerKept(target.name, seen);
}

function isLocal(name: string, { definition, context }: Seen): boolean {
  const declared = declaratorOf(context.scope, name);
  const isKept = declared?.storage.some((word) => word === 'static' || word === 'extern') ?? false;
  return (declared !== undefined && !isKept) || definition.type.params.some((param) => param.name === name);
}

function isPointerKept(name: string, seen: Seen): boolean {
  if (seen.levels === 0) return true;
  return usesOf(seen.definition, name).some((use) => {
    const { end, outer } = pastParts(use, true);
    const inner = { ...seen, use, levels: seen.levels - 1 };
    if (end === use.expr || end.kind === 'cast') return keeps(end, outer, inner);
    return outer[0]?.kind === 'unary' && outer[0].op === '&' && keeps(outer[0], outer.slice(1), inner);
  });
}

/** Calls that take a copy of what they are given, or call back with it. */
const keeping = /^(?:memcpy|memmove|mempcpy|pthread_cleanup_push|pthread_setspecific|tss_set)$/;

function isKeptByCall(call: ExprOf<'call'>, index: number, { context, levels }: Seen): boolean {
  const name = calledName(call);
  if (name === undefined || index < 0) return true;
  if (keeping.test(name)) return index > 0;
  const known = context.scope.call(name);
  if (known) return known.effects.some(({ op }) => op === 'spawn-thread');
  const callee = levels > 0 ? context.functionNamed(name) : undefined;
  if (!callee) return !comesBackAlways(name);
  const param = callee.definition.type.params[index]?.name;
  const { definition } = callee;
  return (
    param === undefined ||
    isPointerKept(param, {
      use: { expr: call, around: [] },
      definition,
      context: context.in(callee),
      levels,
    })
  );
}
