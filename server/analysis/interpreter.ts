import type { EffectOp } from '../../catalog/schema';
import type { CType, Expr, ExprOf, Span } from '../c/ast';
import { type Block, buildCfg, type Cfg, calledName, flowOrder, type Step } from '../c/cfg';
import { followsPointer, mayAlias, type Reachable, reachableIn } from './aliasing';
import { callEffects } from './call-effects';
import type { FunctionScope } from './context';
import type { Listener, Operand, TestEvent } from './events';
import { fold, isComparison, unwrap } from './operators';
import { mayStoreThrough } from './signature';
import { placeOf, rootOf, State } from './state';
import { type CallSite, joinValues, unknown, type Value } from './values';

/** Visits of one block before the analysis of a function becomes coarser. */
const mostVisits = 24;
/** Macro expansions in one function. */
const mostExpansions = 5000;
/** Expressions inside expressions, macros expanded: the stack of JavaScript has an end. */
const deepestExpression = 1000;
/** Macros inside macros. */
const deepestExpansion = 60;

/**
 * Walks one function with what is known of its values, joining paths where they meet, and tells a listener what
 * happens. First every block is visited until nothing new is learnt, silently; then each reachable block once more,
 * with events.
 */
export class Interpreter {
  private readonly cfg: Cfg;
  private readonly entering: (State | undefined)[] = [];
  private readonly reachable: Reachable;
  private speaking = false;
  private expansions = 0;
  private level = 0;
  /** The macros being expanded: within its own expansion a name is no macro. */
  private readonly expanding = new Set<string>();
  /** The use of the outermost macro being expanded: positions inside the expansion mean nothing. */
  private macroUse: Span | undefined;

  constructor(
    private readonly scope: FunctionScope,
    neverReturns: (name: string) => boolean,
    private readonly listener: Listener,
  ) {
    this.cfg = buildCfg(scope.definition, neverReturns);
    this.reachable = reachableIn(scope.definition.body, this.typeOf, (name) => {
      const call = name === undefined ? undefined : scope.call(name);
      return !call || call.effects.some(({ op }) => op === 'spawn-thread');
    });
  }

  run(): void {
    this.settle();
    this.speaking = true;
    for (const block of this.cfg.blocks) {
      const state = this.entering[block.id];
      if (state) {
        this.walk(block, state.copy());
      }
    }
    this.listener.end?.();
  }

  /* ---------------------------------------------------------- the fix point */

  /** Visits blocks in the order of control, so that a join is seen with all that leads to it, until nothing changes. */
  private settle(): void {
    const order = flowOrder(this.cfg);
    const rank = new Map(order.map((id, index) => [id, index]));
    const visits: number[] = [];
    const changed = new Array<boolean>(order.length).fill(false);
    this.entering[this.cfg.entry] = State.empty();
    changed[0] = true;
    for (let at = 0; at !== -1; at = changed.indexOf(true)) {
      for (; at < order.length; at++) {
        const id = order[at] ?? 0;
        const block = this.cfg.blocks[id];
        const state = this.entering[id];
        if (!changed[at] || !block || !state) {
          continue;
        }
        changed[at] = false;
        visits[id] = (visits[id] ?? 0) + 1;
        for (const [to, leaving] of this.walk(block, state.copy())) {
          const before = this.entering[to];
          const joined = before ? before.join(leaving) : leaving;
          if (before?.equals(joined)) {
            continue;
          }
          // Too many rounds: know nothing here, which ends the search.
          this.entering[to] = (visits[to] ?? 0) > mostVisits ? State.empty() : joined;
          changed[rank.get(to) ?? 0] = true;
        }
      }
    }
  }

  /** Runs a block and gives the states in which its successors are entered. */
  private walk(block: Block, state: State): [number, State][] {
    for (const step of block.steps) {
      this.step(step, state);
    }
    const edge = block.edge;
    switch (edge.kind) {
      case 'goto':
        return [[edge.to, state]];
      case 'branch':
        return this.branch(edge, state);
      case 'switch':
        this.eval(edge.value, state);
        return [...edge.cases.map((c) => c.to), edge.otherwise].map((to) => [to, state.copy()]);
      case 'either':
        return edge.to.map((to) => [to, state.copy()]);
      case 'return':
        if (edge.value) this.eval(edge.value, state);
        return [[edge.to, state]];
      case 'stop':
        return [];
    }
  }

