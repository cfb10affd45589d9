import { unwrap } from '../../analysis/operators';
import { FileIndex } from '../../analysis/survey';
import {
  type Expr,
  type ExprOf,
  type FunctionDefinition,
  type Stmt,
  someExprIn,
  walkStmt,
} from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import type { Loop } from '../shared/loops';
import { around, contains } from '../shared/statements';
import { assignmentsTo, callsIn, variableIn } from '../shared/uses';
import { lastName } from '../shared/whole-file';

/** Loops over an array of handles that take one more than have been stored: `i <= count` where `array[count++]` stores. */

type ForLoop = Extract<Loop, { kind: 'for' }>;

interface Appended {
  /** The count by its last name; undefined where it is stored in another way. */
  count: string | undefined;
  at: Expr;
  within: FunctionDefinition;
}

/** What is stored in elements, by the last name of the array. A call that gets the address of one stores in it. */
const appended = new FileIndex((within): [string, Appended][] => {
  const found: [string, Appended][] = [];
  walkStmt(within.body, {
    expr: (expr) => {
      const isLent = expr.kind === 'unary' && expr.op === '&';
      const target = expr.kind === 'assign' ? expr.target : isLent ? expr.operand : undefined;
      const array = target?.kind === 'index' ? lastName(target.array) : undefined;
      if (target?.kind !== 'index' || array === undefined) return;
      found.push([array, { count: countAt(unwrap(target.index), within), at: expr, within }]);
    },
  });
  return found;
});

/** By its last name, what is one more than the highest number that an index has. */
function countAt(index: Expr, within: FunctionDefinition): string | undefined {
  if (index.kind === 'update')
    return index.op === '++' && !index.prefix ? lastName(index.operand) : undefined;
  const name = lastName(index);
  if (name === undefined) return undefined;
  const loop = around(within, index).findLast(
    (stmt): stmt is ForLoop => stmt.kind === 'for' && contains(stmt.body, index) && counterOf(stmt) === name,
  );
  const test = loop?.test && unwrap(loop.test);
  if (loop) return test?.kind === 'binary' && test.op === '<' ? textOfCount(test.right) : undefined;
  const isRaised = someExprIn(
    within.body,
    (expr) =>
      expr.kind === 'update' && expr.op === '++' && expr.start > index.end && lastName(expr.operand) === name,
  );
  return isRaised ? name : undefined;
}

function counterOf({ update }: ForLoop): string | undefined {
  const step = update && unwrap(update);
  return step?.kind === 'update' && step.op === '++' ? variableIn(step.operand) : undefined;
}

/** A name, or a number. */
function textOfCount(expr: Expr): string | undefined {
  const inner = unwrap(expr);
  return inner.kind === 'number'
    ? inner.text
    : inner.kind === 'name' || inner.kind === 'member'
      ? lastName(inner)
      : undefined;
}

/** Tells the calls that get the element behind the last one. */
export function tellPastCount(context: RuleContext): void {
  const { scope } = context;
  const loops: ForLoop[] = [];
  walkStmt(scope.definition.body, {
    stmt: (stmt: Stmt) => {
      if (stmt.kind === 'for') loops.push(stmt);
    },
  });
  for (const loop of loops) {
    const round = countedTo(loop, context);
    if (!round) continue;
    const calls = callsIn(scope.definition, /./).filter((call) => contains(loop.body, call));
    for (const call of calls) {
      const arg = call.args.find((each) => isElement(each, round.counter));
      const array = arg?.kind === 'index' && scope.call(calledName(call) ?? '') ? arg : undefined;
      const store = array && storedBy(array, round.count, context);
      if (!array || !store) continue;
      tell(call, array, round, store, context);
      return;
    }
  }
}

interface Round {
  counter: string;
  /** The count that the loop goes up to, or comes down from, itself among the numbers. */
  count: Expr;
  test: Expr;
}

/** `for (i = 0; i <= count; i++)`, and `for (i = count; i >= 0; i--)`. */
function countedTo({ init, test, update }: ForLoop, { scope }: RuleContext): Round | undefined {
  const asked = test && unwrap(test);
  const step = update && unwrap(update);
  if (asked?.kind !== 'binary' || step?.kind !== 'update') return undefined;
  const counter = variableIn(asked.left);
  if (counter === undefined || variableIn(step.operand) !== counter || init === undefined) return undefined;
  const first = assignmentsTo(scope.definition, counter).find(({ at }) => contains(init, at))?.value;
  const isZero = (expr: Expr | undefined) =>
    expr !== undefined && scope.evaluator.constant(expr, scope) === 0n;
  const named = (expr: Expr) => {
    const inner = unwrap(expr);
    return textOfCount(inner) === undefined ? undefined : inner;
  };
  const up = step.op === '++' && asked.op === '<=' && isZero(first) ? named(asked.right) : undefined;
  const down =
    step.op === '--' && asked.op === '>=' && isZero(asked.right) && first ? named(first) : undefined;
  const count = up ?? down;
  return count && { counter, count, test: asked };
}

function isElement(arg: Expr, counter: string): boolean {
  return (
    arg.kind === 'index' && unwrap(arg.index).kind === 'name' && variableIn(unwrap(arg.index)) === counter
  );
}

/** Where the file stores in the array, which it does behind the last element alone. */
function storedBy(element: ExprOf<'index'>, count: Expr, context: RuleContext): Appended | undefined {
  const array = lastName(element.array);
  const stores = array === undefined ? [] : context.ask(appended, array);
  const name = textOfCount(count);
  return stores.length > 0 && stores.every((store) => store.count === name) ? stores[0] : undefined;
}

function tell(
  call: ExprOf<'call'>,
  element: ExprOf<'index'>,
  { count, test }: Round,
  { at, within }: Appended,
  context: RuleContext,
): void {
  const [array, text] = [context.source(element.array), context.source(count)];
  context.report({
    span: element,
    message: `The loop comes to \`${array}[${text}]\` too, behind the last element in which anything was stored, so \`${calledName(call)}\` acts on 0 or on whatever lies there. Leave it out: numbers below \`${text}\`.`,
    related: [
      { span: test, message: 'The loop goes up to the count itself' },
      { span: { ...at, within }, message: 'The count is one more than the number of the last element' },
    ],
  });
}
