import { unwrap } from '../../analysis/operators';
import { type Expr, someStmtIn } from '../../c/ast';
import type { RuleContext } from '../rule';
import { isLoop, type Loop, loopAround } from '../shared/loops';
import { boundOf, type Range, rangeOf, standsStill } from '../shared/ranges';
import { around, contains } from '../shared/statements';
import { pathOf } from '../shared/uses';
import { type FileCall, ownCalls } from '../shared/whole-file';
import { creating } from './identifiers';

/** Loops that start threads, and loops that join fewer or more of them. */

interface Rounds {
  call: FileCall;
  loop: Loop;
  range: Range;
  /** The numbers of the first element and of the one behind the last. */
  first: bigint;
  shift: bigint;
}

/** Told at the loop that joins: `for (i = 0; i < count - 1; i++)` behind one that starts `count`. */
export function checkRanges(context: RuleContext): void {
  const starts = ownCalls(context, creating);
  const joins = ownCalls(context, /^[pP]thread_join$/);
  for (const start of starts) {
    const array = arrayOf(start.expr.args[0]);
    const name = array && pathOf(array.array);
    if (!array || name === undefined) continue;
    const own = (calls: readonly FileCall[]) =>
      calls.filter(({ expr }) => pathOf(arrayOf(expr.args[0])?.array) === name);
    // Elements that are started or joined otherwise are none of these.
    const [join, ...others] = own(joins);
    if (!join || others.length > 0 || own(starts).length !== 1) continue;
    const [made, joined] = [start, join].map((call) => roundsOf(call, context));
    if (made && joined) compare(made, joined, name, context);
  }
}

function compare(made: Rounds, joined: Rounds, name: string, context: RuleContext): void {
  const { scope } = context;
  const [from, to] = [made.range.to, joined.range.to];
  if (from.base !== to.base || joined.call.expr.start < made.call.expr.start) return;
  if (!standsStill(to, scope, made.loop.body.start, joined.loop.start)) return;
  const missing = from.plus + made.shift - (to.plus + joined.shift) + (joined.first - made.first);
  if (missing === 0n || made.first > joined.first + 1n) return;
  const isFewer = missing > 0n;
  const count = isFewer ? missing : -missing;
  const which = joined.first > made.first ? 'first' : 'last';
  context.report({
    span: joined.call.expr,
    message: isFewer
      ? `The ${which} ${count === 1n ? 'thread' : `${count} threads`} of \`${name}\` ${count === 1n ? 'is' : 'are'} started, but this loop ends before ${count === 1n ? 'it is' : 'they are'} joined: what follows runs while ${count === 1n ? 'it is' : 'they are'} still at work. Let both loops run over the same elements.`
      : `This loop joins ${count} more ${count === 1n ? 'element' : 'elements'} of \`${name}\` than threads are started, so it waits for one that there is not. Let both loops run over the same elements.`,
    related: [{ span: made.call.expr, message: 'The threads are started here' }],
  });
}

/** `&threads[i]`, or `threads[i]` */
function arrayOf(arg: Expr | undefined): { array: Expr; index: Expr } | undefined {
  const inner = arg && unwrap(arg);
  const element = inner?.kind === 'unary' && inner.op === '&' ? unwrap(inner.operand) : inner;
  return element?.kind === 'index' ? element : undefined;
}

function roundsOf(call: FileCall, { scope }: RuleContext): Rounds | undefined {
  const { definition } = scope;
  const loop = loopAround(definition, call.expr);
  const range = loop && rangeOf(loop, scope);
  const element = arrayOf(call.expr.args[0]);
  const index = element && boundOf(element.index, scope);
  if (!loop || !range || index?.base !== range.variable) return undefined;
  const loops = around(definition, call.expr).filter(isLoop);
  // Rounds that are left out, or that end the loop, join or start another number.
  const leaves = someStmtIn(loop.body, (stmt) => /^(?:break|continue|goto)$/.test(stmt.kind));
  const isSure = around(definition, call.expr).every(
    (stmt) =>
      !contains(loop.body, stmt) ||
      stmt.kind === 'block' ||
      stmt.kind === 'expr' ||
      (stmt.kind === 'if' && contains(stmt.test, call.expr)),
  );
  if (loops.length > 1 || leaves || !isSure) return undefined;
  return { call, loop, range, first: range.from + index.plus, shift: index.plus };
}
