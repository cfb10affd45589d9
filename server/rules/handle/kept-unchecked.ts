import type { CallEvent } from '../../analysis/events';
import { FileIndex } from '../../analysis/survey';
import { type Expr, type ExprOf, type FunctionDefinition, somePart, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { targetOf } from '../shared/dropped';
import { contains } from '../shared/statements';
import { returnsHandle } from '../shared/support';
import { isAllRead } from '../shared/whole-file';

/**
 * Handles kept in a variable of the file, made in one function and used in others: where no function ever tests that variable, nobody
 * asks whether there is one.
 */

/** A call of another function that uses the handle. */
export interface KeptUse {
  name: string;
  call: ExprOf<'call'>;
  within: FunctionDefinition;
}

interface Mention {
  kind: 'tested' | 'used';
  use?: KeptUse;
}

/** What each function does with names that it does not declare: tests them, or hands them to a call as its first argument or last. */
const mentions = new FileIndex(function* (definition): Generator<[string, Mention]> {
  const tests: Expr[] = [];
  walkStmt(definition.body, {
    stmt: (stmt) => {
      if (stmt.kind === 'if' || stmt.kind === 'while' || stmt.kind === 'do') tests.push(stmt.test);
      else if (stmt.kind === 'for' && stmt.test) tests.push(stmt.test);
      else if (stmt.kind === 'switch') tests.push(stmt.value);
    },
    expr: (expr) => {
      if (expr.kind === 'conditional') tests.push(expr.test);
      else if (expr.kind === 'binary' || expr.kind === 'logical') tests.push(expr);
      else if (expr.kind === 'unary' && expr.op === '!') tests.push(expr);
    },
  });
  const seen = new Set<string>();
  for (const test of tests) {
    for (const name of namesBeside(test)) seen.add(name);
  }
  for (const name of seen) yield [name, { kind: 'tested' }];
  const uses: [string, Mention][] = [];
  walkStmt(definition.body, {
    expr: (expr) => {
      const name = calledName(expr);
      if (expr.kind !== 'call' || name === undefined) return;
      for (const arg of expr.args) {
        const use = { name, call: expr, within: definition };
        if (arg.kind === 'name') uses.push([arg.name, { kind: 'used', use }]);
      }
    },
  });
  yield* uses;
});

/** The names in a test, but for those that are only handed to a call in it. */
function namesBeside(test: Expr): string[] {
  const names: string[] = [];
  const given: Expr[] = [];
  somePart(test, (part) => {
    if (part.kind === 'call') given.push(...part.args);
    if (part.kind === 'name' && !given.some((arg) => contains(arg, part))) names.push(part.name);
    return false;
  });
  return names;
}

/** Where a handle that is stored here in a variable of the file is used, when no function of the file tests it. */
export function usedUntested({ site, expr, scope }: CallEvent, context: RuleContext): KeptUse | undefined {
  const { definition, file } = scope;
  const made = site && returnsHandle(site.call) && site.within === definition;
  const target = made ? targetOf(definition, expr) : undefined;
  const name = target?.kind === 'name' ? target.name : undefined;
  if (name === undefined || scope.typeOf(name) || !file.symbols.isStatic(name) || !isAllRead(context)) {
    return undefined;
  }
  const all = context.ask(mentions, name);
  const asked = all.some(({ kind, use }) => kind === 'tested' || (use && judges.test(use.name)));
  const uses = all.flatMap(({ use }) => use ?? []);
  return asked
    ? undefined
    : uses.find(({ name: called, within }) => within !== definition && needs(called, context));
}

/** A project's functions and macros that may ask for it. */
const judges = /[cC]heck|[aA]ssert|[vV]alid|[vV]erify|[dD]ie|[mM]ust|[eE]nsure|[fF]atal|^[A-Z][A-Z_]+$/;

/** Calls of the library that do something with a handle, and fail or crash without one. */
function needs(name: string, { scope }: RuleContext): boolean {
  const call = scope.call(name);
  return (
    call?.effects.some(({ op }) => op === 'read' || op === 'write' || op === 'lock' || op === 'wait') === true
  );
}
