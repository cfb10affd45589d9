import type { FunctionScope } from '../../analysis/context';
import { unwrap, withoutCasts } from '../../analysis/operators';
import {
  children,
  type Declarator,
  type Expr,
  type ExprOf,
  expressionsOf,
  type FunctionDefinition,
  type Span,
  type Stmt,
  someStmtIn,
  walkStmt,
} from '../../c/ast';
import { callsOf } from './whole-file';

/** Where and how the text of a function uses a variable. */

/** A variable or a member of one, as it is written: `pid`, `job->pid`, `jobs.last.pid`; undefined for anything else. */
export function pathOf(expr: Expr | undefined): string | undefined {
  const place = placeOf(expr);
  return place?.includes('[') ? undefined : place;
}

/** The same, and elements by a name or a number: `pids[i]`, `jobs[i].pid`, which is one place for as long as nobody counts on. */
export function placeOf(expr: Expr | undefined): string | undefined {
  switch (expr?.kind) {
    case 'name':
      return expr.name;
    case 'member': {
      const object = placeOf(expr.object);
      return object === undefined ? undefined : `${object}${expr.arrow ? '->' : '.'}${expr.field}`;
    }
    case 'index': {
      const array = placeOf(expr.array);
      const index = array === undefined ? undefined : indexOf(expr.index);
      return index === undefined ? undefined : `${array}[${index}]`;
    }
    default:
      return undefined;
  }
}

/** A number, a variable, or what is reckoned from them. */
function indexOf(expr: Expr): string | undefined {
  const inner = unwrap(expr);
  if (inner.kind === 'number') return inner.text;
  if (inner.kind !== 'binary') return pathOf(inner);
  const [left, right] = [indexOf(inner.left), indexOf(inner.right)];
  return left === undefined || right === undefined ? undefined : `${left}${inner.op}${right}`;
}

export interface Use {
  /** The variable or member. */
  expr: Expr;
  /** What it stands in, innermost first. */
  around: readonly Expr[];
}

const known = new WeakMap<FunctionDefinition, Map<string, Use[]>>();

/** Every use of a name or of a member (`pathOf`) in a function, in the order of the text; declarations are none. */
export function usesOf(definition: FunctionDefinition, path: string): readonly Use[] {
  let uses = known.get(definition);
  if (!uses) {
    uses = new Map();
    collect(definition, uses);
    known.set(definition, uses);
  }
  return uses.get(path) ?? [];
}

/** The uses of a variable that are not of one of its members alone. */
export function usesOfWhole(definition: FunctionDefinition, name: string): readonly Use[] {
  return usesOf(definition, name).filter(
    ({ expr, around: [outer] }) => outer?.kind !== 'member' || outer.object !== expr,
  );
}