  private step(step: Step, state: State): void {
    switch (step.kind) {
      case 'expr':
        this.eval(step.expr, state);
        break;
      case 'declare':
        this.declare(step, state);
        break;
      case 'havoc':
        for (const part of step.parts) this.eval(part, state);
        state.clear();
        break;
    }
  }

  private declare({ declarator, static: kept }: Extract<Step, { kind: 'declare' }>, state: State): void {
    state.forget(declarator.name);
    const { init, name, nameSpan } = declarator;
    if (!init) {
      return;
    }
    const value = this.eval(init, state);
    // The text of an array changes with its elements.
    if (!kept && init.kind !== 'init' && declarator.type.k !== 'array') {
      this.set(name, this.fitted(value, declarator.type), state);
    }
    const target: Expr = { kind: 'name', name, ...nameSpan };
    if (init.kind === 'init') {
      this.initialise(target, init, state);
    } else {
      this.tell(() =>
        this.listener.store?.({ target, value: { expr: init, value }, expr: init, at: this.place(init) }),
      );
    }
  }

  /** `{ .member = value }`: a store into each named member. */
  private initialise(base: Expr, init: ExprOf<'init'>, state: State): void {
    for (const item of init.items) {
      const [first, ...rest] = item.designators;
      if (typeof first !== 'string' || rest.length > 0) {
        continue;
      }
      const { start, end } = item.value;
      const target: Expr = { kind: 'member', object: base, field: first, arrow: false, start, end };
      if (item.value.kind === 'init') {
        this.initialise(target, item.value, state);
        continue;
      }
      const value = this.quietly(() => this.eval(item.value, state.copy()));
      const place = placeOf(target);
      if (place !== undefined) this.set(place, this.fitted(value, this.typeOf(target)), state);
      this.tell(() =>
        this.listener.store?.({
          target,
          value: { expr: item.value, value },
          expr: item.value,
          at: this.place(item.value),
        }),
      );
    }
  }

  /* ---------------------------------------------------------------- branches */

  private branch(edge: { test: Expr; yes: number; no: number }, state: State): [number, State][] {
    const value = this.truth(edge.test, state);
    if (value.constant !== undefined) {
      return [[value.constant !== 0n ? edge.yes : edge.no, state]];
    }
    const yes = state.copy();
    const no = state;
    this.refine(edge.test, yes, true);
    this.refine(edge.test, no, false);
    return [
      [edge.yes, yes],
      [edge.no, no],
    ];
  }

  /** Evaluates an expression that decides something; tells the listener when its value itself is tested. */
  private truth(test: Expr, state: State): Value {
    const value = this.eval(test, state);
    if (isPlain(test)) {
      this.tested({ op: 'truth', left: { expr: test, value }, expr: test, at: this.place(test) });
    }
    return value;
  }

  /** What a test that came out so says of the place tested. */
  private refine(test: Expr, state: State, outcome: boolean): void {
    if (test.kind === 'unary' && test.op === '!') {
      this.refine(test.operand, state, !outcome);
      return;
    }
    if (test.kind === 'binary' && (test.op === '==' || test.op === '!=')) {
      if ((test.op === '==') === outcome) {
        this.equate(test.left, test.right, state);
        this.equate(test.right, test.left, state);
      }
      return;
    }
    if (!outcome && test.kind !== 'binary' && test.kind !== 'logical') {
      this.know(test, 0n, state);
    }
  }

  private equate(expr: Expr, other: Expr, state: State): void {
    const constant = this.scope.evaluator.constant(other, this.scope);
    if (constant !== undefined) {
      this.know(expr, constant, state);
    }
  }

  private know(expr: Expr, constant: bigint, state: State): void {
    const target = expr.kind === 'assign' ? unwrap(expr) : expr;
    const place = placeOf(target);
    if (place !== undefined && this.isVariable(place)) {
      this.set(place, this.fitted({ ...state.get(place), constant }, this.typeOf(target)), state);
    }
  }

  private isVariable(place: string): boolean {
    const root = rootOf(place);
    return this.scope.typeOf(root) !== undefined || this.scope.file.symbols.global(root) !== undefined;
  }

  /* ------------------------------------------------------------- expressions */

  private eval(expr: Expr, state: State): Value {
    if (this.level >= deepestExpression) {
      state.clear();
      return unknown;
    }
    this.level++;
    const value = this.evaluate(expr, state);
    this.level--;
    return value;
  }

