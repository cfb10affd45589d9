import { unwrap, withoutCasts } from '../../analysis/operators';
import { type Expr, type FunctionDefinition, type Span, type Stmt, someExprIn, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { targetOf } from '../shared/dropped';
import { comesBack, leavesAtEnd } from '../shared/endings';
import { statementOf } from '../shared/statements';
import { nameMade } from '../shared/whole-file';

/** The part of a function that only the child of a fork runs. */
export interface ChildBranch {
  fork: Expr;
  /** The statements, in order. */
  body: Stmt[];
  span: Span;
}

/** The branches of a function that children run, where they can be told by the tests of what fork returned. */
export function childBranches(definition: FunctionDefinition, context: RuleContext): ChildBranch[] {
  const found: ChildBranch[] = [];
  for (const fork of forksIn(definition, context)) {
    const target = targetOf(definition, fork);
    const text = target && context.source({ ...target, within: definition });
    const is = (expr: Expr): boolean =>
      expr === fork ||
      (expr.kind === 'assign' && (expr.value === fork || is(unwrap(expr.value)))) ||
      (text !== undefined &&
        expr.kind === target?.kind &&
        context.source({ ...expr, within: definition }) === text);
    const after = statementOf(definition, fork).start;
    walkStmt(definition.body, {
      stmt: (stmt) => {
        if (stmt.end < after) return;
        for (const body of [
          branchOf(stmt, is) ?? restOf(stmt, is, definition),
          leftBehind(stmt, is, context),
        ]) {
          const [first] = body ?? [];
          const last = body?.at(-1);
          if (body && first && last) found.push({ fork, body, span: { start: first.start, end: last.end } });
        }
      },
    });
  }
  return found;
}

/** `if (pid == -1) ... else if (pid > 0) ... else`: what is left is the child, where the failure has been asked for before. */
function restOf(stmt: Stmt, is: (expr: Expr) => boolean, definition: FunctionDefinition): Stmt[] | undefined {
  if (stmt.kind !== 'if' || !stmt.alternative || !isCompared(stmt.test, is, /^>$/, /^0$/)) {
    return undefined;
  }
  const asked = (ops: RegExp, number: RegExp) =>
    someExprIn(definition.body, (expr) => expr.start < stmt.start && isCompared(expr, is, ops, number));
  const isRest = (asked(/^<$/, /^0$/) || asked(/^==$/, /^-1$/)) && !asked(/^[=!]=$/, /^0$/);
  const { alternative } = stmt;
  return isRest ? (alternative.kind === 'block' ? alternative.body : [alternative]) : undefined;
}

/** Whether the result is compared with a number, on its left. */
function isCompared(test: Expr, is: (expr: Expr) => boolean, ops: RegExp, number: RegExp): boolean {
  if (test.kind !== 'binary' || !ops.test(test.op) || !is(withoutCasts(test.left))) return false;
  const right = withoutCasts(test.right);
  const isMinus = right.kind === 'unary' && right.op === '-';
  const digits = isMinus ? right.operand : right;
  return digits.kind === 'number' && number.test(`${isMinus ? '-' : ''}${digits.text}`);
}

function forksIn(definition: FunctionDefinition, context: RuleContext): Expr[] {
  const found: Expr[] = [];
  walkStmt(definition.body, {
    expr: (expr) => {
      const name = calledName(expr);
      if (name !== undefined && /^(?:v?fork|forkpty)$/.test(nameMade(name, context.scope))) found.push(expr);
    },
  });
  return found;
}

function branchOf(stmt: Stmt, is: (expr: Expr) => boolean): Stmt[] | undefined {
  if (stmt.kind === 'if') {
    const who = childWhen(stmt.test, is);
    const branch = who === undefined ? undefined : who ? stmt.consequent : stmt.alternative;
    return branch && (branch.kind === 'block' ? branch.body : [branch]);
  }
  return stmt.kind === 'switch' && is(stmt.value) && stmt.body.kind === 'block'
    ? caseZero(stmt.body.body)
    : undefined;
}

/** `if (fork() != 0) return;`: whoever comes past it is the child. */
function leftBehind(
  block: Stmt,
  is: (expr: Expr) => boolean,
  { neverReturns }: Pick<RuleContext, 'neverReturns'>,
): Stmt[] | undefined {
  if (block.kind !== 'block') return undefined;
  const index = block.body.findIndex(
    (stmt) =>
      stmt.kind === 'if' &&
      !stmt.alternative &&
      childWhen(stmt.test, is) === false &&
      leavesAtEnd(stmt.consequent, { neverReturns }),
  );
  return index < 0 ? undefined : block.body.slice(index + 1);
}

/** Whether a test is true in the child and in nobody else, or false in it alone. */
function childWhen(test: Expr, is: (expr: Expr) => boolean): boolean | undefined {
  if (is(test)) return false;
  if (test.kind === 'unary' && test.op === '!' && is(test.operand)) return true;
  if (test.kind === 'logical') {
    // `ready && fork() == 0`: only a child comes past it.
    const own = test.op === '&&';
    return [test.left, test.right].some((part) => childWhen(part, is) === own) ? own : undefined;
  }
  if (test.kind !== 'binary') return undefined;
  const own = [test.left, test.right].findIndex((side) => is(withoutCasts(side)));
  const other = own < 0 ? undefined : withoutCasts(own === 0 ? test.right : test.left);
  if (other?.kind !== 'number' || !/^0+$/.test(other.text)) return undefined;
  return test.op === '==' ? true : test.op === '!=' ? false : undefined;
}

/** The statements of `case 0:` up to the next label. */
function caseZero(body: Stmt[]): Stmt[] | undefined {
  const start = body.findIndex(
    ({ kind, ...stmt }) =>
      kind === 'case' && 'value' in stmt && stmt.value?.kind === 'number' && /^0+$/.test(stmt.value.text),
  );
  if (start < 0) return undefined;
  const end = body.findIndex(({ kind }, index) => index > start && kind === 'case');
  return body.slice(start + 1, end < 0 ? body.length : end);
}

/** The child comes to the end of its branch and goes on behind it: nothing there leaves, and nothing is called that may not come back. */
export function goesOnBehind({ body }: ChildBranch, context: RuleContext): boolean {
  const last = body.at(-1);
  return (
    last !== undefined &&
    !leavesAtEnd(last, context) &&
    !body.some((part) =>
      someExprIn(part, (expr) => {
        const name = calledName(expr);
        if (expr.kind !== 'call') return false;
        const call = name === undefined ? undefined : context.scope.call(name);
        return (
          !comesBack(name, context) || call?.effects.some(({ op }) => op === 'exec' || op === 'fork') === true
        );
      }),
    )
  );
}
