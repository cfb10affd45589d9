import { type Expr, type ExprOf, type FunctionDefinition, someExprIn } from '../c/ast';
import { anyBuild } from '../c/builds';
import { calledName, type Step } from '../c/cfg';
import { settleOutcome } from './branching';
import { Calls } from './calls';
import { type Code, codeOf, forks } from './code';
import { isOfOther } from './configuration';
import type { FunctionScope } from './context';
import { endsByLevel, levelsIn, mayEndByLevel } from './ends-by-level';
import type { Operand } from './events';
import { Expressions } from './expressions';
import { Frame } from './frame';
import { judgedSites, judgesByName } from './judges';
import { type Arrived, keyWith, meet } from './meeting';
import { endsItself, mayEndByName } from './never-returns';
import { unwrap } from './operators';
import type { Path, Role } from './path';
import { depthOf, variable } from './places';
import { levelsFor } from './relevance';
import { copyParts } from './stores';
import { escapeInside } from './unknown-calls';
import { type CallSite, unknown, type Value } from './values';
import { type Entering, Visits } from './visits';
import type { Walk } from './walk';
import { madeBy } from './wrappers';

const codes = new WeakMap<FunctionScope, Code>();

type CallStep = Pick<Extract<Step, { kind: 'call' }>, 'expr' | 'dropped'>;

/** What finds the paths through a function. */
interface FixPoint {
  settle(frame: Frame, first: Path): Entering;
  speak(frame: Frame, entering: Entering): void;
}

/** Calls that may go on along several paths: into functions whose text is at hand, and into the processes of a fork. */
export class Descent {
  readonly expressions: Expressions;
  private readonly calls: Calls;
  private readonly active: FunctionDefinition[] = [];
  private readonly visits = new Visits();

  constructor(
    private readonly walk: Walk,
    private readonly fixPoint: FixPoint,
    /** Calls walked into, one inside the other. */
    private readonly deepest: number,
    /** Takes down the functions walked into. */
    private readonly walked: Set<FunctionDefinition>,
  ) {
    this.calls = new Calls(walk);
    this.expressions = new Expressions(walk, this.calls);
  }

  private readonly asked = new Set<FunctionScope>();

  /** A function about to be walked. */
  frame(scope: FunctionScope, depth: number, context: number, caller?: Frame, resultWanted = false): Frame {
    let code = codes.get(scope);
    if (!code) {
      code = codeOf(scope, this.walk);
      codes.set(scope, code);
    } else if (!this.asked.has(scope)) {
      // Whoever lints wants to know on what the walk depends, although the answers are there.
      for (const name of code.calls) {
        this.walk.neverReturns(name, scope.file);
        this.walk.scopeOf(name, scope.file);
      }
    }
    this.asked.add(scope);
    for (const definition of code.reads) this.walk.read.add(definition);
    const { cfg, reachable, deciders } = code;
    return new Frame(scope, cfg, reachable, depth, context, caller, deciders, resultWanted);
  }

  /** A call that may go on along several paths: fork, and functions of the project. Its result waits for the expression around it. */
  call({ expr, dropped }: CallStep, path: Path, frame: Frame): Path[] {
    const args = this.expressions.arguments(expr, path, frame);
    const name = calledName(expr) ?? '';
    const site = this.calls.siteOf(expr, frame);
    if (site && forks.has(site.call.name)) {
      const value = this.calls.make(expr, args, path, frame);
      return this.fork(expr, value, path, frame);
    }
    if (site && endsItself(site.call.name, args) && path.someFailed(() => true)) {
      this.calls.make(expr, args, path, frame);
      return [];
    }
    const ends = !site && this.endsByLevel(name, args, frame);
    const called = site ? undefined : this.callee(name, frame);
    const scope = called && isOfOther(called.definition.build ?? anyBuild, path) ? undefined : called;
    const bearing = scope
      ? this.walk.bearingOf(scope, args, path, frame, this.deepest - frame.depth)
      : 'none';
    // What it does before it ends is looked at where it gets hold of something.
    if (ends && bearing === 'none') return [];
    const judged = !site && dropped && this.isJudge(name, frame) ? judgedSites(args) : [];
    if (judged.length > 0) return this.judge(judged, expr, path, frame);
    if (!site && !scope && this.endsUnseen(name, args, path, frame)) {
      return [];
    }
    if (!scope || bearing === 'none') {
      const value = this.calls.make(expr, args, path, frame);
      path.setResult(frame.depth, expr, value);
      return [path];
    }
    const context = this.walk.interner.context(frame.context, expr);
    if (bearing === 'own' && this.walk.traces.passesOver(scope, context)) {
      if (ends) return [];
      path.setResult(frame.depth, expr, this.calls.passOver(expr, args, path, frame));
      return [path];
    }
    this.calls.announce(expr, args, undefined, path, frame, true);
    const back = this.into(scope, { expr, dropped }, args, path, frame, context);
    return ends ? [] : back;
  }

