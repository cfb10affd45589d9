import { rootName } from '../../analysis/aliasing';
import type { CallEvent, PathEndEvent } from '../../analysis/events';
import { changedBy, withoutCasts } from '../../analysis/operators';
import type { Location, Path, Role } from '../../analysis/path';
import type { CallSite, Value } from '../../analysis/values';
import { type Expr, type FunctionDefinition, type Span, type Stmt, someExprIn, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { targetOf } from '../shared/dropped';
import { leavesAtEnd } from '../shared/endings';
import { accessesIn, mentions, reachedFrom } from '../shared/globals';
import { isErrno } from '../shared/reporting';
import { around, contains } from '../shared/statements';
import { declaratorOf, pathOf, usesOf } from '../shared/uses';
import { type ChildBranch, childBranches } from './branches';

/** Children that leave the function in which they were made by the very way that their parent takes. */

/** A child of this function that comes back from it as its parent does. */
export interface Comeback<T> {
  fork: CallSite;
  /** What the rule knows of the child. */
  about: T;
  branch: ChildBranch;
  /** It falls off the end of a function that gives a value everywhere else. */
  offTheEnd: boolean;
  /** It comes back from another place than its parent, with the same result. */
  apart: boolean;
}

interface Return {
  fork: CallSite;
  at: Location;
  value: Value | undefined;
}

export class Comebacks<T> {
  private readonly parents: Return[] = [];
  private readonly children: (Return & { about: T })[] = [];

  constructor(private readonly context: RuleContext) {}

  /** `about`: what is known of a child here; undefined where it is not to be judged. */
  hear({ how, path, at, value, inMain }: PathEndEvent, about: T | undefined): void {
    const { definition } = this.context.scope;
    if (how !== 'return' || inMain || at.within !== definition) return;
    const own = rolesIn(definition, path);
    const [last] = own;
    const back = { at, value: value?.value };
    // The child of a later round is no parent, though it was one in the rounds before.
    if (last?.kind === 'parent') this.parents.push({ ...back, fork: last.fork });
    // A child of a child comes back as one of the first fork, too.
    for (const { fork, kind } of own) {
      if (kind === 'child' && about !== undefined) this.children.push({ ...back, fork, about });
    }
  }

  /** Children that the caller takes for the parent: both leave by one way, and nothing that they return tells them apart. */
  *found(): Generator<Comeback<T>> {
    const said = new Set<CallSite>();
    for (const { fork, at, value, about } of this.children) {
      const own = this.parents.filter((back) => back.fork === fork);
      const together = own.some((back) => back.at.start === at.start);
      const offTheEnd = !together && own.length > 0 && this.isBeyondReturns(at);
      if (said.has(fork) || own.length === 0) continue;
      const branches = childBranches(this.context.scope.definition, this.context).filter(
        (branch) => branch.fork === fork.expr,
      );
      const [branch] = branches;
      if (!branch || branches.length > 1 || this.tells(branch, at)) continue;
      const isSame = (back: Return) =>
        (!together || back.at.start === at.start) && back.value?.constant === value?.constant;
      if (!offTheEnd && !own.some(isSame)) continue;
      const apart = !together && !offTheEnd;
      if (apart && value && value.constant === undefined) continue;
      said.add(fork);
      yield { fork, about, branch, offTheEnd, apart };
    }
  }

  /** The end of the body, behind which no value is given, in a function that gives one. */
  private isBeyondReturns({ end }: Location): boolean {
    const { body, type } = this.context.scope.definition;
    return end === body.end && type.returns.k !== 'void';
  }

  /** What is returned may differ in the child: it is the result of the fork, or something that the branch has set. */
  private tells({ fork, body }: ChildBranch, at: Location): boolean {
    const { definition } = this.context.scope;
    const stmt = around(definition, at).at(-1);
    const value = stmt?.kind === 'return' && stmt.start === at.start ? stmt.value : undefined;
    if (!value) return false;
    const names = new Set([rootName(targetOf(definition, fork) ?? value) ?? '']);
    for (const part of body) {
      walkStmt(part, {
        expr: (expr) => {
          const target = changed(expr);
          if (target) names.add(rootName(target) ?? '');
        },
      });
    }
    return [...names].some((name) => mentions(value, name));
  }
}

/** Which process of the function's own forks this is, whatever children it has got in the functions that it calls. */
export function roleIn(definition: FunctionDefinition, { role }: Path): Role {
  let own = role;
  while (own.kind === 'parent' && own.fork?.within !== definition && own.before) own = own.before;
  return own.fork?.within === definition ? own : role;
}

/** The same for each of the forks that led to this process, the last one first. */
function rolesIn(definition: FunctionDefinition, path: Path): { fork: CallSite; kind: Role['kind'] }[] {
  const found: { fork: CallSite; kind: Role['kind'] }[] = [];
  let at: Role | undefined = roleIn(definition, path);
  if (at.fork?.within !== definition) return found;
  for (; at; at = at.before) if (at.fork?.within === definition) found.push({ fork: at.fork, kind: at.kind });
  return found;
}

function changed(expr: Expr): Expr | undefined {
  if (expr.kind === 'assign') return expr.target;
  return expr.kind === 'update' || (expr.kind === 'unary' && expr.op === '&') ? expr.operand : undefined;
}

const behind = 'comebacks:behind';

/**
 * Notes that a child has left its branch. From there on it does what its parent does: where the parent comes back from a call, so
 * does the child, though nothing else is known of the function.
 */
export function noteBehind({ path, expr }: CallEvent, context: RuleContext): void {
  const { scope } = context;
  const { fork, kind } = roleIn(scope.definition, path);
  if (kind !== 'child' || fork?.within !== scope.definition || path.note(behind)) return;
  // `case 0: break;` only leads to where the child's part begins.
  const branches = childBranches(scope.definition, context).filter(
    (branch) => branch.fork === fork.expr && branch.body.some(({ kind }) => kind !== 'break'),
  );
  if (branches.length > 0 && branches.every(({ span }) => span.end <= expr.start)) path.setNote(behind, true);
}

/** Whether the child has left its branch by now. */
export function isBehind(path: Path): boolean {
  return path.note(behind) === true;
}

/**
 * The branch leaves a mark by which other code may tell that it runs in the child: it stores what outlives the function, `itself` or
 * in what it calls.
 */
export function leavesMark(
  { body }: ChildBranch,
  context: RuleContext,
  who: 'itself' | 'or a callee' = 'or a callee',
): boolean {
  return body.some((part) =>
    someExprIn(part, (expr) => {
      const target = changedBy(expr);
      // Whoever comes back sets errno without a thought.
      if (target) return !isOwn(target, context) && !isErrno(target);
      if (who === 'itself') return false;
      const callee = context.functionNamed(calledName(expr) ?? '')?.definition;
      return (
        callee !== undefined &&
        reachedFrom(callee, context).some((each) =>
          accessesIn(each, context).some(({ kind }) => kind === 'write'),
        )
      );
    }),
  );
}

/** A variable of the function itself, or a part of one. */
function isOwn(target: Expr, { scope }: RuleContext): boolean {
  const name = rootName(target);
  const found = name === undefined ? undefined : declaratorOf(scope, name);
  const direct = !(target.kind === 'unary' || (target.kind === 'member' && target.arrow));
  return found !== undefined && direct && !found.storage.includes('static');
}

/** The parent has a branch of its own for the same test, in which it takes down what fork returned where that outlives the function. */
export function isTakenDown({ fork, span, body }: ChildBranch, context: RuleContext): boolean {
  const { definition } = context.scope;
  const test = testOf(span, context);
  const pid = pathOf(targetOf(definition, fork));
  if (!test || pid === undefined || leavesAtEnd({ kind: 'block', body, ...span }, context)) return false;
  return someExprIn(
    test,
    (expr) =>
      expr.kind === 'assign' &&
      !contains(span, expr) &&
      pathOf(withoutCasts(expr.value)) === pid &&
      !isOwn(expr.target, context),
  );
}

/** Behind the branch the result of the fork is waited for, killed or kept by the function itself: that is for the parent to do. */
export function isMindedBehind(branch: ChildBranch, context: RuleContext): boolean {
  const { definition } = context.scope;
  const pid = pathOf(targetOf(definition, branch.fork));
  if (pid === undefined || !runsIntoWork(branch, context)) return false;
  return usesOf(definition, pid).some(({ expr, around: [outer] }) => {
    if (expr.start < branch.span.end) return false;
    if (outer?.kind === 'call') return /wait|kill/.test(calledName(outer) ?? '');
    return outer?.kind === 'assign' && outer.target.kind === 'index' && isOwn(outer.target, context);
  });
}

/** Nobody keeps the result of the fork, and nothing else tells the two processes apart that come back. */
export function isAnonymous({ fork, body }: ChildBranch, context: RuleContext): boolean {
  const kept = targetOf(context.scope.definition, fork);
  return !kept && body.some(works) && !leavesMark({ fork, body, span: fork }, context, 'itself');
}

/** The test that a branch belongs to, which may begin with a test itself. */
function testOf(span: Span, { scope }: Pick<RuleContext, 'scope'>): Stmt | undefined {
  return around(scope.definition, span).findLast(
    (stmt) =>
      (stmt.kind === 'if' || stmt.kind === 'switch') && stmt.start < span.start && contains(stmt, span),
  );
}

/** Behind the branch there is work for the parent, which has no branch of its own. */
export function runsIntoWork({ span, body }: ChildBranch, context: RuleContext): boolean {
  const chain = around(context.scope.definition, span);
  const test = testOf(span, context);
  const index = test ? chain.indexOf(test) : -1;
  if (!test || leavesAtEnd({ kind: 'block', body, ...span }, context) || hasOtherSide(test, span, context))
    return false;
  return chain.slice(0, index).some((block, depth) => {
    const inner = chain[depth + 1];
    const behind = block.kind === 'block' && inner ? block.body.slice(block.body.indexOf(inner) + 1) : [];
    return behind.some(works);
  });
}

/** Another branch of the same test is the parent's. One that leaves is for the failure. */
function hasOtherSide(test: Stmt, own: Span, context: RuleContext): boolean {
  if (test.kind === 'if') {
    const other = contains(test.consequent, own) ? test.alternative : test.consequent;
    if (!other) return false;
    return other.kind === 'if' ? other.alternative !== undefined : !leavesAtEnd(other, context);
  }
  if (test.kind !== 'switch' || test.body.kind !== 'block') return true;
  let failed = false;
  return test.body.body.some((stmt) => {
    if (stmt.kind === 'case') failed = stmt.value?.kind === 'unary' || isNegative(stmt.value);
    return stmt.kind !== 'case' && !failed && !contains(own, stmt) && works(stmt);
  });
}

/** The sign may be read as a part of the number. */
function isNegative(value: Expr | undefined): boolean {
  return value?.kind === 'number' && value.text.startsWith('-');
}

function works(stmt: Stmt): boolean {
  return someExprIn(stmt, ({ kind }) => kind === 'call' || kind === 'assign' || kind === 'update');
}
