import { isComparison, unwrap } from '../../analysis/operators';
import { nameOf } from '../../analysis/places';
import type { CallSite } from '../../analysis/values';
import {
  type Expr,
  type ExprOf,
  type FunctionDefinition,
  type Stmt,
  someExprIn,
  someStmtIn,
  walkStmt,
} from '../../c/ast';
import { calledName } from '../../c/cfg';
import { isHandler, selfClosingIn } from '../handle/leaking';
import type { RuleContext } from '../rule';
import { leavesAtEnd } from '../shared/endings';
import { isLoop, leftBy, loopAround, Result, resultName, resultPlace } from '../shared/loops';
import { arms, around, contains, labelNamed } from '../shared/statements';
import { assignmentsTo, callsIn, declaratorOf, type Use, usesOf, variableIn } from '../shared/uses';
import { callsTo } from '../shared/whole-file';

/** A way that leaves the round of a connection before anybody else knows of it, and does not close it. */
export interface EarlyWay {
  accept: ExprOf<'call'>;
  name: string;
  /** The statement that leaves. */
  jump: Stmt;
}

/** Whether a function leaves a connection that it is given as it was, by its name. */
type IsWork = (name: string) => boolean;

/** Read from the structure of a function: a walk may be too coarse where many things can fail for each connection. */
export function earlyWays(context: RuleContext, isWork: IsWork): EarlyWay[] {
  const { definition } = context.scope;
  const isSelfClosing = selfClosingIn(context.code(definition.body), context);
  return callsIn(definition, /./).flatMap((accept) => {
    const name = accepts(accept, context) ? resultName(definition, accept) : undefined;
    const declared = name === undefined ? undefined : declaratorOf(context.scope, name);
    if (name === undefined || !declared || declared.storage.includes('static')) return [];
    if (isSelfClosing(name) || isClosedByNextRound(accept, name, context)) return [];
    const kept = usesOf(definition, name).filter(
      (use) => use.expr.start > accept.end && !leavesOpen(use, context, isWork),
    );
    const jump =
      jumpsBehind(accept, definition).find((one) => isEarly(one, accept, name, kept, context)) ??
      forgettingBranch(accept, name, kept, context);
    return jump ? [{ accept, name, jump }] : [];
  });
}

/** A connection that the parent of a fork does not close, nor use otherwise, before the next round. */
export interface KeptByParent {
  accept: ExprOf<'call'>;
  fork: ExprOf<'call'>;
  name: string;
}

/** Read from the structure, too: in a large `main` a walk forgets what it knew before the loop comes round. */
export function keptByParents(context: RuleContext, isWork: IsWork): KeptByParent[] {
  const { definition } = context.scope;
  const forks = callsIn(definition, /^[vV]?[fF]ork$/);
  return (forks.length > 0 ? callsIn(definition, /^accept4?$/) : []).flatMap((accept) => {
    const name = resultName(definition, accept);
    const declared = name === undefined ? undefined : declaratorOf(context.scope, name);
    const [fork, ...others] = forks.filter((call) => call.start > accept.end);
    if (!fork || others.length > 0 || name === undefined) return [];
    if (!declared || declared.storage.includes('static')) return [];
    const round = loopAround(definition, fork) ?? (isCalledInLoop(context) ? definition.body : undefined);
    if (!round || !contains(round, accept) || isClosedByNextRound(accept, name, context)) return [];
    const uses = usesOf(definition, name).filter(({ expr }) => expr.start > accept.end);
    const inLoop = uses.filter(({ expr }) => contains(round, expr));
    const sides = inLoop.map((use) => (use.expr.end < fork.start ? 'before' : sideOf(use, fork, context)));
    const isLeft = inLoop.every((use, index) =>
      sides[index] === 'before'
        ? leavesOpen(use, context, isWork) || isOnWayOut(use, fork, context)
        : sides[index],
    );
    const plain = uses.length === inLoop.length && sides.includes('child') && isLeft;
    return plain ? [{ accept, fork, name }] : [];
  });
}

/** The connection of the round before is closed in front of the place that accepts the next one, be it under a test whether there is one. */
export function isClosedByNextRound(
  accept: Expr,
  name: string,
  { scope: { definition } }: RuleContext,
): boolean {
  const loop = loopAround(definition, accept);
  return callsIn(definition, /close/i).some(
    (call) =>
      loop !== undefined &&
      call.end <= accept.start &&
      contains(loop, call) &&
      call.args.some((arg) => variableIn(arg) === name),
  );
}

