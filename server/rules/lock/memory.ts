import type { FunctionScope } from '../../analysis/context';
import { unwrap } from '../../analysis/operators';
import { FileIndex } from '../../analysis/survey';
import {
  type CType,
  type Expr,
  type ExprOf,
  type FunctionDefinition,
  type Stmt,
  somePart,
  walkStmt,
} from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { callsIn, variableIn } from '../shared/uses';
import { fileCalls, lastName } from '../shared/whole-file';
import { allocates, isSame, kindOf, objectIn } from './objects';

/** Structures with mutexes, semaphores and their like in them, where functions make memory for them. */

/** Memory for a structure that this function makes. */
export interface Memory {
  name: string;
  type: CType;
  at: { start: number; end: number };
  zeros: boolean;
  /** The call that maps it, where other processes may know it as well. */
  mapping?: ExprOf<'call'>;
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
    const mapping = call?.kind === 'call' && maps(call) ? call : undefined;
    const maker = call && allocates(call);
    const type = maker === undefined && !mapping ? undefined : scope.resolvedTypeOf(target);
    const name = variableIn(target);
    if (type?.k !== 'pointer' || name === undefined) return;
    found.push({
      name,
      type: type.to,
      at,
      within,
      zeros: mapping !== undefined || /calloc|zalloc|new0/i.test(maker ?? '') || cleared(name),
      ...(mapping ? { mapping } : {}),
    });
  };
  walkStmt(within.body, {
    expr: (expr) => {
      const { target } = expr.kind === 'assign' && expr.op === '=' ? expr : { target: undefined };
      // `*result = malloc(sizeof **result)`, too
      const isGiven = target?.kind === 'unary' && target.op === '*' && target.operand.kind === 'name';
      if (expr.kind === 'assign' && target && (target.kind === 'name' || isGiven))
        allocated(target, expr.value, expr);
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

function maps(call: ExprOf<'call'>): boolean {
  return /^(?:[mM]map|[sS]hmat)$/.test(calledName(call) ?? '');
}

/**
 * Who maps memory need not be who fills it: this file does where nobody else can map it, or where the structure is known in this file only, and others
 * of its objects are initialised here.
 */
export function isFilledHere({ mapping }: Memory, owner: CType, context: RuleContext): boolean {
  if (!mapping) return true;
  const isAnonymous = mapping.args.some((arg) =>
    somePart(arg, (part) => part.kind === 'name' && /^MAP_ANON(?:YMOUS)?$/.test(part.name)),
  );
  const initialises = fileCalls(context, /_init$/).some(
    ({
      expr: {
        args: [object],
      },
      within,
    }) => {
      const inner = object && objectIn(object);
      const holder =
        inner?.kind === 'member'
          ? context.scope.file.scopeOf(within).resolvedTypeOf(inner.object)
          : undefined;
      const struct = holder?.k === 'pointer' ? context.scope.evaluator.types.resolve(holder.to) : holder;
      return struct !== undefined && isSame(struct, owner);
    },
  );
  return isAnonymous || (initialises && isOfFile(owner, context));
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
        const isMade = allocates(unwrap(expr.value)) !== undefined;
        copied ||= (isWhole || isVariable) && !isMade && variableIn(target) === name;
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
