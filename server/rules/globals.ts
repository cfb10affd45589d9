import { rootName } from '../analysis/aliasing';
import { type Expr, type FunctionDefinition, walkExpr, walkStmt } from '../c/ast';
import { calledName } from '../c/cfg';
import type { RuleContext } from './rule';
import { fileFact } from './whole-file';

/** Variables outside functions: who reads and who writes them. */

export interface Access {
  name: string;
  kind: 'read' | 'write';
  at: Expr;
  within: FunctionDefinition;
}

/** The variables of this file that a function reads or writes under their own names. */
export function accessesIn(definition: FunctionDefinition, context: RuleContext): Access[] {
  const { file } = context.scope;
  const scope = file.scopeOf(definition);
  const found: Access[] = [];
  const written = new Set<Expr>();
  const add = (expr: Expr, kind: Access['kind']) => {
    if (expr.kind !== 'name' || scope.typeOf(expr.name) || !file.symbols.qualities.has(expr.name)) return;
    found.push({ name: expr.name, kind, at: expr, within: definition });
  };
  walkStmt(definition.body, {
    expr: (expr) => {
      if (expr.kind === 'assign') {
        add(expr.target, 'write');
        if (expr.op === '=') written.add(expr.target);
      } else if (expr.kind === 'update') {
        add(expr.operand, 'write');
      } else if (expr.kind === 'name' && !written.has(expr)) {
        add(expr, 'read');
      }
    },
  });
  return found;
}

/** A function and those that it calls, to some depth. */
export function reachedFrom(start: FunctionDefinition, context: RuleContext): FunctionDefinition[] {
  const seen = new Set([start]);
  let level = [start];
  for (let depth = 0; depth < deepest && level.length > 0; depth++) {
    const next: FunctionDefinition[] = [];
    for (const definition of level) {
      walkStmt(definition.body, {
        expr: (expr) => {
          const name = calledName(expr);
          const callee = name === undefined ? undefined : context.functionNamed(name)?.definition;
          if (callee && !seen.has(callee)) {
            seen.add(callee);
            next.push(callee);
          }
        },
      });
    }
    level = next;
  }
  return [...seen];
}

const deepest = 4;

/** Whether any of some functions calls a function of one of these names. */
export function calls(definitions: readonly FunctionDefinition[], names: RegExp): boolean {
  return definitions.some(({ body }) => {
    let found = false;
    walkStmt(body, {
      expr: (expr) => {
        const name = calledName(expr);
        found ||= name !== undefined && names.test(name);
      },
    });
    return found;
  });
}

/** The names in a file that are used other than in a call of them: their addresses go somewhere. */
export const namesUsedAsValues = fileFact((functions): ReadonlySet<string> => {
  const found = new Set<string>();
  for (const { body } of functions) {
    const called = new Set<Expr>();
    walkStmt(body, {
      expr: (expr) => {
        if (expr.kind === 'call') called.add(expr.callee);
        else if (expr.kind === 'name' && !called.has(expr)) found.add(expr.name);
      },
    });
  }
  return found;
});

/** Whether an expression mentions a name. */
export function mentions(expr: Expr, name: string): boolean {
  let found = false;
  walkExpr(expr, (inner) => {
    found ||= inner.kind === 'name' && inner.name === name;
  });
  return found || rootName(expr) === name;
}
