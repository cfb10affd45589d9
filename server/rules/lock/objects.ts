import { unwrap } from '../../analysis/operators';
import { FileIndex } from '../../analysis/survey';
import { type CType, type Expr, type FunctionDefinition, walkExpr, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { callsIn } from '../shared/uses';
import { type FileCall, isAllRead, nameMade } from '../shared/whole-file';

/** Mutexes, condition variables, semaphores and their like as the text names them, and what a file does with each. */

/** What such an object is called, and how it is made. */
export const kinds: Readonly<Record<string, { name: string; maker: string }>> = {
  pthread_mutex_t: { name: 'mutex', maker: 'pthread_mutex_init' },
  pthread_cond_t: { name: 'condition variable', maker: 'pthread_cond_init' },
  pthread_rwlock_t: { name: 'lock', maker: 'pthread_rwlock_init' },
  pthread_barrier_t: { name: 'barrier', maker: 'pthread_barrier_init' },
  pthread_spinlock_t: { name: 'lock', maker: 'pthread_spin_init' },
  sem_t: { name: 'semaphore', maker: 'sem_init' },
  mtx_t: { name: 'mutex', maker: 'mtx_init' },
  cnd_t: { name: 'condition variable', maker: 'cnd_init' },
};

const using =
  /^(?:pthread_mutex_(?:(?:try|timed|clock)?lock|unlock|destroy)|pthread_cond_(?:(?:timed|clock)?wait|signal|broadcast|destroy)|pthread_rwlock_(?:(?:try|timed|clock)?(?:rd|wr)lock|unlock|destroy)|pthread_barrier_(?:wait|destroy)|pthread_spin_(?:lock|trylock|unlock|destroy)|sem_(?:wait|trywait|timedwait|clockwait|post|getvalue|destroy)|mtx_(?:lock|trylock|timedlock|unlock|destroy)|cnd_(?:wait|timedwait|signal|broadcast|destroy))$/;
const ending = /destroy$/;

/** One place where the file names an object: what it does there. */
interface Mention {
  how: 'use' | 'end' | 'other';
  call?: FileCall;
  /** The structure that it is a member of. */
  owner?: CType;
  /** It is no variable. */
  isMember: boolean;
  /** The variable is one of the function's own. */
  local: boolean;
  within: FunctionDefinition;
}

/** Every name of a variable or member in a function. */
export const mentions = new FileIndex<Mention>((within, file) => {
  const scope = file.scopeOf(within);
  const found: [string, Mention][] = [];
  const calls = new Map<Expr, FileCall>();
  const add = (name: string, expr: Expr, owner: CType | undefined) => {
    const call = calls.get(expr);
    const how = kept.has(expr) ? 'end' : !call ? 'other' : ending.test(call.name) ? 'end' : 'use';
    const local = expr.kind === 'name' && scope.typeOf(name) !== undefined;
    const isMember = expr.kind !== 'name';
    found.push([
      name,
      { how, within, isMember, local, ...(call ? { call } : {}), ...(owner ? { owner } : {}) },
    ]);
  };
  const measured = new Set<Expr>();
  // Where memory for them is got, asked for and given back.
  const kept = new Set<Expr>();
  walkStmt(within.body, {
    stmt: (stmt) => {
      if (stmt.kind === 'if') kept.add(unwrap(stmt.test));
    },
    expr: (expr) => {
      if (measured.has(expr)) return;
      if (expr.kind === 'sizeof' && expr.value) walkExpr(expr.value, (part) => measured.add(part));
      for (const memory of memoryAskedFor(expr)) if (memory) kept.add(unwrap(memory));
      if (expr.kind === 'call') {
        const name = nameMade(calledName(expr) ?? '', scope);
        if (using.test(name)) for (const arg of expr.args) calls.set(objectIn(arg), { name, expr, within });
      } else if (expr.kind === 'member') {
        const object = scope.resolvedTypeOf(expr.object);
        add(expr.field, expr, object?.k === 'pointer' ? scope.evaluator.types.resolve(object.to) : object);
      } else if (expr.kind === 'name') {
        add(expr.name, expr, undefined);
      } else if (expr.kind === 'init') {
        for (const { designators } of expr.items) {
          for (const name of designators) if (typeof name === 'string') add(name, expr, undefined);
        }
      }
    },
  });
  return found;
});

/** The pointers that get the memory of an allocation, that are asked whether they have any, or whose memory is given back. */
function memoryAskedFor(expr: Expr): (Expr | undefined)[] {
  switch (expr.kind) {
    case 'assign':
      return expr.op === '=' && allocates(unwrap(expr.value)) ? [expr.target] : [];
    case 'unary':
      return expr.op === '!' ? [expr.operand] : [];
    case 'binary':
      return /^[!=]=$/.test(expr.op) && expr.right.kind === 'null' ? [expr.left] : [];
    case 'logical':
      return [expr.left, expr.right];
    case 'conditional':
      return [expr.test];
    case 'call':
      return calledName(expr) === 'free' ? [expr.args[0]] : [];
    default:
      return [];
  }
}

/** The name of the function of an allocation, where it is one. */
export function allocates(expr: Expr): string | undefined {
  const name = calledName(expr);
  return name !== undefined && /^\w*(?:[mc]|mem_?|k[mz]?|z)alloc\w*$|^g_(?:new0?|slice_new0?)$/i.test(name)
    ? name
    : undefined;
}

/** `box->lock` for `&box->lock`, and `gates` for `&gates[i]`. */
export function objectIn(arg: Expr): Expr {
  const inner = unwrap(arg);
  if (inner.kind === 'unary' && (inner.op === '&' || inner.op === '*')) return objectIn(inner.operand);
  if (inner.kind === 'index') return objectIn(inner.array);
  return inner;
}

/** The uses of an object of which the file does nothing else. */
export function onlyUses(name: string, owner: CType | undefined, context: RuleContext): readonly Mention[] {
  const all = context
    .ask(mentions, name)
    .filter((one) =>
      owner ? one.isMember && (!one.owner || isSame(one.owner, owner)) : !one.isMember && !one.local,
    );
  const uses = all.filter(({ how }) => how === 'use');
  const named = new RegExp(`\\b${name}\\b`);
  const macros = [...context.scope.file.symbols.macros.values()].some(({ body }) => named.test(body));
  return macros || all.some(({ how }) => how === 'other') || !isAllRead(context) ? [] : uses;
}

export function isSame(one: CType, other: CType): boolean {
  if (one === other) return true;
  if (one.k !== 'struct' || other.k !== 'struct') return one.k === 'unknown' || other.k === 'unknown';
  return one.tag === other.tag && one.members?.length === other.members?.length;
}

/** The kind of such an object, or of each in an array. */
export function kindOf(type: CType): string | undefined {
  const inner = type.k === 'array' ? type.of : type;
  return inner.k === 'named' && inner.name in kinds ? inner.name : undefined;
}

export function callsUsing(context: RuleContext): FileCall[] {
  const { scope } = context;
  return callsIn(scope.definition, /./).flatMap((expr) => {
    const name = nameMade(calledName(expr) ?? '', scope);
    return using.test(name) && !ending.test(name) ? [{ name, expr, within: scope.definition }] : [];
  });
}
