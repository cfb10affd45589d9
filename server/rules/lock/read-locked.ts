import type { FunctionScope } from '../../analysis/context';
import { changedBy } from '../../analysis/operators';
import { FileIndex } from '../../analysis/survey';
import { type Expr, type FunctionDefinition, type Stmt, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { leavesAtEnd, type Project } from '../shared/endings';
import { around, contains } from '../shared/statements';
import { type Use, usesOf, variableIn } from '../shared/uses';
import {
  callsOf,
  type FileCall,
  fileCalls,
  isAllRead,
  isProgram,
  lastName,
  nameMade,
  ownCalls,
} from '../shared/whole-file';

const readLock = /^pthread_rwlock_(?:timed|clock)?rdlock$/;
const writeLock = /^pthread_rwlock_(?:try|timed|clock)?wrlock$/;

export const readLocked: Rule = {
  meta: {
    id: 'lock/read-locked',
    severity: 'warning',
    preset: 'recommended',
    title: 'Shared data is changed under a lock that is held for reading only',
    explanation:
      'Many threads hold a lock for reading at once. Who changes what it guards then changes it while others read or change it, too: counts are lost, lists fall apart, readers see halves.',
    silence:
      'Data that nobody reads under the lock, or changes under it where the file takes it for writing, changes under a further lock, and those that a function makes which takes the lock both ways.',
    references: [{ page: 'pthread_rwlockattr_setkind_np', section: 3 }],
    example: {
      bad: `#include <pthread.h>

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static int rate;

int rate_now(void) {
  pthread_rwlock_rdlock(&lock);
  int now = rate;
  pthread_rwlock_unlock(&lock);
  return now;
}

void rate_raise(int by) {
  pthread_rwlock_rdlock(&lock);
  rate += by;
  pthread_rwlock_unlock(&lock);
}
`,
      good: `#include <pthread.h>

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static int rate;

int rate_now(void) {
  pthread_rwlock_rdlock(&lock);
  int now = rate;
  pthread_rwlock_unlock(&lock);
  return now;
}

void rate_raise(int by) {
  pthread_rwlock_wrlock(&lock);
  rate += by;
  pthread_rwlock_unlock(&lock);
}
`,
    },
  },
  check: (context) => ({
    end() {
      if (ownCalls(context, readLock).length === 0 || !isAllRead(context)) return;
      context.dependsOnFile();
      for (const call of ownCalls(context, readLock)) judge(call, context);
    },
  }),
};

/** A change of data that others may see, and the lock under which it is made. */
interface Change {
  /** `rate`, `.count`, `->head`, or `push()` for a function that makes changes. */
  what: string;
  at: Expr;
  lock: string;
  how: 'read' | 'write';
}

/** Changes under such locks, and every lock that is taken for writing. */
const changes = new FileIndex<Change | 'taken'>((within, file) => {
  const scope = file.scopeOf(within);
  const found: [string, Change | 'taken'][] = [];
  for (const call of callsOf(within)) {
    const name = nameMade(call.name, scope);
    if (!writeLock.test(name)) continue;
    const lock = lockOf(call);
    if (lock === undefined) continue;
    found.push([`${lock} taken`, 'taken']);
    for (const change of changesUnder({ ...call, name }, scope)) found.push([lock, change]);
  }
  return found;
});

function lockOf({ expr }: FileCall): string | undefined {
  return expr.args[0] && lastName(expr.args[0]);
}

/** What is changed between a call that takes a lock and the one that gives it back, wherever control comes to both. */
function changesUnder(call: FileCall, scope: FunctionScope, project?: Project): Change[] {
  const { within, expr } = call;
  const lock = lockOf(call)!;
  const chain = around(within, expr);
  const block = chain.findLast((stmt) => stmt.kind === 'block') ?? within.body;
  const end = unlockBehind(call, block, scope, project);
  const found: Change[] = [];
  const owner = expr.args[0] && variableIn(expr.args[0]);
  const isGlobal = owner !== undefined && !scope.typeOf(owner);
  const how = readLock.test(call.name) ? 'read' : 'write';
  const add = (what: string | undefined, at: Expr) => {
    if (what !== undefined && at.start > expr.end && at.end <= end) found.push({ what, at, lock, how });
  };
  walkStmt(block, {
    expr: (inner) => {
      const target = changedBy(inner);
      // What lies in another structure than the lock may be the thread's own.
      if (target && (!scope.typeOf(variableIn(target) ?? '') || variableIn(target) === owner))
        add(sharedName(target, scope), inner);
      if (inner.kind === 'call') {
        const name = calledName(inner);
        const callee = name === undefined ? undefined : scope.file.symbols.functions.get(name)?.definition;
        const isNear = isGlobal || inner.args.some((arg) => variableIn(arg) === owner);
        if (callee && isNear && changesShared(callee, scope)) add(`${name}()`, inner);
      }
    },
  });
  return found;
}

/** Where the lock may be given back, or another one is taken: what stands behind it is no longer looked at. */
function unlockBehind(
  { expr, within }: FileCall,
  block: Stmt,
  scope: FunctionScope,
  project?: Project,
): number {
  let end = block.end;
  for (const call of callsOf(within)) {
    const { start } = call.expr;
    if (start <= expr.start || start >= end || !contains(block, call.expr)) continue;
    const name = nameMade(call.name, scope);
    if (!/lock|mutex|sem_|semop/i.test(name)) continue;
    const chain = around(within, call.expr);
    const isArm = (stmt: Stmt, index: number) =>
      chain[index - 1]?.kind === 'if' && stmt.start > block.start && contains(block, stmt);
    const arm = chain.findLast(isArm);
    const leaves = arm !== undefined && (project ? leavesAtEnd(arm, project) : leavesHere(arm));
    if (!(leaves && /unlock/i.test(name))) end = Math.min(end, start);
  }
  return end;
}

function leavesHere(arm: Stmt): boolean {
  const last = arm.kind === 'block' ? arm.body.at(-1) : arm;
  return last !== undefined && ['return', 'break', 'goto', 'continue'].includes(last.kind);
}

/** Data of the file, or behind a pointer, by its last name; what is a function's own is no matter of others. */
function sharedName(target: Expr, scope: FunctionScope): string | undefined {
  const root = variableIn(target);
  const last = lastName(target);
  if (root === undefined || last === undefined) return undefined;
  const type = scope.typeOf(root);
  const shown = target.kind === 'member' ? `.${last}` : last;
  if (!type) return scope.file.symbols.qualities.has(root) ? shown : undefined;
  return target.kind === 'member' && isBehindPointer(target, scope) ? `->${last}` : undefined;
}

/** Reached through a parameter: what a local pointer leads to may be new, and nobody else's. */
function isBehindPointer(target: Expr, { definition }: FunctionScope): boolean {
  const root = variableIn(target);
  return definition.type.params.some(({ name }) => name === root);
}

const changing = new WeakMap<FunctionScope, boolean>();

/** A function that changes what its caller gives it, or variables of the file. */
function changesShared(callee: FunctionDefinition, { file }: FunctionScope): boolean {
  const scope = file.scopeOf(callee);
  let known = changing.get(scope);
  if (known === undefined) {
    known = false;
    const isLocking = callsOf(callee).some(({ name }) => /lock|mutex|atomic|__sync/i.test(name));
    walkStmt(callee.body, {
      expr: (expr) => {
        const target = changedBy(expr);
        if (target && sharedName(target, scope) !== undefined) known = true;
      },
    });
    known &&= !isLocking;
    changing.set(scope, known);
  }
  return known;
}

/** Another function reads the variable under the lock, which is there for it, then. */
function isReadUnder(lock: string, name: string, context: RuleContext): boolean {
  return fileCalls(context, readLock).some(
    (other) =>
      other.within !== context.scope.definition &&
      lockOf(other) === lock &&
      (usesOf(other.within, name).some(({ expr }) => expr.start > other.expr.start) ||
        callsOf(other.within).some(
          ({ expr, name: called }) => expr.start > other.expr.start && uses(called, name, context),
        )),
  );
}

function uses(called: string, name: string, { scope }: RuleContext): boolean {
  const callee = scope.file.symbols.functions.get(called)?.definition;
  return callee !== undefined && usesOf(callee, name).length > 0;
}

/** What is stored was worked out from the variable itself, under the lock as well. */
function isReadBefore({ what, at }: Change, call: FileCall, { scope }: RuleContext): boolean {
  const qualities = scope.file.symbols.qualities.get(what) ?? [];
  const isOwn = qualities.some((word) => /thread/i.test(word));
  const isRead = ({ expr, around: [outer] }: Use) =>
    expr.start > call.expr.end &&
    expr.start < at.end &&
    !(outer?.kind === 'assign' && outer.op === '=' && outer.target === expr);
  return !isOwn && usesOf(scope.definition, what).some(isRead);
}

/** Whoever takes the lock does so in this file. */
function isAllHere({ expr }: FileCall, context: RuleContext): boolean {
  const root = expr.args[0] && variableIn(expr.args[0]);
  const { symbols } = context.scope.file;
  return isProgram(context) || (root !== undefined && !context.scope.typeOf(root) && symbols.isStatic(root));
}

function judge(call: FileCall, context: RuleContext): void {
  const { scope } = context;
  const lock = lockOf(call);
  const takesBoth = ownCalls(context, writeLock).some((other) => lockOf(other) === lock);
  if (lock === undefined || takesBoth) return;
  const others = context.ask(changes, lock).filter((one): one is Change => one !== 'taken');
  const isTaken = context.ask(changes, `${lock} taken`).length > 0;
  for (const change of changesUnder(call, scope, context)) {
    const isElsewhere = others.some(({ what }) => what === change.what);
    const isOnlyRead = !isTaken && isAllHere(call, context);
    // A mere variable is guarded by the lock where others read it under it, and by one that is there for nothing else.
    const isVariable = /^\w+$/.test(change.what);
    const isRead = isVariable && isReadUnder(lock, change.what, context);
    const isWorkedOut = isVariable && isReadBefore(change, call, context);
    const isGuarded = !isVariable || isRead || (isOnlyRead && isWorkedOut);
    if (!isGuarded || !(isElsewhere || isOnlyRead || (isRead && isWorkedOut))) continue;
    const name = context.source(call.expr.args[0]!).replace(/^&/, '');
    const how = /\(\)$/.test(change.what)
      ? `\`${change.what}\` changes shared data`
      : `\`${change.what.replace(/^->|^\./, '')}\` is changed`;
    context.report({
      span: change.at,
      message: `${how} while \`${name}\` is held for reading only, which other threads may hold at the same time, so their changes and this one get lost in each other. Take it with \`pthread_rwlock_wrlock\`.`,
      related: [{ span: call.expr, message: 'It is taken for reading here' }],
    });
    return;
  }
}
