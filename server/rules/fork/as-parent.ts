import type { CallEvent } from '../../analysis/events';
import {
  type Expr,
  expressionsOf,
  type FunctionDefinition,
  type Stmt,
  someExprIn,
  walkExpr,
} from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Report, RuleContext } from '../rule';
import { leavesAtEnd } from '../shared/endings';
import { Result, resultPlace } from '../shared/loops';
import { around } from '../shared/statements';
import { comesBackFrom } from './failure-goes-on';

/**
 * The failure of a fork is told by a branch of its own, and no more: what comes behind it takes -1 for the number of a child, and waits
 * for that child. Of `waitpid` with the number the walk knows by itself.
 */
export function goesOnAsParent(event: CallEvent, context: RuleContext): Report | undefined {
  const { definition } = context.scope;
  const result = new Result(event.expr, resultPlace(definition, event.expr), context);
  const [block, stmt] = around(definition, event.expr).slice(-2);
  if (block?.kind !== 'block' || !stmt) return undefined;
  const behind = block.body.slice(block.body.indexOf(stmt));
  const at = behind.findIndex((one) => one.kind === 'if' && result.holds(one.test, -1n) !== undefined);
  const told = behind[at];
  if (told?.kind !== 'if' || !onlyTellsFailure(told, result, context)) return undefined;
  const rest = behind.slice(at + 1);
  if (isAskedAgain(result, told, definition)) return undefined;
  const child = rest.findIndex(
    (one) =>
      one.kind === 'if' && result.holds(one.test, 0n) === true && result.holds(one.test, -1n) === false,
  );
  const forked = rest[child];
  if (forked?.kind !== 'if') return undefined;
  const own = leavesAtEnd(forked.consequent, context) ? rest.slice(child + 1) : [];
  const wait = waitIn(forked.alternative ? [forked.alternative, ...own] : own);
  return (
    wait && {
      span: event.at,
      message: `That this \`${event.name}\` fails is only told: the program then goes on as the parent of a child that there is not, and \`${calledName(wait)}\` waits for any other, or fails with ECHILD. Return or stop where the failure is found.`,
      related: [
        {
          span: { start: told.test.start, end: told.test.end, within: definition },
          message: 'It is told here',
        },
        { span: { start: wait.start, end: wait.end, within: definition }, message: 'Here it waits' },
      ],
    }
  );
}

/** The branch of -1 and of nothing else, which comes back. */
function onlyTellsFailure(
  { test, consequent, alternative }: Extract<Stmt, { kind: 'if' }>,
  result: Result,
  context: RuleContext,
): boolean {
  const [failed, child, parent] = [-1n, 0n, 1000n].map((value) => result.holds(test, value));
  const parts = consequent.kind === 'block' ? consequent.body : [consequent];
  return (
    failed === true &&
    child === false &&
    parent === false &&
    alternative === undefined &&
    parts.some(({ kind }) => kind === 'expr') &&
    parts.every((one) => comesBackFrom(one, context))
  );
}

/** Something behind tells -1 from the number of a child after all. */
function isAskedAgain(result: Result, told: Stmt, definition: FunctionDefinition): boolean {
  return someExprIn(definition.body, (expr) => {
    const [failed, parent] = [-1n, 1000n].map((value) => result.holds(expr, value));
    return expr.start >= told.end && failed !== parent;
  });
}

/** A wait for whichever child, in no loop and behind no further question: there the parent waits only when it has one, as far as is known. */
function waitIn(stmts: readonly Stmt[]): Expr | undefined {
  for (const stmt of stmts) {
    if (stmt.kind === 'return') return undefined;
    const isPlain = stmt.kind === 'expr' || stmt.kind === 'decl' || stmt.kind === 'if';
    for (const expr of isPlain ? expressionsOf(stmt) : []) {
      const wait = partOf(expr, (part) => /^wait[34]?$/i.test(calledName(part) ?? ''));
      if (wait) return wait;
    }
    const inner = stmt.kind === 'block' ? waitIn(stmt.body) : undefined;
    if (inner) return inner;
  }
  return undefined;
}

function partOf(expr: Expr, test: (part: Expr) => boolean): Expr | undefined {
  let found: Expr | undefined;
  walkExpr(expr, (part) => {
    if (test(part)) found ??= part;
  });
  return found;
}