  private evaluate(expr: Expr, state: State): Value {
    switch (expr.kind) {
      case 'number':
      case 'char':
      case 'null': {
        const constant = this.scope.evaluator.constant(expr);
        return constant === undefined ? unknown : { constant, hostOrder: true };
      }
      case 'string':
        return { text: expr.value };
      case 'name':
        return this.name(expr, state);
      case 'call':
        return this.call(expr, state);
      case 'member':
        this.eval(expr.object, state);
        return this.load(expr, state);
      case 'index':
        this.eval(expr.array, state);
        this.eval(expr.index, state);
        return this.load(expr, state);
      case 'assign':
        return this.assign(expr, state);
      case 'update':
        this.eval(expr.operand, state);
        this.store(expr.operand, unknown, state);
        return unknown;
      case 'unary':
        return this.unary(expr, state);
      case 'binary':
        return this.binary(expr, state);
      default:
        return this.compound(expr, state);
    }
  }

  private compound(expr: Expr, state: State): Value {
    switch (expr.kind) {
      case 'logical':
        this.truth(expr.left, state);
        this.maybe(state, (other) => this.truth(expr.right, other));
        return unknown;
      case 'comma':
        this.eval(expr.left, state);
        return this.eval(expr.right, state);
      case 'conditional':
        return this.conditional(expr, state);
      case 'cast': {
        const value = this.eval(expr.value, state);
        const constant = value.constant === undefined ? undefined : this.constant(expr, state);
        return constant === undefined || constant === value.constant ? value : { ...value, constant };
      }
      case 'sizeof': {
        const type = this.scope.evaluator.measured(expr, this.scope);
        const constant = this.constant(expr, state);
        const measures = type && { measures: { type, ...(expr.value ? { of: expr.value } : {}) } };
        return { hostOrder: true, ...(constant === undefined ? {} : { constant }), ...measures };
      }
      case 'compound':
        return this.eval(expr.init, state);
      case 'init':
        for (const item of expr.items) this.eval(item.value, state);
        return unknown;
      case 'unknown':
        for (const part of expr.parts) this.eval(part, state);
        state.clear();
        return unknown;
      default:
        state.clear();
        return unknown;
    }
  }

  private conditional(expr: ExprOf<'conditional'>, state: State): Value {
    const test = this.truth(expr.test, state);
    const otherwise = state.copy();
    const yes = expr.consequent ? this.eval(expr.consequent, state) : test;
    const no = this.eval(expr.alternative, otherwise);
    state.replace(state.join(otherwise));
    return joinValues(yes, no);
  }

  /** Runs something that may or may not happen. */
  private maybe(state: State, run: (state: State) => void): void {
    const other = state.copy();
    run(other);
    state.replace(state.join(other));
  }

  private name(expr: ExprOf<'name'>, state: State): Value {
    if (this.scope.typeOf(expr.name) || this.scope.file.symbols.global(expr.name)) {
      return state.get(expr.name) ?? unknown;
    }
    const expanded = this.expanding.has(expr.name) ? undefined : this.scope.evaluator.expand(expr);
    if (expanded) {
      return this.expansion(expr.name, expr, expanded, state);
    }
    const constant = this.scope.evaluator.constant(expr, this.scope);
    return constant === undefined ? unknown : { constant, hostOrder: true };
  }

  private expansion(name: string, use: Expr, expanded: Expr, state: State): Value {
    if (++this.expansions > mostExpansions || this.expanding.size >= deepestExpansion) {
      state.clear();
      return unknown;
    }
    const outer = this.macroUse;
    this.macroUse ??= { start: use.start, end: use.end };
    this.expanding.add(name);
    try {
      return this.eval(expanded, state);
    } finally {
      this.expanding.delete(name);
      this.macroUse = outer;
    }
  }

  private load(expr: Expr, state: State): Value {
    const place = placeOf(expr);
    return (place !== undefined && state.get(place)) || unknown;
  }

  private unary(expr: ExprOf<'unary'>, state: State): Value {
    if (expr.op === '&') {
      this.eval(expr.operand, state);
      // Inside a macro, the first look at the function did not see it.
      const place = this.macroUse && placeOf(expr.operand);
      if (place !== undefined) this.reachable.exposed.add(rootOf(place));
      return unknown;
    }
    if (expr.op === '!') {
      const value = this.eval(expr.operand, state);
      if (isPlain(expr.operand)) {
        this.tested({ op: 'not', left: { expr: expr.operand, value }, expr, at: this.place(expr) });
      }
      return value.constant === undefined ? unknown : { constant: value.constant === 0n ? 1n : 0n };
    }
    const value = this.eval(expr.operand, state);
    if (expr.op === '*') {
      return this.load(expr, state);
    }
    const constant = value.constant === undefined ? undefined : fold(expr.op, value.constant);
    return {
      ...(constant === undefined ? {} : { constant }),
      ...(value.hostOrder ? { hostOrder: true } : {}),
    };
  }

