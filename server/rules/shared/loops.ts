import { compare } from '../../analysis/comparisons';
import { isComparison, unwrap } from '../../analysis/operators';
import type { Location } from '../../analysis/path';
import type { CallSite } from '../../analysis/values';
import {
  type Expr,
  type ExprOf,
  expressionsOf,
  type FunctionDefinition,
  type Span,
  type Stmt,
  somePart,
  someStmtIn,
  statementsOf,
  walkExpr,
} from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { endsProcess, leavesAtEnd, type Project } from './endings';
import { around, contains, statementBehind } from './statements';
import { placeOf } from './uses';

/** Loops around a call, and what makes them end. */

export type Loop = Extract<Stmt, { kind: 'while' | 'do' | 'for' }>;

export function isLoop(stmt: Stmt): stmt is Loop {
  // `do { ... } while (0)` is a block that `break` leaves.
  if (stmt.kind === 'do') return !(stmt.test.kind === 'number' && stmt.test.text === '0');
  return stmt.kind === 'while' || stmt.kind === 'for';
}

/** The innermost loop around an expression. */
export function loopAround(definition: FunctionDefinition, expr: Expr): Loop | undefined {
  return around(definition, expr).findLast(isLoop);
}

/** The variable that a call's result is stored in, where the call stands as `name = call(...)`. */
export function resultName(definition: FunctionDefinition, call: Expr): string | undefined {
  const place = resultPlace(definition, call);
  return place !== undefined && /^\w+$/.test(place) ? place : undefined;
}

/** The same, and members and elements (`placeOf`). */
export function resultPlace(definition: FunctionDefinition, call: Expr): string | undefined {
  let found: string | undefined;
  const stmt = around(definition, call).at(-1);
  if (stmt?.kind === 'decl') {
    const declarator = stmt.declaration.declarators.find(({ init }) => init && unwrap(init) === call);
    found = declarator?.name;
  }
  for (const expr of stmt ? expressionsOf(stmt) : []) {
    walkExpr(expr, (inner) => {
      if (inner.kind !== 'assign' || inner.op !== '=' || unwrap(inner.value) !== call) return;
      found = placeOf(inner.target) ?? found;
    });
  }
  return found;
}

/**
 * The branch that is taken when a call gives -1, or what else tells of its failure: of the test around it, or of the one that asks for its
 * result next. Where the test around it asks for more than the result, it is the one for which the test holds. The body of a loop that goes on while it fails is one, too.
 */
export function failureBranch(call: Expr, context: RuleContext, failure = -1n): Stmt | undefined {
  const { definition } = context.scope;
  const stmt = around(definition, call).at(-1);
  if (stmt?.kind === 'while' && contains(stmt.test, call)) {
    const result = new Result(call, undefined, context);
    return result.holds(stmt.test, -1n) && result.holds(stmt.test, 0n) === false ? stmt.body : undefined;
  }
  const direct = stmt?.kind === 'if' && stmt.test.start <= call.start && call.end <= stmt.test.end;
  const test = direct ? stmt : statementBehind(definition, call);
  const name = direct ? undefined : resultPlace(definition, call);
  if (test?.kind !== 'if' || (!direct && name === undefined)) {
    return undefined;
  }
  const result = new Result(call, name, context);
  const failed = result.holds(test.test, failure) ?? (direct || undefined);
  let branch = failed === undefined ? undefined : failed ? test.consequent : test.alternative;
  // `else if (pid > 0) ... else ...` asks further.
  while (branch?.kind === 'if') {
    const further = result.holds(branch.test, failure);
    if (further === undefined) break;
    branch = further ? branch.consequent : branch.alternative;
  }
  return branch;
}

/** `unlikely(x)`, whatever the program calls it, tells the compiler which way it mostly goes, and asks the same as `x`. */
function isGuess(test: ExprOf<'call'>): boolean {
  return /^(?:\w+_)?(?:un)?likely_?$|^__builtin_expect$/i.test(calledName(test) ?? '');
}

/** How a loop's tests see the result of a call made in it. */
export class Result {
  constructor(
    private readonly call: Expr,
    readonly name: string | undefined,
    private readonly context: RuleContext,
  ) {}

  /** The expression is the result: the call, the place it is stored in, or the assignment. */
  is(expr: Expr): boolean {
    const inner = unwrap(expr);
    return (
      inner === this.call ||
      (this.name !== undefined && placeOf(inner) === this.name) ||
      (inner.kind === 'assign' && inner.op === '=' && this.is(inner.value))
    );
  }

  /** Whether a test is true when the result is `value`; undefined where that depends on something else. */
  holds(test: Expr, value: bigint): boolean | undefined {
    switch (test.kind) {
      case 'binary':
        return this.compares(test, value);
      case 'logical': {
        const left = this.holds(test.left, value);
        const right = this.holds(test.right, value);
        const decisive = test.op === '||';
        return left === decisive || right === decisive
          ? decisive
          : left === undefined || right === undefined
            ? undefined
            : !decisive;
      }
      case 'unary': {
        const inner = test.op === '!' ? this.holds(test.operand, value) : undefined;
        return inner === undefined ? undefined : !inner;
      }
      case 'comma':
        return this.holds(test.right, value);
      default: {
        const [inner] = test.kind === 'call' && isGuess(test) ? test.args : [];
        if (inner) return this.holds(inner, value);
        if (this.is(test)) return value !== 0n;
        const constant = this.context.scope.evaluator.constant(test, this.context.scope);
        return constant === undefined ? undefined : constant !== 0n;
      }
    }
  }

  private compares(test: Extract<Expr, { kind: 'binary' }>, value: bigint): boolean | undefined {
    const left = this.number(test.left, value);
    const right = this.number(test.right, value);
    if (left === undefined || right === undefined) {
      return undefined;
    }
    return isComparison(test.op) ? compare(test.op, { constant: left }, { constant: right }) : undefined;
  }