  /** Nothing but the name is known of the function, and that says that it looks at results. */
  private isJudge(name: string, frame: Frame): boolean {
    if (!judgesByName(name) || frame.isLocal(name)) return false;
    const { file } = frame.scope;
    return !file.callee(name) && file.several(name).length === 0;
  }

  /**
   * A function that ends the program if the call has failed whose result it gets, and else does nothing. It is a test and no use: rules
   * are not told of a call.
   */
  private judge(judged: readonly CallSite[], expr: Expr, path: Path, frame: Frame): Path[] {
    if (judged.some((one) => path.outcome(one) === 'failure')) return [];
    for (const one of judged) if (path.outcome(one) === 'untested') settleOutcome(one, 'success', path);
    path.setResult(frame.depth, expr, unknown);
    return [path];
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
    // Who wraps fork ends the program when there is no child.
    const failed = madeBy(site.call) ? [] : [go({ constant: -1n })];
    return [...failed, go({ constant: 0n }, 'child'), go({ min: 1n }, 'parent')];
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
    if (!scope || this.active.includes(scope.definition) || this.walk.isTired) {
      return undefined;
    }
    return frame.depth > Math.min(this.deepest, levelsFor(scope.definition)) ? undefined : scope;
  }

  /**
   * Whether a function that is not looked into is taken to end the program: it, or what it calls, may do so, and what it is given comes
   * from a call that has failed, or a call in another function has.
   */
  private endsUnseen(name: string, args: readonly Operand[], path: Path, frame: Frame): boolean {
    const scope = frame.isLocal(name) ? undefined : frame.scope.file.callee(name);
    if (!scope && mayEndByName(name)) return path.someFailed(() => true);
    if (!scope || this.active.includes(scope.definition) || !this.mayEnd(scope)) {
      return false;
    }
    const given = new Set<CallSite>();
    const format = args.findIndex(({ value }) => value.text?.includes('%'));
    for (const [index, { value }] of args.entries()) {
      // What stands behind a format is only printed.
      if (format >= 0 && index > format) continue;
      for (const { site, at } of value.origins ?? []) {
        if (at !== 'return') continue;
        given.add(site);
      }
    }
    return path.someFailed((site) => given.has(site) || site.within !== frame.scope.definition);
  }

  private readonly levels = new Map<FunctionDefinition, Map<string, boolean>>();

  /** A function that ends the process for some of the numbers that it may be given, and for these. */
  private endsByLevel(name: string, args: readonly Operand[], frame: Frame): boolean {
    if (frame.isLocal(name)) return false;
    const { file } = frame.scope;
    const scope = file.callee(name);
    // Where it is not certain whose function is meant, one that ends the process is enough.
    const all = scope ? [scope] : file.symbols.function(name)?.definition ? [] : file.several(name);
    return all.some((each) => this.endsByLevelIn(each, args));
  }

  private endsByLevelIn(scope: FunctionScope, args: readonly Operand[]): boolean {
    if (this.active.includes(scope.definition) || !mayEndByLevel(scope)) return false;
    this.walked.add(scope.definition);
    const known = this.levels.get(scope.definition) ?? new Map<string, boolean>();
    this.levels.set(scope.definition, known);
    const given = levelsIn(scope, args);
    const key = [...given].join(';');
    let answer = known.get(key);
    if (answer === undefined) {
      answer = endsByLevel(scope, given, (inner) => this.walk.neverReturns(inner, scope.file));
      known.set(key, answer);
    }
    return answer;
  }

  private readonly ending = new Map<FunctionDefinition, boolean>();