  private binary(expr: ExprOf<'binary'>, state: State): Value {
    const left: Operand = { expr: expr.left, value: this.eval(expr.left, state) };
    const right: Operand = { expr: expr.right, value: this.eval(expr.right, state) };
    if (isComparison(expr.op)) {
      this.tested({ op: expr.op, left, right, expr, at: this.place(expr) });
    }
    const constant = this.constant(expr, state);
    // Shifts and masks may well turn the bytes round.
    const host = arithmetic.has(expr.op) && left.value.hostOrder && right.value.hostOrder;
    return { ...(constant === undefined ? {} : { constant }), ...(host ? { hostOrder: true } : {}) };
  }

  private constant(expr: Expr, state: State): bigint | undefined {
    return this.scope.evaluator.constant(expr, this.scope, (inner) => {
      const place = placeOf(inner);
      return place === undefined ? undefined : state.get(place)?.constant;
    });
  }

  /* -------------------------------------------------------------- assignment */

  private assign(expr: ExprOf<'assign'>, state: State): Value {
    let value = this.eval(expr.value, state);
    this.evalTarget(expr.target, state);
    if (expr.op !== '=') {
      const op = expr.op.slice(0, -1) as ExprOf<'binary'>['op'];
      const { start, end } = expr;
      const constant = this.constant(
        { kind: 'binary', op, left: expr.target, right: expr.value, start, end },
        state,
      );
      value = constant === undefined ? unknown : { constant };
    }
    this.store(expr.target, value, state);
    this.tell(() =>
      this.listener.store?.({
        target: expr.target,
        value: { expr: expr.value, value },
        expr,
        at: this.place(expr),
      }),
    );
    return value;
  }

  /** Evaluates what stands inside an assignment's target, such as an index. */
  private evalTarget(target: Expr, state: State): void {
    if (target.kind === 'member') this.eval(target.object, state);
    else if (target.kind === 'unary') this.eval(target.operand, state);
    else if (target.kind === 'index') {
      this.eval(target.array, state);
      this.eval(target.index, state);
    }
  }

  private readonly typeOf = (expr: Expr): CType | undefined => {
    const type = this.scope.evaluator.typeOf(expr, this.scope);
    return type && this.scope.evaluator.types.resolve(type);
  };

  private isLocal(name: string): boolean {
    return this.scope.typeOf(name) !== undefined;
  }

  private store(target: Expr, value: Value, state: State): void {
    const place = placeOf(target);
    if (followsPointer(target, this.typeOf)) {
      const own = place === undefined ? undefined : rootOf(place);
      state.forgetWhere((other) => {
        const root = rootOf(other);
        return root !== own && mayAlias(target, other, this.standing(root));
      });
    }
    if (place === undefined) {
      const array = target.kind === 'index' ? placeOf(target.array) : undefined;
      if (array !== undefined) state.forgetParts(array);
      return;
    }
    this.set(place, this.fitted(value, this.typeOf(target)), state);
  }

  /** What remains of a value in a variable of some type. */
  private fitted(value: Value, type: CType | undefined): Value {
    if (value.constant === undefined || !type) {
      return value;
    }
    const { constant, ...rest } = value;
    const resolved = this.scope.evaluator.types.resolve(type);
    if (resolved.k === 'float') {
      return rest;
    }
    const kept = this.scope.evaluator.convert(constant, resolved);
    return kept === constant || kept === undefined ? value : { ...rest, constant: kept };
  }

  /** How a variable may be reached by other ways than its name. */
  private standing(root: string): { aliased: boolean; global: boolean; array: boolean } {
    return {
      aliased: this.reachable.aliased.has(root),
      global: !this.isLocal(root),
      array: this.scope.typeOf(root)?.k === 'array',
    };
  }

  /** Keeps a value, unless its name may mean several variables. */
  private set(place: string, value: Value, state: State): void {
    if (!this.scope.ambiguous.has(rootOf(place))) {
      state.set(place, value);
    }
  }

  /* ------------------------------------------------------------------- calls */

