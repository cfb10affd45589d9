import { withoutCasts } from '../../analysis/operators';
import { type Expr, type ExprOf, type FunctionDefinition, type Span, type Stmt, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { targetOf } from '../shared/dropped';
import { endsProcess, leavesAtEnd } from '../shared/endings';
import { failureBranch } from '../shared/loops';
import { contains, labelNamed } from '../shared/statements';
import { returnsHandle } from '../shared/support';
import { assignmentsTo, callsIn, declaratorOf, isMeasured, type Use, usesOf } from '../shared/uses';
import { callsOf, nameMade } from '../shared/whole-file';
import { type ChildBranch, childBranches } from './branches';

/**
 * Descriptors that a function makes for its child and that the parent keeps, as the text of the function tells: local variables that
 * nobody but the child's side ever mentions. What else the function calls makes no difference to that.
 */
export interface KeptEnd {
  /** `fd[1]`, or the variable. */
  name: string;
  /** The other end, which the parent goes on to use. */
  other?: string;
  kind: 'pipe' | 'pair' | 'terminal' | 'file';
  /** As long as the parent has it, who reads at the other end sees no end. */
  writes: boolean;
  made: Expr;
  fork: ExprOf<'call'>;
}

export function keptEnds(context: RuleContext): KeptEnd[] {
  const { definition } = context.scope;
  const forks = callsOf(definition).filter(({ name }) => makesChild(nameMade(name, context.scope)));
  if (forks.length === 0 || definition.broken) return [];
  const sides = new Sides(
    definition,
    forks.map(({ expr }) => expr),
    context,
  );
  return [...pairs(definition, sides, context), ...singles(definition, sides, context)];
}

function makesChild(name: string): boolean {
  return /^(?:v?fork|forkpty|posix_spawnp?)$/.test(name);
}

/* ------------------------------------------------------------ what has two ends */

/** `int fd[2]` that a call fills. */
function* pairs(definition: FunctionDefinition, sides: Sides, context: RuleContext): Generator<KeptEnd> {
  for (const { name, expr: made } of callsOf(definition)) {
    const kind = kindOf(nameMade(name, context.scope));
    const array = kind && made.args.map(withoutCasts).find((arg) => isOwnArray(arg, context));
    if (!kind || array?.kind !== 'name') continue;
    const ends = endsOf(array, made, context);
    if (!ends) continue;
    for (const [end, uses] of ends.entries()) {
      const other = ends[1 - end]!;
      const fork = sides.keeper(uses, made);
      if (!fork || !sides.isUsedByParent(other, made)) continue;
      const text = (index: number) => `${array.name}[${index}]`;
      yield { name: text(end), other: text(1 - end), kind, writes: kind === 'pair' || end === 1, made, fork };
    }
  }
}

/** What a call of such a name makes two of; a wrapper that is in another file tells by its name. */
function kindOf(name: string): 'pipe' | 'pair' | undefined {
  if (/^(?:[a-z]+_?)?pipe2?$/i.test(name)) return 'pipe';
  return /^(?:[a-z]+_)?socketpair$/i.test(name) ? 'pair' : undefined;
}

function isOwnArray(arg: Expr, { scope }: RuleContext): boolean {
  const found =
    arg.kind === 'name' && !scope.ambiguous.has(arg.name) ? declaratorOf(scope, arg.name) : undefined;
  return found?.declarator.type.k === 'array' && isAutomatic(found.storage);
}

function isAutomatic(storage: readonly string[]): boolean {
  return !storage.some((word) => word === 'static' || word === 'extern');
}

/** The uses of both ends; undefined where the array is used in another way, too. */
function endsOf({ name }: ExprOf<'name'>, made: Expr, { scope }: RuleContext): [Use[], Use[]] | undefined {
  const ends: [Use[], Use[]] = [[], []];
  for (const use of usesOf(scope.definition, name)) {
    const [outer] = use.around;
    if (contains(made, use.expr) || isMeasured(use)) continue;
    const index =
      outer?.kind === 'index' && outer.array === use.expr
        ? scope.evaluator.constant(outer.index, scope)
        : undefined;
    if (index !== 0n && index !== 1n) return undefined;
    ends[Number(index) as 0 | 1].push({ expr: outer!, around: use.around.slice(1) });
  }
  return ends;
}

/* ------------------------------------------------------------- what stands alone */

/** A variable that holds the slave of a terminal, or a file that the child is to have as its standard input or output. */
function* singles(definition: FunctionDefinition, sides: Sides, context: RuleContext): Generator<KeptEnd> {
  const seen = new Set<string>();
  for (const copy of callsIn(definition, /^dup[23]$/)) {
    const [from] = copy.args;
    if (from?.kind !== 'name' || seen.has(from.name) || !sides.isChild(copy)) continue;
    seen.add(from.name);
    const source = sourceOf(from.name, context);
    if (!source) continue;
    const uses = usesOf(definition, from.name).filter(
      (use) => !isMeasured(use) && !contains(source.made, use.expr) && !isTarget(use),
    );
    const fork = sides.keeper(uses, source.made);
    if (fork)
      yield {
        name: from.name,
        kind: source.kind,
        writes: source.kind === 'terminal',
        made: source.made,
        fork,
      };
  }
}

function isTarget({ expr, around: [outer] }: Use): boolean {
  return outer?.kind === 'assign' && outer.target === expr;
}

function sourceOf(
  name: string,
  { scope }: RuleContext,
): { made: Expr; kind: 'terminal' | 'file' } | undefined {
  const declared = scope.ambiguous.has(name) ? undefined : declaratorOf(scope, name);
  if (!declared || !isAutomatic(declared.storage)) return undefined;
  const stored = assignmentsTo(scope.definition, name).map(({ value }) => withoutCasts(value));
  const filling = callsIn(scope.definition, /pty|tty/i).find(({ args }) =>
    args.some(
      (arg) =>
        arg.kind === 'unary' && arg.op === '&' && arg.operand.kind === 'name' && arg.operand.name === name,
    ),
  );
  const opened = stored.filter((value) => {
    const call = scope.call(calledName(value) ?? '');
    return call !== undefined && returnsHandle(call) && !/^(?:accept|dup)/.test(call.name);
  });
  const others = stored.length - opened.length;
  const isNone = (value: Expr) => (scope.evaluator.constant(value, scope) ?? 0n) < 0n;
  if (others > stored.filter(isNone).length) return undefined;
  if (filling) return opened.length === 0 ? { made: filling, kind: 'terminal' } : undefined;
  return opened.length === 1 ? { made: opened[0]!, kind: 'file' } : undefined;
}

/* ---------------------------------------------------------------- whose text it is */

/** The text of a function, by the process that runs it. */
class Sides {
  private readonly children: readonly ChildBranch[];
  private readonly afters = new Map<Expr, Span[]>();

  constructor(
    private readonly definition: FunctionDefinition,
    private readonly forks: readonly ExprOf<'call'>[],
    private readonly context: RuleContext,
  ) {
    this.children = childBranches(definition, context);
  }

  isChild(place: Span): boolean {
    return this.children.some(({ span }) => contains(span, place));
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
  private isPassing(use: Use): boolean {
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
            (arm) => arm && contains(arm, place) && leaves(arm),
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
      body.kind === 'block' ? body.body.find((stmt) => stmt.start >= start && leaves(stmt)) : undefined;
    return (last ?? body).end;
  }

  private isWhereFailed(place: Span, fork: Expr): boolean {
    const branch = failureBranch(fork, this.context);
    return (branch !== undefined && contains(branch, place)) || this.isInFailedCase(place, fork);
  }

  /** `case -1:` of the switch on what fork gave. */
  private isInFailedCase(place: Span, fork: Expr): boolean {
    const { context, definition } = this;
    const target = targetOf(definition, fork);
    const text = target && context.source({ ...target, within: definition });
    let found = false;
    walkStmt(definition.body, {
      stmt: (stmt) => {
        if (stmt.kind !== 'switch' || stmt.body.kind !== 'block' || !contains(stmt, place)) return;
        const asks =
          contains(stmt.value, fork) || context.source({ ...stmt.value, within: definition }) === text;
        const cases = stmt.body.body.filter((each) => each.kind === 'case');
        const own = cases.findLast((each) => each.start <= place.start);
        const value = own?.kind === 'case' && own.value;
        found ||= asks && !!value && context.scope.evaluator.constant(value, context.scope) === -1n;
      },
    });
    return found;
  }

  /** The parent goes on in the function, and comes back from it. */
  private comesBack(fork: Expr): boolean {
    const last = this.after(fork)[0]!;
    return this.after(fork).length > 0 && !this.endsAt(last.end);
  }

  private endsAt(end: number): boolean {
    const { body } = this.definition;
    const last = body.kind === 'block' ? body.body.find((stmt) => stmt.end === end) : undefined;
    return last?.kind === 'expr' && endsProcess(calledName(last.expr));
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

function leaves(stmt: Stmt): boolean {
  return stmt.kind === 'label' ? stmt.body !== undefined && leaves(stmt.body) : leavesAtEnd(stmt);
}

function isClosed({ around: [outer] }: Use): boolean {
  return outer?.kind === 'call' && /close/i.test(calledName(outer) ?? '') && !isFileAction(outer);
}

/** A program that is started gets it. */
function isAction({ around: [outer] }: Use): boolean {
  return outer !== undefined && isFileAction(outer);
}

function isFileAction(call: Expr): boolean {
  return /^posix_spawn_file_actions_/.test(calledName(call) ?? '');
}