/** The function deals with one connection, and some loop of the file calls it for each. */
function isCalledInLoop(context: RuleContext): boolean {
  const calls = callsTo(context, context.scope.definition.name);
  return calls.length > 0 && calls.every(({ within, expr }) => loopAround(within, expr) !== undefined);
}

/** What is done in a branch that the round never comes out of says nothing of the others. */
function isOnWayOut({ expr }: Use, fork: Expr, context: RuleContext): boolean {
  const { definition } = context.scope;
  const ways = arms(definition, fork);
  return arms(definition, expr).some((arm) => !ways.includes(arm) && leavesAtEnd(arm, context));
}

/** Behind a fork, in a branch of the child or of the failure that goes no further; undefined where it is, or may be, the parent. */
function sideOf({ expr }: Use, fork: ExprOf<'call'>, context: RuleContext): 'child' | 'failure' | undefined {
  const { definition } = context.scope;
  const result = new Result(fork, resultPlace(definition, fork), context);
  for (const stmt of around(definition, expr)) {
    if (stmt.kind === 'switch' && result.is(stmt.value) && !contains(stmt.value, expr)) {
      const [number, ...more] = labelsOf(stmt.body, expr, context);
      if (more.length === 0 && (number === 0n || number === -1n)) return number === 0n ? 'child' : 'failure';
    }
    if (stmt.kind !== 'if' || stmt.end < fork.start || !contains(stmt.consequent, expr)) continue;
    const [failed, child, parent] = [-1n, 0n, 5n].map((value) => result.holds(stmt.test, value));
    if (parent !== false || !leavesAtEnd(stmt.consequent, context)) continue;
    if (child === true && failed !== true) return 'child';
    if (failed === true && child === false) return 'failure';
  }
  return undefined;
}

/** What the labels right in front of a place in a `switch` ask for; undefined for `default` and what is not known. */
function labelsOf(body: Stmt, place: Expr, { scope }: RuleContext): (bigint | undefined)[] {
  const labels: (bigint | undefined)[] = [];
  let isOpen = false;
  for (const stmt of body.kind === 'block' ? body.body : []) {
    if (stmt.start > place.start) break;
    if (stmt.kind === 'case') {
      if (!isOpen) labels.length = 0;
      labels.push(stmt.value && scope.evaluator.constant(stmt.value, scope));
    }
    isOpen = stmt.kind === 'case';
  }
  return labels;
}

/** A descriptor as good as any. */
const anyNumber = 5n;

/** The last statement of a branch that does nothing with a connection which the other branch keeps, and that nobody closes behind it. */
function forgettingBranch(
  accept: ExprOf<'call'>,
  name: string,
  kept: readonly Use[],
  context: RuleContext,
): Stmt | undefined {
  const { definition } = context.scope;
  const loop = loopAround(definition, accept);
  const own = arms(definition, accept);
  const failing = new Result(accept, name, context);
  // `fd == -1 && errno == EINTR` holds of no connection, whatever else it asks.
  const isDecided = (stmt: Stmt) =>
    stmt.kind === 'if' &&
    (failing.holds(stmt.test, -1n) !== undefined || failing.holds(stmt.test, anyNumber) === false);
  const forks = callsIn(definition, /^v?fork$/i).map(
    (fork) => new Result(fork, resultPlace(definition, fork), context),
  );
  const decidesFork = (stmt: Stmt) =>
    stmt.kind === 'if' && forks.some((result) => result.holds(stmt.test, 0n) !== undefined);
  let found: Stmt | undefined;
  walkStmt(definition.body, {
    stmt: (stmt) => {
      if (found || !loop || stmt.kind !== 'if' || !stmt.alternative || stmt.start < accept.end) return;
      if (!contains(loop.body, stmt) || isDecided(stmt) || !own.every((arm) => contains(arm, stmt))) return;
      const outer = around(definition, stmt).filter((one) => one !== stmt && one.start >= accept.end);
      if (!outer.every((one) => one.kind === 'block' || isDecided(one))) return;
      const isIn = (arm: Stmt) => kept.some(({ expr }) => contains(arm, expr));
      if (
        kept.some(
          ({ expr }) => !contains(stmt, expr) && (expr.start > stmt.end || !isAside(expr, stmt, context)),
        )
      )
        return;
      const [keeps, forgets] = isIn(stmt.consequent)
        ? [stmt.consequent, stmt.alternative]
        : [stmt.alternative, stmt.consequent];
      // Each side of a fork has a copy of its own.
      if (someExprIn(stmt, (part) => /^v?fork$/i.test(calledName(part) ?? '')) || decidesFork(stmt)) return;
      const isStored = kept.some((use) => contains(keeps, use.expr) && !isClosing(use));
      if (!isStored || isIn(forgets) || leavesAtEnd(forgets, context)) return;
      // Who is given it in the test decides which branch has to do something about it.
      if (kept.some(({ expr }) => contains(stmt.test, expr))) return;
      found = forgets.kind === 'block' ? forgets.body.at(-1) : forgets;
    },
  });
  return found;
}

