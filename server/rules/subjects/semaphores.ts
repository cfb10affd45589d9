import { FileIndex } from '../../analysis/survey';
import { type CType, type Expr, type FunctionDefinition, parameterIndex, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { callsTo, lastName, textOf } from '../shared/whole-file';

/** By what names one POSIX semaphore is known in the functions of a file. */

/**
 * The names under which the whole file knows a semaphore that a function uses: of variables and members, or how it is opened.
 * What comes in by a parameter has the names that the callers pass. Undefined where that cannot be told.
 */
export function namesOf(
  expr: Expr,
  within: FunctionDefinition,
  context: RuleContext,
  depth = 0,
): string[] | undefined {
  const inner = bare(expr);
  if (calledName(inner) === 'sem_open' && inner.kind === 'call' && inner.args[0]) {
    return [`sem_open(${textOf(inner.args[0], within, context)})`];
  }
  const name = lastName(inner);
  if (name === undefined || depth > 3) {
    return undefined;
  }
  if (inner.kind !== 'name') {
    return ledTo(inner, name, within, context, depth) ?? [name];
  }
  const index = parameterIndex(within.type.params, name);
  if (index >= 0) {
    const callers = callsTo(context, within.name);
    return together(
      callers
        .map((call) => call.expr.args[index])
        .map((arg, i) => {
          const caller = callers[i]?.within;
          return arg && caller ? namesOf(arg, caller, context, depth + 1) : undefined;
        }),
    );
  }
  const scope = context.scope.file.scopeOf(within);
  if (scope.resolvedTypeOf(inner)?.k !== 'pointer') {
    return [name];
  }
  const sources = sourcesOf(name, within, scope.typeOf(name) === undefined ? context : undefined);
  const named = sources.filter(({ expr: source }) => isNaming(source));
  return named.length === 0
    ? [name]
    : together(named.map((source) => namesOf(source.expr, source.within, context, depth + 1)));
}

/** What is stored in members and in variables, by the names of the members. */
const stores = new FileIndex<Source>((within, file) => {
  const found: [string, Source][] = [];
  const { types } = file.scopeOf(within).evaluator;
  /** `{ &first, &second }`: the members in their order. */
  const fill = (init: Expr, declared: CType) => {
    const type = types.resolve(declared);
    if (init.kind !== 'init' || init.items.some(({ designators }) => designators.length > 0)) return;
    init.items.forEach(({ value }, index) => {
      if (type.k === 'array') fill(value, type.of);
      const name = type.k === 'struct' ? type.members?.[index]?.name : undefined;
      if (name !== undefined) found.push([name, { expr: value, within }]);
    });
  };
  walkStmt(within.body, {
    stmt: (stmt) => {
      for (const { init, type } of stmt.kind === 'decl' ? stmt.declaration.declarators : [])
        if (init) fill(init, type);
    },
    expr: (expr) => {
      if (expr.kind === 'assign' && expr.target.kind === 'member')
        found.push([expr.target.field, { expr: expr.value, within }]);
      if (expr.kind !== 'init') return;
      for (const { designators, value } of expr.items) {
        if (typeof designators[0] === 'string') found.push([designators[0], { expr: value, within }]);
      }
    },
  });
  return found;
});

/** A member that is a pointer leads to what is stored in it: two of two names may lead to one. */
function ledTo(
  inner: Expr,
  name: string,
  within: FunctionDefinition,
  context: RuleContext,
  depth: number,
): string[] | undefined {
  const isPointer =
    inner.kind === 'member' && context.scope.file.scopeOf(within).resolvedTypeOf(inner)?.k === 'pointer';
  const sources = isPointer ? context.ask(stores, name).filter(({ expr }) => isNaming(expr)) : [];
  const names = sources.map((source) => namesOf(source.expr, source.within, context, depth + 1));
  return names.length === 0 ? undefined : [name, ...names.flatMap((known) => known ?? [])];
}

function bare(expr: Expr): Expr {
  if (expr.kind === 'cast') return bare(expr.value);
  return expr.kind === 'unary' && expr.op === '&' ? bare(expr.operand) : expr;
}

/** A semaphore of another name, and not memory from somewhere. */
function isNaming(source: Expr): boolean {
  const inner = bare(source);
  return inner.kind !== 'call' || calledName(inner) === 'sem_open';
}

function together(found: (string[] | undefined)[]): string[] | undefined {
  return found.length > 0 && found.every((names) => names !== undefined)
    ? found.flatMap((names) => names ?? [])
    : undefined;
}

interface Source {
  expr: Expr;
  within: FunctionDefinition;
}

/** Everything that a variable is set to; with `everywhere`, in all functions of the file. */
export function sourcesOf(name: string, within: FunctionDefinition, everywhere?: RuleContext): Source[] {
  const functions = everywhere ? everywhere.scope.file.symbols.definitions : [within];
  const sources: Source[] = [];
  for (const definition of functions) {
    walkStmt(definition.body, {
      stmt: (stmt) => {
        if (stmt.kind !== 'decl' || definition !== within) return;
        for (const { name: declared, init } of stmt.declaration.declarators) {
          if (declared === name && init) sources.push({ expr: init, within: definition });
        }
      },
      expr: (expr) => {
        if (
          expr.kind === 'assign' &&
          expr.op === '=' &&
          expr.target.kind === 'name' &&
          expr.target.name === name
        ) {
          sources.push({ expr: expr.value, within: definition });
        }
      },
    });
  }
  return sources;
}
