import type { Declarator, Expr, ExprOf, FunctionDefinition } from '../c/ast';
import { buildCfg } from '../c/build-cfg';
import { type Block, type Cfg, calledName, flowOrder, type Step } from '../c/cfg';
import { type Reachable, reachableIn } from './aliasing';
import { Branching } from './branching';
import { Calls } from './calls';
import type { FileContext, FunctionScope } from './context';
import type { Listener, Operand } from './events';
import { Expressions } from './expressions';
import { Frame } from './frame';
import { Path, type Role } from './path';
import { depthOf, variable } from './places';
import { store } from './stores';
import { unknown, type Value } from './values';
import { type Entering, Visits } from './visits';
import { Exhausted, Walk } from './walk';

/** How far a walk goes before it becomes coarser. */
interface Budget {
  /** Paths kept apart at one point. */
  paths: number;
  /** Rounds through one block. */
  rounds: number;
  /** Calls walked into, one inside the other. */
  depth: number;
  /** Evaluations in all. */
  steps: number;
}

/** From the finest to one that always comes to an end soon, because it joins all paths and walks into nothing. */
const budgets: Budget[] = [
  { paths: 10, rounds: 40, depth: 4, steps: 12_000 },
  { paths: 6, rounds: 12, depth: 0, steps: 30_000 },
  { paths: 1, rounds: 3, depth: 0, steps: Number.POSITIVE_INFINITY },
];

export interface InterpreterOptions {
  listener: Listener;
  /** Tells whether a call to this name in a file never returns. */
  neverReturns(name: string, file: FileContext): boolean;
  /** The function of the project that a name means in a file, where its text is at hand. */
  scopeOf(name: string, file: FileContext): FunctionScope | undefined;
}

/** Calls that make two processes of one. */
const forks = new Set(['fork', 'vfork', 'forkpty', '_Fork']);

/**
 * Walks one function along its paths with what is known on each: first every point until nothing new is learnt,
 * silently; then once more, with events. Paths that come together with the same objects open, in the same process, are joined.
 * A walk that takes too long is done again with fewer paths.
 */
export class Interpreter {
  private readonly walked = new Set<FunctionDefinition>();

  constructor(
    private readonly scope: FunctionScope,
    private readonly options: InterpreterOptions,
  ) {}

  /** The functions that calls led into: what the findings depend on besides the function itself. */
  get dependencies(): ReadonlySet<FunctionDefinition> {
    return this.walked;
  }

  run(): void {
    for (const budget of budgets) {
      try {
        this.attempt(budget);
        break;
      } catch (error) {
        if (!(error instanceof Exhausted)) throw error;
      }
    }
    this.options.listener.end?.();
  }

  private attempt(budget: Budget): void {
    const walk = new Walk(
      budget.steps,
      this.options.listener,
      this.options.neverReturns,
      this.options.scopeOf,
    );
    const exploration = new Exploration(walk, budget, this.walked);
    exploration.root(this.scope);
  }
}

class Exploration {
  private readonly calls: Calls;
  private readonly expressions: Expressions;
  private readonly branching: Branching;
  private readonly active: FunctionDefinition[] = [];
  private readonly visits = new Visits();

  constructor(
    private readonly walk: Walk,
    private readonly budget: Budget,
    private readonly walked: Set<FunctionDefinition>,
  ) {
    this.calls = new Calls(walk);
    this.expressions = new Expressions(walk, this.calls);
    this.branching = new Branching(this.expressions);
  }

  root(scope: FunctionScope): void {
    const frame = this.frame(scope, 1, 0);
    const entering = this.settle(frame, new Path());
    this.walk.speaking = true;
    this.speak(frame, entering);
  }

  private readonly prepared = new Map<FunctionScope, { cfg: Cfg; reachable: Reachable }>();