function isClosing({ around: outer }: Use): boolean {
  return outer[0]?.kind === 'call' && /close|shutdown/i.test(calledName(outer[0]) ?? '');
}

/** In front of a place, in a branch that does not come to it. */
function isAside(expr: Expr, place: Stmt, context: RuleContext): boolean {
  const { definition } = context.scope;
  const ways = arms(definition, place);
  return arms(definition, expr).some((arm) => !ways.includes(arm) && leavesAtEnd(arm, context));
}

/** The call itself, or a function of the file that gives on what it has accepted. */
function accepts(call: ExprOf<'call'>, context: RuleContext): boolean {
  const name = calledName(call) ?? '';
  if (/^accept4?$/.test(name)) return true;
  if (context.scope.call(name)) return false;
  const own = context.functionNamed(name);
  if (own?.file !== context.scope.file) return false;
  const [accept, ...others] = callsIn(own.definition, /^accept4?$/);
  return (
    accept !== undefined && others.length === 0 && (/accept/i.test(name) || givesOn(accept, own.definition))
  );
}

/** What a call gives is what the function returns, be it by way of `TEMP_FAILURE_RETRY(accept(...))`. */
function givesOn(call: ExprOf<'call'>, definition: FunctionDefinition): boolean {
  const retry = callsIn(definition, /^TEMP_FAILURE_RETRY$/).find((outer) => contains(outer, call));
  const name = resultName(definition, retry ?? call);
  return someStmtIn(definition.body, (stmt) => {
    const value = stmt.kind === 'return' && stmt.value ? unwrap(stmt.value) : undefined;
    return value === call || (value?.kind === 'name' && value.name === name);
  });
}

/** Every `continue`, `return` and `goto` that ends a branch behind the call. */
function jumpsBehind(accept: Expr, definition: FunctionDefinition): Stmt[] {
  const found: Stmt[] = [];
  walkStmt(definition.body, {
    stmt: (stmt) => {
      const leaves = stmt.kind === 'continue' || stmt.kind === 'return' || stmt.kind === 'goto';
      if (leaves && stmt.start > accept.end) found.push(stmt);
    },
  });
  return found;
}

function isEarly(
  jump: Stmt,
  accept: ExprOf<'call'>,
  name: string,
  kept: readonly Use[],
  context: RuleContext,
): boolean {
  const { definition } = context.scope;
  const own = arms(definition, accept);
  const ways = arms(definition, jump);
  const chain = around(definition, jump).filter((stmt) => stmt.start > accept.end);
  const isInside = own.every((arm) => ways.includes(arm)) && ways.length > own.length;
  if (!isInside || chain.some(({ kind }) => kind === 'switch' || kind === 'label')) return false;
  if (kept.some((use) => comesBefore(use, jump, ways, context))) return false;
  // What a child leaves behind goes with it.
  const isChild = chain.some(
    (stmt) => stmt.kind === 'if' && someExprIn(stmt, (part) => /^v?fork$/i.test(calledName(part) ?? '')),
  );
  if (isChild) return false;
  const failing = new Result(accept, name, context);
  const isFailure = around(definition, jump).some((stmt) => {
    if ((stmt.kind !== 'if' && stmt.kind !== 'while') || stmt.test.end < accept.start) return false;
    const body = stmt.kind === 'if' ? stmt.consequent : stmt.body;
    const leads = contains(body, jump);
    // `fd == -1 && errno == EINTR`: whatever errno is, nothing that was accepted comes here.
    return failing.holds(stmt.test, -1n) === leads || failing.holds(stmt.test, 5n) === !leads;
  });
  return !isFailure && leavesRound(jump, accept, kept, context);
}

