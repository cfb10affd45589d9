import { unwrap, withoutCasts } from '../../analysis/operators';
import { FileIndex } from '../../analysis/survey';
import { type Expr, type FunctionDefinition, type Stmt, someStmtIn, walkStmt } from '../../c/ast';
import type { RuleContext } from '../rule';
import { isDeadStore } from './liveness';
import { statementOf } from './statements';
import { callsOf } from './whole-file';

/** Results that nobody looks at. */

/** How a result is lost: the call is a statement of its own, or nobody reads the variable that it goes into. */
export type Lost = { how: 'statement' } | { how: 'variable'; name: string };

/** Whether the result of a call is lost. A cast to void says that this is meant. */
export function lostResult(definition: FunctionDefinition, call: Expr): Lost | undefined {
  const stmt = statementOf(definition, call);
  if (stmt.kind === 'expr' && stmt.expr === call) {
    return { how: 'statement' };
  }
  const name = storedIn(stmt, call);
  return name !== undefined && isLocal(definition, name) && !isRead(definition, name)
    ? { how: 'variable', name }
    : undefined;
}

/** The same, also where the variable gets another value, or the function ends, before anybody reads it. */
export function lostAfter(call: Expr, context: RuleContext): Lost | undefined {
  const { definition, ambiguous } = context.scope;
  const lost = lostResult(definition, call);
  const name = lost ? undefined : storedIn(statementOf(definition, call), call);
  const isOwn = name !== undefined && isLocal(definition, name) && !ambiguous.has(name);
  return lost ?? (isOwn && isDeadStore(call, name, context) ? { how: 'variable', name } : undefined);
}

/** The variable, where the whole statement is `name = call(...)`. */
function storedIn(stmt: Stmt, call: Expr): string | undefined {
  if (stmt.kind === 'decl') {
    return stmt.declaration.declarators.find(({ init }) => init && withoutCasts(init) === call)?.name;
  }
  const expr = stmt.kind === 'expr' ? stmt.expr : undefined;
  return expr?.kind === 'assign' &&
    expr.op === '=' &&
    expr.target.kind === 'name' &&
    withoutCasts(expr.value) === call
    ? expr.target.name
    : undefined;
}

function isLocal(definition: FunctionDefinition, name: string): boolean {
  return someStmtIn(definition.body, (stmt) => {
    if (stmt.kind !== 'decl' || stmt.declaration.storage.includes('static')) return false;
    return stmt.declaration.declarators.some((declarator) => declarator.name === name);
  });
}

/** True when the function reads a variable, or what is not understood may. */
export function isRead(definition: FunctionDefinition, name: string): boolean {
  const written = new Set<Expr>();
  let read = false;
  walkStmt(definition.body, {
    stmt: (stmt) => {
      read ||= stmt.kind === 'unknown';
    },
    expr: (expr) => {
      if (expr.kind === 'assign' && expr.op === '=' && expr.target.kind === 'name') written.add(expr.target);
      read ||= expr.kind === 'name' && expr.name === name && !written.has(expr);
      read ||= expr.kind === 'unknown';
    },
  });
  return read;
}

/** The name or member that the result of a call is stored in, as an expression; also where that happens inside a test. */
export function targetOf(definition: FunctionDefinition, call: Expr): Expr | undefined {
  let targets = targetCache.get(definition);
  if (!targets) {
    targets = targetsIn(definition);
    targetCache.set(definition, targets);
  }
  return targets.get(call);
}

const targetCache = new WeakMap<FunctionDefinition, ReadonlyMap<Expr, Expr>>();

/** What each value of a function is stored in. */
function targetsIn({ body }: FunctionDefinition): ReadonlyMap<Expr, Expr> {
  const targets = new Map<Expr, Expr>();
  walkStmt(body, {
    stmt: (stmt) => {
      if (stmt.kind !== 'decl') return;
      for (const { init, name, nameSpan } of stmt.declaration.declarators) {
        if (init) targets.set(withoutCasts(init), { kind: 'name', name, ...nameSpan });
      }
    },
    expr: (expr) => {
      if (expr.kind === 'assign' && expr.op === '=') targets.set(withoutCasts(expr.value), unwrap(expr));
    },
  });
  return targets;
}

/** Calls whose result is not lost. */
const lookedAt = new FileIndex(function* (definition): Generator<[string, true]> {
  const names = new Set<string>();
  for (const { name, expr } of callsOf(definition)) {
    if (!names.has(name) && lostResult(definition, expr) === undefined) names.add(name);
  }
  for (const name of names) yield [name, true];
});

/** True when the file loses the result of a call wherever it makes it. */
export function isHabit(name: string, context: RuleContext): boolean {
  return context.ask(lookedAt, name).length === 0;
}
