/** The ways in which operators change a function. Each gives the changes of one place, or none where the place has another form. */
import type { Expr, Span, Stmt } from '../../server/c/ast';
import { expressionsOf, someExprIn, somePart } from '../../server/c/ast';
import type { Call, Edit, FunctionView, Place } from './view';

/** `if (test)` without an else. */
type Check = Extract<Stmt, { kind: 'if' }>;

function isCheck(stmt: Stmt | undefined): stmt is Check {
  return stmt?.kind === 'if' && !stmt.alternative;
}

function next({ stmt, beside }: Place): Stmt | undefined {
  return beside[beside.indexOf(stmt) + 1];
}

const isComparison = (expr: Expr) => expr.kind === 'binary' && /^(?:[=!]=|[<>]=?)$/.test(expr.op);

/** The call or the assignment of its result that a check looks at: `if ((x = call()) == -1)`, `if (call())`, `if (!call())`. */
function looked({ call, around }: Call): Expr | undefined {
  const assigned = around[0]?.kind === 'assign' ? around[0] : undefined;
  const rest = around.slice(assigned ? 1 : 0);
  const plain =
    rest.length === 0 ||
    (rest.length === 1 && (isComparison(rest[0]!) || (rest[0]!.kind === 'unary' && rest[0]!.op === '!')));
  return plain ? (assigned ?? call) : undefined;
}

/** The variable that gets the result where the call stands in a statement of its own: `x = call();`, `int x = call();`. */
function stored({ stmt, call }: Call): string | undefined {
  if (stmt.kind === 'decl') {
    const [only, ...more] = stmt.declaration.declarators;
    return more.length === 0 && only?.init === call ? only.name : undefined;
  }
  if (stmt.kind !== 'expr' || stmt.expr.kind !== 'assign' || stmt.expr.value !== call) return undefined;
  const { target } = stmt.expr;
  return target.kind === 'name' ? target.name : undefined;
}

/** The check of a call behind it: `x = call(); if (x < 0) ...`. */
function checkBehind(site: Call): Check | undefined {
  const name = stored(site);
  const behind = next(site);
  return name !== undefined &&
    isCheck(behind) &&
    somePart(behind.test, (part) => part.kind === 'name' && part.name === name) &&
    behind.test.kind !== 'logical'
    ? behind
    : undefined;
}

/** A test that holds where the call has succeeded, or in the child of a fork: what stands in it is no check. */
function tellsSuccess(view: FunctionView, test: Span): boolean {
  const text = view.read(test);
  return (
    /!=\s*(?:NULL|MAP_FAILED|SEM_FAILED|(?:\(\s*\w[\w ]*\*?\s*\)\s*)?-\s*1)\s*\)*$/.test(text) ||
    /(?<![<>=!-])>=?\s*-?[01]\s*\)*$/.test(text) ||
    /^\w+$|\bfork\s*\(\s*\)\s*\)?\s*==\s*0|!\s*fork\b/.test(text)
  );
}

/** Leaves the call and takes away the test of its result with what is done then. */
export function withoutCheck(view: FunctionView, site: Call): Edit[] {
  const behind = checkBehind(site);
  const check = behind ?? (isCheck(site.stmt) ? site.stmt : undefined);
  if (check && tellsSuccess(view, check.test)) return [];
  if (behind) return [view.edit(behind, '')];
  const what = isCheck(site.stmt) ? looked(site) : undefined;
  return what ? [view.edit(site.stmt, `${view.read(what)};`)] : [];
}

/** Takes the call away, with its check. */
export function withoutCall(view: FunctionView, site: Call): Edit[] {
  const behind = checkBehind(site);
  if (behind) return [view.edit(site.stmt, ';'), view.edit(behind, '')];
  const { stmt } = site;
  const whole =
    (stmt.kind === 'expr' &&
      (stmt.expr === site.call ||
        (stmt.expr.kind === 'call' && stmt.expr.args.length === 1) ||
        (stmt.expr.kind === 'cast' && stmt.expr.value === site.call))) ||
    (isCheck(stmt) && looked(site) !== undefined);
  return whole ? [view.edit(stmt, ';')] : [];
}

