import { unwrap, withoutCasts } from '../../analysis/operators';
import { type Expr, type FunctionDefinition, type Span, somePart, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import { isLoop } from '../shared/loops';
import { arms, around, contains } from '../shared/statements';
import { assignmentsTo, callsIn, usesOf, variableIn } from '../shared/uses';
import { isDescriptorOfOwn, type Put } from './highest';

/** Descriptors in the sets beside the one that alone gives `select` its number: `select(a + 1, ...)` with `b` in a set as well. */

/** `call` is the call of select, `puts` what the function puts into the sets that it gets. */
export function besides(
  number: Expr,
  call: Span,
  puts: readonly Put[],
  definition: FunctionDefinition,
  text: (expr: Expr) => string,
): { only: Expr; others: Put[] } | undefined {
  const own = base(unwrap(number));
  const now = own ? puts.filter((put) => isThere(put, call, definition)) : [];
  const only = own && onlyOne(own, now, definition, text);
  const isSure = ({ call: put }: Put) =>
    arms(definition, put).every((arm) => arms(definition, call).includes(arm));
  if (!only || !now.some((put) => text(put.fd) === text(only) && isSure(put))) {
    return undefined;
  }
  const others = now.filter(
    ({ fd }) =>
      isDescriptorOfOwn(unwrap(fd)) &&
      text(fd) !== text(only) &&
      !isLower(unwrap(fd), only, definition) &&
      !areCompared(text(fd), [text(only), text(own)], definition, text),
  );
  return { only, others };
}

/** The descriptor in `fd + 1`. */
function base(number: Expr): Expr | undefined {
  if (number.kind !== 'binary' || number.op !== '+') return undefined;
  const isOne = (part: Expr) => part.kind === 'number' && part.text === '1';
  const [left, right] = [unwrap(number.left), unwrap(number.right)];
  const found = isOne(right) ? left : isOne(left) ? right : undefined;
  return found?.kind === 'name' || found?.kind === 'member' ? found : undefined;
}

/** What is put into a set, or the one such descriptor that a variable is ever set to. */
function onlyOne(
  own: Expr,
  puts: readonly Put[],
  definition: FunctionDefinition,
  text: (expr: Expr) => string,
): Expr | undefined {
  const members = new Set(puts.map(({ fd }) => text(fd)));
  if (members.has(text(own))) return own;
  const assigned = own.kind === 'name' ? assignmentsTo(definition, own.name) : [];
  const [first] = assigned;
  const same = assigned.every(({ op, value }) => op === '=' && text(value) === text(first!.value));
  // A macro may raise it.
  const isLent =
    own.kind === 'name' &&
    usesOf(definition, own.name).some(
      ({ around: [outer] }) =>
        (outer?.kind === 'unary' && outer.op === '&') ||
        (outer?.kind === 'call' && !/^p?select$/.test(calledName(outer) ?? '')),
    );
  return first && same && !isLent && members.has(text(first.value)) ? unwrap(first.value) : undefined;
}

/** It has been put into the set since that was emptied last, and nobody takes it out again. */
function isThere({ call, fd, set }: Put, select: Span, definition: FunctionDefinition): boolean {
  if (set === undefined) return false;
  if (call.start > select.start && !comesRound(call, select, set, definition)) return false;
  const of = (name: RegExp, index: number) =>
    callsIn(definition, name).filter(({ args }) => args[index] && variableIn(args[index]) === set);
  const emptied = of(/^FD_ZERO$/, 0).filter(({ start }) => start < select.start);
  const left = of(/^FD_CLR$/, 1).some(({ args: [other] }) => other && variableIn(other) === variableIn(fd));
  return emptied.length > 0 && !left && emptied.every(({ start }) => start < call.start);
}

/** What a round puts in behind the call is there in the next one, unless the set is emptied or filled anew in between. */
function comesRound(put: Expr, select: Span, set: string, definition: FunctionDefinition): boolean {
  const loop = around(definition, select).findLast((stmt) => isLoop(stmt) && contains(stmt, put));
  const isChanged = (at: Span) => loop !== undefined && contains(loop, at);
  return (
    loop !== undefined &&
    !assignmentsTo(definition, set).some(({ at }) => isChanged(at)) &&
    !callsIn(definition, /^FD_ZERO$/).some(
      (call) => isChanged(call) && call.args[0] && variableIn(call.args[0]) === set,
    )
  );
}

/** A standard descriptor, the first end of the pair of which the other counts, or one that is made in front of the other here. */
function isLower(fd: Expr, only: Expr, definition: FunctionDefinition): boolean {
  if (fd.kind === 'index' && only.kind === 'index') return true;
  const [made, other] = [fd, only].map((expr) =>
    expr.kind === 'name' ? assignmentsTo(definition, expr.name) : [],
  );
  const isStandard = ({ value }: { value: Expr }) => {
    const inner = withoutCasts(value);
    return (
      inner.kind === 'number' ||
      calledName(inner) === 'fileno' ||
      /^STD\w+_FILENO$/.test(variableIn(inner) ?? '')
    );
  };
  if (/std(?:in|out|err)|tty/i.test(variableIn(fd) ?? '')) return true;
  const [first, second] = [made?.[0], other?.[0]];
  return (
    (made !== undefined && made.length > 0 && made.every(isStandard)) ||
    (first !== undefined && second !== undefined && first.at.start < second.at.start)
  );
}

/** Somewhere the function asks which of them is larger. */
function areCompared(
  fd: string,
  others: readonly string[],
  definition: FunctionDefinition,
  text: (expr: Expr) => string,
): boolean {
  const has = (expr: Expr, written: string) =>
    somePart(expr, (part) => /^(?:name|member|index)$/.test(part.kind) && text(part) === written);
  let found = false;
  walkStmt(definition.body, {
    expr: (expr) => {
      const asks =
        (expr.kind === 'binary' && /^[<>]=?$/.test(expr.op)) ||
        (expr.kind === 'call' && /max/i.test(calledName(expr) ?? ''));
      found ||= asks && has(expr, fd) && others.some((other) => has(expr, other));
    },
  });
  return found;
}
