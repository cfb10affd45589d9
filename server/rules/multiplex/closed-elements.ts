import { rootName } from '../../analysis/aliasing';
import { changedBy, unwrap } from '../../analysis/operators';
import {
  type Expr,
  type ExprOf,
  type FunctionDefinition,
  type Stmt,
  someExprIn,
  someStmtIn,
} from '../../c/ast';
import type { RuleContext } from '../rule';
import { leavesSomewhere } from '../shared/endings';
import { mentions } from '../shared/globals';
import { isLoop, loopAround } from '../shared/loops';
import { areApart, arms, around, contains } from '../shared/statements';
import { assignmentsTo, callsIn } from '../shared/uses';
import { textOf } from '../shared/whole-file';

/** A descriptor is closed, and its element of the array that `poll` gets in each round keeps the number. */
export interface ClosedElement {
  close: ExprOf<'call'>;
  /** How the descriptor is written in the array. */
  element: string;
}

/** The closes in loops around `poll` behind which nothing changes the array or how much of it counts. */
export function closedElements(context: RuleContext): ClosedElement[] {
  const { definition } = context.scope;
  return callsIn(definition, /^p?poll$/i).flatMap((poll) => {
    const loop = loopAround(definition, poll);
    const array = poll.args[0]?.kind === 'name' ? poll.args[0].name : undefined;
    if (!loop || array === undefined || movesElements(loop.body, array)) return [];
    return callsIn(definition, /^close$/i).flatMap((close) => {
      const member = contains(loop.body, close) ? memberClosed(close, array, definition) : undefined;
      if (!member || isForgotten(close, array, poll, definition)) return [];
      return [{ close, element: textOf(member, definition, context) }];
    });
  });
}

/** Elements are moved to where others were: the array is put in order later. */
function movesElements(body: Stmt, array: string): boolean {
  return someExprIn(
    body,
    (expr) =>
      (expr.kind === 'assign' && rootName(expr.target) === array && mentions(expr.value, array)) ||
      // Who gets the array may do so, too.
      (expr.kind === 'call' && expr.args.some((arg) => isGiven(arg, array)) && !isPoll(expr)),
  );
}

const isPoll = ({ callee }: ExprOf<'call'>) => callee.kind === 'name' && /^p?poll$/i.test(callee.name);

/** The array itself, or the address of a part of it. */
function isGiven(arg: Expr, array: string): boolean {
  const plain = unwrap(arg);
  const inner = plain.kind === 'unary' && plain.op === '&' ? plain.operand : plain;
  return rootName(inner) === array && (inner !== plain || plain.kind === 'name');
}

/** `close(set[i].fd)`, or of a variable that only ever gets such a member in the loop. */
function memberClosed(
  { args: [arg], start }: ExprOf<'call'>,
  array: string,
  definition: FunctionDefinition,
): Expr | undefined {
  const isMember = (expr: Expr) =>
    expr.kind === 'member' &&
    !expr.arrow &&
    expr.field === 'fd' &&
    expr.object.kind === 'index' &&
    rootName(expr.object) === array;
  if (!arg) return undefined;
  if (isMember(arg)) return arg;
  const got = arg.kind === 'name' ? assignmentsTo(definition, arg.name) : [];
  const last = got.findLast(({ at }) => at.start < start);
  const value = last && unwrap(last.value);
  return value && isMember(value) ? value : undefined;
}

/** In the round of the close something stores into the array or changes how many elements count, or the loop is left. */
function isForgotten(
  close: Expr,
  array: string,
  poll: ExprOf<'call'>,
  definition: FunctionDefinition,
): boolean {
  const round = around(definition, close).findLast(isLoop);
  const ways = arms(definition, close);
  if (!round) return true;
  const counts = (name: string) => poll.args[1] !== undefined && mentions(poll.args[1], name);
  const changes = (expr: Expr) => {
    const target = changedBy(expr);
    const root = target && rootName(target);
    return root !== undefined && (root === array || counts(root)) && !areApart(expr, close, definition);
  };
  const branch = ways.at(-1);
  return (
    branch === undefined ||
    !contains(round, branch) ||
    someExprIn(round, changes) ||
    leavesSomewhere(branch) ||
    someStmtIn(branch, (stmt) => stmt.kind === 'break' && stmt.start > close.end) ||
    // A flag for what is to be done behind the loop.
    someExprIn(branch, (expr) => expr.kind === 'assign' && expr.start > close.end)
  );
}
