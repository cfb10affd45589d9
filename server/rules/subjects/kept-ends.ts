import { withoutCasts } from '../../analysis/operators';
import type { Expr, ExprOf, FunctionDefinition, Stmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { contains } from '../shared/statements';
import { returnsHandle } from '../shared/support';
import {
  assignmentsTo,
  callsIn,
  declaratorOf,
  isMeasured,
  pathOf,
  type Use,
  usesOf,
  usesOfWhole,
} from '../shared/uses';
import { callsOf, nameMade } from '../shared/whole-file';
import { isClosed, Sides } from './sides';
import { closesCounted } from './sweeps';

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
  /** The parent stores the other end, or hands it to a function of its own, which reads or writes there. */
  handedOn?: boolean;
  /** As long as the parent has it, who reads at the other end sees no end. */
  writes: boolean;
  made: Expr;
  fork: ExprOf<'call'>;
}

export function keptEnds(context: RuleContext): KeptEnd[] {
  const { definition } = context.scope;
  const sides = sidesOf(context);
  return sides ? [...kept(definition, sides, context), ...singles(definition, sides, context)] : [];
}

/** Both ends, where a fork fails and the function is left without closing either. */
export interface LostEnds {
  name: string;
  made: Expr;
  at: Stmt;
}

/** Those that are closed on other ways, or at least one of them. */
export function lostOnFailedForks(context: RuleContext): LostEnds[] {
  const { definition } = context.scope;
  const sides = sidesOf(context);
  if (!sides) return [];
  return [...pairs(definition, context)].flatMap(({ array, made, ends }) => {
    const uses = ends.flat();
    const fork = sides.forks.find((each) => each.start > made.end && !sides.isChild(each));
    const failed = fork && !sides.isChild(made) ? sides.failedWay(fork) : undefined;
    if (!fork || !failed) return [];
    const quiet = uses.every((use) =>
      use.expr.start < fork.start
        ? sides.isPassing(use)
        : !failed.way.some((span) => contains(span, use.expr)),
    );
    const closed = uses.some((use) => !sides.isChild(use.expr) && isClosed(use));
    // Who tidies up there means to leave nothing behind.
    const tidies = callsIn(definition, /free|close|unlink|release|destroy|clean|unref|delete/i).some((call) =>
      failed.way.some((span) => contains(span, call)),
    );
    return quiet && closed && tidies ? [{ name: array, made, at: failed.jump }] : [];
  });
}

/** A pipe that parent and child each make for themselves, behind the fork, and of which each uses another end. */
export interface DoublePipe {
  array: string;
  kind: Pair['kind'];
  made: ExprOf<'call'>;
  fork: ExprOf<'call'>;
}

export function doublePipes(context: RuleContext): DoublePipe[] {
  const { definition } = context.scope;
  const sides = sidesOf(context);
  if (!sides) return [];
  return [...pairs(definition, context)].flatMap(({ array, kind, made, ends }) => {
    const fork = sides.forkBefore(made);
    const usedBy = (child: boolean) =>
      ends.map((uses) =>
        uses.some((use) => use.expr.start > made.end && sides.isChild(use.expr) === child && !isClosed(use)),
      );
    const [childReads, childWrites] = usedBy(true);
    const [parentReads, parentWrites] = usedBy(false);
    const isShared = childReads !== childWrites && parentReads !== parentWrites && childReads !== parentReads;
    return fork && isShared ? [{ array, kind, made, fork }] : [];
  });
}

/** An end that a program inherits beside the other one, which is its standard input or output. */
export interface InheritedEnd {
  name: string;
  end: 'read' | 'write';
  made: Expr;
  fork: ExprOf<'call'>;
  exec: ExprOf<'call'>;
}

/** Those that the parent uses and that the child's side never mentions, whatever else it calls. */
export function inheritedEnds(context: RuleContext): InheritedEnd[] {
  const { definition } = context.scope;
  const sides = sidesOf(context);
  if (!sides) return [];
  return [...pairs(definition, context)].flatMap(({ array, made, ends }) => {
    const fork = sides.forks.find((each) => each.start > made.end && !sides.isChild(each));
    const child = fork && sides.childOf(fork);
    const exec = child && callsIn(definition, /exec/i).find((call) => contains(child, call));
    // Only of `pipe` itself it is known that nothing closes its ends.
    if (!exec || nameMade(calledName(made) ?? '', context.scope) !== 'pipe') return [];
    const isPlain = !callsIn(definition, closing).some(
      (call) => contains(child, call) && (calledName(call) !== 'close' || closesCounted(call, definition)),
    );
    return [0, 1].flatMap((index): InheritedEnd[] => {
      const [own, others] = [ends[1 - index]!, ends[index]!];
      const isGiven = own.some((use) => contains(child, use.expr) && isStandard(use, 1 - index, context));
      const isForgotten = others.every((use) => use.expr.start > fork.end && !contains(child, use.expr));
      if (!isPlain || !isGiven || !isForgotten || !sides.isUsedByParent(others, made)) return [];
      return [{ name: `${array}[${index}]`, end: index === 0 ? 'read' : 'write', made, fork, exec }];
    });
  });
}

