import type { FunctionScope } from '../../../analysis/context';
import { type Expr, type ExprOf, walkExpr, walkStmt } from '../../../c/ast';
import { calledName } from '../../../c/cfg';
import { comesBackAlways } from '../../../c/library';
import type { LockAct } from './act';

/** Calls of which no text is at hand and that may give back a lock which the function took: by their names, and as they get what owns it. */

/** `QUEUE_UNLOCK(queue)`, `leave(queue)` */
const gives = /unlo?ck|(?:^|_|[a-z](?=[A-Z]))(?:leave|release)/i;

/** What a section or a function ends with, by its name: `queue_end(queue)`, `return finish(queue, -1)`. */
const ends = /(?:^|_)(?:end|exit|done|finish(?:ed)?|fini|bail|fail(?:ed)?|put|unref)(?:_|$)/i;

/** A macro of a header that is not at hand, unless it only tells something. */
const macro = /^[A-Z][A-Z0-9_]{2,}$/;
const telling = /LOG|DEBUG|DBG|TRACE|PRINT|ASSERT|WARN|ERR|INFO|MSG|COUNT|STAT|UNUSED|LIKELY/;

/** What such calls do to the locks that are taken in the text before them. */
export function unseenActs(
  calls: readonly ExprOf<'call'>[],
  acts: readonly LockAct[],
  scope: FunctionScope,
): LockAct[] {
  const taken = acts.filter(({ op, kind }) => (op === 'lock' || op === 'try') && isOfThreads(kind));
  if (taken.length === 0) return [];
  const known = new Set(acts.filter(isPaired(acts)).map(({ call }) => call));
  return [...calls, ...byPointer(scope)].flatMap((call) => {
    const name = known.has(call) ? undefined : unseenName(call, scope);
    const op = name === undefined ? undefined : opOf(name);
    if (op === undefined) return [];
    const before = taken.filter((lock) => lock.call.start < call.start && reaches(call, lock, scope));
    const locks = new Map(before.map((lock) => [lock.key, lock]));
    return [...locks.values()].map((lock): LockAct => ({ ...lock, op, call }));
  });
}

/** `queue->ops->leave(queue)` */
function byPointer({ definition }: FunctionScope): ExprOf<'call'>[] {
  const found: ExprOf<'call'>[] = [];
  walkStmt(definition.body, {
    expr: (expr) => {
      if (expr.kind === 'call' && expr.callee.kind === 'member') found.push(expr);
    },
  });
  return found;
}

function isOfThreads(kind: LockAct['kind']): boolean {
  return kind === 'mutex' || kind === 'rwlock' || kind === 'spinlock';
}

/** What this gives back, a call of the other half of its name took. */
function isPaired(acts: readonly LockAct[]): (act: LockAct) => boolean {
  return ({ op, kind, key }) =>
    kind !== 'own' || op !== 'unlock' || acts.some((act) => act.key === key && act.op === 'lock');
}

/** The name by which something is called whose text is neither here nor in the library, be it a member that points to a function. */
function unseenName(call: ExprOf<'call'>, scope: FunctionScope): string | undefined {
  if (call.callee.kind === 'member') return call.callee.field;
  const { file } = scope;
  const name = calledName(call);
  if (name === undefined || scope.typeOf(name) || file.call(name) || comesBackAlways(name)) return undefined;
  const isHere = file.symbols.macro(name) !== undefined || file.symbols.global(name) !== undefined;
  return isHere || file.callee(name) ? undefined : name;
}

function opOf(name: string): LockAct['op'] | undefined {
  if (gives.test(name)) return 'unlock';
  return ends.test(name) || (macro.test(name) && !telling.test(name)) ? 'either' : undefined;
}

/** The call gets the lock or what owns it, or gets nothing and may know it anyway. */
export function reaches(call: ExprOf<'call'>, { name }: LockAct, scope: FunctionScope): boolean {
  const [root] = /\w+/.exec(name) ?? [];
  if (call.args.length === 0)
    return macro.test(calledName(call) ?? '') || scope.typeOf(root ?? '') === undefined;
  return call.args.some((arg) => mentions(arg, root));
}

function mentions(expr: Expr, name: string | undefined): boolean {
  let found = false;
  walkExpr(expr, (part) => {
    found ||= part.kind === 'name' && part.name === name;
  });
  return found;
}
