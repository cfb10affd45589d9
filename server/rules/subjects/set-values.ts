import type { FunctionScope } from '../../analysis/context';
import { unwrap } from '../../analysis/operators';
import { type Expr, type ExprOf, type FunctionDefinition, walkStmt } from '../../c/ast';
import { isLoop, type Loop } from '../shared/loops';
import { around } from '../shared/statements';
import { assignmentsTo, declaratorOf, usesOf } from '../shared/uses';
import { lastName } from '../shared/whole-file';

/** With what `semctl` fills all semaphores of a set at once, as the text of a function tells. */

export interface SetValues {
  /** The array that holds the values. */
  name: string;
  /** How many it holds. */
  size: bigint;
  /** By number: a value, `unknown`, or `unset` where nothing has been stored. */
  of(number: bigint): bigint | 'unknown' | 'unset';
}

/** More semaphores are in no set that is written down. */
const most = 64n;

export function valuesForAll({ args }: ExprOf<'call'>, scope: FunctionScope): SetValues | undefined {
  const [, , command, given] = args;
  if (!command || !given || lastName(command) !== 'SETALL') return undefined;
  const array = arrayIn(given, scope);
  const name = array?.kind === 'name' ? array.name : undefined;
  const declared = name === undefined ? undefined : declaratorOf(scope, name);
  if (name === undefined || !declared || declared.storage.includes('static')) return undefined;
  const type = scope.typeOf(name);
  const size = type?.k === 'array' && type.length ? scope.evaluator.constant(type.length, scope) : undefined;
  if (size === undefined || size < 1n || size > most) return undefined;
  const values = new Map<bigint, bigint | 'unknown'>();
  const { init } = declared.declarator;
  if (init && !readInitialiser(init, values, scope)) return undefined;
  if (!readStores(name, given.start, values, scope)) return undefined;
  return { name, size, of: (number) => values.get(number) ?? (init ? 0n : 'unset') };
}

/** The array itself, or the one that a union is given before. */
function arrayIn(given: Expr, scope: FunctionScope): Expr | undefined {
  const inner = unwrap(given);
  if (inner.kind === 'compound' || inner.kind === 'init') return memberIn(inner);
  if (inner.kind !== 'name' || scope.typeOf(inner.name)?.k === 'array') return inner;
  const { definition } = scope;
  const stored = assignmentsTo(definition, `${inner.name}.array`);
  if (stored.length === 1 && stored[0]) return unwrap(stored[0].value);
  const [made, ...others] = assignmentsTo(definition, inner.name);
  return stored.length === 0 && made && others.length === 0 ? memberIn(unwrap(made.value)) : undefined;
}

function memberIn(expr: Expr): Expr | undefined {
  const init = expr.kind === 'compound' ? expr.init : expr;
  const item =
    init.kind === 'init' ? init.items.find(({ designators }) => designators[0] === 'array') : undefined;
  return item && unwrap(item.value);
}

type Values = Map<bigint, bigint | 'unknown'>;

function readInitialiser(init: Expr, values: Values, scope: FunctionScope): boolean {
  if (init.kind !== 'init') return false;
  let next = 0n;
  for (const { designators, value } of init.items) {
    const [at] = designators;
    if (typeof at === 'string' || designators.length > 1) return false;
    const number = at ? scope.evaluator.constant(at, scope) : next;
    if (number === undefined) return false;
    values.set(number, scope.evaluator.constant(value, scope) ?? 'unknown');
    next = number + 1n;
  }
  return true;
}

/** What is stored in elements before; false where something else may store there. */
function readStores(name: string, before: number, values: Values, scope: FunctionScope): boolean {
  const { definition } = scope;
  const plain = new Set<Expr>();
  let isKnown = true;
  walkStmt(definition.body, {
    expr: (expr) => {
      if (expr.kind !== 'assign' || expr.op !== '=' || expr.target.kind !== 'index') return;
      const { array, index } = expr.target;
      if (array.kind !== 'name' || array.name !== name) return;
      plain.add(array);
      if (expr.start > before) return;
      const value = scope.evaluator.constant(expr.value, scope) ?? 'unknown';
      const numbers = numbersMeant(index, expr, definition, scope);
      isKnown &&= numbers !== undefined;
      for (const number of numbers ?? []) values.set(number, value);
    },
  });
  return (
    isKnown &&
    usesOf(definition, name).every(
      ({ expr, around: [outer] }) =>
        plain.has(expr) ||
        outer?.kind === 'sizeof' ||
        expr.start >= before ||
        // `arg.array = values`
        (outer?.kind === 'assign' && outer.value === expr && outer.target.kind === 'member') ||
        outer?.kind === 'init',
    )
  );
}

/** The elements that an index means: one, or those that a loop counts through. */
function numbersMeant(
  index: Expr,
  at: Expr,
  definition: FunctionDefinition,
  scope: FunctionScope,
): bigint[] | undefined {
  const number = scope.evaluator.constant(index, scope);
  const chain = around(definition, at);
  const loops = chain.filter(isLoop);
  const isAlways = chain.every(({ kind }) => kind === 'block' || kind === 'expr' || kind === 'for');
  if (!isAlways) return undefined;
  if (number !== undefined) return [number];
  const [loop, ...others] = loops;
  if (!loop || others.length > 0 || index.kind !== 'name') return undefined;
  const range = rangeOf(loop, index.name, scope);
  if (!range || range.to - range.from > most) return undefined;
  return Array.from({ length: Number(range.to - range.from) }, (_, step) => range.from + BigInt(step));
}

/** `for (i = a; i < b; i++)` */
function rangeOf(loop: Loop, name: string, scope: FunctionScope): { from: bigint; to: bigint } | undefined {
  if (loop.kind !== 'for' || loop.update?.kind !== 'update' || loop.update.op !== '++') return undefined;
  const { init, test } = loop;
  const first =
    init?.kind === 'decl'
      ? init.declaration.declarators[0]?.init
      : init?.kind === 'expr' && init.expr.kind === 'assign'
        ? init.expr.value
        : undefined;
  const isCounted = test?.kind === 'binary' && /^<=?$/.test(test.op) && lastName(test.left) === name;
  const from = first && scope.evaluator.constant(first, scope);
  const to = isCounted ? scope.evaluator.constant(test.right, scope) : undefined;
  if (from === undefined || to === undefined || to < from || test?.kind !== 'binary') return undefined;
  return { from, to: test.op === '<=' ? to + 1n : to };
}