  private frame(scope: FunctionScope, depth: number, context: number, caller?: Frame): Frame {
    const hoist = (name: string) =>
      (forks.has(name) && scope.call(name) !== undefined) ||
      this.walk.scopeOf(name, scope.file) !== undefined;
    let code = this.prepared.get(scope);
    if (!code) {
      const neverReturns = (name: string) => this.walk.neverReturns(name, scope.file);
      const cfg = buildCfg(scope.definition, neverReturns, hoist, scope.expander);
      const keeps = (name: string | undefined) => {
        const call = name === undefined ? undefined : scope.call(name);
        return !call || call.effects.some(({ op }) => op === 'spawn-thread');
      };
      const reachable = reachableIn(scope.definition.body, (expr) => scope.resolvedTypeOf(expr), keeps);
      code = { cfg, reachable };
      this.prepared.set(scope, code);
    }
    return new Frame(scope, code.cfg, code.reachable, depth, context, caller);
  }

  /* ------------------------------------------------------------- fix point */

  private settle(frame: Frame, first: Path): Entering {
    const { cfg } = frame;
    const entering: Entering = cfg.blocks.map(() => new Map());
    const rounds: number[] = [];
    // In the order of control, so that a join is seen with all that leads to it.
    const order = flowOrder(cfg);
    const rank = new Map(order.map((id, index) => [id, index]));
    const open = order.map(() => new Set<string>());
    const enter = (block: number, path: Path) => {
      if (!cfg.blocks[block]?.inside) path.dropResults(frame.depth);
      const key = this.add(entering[block]!, path, (rounds[block] ?? 0) > this.budget.rounds);
      if (key !== undefined) open[rank.get(block) ?? 0]!.add(key);
    };
    enter(cfg.entry, first);
    for (let at = 0; at !== -1; at = open.findIndex((keys) => keys.size > 0)) {
      const block = cfg.blocks[order[at] ?? 0];
      const [key] = open[at] ?? [];
      const path = key === undefined || !block ? undefined : entering[block.id]?.get(key);
      if (key !== undefined) open[at]!.delete(key);
      if (!block || !path) continue;
      rounds[block.id] = (rounds[block.id] ?? 0) + 1;
      for (const [to, leaving] of this.through(block, path.copy(), frame)) enter(to, leaving);
    }
    return entering;
  }

  /** Adds a path to those that enter a block. Gives its key when something new was learnt. */
  private add(paths: Map<string, Path>, path: Path, tired: boolean): string | undefined {
    const key = path.key();
    const known = paths.get(key);
    if (known) {
      const joined = known.join(path);
      if (known.isSame(joined)) return undefined;
      // Too many rounds: know no values here, which ends the search.
      if (tired) joined.forgetWhere(() => true);
      paths.set(key, joined);
      return key;
    }
    if (paths.size < this.budget.paths) {
      paths.set(key, path);
      return key;
    }
    // No room: the path becomes one with another of its process, under that one's key.
    const [other, host] = [...paths].find(([, candidate]) => candidate.role === path.role) ?? [...paths][0]!;
    const joined = host.join(path);
    if (host.isSame(joined)) return undefined;
    paths.set(other, joined);
    return other;
  }

  private speak(frame: Frame, entering: Entering): void {
    for (const block of frame.cfg.blocks) {
      for (const path of entering[block.id]!.values()) {
        this.through(block, path.copy(), frame);
      }
    }
  }

  /* ------------------------------------------------------------------ blocks */

  /** Runs a block and gives the paths on which its successors are entered. */
  private through(block: Block, entry: Path, frame: Frame): [number, Path][] {
    let paths = [entry];
    for (const step of block.steps) {
      paths = paths.flatMap((path) => this.step(step, path, frame));
    }
    return paths.flatMap((path) => this.edge(block, path, frame));
  }

  private edge({ edge }: Block, path: Path, frame: Frame): [number, Path][] {
    switch (edge.kind) {
      case 'goto':
        return [[edge.to, path]];
      case 'branch':
        return this.branching.branch(edge, path, frame);
      case 'switch':
        return this.branching.choose(edge, path, frame);
      case 'either':
        return edge.to.map((to) => [to, path.copy()]);
      case 'return':
        return this.leave(edge, path, frame);
      case 'stop':
        return [];
    }
  }

