import type { CallEvent } from '../../analysis/events';
import { isComparison, withoutCasts } from '../../analysis/operators';
import {
  type Expr,
  type ExprOf,
  type FunctionDefinition,
  type Span,
  someExprIn,
  somePart,
} from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Report, RuleContext } from '../rule';
import { loopAround, resultName } from '../shared/loops';
import { isErrno } from '../shared/reporting';
import { arms, contains, statementOf } from '../shared/statements';
import { isDirect, mayFail } from '../shared/support';
import { assignmentsTo, type Use, usesOf, variableIn } from '../shared/uses';

/** How many bytes have come is taken for a number of bytes, without a question whether it says that the call has failed. */

const receiving = /^(?:read|pread|recv|recvfrom|msgrcv|mq_receive|mq_timedreceive)$/;

/** Calls of which a loop reckons what is left with how much they have taken. */
const sending = /^(?:write|pwrite|send|sendto)$/;

/** Calls of the C library, by the argument that says how many bytes. */
const sized: Record<string, number> = {
  write: 2,
  send: 2,
  sendto: 2,
  mq_send: 2,
  memcpy: 2,
  memmove: 2,
  memcmp: 2,
  fwrite: 2,
};

export function countUntested(event: CallEvent, context: RuleContext): Report | undefined {
  const receives = receiving.test(event.name);
  if (!mayFail(event) || !(receives || sending.test(event.name)) || !isDirect(event.at, event.expr))
    return undefined;
  const { definition } = context.scope;
  const name = resultName(definition, event.expr);
  if (name === undefined || context.scope.ambiguous.has(name)) return undefined;
  // What stands inside a test is asked about there, unless that only looks for 0.
  const stmt = statementOf(definition, event.expr);
  const isPlain = stmt.kind === 'decl' || (stmt.kind === 'expr' && stmt.expr.kind === 'assign');
  if (
    !isPlain &&
    !(
      (stmt.kind === 'while' || stmt.kind === 'if') &&
      looksForZero(stmt.test, (part) => part === event.expr, context)
    )
  )
    return undefined;
  const own = usesOfResult(event.expr, name, context);
  const asked = own.filter((use) => isAsked(use, context));
  const bounds = asked.filter((use) => boundsLoop(use, definition));
  if (asked.length > bounds.length || asksErrno(event.expr, context)) return undefined;
  const reckoned =
    loopAround(definition, event.expr) && own.find((use) => isReckoned(use) && !isSumAsked(use, definition));
  if (!receives) return reckoned && addedUp(event, name, reckoned, context);
  const taken = own.find((use) => use.expr.start > event.expr.end && isTakenForSize(use, context));
  const ended = own.find(
    ({ expr, around: [outer, above] }) =>
      (outer && looksForZero(outer, (part) => part === expr, context)) ||
      (above && looksForZero(above, (part) => part === event.expr, context)),
  );
  if (taken) return takenForSize(event, name, taken, definition);
  if (reckoned) return addedUp(event, name, reckoned, context);
  // A loop over no bytes does nothing.
  if (bounds.length > 0 || !isBufferUsed(event, definition)) return undefined;
  return (
    ended && {
      span: event.at,
      message: `Nobody asks whether this \`${event.name}\` failed: when it does \`${name}\` is -1 and not 0, and the program goes on with bytes that never came${loopAround(definition, event.expr) ? ', round after round' : ''}. Test \`${name}\` for -1 as well.`,
      related: [
        {
          span: { start: ended.expr.start, end: ended.expr.end, within: definition },
          message: 'Only end-of-file is asked for here',
        },
      ],
    }
  );
}

/** What is received is used. Where it is not, the call only waits, or asks whether the other side is still there. */
function isBufferUsed({ args: [, buffer], expr }: CallEvent, definition: FunctionDefinition): boolean {
  const name = buffer && variableIn(buffer.expr);
  return name !== undefined && usesOf(definition, name).some((use) => use.expr.start > expr.end);
}

function takenForSize(event: CallEvent, name: string, taken: Use, within: FunctionDefinition): Report {
  return {
    span: event.at,
    message: `Nobody asks whether this \`${event.name}\` failed before \`${name}\` is taken for a number of bytes: when it fails \`${name}\` is -1, and ${consequenceOf(taken)}. Test \`${name}\` for -1 first.`,
    related: [
      {
        span: { start: taken.expr.start, end: taken.expr.end, within },
        message: 'It is taken for a number of bytes here',
      },
    ],
  };
}

function addedUp(event: CallEvent, name: string, { expr, around }: Use, context: RuleContext): Report {
  const { scope } = context;
  const [sum] = around;
  const target = sum?.kind === 'assign' ? sum.target : expr;
  const isPlace = scope.resolvedTypeOf(target)?.k === 'pointer';
  const grows = sum?.kind === 'assign' && sum.op === '-=';
  const then = grows ? 'grows by one' : isPlace ? 'goes back by one' : 'loses one';
  return {
    span: event.at,
    message: `Nobody asks whether this \`${event.name}\` failed: when it does \`${name}\` is -1, and \`${context.source(target)}\` ${then}, round after round. Test \`${name}\` for -1 before it is reckoned with.`,
    related: [
      {
        span: { start: expr.start, end: expr.end, within: scope.definition },
        message: 'It is reckoned with here',
      },
    ],
  };
}

/** `left -= n`, `place += n`. */
function isReckoned({ expr, around: [outer] }: Use): boolean {
  return outer?.kind === 'assign' && /^[+-]=$/.test(outer.op) && outer.value === expr;
}

