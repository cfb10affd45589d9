import type { BinaryOp, Expr, ExprOf } from '../c/ast';
import { calledName } from '../c/cfg';
import { arithmetic, bitwise, countedUp, literal } from './arithmetic';
import type { Calls } from './calls';
import { truthOf } from './comparisons';
import { withErrorNumber } from './errno';
import type { Operand, TestEvent } from './events';
import { type Frame, isAhead } from './frame';
import { Initialisers } from './initialisers';
import { constantName, namedValue } from './named';
import { fold, isComparison, isPlain, unwrap } from './operators';
import type { Path } from './path';
import { variable } from './places';
import { severalIn } from './several';
import { store } from './stores';
import { joinValues, unknown, type Value, withoutNumber } from './values';
import { compared, verdictOn } from './verdicts';
import { deepestExpansion, deepestExpression, type Walk } from './walk';

/** Evaluates expressions on a path: what they give, what they change, and the events they are. */
export class Expressions {
  readonly initialisers: Initialisers;
  private level = 0;
  /** The macros being expanded: within its own expansion a name is no macro. */
  private readonly expanding = new Set<string>();

  constructor(
    private readonly walk: Walk,
    private readonly calls: Calls,
  ) {
    this.initialisers = new Initialisers(walk, this);
  }

  eval(expr: Expr, path: Path, frame: Frame): Value {
    this.walk.burn();
    if (this.level >= deepestExpression) {
      path.clear();
      return unknown;
    }
    this.level++;
    try {
      return this.evaluate(expr, path, frame);
    } finally {
      this.level--;
    }
  }

  private evaluate(expr: Expr, path: Path, frame: Frame): Value {
    switch (expr.kind) {
      case 'number':
      case 'char':
      case 'null': {
        return literal(expr, frame);
      }
      case 'string':
        return { text: expr.value };
      case 'joined': {
        const text = frame.scope.evaluator.string(expr);
        return text === undefined ? unknown : { text };
      }
      case 'name':
        return this.name(expr, path, frame);
      case 'call':
        return this.call(expr, path, frame);
      case 'member':
        if (expr.arrow) this.eval(expr.object, path, frame);
        else this.inner(expr.object, path, frame);
        return this.load(expr, path, frame);
      case 'index':
        this.inner(expr.array, path, frame);
        this.eval(expr.index, path, frame);
        return this.load(expr, path, frame);
      case 'assign':
        return this.assign(expr, path, frame);
      case 'update':
        return this.update(expr, path, frame);
      case 'unary':
        return this.unary(expr, path, frame);
      case 'binary':
        return this.binary(expr, path, frame);
      default:
        return this.other(expr, path, frame);
    }
  }

  /** Evaluates what stands inside a place, without reading the place. */
  private inner(expr: Expr, path: Path, frame: Frame): void {
    if (expr.kind !== 'name') this.eval(expr, path, frame);
  }

  private other(expr: Expr, path: Path, frame: Frame): Value {
    // A choice that was made in front of the expression around it.
    const made = isAhead(expr) ? path.result(frame.depth, expr) : undefined;
    if (made) {
      return made;
    }
    switch (expr.kind) {
      case 'logical':
        this.truth(expr.left, path, frame);
        this.maybe(path, (other) => this.truth(expr.right, other, frame));
        return unknown;
      case 'comma':
        this.eval(expr.left, path, frame);
        return this.eval(expr.right, path, frame);
      case 'conditional':
        return this.conditional(expr, path, frame);
      case 'cast': {
        const value = this.eval(expr.value, path, frame);
        if (value.constant === undefined) return value;
        const constant = frame.constant(expr, path);
        if (constant === undefined || constant === value.constant) return value;
        // `(size_t)n`, where `n` tells that a call has failed, is no number that anybody meant.
        return value.origins && value.constant < 0n ? withoutNumber(value) : { ...value, constant };
      }
      case 'sizeof': {
        const type = frame.scope.evaluator.measured(expr, frame.scope);
        const constant = frame.constant(expr, path);
        const measures = type && { measures: { type, ...(expr.value ? { of: expr.value } : {}) } };
        return { hostOrder: true, ...(constant === undefined ? {} : { constant }), ...measures };
      }
      case 'compound':
        return this.eval(expr.init, path, frame);
      case 'init':
        for (const item of expr.items) this.eval(item.value, path, frame);
        return unknown;
      case 'unknown':
        for (const inner of expr.parts) this.eval(inner, path, frame);
        path.clear();
        return unknown;
      default:
        path.clear();
        return unknown;
    }
  }

