import { type FunctionDefinition, type Stmt, statementsOf } from '../c/ast';
import { calledName } from '../c/cfg';

/**
 * Functions of which no text is at hand, and which a file uses as one uses what ends the process: `if (pipe(ends) != 0) err_syserr("pipe");`,
 * again and again, with nothing behind it in the branch and the use of the result behind the branch. What the author believes of a function
 * shows in how he calls it.
 */
export function endedByUse(definitions: Iterable<FunctionDefinition>): ReadonlySet<string> {
  const uses: Uses = { guards: new Map(), returning: new Set() };
  for (const { body } of definitions) look(body, uses);
  return new Set(
    [...uses.guards].filter(([name, count]) => count > 1 && !uses.returning.has(name)).map(([name]) => name),
  );
}

interface Uses {
  /** How often it is all that a branch for a failure does last. */
  guards: Map<string, number>;
  /** Those behind which the same branch goes on, or leaves in another way. */
  returning: Set<string>;
}

/** A word for a failure or an end, and none for something that is only said or kept. */
const likeEnding =
  /(?:^|_)(?:err|error|die|dies|fail|failure|fatal|abort|bail|quit|panic|crash|oops)(?![a-z])/i;
const likeTelling =
  /warn|log|msg|mess|print|report|remark|note|notice|show|trace|debug|info|set|get|is|has|str|num|code|reset|clear|count|add|push|handler|cb|ret(?:urn)?$|rem$/i;

function look(stmt: Stmt, uses: Uses): void {
  if (stmt.kind === 'if' && !stmt.alternative) {
    const name = named(lastOf(stmt.consequent));
    if (name !== undefined) uses.guards.set(name, (uses.guards.get(name) ?? 0) + 1);
  }
  const inner = statementsOf(stmt);
  if (stmt.kind === 'block') {
    for (const [i, one] of inner.entries()) {
      const next = inner[i + 1];
      const name = next && next.kind !== 'case' && next.kind !== 'label' ? named(one) : undefined;
      if (name !== undefined) uses.returning.add(name);
    }
  }
  for (const one of inner) look(one, uses);
}

function lastOf(arm: Stmt): Stmt | undefined {
  return arm.kind === 'block' ? arm.body.at(-1) : arm;
}

function named(stmt: Stmt | undefined): string | undefined {
  const name = stmt?.kind === 'expr' ? calledName(stmt.expr) : undefined;
  return name !== undefined && likeEnding.test(name) && !likeTelling.test(name) ? name : undefined;
}
