import type { FunctionScope } from '../../analysis/context';
import type { CallEvent } from '../../analysis/events';
import { conditionOf, unlessFailed } from '../../analysis/notes';
import { unwrap } from '../../analysis/operators';
import type { Location } from '../../analysis/path';
import type { Expr } from '../../c/ast';
import type { RuleContext, RuleListener } from '../rule';
import { arms } from '../shared/statements';
import { argument } from '../shared/support';
import { callsOf } from '../shared/whole-file';
import { actsIn } from '../subjects/locks/acts';
import type { LockKind, LockStep } from './facts';

/** Writes down in which order a function takes locks, and which it has when it gives one back. */

const prefix = 'lock:';

/** A semaphore that is posted, and nobody knows which it is. */
export const unknownLock = '?';

const acts: Record<string, { does: LockStep['does']; kind: LockKind }> = {
  pthread_mutex_lock: { does: 'take', kind: 'mutex' },
  pthread_mutex_unlock: { does: 'give', kind: 'mutex' },
  mtx_lock: { does: 'take', kind: 'mutex' },
  mtx_unlock: { does: 'give', kind: 'mutex' },
  pthread_spin_lock: { does: 'take', kind: 'mutex' },
  pthread_spin_unlock: { does: 'give', kind: 'mutex' },
  pthread_rwlock_wrlock: { does: 'take', kind: 'mutex' },
  pthread_rwlock_unlock: { does: 'give', kind: 'mutex' },
  sem_wait: { does: 'take', kind: 'semaphore' },
  sem_post: { does: 'give', kind: 'semaphore' },
};