/** On the way to the jump the connection is closed, or somebody gets to know of it. */
function comesBefore({ expr }: Use, jump: Stmt, ways: Stmt[], context: RuleContext): boolean {
  if (expr.start > jump.end) return false;
  const { definition } = context.scope;
  const apart = arms(definition, expr).filter((arm) => !ways.includes(arm));
  return apart.every((arm) => !leavesAtEnd(arm, context) || endsSearch(arm, jump, definition));
}

/** `if (table[i] < 0) { table[i] = fd; break; }`: the branch leaves only the loop that looks for a place, and control comes on to the jump. */
function endsSearch(arm: Stmt, jump: Stmt, definition: FunctionDefinition): boolean {
  const last = arm.kind === 'block' ? arm.body.at(-1) : arm;
  const left = last?.kind === 'break' ? leftBy(last, definition) : undefined;
  return left !== undefined && left.end <= jump.start;
}

/** Where the jump goes, nothing closes the connection either. */
function leavesRound(jump: Stmt, accept: Expr, kept: readonly Use[], context: RuleContext): boolean {
  const { definition } = context.scope;
  if (jump.kind === 'continue') {
    const loop = around(definition, jump).findLast(isLoop);
    return loop !== undefined && isLoop(loop) && contains(loop.body, accept);
  }
  if (jump.kind === 'return') return isHandler(context);
  const label = jump.kind === 'goto' ? labelNamed(jump.name, definition) : undefined;
  const block = label && around(definition, label).findLast(({ kind }) => kind === 'block');
  if (label === undefined || block?.kind !== 'block' || label.start < accept.end) return false;
  const last = block.body.at(-1);
  const isEnd = block === definition.body && last !== undefined && last.kind !== 'goto';
  const isRound = last?.kind === 'continue';
  return (
    !kept.some(({ expr }) => expr.start >= label.start && expr.end <= block.end) &&
    (isRound ? leavesRound(last, accept, kept, context) : isEnd && isHandler(context))
  );
}

/** A use that neither closes the connection nor lets anybody keep it: it is compared, or given to a call that works with it. */
function leavesOpen({ expr, around: outer }: Use, context: RuleContext, isWork: IsWork, depth = 0): boolean {
  const [first] = outer;
  if (!first) {
    const stmt = around(context.scope.definition, expr).at(-1);
    return stmt?.kind === 'if' || stmt?.kind === 'while';
  }
  if (first.kind === 'binary') return isComparison(first.op);
  if (first.kind === 'unary') return first.op === '!';
  if (first.kind === 'logical') return true;
  if (first.kind !== 'call') return false;
  const name = calledName(first) ?? '';
  if (/^close$/i.test(name)) return false;
  // Who gets a format says something of the connection.
  if (first.args.some((arg) => arg.kind === 'string' && arg.value.includes('%'))) return true;
  const own = depth < 2 ? context.functionNamed(name) : undefined;
  const param = own?.definition.type.params[first.args.indexOf(expr)]?.name;
  if (!own || param === undefined) return isWork(name);
  return usesOf(own.definition, param).every((use) => leavesOpen(use, context.in(own), isWork, depth + 1));
}

/** A place behind a pointer that is set more than once. */
export function movesOn(place: string, { scope }: RuleContext): boolean {
  const name = nameOf(place);
  return (
    place.includes('->') && (scope.ambiguous.has(name) || assignmentsTo(scope.definition, name).length > 1)
  );
}

/** A function that is only known by a pointer gets one of these variables: whoever that is may keep it. */
export function isCalledBack({ body }: FunctionDefinition, names: readonly string[]): boolean {
  return someExprIn(
    body,
    (expr) =>
      expr.kind === 'call' &&
      calledName(expr) === undefined &&
      expr.args.some((arg) => arg.kind === 'name' && names.includes(arg.name)),
  );
}

/** The variables that the result is stored in. */
export function variablesOf({ expr }: CallSite, { scope }: RuleContext): string[] {
  const found = new Set<string>();
  walkStmt(scope.definition.body, {
    stmt: (stmt) => {
      for (const { name, init } of stmt.kind === 'decl' ? stmt.declaration.declarators : []) {
        if (init && unwrap(init) === expr) found.add(name);
      }
    },
    expr: (inner) => {
      if (inner.kind !== 'assign' || unwrap(inner.value) !== expr) return;
      found.add(inner.target.kind === 'name' ? inner.target.name : '?');
    },
  });
  return [...found];
}
