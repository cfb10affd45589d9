import { rootName } from '../../analysis/aliasing';
import type { CallEvent } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import { type Expr, type FunctionDefinition, someExprIn } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { resultName } from '../shared/loops';
import { excerpt, isDirect } from '../shared/support';
import { usesOf } from '../shared/uses';
import { fieldOf, fields, readOnly } from './network-fields';

/** htons and htonl of what is in network byte order already. */
export function isTurnedTwice(call: Extract<Expr, { kind: 'call' }>, context: RuleContext): boolean {
  const name = calledName(call);
  const [arg] = call.args;
  if (!arg || (name !== 'htons' && name !== 'htonl')) {
    return false;
  }
  const inner = unwrap(arg);
  const bits = name === 'htons' ? 16 : 32;
  const field = inner.kind === 'member' ? (fields.get(inner.field) ?? readOnly.get(inner.field)) : undefined;
  return (
    field?.bits === bits ||
    (calledName(inner) ?? '') === (bits === 16 ? 'htons' : 'htonl') ||
    (bits === 32 && isAddressText(inner, context))
  );
}

function isAddressText(expr: Expr, { scope }: RuleContext): boolean {
  const [text] = expr.kind === 'call' ? expr.args : [];
  const isSame = text?.kind === 'string' && sameBackwards.test(text.value);
  return calledName(expr) === 'inet_addr' && scope.call('inet_addr') !== undefined && !isSame;
}

/** Addresses that are the same whichever way their bytes are read. */
const sameBackwards = /^(\d+)\.(\d+)\.\2\.\1$/;

export function checkTwice(event: CallEvent, context: RuleContext): void {
  const [arg] = event.args;
  if (!arg || !isTurnedTwice(event.expr, context)) {
    return;
  }
  // Turning back is the same operation, and people write one for the other.
  const field = unwrap(arg.expr).kind === 'member';
  const inner = excerpt(context, arg.expr);
  const back = event.name === 'htons' ? 'ntohs' : 'ntohl';
  if (field && (!isStored(event, context) || isReckoned(arg.expr, context))) {
    return;
  }
  // An address read from a text may be turned back into a number to reckon with.
  if (isAddressText(unwrap(arg.expr), context) && isReckonedWith(event, context)) {
    return;
  }
  const direct = isDirect(event.at, event.expr);
  context.report({
    span: event.at,
    message: `\`${inner}\` is in network byte order already, and \`${event.name}\` turns it round again, so it means another ${event.name === 'htons' ? 'port' : 'address'}. Use \`${inner}\` as it is${field ? `, or \`${back}\` where a plain number is wanted` : ''}.`,
    ...(direct
      ? {
          fix: {
            title: `Leave out ${event.name}`,
            edits: [{ span: event.expr, text: context.source(arg.expr) }],
          },
        }
      : {}),
  });
}

/** The result goes straight into a member that must be in network byte order. */
function isStored(event: CallEvent, { scope, source }: RuleContext): boolean {
  // `a = htonl(a)` turns a number where it lies.
  const turned = event.args[0] && source(unwrap(event.args[0].expr));
  return someExprIn(
    scope.definition.body,
    (expr) =>
      expr.kind === 'assign' &&
      unwrap(expr.value) === event.expr &&
      fieldOf(expr.target) !== undefined &&
      source(unwrap(expr.target)) !== turned &&
      !isOnlyCompared(expr.target, scope.definition),
  );
}

/** The result is kept in a variable that is shifted, masked or ordered: it is a number, and meant to be one. */
function isReckonedWith({ expr: call }: CallEvent, { scope: { definition } }: RuleContext): boolean {
  const name = resultName(definition, call);
  const uses = name === undefined ? [] : usesOf(definition, name);
  return uses.some(
    ({ around: [outer] }) => outer?.kind === 'binary' && /^(?:<<|>>|[&|^<>+%/-]|[<>]=)$/.test(outer.op),
  );
}

/** The program keeps a number there that it has worked out itself: a mask, in the machine's own order. */
function isReckoned(member: Expr, { scope, source }: RuleContext): boolean {
  const text = source(unwrap(member));
  const isSum = (expr: Expr): boolean =>
    expr.kind === 'conditional'
      ? isSum(expr.alternative) || (expr.consequent !== undefined && isSum(expr.consequent))
      : expr.kind === 'binary' || (expr.kind === 'unary' && expr.op === '~');
  return someExprIn(
    scope.definition.body,
    (expr) => expr.kind === 'assign' && isSum(unwrap(expr.value)) && source(unwrap(expr.target)) === text,
  );
}

/** A variable that is given to nobody: addresses are put in order by it. */
function isOnlyCompared(target: Expr, definition: FunctionDefinition): boolean {
  const name = target.kind === 'member' && !target.arrow ? rootName(target) : undefined;
  const uses = name === undefined ? [] : usesOf(definition, name);
  const compares = uses.some(({ around }) => around.some((outer) => outer.kind === 'binary'));
  return (
    compares &&
    !uses.some(({ around }) => around.some((outer) => outer.kind === 'call' || outer.kind === 'unary'))
  );
}