  private leave(edge: { value?: Expr; to: number }, path: Path, frame: Frame): [number, Path][] {
    const value = edge.value && { expr: edge.value, value: this.expressions.eval(edge.value, path, frame) };
    path.set(variable(frame.depth, '=return'), value?.value ?? unknown);
    if (frame.depth === 1) {
      const at = edge.value ?? {
        start: frame.scope.definition.body.end - 1,
        end: frame.scope.definition.body.end,
      };
      this.walk.tell(() =>
        this.walk.listener.pathEnd?.({
          how: 'return',
          inMain: frame.scope.definition.name === 'main',
          ...(value ? { value } : {}),
          path,
          scope: frame.scope,
          at: { start: at.start, end: at.end, within: frame.scope.definition },
        }),
      );
    }
    return [[edge.to, path]];
  }

  /* ------------------------------------------------------------------- steps */

  private step(step: Step, path: Path, frame: Frame): Path[] {
    switch (step.kind) {
      case 'call':
        return this.hoisted(step.expr, path, frame);
      case 'value':
        path.setResult(frame.depth, step.expr, this.expressions.eval(step.from, path, frame));
        return [path];
      case 'expr':
        this.expressions.eval(step.expr, path, frame);
        break;
      case 'declare':
        this.declare(step, path, frame);
        break;
      case 'havoc':
        for (const inner of step.parts) this.expressions.eval(inner, path, frame);
        path.clear();
        break;
    }
    path.dropResults(frame.depth);
    return [path];
  }

  private declare(
    { declarator, static: kept }: Extract<Step, { kind: 'declare' }>,
    path: Path,
    frame: Frame,
  ): void {
    const { init, name } = declarator;
    const place = frame.variable(name);
    path.forget(place);
    if (!init) {
      return;
    }
    const value = this.expressions.eval(init, path, frame);
    const target: Expr = { kind: 'name', name, ...declarator.nameSpan };
    if (init.kind === 'init') {
      this.initialise(target, init, path, frame);
      return;
    }
    // The text of an array changes with its elements.
    if (!kept && declarator.type.k !== 'array' && !frame.isAmbiguous(place)) {
      store(target, value, path, frame, this.sourcePlace(declarator, path, frame));
    }
    this.expressions.tellStore(target, { expr: init, value }, init, path, frame);
  }

  private sourcePlace({ init, type }: Declarator, path: Path, frame: Frame) {
    return init && frame.scope.evaluator.types.resolve(type).k === 'struct'
      ? frame.place(init, path)
      : undefined;
  }

  /** `{ .member = value }`: a store into each named member. */
  private initialise(base: Expr, init: ExprOf<'init'>, path: Path, frame: Frame): void {
    for (const item of init.items) {
      const [first, ...rest] = item.designators;
      if (typeof first !== 'string' || rest.length > 0) continue;
      const { start, end } = item.value;
      const target: Expr = { kind: 'member', object: base, field: first, arrow: false, start, end };
      if (item.value.kind === 'init') {
        this.initialise(target, item.value, path, frame);
        continue;
      }
      const value = this.walk.quietly(() => this.expressions.eval(item.value, path.copy(), frame));
      store(target, value, path, frame);
      this.expressions.tellStore(target, { expr: item.value, value }, item.value, path, frame);
    }
  }

  /* ------------------------------------------------------------ hoisted calls */

  /** A call that may go on along several paths: fork, and functions of the project. Its result waits for the expression around it. */
  private hoisted(expr: ExprOf<'call'>, path: Path, frame: Frame): Path[] {
    const args = this.expressions.arguments(expr, path, frame);
    const name = calledName(expr) ?? '';
    const site = this.calls.siteOf(expr, frame);
    if (site && forks.has(name)) {
      const value = this.calls.make(expr, args, path, frame);
      return this.fork(expr, value, path, frame);
    }
    const scope = site ? undefined : this.callee(name, frame);
    if (!scope) {
      const value = this.calls.make(expr, args, path, frame);
      path.setResult(frame.depth, expr, value);
      return [path];
    }
    this.calls.announce(expr, args, undefined, path, frame, true);
    return this.into(scope, expr, args, path, frame);
  }

