import type { FunctionScope } from '../analysis/context';
import { unwrap } from '../analysis/operators';
import {
  children,
  type Declarator,
  type Expr,
  expressionsOf,
  type FunctionDefinition,
  type Span,
  type Stmt,
  walkStmt,
} from '../c/ast';
import { calledName } from '../c/cfg';
import type { RuleContext } from './rule';

/** Where and how the text of a function uses a variable. */

export interface Use {
  /** The variable's name. */
  expr: Expr;
  /** What it stands in, innermost first. */
  around: readonly Expr[];
}

const known = new WeakMap<FunctionDefinition, Map<string, Use[]>>();

/** Every use of a name in a function, in the order of the text; declarations are none. */
export function usesOf(definition: FunctionDefinition, name: string): readonly Use[] {
  let uses = known.get(definition);
  if (!uses) {
    uses = new Map();
    collect(definition, uses);
    known.set(definition, uses);
  }
  return uses.get(name) ?? [];
}

function collect(definition: FunctionDefinition, uses: Map<string, Use[]>): void {
  const visit = (expr: Expr, around: readonly Expr[]): void => {
    if (expr.kind === 'name') uses.set(expr.name, [...(uses.get(expr.name) ?? []), { expr, around }]);
    const inside = [expr, ...around];
    for (const child of children(expr)) visit(child, inside);
    if (expr.kind === 'statements') walkStmt(expr.body, { stmt: each });
  };
  const each = (stmt: Stmt): void => {
    for (const expr of expressionsOf(stmt)) visit(expr, []);
  };
  walkStmt(definition.body, { stmt: each });
  for (const list of uses.values()) list.sort((a, b) => a.expr.start - b.expr.start);
}

/** The declaration of a local variable that has one only. */
export function declaratorOf(
  { definition }: FunctionScope,
  name: string,
): { declarator: Declarator; storage: readonly string[]; stmt: Stmt } | undefined {
  const found: { declarator: Declarator; storage: readonly string[]; stmt: Stmt }[] = [];
  walkStmt(definition.body, {
    stmt: (stmt) => {
      if (stmt.kind !== 'decl') return;
      for (const declarator of stmt.declaration.declarators) {
        if (declarator.name === name) found.push({ declarator, storage: stmt.declaration.storage, stmt });
      }
    },
  });
  return found.length === 1 && !definition.type.params.some((param) => param.name === name)
    ? found[0]
    : undefined;
}

/** A local variable that is declared without a value and not used before a place in the text: what it holds there is by chance. */
export function isUnsetBefore(scope: FunctionScope, name: string, at: number): boolean {
  const found = declaratorOf(scope, name);
  const plain =
    found && !found.declarator.init && !found.storage.some((word) => word === 'static' || word === 'extern');
  return (
    plain === true &&
    found.declarator.nameSpan.start < at &&
    !usesOf(scope.definition, name).some((use) => use.expr.start < at && !isMeasured(use)) &&
    !hasLabelBefore(scope.definition, at)
  );
}

/** Inside sizeof nothing happens to a variable. */
export function isMeasured({ around }: Use): boolean {
  return around.some(({ kind }) => kind === 'sizeof');
}

/** A jump may come here from below. */
function hasLabelBefore(definition: FunctionDefinition, at: number): boolean {
  let found = false;
  walkStmt(definition.body, {
    stmt: (stmt) => {
      found ||= stmt.kind === 'label' && stmt.start < at;
    },
  });
  return found;
}

/** What is stored in a variable by initialisation and assignment, compound ones too. */
export function assignmentsTo(
  definition: FunctionDefinition,
  name: string,
): { value: Expr; op: string; at: Span }[] {
  const found: { value: Expr; op: string; at: Span }[] = [];
  walkStmt(definition.body, {
    stmt: (stmt) => {
      if (stmt.kind !== 'decl') return;
      for (const declarator of stmt.declaration.declarators) {
        if (declarator.name === name && declarator.init) {
          found.push({ value: declarator.init, op: '=', at: declarator.nameSpan });
        }
      }
    },
    expr: (expr) => {
      if (expr.kind === 'assign' && expr.target.kind === 'name' && expr.target.name === name) {
        found.push({ value: expr.value, op: expr.op, at: expr });
      }
    },
  });
  return found;
}

/** The calls in a function whose names match, in the order of the text. */
export function callsIn(definition: FunctionDefinition, name: RegExp): Extract<Expr, { kind: 'call' }>[] {
  const found: Extract<Expr, { kind: 'call' }>[] = [];
  walkStmt(definition.body, {
    expr: (expr) => {
      if (expr.kind === 'call' && name.test(calledName(expr) ?? '')) found.push(expr);
    },
  });
  return found.sort((a, b) => a.start - b.start);
}

/** The variable that an address is of, or whose value it is: `a` for `&a`, `(T *)&a`, `&a[0]`, `a.b`. */
export function variableIn(expr: Expr): string | undefined {
  const inner = unwrap(expr);
  switch (inner.kind) {
    case 'name':
      return inner.name;
    case 'unary':
      return inner.op === '&' || inner.op === '*' ? variableIn(inner.operand) : undefined;
    case 'member':
      return variableIn(inner.object);
    case 'index':
      return variableIn(inner.array);
    default:
      return undefined;
  }
}

/** The functions of a file whose text is at hand, the headers' not counted. What is found depends on each. */
export function functionsOfFile(context: RuleContext): FunctionDefinition[] {
  const found: FunctionDefinition[] = [];
  for (const name of context.scope.file.symbols.functions.keys()) {
    const scope = context.functionNamed(name);
    if (scope) found.push(scope.definition);
  }
  return found;
}
