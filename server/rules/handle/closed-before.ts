import { type CallEvent, type Operand, resourcesOf } from '../../analysis/events';
import { changedBy, unwrap } from '../../analysis/operators';
import {
  type Expr,
  type ExprOf,
  type FunctionDefinition,
  type Stmt,
  someStmtIn,
  walkExpr,
  walkStmt,
} from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { soundsLikeEnding } from '../shared/endings';
import { type Loop, loopAround } from '../shared/loops';
import { tellsFailure } from '../shared/reporting';
import { usesOf, variableIn } from '../shared/uses';
import { textOf } from '../shared/whole-file';
import { type Closing, closing, closingsOf } from './closing-helpers';
import { branchOf, closes, dominates, fallsTo, triesErrors, usesIn } from './using';

/**
 * Handles of whom nothing is known but their name, as a parameter's, a member's or a global variable's: that one has been closed is told by the text, where
 * nothing between the two calls may have given the name to another handle.
 */

/** Such a handle in a call, and the call before it that closed it for certain. */
export interface ClosedBefore {
  operand: Operand;
  at: ExprOf<'call'>;
  /** What closes it there: `at` itself, or a call in the function that it calls. */
  closer: string;
  /** This call closes it once more. */
  again: boolean;
  /** The function of the project that uses it. */
  by?: string;
}

export function closedBefore(event: CallEvent, context: RuleContext): ClosedBefore | undefined {
  if (event.at.start !== event.expr.start || event.at.within !== context.scope.definition) {
    return undefined;
  }
  if (closingsOf(context).length === 0) {
    return undefined;
  }
  for (const { operand, again, by } of takenIn(event, context)) {
    if (resourcesOf(operand.value).length > 0 || operand.value.constant !== undefined) continue;
    const found =
      closeOf(operand.expr, event.expr, context) ?? closedEachRound(operand.expr, event.expr, context);
    if (!found || triesErrors(context)) continue;
    return { operand, at: found.call, closer: found.closer, again, ...(by === undefined ? {} : { by }) };
  }
  return undefined;
}

/** The handles that a call of the library takes, or that a function at hand gives to one. */
function takenIn(event: CallEvent, context: RuleContext): Omit<ClosedBefore, 'at' | 'closer'>[] {
  // Those are told from which number on, or only look at a bit of that number.
  if (/^(?:close(?:from|_range)|FD_(?:ISSET|CLR))$/.test(event.name)) return [];
  if (event.site) {
    return usesIn(event).map(({ effect, operand }) => ({ operand, again: closes(effect) }));
  }
  const callee = context.functionNamed(event.name);
  return event.args.flatMap((operand, i) => {
    const param = callee?.definition.type.params[i]?.name;
    if (!callee || param === undefined || !isPlace(operand.expr)) return [];
    const uses = usesOf(callee.definition, param);
    const taken = uses.some(({ around: [call] }) => call?.kind === 'call' && isFirst(call, param, context));
    return taken ? [{ operand, again: false, by: event.name }] : [];
  });
}

/** Handed to a call that does something with a descriptor. */
function isFirst(call: ExprOf<'call'>, param: string, { scope }: RuleContext): boolean {
  const known = scope.call(calledName(call) ?? '');
  const [first] = call.args;
  // It may close the number only to have it free for another.
  const acts =
    known?.effects.some((effect) => effect.at === known.params[0]?.name && !closes(effect)) ?? false;
  return acts && first?.kind === 'name' && first.name === param;
}

function isPlace(expr: Expr): boolean {
  switch (expr.kind) {
    case 'name':
      return true;
    case 'member':
      return isPlace(expr.object);
    case 'index':
      return isPlace(expr.array) && (isPlace(expr.index) || expr.index.kind === 'number');
    default:
      return false;
  }
}

type Found = Pick<Closing, 'call' | 'closer'>;

function closeOf(handle: Expr, use: Expr, context: RuleContext): Found | undefined {
  // The same name may be another variable's in an inner block.
  if (!isPlace(handle) || context.scope.ambiguous.has(variableIn(handle) ?? '')) {
    return undefined;
  }
  const { definition } = context.scope;
  const text = textOf(handle, definition, context);
  return closingsOf(context).findLast(({ call, handle: closed }) => {
    if (call === use || call.end > use.start || closed !== text) return false;
    const reached =
      dominates(context, call.start, use.start) ||
      jumpsTo(definition, call, use) ||
      fallsTo(context, call.start, use.start, handle.kind === 'name' ? handle.name : undefined);
    return reached && isSame(handle, call, use, context);
  });
}

/** The branch of the call ends with a jump to a label in front of the use. */
function jumpsTo({ body }: FunctionDefinition, call: Expr, use: Expr): boolean {
  const branch = branchOf(body, call.start);
  const last = branch.kind === 'block' ? branch.body.at(-1) : branch;
  return someStmtIn(body, (stmt) => {
    const isTarget = stmt.kind === 'label' && last?.kind === 'goto' && stmt.name === last.name;
    return isTarget && stmt.start > call.end && stmt.start < use.start;
  });
}

