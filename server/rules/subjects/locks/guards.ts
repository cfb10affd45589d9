import type { FunctionScope } from '../../../analysis/context';
import { type Expr, type Stmt, somePart, walkExpr } from '../../../c/ast';
import type { RuleContext } from '../../rule';
import { arms, around } from '../../shared/statements';
import { assignmentsTo, isAddressTaken } from '../../shared/uses';
import { textOf } from '../../shared/whole-file';
import type { LockAct } from './acts';

/** Locks that are taken and given back under one and the same test. */

/** The branches of one test that stands in front of the lock and of each unlock, and what it asks for. */
export interface Guard {
  arms: Stmt[];
  names: ReadonlySet<string>;
}

/** `if (shared) lock(m);` and `if (shared) unlock(m);`, where nothing changes `shared` in between: one lives with it as without the test. */
export function guardOf(
  same: readonly LockAct[],
  scope: FunctionScope,
  context: RuleContext,
): Guard | undefined {
  const { definition } = scope;
  const tests = same.map(({ call }) => {
    const stmt = around(definition, call).findLast(({ kind }) => kind === 'if');
    const isAlone =
      stmt?.kind === 'if' && !stmt.alternative && arms(definition, call).at(-1) === stmt.consequent;
    return isAlone ? stmt : undefined;
  });
  const [first] = tests;
  if (!first) {
    return undefined;
  }
  const text = textOf(first.test, definition, context);
  const names = new Set<string>();
  const roots = new Set<string>();
  let isPlain = true;
  walkExpr(first.test, (part) => {
    if (part.kind === 'member') names.add(part.field);
    else if (part.kind === 'name') roots.add(part.name);
    isPlain &&= !['call', 'assign', 'update', 'statements'].includes(part.kind);
  });
  const isSame = tests.every((stmt) => stmt !== undefined && textOf(stmt.test, definition, context) === text);
  // Of a member, the structure that it lies in tells nothing.
  if (names.size === 0) for (const name of roots) names.add(name);
  const stays = [...roots].every(
    (name) => assignmentsTo(definition, name).length === 0 && !isAddressTaken(definition, name),
  );
  return isPlain && isSame && stays
    ? { arms: tests.flatMap((stmt) => (stmt ? [stmt.consequent] : [])), names }
    : undefined;
}

export const asksFor = (test: Expr, names: ReadonlySet<string>) =>
  somePart(
    test,
    (part) =>
      (part.kind === 'name' && names.has(part.name)) || (part.kind === 'member' && names.has(part.field)),
  );
