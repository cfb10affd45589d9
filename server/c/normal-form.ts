/**
 * One form for what people write in several: those who read the tree meet one of them only. Spans stay those of the text, so that the
 * operands of a comparison may stand the other way round there.
 */
import { type BinaryOp, type Expr, type ExprOf, type Stmt, statementsOf, walkStmt } from './ast';

const mirrored: Readonly<Partial<Record<BinaryOp, BinaryOp>>> = {
  '==': '==',
  '!=': '!=',
  '<': '>',
  '>': '<',
  '<=': '>=',
  '>=': '<=',
};

/** A literal, or a name that is written as constants are: `-1`, `NULL`, `EINTR`. */
function isConstant(expr: Expr): boolean {
  switch (expr.kind) {
    case 'number':
    case 'char':
    case 'null':
      return true;
    case 'name':
      return /^[A-Z][A-Z0-9_]*$/.test(expr.name);
    case 'unary':
    case 'cast':
      return isConstant(expr.kind === 'cast' ? expr.value : expr.operand);
    default:
      return false;
  }
}

/** A binary expression; of a comparison with a constant, the constant is on the right: `-1 == fd` is `fd == -1`. */
export function binary(op: BinaryOp, left: Expr, right: Expr): Omit<ExprOf<'binary'>, 'start' | 'end'> {
  const other = mirrored[op];
  return other && isConstant(left) && !isConstant(right)
    ? { kind: 'binary', op: other, left: right, right: left }
    : { kind: 'binary', op, left, right };
}

/** Its value is 0 or 1. */
function isTruth(expr: Expr): boolean {
  return (
    expr.kind === 'logical' ||
    (expr.kind === 'unary' && expr.op === '!') ||
    (expr.kind === 'binary' && expr.op in mirrored)
  );
}

/** `!!(a < b)` is `a < b`. */
export function not(operand: Expr): Omit<ExprOf<'unary'>, 'start' | 'end'> | Expr {
  return operand.kind === 'unary' && operand.op === '!' && isTruth(operand.operand)
    ? operand.operand
    : { kind: 'unary', op: '!', operand };
}

/** `*(ends + 2 * i + 1)` is `ends[2 * i + 1]`. Without types the pointer is taken to stand first, as it does nearly everywhere. */
export function dereferenced(
  operand: Expr,
): Omit<ExprOf<'unary'>, 'start' | 'end'> | Omit<ExprOf<'index'>, 'start' | 'end'> {
  return elementAt(operand) ?? { kind: 'unary', op: '*', operand };
}

function elementAt(sum: Expr): Omit<ExprOf<'index'>, 'start' | 'end'> | undefined {
  if (sum.kind !== 'binary' || sum.op !== '+') return undefined;
  const { left, right } = sum;
  if ((left.kind === 'name' && !isConstant(left)) || left.kind === 'member')
    return { kind: 'index', array: left, index: right };
  const inner = elementAt(left);
  return (
    inner && {
      ...inner,
      index: { kind: 'binary', op: '+', left: inner.index, right, start: inner.index.start, end: right.end },
    }
  );
}

/** A statement that does nothing but find out a truth, and the variable that gets it. */
function flagSet(stmt: Stmt): { name: string; truth: Expr; uses: number } | undefined {
  if (stmt.kind === 'decl') {
    const { declarators, storage } = stmt.declaration;
    const [only, ...others] = declarators;
    return only?.init && others.length === 0 && storage.length === 0 && isTruth(only.init)
      ? { name: only.name, truth: only.init, uses: 1 }
      : undefined;
  }
  if (stmt.kind !== 'expr' || stmt.expr.kind !== 'assign' || stmt.expr.op !== '=') return undefined;
  const { target, value } = stmt.expr;
  return target.kind === 'name' && isTruth(value) ? { name: target.name, truth: value, uses: 2 } : undefined;
}

/** The test of a flag, with what the flag stands for in its place. */
function testOf(stmt: Stmt | undefined, name: string, truth: Expr): Expr | undefined {
  if (stmt?.kind !== 'if') return undefined;
  const { test } = stmt;
  if (test.kind === 'name' && test.name === name) return truth;
  const { start, end } = test;
  return test.kind === 'unary' &&
    test.op === '!' &&
    test.operand.kind === 'name' &&
    test.operand.name === name
    ? ({ ...not(truth), start, end } as Expr)
    : undefined;
}

/** What a function says of names: how often it uses each, and which it declares. */
class Names {
  readonly declared = new Set<string>();
  private readonly used = new Map<string, number>();

  constructor(body: Stmt) {
    walkStmt(body, {
      stmt: (stmt) => {
        if (stmt.kind === 'decl')
          for (const { name } of stmt.declaration.declarators) this.declared.add(name);
      },
      expr: (expr) => {
        if (expr.kind === 'name') this.used.set(expr.name, (this.used.get(expr.name) ?? 0) + 1);
      },
    });
  }

  uses(name: string): number {
    return this.declared.has(name) ? (this.used.get(name) ?? 0) : Number.POSITIVE_INFINITY;
  }
}

/**
 * Puts what a flag stands for in place of the flag, where nothing else ever asks for it: `int failed = fd == -1; if (failed)` is
 * `if (fd == -1)`, one statement from the beginning of the first to the end of the second.
 */
export function withoutFlags(body: Stmt): Stmt {
  let names: Names | undefined;
  const merge = (list: Stmt[]): void => {
    for (let i = 0; i + 1 < list.length; i++) {
      const [stmt, next] = [list[i]!, list[i + 1]!];
      const flag = flagSet(stmt);
      const test = flag && testOf(next, flag.name, flag.truth);
      if (!flag || !test || next.kind !== 'if') continue;
      names ??= new Names(body);
      if (names.uses(flag.name) === flag.uses) list.splice(i, 2, { ...next, test, start: stmt.start });
    }
  };
  const visit = (stmt: Stmt): void => {
    if (stmt.kind === 'block') merge(stmt.body);
    if (stmt.kind === 'either') stmt.branches.forEach(merge);
    statementsOf(stmt).forEach(visit);
  };
  visit(body);
  return body;
}

/** Whether a `break` or `continue` in a statement is one of the loop around it. */
function leavesLoop(stmt: Stmt): boolean {
  switch (stmt.kind) {
    case 'break':
    case 'continue':
    case 'unknown':
      return true;
    case 'while':
    case 'do':
    case 'for':
      return false;
    // Its own `break` is no more than that of the statement it stands in: nobody looks closer.
    default:
      return statementsOf(stmt).some(leavesLoop);
  }
}

/** `do { ... } while (0)`, as the bodies of macros are written, is a block unless something jumps to its end. */
export function doLoop(
  test: Expr,
  body: Stmt,
): { kind: 'do'; test: Expr; body: Stmt } | { kind: 'block'; body: Stmt[] } {
  const isOnce = test.kind === 'number' && /^0[uUlL]*$/.test(test.text);
  if (!isOnce || leavesLoop(body)) return { kind: 'do', test, body };
  return { kind: 'block', body: body.kind === 'block' ? body.body : [body] };
}
