import { type Expr, type ExprOf, type FunctionDefinition, type Span, type Stmt, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { targetOf } from '../shared/dropped';
import { endsProcess, leavesAtEnd } from '../shared/endings';
import { failureBranch } from '../shared/loops';
import { contains, labelNamed } from '../shared/statements';
import type { Use } from '../shared/uses';
import { callsOf } from '../shared/whole-file';
import { type ChildBranch, childBranches } from './branches';

/** Which process of a fork runs what of a function, as its text tells. */

/** The text of a function, by the process that runs it. */
export class Sides {
  private readonly children: readonly ChildBranch[];
  private readonly afters = new Map<Expr, Span[]>();

  constructor(
    private readonly definition: FunctionDefinition,
    readonly forks: readonly ExprOf<'call'>[],
    private readonly context: RuleContext,
  ) {
    this.children = childBranches(definition, context);
  }

  isChild(place: Span): boolean {
    return this.children.some(({ span }) => contains(span, place));
  }

  /** What only the child of a fork runs, where that is one piece. */
  childOf(fork: Expr): Span | undefined {
    const own = this.children.filter((child) => child.fork === fork);
    return own.length === 1 ? own[0]!.span : undefined;
  }

  /** The fork in front of a place that parent and child both come to, where only behind it the child is told from its parent. */
  forkBefore(place: Span): ExprOf<'call'> | undefined {
    const behind = this.children.find(({ span }) => span.start > place.end);
    const fork = this.forks.findLast((each) => each.end <= place.start);
    const isOfBoth = fork !== undefined && behind?.fork === fork && !this.isChild(place);
    const own = this.children.filter((child) => child.fork === fork);
    return isOfBoth && own.length === 1 && !this.isChild(fork) ? fork : undefined;
  }

  /** The last fork whose child is given a descriptor, where its parent never does anything with it. */
  keeper(uses: readonly Use[], made: Expr): ExprOf<'call'> | undefined {
    const given = this.forks.filter(
      (fork) => fork.start > made.end && !this.isChild(fork) && uses.some((use) => this.isFor(fork, use)),
    );
    const fork = given.at(-1);
    const own = uses.filter((use) => !this.isChild(use.expr) && !isAction(use));
    if (!fork || this.isChild(made) || !this.comesBack(fork)) return undefined;
    const quiet = own.every((use) =>
      use.expr.start < fork.start ? this.isPassing(use) : !this.isParents(use.expr, fork),
    );
    return quiet && !this.closesAll(fork) ? fork : undefined;
  }

  /** The parent does something with it behind the first fork, be it to close it, or has another name for it by then. */
  isUsedByParent(uses: readonly Use[], made: Expr): boolean {
    const fork = this.forks.find((each) => each.start > made.end && !this.isChild(each));
    const own = uses.filter((use) => !this.isChild(use.expr));
    return (
      fork !== undefined &&
      own.some((use) =>
        use.expr.start < fork.start ? use.around[0]?.kind === 'assign' : this.isParents(use.expr, fork),
      )
    );
  }

  /** The child of a fork does more with it than to close it, or a program is started with it. */
  private isFor(fork: Expr, use: Use): boolean {
    if (isAction(use)) return /^posix_spawn/.test(calledName(fork) ?? '');
    return this.children.some(
      ({ fork: own, span }) => own === fork && contains(span, use.expr) && !isClosed(use),
    );
  }

  /** In front of the fork nothing makes another name of it, and nobody gets it for good. */
  isPassing(use: Use): boolean {
    const [outer] = use.around;
    if (outer?.kind === 'binary' || outer?.kind === 'logical' || this.isLeft(use.expr)) return true;
    if (outer?.kind === 'assign' && outer.target === use.expr) return true;
    if (outer?.kind !== 'call' || isClosed(use)) return false;
    const name = calledName(outer) ?? '';
    return this.context.scope.call(name) !== undefined || /cloexec|block|nodelay|flag/i.test(name);
  }

  /** The branch around a place ends the function. */
  private isLeft(place: Span): boolean {
    let left = false;
    walkStmt(this.definition.body, {
      stmt: (stmt) => {
        if (stmt.kind === 'if' && contains(stmt, place))
          left ||= [stmt.consequent, stmt.alternative].some(
            (arm) => arm && contains(arm, place) && leaves(arm, this.context),
          );
      },
    });
    return left;
  }

  private isParents(place: Span, fork: Expr): boolean {
    return this.after(fork).some((span) => contains(span, place)) && !this.isWhereFailed(place, fork);
  }

  /** What the parent may come to behind the fork, by falling through and by its jumps. */
  private after(fork: Expr): Span[] {
    const known = this.afters.get(fork);
    if (known) return known;
    const found: Span[] = [];
    const starts = [fork.end];
    for (const start of starts) {
      const span = { start, end: this.fallsTo(start) };
      if (found.some((other) => contains(other, span))) continue;
      found.push(span);
      walkStmt(this.definition.body, {
        stmt: (stmt) => {
          if (stmt.kind !== 'goto' || !contains(span, stmt)) return;
          const label = labelNamed(stmt.name, this.definition);
          const counts = !this.isChild(stmt) && !this.isWhereFailed(stmt, fork);
          if (label && counts && !starts.includes(label.start)) starts.push(label.start);
        },
      });
    }
    this.afters.set(fork, found);
    return found;
  }

  /** Where control comes to an end in the body of the function itself. */
  private fallsTo(start: number): number {
    const { body } = this.definition;
    const last =
      body.kind === 'block'
        ? body.body.find((stmt) => stmt.start >= start && leaves(stmt, this.context))
        : undefined;
    return (last ?? body).end;
  }

  private isWhereFailed(place: Span, fork: Expr): boolean {
    return this.whereFailed(fork).some((stmt) => contains(stmt, place));
  }

  /** Where a failed fork leaves the function: the jump, and all that is done on the way, by the labels that it jumps to as well. */
  failedWay(fork: Expr): { jump: Stmt; way: Span[] } | undefined {
    const failed = this.whereFailed(fork);
    const last = failed.at(-1);
    const jump = last?.kind === 'block' ? last.body.at(-1) : last;
    if (jump?.kind !== 'return' && jump?.kind !== 'goto') return undefined;
    const label = jump.kind === 'goto' ? labelNamed(jump.name, this.definition) : undefined;
    if (jump.kind === 'goto' && (!label || label.start < jump.start)) return undefined;
    return {
      jump,
      way: [...failed, ...(label ? [{ start: label.start, end: this.fallsTo(label.start) }] : [])],
    };
  }

  /** The statements for a fork that has failed: a branch of the test behind it, or those of `case -1:`. */
  private whereFailed(fork: Expr): Stmt[] {
    const branch = failureBranch(fork, this.context);
    return branch ? [branch] : this.failedCase(fork);
  }

  private failedCase(fork: Expr): Stmt[] {
    const { context, definition } = this;
    const target = targetOf(definition, fork);
    const text = target && context.source({ ...target, within: definition });
    const isFailed = (stmt: Stmt) =>
      stmt.kind === 'case' &&
      !!stmt.value &&
      context.scope.evaluator.constant(stmt.value, context.scope) === -1n;
    const found: Stmt[] = [];
    walkStmt(definition.body, {
      stmt: (stmt) => {
        if (stmt.kind !== 'switch' || stmt.body.kind !== 'block' || stmt.end < fork.start) return;
        const asks =
          contains(stmt.value, fork) || context.source({ ...stmt.value, within: definition }) === text;
        const start = asks ? stmt.body.body.findIndex(isFailed) : -1;
        if (start < 0) return;
        const behind = stmt.body.body.slice(start + 1);
        const end = behind.findIndex(({ kind }) => kind === 'case');
        found.push(...(end < 0 ? behind : behind.slice(0, end)));
      },
    });
    return found;
  }

  /** The parent goes on in the function, and comes back from it. */
  private comesBack(fork: Expr): boolean {
    const last = this.after(fork)[0]!;
    return this.after(fork).length > 0 && !this.endsAt(last.end) && !this.endsFirst(fork);
  }

  /** `if (pid != 0) exit(0);`: what follows is the child's, and the parent ends where it is told from it. */
  private endsFirst(fork: Expr): boolean {
    const { body } = this.definition;
    const own = body.kind === 'block' ? body.body : [];
    return this.children.some(({ fork: made, span }) => {
      const index = own.findIndex(({ start }) => start === span.start);
      const asks = made === fork && index > 0 ? own[index - 1] : undefined;
      const arm = asks?.kind === 'if' ? asks.consequent : undefined;
      const last = arm?.kind === 'block' ? arm.body.at(-1) : arm;
      return last?.kind === 'expr' && endsProcess(calledName(last.expr), this.context);
    });
  }

  private endsAt(end: number): boolean {
    const { body } = this.definition;
    const last = body.kind === 'block' ? body.body.find((stmt) => stmt.end === end) : undefined;
    return last?.kind === 'expr' && endsProcess(calledName(last.expr), this.context);
  }

  /** The parent closes numbers without their names, or becomes another program. */
  private closesAll(fork: Expr): boolean {
    return callsOf(this.definition).some(
      ({ name, expr }) =>
        /^close_?(?:from|range|all|desc|f)|close_?(?:all|fds|files|pipes)|^exec[lv]/i.test(name) &&
        !this.isChild(expr) &&
        this.isParents(expr, fork),
    );
  }
}

function leaves(stmt: Stmt, context: RuleContext): boolean {
  return stmt.kind === 'label'
    ? stmt.body !== undefined && leaves(stmt.body, context)
    : leavesAtEnd(stmt, context);
}

export function isClosed({ around: [outer] }: Use): boolean {
  return outer?.kind === 'call' && /close/i.test(calledName(outer) ?? '') && !isFileAction(outer);
}

/** A program that is started gets it. */
function isAction({ around: [outer] }: Use): boolean {
  return outer !== undefined && isFileAction(outer);
}

function isFileAction(call: Expr): boolean {
  return /^posix_spawn_file_actions_/.test(calledName(call) ?? '');
}
