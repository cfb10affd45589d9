/** Reads C in tests, and writes what was understood as text that shows every decision. */
import type { CType, Expr, FunctionDefinition, Item, PlacedItem, Stmt } from '../../server/c/ast';
import { type CParser, loadParser } from '../../server/c/parser';
import { SourceFile } from '../../server/c/source-file';

let parser: CParser;

/** To be called in `before`. */
export async function useParser(): Promise<CParser> {
  parser = await loadParser();
  return parser;
}

export function itemsOf(text: string): PlacedItem[] {
  const file = new SourceFile(parser, text);
  try {
    return [...file.items];
  } finally {
    file.dispose();
  }
}

export function itemOf<K extends Item['kind']>(text: string, kind: K): Extract<Item, { kind: K }> {
  const found = itemsOf(text).find(({ item }) => item.kind === kind)?.item;
  if (!found) throw new Error(`no ${kind} in ${text}`);
  return found as Extract<Item, { kind: K }>;
}

export function functionOf(text: string): FunctionDefinition {
  return itemOf(text, 'function');
}

/** The statements of `void f(void) { ... }`, one line each. */
export function statements(text: string): string[] {
  const { body } = functionOf(`void f(void) {\n${text}\n}`);
  return body.kind === 'block' ? body.body.map(showStmt) : [];
}

/** A type that a declaration gives to its only name. */
export function typeOf(declaration: string): string {
  const type = itemOf(declaration, 'declaration').declaration.declarators[0]?.type;
  return type ? showType(type) : '(none)';
}

export function expression(text: string): Expr {
  const init = itemOf(`long x = ${text};`, 'declaration').declaration.declarators[0]?.init;
  if (!init) throw new Error(`no expression: ${text}`);
  return init;
}

export function showType(type: CType): string {
  switch (type.k) {
    case 'int':
      return `${type.signed ? 'i' : 'u'}${type.size * 8}`;
    case 'float':
      return `f${type.size * 8}`;
    case 'pointer':
      return `pointer to ${showType(type.to)}`;
    case 'array':
      return `array[${type.length ? show(type.length) : ''}] of ${showType(type.of)}`;
    case 'struct': {
      const members = type.members?.map(({ name, type: of }) => `${name ?? '_'}: ${showType(of)}`);
      return `${type.union ? 'union' : 'struct'} ${type.tag ?? ''}${members ? `{${members.join(', ')}}` : ''}`;
    }
    case 'enum':
      return `enum ${type.tag ?? ''}${type.members ? `{${type.members.map(({ name }) => name).join(', ')}}` : ''}`;
    case 'function': {
      const params = type.params.map(({ name, type: of }) => `${name ?? '_'}: ${showType(of)}`);
      return `function(${[...params, ...(type.variadic ? ['...'] : [])].join(', ')}) giving ${showType(type.returns)}`;
    }
    case 'named':
      return type.name;
    default:
      return type.k;
  }
}

/** An expression with all its parentheses. */
export function show(expr: Expr): string {
  switch (expr.kind) {
    case 'name':
      return expr.name;
    case 'number':
      return expr.text;
    case 'string':
      return JSON.stringify(expr.value);
    case 'char':
      return `'${expr.value}'`;
    case 'null':
      return 'NULL';
    case 'call':
      return `${show(expr.callee)}(${expr.args.map(show).join(', ')})`;
    case 'member':
      return `${show(expr.object)}${expr.arrow ? '->' : '.'}${expr.field}`;
    case 'index':
      return `${show(expr.array)}[${show(expr.index)}]`;
    case 'unary':
      return `(${expr.op}${show(expr.operand)})`;
    case 'update':
      return expr.prefix ? `(${expr.op}${show(expr.operand)})` : `(${show(expr.operand)}${expr.op})`;
    case 'binary':
    case 'logical':
      return `(${show(expr.left)} ${expr.op} ${show(expr.right)})`;
    case 'comma':
      return `(${show(expr.left)}, ${show(expr.right)})`;
    case 'assign':
      return `(${show(expr.target)} ${expr.op} ${show(expr.value)})`;
    case 'conditional':
      return `(${show(expr.test)} ? ${expr.consequent ? show(expr.consequent) : ''} : ${show(expr.alternative)})`;
    case 'cast':
      return `(${showType(expr.type)})${show(expr.value)}`;
    case 'sizeof':
      return `sizeof(${expr.type ? showType(expr.type) : expr.value ? show(expr.value) : ''})`;
    case 'compound':
      return `(${showType(expr.type)})${show(expr.init)}`;
    case 'init':
      return `{${expr.items.map((item) => [...item.designators.map((d) => (typeof d === 'string' ? `.${d}` : `[${show(d)}]`)), show(item.value)].join(' ')).join(', ')}}`;
    case 'statements':
      return `({${showStmt(expr.body)}})`;
    case 'joined':
      return `(${expr.parts.map(show).join(' ')})`;
    case 'unknown':
      return `?(${expr.parts.map(show).join(', ')})`;
  }
}

export function showStmt(stmt: Stmt): string {
  const body = (inner: Stmt) => showStmt(inner);
  switch (stmt.kind) {
    case 'block':
      return `{ ${stmt.body.map(showStmt).join(' ')} }`;
    case 'expr':
      return `${show(stmt.expr)};`;
    case 'decl':
      return `declare ${stmt.declaration.declarators.map(({ name, type, init }) => `${name}: ${showType(type)}${init ? ` = ${show(init)}` : ''}`).join(', ')};`;
    case 'if':
      return `if ${show(stmt.test)} ${body(stmt.consequent)}${stmt.alternative ? ` else ${body(stmt.alternative)}` : ''}`;
    case 'while':
    case 'switch':
      return `${stmt.kind} ${show(stmt.kind === 'while' ? stmt.test : stmt.value)} ${body(stmt.body)}`;
    case 'do':
      return `do ${body(stmt.body)} while ${show(stmt.test)};`;
    case 'for':
      return `for [${stmt.init ? body(stmt.init) : ''} ${stmt.test ? show(stmt.test) : ''}; ${stmt.update ? show(stmt.update) : ''}] ${body(stmt.body)}`;
    case 'case':
      return stmt.value ? `case ${show(stmt.value)}:` : 'default:';
    case 'label':
      return `${stmt.name}: ${stmt.body ? body(stmt.body) : ''}`;
    case 'goto':
      return `goto ${stmt.name ?? '*'};`;
    case 'return':
      return stmt.value ? `return ${show(stmt.value)};` : 'return;';
    case 'either':
      return `either ${stmt.branches.map((branch) => `{ ${branch.map(showStmt).join(' ')} }`).join(' or ')}`;
    case 'unknown':
      return `?(${stmt.parts.map(show).join(', ')})`;
    default:
      return `${stmt.kind};`;
  }
}
