import { type Expr, type FunctionDefinition, type Stmt, statementsOf } from '../c/ast';
import { calledName } from '../c/cfg';

/** Functions of which no text is at hand, and which a file uses as one uses what ends the process: what the author believes of a function shows in how he calls it. */

/**
 * Those that are the last word of branches for failures, `if (pipe(ends) != 0) err_syserr("pipe");`, again and again, with the use of the result
 * behind the branch; and those behind which a failed fork would play the child's part: `case -1: give_up("fork"); case 0:`.
 */
export function endedByUse(definitions: Iterable<FunctionDefinition>): ReadonlySet<string> {
  const guards = new Map<string, number>();
  const returning = new Set<string>();
  const forks = new Set<string>();
  for (const definition of definitions) {
    const uses = usesIn(definition);
    for (const name of uses.guards) guards.set(name, (guards.get(name) ?? 0) + 1);
    for (const name of uses.returning) returning.add(name);
    for (const name of uses.forks) forks.add(name);
  }
  const often = [...guards].filter(([name, count]) => count > 1 && !returning.has(name));
  return new Set([...forks, ...often.map(([name]) => name)]);
}

interface Uses {
  /** All that a branch for a failure does last, as often as it does. */
  guards: string[];
  /** Those behind which the same branch goes on, or leaves in another way. */
  returning: string[];
  /** Those between a fork that failed and the child's part. */
  forks: string[];
}

const known = new WeakMap<FunctionDefinition, Uses>();

/** Kept by function, as a file changes in one of them at a time. */
function usesIn(definition: FunctionDefinition): Uses {
  let uses = known.get(definition);
  if (!uses) {
    uses = { guards: [], returning: [], forks: [] };
    look(definition.body, uses);
    known.set(definition, uses);
  }
  return uses;
}

/** A word for a failure or an end, and none for something that is only said or kept. */
const likeEnding =
  /(?:^|_)(?:err|error|die|dies|fail|failure|fatal|abort|bail|quit|panic|crash|oops)(?![a-z])/i;
const likeTelling =
  /warn|log|msg|mess|print|report|remark|note|notice|show|trace|debug|info|set|get|is|has|str|num|code|reset|clear|count|add|push|handler|cb|ret(?:urn)?$|rem$/i;

function look(stmt: Stmt, uses: Uses): void {
  if (stmt.kind === 'if' && !stmt.alternative) {
    const name = named(lastOf(stmt.consequent));
    if (name !== undefined) uses.guards.push(name);
  }
  if (stmt.kind === 'switch' && stmt.body.kind === 'block') uses.forks.push(...guardsOfForks(stmt.body.body));
  const inner = statementsOf(stmt);
  if (stmt.kind === 'block') {
    for (const [i, one] of inner.entries()) {
      const next = inner[i + 1];
      const name = next && next.kind !== 'case' && next.kind !== 'label' ? named(one) : undefined;
      if (name !== undefined) uses.returning.push(name);
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

function guardsOfForks(body: readonly Stmt[]): string[] {
  return body.flatMap((last, i) => {
    const next = body[i + 1];
    if (last.kind !== 'expr' || next?.kind !== 'case' || !isZero(next.value)) return [];
    const own = body.slice(0, i).findLast(({ kind }) => kind === 'case');
    const isFailed = own?.kind === 'case' && isMinusOne(own.value);
    return isFailed ? (calledName(last.expr) ?? []) : [];
  });
}

/** The sign may be read as a part of the number. */
function isMinusOne(value: Expr | undefined): boolean {
  const number = value?.kind === 'unary' && value.op === '-' ? value.operand : value;
  return number?.kind === 'number' && number.text === (number === value ? '-1' : '1');
}

function isZero(value: Expr | undefined): boolean {
  return value?.kind === 'number' && value.text === '0';
}