  /** Somewhere in the function, or in one that it calls, the program may end. */
  private mayEnd(scope: FunctionScope): boolean {
    let answer = this.ending.get(scope.definition);
    if (answer === undefined) {
      answer = this.endsWithin(scope, 2);
      this.ending.set(scope.definition, answer);
    }
    return answer;
  }

  private endsWithin({ definition, file }: FunctionScope, levels: number): boolean {
    this.walked.add(definition);
    return someExprIn(definition.body, (expr) => {
      const called = calledName(expr);
      if (called === undefined) return false;
      if (this.walk.neverReturns(called, file)) return true;
      const inner = levels > 0 ? file.callee(called) : undefined;
      return inner !== undefined && inner.definition !== definition && this.endsWithin(inner, levels - 1);
    });
  }

  private into(
    scope: FunctionScope,
    { expr, dropped }: CallStep,
    args: Operand[],
    path: Path,
    caller: Frame,
    context: number,
  ): Path[] {
    this.walked.add(scope.definition);
    escapeInside(args, path, caller);
    const before = path.copy();
    const frame = this.frame(scope, caller.depth + 1, context, caller, !dropped);
    this.bind(frame, args, path);
    this.active.push(scope.definition);
    const { chain } = this.walk;
    chain.enter(context, {
      scope,
      call: this.walk.at(expr, caller),
      caller: caller.scope,
      args: expr.args,
      outer: caller.context,
    });
    chain.current = context;
    const macroUse = this.walk.macroUse;
    this.walk.macroUse = undefined;
    try {
      const speaking = this.walk.speaking;
      this.walk.speaking = false;
      const visit = this.visits.visit(context, path, () => this.fixPoint.settle(frame, path));
      this.walk.speaking = speaking;
      if (speaking && !visit.told) {
        visit.told = true;
        this.fixPoint.speak(frame, visit.entering);
      }
      const after = this.returned(visit.entering[frame.cfg.exit]!, frame, expr, caller, !dropped);
      const results = after.map((found) => found.result(caller.depth, expr));
      if (!this.walk.isFinal) this.walk.traces.learn(scope, context, before, after, results);
      return after;
    } finally {
      this.active.pop();
      chain.current = caller.context;
      this.walk.macroUse = macroUse;
    }
  }

  /** The paths on which a function returns. What told them apart may be past for the caller. */
  private returned(
    arrived: Arrived,
    frame: Frame,
    expr: ExprOf<'call'>,
    caller: Frame,
    resultWanted: boolean,
  ): Path[] {
    const kept: Arrived = new Map();
    for (const found of arrived.values()) {
      const path = this.comeBack(found.copy(), frame, expr, caller);
      const key = resultWanted ? keyWith(path, path.result(caller.depth, expr)) : path.key();
      meet(kept, key, path, arrived.size, false);
    }
    return [...kept.values()];
  }

  private bind(frame: Frame, args: Operand[], path: Path): void {
    path.forgetWhere((place) => depthOf(place) === frame.depth || place.includes(`@${frame.depth}]`));
    frame.scope.definition.type.params.forEach(({ name }, index) => {
      const arg = args[index];
      if (name === undefined || !arg) return;
      const place = frame.variable(name);
      const caller = frame.caller;
      const target =
        arg.value.target ??
        (caller && caller.typeOf(arg.expr)?.k === 'array' ? caller.targetOf(arg.expr, path) : undefined);
      path.set(place, target === undefined ? arg.value : { ...arg.value, target });
      if (frame.typeOf({ kind: 'name', name, start: 0, end: 0 })?.k === 'struct')
        copyParts(caller?.place(unwrap(arg.expr), path), place, path);
      if (target === undefined) frame.give(name, caller?.pointer(unwrap(arg.expr), path));
    });
  }

  private comeBack(path: Path, frame: Frame, expr: ExprOf<'call'>, caller: Frame): Path {
    const result = path.get(variable(frame.depth, '=return')) ?? unknown;
    path.leave(frame.depth);
    // An address of a local of the callee leads nowhere now.
    const stale = result.target !== undefined && depthOf(result.target) >= frame.depth;
    const { target: _, ...rest } = result;
    path.setResult(caller.depth, expr, stale ? rest : result);
    const { interner } = this.walk;
    path.forgetPast(({ context }) => interner.isBelow(context, frame.context));
    return path;
  }
}
