/**
 * The syntax tree that the analysis works on: plain objects made once per top-level item from the parser's tree.
 *
 * Positions are UTF-16 offsets from the start of the item (a function or declaration), so that an edit elsewhere in
 * the file leaves them true and the item can be kept. Parentheses are gone; what could not be read is `unknown`.
 */

import type { Build } from './builds';

export interface Span {
  start: number;
  end: number;
}

/* --------------------------------------------------------------------- types */

export type CType =
  | { k: 'void' }
  | { k: 'int'; size: 1 | 2 | 4 | 8 | 16; signed: boolean; char?: boolean }
  | { k: 'float'; size: 4 | 8 | 16 }
  | { k: 'pointer'; to: CType }
  | { k: 'array'; of: CType; length?: Expr }
  | {
      k: 'struct';
      union: boolean;
      tag?: string;
      members?: Member[];
      /** Attributes, bit-fields or conditional compilation decide where the members lie. */
      layout?: 'unknown';
    }
  | { k: 'enum'; tag?: string; members?: Enumerator[] }
  | { k: 'function'; returns: CType; params: Parameter[]; variadic: boolean }
  | { k: 'named'; name: string }
  | { k: 'unknown' };

export interface Member {
  name?: string;
  type: CType;
}

export interface Enumerator {
  name: string;
  value?: Expr;
}

export interface Parameter {
  name?: string;
  type: CType;
  nameSpan?: Span;
}

/* --------------------------------------------------------------- expressions */

export type Expr = Span & {
  /** The use of a macro that this comes from: the place itself then means nothing. */
  use?: Span;
} & (
    | { kind: 'name'; name: string }
    | { kind: 'number'; text: string }
    | { kind: 'string'; value: string }
    | { kind: 'char'; value: number }
    | { kind: 'null' }
    | { kind: 'call'; callee: Expr; args: Expr[] }
    | { kind: 'member'; object: Expr; field: string; arrow: boolean }
    | { kind: 'index'; array: Expr; index: Expr }
    | { kind: 'unary'; op: UnaryOp; operand: Expr }
    | { kind: 'update'; op: '++' | '--'; prefix: boolean; operand: Expr }
    | { kind: 'binary'; op: BinaryOp; left: Expr; right: Expr }
    | { kind: 'logical'; op: '&&' | '||'; left: Expr; right: Expr }
    | { kind: 'comma'; left: Expr; right: Expr }
    | { kind: 'assign'; op: AssignOp; target: Expr; value: Expr }
    | { kind: 'conditional'; test: Expr; consequent?: Expr; alternative: Expr }
    | { kind: 'cast'; type: CType; value: Expr }
    | { kind: 'sizeof'; type?: CType; value?: Expr }
    | { kind: 'compound'; type: CType; init: Expr }
    | { kind: 'init'; items: InitItem[] }
    | { kind: 'statements'; body: Stmt }
    /** Literals joined with macros that stand for literals: `"%" PRIu64`, `FOLDER "/lock"`. */
    | { kind: 'joined'; parts: Expr[] }
    | { kind: 'unknown'; parts: Expr[] }
  );

export type ExprOf<K extends Expr['kind']> = Extract<Expr, { kind: K }>;

export type UnaryOp = '!' | '~' | '-' | '+' | '*' | '&';
export type BinaryOp =
  | '=='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | '&'
  | '|'
  | '^'
  | '<<'
  | '>>';
export type AssignOp = '=' | '+=' | '-=' | '*=' | '/=' | '%=' | '&=' | '|=' | '^=' | '<<=' | '>>=';

export interface InitItem {
  /** `.field` or `[index]`, outermost first; empty for a positional value. */
  designators: (string | Expr)[];
  value: Expr;
}

/* ---------------------------------------------------------------- statements */

