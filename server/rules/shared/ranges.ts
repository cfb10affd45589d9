import type { FunctionScope } from '../../analysis/context';
import { unwrap } from '../../analysis/operators';
import { type Expr, type Stmt, someStmtIn } from '../../c/ast';
import { isLoop, type Loop } from './loops';
import { arms, around } from './statements';
import { assignmentsTo, isAddressTaken, pathOf } from './uses';

/** How often loops go round that count up by one, be the bound a number or a variable. */

/** A number, or a variable and what is added to it: `count + 1`. */
export interface Bound {
  /** The variable or member; nothing for a plain number. */
  base: string;
  plus: bigint;
}

/** What a loop counts through: from the first number to just before the other. */
export interface Range {
  variable: string;
  from: bigint;
  to: Bound;
}

export function boundOf(expr: Expr, scope: FunctionScope): Bound | undefined {
  const value = scope.evaluator.constant(expr, scope);
  if (value !== undefined) return { base: '', plus: value };
  const inner = unwrap(expr);
  if (inner.kind === 'binary' && (inner.op === '+' || inner.op === '-')) {
    const left = boundOf(inner.left, scope);
    const right = boundOf(inner.right, scope);
    if (!left || !right) return undefined;
    if (right.base === '')
      return { base: left.base, plus: inner.op === '+' ? left.plus + right.plus : left.plus - right.plus };
    return left.base === '' && inner.op === '+'
      ? { base: right.base, plus: left.plus + right.plus }
      : undefined;
  }
  const base = pathOf(inner);
  return base === undefined ? undefined : { base, plus: 0n };
}

/** `for (i = 0; i < count; i++)`; nothing is said of other ways out of the loop. */
export function rangeOf(loop: Loop, scope: FunctionScope): Range | undefined {
  if (loop.kind !== 'for' || !loop.init || loop.test?.kind !== 'binary') return undefined;
  const { test, update, init } = loop;
  const [declared] = init.kind === 'decl' ? init.declaration.declarators : [];
  const set = init.kind === 'expr' && init.expr.kind === 'assign' ? init.expr : undefined;
  const variable = declared?.name ?? (set ? pathOf(set.target) : undefined);
  const first = declared?.init ?? set?.value;
  const from = first && scope.evaluator.constant(first, scope);
  const isCounted =
    update?.kind === 'update' && update.op === '++' && pathOf(unwrap(update.operand)) === variable;
  const to = boundOf(test.right, scope);
  if (variable === undefined || from === undefined || !to || !isCounted) return undefined;
  if (pathOf(unwrap(test.left)) !== variable || !/^(?:<|<=|!=)$/.test(test.op)) return undefined;
  return { variable, from, to: test.op === '<=' ? { ...to, plus: to.plus + 1n } : to };
}

/** The bound is the same wherever the function asks for it between the two places. */
export function standsStill(
  { base }: Bound,
  { definition }: FunctionScope,
  first: number,
  last: number,
): boolean {
  const root = /^\w+/.exec(base)?.[0];
  return (
    root === undefined ||
    (base === root &&
      !isAddressTaken(definition, root) &&
      assignmentsTo(definition, root).every(({ value }) => value.end <= first || value.start >= last))
  );
}

/** The last of the numbers that an index has: its own, or that of the counting loop whose every round comes by, `for (i = 0; i < 5; i++)`. */
export function lastNumber(index: Expr, at: Expr, scope: FunctionScope): bigint | undefined {
  const number = scope.evaluator.constant(index, scope);
  const name = unwrap(index);
  if (number !== undefined || name.kind !== 'name') return number;
  const { definition } = scope;
  const loop = around(definition, at).findLast(isLoop);
  const range = loop && rangeOf(loop, scope);
  const isEach =
    loop !== undefined && arms(definition, at).at(-1) === loop.body && !someStmtIn(loop.body, isLeaving);
  if (!range || !isEach || range.variable !== name.name || range.to.base !== '') return undefined;
  return range.to.plus > range.from ? range.to.plus - 1n : undefined;
}

const isLeaving = ({ kind }: Stmt) => /^(?:break|goto|continue|label)$/.test(kind);
