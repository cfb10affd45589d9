import { rootName } from '../../analysis/aliasing';
import type { FunctionScope } from '../../analysis/context';
import { FileIndex } from '../../analysis/survey';
import { type Expr, type FunctionDefinition, someExprIn, somePart, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';

/** Variables outside functions: who reads and who writes them. */

export interface Access {
  name: string;
  kind: 'read' | 'write';
  at: Expr;
  within: FunctionDefinition;
}

/** The variables of this file that a function reads or writes under their own names. */
export function accessesIn(definition: FunctionDefinition, context: RuleContext): Access[] {
  return accessesBy(context.scope.file.scopeOf(definition));
}

function accessesBy(scope: FunctionScope): Access[] {
  const { definition, file } = scope;
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
  return definitions.some(({ body }) => someExprIn(body, (expr) => names.test(calledName(expr) ?? '')));
}

/** Names that are used other than in a call of them. */
const usedAsValues = new FileIndex(function* ({ body }): Generator<[string, true]> {
  const found = new Set<string>();
  const called = new Set<Expr>();
  walkStmt(body, {
    expr: (expr) => {
      if (expr.kind === 'call') called.add(expr.callee);
      else if (expr.kind === 'name' && !called.has(expr)) found.add(expr.name);
    },
  });
  for (const name of found) yield [name, true];
});

/** Whether a name is used in the file other than in a call of it: its address goes somewhere. */
export function isUsedAsValue(name: string, context: RuleContext): boolean {
  return usersOf(name, context) > 0;
}

/** How many functions of the file use a name other than in a call of it. */
export function usersOf(name: string, context: RuleContext): number {
  return context.ask(usedAsValues, name).length;
}

/** All that the functions of the file do with their variables, by name. */
const accesses = new FileIndex<Access>((definition, file) =>
  accessesBy(file.scopeOf(definition)).map((access) => [access.name, access]),
);

/** Every use of a variable of the file, in whatever function. */
export function accessesTo(name: string, context: RuleContext): readonly Access[] {
  return context.ask(accesses, name);
}

/** Whether an expression mentions a name. */
export function mentions(expr: Expr, name: string): boolean {
  return somePart(expr, (inner) => inner.kind === 'name' && inner.name === name) || rootName(expr) === name;
}
