import { unwrap } from '../../analysis/operators';
import {
  type Expr,
  type FunctionDefinition,
  type Span,
  type Stmt,
  statementsOf,
  walkStmt,
} from '../../c/ast';

/** Where a place lies among the statements of a function. */

export function contains(outer: Span, inner: Span): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}

/** The statements around a place, outermost first: the body of the function, and at last the one that directly holds it. */
export function around({ body }: FunctionDefinition, { start }: { start: number }): Stmt[] {
  const found: Stmt[] = [];
  let stmt: Stmt | undefined = body;
  while (stmt) {
    found.push(stmt);
    stmt = statementsOf(stmt).find((inner) => inner.start <= start && start < inner.end);
  }
  return found;
}

/** The statement that directly holds a place. */
export function statementOf(definition: FunctionDefinition, place: { start: number }): Stmt {
  return around(definition, place).at(-1) ?? definition.body;
}

/** The statement behind the one that directly holds a place, in the same block. */
export function statementBehind(definition: FunctionDefinition, place: { start: number }): Stmt | undefined {
  const [block, stmt] = around(definition, place).slice(-2);
  return block?.kind === 'block' && stmt ? block.body[block.body.indexOf(stmt) + 1] : undefined;
}

/** The labelled statement that a goto of this name leads to. */
export function labelNamed(name: string | undefined, definition: FunctionDefinition): Stmt | undefined {
  let found: Stmt | undefined;
  walkStmt(definition.body, {
    stmt: (stmt) => {
      if (stmt.kind === 'label' && stmt.name === name) found = stmt;
    },
  });
  return found;
}

/** A call whose result is dropped: it stands alone as a statement. */
export function isStatement(definition: FunctionDefinition, call: Expr): boolean {
  const stmt = statementOf(definition, call);
  return stmt.kind === 'expr' && unwrap(stmt.expr) === call;
}

const branching = new Set<Stmt['kind']>(['if', 'while', 'do', 'for', 'switch', 'either', 'unknown']);

/** The branches and bodies of loops that a place lies in: control comes there only when it takes all of them. */
export function arms(definition: FunctionDefinition, place: { start: number }): Stmt[] {
  const chain = around(definition, place);
  return chain.filter((_, index) => index > 0 && branching.has(chain[index - 1]!.kind));
}

/** The two stand on different sides of a test, or in different cases of a switch. */
export function areApart(one: Span, other: Span, definition: FunctionDefinition): boolean {
  return around(definition, one).some((stmt) => {
    if (stmt.kind === 'switch') return areInOtherCases(one, other, stmt.body);
    if (stmt.kind !== 'if' || !stmt.alternative) return false;
    const { consequent, alternative } = stmt;
    return (
      (contains(consequent, one) && contains(alternative, other)) ||
      (contains(alternative, one) && contains(consequent, other))
    );
  });
}

/** From the case that the first stands in control does not fall to the one of the second: something in between leaves the switch. */
function areInOtherCases(one: Span, other: Span, body: Stmt): boolean {
  if (body.kind !== 'block' || !contains(body, other)) return false;
  const [first, second] = [one, other].sort((a, b) => a.start - b.start);
  const between = body.body.filter(({ start, end }) => start >= first!.end && end <= second!.start);
  const leaving = between.findIndex(({ kind }) => /^(?:break|return|continue|goto)$/.test(kind));
  return leaving >= 0 && between.slice(leaving).some(({ kind }) => kind === 'case');
}