  private conditional(expr: ExprOf<'conditional'>, path: Path, frame: Frame): Value {
    const test = this.truth(expr.test, path, frame);
    const decided = truthOf(test);
    if (decided !== undefined) {
      return decided && !expr.consequent
        ? test
        : this.eval(decided ? expr.consequent! : expr.alternative, path, frame);
    }
    const otherwise = path.copy();
    const yes = expr.consequent ? this.eval(expr.consequent, path, frame) : test;
    const no = this.eval(expr.alternative, otherwise, frame);
    become(path, path.join(otherwise));
    return joinValues(yes, no);
  }

  /** Runs something that may or may not happen. */
  private maybe(path: Path, run: (path: Path) => void): void {
    const other = path.copy();
    run(other);
    become(path, path.join(other));
  }

  /** Evaluates an expression that decides something; tells when its value itself is tested. */
  truth(test: Expr, path: Path, frame: Frame): Value {
    const value = this.eval(test, path, frame);
    if (isPlain(test)) {
      this.tellTest({ op: 'truth', left: { expr: test, value }, expr: test }, path, frame);
    }
    return value;
  }

  private tellTest(test: Pick<TestEvent, 'op' | 'left' | 'right' | 'expr'>, path: Path, frame: Frame): void {
    this.walk.tell(() =>
      this.walk.listener.test?.({ ...test, path, scope: frame.scope, at: this.walk.at(test.expr, frame) }),
    );
  }

  private name(expr: ExprOf<'name'>, path: Path, frame: Frame): Value {
    if (frame.isLocal(expr.name) || frame.scope.file.symbols.global(expr.name)) {
      const target = frame.typeOf(expr)?.k === 'array' ? frame.targetOf(expr, path) : undefined;
      const initial = this.initial(expr, path, frame);
      if (target === undefined) {
        const value = this.load(expr, path, frame);
        return value === unknown && initial ? initial : value;
      }
      const place = frame.place(expr, path);
      const text =
        (place === undefined || frame.isAmbiguous(place) ? undefined : path.get(place)?.text) ??
        initial?.text;
      return text === undefined ? { target } : { target, text };
    }
    const expanded = this.expanding.has(expr.name) ? undefined : frame.scope.evaluator.expand(expr);
    if (expanded) {
      return this.expansion(expr.name, expr, expanded, path, frame);
    }
    if (frame.scope.file.symbols.function(expr.name)?.definition) {
      return { target: variable(0, expr.name) };
    }
    const constant = frame.scope.evaluator.constant(expr, frame.scope);
    if (constant !== undefined) return { constant, hostOrder: true };
    const named = constantName(expr, frame.scope);
    return named === undefined ? unknown : namedValue(named);
  }

  /** What a variable of the file that nobody changes is from the beginning. */
  private initial({ name }: ExprOf<'name'>, path: Path, frame: Frame): Value | undefined {
    const { file } = frame.scope;
    const init =
      frame.isLocal(name) || path.get(frame.variable(name)) ? undefined : file.symbols.initialiser(name);
    if (!init || !this.walk.neverChanges(name, file)) {
      return undefined;
    }
    const text = file.evaluator.string(init);
    if (text !== undefined) {
      return { text };
    }
    const constant = file.evaluator.constant(init);
    const type = init.kind === 'sizeof' ? file.evaluator.measured(init) : undefined;
    const measures = type && { measures: { type } };
    return constant === undefined ? measures : { constant, hostOrder: true, ...measures };
  }