export type Stmt = Span &
  (
    | { kind: 'block'; body: Stmt[] }
    | { kind: 'expr'; expr: Expr }
    | { kind: 'decl'; declaration: Declaration }
    | { kind: 'if'; test: Expr; consequent: Stmt; alternative?: Stmt }
    | { kind: 'while'; test: Expr; body: Stmt }
    | { kind: 'do'; test: Expr; body: Stmt }
    | { kind: 'for'; init?: Stmt; test?: Expr; update?: Expr; body: Stmt }
    | { kind: 'switch'; value: Expr; body: Stmt }
    | { kind: 'case'; value?: Expr; upTo?: Expr }
    | { kind: 'label'; name: string; body?: Stmt }
    | { kind: 'goto'; name?: string }
    | { kind: 'break' }
    | { kind: 'continue' }
    | { kind: 'return'; value?: Expr }
    | { kind: 'empty' }
    /** Alternatives of a conditional compilation whose condition cannot be told. */
    | { kind: 'either'; branches: Stmt[][]; builds: readonly Build[] }
    /** Could not be read; whatever it touches is no longer known. */
    | { kind: 'unknown'; parts: Expr[] }
  );

export interface Declaration {
  /** `typedef`, `extern`, `static`, ... */
  storage: string[];
  /** The type without any declarator: what a bare `struct s { ... };` declares. */
  base: CType;
  declarators: Declarator[];
}

export interface Declarator {
  name: string;
  nameSpan: Span;
  type: CType;
  init?: Expr;
}

/* ---------------------------------------------------------------- file items */

export interface FunctionDefinition {
  kind: 'function';
  name: string;
  nameSpan: Span;
  type: Extract<CType, { k: 'function' }>;
  storage: string[];
  attributes: string[];
  body: Stmt;
  /** The parser could not read some part of it. */
  broken: boolean;
  /** It stands under a condition of which it is not known whether it holds: what stands in for something that a system lacks. */
  conditional?: true;
  /** The builds that have it. */
  build?: Build;
}

export interface DeclarationItem {
  kind: 'declaration';
  declaration: Declaration;
  attributes: string[];
}

export interface MacroItem {
  kind: 'macro';
  name: string;
  /** Absent for an object-like macro. `...` is a last parameter of that name. */
  params?: string[];
  body: string;
  undef?: boolean;
}

export interface IncludeItem {
  kind: 'include';
  path: string;
  /** `"file"` rather than `<file>`. */
  local: boolean;
  /** Only some builds have it. */
  conditional?: true;
}

export type Item = FunctionDefinition | DeclarationItem | MacroItem | IncludeItem;

/** An item and where it stands: add `start` to every position inside to get the offset in the file. */
export interface PlacedItem {
  item: Item;
  start: number;
  end: number;
}

/* ----------------------------------------------------------------- traversal */

/** Where the parameter of a name stands; -1 where there is none. */
export function parameterIndex(
  params: readonly { name?: string }[] | undefined,
  name: string | undefined,
): number {
  return name === undefined || !params ? -1 : params.findIndex((param) => param.name === name);
}

/** The direct subexpressions of an expression, in source order. */
export function children(expr: Expr): Expr[] {
  switch (expr.kind) {
    case 'call':
      return [expr.callee, ...expr.args];
    case 'member':
      return [expr.object];
    case 'index':
      return [expr.array, expr.index];
    case 'unary':
    case 'update':
      return [expr.operand];
    case 'binary':
    case 'logical':
    case 'comma':
      return [expr.left, expr.right];
    case 'assign':
      return [expr.target, expr.value];
    case 'conditional':
      return expr.consequent ? [expr.test, expr.consequent, expr.alternative] : [expr.test, expr.alternative];
    case 'cast':
      return [expr.value];
    case 'sizeof':
      return expr.value ? [expr.value] : [];
    case 'compound':
      return [expr.init];
    case 'init':
      return expr.items.map((item) => item.value);
    case 'joined':
    case 'unknown':
      return expr.parts;
    default:
      return [];
  }
}

/** Calls `visit` on every expression below and including `expr`, parents first. */
export function walkExpr(expr: Expr, visit: (expr: Expr) => void): void {
  visit(expr);
  for (const child of children(expr)) {
    walkExpr(child, visit);
  }
  if (expr.kind === 'statements') {
    walkStmt(expr.body, { expr: visit });
  }
}

export interface Visitor {
  /** Every expression, parents first. */
  expr?(expr: Expr): void;
  /** Every statement, parents first. */
  stmt?(stmt: Stmt): void;
}

