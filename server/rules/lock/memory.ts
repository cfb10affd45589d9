import type { FunctionScope } from '../../analysis/context';
import { unwrap } from '../../analysis/operators';
import { FileIndex } from '../../analysis/survey';
import { type CType, type Expr, type FunctionDefinition, type Stmt, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { callsIn, variableIn } from '../shared/uses';
import { fileCalls, lastName } from '../shared/whole-file';
import { allocates, kindOf } from './objects';

/** Structures with mutexes, semaphores and their like in them, where functions make memory for them. */

/** Memory for a structure that this function makes. */
export interface Memory {
  name: string;
  type: CType;
  at: { start: number; end: number };
  zeros: boolean;
  within: FunctionDefinition;
}

/** Structures that the functions of the file make. */
export const made = new FileIndex((within, file) =>
  memoryIn(file.scopeOf(within)).map((memory) => ['memory', memory] as const),
);

export function memoryIn(scope: FunctionScope): Memory[] {
  const within = scope.definition;
  const found: Memory[] = [];
  const cleared = (name: string) =>
    callsIn(within, /^(?:memset|bzero|explicit_bzero)$/).some(
      ({ args: [first] }) => first && variableIn(first) === name,
    );
  const allocated = (target: Expr, value: Expr | undefined, at: { start: number; end: number }) => {
    const call = value && unwrap(value);
    const maker = call && allocates(call);
    const type = maker === undefined ? undefined : scope.resolvedTypeOf(target);
    const name = variableIn(target);
    if (type?.k !== 'pointer' || name === undefined || maker === undefined) return;
    found.push({
      name,
      type: type.to,
      at,
      within,
      zeros: /calloc|zalloc|new0/i.test(maker) || cleared(name),
    });
  };
  walkStmt(within.body, {
    expr: (expr) => {
      if (expr.kind === 'assign' && expr.op === '=' && expr.target.kind === 'name')
        allocated(expr.target, expr.value, expr);
    },
    stmt: (stmt) => {
      if (stmt.kind === 'decl') variables(stmt, within, cleared, found, allocated);
    },
  });
  return found;
}

function variables(
  { declaration: { storage, declarators } }: Extract<Stmt, { kind: 'decl' }>,
  within: FunctionDefinition,
  cleared: (name: string) => boolean,
  found: Memory[],
  allocated: (target: Expr, value: Expr | undefined, at: { start: number; end: number }) => void,
): void {
  if (storage.some((word) => word === 'static' || word === 'extern' || word === 'typedef')) return;
  for (const { name, nameSpan, type, init } of declarators) {
    if (init && init.kind !== 'init') {
      const call = unwrap(init);
      if (call.kind === 'call') allocated({ kind: 'name', name, ...nameSpan }, init, nameSpan);
      continue;
    }
    // What is given in the order of the members is not looked into.
    const isZeros = init?.items.every(
      ({ designators, value }) => designators.length > 0 || (value.kind === 'number' && value.text === '0'),
    );
    if (init && !isZeros) continue;
    const one = type.k === 'array' ? type.of : type;
    if (one.k === 'pointer') continue;
    found.push({ name, type: one, at: nameSpan, within, zeros: init !== undefined || cleared(name) });
  }
}

export function holdsLocks(type: CType): type is Extract<CType, { k: 'struct' }> {
  return (
    type.k === 'struct' &&
    !type.union &&
    (type.members ?? []).some((member) => member.name !== undefined && kindOf(member.type) !== undefined)
  );
}

/** A whole structure is stored there, or somebody else fills it. */
export function isCopiedInto({ name, within }: Memory, context: RuleContext): boolean {
  const scope = context.scope.file.scopeOf(within);
  let copied = false;
  walkStmt(within.body, {
    expr: (expr) => {
      if (expr.kind === 'assign' && expr.op === '=') {
        const target = unwrap(expr.target);
        const isWhole = target.kind === 'unary' || target.kind === 'index';
        const isVariable = target.kind === 'name' && scope.resolvedTypeOf(target)?.k === 'struct';
        copied ||= (isWhole || isVariable) && variableIn(target) === name;
      } else if (expr.kind === 'call') {
        const callee = calledName(expr) ?? '';
        copied ||=
          /^(?:mem(?:p?cpy|move)|bcopy|f?read|recv)$/.test(callee) &&
          expr.args[0] !== undefined &&
          variableIn(expr.args[0]) === name;
      }
    },
  });
  return copied;
}

/** The structure is declared in this file, and not in a header. */
export function isOfFile(owner: CType, context: RuleContext): boolean {
  const { symbols } = context.scope.file;
  return (
    owner.k === 'struct' &&
    ([...symbols.tags.values()].includes(owner) || [...symbols.typedefs.values()].includes(owner))
  );
}

/** The structure is one of this file, or what stands beside the object is filled here and nobody else is given it. */
export function isKnownHere(memory: Memory, owner: CType, context: RuleContext): boolean {
  const { symbols } = context.scope.file;
  if (isOfFile(owner, context)) return true;
  const filled = new Set<string>();
  let given = false;
  walkStmt(memory.within.body, {
    expr: (expr) => {
      if (expr.kind === 'assign' && expr.target.kind === 'member' && variableIn(expr.target) === memory.name)
        filled.add(expr.target.field);
      if (expr.kind !== 'call') return;
      const name = calledName(expr);
      const callee = name === undefined ? undefined : symbols.functions.get(name)?.definition;
      const isWhole = (arg: Expr) =>
        lastName(arg) === memory.name && (arg.kind === 'name' || (arg.kind === 'unary' && arg.op === '&'));
      given ||=
        !callee && !/^(?:free|memset|bzero|pthread_create)$/.test(name ?? '') && expr.args.some(isWhole);
    },
  });
  const beside = fileCalls(context, /_init$/).some(
    ({ expr, within }) =>
      within === memory.within && expr.args.some((arg) => variableIn(arg) === memory.name),
  );
  return !given && (filled.size >= 2 || beside);
}