/** What closes more than it is given, or may do so. */
const closing =
  /^close$|close_?(?:from|range|all|desc|f|other|rest|unused|pipe|end|on)|cloexec|coe$|clean|^run|child|daemon/i;

/** `dup2(fd[0], 0)`, or a function of the program's own with such arguments. */
function isStandard({ expr, around: [outer] }: Use, end: number, { scope }: RuleContext): boolean {
  const name = outer && calledName(outer);
  const isMove = name !== undefined && (/^dup[23]$/.test(name) || !scope.call(name));
  const numbers =
    isMove && outer?.kind === 'call' && outer.args.length === 2
      ? outer.args.filter((arg) => arg !== expr).map((arg) => scope.evaluator.constant(arg, scope))
      : [];
  return numbers.some((number) => (end === 0 ? number === 0n : number === 1n || number === 2n));
}

function sidesOf(context: RuleContext): Sides | undefined {
  const { definition } = context.scope;
  const forks = callsOf(definition).filter(({ name }) => makesChild(nameMade(name, context.scope)));
  return forks.length === 0 || definition.broken
    ? undefined
    : new Sides(
        definition,
        forks.map(({ expr }) => expr),
        context,
      );
}

function makesChild(name: string): boolean {
  return /^(?:v?fork|forkpty|posix_spawnp?)$/.test(name);
}

/* ------------------------------------------------------------ what has two ends */

interface Pair {
  array: string;
  kind: 'pipe' | 'pair';
  made: ExprOf<'call'>;
  ends: [Use[], Use[]];
}

/** `int fd[2]`, or such a member of a structure that nobody else gets, that a call fills. */
function* pairs(definition: FunctionDefinition, context: RuleContext): Generator<Pair> {
  for (const { name, expr: made } of callsOf(definition)) {
    const kind = kindOf(nameMade(name, context.scope));
    const array = kind && made.args.map(withoutCasts).find((arg) => isOwnArray(arg, context));
    const path = pathOf(array);
    const ends = path === undefined ? undefined : endsOf(path, made, context);
    if (kind && path !== undefined && ends) yield { array: path, kind, made, ends };
  }
}

function* kept(definition: FunctionDefinition, sides: Sides, context: RuleContext): Generator<KeptEnd> {
  for (const { array, kind, made, ends } of pairs(definition, context)) {
    for (const [end, uses] of ends.entries()) {
      const fork = sides.keeper(uses, made);
      if (!fork || !sides.isUsedByParent(ends[1 - end]!, made)) continue;
      const text = (index: number) => `${array}[${index}]`;
      const handedOn = ends[1 - end]!.some(
        (use) => !sides.isChild(use.expr) && use.expr.start > fork.end && isHandedOn(use, context),
      );
      const writes = kind === 'pair' || end === 1;
      yield { name: text(end), other: text(1 - end), kind, handedOn, writes, made, fork };
    }
  }
}

function isHandedOn({ expr, around: [outer] }: Use, { scope }: RuleContext): boolean {
  if (outer?.kind === 'assign') return outer.value === expr && outer.target.kind === 'member';
  return (
    outer?.kind === 'call' && !scope.call(calledName(outer) ?? '') && !/close/i.test(calledName(outer) ?? '')
  );
}

/** What a call of such a name makes two of; a wrapper that is in another file tells by its name. */
function kindOf(name: string): 'pipe' | 'pair' | undefined {
  if (/^(?:[a-z]+_?)?pipe2?$/i.test(name)) return 'pipe';
  return /^(?:[a-z]+_)?socketpair$/i.test(name) ? 'pair' : undefined;
}

function isOwnArray(arg: Expr, { scope }: RuleContext): boolean {
  const path = pathOf(arg);
  if (path === undefined || path.includes('->')) return false;
  const [root = path] = path.split('.');
  const found = scope.ambiguous.has(root) ? undefined : declaratorOf(scope, root);
  if (!found || !isAutomatic(found.storage)) return false;
  return root === path
    ? found.declarator.type.k === 'array'
    : scope.resolvedTypeOf(arg)?.k === 'array' && usesOfWhole(scope.definition, root).length === 0;
}

function isAutomatic(storage: readonly string[]): boolean {
  return !storage.some((word) => word === 'static' || word === 'extern');
}

/** The uses of both ends; undefined where the array is used in another way, too. */
function endsOf(array: string, made: Expr, { scope }: RuleContext): [Use[], Use[]] | undefined {
  const ends: [Use[], Use[]] = [[], []];
  for (const use of usesOf(scope.definition, array)) {
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