/** Visits every statement below and including `stmt`, and every expression in them. */
export function walkStmt(stmt: Stmt, visitor: Visitor): void {
  const parts = partsOf(stmt);
  if (!parts) {
    walkAfresh(stmt, visitor);
  } else if (!visitor.expr) {
    for (const inner of parts.statements) visitor.stmt?.(inner);
  } else if (!visitor.stmt) {
    for (const inner of parts.expressions) visitor.expr(inner);
  } else {
    let next = 0;
    parts.statements.forEach((inner, index) => {
      visitor.stmt?.(inner);
      for (const end = parts.ends[index]!; next < end; next++) visitor.expr?.(parts.expressions[next]!);
    });
  }
}

function walkAfresh(stmt: Stmt, visitor: Visitor): void {
  visitor.stmt?.(stmt);
  if (visitor.expr) {
    for (const expr of expressionsOf(stmt)) {
      walkExpr(expr, visitor.expr);
    }
  }
  for (const inner of statementsOf(stmt)) {
    walkAfresh(inner, visitor);
  }
}

/** Whether any expression below and including `expr` passes a test. */
export function somePart(expr: Expr, test: (part: Expr) => boolean): boolean {
  return (
    test(expr) ||
    children(expr).some((child) => somePart(child, test)) ||
    (expr.kind === 'statements' && someExprIn(expr.body, test))
  );
}

/** Whether any expression in a statement passes a test. */
export function someExprIn(stmt: Stmt, test: (expr: Expr) => boolean): boolean {
  const parts = partsOf(stmt);
  return parts
    ? parts.expressions.some((expr) => test(expr))
    : someAfresh(stmt, (inner) => expressionsOf(inner).some((expr) => somePart(expr, test)));
}

/** Whether any statement below and including `stmt` passes a test. */
export function someStmtIn(stmt: Stmt, test: (inner: Stmt) => boolean): boolean {
  const parts = partsOf(stmt);
  return parts ? parts.statements.some((inner) => test(inner)) : someAfresh(stmt, test);
}

function someAfresh(stmt: Stmt, test: (inner: Stmt) => boolean): boolean {
  return test(stmt) || statementsOf(stmt).some((inner) => someAfresh(inner, test));
}

/** What lies in a statement, in the order of a walk. */
interface Parts {
  statements: Stmt[];
  expressions: Expr[];
  /** For each statement, where the expressions end that stand in it directly. */
  ends: number[];
}

const walked = new WeakSet<Stmt>();
const flattened = new WeakMap<Stmt, Parts>();

/** Taken down when a statement is walked for the second time: bodies of functions are walked again and again. */
function partsOf(stmt: Stmt): Parts | undefined {
  let parts = flattened.get(stmt);
  if (!parts && walked.has(stmt)) {
    const made: Parts = { statements: [], expressions: [], ends: [] };
    walkAfresh(stmt, {
      stmt: (inner) => {
        if (made.statements.length > 0) made.ends.push(made.expressions.length);
        made.statements.push(inner);
      },
      expr: (expr) => made.expressions.push(expr),
    });
    made.ends.push(made.expressions.length);
    flattened.set(stmt, made);
    parts = made;
  }
  if (!parts) walked.add(stmt);
  return parts;
}

/** The expressions that stand directly in a statement. */
export function expressionsOf(stmt: Stmt): Expr[] {
  switch (stmt.kind) {
    case 'expr':
      return [stmt.expr];
    case 'decl':
      return stmt.declaration.declarators.flatMap((d) => (d.init ? [d.init] : []));
    case 'if':
    case 'while':
    case 'do':
      return [stmt.test];
    case 'for':
      return [stmt.test, stmt.update].filter((e) => e !== undefined);
    case 'switch':
      return [stmt.value];
    case 'case':
    case 'return':
      return stmt.value ? [stmt.value] : [];
    case 'unknown':
      return stmt.parts;
    default:
      return [];
  }
}

/** The statements that stand directly in a statement. */
export function statementsOf(stmt: Stmt): Stmt[] {
  switch (stmt.kind) {
    case 'block':
      return stmt.body;
    case 'if':
      return stmt.alternative ? [stmt.consequent, stmt.alternative] : [stmt.consequent];
    case 'while':
    case 'do':
    case 'switch':
      return [stmt.body];
    case 'for':
      return stmt.init ? [stmt.init, stmt.body] : [stmt.body];
    case 'label':
      return stmt.body ? [stmt.body] : [];
    case 'either':
      return stmt.branches.flat();
    default:
      return [];
  }
}
