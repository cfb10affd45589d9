import type { Declarator, Expr, InitItem, Span, Stmt } from './ast';

/** What replaces a name. Several expressions stand for the arguments of `...`, and only among the arguments of a call. */
export type Replacements = ReadonlyMap<string, Expr | readonly Expr[]>;

/**
 * Replaces names by expressions, as a macro's expansion does. With `use`, the place where the macro is used, all that comes from its
 * body is said to stand there; what replaces a name keeps its own place.
 */
export function substitute(expr: Expr, replace: Replacements, use?: Span): Expr {
  return new Substitution(replace, use).expr(expr);
}

export function substituteIn(stmt: Stmt, replace: Replacements, use: Span): Stmt {
  return new Substitution(replace, use).stmt(stmt);
}

class Substitution {
  private readonly place: { start?: number; end?: number; use?: Span };

  constructor(
    private readonly replace: Replacements,
    use: Span | undefined,
  ) {
    // Behind the use: no position of its own, and in its order among the other places of the function.
    this.place = use ? { start: use.end, end: use.end, use: { start: use.start, end: use.end } } : {};
  }

  expr(expr: Expr): Expr {
    if (expr.kind === 'name') {
      const found = this.replace.get(expr.name);
      return found === undefined || Array.isArray(found) ? { ...expr, ...this.place } : (found as Expr);
    }
    return { ...this.withParts(expr), ...this.place };
  }

  private args(args: readonly Expr[]): Expr[] {
    return args.flatMap((arg) => {
      const found = arg.kind === 'name' ? this.replace.get(arg.name) : undefined;
      return Array.isArray(found) ? (found as Expr[]) : [this.expr(arg)];
    });
  }

  private withParts(expr: Expr): Expr {
    const again = (inner: Expr) => this.expr(inner);
    switch (expr.kind) {
      case 'call':
        return { ...expr, callee: again(expr.callee), args: this.args(expr.args) };
      case 'member':
        return { ...expr, object: again(expr.object) };
      case 'index':
        return { ...expr, array: again(expr.array), index: again(expr.index) };
      case 'unary':
      case 'update':
        return { ...expr, operand: again(expr.operand) };
      case 'binary':
      case 'logical':
      case 'comma':
        return { ...expr, left: again(expr.left), right: again(expr.right) };
      case 'assign':
        return { ...expr, target: again(expr.target), value: again(expr.value) };
      case 'conditional': {
        const consequent = expr.consequent && again(expr.consequent);
        const replaced = { ...expr, test: again(expr.test), alternative: again(expr.alternative) };
        return consequent ? { ...replaced, consequent } : replaced;
      }
      case 'cast':
        return { ...expr, value: again(expr.value) };
      case 'sizeof':
        return expr.value ? { ...expr, value: again(expr.value) } : expr;
      case 'compound':
        return { ...expr, init: again(expr.init) };
      case 'init':
        return {
          ...expr,
          items: expr.items.map((item): InitItem => ({ ...item, value: again(item.value) })),
        };
      case 'statements':
        return { ...expr, body: this.stmt(expr.body) };
      case 'joined':
      case 'unknown':
        return { ...expr, parts: expr.parts.map(again) };
      default:
        return expr;
    }
  }

  stmt(stmt: Stmt): Stmt {
    return { ...this.stmtWithParts(stmt), ...this.place };
  }

  private stmtWithParts(stmt: Stmt): Stmt {
    const expr = (inner: Expr) => this.expr(inner);
    const again = (inner: Stmt) => this.stmt(inner);
    switch (stmt.kind) {
      case 'block':
        return { ...stmt, body: stmt.body.map(again) };
      case 'expr':
        return { ...stmt, expr: expr(stmt.expr) };
      case 'decl': {
        const declarators = stmt.declaration.declarators.map((one) => this.declarator(one));
        return { ...stmt, declaration: { ...stmt.declaration, declarators } };
      }
      case 'if': {
        const parts = { ...stmt, test: expr(stmt.test), consequent: again(stmt.consequent) };
        return stmt.alternative ? { ...parts, alternative: again(stmt.alternative) } : parts;
      }
      case 'while':
      case 'do':
        return { ...stmt, test: expr(stmt.test), body: again(stmt.body) };
      case 'for':
        return {
          ...stmt,
          ...(stmt.init ? { init: again(stmt.init) } : {}),
          ...(stmt.test ? { test: expr(stmt.test) } : {}),
          ...(stmt.update ? { update: expr(stmt.update) } : {}),
          body: again(stmt.body),
        };
      case 'switch':
        return { ...stmt, value: expr(stmt.value), body: again(stmt.body) };
      case 'case':
      case 'return':
        return stmt.value ? { ...stmt, value: expr(stmt.value) } : stmt;
      case 'label':
        return stmt.body ? { ...stmt, body: again(stmt.body) } : stmt;
      case 'either':
        return { ...stmt, branches: stmt.branches.map((branch) => branch.map(again)) };
      case 'unknown':
        return { ...stmt, parts: stmt.parts.map(expr) };
      default:
        return stmt;
    }
  }

  private declarator({ init, ...rest }: Declarator): Declarator {
    const found = this.replace.get(rest.name);
    const renamed = found !== undefined && !Array.isArray(found) && (found as Expr).kind === 'name';
    const name = renamed ? (found as Extract<Expr, { kind: 'name' }>).name : rest.name;
    return { ...rest, name, ...(init ? { init: this.expr(init) } : {}) };
  }
}