/** Writes the call's statement a second time behind it. */
export function twice(view: FunctionView, site: Call): Edit[] {
  const { stmt } = site;
  return stmt.kind === 'expr' && stmt.expr === site.call
    ? [view.edit(stmt, `${view.read(stmt)} ${view.read(stmt)}`)]
    : [];
}

/** Changes an argument's text. `change` gives undefined where there is nothing to change. */
export function argument(index: number, change: (text: string) => string | undefined) {
  return (view: FunctionView, { call }: Call): Edit[] => {
    const given = call.args.at(index);
    if (!given) return [];
    const text = view.read(given);
    const changed = change(text);
    return changed === undefined || changed === text ? [] : [view.edit(given, changed)];
  };
}

/** Leaves the last argument out. */
export function withoutLastArgument(view: FunctionView, { call }: Call): Edit[] {
  const [last, before] = [call.args.at(-1), call.args.at(-2)];
  if (!last || !before) return [];
  const span: Span = { start: before.end, end: last.end };
  return /^\s*,\s*\w*$/.test(view.read({ start: before.end, end: last.start })) ? [view.edit(span, '')] : [];
}

/** Changes two arguments for each other. */
export function swapped(first: number, second: number) {
  return (view: FunctionView, { call }: Call): Edit[] => {
    const [a, b] = [call.args[first], call.args[second]];
    return a && b && view.read(a) !== view.read(b)
      ? [view.edit(a, view.read(b)), view.edit(b, view.read(a))]
      : [];
  };
}

/** Puts one of its arguments in place of a call: `htons(port)` becomes `port`. */
export function unwrapped(index: number) {
  return (view: FunctionView, { call }: Call): Edit[] => {
    const inner = call.args[index];
    return inner ? [view.edit(call, view.read(inner))] : [];
  };
}

/** Compares the result with something else; `change` gets the operator and the text that it is compared with. */
export function comparedWith(change: (op: string, other: string) => string | undefined) {
  return (view: FunctionView, site: Call): Edit[] => {
    const behind = checkBehind(site);
    const test = behind ? behind.test : looked(site) && site.around.at(-1);
    if (test?.kind !== 'binary' || !isComparison(test)) return [];
    const changed = change(test.op, view.read(test.right));
    if (changed === undefined) return [];
    const between: Span = { start: test.left.end, end: test.right.end };
    const parentheses = /^\)*/.exec(view.read(between).replaceAll(/\s/g, ''))?.[0] ?? '';
    return [view.edit(between, `${parentheses} ${changed}`)];
  };
}

/** `while` becomes `if` around a call that stands in its body or its test. */
export function onceOnly(view: FunctionView, site: Call): Edit[] {
  const loop = [site.stmt, ...site.outer].find(({ kind }) => kind === 'while');
  if (loop?.kind !== 'while' || someExprIn(loop.body, (part) => part.kind === 'call' && part !== site.call))
    return [];
  const jumps = /\b(?:break|continue)\b/.test(view.read(loop.body));
  return jumps ? [] : [view.edit({ start: loop.start, end: loop.start + 'while'.length }, 'if')];
}

/** Two calls' statements, the second behind the first in one block, change places. */
export function exchanged(first: readonly string[], second: readonly string[]) {
  return (view: FunctionView): Edit[][] =>
    view.callsOf(first).flatMap((site) => {
      const follower = view
        .callsOf(second)
        .find((other) => other.beside === site.beside && other.stmt.start > site.stmt.end);
      return follower
        ? [[view.edit(site.stmt, view.read(follower.stmt)), view.edit(follower.stmt, view.read(site.stmt))]]
        : [];
    });
}