/** Each round of the loop around the use closes the handle at its end, and none of them makes another. */
function closedEachRound(handle: Expr, use: Expr, context: RuleContext): Found | undefined {
  const { definition } = context.scope;
  const loop = loopAround(definition, use);
  const name = handle.kind === 'name' ? handle.name : undefined;
  if (!loop || name === undefined || loop.body.kind !== 'block' || context.scope.ambiguous.has(name)) {
    return undefined;
  }
  const { body } = loop.body;
  const at = body.findIndex((stmt) => stmt.kind === 'expr' && closesName(stmt.expr, name));
  const closed = body[at];
  const call = closed?.kind === 'expr' ? unwrap(closed.expr) : undefined;
  if (call?.kind !== 'call' || call.start < use.end) {
    return undefined;
  }
  const ends = body.slice(at).some((stmt) => {
    const called = stmt.kind === 'expr' ? calledName(unwrap(stmt.expr)) : undefined;
    return (
      /^(?:return|goto|break|label|case)$/.test(stmt.kind) || soundsLikeEnding(called) || tellsFailure(called)
    );
  });
  let replaced = declaresIn(loop, name);
  walkStmt(loop, {
    stmt: ({ kind }) => {
      replaced ||= kind === 'unknown' || kind === 'either';
    },
    expr: (expr) => {
      const target = changedBy(expr);
      replaced ||= target !== undefined && variableIn(target) === name;
      replaced ||= expr.kind === 'unary' && expr.op === '&' && variableIn(expr.operand) === name;
    },
  });
  const closer = calledName(call) ?? '';
  return ends || replaced || isStatic(name, context) ? undefined : { call, closer };
}

function closesName(expr: Expr, name: string): boolean {
  const call = unwrap(expr);
  const [closed] = call.kind === 'call' && closing.test(calledName(call) ?? '') ? call.args : [];
  return closed?.kind === 'name' && closed.name === name;
}

function declaresIn(loop: Loop, name: string): boolean {
  return someStmtIn(
    loop,
    (stmt) => stmt.kind === 'decl' && stmt.declaration.declarators.some((each) => each.name === name),
  );
}

/** Nothing between the two can change what the name stands for, or jumps there past the first. */
function isSame(handle: Expr, from: Expr, to: Expr, context: RuleContext): boolean {
  const { scope } = context;
  const { definition } = scope;
  const names = new Set<string>();
  walkExpr(handle, (expr) => {
    if (expr.kind === 'name') names.add(expr.name);
  });
  const isOwn = [...names].every((name) => scope.typeOf(name) !== undefined && !isStatic(name, context));
  const isPlain = handle.kind === 'name';
  // What others know by that name stays the same while none of them is called.
  let same = isOwn || [...names].every((name) => scope.typeOf(name) === undefined);
  walkStmt(definition.body, {
    stmt: (stmt) => {
      const between = stmt.start > from.start && stmt.start < to.start;
      if (between && (stmt.kind === 'case' || stmt.kind === 'label')) same = false;
      if (stmt.kind === 'unknown' || stmt.kind === 'either') same &&= isAside(stmt, from, to);
      if (stmt.kind === 'decl' && between)
        same &&= !stmt.declaration.declarators.some(({ name }) => name !== undefined && names.has(name));
    },
    expr: (expr) => {
      const isOptional =
        (expr.kind === 'logical' && holds(expr.right, from)) ||
        (expr.kind === 'conditional' && holds(expr, from) && !holds(expr.test, from));
      if (isOptional) same = false;
      if (expr.end <= from.start || expr.start >= to.end || expr === from || expr === to) return;
      if (expr.kind === 'assign' || expr.kind === 'update') {
        const target = variableIn(expr.kind === 'assign' ? expr.target : expr.operand);
        // What is assigned to a condition of the loop around, too.
        same &&= target === undefined || !names.has(target) || holds(expr, from);
      } else if (expr.kind === 'unary' && expr.op === '&') {
        same &&= !names.has(variableIn(expr.operand) ?? '');
      } else if (expr.kind === 'binary' && isNumberAsked(expr, handle)) {
        same = false;
      } else if (expr.kind === 'call' && !isOwn && !isInside(expr, from, to)) {
        same &&= scope.call(calledName(expr) ?? '') !== undefined;
      } else if (expr.kind === 'call' && !isPlain && !scope.call(calledName(expr) ?? '')) {
        // Who gets the structure may open another one.
        same &&= !expr.args.some((arg) => arg.kind === 'name' && names.has(arg.name));
      }
    },
  });
  return same;
}

/** `dup(saved) == fd`: another descriptor is to have the number that has been closed. */
function isNumberAsked({ op, left, right }: ExprOf<'binary'>, handle: Expr): boolean {
  const isHandle = (side: Expr) =>
    handle.kind === 'name' && side.kind === 'name' && side.name === handle.name;
  const isMade = (side: Expr) =>
    unwrap(side).kind === 'call' || (side.kind === 'assign' && side.value.kind === 'call');
  return (
    (op === '==' || op === '!=') && ((isHandle(left) && isMade(right)) || (isHandle(right) && isMade(left)))
  );
}

/** Of this alternative of conditional compilation both are part, or none. */
function isAside(stmt: Stmt, from: Expr, to: Expr): boolean {
  const branches = stmt.kind === 'either' ? stmt.branches : [];
  const inOne = branches.some(
    ([first, ...rest]) =>
      first !== undefined && first.start <= from.start && to.end <= (rest.at(-1) ?? first).end,
  );
  return stmt.end <= from.start || stmt.start >= to.end || inOne;
}

/** A part of one of the two calls. */
const isInside = (expr: Expr, ...calls: Expr[]) => calls.some((call) => holds(call, expr));

const holds = (outer: Expr, inner: Expr) => outer.start <= inner.start && inner.end <= outer.end;

function isStatic(name: string, { scope }: RuleContext): boolean {
  let found = true;
  walkStmt(scope.definition.body, {
    stmt: (stmt) => {
      if (stmt.kind === 'decl' && stmt.declaration.declarators.some((each) => each.name === name))
        found = stmt.declaration.storage.includes('static');
    },
  });
  return found && !scope.definition.type.params.some((param) => param.name === name);
}
