import { type CType, type Expr, type Stmt, walkStmt } from '../c/ast';
import { calledName } from '../c/cfg';
import { unwrap } from './operators';

/** Local variables that may be reached by another way than by their names. */
export interface Reachable {
  /** Their address goes where it may be kept: a call that is not looked into may change them. */
  exposed: Set<string>;
  /** Their address is kept in this function, and not only handed to calls: a store through a pointer may change them. */
  aliased: Set<string>;
  /** They get another value somewhere behind their declaration. */
  assigned: Set<string>;
}

type TypeOf = (expr: Expr) => CType | undefined;

/** The variable that an expression is a part of. */
export function rootName(expr: Expr): string | undefined {
  switch (expr.kind) {
    case 'name':
      return expr.name;
    case 'member':
      return rootName(expr.object);
    case 'index':
      return rootName(expr.array);
    case 'unary':
      return expr.op === '*' ? rootName(expr.operand) : undefined;
    case 'cast':
      return rootName(expr.value);
    default:
      return undefined;
  }
}

/**
 * Finds the variables of a function whose address is taken, by `&` or because an array stands for it. `keeps` tells
 * whether the function of a name may keep that argument for longer than its call.
 */
export function reachableIn(
  body: Stmt,
  typeOf: TypeOf,
  keeps: (name: string | undefined, index: number) => boolean,
): Reachable {
  const exposed = new Set<string>();
  const aliased = new Set<string>();
  const assigned = new Set<string>();
  const handedOver = new Set<Expr>();
  const lent = new Set<Expr>();
  const kept = (value: Expr) => {
    const source = unwrap(value);
    if (source.kind === 'name' && typeOf(source)?.k === 'array') aliased.add(source.name);
  };
  walkStmt(body, {
    stmt: (stmt) => {
      if (stmt.kind === 'decl') {
        for (const { init } of stmt.declaration.declarators) if (init) kept(init);
      }
    },
    expr: (expr) => {
      if (expr.kind === 'call') {
        const name = calledName(expr);
        for (const [index, arg] of expr.args.entries()) {
          const given = unwrap(arg);
          if (given.kind === 'unary' && given.op === '&') (keeps(name, index) ? handedOver : lent).add(given);
        }
      } else if (expr.kind === 'assign') {
        if (expr.target.kind === 'name') assigned.add(expr.target.name);
        kept(expr.value);
      } else if (expr.kind === 'update') {
        if (expr.operand.kind === 'name') assigned.add(expr.operand.name);
      } else if (expr.kind === 'unary' && expr.op === '&') {
        const root = rootName(expr.operand);
        if (root === undefined || lent.has(expr)) return;
        // What a pointer leads to lies elsewhere: the variable itself is not reached by that address.
        if (!isBehindArrow(expr.operand)) exposed.add(root);
        if (!handedOver.has(expr)) aliased.add(root);
      }
    },
  });
  return { exposed, aliased, assigned };
}

/** `list->head`, and its parts. */
function isBehindArrow(expr: Expr): boolean {
  switch (expr.kind) {
    case 'member':
      return expr.arrow || isBehindArrow(expr.object);
    case 'index':
      return isBehindArrow(expr.array);
    case 'cast':
      return isBehindArrow(expr.value);
    default:
      return false;
  }
}

/** Whether storing into an expression follows a pointer, so that it may hit a place with another name. */
export function followsPointer(target: Expr, typeOf: TypeOf): boolean {
  switch (target.kind) {
    case 'member':
      return target.arrow || followsPointer(target.object, typeOf);
    case 'index':
      return typeOf(target.array)?.k !== 'array' || followsPointer(target.array, typeOf);
    case 'unary':
      return typeOf(target.operand)?.k !== 'array' || followsPointer(target.operand, typeOf);
    default:
      return false;
  }
}