/** Takes away statements that set something, by their text. */
export function withoutStatement(pattern: RegExp) {
  return (view: FunctionView): Edit[][] =>
    view.places
      .filter(({ stmt }) => stmt.kind === 'expr' && pattern.test(view.read(stmt)))
      .map(({ stmt }) => [view.edit(stmt, ';')]);
}

/** Puts something else for what an expression says, wherever it stands in the function. */
export function rewritten(pattern: RegExp, text: string) {
  return (view: FunctionView): Edit[][] =>
    view.places.flatMap(({ stmt }) =>
      expressionsOf(stmt).flatMap((expr) => {
        const found = pattern.exec(view.read(expr));
        if (!found) return [];
        const start = expr.start + found.index;
        const said = found[0].replace(pattern, text);
        return [[view.edit({ start, end: start + found[0].length }, said)]];
      }),
    );
}

const leaving = /^(?:return\b|goto\b|(?:_?exit|_Exit|abort)\s*\()/;
const fatal =
  /^(?:err(?:Exit\w*|_sys|_quit|_exit|or_exit)?|\w*fatal\w*|die\w*|bail\w*|\w+_die|handle_error\w*)\s*\(/i;

/** Leaves the message of a check that a call failed, and takes away that the program ends or the function returns there. */
export function withoutLeaving(view: FunctionView, site: Call): Edit[] {
  const check = checkBehind(site) ?? (isCheck(site.stmt) && looked(site) ? site.stmt : undefined);
  if (!check || tellsSuccess(view, check.test)) return [];
  const body = check.consequent.kind === 'block' ? check.consequent.body : [check.consequent];
  const last = body.at(-1);
  if (!last) return [];
  if (body.length > 1) return leaving.test(view.read(last)) ? [view.edit(last, ';')] : [];
  return fatal.test(view.read(last)) ? [view.edit(last, 'perror("failed");')] : [];
}

/** Takes away what a check does with a failure, but for the message that perror gives. */
export function toldByPerror(view: FunctionView, site: Call): Edit[] {
  const check = checkBehind(site) ?? (isCheck(site.stmt) && looked(site) ? site.stmt : undefined);
  return check && /\b(?:exit|err\w*|fatal\w*|die\w*)\s*\(/i.test(view.read(check.consequent))
    ? [view.edit(check.consequent, '{ perror("failed"); exit(1); }')]
    : [];
}

/** Takes away the part behind `&&` that lets one kind of failure pass. */
export function withoutException(names: readonly string[], pattern: RegExp) {
  return atCalls(names, (view, { around }) => {
    const both = around.find((expr) => expr.kind === 'logical' && expr.op === '&&');
    if (both?.kind !== 'logical' || !pattern.test(view.read(both.right))) return [];
    const gone: Span = { start: both.left.end, end: both.right.end };
    const open = (text: string) => text.split('(').length - text.split(')').length;
    const left = open(view.read(gone));
    return left > 0
      ? [view.edit({ ...gone, end: gone.end + left }, '')]
      : [view.edit(gone, ')'.repeat(-left))];
  });
}

/** A call's statement and one behind it in the same block that get the same argument change places. */
export function beforeUse(uses: readonly string[], last: readonly string[]) {
  return (view: FunctionView): Edit[][] =>
    view.callsOf(last).flatMap((site) => {
      const what = site.call.args[0];
      const use = view
        .callsOf(uses)
        .filter((other) => other.beside === site.beside && other.stmt.end <= site.stmt.start)
        .filter(({ call }) => what && call.args.some((arg) => view.read(arg) === view.read(what)))
        .at(-1);
      return use && site.stmt.kind === 'expr'
        ? [[view.edit(use.stmt, `${view.read(site.stmt)} ${view.read(use.stmt)}`), view.edit(site.stmt, ';')]]
        : [];
    });
}

/** One change at each call of some functions. */
export function atCalls(names: readonly string[], change: (view: FunctionView, site: Call) => Edit[]) {
  return (view: FunctionView): Edit[][] =>
    view
      .callsOf(names)
      .map((site) => change(view, site))
      .filter((edits) => edits.length > 0);
}