  private call(expr: ExprOf<'call'>, state: State): Value {
    const name = calledName(expr);
    if (name === undefined) {
      this.eval(expr.callee, state);
    } else if (this.scope.file.symbols.macro(name) && !this.scope.typeOf(name) && !this.expanding.has(name)) {
      return this.macroCall(name, expr, state);
    }
    const args = expr.args.map((arg): Operand => ({ expr: arg, value: this.eval(arg, state) }));
    const call = name === undefined ? undefined : this.scope.call(name);
    const site = call && { call, expr };
    if (name !== undefined) {
      const pointee = (index: number) => pointedAt(args[index]?.expr, state);
      const event = { expr, name, args, pointee, at: this.place(expr), ...(site ? { site } : {}) };
      this.tell(() => this.listener.call?.(event));
    }
    if (site) {
      const result = callEffects(site, args, state, this.scope);
      this.disturb(site, args, state);
      return result;
    }
    this.unknownCall(args, state);
    return hostOrderResults.has(name ?? '') ? { hostOrder: true } : unknown;
  }

  /** What may have changed behind a catalogued call: what it stores through a pointer, and what other threads do. */
  private disturb({ call }: CallSite, args: Operand[], state: State): void {
    const stores = args.some(({ expr }, index) => {
      const target = unwrap(expr);
      const isAddress = target.kind === 'unary' && target.op === '&';
      return mayStoreThrough(call, index) && !isAddress && this.typeOf(target)?.k === 'pointer';
    });
    if (stores) {
      state.forgetWhere((place) => this.reachable.aliased.has(rootOf(place)));
    }
    if (call.blocking.blocks || call.effects.some(({ op }) => concurrent.has(op))) {
      state.forgetConstants(
        (place) => this.reachable.exposed.has(rootOf(place)) || !this.isLocal(rootOf(place)),
      );
    }
  }

  private macroCall(name: string, expr: ExprOf<'call'>, state: State): Value {
    const expanded = this.scope.evaluator.expand(expr);
    if (expanded) {
      return this.expansion(name, expr, expanded, state);
    }
    for (const arg of expr.args) {
      const value = this.eval(arg, state);
      this.tested({ op: 'opaque', left: { expr: arg, value }, expr, at: this.place(expr) });
    }
    state.clear();
    return unknown;
  }

  /** A call whose body is not looked into may change everything that it can reach. */
  private unknownCall(args: Operand[], state: State): void {
    for (const { expr } of args) {
      const target = unwrap(expr);
      const place = placeOf(target.kind === 'unary' && target.op === '&' ? target.operand : target);
      if (place !== undefined && target.kind === 'unary') state.forget(place);
      else if (place !== undefined) state.forgetParts(place);
    }
    state.forgetWhere((place) => {
      const root = rootOf(place);
      return place.includes('->') || this.reachable.exposed.has(root) || !this.isLocal(root);
    });
  }

  /* ------------------------------------------------------------------ events */

  private tested(event: TestEvent): void {
    this.tell(() => this.listener.test?.(event));
  }

  private tell(event: () => void): void {
    if (this.speaking) {
      event();
    }
  }

  private quietly<T>(run: () => T): T {
    const before = this.speaking;
    this.speaking = false;
    try {
      return run();
    } finally {
      this.speaking = before;
    }
  }

  private place(expr: Expr): Span {
    return this.macroUse ?? { start: expr.start, end: expr.end };
  }
}

/** Not itself a comparison or a combination of tests. */
function isPlain(test: Expr): boolean {
  return test.kind !== 'binary' && test.kind !== 'logical' && !(test.kind === 'unary' && test.op === '!');
}

function pointedAt(arg: Expr | undefined, state: State): Value | undefined {
  const target = arg && unwrap(arg);
  const place = target?.kind === 'unary' && target.op === '&' ? placeOf(target.operand) : undefined;
  return place === undefined ? undefined : state.get(place);
}

const arithmetic = new Set<ExprOf<'binary'>['op']>(['+', '-', '*', '/', '%']);

/** Operations around which other threads, processes or handlers do their work. */
const concurrent = new Set<EffectOp>([
  'lock',
  'unlock',
  'wait',
  'post',
  'broadcast',
  'spawn-thread',
  'join-thread',
]);

/** Library functions that give a number in the machine's own byte order. */
const hostOrderResults = new Set([
  'atoi',
  'atol',
  'atoll',
  'strtol',
  'strtoul',
  'strtoll',
  'strtoull',
  'strtonum',
]);
