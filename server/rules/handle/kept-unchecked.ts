import { rootName } from '../../analysis/aliasing';
import type { CallEvent } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import { FileIndex } from '../../analysis/survey';
import { type Expr, type FunctionDefinition, type Span, someExprIn, walkExpr, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { targetOf } from '../shared/dropped';
import { isLoop } from '../shared/loops';
import { contains } from '../shared/statements';
import { returnsHandle } from '../shared/support';
import { isAllRead, isProgram } from '../shared/whole-file';

/**
 * Handles kept in a variable of the file, or in a member of one, made in one function and used in others: where no function ever tests that variable, nobody
 * asks whether there is one.
 */

/** A place in another function that uses the handle. */
export interface KeptUse {
  /** The call; nothing where the pointer is followed. */
  name?: string;
  call: Span;
  within: FunctionDefinition;
}

/** A name that stands in a test, be it only whether there is anything, or that is given to a call or followed. */
type Mention = 'tested' | { askedIn: FunctionDefinition } | KeptUse;

/** What each function does with names: it tests them, or gives them to a call. */
const mentions = new FileIndex(function* (within): Generator<[string, Mention]> {
  const found: [string, Mention][] = [];
  const look = (test: Expr | undefined) => {
    const all = test ? namesBeside(test) : [];
    for (const name of all) {
      const isPlain =
        test !== undefined && isAskedPlainly(test, name) && all.filter((one) => one === name).length === 1;
      found.push([name, isPlain ? { askedIn: within } : 'tested']);
    }
  };
  // Whoever has it may test it there.
  const copied = (value: Expr | undefined) => {
    const inner = value && unwrap(value);
    const key = inner?.kind === 'member' ? keyOf(inner) : undefined;
    if (key !== undefined) found.push([key, 'tested']);
  };
  walkStmt(within.body, {
    stmt: (stmt) => {
      if (stmt.kind === 'if' || isLoop(stmt)) look(stmt.test);
      else if (stmt.kind === 'switch') look(stmt.value);
      else if (stmt.kind === 'return') copied(stmt.value);
      else if (stmt.kind === 'decl') for (const { init } of stmt.declaration.declarators) copied(init);
    },
    expr: (expr) => {
      if (expr.kind === 'conditional') look(expr.test);
      else if (expr.kind === 'binary' || expr.kind === 'logical' || isNegated(expr)) look(expr);
      if (expr.kind === 'assign') copied(expr.value);
      const followed = followedIn(expr);
      if (followed !== undefined) found.push([followed, { call: expr, within }]);
      const name = calledName(expr);
      if (expr.kind !== 'call' || name === undefined) return;
      for (const arg of expr.args) {
        const key = keyOf(arg);
        if (key !== undefined) found.push([key, { name, call: expr, within }]);
      }
    },
  });
  yield* found;
});

/** Members are taken for one by their names, whatever the structure. */
function keyOf(place: Expr | undefined): string | undefined {
  if (place?.kind === 'name') return place.name;
  return place?.kind === 'member' ? `.${place.field}` : undefined;
}

/** `kept[i]`, `*kept`, `kept->count` */
function followedIn(expr: Expr): string | undefined {
  if (expr.kind === 'index') return keyOf(expr.array);
  if (expr.kind === 'unary' && expr.op === '*') return keyOf(expr.operand);
  return expr.kind === 'member' && expr.arrow ? keyOf(expr.object) : undefined;
}

/** `kept`, `!kept`, `kept != NULL`: whether it holds anything, as before it is made and when it is gone. */
function isAskedPlainly(test: Expr, name: string): boolean {
  const inner = unwrap(test);
  if (inner.kind === 'logical') return isAskedPlainly(inner.left, name) || isAskedPlainly(inner.right, name);
  if (inner.kind === 'unary' && inner.op === '!') return isAskedPlainly(inner.operand, name);
  const isNone =
    inner.kind === 'binary' &&
    (inner.op === '==' || inner.op === '!=') &&
    (inner.right.kind === 'null' || (inner.right.kind === 'number' && inner.right.text === '0'));
  return keyOf(isNone ? unwrap(inner.left) : inner) === name;
}

const isNegated = (expr: Expr) => expr.kind === 'unary' && expr.op === '!';

/** The names in a test, but for those that are only given to a call in it. */
function namesBeside(test: Expr): string[] {
  const names: string[] = [];
  const given: Expr[] = [];
  walkExpr(test, (part) => {
    if (part.kind === 'call') given.push(...part.args);
    const key = keyOf(part);
    if (key !== undefined && !given.some((arg) => contains(arg, part))) names.push(key);
  });
  return names;
}

/** Where a handle that is stored here in a variable of the file is used, when no function of the file tests it. */
export function usedUntested({ site, expr, scope }: CallEvent, context: RuleContext): KeptUse | undefined {
  const { definition, file } = scope;
  if (!site) return undefined;
  const made = returnsHandle(site.call) && site.within === definition;
  const target = made ? targetOf(definition, expr) : undefined;
  const name = keyOf(target);
  const root = target && name !== undefined ? rootName(target) : undefined;
  if (name === undefined || root === undefined || scope.typeOf(root) || !isAllRead(context)) return undefined;
  // A member that the whole program is here for, or a variable of this file alone.
  const isOwn = target?.kind === 'member' ? isProgram(context) : file.symbols.isStatic(root);
  if (!isOwn) return undefined;
  const all = context.ask(mentions, name);
  // NULL is none of the values that tell of a failure of these: whoever asks for it elsewhere asks whether there is one yet.
  const isAddress = /^(?:MAP_FAILED|\(void \*\) -1)$/.test(site.call.returns.failure.value);
  const isAsked = all.some((mention) => {
    if (mention === 'tested') return true;
    if ('askedIn' in mention) return !isAddress || mention.askedIn === definition;
    return (
      mention.name !== undefined &&
      (judges.test(mention.name) || (target?.kind === 'member' && !scope.call(mention.name)))
    );
  });
  if (isAsked || isTestedAsAnother(target, definition, context)) {
    return undefined;
  }
  return all.find(
    (mention): mention is KeptUse =>
      mention !== 'tested' &&
      !('askedIn' in mention) &&
      mention.within !== definition &&
      (mention.name === undefined ? isAddress : needs(mention.name, context)),
  );
}

/** `in = out = open(...)`: a test of the one tells of the other. */
function isTestedAsAnother(
  target: Expr | undefined,
  { body }: FunctionDefinition,
  context: RuleContext,
): boolean {
  return someExprIn(body, (expr) => {
    const other = expr.kind === 'assign' && expr.value.kind === 'assign' ? expr : undefined;
    return (
      other?.target.kind === 'name' &&
      other.value.kind === 'assign' &&
      other.value.target === target &&
      context.ask(mentions, other.target.name).includes('tested')
    );
  });
}

/** A project's functions and macros that may ask for it. */
const judges = /[cC]heck|[aA]ssert|[vV]alid|[vV]erify|[dD]ie|[mM]ust|[eE]nsure|[fF]atal|^[A-Z][A-Z_]+$/;

/** Calls of the library that do something with a handle, and fail or crash without one. */
function needs(name: string, { scope }: RuleContext): boolean {
  const call = scope.call(name);
  return (
    call?.effects.some(({ op }) => op === 'read' || op === 'write' || op === 'lock' || op === 'wait') === true
  );
}