  private number(expr: Expr, value: bigint): bigint | undefined {
    // No integer constant of a header that the catalog lists.
    if (expr.kind === 'name' && expr.name === 'EOF') return -1n;
    return this.is(expr) ? value : this.context.scope.evaluator.constant(expr, this.context.scope);
  }
}

/** A jump out of a loop, or the end of the process, and the conditions between the loop and it. */
export interface Exit {
  stmt: Stmt;
  conditions: { test: Expr; truth: boolean }[];
  /** Below a `switch` or another loop's condition: when it is reached cannot be told. */
  obscure: boolean;
}

/** The parts of a `switch`, and what holds when control comes to them; undefined below several labels, and where one part runs on into the next. */
function casesOf(
  { value, body }: ExprOfStmt<'switch'>,
  project: Project,
): { part: Stmt; asked?: Exit['conditions'] }[] {
  const isLabel = (stmt: Stmt): stmt is ExprOfStmt<'case'> => stmt.kind === 'case';
  const parts = body.kind === 'block' ? body.body : [body];
  const equals = (label: Expr): Expr => ({
    ...span(label),
    kind: 'binary',
    op: '==',
    left: value,
    right: label,
  });
  const others = parts.filter(isLabel).flatMap(({ value: label }) => (label ? [equals(label)] : []));
  let asked: Exit['conditions'] | undefined;
  return parts.flatMap((part, index) => {
    if (!isLabel(part)) return [{ part, ...(asked ? { asked } : {}) }];
    const before = parts[index - 1];
    const alone =
      part.upTo === undefined && (before === undefined || (!isLabel(before) && leavesAtEnd(before, project)));
    const tests = part.value
      ? [{ test: equals(part.value), truth: true }]
      : others.map((test) => ({ test, truth: false }));
    asked = alone ? tests : undefined;
    return [];
  });
}

function span({ start, end }: Span): Span {
  return { start, end };
}

type ExprOfStmt<K extends Stmt['kind']> = Extract<Stmt, { kind: K }>;

/** The loop, or for `break` the switch, that a jump leaves. */
export function leftBy(jump: Stmt, definition: FunctionDefinition): Stmt | undefined {
  return around(definition, jump).findLast(
    (stmt) => isLoop(stmt) || (stmt.kind === 'switch' && jump.kind === 'break'),
  );
}

/** `goto again;` to a label above in the body of the loop: the round begins anew. */
function leadsBack(jump: ExprOfStmt<'goto'>, { body }: Loop): boolean {
  return someStmtIn(
    body,
    (stmt) => stmt.kind === 'label' && stmt.name === jump.name && stmt.start < jump.start,
  );
}

/** Every way out of a loop's body. */
export function exitsOf(loop: Loop, project: Project): Exit[] {
  const exits: Exit[] = [];
  const isEnd = (expr: Expr) => endsProcess(calledName(expr), project);
  const visit = (stmt: Stmt, conditions: Exit['conditions'], inner: boolean, obscure: boolean): void => {
    if (stmt.kind === 'goto' && leadsBack(stmt, loop)) return;
    if (
      (stmt.kind === 'break' && !inner) ||
      stmt.kind === 'return' ||
      stmt.kind === 'goto' ||
      stmt.kind === 'unknown'
    ) {
      exits.push({ stmt, conditions, obscure: obscure || stmt.kind === 'unknown' });
      return;
    }
    if (expressionsOf(stmt).some((expr) => somePart(expr, isEnd))) {
      exits.push({ stmt, conditions, obscure });
    }
    if (stmt.kind === 'if') {
      visit(stmt.consequent, [...conditions, { test: stmt.test, truth: true }], inner, obscure);
      if (stmt.alternative)
        visit(stmt.alternative, [...conditions, { test: stmt.test, truth: false }], inner, obscure);
      return;
    }
    if (stmt.kind === 'switch') {
      visitCases(stmt, conditions, obscure);
      return;
    }
    const nested = isLoop(stmt);
    for (const part of statementsOf(stmt)) {
      visit(part, conditions, inner || nested, obscure || nested || stmt.kind === 'either');
    }
  };
  const visitCases = (stmt: ExprOfStmt<'switch'>, conditions: Exit['conditions'], obscure: boolean): void => {
    for (const { part, asked } of casesOf(stmt, project))
      visit(part, [...conditions, ...(asked ?? [])], true, obscure || asked === undefined);
  };
  visit(loop.body, [], false, false);
  return exits;
}

/** A loop without a condition of its own. */
export function isEndless(loop: Loop, context: RuleContext): boolean {
  if (loop.test === undefined) {
    return true;
  }
  const constant = context.scope.evaluator.constant(loop.test, context.scope);
  // `B_TRUE` of a header that is not at hand.
  if (constant === undefined) return loop.test.kind === 'name' && /^(?:[A-Z]+_)?TRUE$/.test(loop.test.name);
  return constant !== 0n;
}

/** A loop without an end of its own, or one that goes on until a signal handler says that it is time. */
export function isServing(loop: Loop, context: RuleContext): boolean {
  if (isEndless(loop, context)) {
    return true;
  }
  const test = loop.test && unwrap(loop.test);
  const flag = test?.kind === 'unary' && test.op === '!' ? unwrap(test.operand) : test;
  const { symbols } = context.scope.file;
  return (
    flag?.kind === 'name' &&
    !context.scope.typeOf(flag.name) &&
    (symbols.qualities.get(flag.name) ?? []).includes('volatile')
  );
}

export function spanOfSite({ expr, within, context }: CallSite): Location {
  return { start: expr.start, end: expr.end, within, context };
}