/** `if (left != 0)`: what has been reckoned tells of the failure as well. */
function isSumAsked({ around: [sum] }: Use, definition: FunctionDefinition): boolean {
  const name = sum?.kind === 'assign' ? variableIn(sum.target) : undefined;
  return (
    name === undefined ||
    usesOf(definition, name).some(({ expr }) => {
      const stmt = statementOf(definition, expr);
      return (stmt.kind === 'if' && contains(stmt.test, expr)) || stmt.kind === 'switch';
    })
  );
}

function consequenceOf(taken: Use): string {
  if (taken.around[0]?.kind === 'index') return 'the zero is stored at index -1';
  const user = calledName(callOf(taken)!) ?? '';
  return printing.test(user)
    ? `\`${user}\` reads on to the next zero byte, wherever that is`
    : `\`${user}\` is asked for nearly all memory there is`;
}

/** The uses of a variable that may find the result of this call in it: behind the call, and before it in the next round of a loop. */
function usesOfResult(call: Expr, name: string, { scope: { definition } }: RuleContext): Use[] {
  const loop = loopAround(definition, call);
  const others = assignmentsTo(definition, name).filter(({ value }) => withoutCasts(value) !== call);
  return usesOf(definition, name).filter(({ expr }) => {
    const from = expr.start >= call.start ? call.start : loop?.start;
    if (from === undefined || (loop && expr.start >= loop.end)) return false;
    return !others.some(
      ({ at }) => at.start > from && at.end <= expr.start && contains(armOf(definition, at), expr),
    );
  });
}

function armOf(definition: FunctionDefinition, place: Span): Span {
  return arms(definition, place).at(-1) ?? definition.body;
}

/** A use that may ask for the failure: everything but a size, an index, a value stored or printed. */
function isAsked(use: Use, context: RuleContext): boolean {
  const [outer] = use.around;
  if (isTakenForSize(use, context) || isReckoned(use)) return false;
  if (outer && looksForZero(outer, (part) => part === use.expr, context)) return false;
  if (outer?.kind === 'assign') return outer.target !== use.expr;
  // How much has been written is compared with how much there was.
  if (outer?.kind === 'binary' && isComparison(outer.op) && [outer.left, outer.right].some(isSized))
    return false;
  const call = callOf(use);
  return !(call && printing.test(calledName(call) ?? ''));
}

/** `i < n` in the test of a loop: for -1 as for 0 there is no round. */
function boundsLoop({ expr, around: [outer] }: Use, definition: FunctionDefinition): boolean {
  const stmt = statementOf(definition, expr);
  const isTest = (stmt.kind === 'for' || stmt.kind === 'while') && stmt.test && contains(stmt.test, expr);
  if (!isTest || outer?.kind !== 'binary' || !/^[<>]=?$/.test(outer.op)) return false;
  return [outer.left, outer.right].every((side) => side === expr || side.kind === 'name');
}

const printing = /printf$/;

/** `n == 0`, `n != 0`, `(n = read(...)) != 0` and their like: -1 is the same to them as any number of bytes. */
function looksForZero(test: Expr, is: (part: Expr) => boolean, { scope }: RuleContext): boolean {
  if (test.kind === 'unary') return test.op === '!' && isResult(test.operand, is);
  if (test.kind !== 'binary' || !/^[!=]=$/.test(test.op)) return isResult(test, is) && test.kind === 'assign';
  const [result, other] = isResult(test.left, is) ? [test.left, test.right] : [test.right, test.left];
  return isResult(result, is) && scope.evaluator.constant(other, scope) === 0n;
}

function isResult(expr: Expr, is: (part: Expr) => boolean): boolean {
  const inner = withoutCasts(expr);
  return is(inner) || (inner.kind === 'assign' && inner.op === '=' && is(inner.value));
}

/** The cause is asked for behind the call, or in the loop around it. */
function asksErrno(call: Expr, { scope: { definition } }: RuleContext): boolean {
  const { start, end } = loopAround(definition, call) ?? { start: call.start, end: definition.body.end };
  return someExprIn(definition.body, (part) => part.start >= start && part.end <= end && isErrno(part));
}

const isSized = (expr: Expr) => Object.hasOwn(sized, calledName(expr) ?? '');

function callOf({ around }: Use): Expr | undefined {
  const outer = around.find(({ kind }) => kind !== 'cast');
  return outer?.kind === 'call' ? outer : undefined;
}

function isTakenForSize(use: Use, context: RuleContext): boolean {
  const [outer, above] = use.around;
  if (outer?.kind === 'index' && outer.index === use.expr)
    return above?.kind === 'assign' && above.target === outer;
  const call = callOf(use);
  const given = call?.kind === 'call' ? sizeGiven(call, context) : undefined;
  return given !== undefined && somePart(given, (part) => part === use.expr);
}

/** The argument of a call that says how many bytes, be it in front of a text to be printed. */
function sizeGiven(call: ExprOf<'call'>, { scope }: RuleContext): Expr | undefined {
  const name = calledName(call) ?? '';
  if (Object.hasOwn(sized, name)) return call.args[sized[name]!];
  const at = printing.test(name) ? call.args.findIndex(({ kind }) => kind === 'string') : -1;
  const format = at < 0 ? undefined : scope.evaluator.string(call.args[at]!);
  const values = [...(format?.replaceAll('%%', '').matchAll(/%[^a-zA-Z]*[a-zA-Z]/g) ?? [])];
  const shown = values.findIndex(([value]) => /^%[-\d]*\.\*s$/.test(value));
  const before = values
    .slice(0, shown)
    .reduce((count, [value]) => count + 1 + value.split('*').length - 1, 0);
  return shown < 0 ? undefined : call.args[at + 1 + before];
}
