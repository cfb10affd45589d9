import { compare } from '../../analysis/comparisons';
import type { FunctionScope } from '../../analysis/context';
import { isComparison, withoutCasts } from '../../analysis/operators';
import {
  type Declarator,
  type Expr,
  type ExprOf,
  type FunctionDefinition,
  parameterIndex,
  someStmtIn,
  walkStmt,
} from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { targetOf } from '../shared/dropped';
import { isUsedAsValue } from '../shared/globals';
import { isLoop } from '../shared/loops';
import { around } from '../shared/statements';
import { callsTo, textOf } from '../shared/whole-file';

/** What a function asks of the result of a fork, and whom it hands that on to. */

/** Whom a function hands the result to: its caller, by its own result or through a pointer, or a function that it calls. */
type Receiver = { caller: 'return' | number } | { callee: FunctionScope; param: string };

/** Functions, one behind the other, in which a result is looked for. */
const furthest = 2;

export class Questions {
  /** Some question is answered otherwise for -1 than for a child's number. */
  tellsFailure = false;
  /** Some question is asked. */
  any = false;
  /** It goes where it may be looked at, out of sight. */
  elsewhere = false;
  private readonly receivers: Receiver[] = [];
  /** Control may come to the call again. */
  private comesAround?: boolean;

  /** The result is `call` itself, and what stands in `target`; of a function that is given it only the latter. */
  constructor(
    private readonly call: Expr | undefined,
    private readonly target: string | undefined,
    private readonly scope: FunctionScope,
    private readonly context: RuleContext,
    private readonly distance = 0,
  ) {
    this.read(scope.definition);
  }

  /** Whether the failure may be told apart here, or by those who get the result. */
  get isAnswered(): boolean {
    return (
      this.tellsFailure || this.elsewhere || this.receivers.some((receiver) => this.isAnsweredBy(receiver))
    );
  }

  private isAnsweredBy(receiver: Receiver): boolean {
    if (this.distance >= furthest) {
      return true;
    }
    if ('callee' in receiver) {
      const { callee, param } = receiver;
      return new Questions(undefined, param, callee, this.context, this.distance + 1).isAnswered;
    }
    return this.isAnsweredByCallers(receiver.caller);
  }

  /** Only callers of which all are at hand say that nobody asks. */
  private isAnsweredByCallers(way: 'return' | number): boolean {
    const { definition, file } = this.scope;
    const isOwn = file === this.context.scope.file && definition.storage.includes('static');
    const calls = isOwn ? callsTo(this.context, definition.name) : [];
    if (calls.length === 0 || isUsedAsValue(definition.name, this.context)) {
      return true;
    }
    return calls.some(({ expr, within }) => {
      const result = way === 'return' ? expr : undefined;
      const target = result ? targetOf(within, result) : pointedTo(expr.args[way as number]);
      if (!result && !target) return true;
      const text = target && textOf(target, within, this.context);
      const next = this.distance + 1;
      return new Questions(result, text, file.scopeOf(within), this.context, next).isAnswered;
    });
  }

  private read(definition: FunctionDefinition): void {
    walkStmt(definition.body, {
      stmt: (stmt) => {
        if (stmt.kind === 'switch' && this.is(stmt.value)) this.ask(this.hasFailureCase(stmt.body));
        if (stmt.kind === 'return' && stmt.value && this.is(stmt.value)) this.hand({ caller: 'return' });
        if (stmt.kind === 'unknown') this.elsewhere = true;
        if (stmt.kind === 'decl')
          stmt.declaration.declarators.forEach((one) => {
            this.declared(one);
          });
      },
      expr: (expr) => this.expression(expr),
    });
  }

  /** Variables that get what the first one holds: what is asked of them is asked of the result. */
  private readonly copies: string[] = [];

  private declared({ name, init }: Declarator): void {
    if (init && init !== this.call && this.is(init)) this.copies.push(name);
  }

  private hand(receiver: Receiver): void {
    this.receivers.push(receiver);
  }

  /** Asked in front of the call, and no way leads back: of something that the variable held before. */
  private isBefore({ end }: Expr): boolean {
    const { call, scope } = this;
    if (!call || end > call.start) return false;
    this.comesAround ??=
      around(scope.definition, call).some(isLoop) ||
      someStmtIn(scope.definition.body, ({ kind }) => kind === 'label');
    return !this.comesAround;
  }

  private expression(expr: Expr): void {
    if (this.isBefore(expr)) return;
    if (expr.kind === 'binary' && isComparison(expr.op)) this.comparison(expr);
    else if (expr.kind === 'call' && expr !== this.call) this.given(expr);
    else if (expr.kind === 'unknown' || expr.kind === 'statements') this.elsewhere = true;
    else if (expr.kind === 'assign') this.assigned(expr);
    else if (expr.kind === 'unary' && expr.op === '&' && this.is(expr.operand)) this.addressed();
    else if (expr.kind === 'unary' && expr.op === '!' && this.is(expr.operand)) this.any = true;
  }