/** A call of which one is enough: a semaphore that others wait for is posted. */
export const posts = /\b[Ss]em_post\s*\(/;

/** Calls of which a text must have some, or it has no order of locks. */
export const takesLocks =
  /\b(?:[Pp]thread_(?:mutex_lock|spin_lock|rwlock_wrlock)|mtx_lock|[Ss]em_wait|[Ss]em(?:timed)?op)\s*\(/g;

export function recordLocks(root: RuleContext): RuleListener {
  return {
    mark(event, context) {
      const act = actOf(event, context);
      if (!act && !event.site && !event.into) forgetGiven(event, context);
      if (!act || act.lock === unknownLock) return;
      if (act.does === 'take') {
        event.path.setNote(prefix + act.lock, unlessFailed('held', event.site));
        return;
      }
      // Who gives back what another took has not waited for it.
      for (const key of notesOf(act.lock, event)) event.path.setNote(key, 'passed');
    },
    call(event, context) {
      const act = actOf(event, context);
      if (!act || isToldByCallers(act, context)) return;
      const held: string[] = [];
      const passed: string[] = [];
      for (const [key, note] of event.path.noteEntries()) {
        if (!key.startsWith(prefix) || typeof note !== 'string') continue;
        if (event.path.hasFailed(conditionOf(note))) continue;
        (note.startsWith('held') ? held : passed).push(key.slice(prefix.length));
      }
      const { path, name, at } = event;
      const called = calledAt(context);
      const step: LockStep = {
        fact: 'lock',
        ...act,
        // What a helper calls it says nothing to who reads the call of the helper.
        shown: (called && nameOutside(act.lock)) ?? act.shown,
        call: name,
        root: root.scope.definition.name,
        role: path.role.id,
        held,
        passed,
      };
      context.record(step, called ?? at);
    },
  };
}

/** Where a function is called that does nothing but to take or give back what it is told: `P(semid, FULL)`. */
function calledAt(context: RuleContext): Location | undefined {
  let found: Location | undefined;
  let { scope } = context;
  for (const { scope: caller, call } of context.callers()) {
    if (!isLockHelper(scope, context)) break;
    found = call;
    scope = caller;
  }
  return found;
}

/** A walk that began in such a function knows no more than that it takes the lock it is given: which, its callers tell. */
function isToldByCallers({ kind, lock }: Act, context: RuleContext): boolean {
  const isAnyones = kind === 'mutex' && lock.startsWith('struct ') && memberOf(lock) === lock;
  return isAnyones && context.callers().length === 0 && isLockHelper(context.scope, context);
}

function isLockHelper(scope: FunctionScope, context: RuleContext): boolean {
  const { definition } = scope;
  const [only, ...others] = actsIn(scope, context.in(scope));
  return (
    only !== undefined &&
    others.length === 0 &&
    definition.type.params.length > 0 &&
    arms(definition, only.call).length === 0 &&
    callsOf(definition).every(({ expr }) => expr === only.call || arms(definition, expr).length > 0)
  );
}

/** What a function elsewhere does with a lock that it is given is not known: it may give it back, as handlers of cancellation do. */
function forgetGiven(event: CallEvent, context: RuleContext): void {
  event.args.forEach((_, index) => {
    const lock = identity(event, index, context);
    for (const key of lock === undefined ? [] : notesOf(lock, event)) event.path.setNote(key, undefined);
  });
}

/** Parts the member of a structure from the variable, where it is known of which: `struct account.lock@savings`. */
const of = '@';

/** The member of which a lock is, whichever variable it lies in. */
export function memberOf(lock: string): string {
  const at = lock.indexOf(of);
  return at < 0 ? lock : lock.slice(0, at);
}

/** What a lock is called wherever one stands: `/name` of a semaphore, or `savings.lock`. */
export function nameOutside(lock: string): string | undefined {
  const [, known] = lock.split(of);
  return lock.startsWith('/') ? lock : known?.replace(/ of .*$/, '');
}

/** The notes about a lock: where it is not known in which variable it lies, of all that it may be. */
function notesOf(lock: string, { path }: CallEvent): string[] {
  const mayBe = (other: string) =>
    other === lock ||
    (memberOf(other) === memberOf(lock) && (other === memberOf(lock) || lock === memberOf(lock)));
  return [...path.noteEntries()].flatMap(([key]) =>
    key.startsWith(prefix) && mayBe(key.slice(prefix.length)) ? [key] : [],
  );
}

type Act = Pick<LockStep, 'does' | 'kind' | 'lock' | 'shown'>;

function actOf(event: CallEvent, context: RuleContext): Act | undefined {
  if (!event.site) {
    return undefined;
  }
  const { name } = event;
  if (name === 'semop' || name === 'semtimedop') {
    return ofSet(event, context);
  }
  const known = Object.hasOwn(acts, name) ? acts[name] : undefined;
  const lock = known && (identity(event, 0, context) ?? (name === 'sem_post' ? unknownLock : undefined));
  const expr = event.args[0]?.expr;
  if (!known || lock === undefined || !expr) {
    return undefined;
  }
  // What a macro puts together stands nowhere as one: then the macro's use is shown.
  const written = context.source(unwrap(expr)) || context.source(event.at);
  const shown = written.replace(/^&\s*/, '').replace(/\s+/g, ' ');
  return { ...known, lock, shown };
}

/** One operation on one semaphore of a set, by what the path knows of it. */
function ofSet(event: CallEvent, context: RuleContext): Act | undefined {
  const count = argument(event, 'nsops')?.value.constant;
  const set = identity(event, 0, context);
  if (count !== 1n || set === undefined) {
    return undefined;
  }
  const number = event.member(1, 'sem_num')?.constant;
  const amount = event.member(1, 'sem_op')?.constant;
  if (number === undefined || amount === undefined || amount === 0n) {
    return undefined;
  }
  return {
    does: amount < 0n ? 'take' : 'give',
    kind: 'semaphore',
    lock: `${set}#${number}`,
    shown: `semaphore ${number}`,
  };
}

/** What is the same lock wherever it is taken; undefined where a name may mean several. */
function identity(event: CallEvent, index: number, { scope }: RuleContext): string | undefined {
  const arg = event.args[index];
  const inStructure = arg && member(arg.expr, scope);
  if (inStructure !== undefined) {
    const known = shared(event.targetOf(index), scope);
    return known === undefined ? inStructure : `${inStructure}${of}${known}`;
  }
  const [origin, ...others] = arg?.value.origins ?? [];
  const place = event.placeOf(index);
  // A variable that all functions see, before what is known of it on this path.
  const global = shared(place, scope);
  if (global !== undefined) return global;
  if (origin && others.length === 0 && !arg?.value.several) {
    // One helper may open several, each by a name of its own.
    const name = origin.site.call.name === 'sem_open' ? origin.site.given?.[0]?.text : undefined;
    if (name !== undefined) return name;
    return `${origin.site.call.name} of ${origin.site.within.name} ${origin.site.expr.start}`;
  }
  return shared(event.targetOf(index), scope);
}

function shared(place: string | undefined, { file }: FunctionScope): string | undefined {
  const [, name, rest = ''] = /^0:(\w+)((?:\.\w+|\[\d+\])*)$/.exec(place ?? '') ?? [];
  if (name === undefined) {
    return undefined;
  }
  const own = file.symbols.statics.has(name) ? ` of ${file.elsewhere?.path ?? ''}` : '';
  return `${name}${rest}${own}`;
}

/** A member of a structure: taken for one lock a structure where it is not known in which variable it lies, as most programs have one. */
function member(expr: Expr, scope: FunctionScope): string | undefined {
  const inner = unwrap(expr);
  const operand = inner.kind === 'unary' && inner.op === '&' ? unwrap(inner.operand) : inner;
  if (operand.kind !== 'member') {
    return undefined;
  }
  const { types } = scope.evaluator;
  const type = scope.resolvedTypeOf(operand.object);
  const whole =
    operand.arrow && type?.k === 'pointer' ? type.to : scope.evaluator.typeOf(operand.object, scope);
  const struct = whole && types.resolve(whole);
  // A structure around a lock and nothing else is the lock: which, those tell who call the program's own functions for it.
  if (struct?.k === 'struct' && struct.members?.length === 1) return undefined;
  // A structure without a tag goes by the name of its typedef.
  const name = struct?.k === 'struct' ? (types.nameOf(struct) ?? (whole && types.nameOf(whole))) : undefined;
  return name === undefined
    ? undefined
    : `${name.replace(/^(?!struct |union )/, 'struct ')}.${operand.field}`;
}