  private expansion(name: string, use: Expr, expanded: Expr, path: Path, frame: Frame): Value {
    if (this.expanding.size >= deepestExpansion || !this.walk.mayExpand()) {
      path.clear();
      return unknown;
    }
    const outer = this.walk.macroUse;
    this.walk.macroUse ??= { start: use.start, end: use.end };
    this.expanding.add(name);
    try {
      return this.eval(expanded, path, frame);
    } finally {
      this.expanding.delete(name);
      this.walk.macroUse = outer;
    }
  }

  private load(expr: Expr, path: Path, frame: Frame): Value {
    const place = frame.place(expr, path);
    if (place === undefined) {
      return unknown;
    }
    this.walk.tell(() =>
      this.walk.listener.load?.({ place, expr, path, scope: frame.scope, at: this.walk.at(expr, frame) }),
    );
    return (!frame.isAmbiguous(place) && path.get(place)) || unknown;
  }

  private unary(expr: ExprOf<'unary'>, path: Path, frame: Frame): Value {
    if (expr.op === '&') {
      this.inner(expr.operand, path, frame);
      const target = frame.place(expr.operand, path);
      return target === undefined ? unknown : { target };
    }
    if (expr.op === '!') {
      return this.not(expr, path, frame);
    }
    const value = this.eval(expr.operand, path, frame);
    if (expr.op === '*') {
      return this.load(expr, path, frame);
    }
    const constant = value.constant === undefined ? undefined : fold(expr.op, value.constant);
    return {
      ...(constant === undefined ? {} : { constant }),
      ...(value.hostOrder ? { hostOrder: true } : {}),
    };
  }

  private not(expr: ExprOf<'unary'>, path: Path, frame: Frame): Value {
    const value = this.eval(expr.operand, path, frame);
    if (isPlain(expr.operand)) {
      this.tellTest({ op: 'not', left: { expr: expr.operand, value }, expr }, path, frame);
    }
    const truth = truthOf(value);
    const tested = value.verdict ?? verdictOn(value, path, truthOf);
    const verdict = tested && {
      site: tested.site,
      whenTrue: tested.whenTrue === 'success' ? ('failure' as const) : ('success' as const),
    };
    return { ...(truth === undefined ? {} : { constant: truth ? 0n : 1n }), ...(verdict ? { verdict } : {}) };
  }

  private binary(expr: ExprOf<'binary'>, path: Path, frame: Frame): Value {
    const left: Operand = { expr: expr.left, value: this.eval(expr.left, path, frame) };
    const right: Operand = { expr: expr.right, value: this.eval(expr.right, path, frame) };
    if (isComparison(expr.op)) {
      this.tellTest({ op: expr.op, left, right, expr }, path, frame);
      return compared(expr.op, left, right, expr, path, frame);
    }
    const constant = frame.constant(expr, path);
    // Shifts and masks may well turn the bytes round.
    const host = arithmetic.has(expr.op) && left.value.hostOrder && right.value.hostOrder;
    const number = constant === undefined ? bitwise(expr.op, left.value, right.value) : { constant };
    return { ...number, ...(host ? { hostOrder: true } : {}) };
  }

  /* -------------------------------------------------------------- assignment */

  private update(expr: ExprOf<'update'>, path: Path, frame: Frame): Value {
    const value = this.eval(expr.operand, path, frame);
    const step = expr.op === '++' ? 1n : -1n;
    const constant = value.constant === undefined ? undefined : value.constant + step;
    const counted = constant === undefined ? countedUp(expr, value, frame) : { constant, hostOrder: true };
    store(expr.operand, counted, path, frame);
    this.tellStore(expr.operand, { expr: expr.operand, value: unknown }, expr, path, frame);
    return expr.prefix ? (constant === undefined ? unknown : { constant }) : value;
  }

