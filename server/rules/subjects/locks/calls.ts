import type { FunctionScope } from '../../../analysis/context';
import { withoutCasts } from '../../../analysis/operators';
import type { Expr, ExprOf, MacroItem } from '../../../c/ast';
import type { RuleContext } from '../../rule';
import { lastName, textOf } from '../../shared/whole-file';
import { fileOperation } from '../file-locks';
import { isMutexAddress } from '../mutexes';
import { operationOf } from '../sembufs';
import { anyNumber, type Decision, type LockAct, type LockKind } from './act';

/** What one call does to a lock by itself: those of the library, and those that a program names after what they do. */

const table: Record<string, [LockAct['op'], LockKind]> = {
  pthread_mutex_lock: ['lock', 'mutex'],
  pthread_mutex_trylock: ['try', 'mutex'],
  pthread_mutex_timedlock: ['try', 'mutex'],
  pthread_mutex_clocklock: ['try', 'mutex'],
  pthread_mutex_unlock: ['unlock', 'mutex'],
  mtx_lock: ['lock', 'mutex'],
  mtx_trylock: ['try', 'mutex'],
  mtx_timedlock: ['try', 'mutex'],
  mtx_unlock: ['unlock', 'mutex'],
  pthread_rwlock_rdlock: ['lock', 'rwlock'],
  pthread_rwlock_wrlock: ['lock', 'rwlock'],
  pthread_rwlock_tryrdlock: ['try', 'rwlock'],
  pthread_rwlock_trywrlock: ['try', 'rwlock'],
  pthread_rwlock_timedrdlock: ['try', 'rwlock'],
  pthread_rwlock_timedwrlock: ['try', 'rwlock'],
  pthread_rwlock_unlock: ['unlock', 'rwlock'],
  pthread_spin_lock: ['lock', 'spinlock'],
  pthread_spin_trylock: ['try', 'spinlock'],
  pthread_spin_unlock: ['unlock', 'spinlock'],
  sem_wait: ['lock', 'semaphore'],
  sem_trywait: ['try', 'semaphore'],
  sem_timedwait: ['try', 'semaphore'],
  sem_clockwait: ['try', 'semaphore'],
  sem_post: ['unlock', 'semaphore'],
};

/** `lock` may be written for pthread_mutex_lock, and `LOCK(m)` for statements of which one is `pthread_mutex_lock(m)`. */
export function meantBy(macro: MacroItem | undefined): string | undefined {
  const body = macro?.body.trim().replace(/^\(\s*void\s*\)\s*/, '') ?? '';
  if (!macro?.params) {
    return Object.hasOwn(table, body) ? body : undefined;
  }
  const acts = [...body.matchAll(/\b(\w+)\s*\(\s*(\w+)\s*[),]/g)].filter(([, name = '']) =>
    Object.hasOwn(table, name),
  );
  const [, name, object] = acts[0] ?? [];
  return acts.length === 1 && object === macro.params[0] ? name : undefined;
}

export function direct(
  called: string,
  call: ExprOf<'call'>,
  scope: FunctionScope,
  context: RuleContext,
): LockAct | undefined {
  // Names with a capital are wrappers that end the program when the call fails.
  const name = called.replace(/^[A-Z](?=[a-z])/, (first) => first.toLowerCase());
  const [first] = call.args;
  if (!first) {
    return undefined;
  }
  const known = table[name];
  if (known) {
    return act(known[0], known[1], first, call, scope, context);
  }
  if (name === 'flock' || name === 'lockf' || name === 'fcntl') {
    const { op, decision } = fileOperation(name, call, scope);
    return op && { ...act(op, 'file', first, call, scope, context), ...(decision ? { decision } : {}) };
  }
  if (name === 'close' || name === 'fclose') {
    return act('unlock', 'file', first, call, scope, context);
  }
  if (name === 'semop' || name === 'semtimedop') {
    const operation = operationOf(call, scope);
    if (!operation) return undefined;
    const { number, amount } = operation;
    const found = {
      ...act(opByAmount(amount), 'sysv-sem', first, call, scope, context),
      ...(operation.variable === undefined ? {} : { decision: byAmount(operation.variable) }),
    };
    if (number === undefined) return { ...found, key: `${found.key}${anyNumber}` };
    return number === '0'
      ? found
      : { ...found, key: `${found.key}#${number}`, name: `${found.name}[${number}]` };
  }
  return undefined;
}

/** Below zero semop takes, above it gives back. */
function opByAmount(amount: bigint | undefined): LockAct['op'] {
  return amount === undefined || amount === 0n ? 'either' : amount < 0n ? 'lock' : 'unlock';
}

function byAmount(variable: string): Decision {
  return { variables: new Set([variable]), op: (numberOf) => opByAmount(numberOf(variable)) };
}

function act(
  op: LockAct['op'],
  kind: LockKind,
  object: Expr,
  call: ExprOf<'call'>,
  scope: FunctionScope,
  context: RuleContext,
): LockAct {
  const text = textOf(withoutCasts(object), scope.definition, context);
  // A macro that is given `&table` makes `&(&table)->mutex` of it: as a function does that gets the pointer.
  const name = text
    .replace(/^&/, '')
    .replace(/^\((.*)\)$/, '$1')
    .replace(/^&(?=[\w.]+->)/, '');
  return { op, kind, key: `${kind}:${name}`, name, last: lastName(object) ?? name, call };
}

/** Functions whose text is elsewhere, known by pairs of names: reserveSem and releaseSem, P and V, table_lock and table_unlock. */
const pairs: [RegExp, RegExp, string][] = [
  [/^P$/, /^V$/, 'P'],
  [/^(?:sem_?[pP]|p_?[sS]em)$/, /^(?:sem_?[vV]|v_?[sS]em)$/, 'P'],
  [/reserve/i, /release/i, 'reserve'],
  [/acquire/i, /release/i, 'acquire'],
  [/(?:^|_)down(?=_|$)/, /(?:^|_)up(?=_|$)/, 'down'],
  [/(?:^|_)lock(?=_|$|[A-Z])|Lock(?=[A-Z_]|$)/, /(?:^|_)unlock(?=_|$|[A-Z])|Unlock(?=[A-Z_]|$)/, 'lock'],
];

export function byName(
  name: string,
  call: ExprOf<'call'>,
  scope: FunctionScope,
  context: RuleContext,
): LockAct | undefined {
  if (scope.file.call(name) || scope.typeOf(name)) {
    return undefined;
  }
  for (const [takes, gives, word] of pairs) {
    const pattern = gives.test(name) ? gives : takes.test(name) ? takes : undefined;
    if (!pattern) continue;
    const stem = name.replace(pattern, '@');
    const args = call.args.map((arg) => textOf(arg, scope.definition, context)).join(',');
    const shown = `${name}(${args})`;
    const op = pattern === gives ? 'unlock' : /try/i.test(name) ? 'try' : 'lock';
    // Whatever else it does with the one mutex it is given, this is what it is called after.
    const [only] = call.args;
    if (only && call.args.length === 1 && isMutexAddress(only, scope))
      return act(op, 'mutex', only, call, scope, context);
    return { op, kind: 'own', key: `${word}:${stem}(${args})`, name: shown, last: stem, call };
  }
  return undefined;
}