  /** One path becomes three: no child, the child, the parent. */
  private fork(expr: ExprOf<'call'>, value: Value, path: Path, frame: Frame): Path[] {
    const site = value.origins?.[0]?.site;
    if (!site) {
      path.setResult(frame.depth, expr, value);
      return [path];
    }
    const go = (result: Value, role?: 'parent' | 'child') => {
      const next = path.copy();
      next.setResult(frame.depth, expr, { ...value, ...result });
      next.setOutcome(site, role ? 'success' : 'failure');
      if (role) next.role = this.role(next.role, site, role);
      return next;
    };
    return [go({ constant: -1n }), go({ constant: 0n }, 'child'), go({ min: 1n }, 'parent')];
  }

  private readonly roles = new Map<string, Role>();

  private role(before: Role, fork: Role['fork'], kind: 'parent' | 'child'): Role {
    const id = `${before.id}/${kind}@${fork?.context}:${fork?.expr.start}`;
    // In a loop, the parent of many children is one role, and so are its children.
    const repeated = before.fork === fork && before.kind === kind ? before : undefined;
    const role = repeated ?? this.roles.get(id) ?? { id, kind, before, ...(fork ? { fork } : {}) };
    this.roles.set(id, role);
    return role;
  }

  /** The function to walk into, unless it calls itself, lies too deep, or has nothing to do with what rules look at. */
  private callee(name: string, frame: Frame): FunctionScope | undefined {
    const scope = frame.isLocal(name) ? undefined : this.walk.scopeOf(name, frame.scope.file);
    const recursive = scope && this.active.includes(scope.definition);
    return recursive || frame.depth > this.budget.depth ? undefined : scope;
  }

  private into(
    scope: FunctionScope,
    expr: ExprOf<'call'>,
    args: Operand[],
    path: Path,
    caller: Frame,
  ): Path[] {
    this.walked.add(scope.definition);
    const context = this.walk.interner.context(caller.context, expr);
    const frame = this.frame(scope, caller.depth + 1, context, caller);
    this.bind(frame, args, path);
    this.active.push(scope.definition);
    const macroUse = this.walk.macroUse;
    this.walk.macroUse = undefined;
    try {
      const speaking = this.walk.speaking;
      this.walk.speaking = false;
      let entering = this.visits.find(context, path);
      if (!entering) {
        entering = this.settle(frame, path);
        this.visits.keep(context, path, entering);
      }
      this.walk.speaking = speaking;
      if (speaking) this.speak(frame, entering);
      const returned = [...entering[frame.cfg.exit]!.values()].map((found) => found.copy());
      return returned.map((found) => this.comeBack(found, frame, expr, caller));
    } finally {
      this.active.pop();
      this.walk.macroUse = macroUse;
    }
  }

  private bind(frame: Frame, args: Operand[], path: Path): void {
    path.forgetWhere((place) => depthOf(place) === frame.depth);
    frame.scope.definition.type.params.forEach(({ name }, index) => {
      const arg = args[index];
      if (name === undefined || !arg) return;
      const place = frame.variable(name);
      const caller = frame.caller;
      const target =
        arg.value.target ??
        (caller && caller.typeOf(arg.expr)?.k === 'array' ? caller.targetOf(arg.expr, path) : undefined);
      path.set(place, target === undefined ? arg.value : { ...arg.value, target });
    });
  }

  private comeBack(path: Path, frame: Frame, expr: ExprOf<'call'>, caller: Frame): Path {
    const result = path.get(variable(frame.depth, '=return')) ?? unknown;
    path.forgetWhere((place) => depthOf(place) >= frame.depth);
    // An address of a local of the callee leads nowhere now.
    const stale = result.target !== undefined && depthOf(result.target) >= frame.depth;
    const { target: _, ...rest } = result;
    path.setResult(caller.depth, expr, stale ? rest : result);
    return path;
  }
}
