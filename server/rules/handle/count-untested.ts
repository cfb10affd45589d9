import type { CallEvent } from '../../analysis/events';
import { isComparison } from '../../analysis/operators';
import type { Expr, Span } from '../../c/ast';
import { somePart } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Report, RuleContext } from '../rule';
import { loopAround, resultName } from '../shared/loops';
import { statementOf } from '../shared/statements';
import { isDirect, mayFail } from '../shared/support';
import { assignmentsTo, type Use, usesOf } from '../shared/uses';

/** How many bytes have come is taken for a number of bytes, without a question whether it says that the call has failed. */

const receiving = /^(?:read|pread|recv|recvfrom|msgrcv|mq_receive|mq_timedreceive)$/;

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
  if (!mayFail(event) || !receiving.test(event.name) || !isDirect(event.at, event.expr)) return undefined;
  const { definition } = context.scope;
  const name = resultName(definition, event.expr);
  if (name === undefined || context.scope.ambiguous.has(name)) return undefined;
  // What stands inside a test is asked about there.
  const stmt = statementOf(definition, event.expr);
  const isPlain = stmt.kind === 'decl' || (stmt.kind === 'expr' && stmt.expr.kind === 'assign');
  if (!isPlain) return undefined;
  const type = context.scope.typeOf(name);
  const kind = type && context.scope.evaluator.types.resolve(type);
  if (kind?.k === 'int' && !kind.signed) return undefined;
  const within = reach(event.expr, name, context);
  const own = usesOf(definition, name).filter(
    ({ expr }) => expr.start >= within.start && expr.end <= within.end,
  );
  if (own.some((use) => isAsked(use))) return undefined;
  const taken = own.find((use) => use.expr.start > event.expr.end && isTakenForSize(use));
  if (!taken) return undefined;
  const how =
    taken.around[0]?.kind === 'index' ? 'is stored at index -1' : 'is asked for nearly all memory there is';
  const end = taken.around[0]?.kind === 'index' ? 'the zero' : `\`${calledName(callOf(taken)!)}\``;
  return {
    span: event.at,
    message: `Nobody asks whether this \`${event.name}\` failed before \`${name}\` is taken for a number of bytes: when it fails \`${name}\` is -1, and ${end} ${how}. Test \`${name}\` for -1 first.`,
    related: [
      {
        span: { start: taken.expr.start, end: taken.expr.end, within: definition },
        message: 'It is taken for a number of bytes here',
      },
    ],
  };
}

/** Where the variable holds the result of this call: up to where it gets another value, or all of a loop around it. */
function reach(call: Expr, name: string, { scope: { definition } }: RuleContext): Span {
  const loop = loopAround(definition, call);
  if (loop) return loop;
  const others = assignmentsTo(definition, name).map(({ value }) => value.start);
  const next = Math.min(definition.body.end, ...others.filter((start) => start > call.end));
  return { start: call.start, end: next };
}

/** A use that may ask for the failure: everything but a size, an index, a value stored or printed. */
function isAsked(use: Use): boolean {
  const [outer] = use.around;
  if (isTakenForSize(use)) return false;
  if (outer?.kind === 'assign') return outer.target !== use.expr;
  // How much has been written is compared with how much there was.
  if (outer?.kind === 'binary' && isComparison(outer.op) && [outer.left, outer.right].some(isSized))
    return false;
  const call = callOf(use);
  return !(call && /printf$/.test(calledName(call) ?? ''));
}

const isSized = (expr: Expr) => Object.hasOwn(sized, calledName(expr) ?? '');

function callOf({ around }: Use): Expr | undefined {
  const outer = around.find(({ kind }) => kind !== 'cast');
  return outer?.kind === 'call' ? outer : undefined;
}

function isTakenForSize(use: Use): boolean {
  const [outer, above] = use.around;
  if (outer?.kind === 'index' && outer.index === use.expr)
    return above?.kind === 'assign' && above.target === outer;
  const call = callOf(use);
  const at = call && Object.hasOwn(sized, calledName(call) ?? '') ? sized[calledName(call) ?? ''] : undefined;
  const given = call?.kind === 'call' && at !== undefined ? call.args[at] : undefined;
  return given !== undefined && somePart(given, (part) => part === use.expr);
}