function collect(definition: FunctionDefinition, uses: Map<string, Use[]>): void {
  const visit = (expr: Expr, around: readonly Expr[]): void => {
    const path = pathOf(expr);
    if (path !== undefined) {
      const list = uses.get(path);
      if (list) list.push({ expr, around });
      else uses.set(path, [{ expr, around }]);
    }
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

interface Declared {
  declarator: Declarator;
  storage: readonly string[];
  stmt: Stmt;
}

const declared = new WeakMap<FunctionDefinition, Map<string, Declared[]>>();

/** The declarations in a function, by name: asked for at every call. */
function declarationsIn({ body }: FunctionDefinition): Map<string, Declared[]> {
  const found = new Map<string, Declared[]>();
  walkStmt(body, {
    stmt: (stmt) => {
      if (stmt.kind !== 'decl') return;
      const { declarators, storage } = stmt.declaration;
      for (const declarator of declarators) {
        const known = found.get(declarator.name) ?? [];
        known.push({ declarator, storage, stmt });
        found.set(declarator.name, known);
      }
    },
  });
  return found;
}

/** The declaration of a local variable that has one only. */
export function declaratorOf({ definition }: FunctionScope, name: string): Declared | undefined {
  let names = declared.get(definition);
  if (!names) {
    names = declarationsIn(definition);
    declared.set(definition, names);
  }
  const [only, ...others] = names.get(name) ?? [];
  const isParameter = definition.type.params.some((param) => param.name === name);
  return others.length === 0 && !isParameter ? only : undefined;
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
    !hasLabelBefore(scope.definition, at) &&
    !mayBeSetByMacro(scope, name, at)
  );
}

/** A macro without arguments may name what it sets in its body. */
function mayBeSetByMacro({ definition, file }: FunctionScope, name: string, at: number): boolean {
  return callsOf(definition).some(({ name: called, expr }) => {
    if (expr.args.length > 0 || expr.start > at || !/^[A-Z][A-Z0-9_]+$/.test(called)) return false;
    const body = file.symbols.macro(called)?.body;
    return body === undefined || new RegExp(`\\b${name}\\b`).test(body);
  });
}

/** Inside sizeof nothing happens to a variable. */
export function isMeasured({ around }: Use): boolean {
  return around.some(({ kind }) => kind === 'sizeof');
}

/** A jump may come here from below. */
export function hasLabelBefore(definition: FunctionDefinition, at: number): boolean {
  return someStmtIn(definition.body, (stmt) => stmt.kind === 'label' && stmt.start < at);
}

interface Assignment {
  value: Expr;
  op: string;
  at: Span;
}

const assignments = new WeakMap<FunctionDefinition, Map<string, Assignment[]>>();

/** What is stored in a variable or member (`pathOf`) by initialisation and assignment, compound ones too. */
export function assignmentsTo(definition: FunctionDefinition, path: string): readonly Assignment[] {
  let found = assignments.get(definition);
  if (!found) {
    found = assignmentsIn(definition);
    assignments.set(definition, found);
  }
  return found.get(path) ?? [];
}

function assignmentsIn(definition: FunctionDefinition): Map<string, Assignment[]> {
  const found = new Map<string, Assignment[]>();
  const add = (name: string, assignment: Assignment) => {
    const known = found.get(name);
    if (known) known.push(assignment);
    else found.set(name, [assignment]);
  };
  walkStmt(definition.body, {
    stmt: (stmt) => {
      if (stmt.kind !== 'decl') return;
      for (const { name, init, nameSpan } of stmt.declaration.declarators) {
        if (init) add(name, { value: init, op: '=', at: nameSpan });
      }
    },
    expr: (expr) => {
      const path = expr.kind === 'assign' ? pathOf(expr.target) : undefined;
      if (expr.kind === 'assign' && path !== undefined)
        add(path, { value: expr.value, op: expr.op, at: expr });
    },
  });
  return found;
}

/** The calls in a function whose names match, in the order of the text. */
export function callsIn(definition: FunctionDefinition, name: RegExp): readonly ExprOf<'call'>[] {
  let kept = namedCalls.get(definition);
  if (!kept) namedCalls.set(definition, (kept = new Map()));
  let found = kept.get(name.source + name.flags);
  if (!found) {
    found = callsOf(definition)
      .flatMap((call) => (name.test(call.name) ? [call.expr] : []))
      .sort((a, b) => a.start - b.start);
    kept.set(name.source + name.flags, found);
  }
  return found;
}

/** Rules ask for the same names at each call of a function, which may be long. */
const namedCalls = new WeakMap<FunctionDefinition, Map<string, readonly ExprOf<'call'>[]>>();

/** The variable whose address an argument is, be it cast: `a` for `&a`. */
export function addressed(arg: Expr | undefined): string | undefined {
  const inner = arg && withoutCasts(arg);
  return inner?.kind === 'unary' && inner.op === '&' && inner.operand.kind === 'name'
    ? inner.operand.name
    : undefined;
}

/** Somebody may change the variable under another name. */
export function isAddressTaken(definition: FunctionDefinition, name: string): boolean {
  return usesOf(definition, name).some(({ around: [outer] }) => outer?.kind === 'unary' && outer.op === '&');
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