  private assign(expr: ExprOf<'assign'>, path: Path, frame: Frame): Value {
    let value = this.eval(expr.value, path, frame);
    this.evalTarget(expr.target, path, frame);
    if (expr.op !== '=') {
      const place = frame.place(expr.target, path);
      const before = (place !== undefined && !frame.isAmbiguous(place) && path.get(place)) || unknown;
      const op = expr.op.slice(0, -1) as BinaryOp;
      const { start, end } = expr;
      const constant = frame.constant(
        { kind: 'binary', op, left: expr.target, right: expr.value, start, end },
        path,
      );
      value = constant === undefined ? bitwise(op, before, value) : { constant };
    }
    if (expr.op === '=') value = withErrorNumber(expr.value, value, frame);
    const from = expr.op === '=' ? frame.place(unwrap(expr.value), path) : undefined;
    const whole = expr.op === '=' && expr.value.kind === 'compound' ? expr.value.init : undefined;
    const before = whole && path.copy();
    const place = this.walk.speaking ? frame.place(expr.target, path) : undefined;
    const held = place === undefined ? undefined : path.get(place);
    store(expr.target, value, path, frame, from);
    if (whole?.kind === 'init') this.initialisers.fill(expr.target, whole, path, frame, true, before);
    this.tellStore(expr.target, { expr: expr.value, value }, expr, path, frame, held);
    return value;
  }

  tellStore(target: Expr, value: Operand, expr: Expr, path: Path, frame: Frame, before?: Value): void {
    this.walk.tell(() => {
      const place = frame.place(target, path);
      const array =
        place === undefined && target.kind === 'index' ? frame.place(target.array, path) : undefined;
      this.walk.listener.store?.({
        target,
        ...(place === undefined ? {} : { place }),
        ...(array === undefined ? {} : { array }),
        value,
        ...(before ? { before } : {}),
        expr,
        path,
        scope: frame.scope,
        at: this.walk.at(expr, frame),
      });
    });
  }

  /** Evaluates what stands inside an assignment's target, such as an index. */
  private evalTarget(target: Expr, path: Path, frame: Frame): void {
    if (target.kind === 'member') this.inner(target.object, path, frame);
    else if (target.kind === 'unary') this.eval(target.operand, path, frame);
    else if (target.kind === 'index') {
      this.inner(target.array, path, frame);
      this.eval(target.index, path, frame);
    }
  }

  /* ------------------------------------------------------------------- calls */

  private call(expr: ExprOf<'call'>, path: Path, frame: Frame): Value {
    // A call that was taken out of its expression has been made; its result waits.
    const waiting = path.result(frame.depth, expr);
    if (waiting) {
      return waiting;
    }
    const name = calledName(expr);
    const isMacro = name !== undefined && frame.scope.file.symbols.macro(name) && !frame.isLocal(name);
    if (isMacro && !this.expanding.has(name)) {
      return this.macroCall(name, expr, path, frame);
    }
    const args = this.arguments(expr, path, frame);
    const value = this.calls.make(expr, args, path, frame);
    if (value.origins) {
      path.setResult(frame.depth, expr, value);
    }
    return value;
  }

  /** Evaluates the arguments of a call; the callee too when it is no plain name. */
  arguments(expr: ExprOf<'call'>, path: Path, frame: Frame): Operand[] {
    if (calledName(expr) === undefined) {
      this.eval(expr.callee, path, frame);
    }
    return expr.args.flatMap((arg): Operand[] => {
      const several = severalIn(arg, frame.scope);
      if (!several || arg.kind !== 'name' || this.expanding.has(arg.name))
        return [{ expr: arg, value: this.eval(arg, path, frame) }];
      return several.map((one) => ({ expr: arg, value: this.expansion(arg.name, arg, one, path, frame) }));
    });
  }

  private macroCall(name: string, expr: ExprOf<'call'>, path: Path, frame: Frame): Value {
    const expanded = frame.scope.evaluator.expand(expr);
    if (expanded) {
      return this.expansion(name, expr, expanded, path, frame);
    }
    for (const arg of expr.args) {
      const value = this.eval(arg, path, frame);
      this.tellTest({ op: 'opaque', left: { expr: arg, value }, expr }, path, frame);
    }
    path.clear();
    return unknown;
  }
}

function become(path: Path, other: Path): void {
  path.assume(other);
}