  /** Who calls the function that fills in the number takes its address. */
  private addressed(): void {
    if (this.distance === 0 || this.call) this.elsewhere = true;
  }

  private given(expr: ExprOf<'call'>): void {
    const index = expr.args.findIndex((arg) => this.mentions(arg));
    const name = calledName(expr);
    if (index < 0 || (name !== undefined && this.isPrinted(name, expr))) return;
    // That a signal goes to -1 is told by another rule.
    if (name === 'kill' && this.distance > 0) this.elsewhere = true;
    // What the C library is given it does not test.
    if (name !== undefined && (this.scope.call(name) || /^[sf]?n?printf$/.test(name))) return;
    const callee = name === undefined || this.scope.typeOf(name) ? undefined : this.calleeOf(name);
    const param = callee?.definition.type.params[index]?.name;
    if (callee && param !== undefined && this.is(expr.args[index]!)) this.hand({ callee, param });
    // Who fills in the number is given its address.
    else if (this.distance === 0 || this.call || this.is(expr.args[index]!)) this.elsewhere = true;
  }

  private calleeOf(name: string): FunctionScope | undefined {
    const found = this.context.functionNamed(name);
    return found === this.scope.file.callee(name) ? found : undefined;
  }

  private comparison({ op, left, right }: ExprOf<'binary'>): void {
    const result = this.is(left) ? 'left' : this.is(right) ? 'right' : undefined;
    if (!result || !isComparison(op)) return;
    const other = this.scope.evaluator.constant(result === 'left' ? right : left, this.scope);
    if (other === undefined) return;
    const holds = (constant: bigint) =>
      result === 'left'
        ? compare(op, { constant }, { constant: other })
        : compare(op, { constant: other }, { constant });
    this.ask(holds(-1n) !== holds(1000n));
  }

  /** `*result = pid` hands it to the caller. What a function that was given it keeps may be asked anywhere. */
  private assigned({ target, value }: ExprOf<'assign'>): void {
    if (value === this.call || !this.is(value)) return;
    const pointer = target.kind === 'unary' && target.op === '*' ? target.operand : undefined;
    const params = this.scope.definition.type.params;
    const index = pointer?.kind === 'name' ? parameterIndex(params, pointer.name) : -1;
    if (index >= 0) this.hand({ caller: index });
    else if (this.distance > 0 && !this.holds(target)) this.elsewhere = true;
    else this.copies.push(textOf(target, this.scope.definition, this.context));
  }

  private ask(tells: boolean): void {
    this.any = true;
    this.tellsFailure ||= tells;
  }

  /** The result itself: the call, what it is stored in, or the assignment. */
  is(expr: Expr): boolean {
    if (expr === this.call) return true;
    if (expr.kind === 'assign' || expr.kind === 'cast') return this.is(expr.value);
    if (expr.kind === 'comma') return this.is(expr.right);
    return this.holds(expr);
  }

  private holds(expr: Expr): boolean {
    if (this.target === undefined) return false;
    const text = textOf(expr, this.scope.definition, this.context);
    return [this.target, ...this.copies].some((name) => sameStorage(text, name));
  }

  /** What a macro takes with `...` it prints, and does not test. */
  private isPrinted(name: string, { args }: ExprOf<'call'>): boolean {
    // A number behind a format is there to be printed, whatever the function.
    const format = args.findIndex((arg) => arg.kind === 'string' && arg.value.includes('%'));
    if (format >= 0 && !args.slice(0, format + 1).some((arg) => this.mentions(arg))) return true;
    const macro = this.scope.file.symbols.macro(name);
    const fixed = macro?.params?.filter((param) => !param.endsWith('...')).length ?? 0;
    const open = macro?.params !== undefined && /\.\.\.$/.test(macro.params.at(-1) ?? '');
    return open && !args.slice(0, fixed).some((arg) => this.mentions(arg));
  }

  private mentions(arg: Expr): boolean {
    return this.is(arg) || (arg.kind === 'unary' && arg.op === '&' && this.is(arg.operand));
  }

  private hasFailureCase(body: Parameters<typeof walkStmt>[0]): boolean {
    return someStmtIn(body, (stmt) => {
      if (stmt.kind !== 'case' || !stmt.value) return false;
      const label = this.scope.evaluator.constant(stmt.value, this.scope);
      return label === undefined || label < 0n;
    });
  }
}

/** `x` in `&x`. */
function pointedTo(arg: Expr | undefined): Expr | undefined {
  const inner = arg && withoutCasts(arg);
  return inner?.kind === 'unary' && inner.op === '&' ? inner.operand : undefined;
}

/** The same variable, or elements of the same array. */
function sameStorage(text: string, target: string): boolean {
  const plain = (name: string) => name.replace(/\s+/g, '').replace(/\[[^\]]*\]/g, '[]');
  return plain(text) === plain(target);
}
