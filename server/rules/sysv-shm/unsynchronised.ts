import { rootName } from '../../analysis/aliasing';
import type { FunctionScope } from '../../analysis/context';
import type { CallEvent } from '../../analysis/events';
import { changedBy, withoutCasts } from '../../analysis/operators';
import type { Location, Path } from '../../analysis/path';
import { type Expr, type FunctionDefinition, parameterIndex, type Stmt, somePart } from '../../c/ast';
import type { Caller, Rule, RuleContext } from '../rule';
import { writtenThrough } from '../shared/facts';
import { isLoop } from '../shared/loops';
import { around, contains } from '../shared/statements';
import { assignmentsTo } from '../shared/uses';
import { callOfCaller } from '../shared/whole-file';
import {
  hasOrder,
  hasWaited,
  markOrder,
  markWaiting,
  type Order,
  orderOf,
  SharedMemories,
  type SharedMemory,
} from '../subjects/shared-memory';

const prefix = 'sysv-shm/unsynchronised';

interface Access {
  memory: SharedMemory;
  part: string;
  writes: boolean;
  /** Reads the old value and writes a new one. */
  updates: boolean;
  /** It lies in an element that is chosen by a number: each process may have one of its own. */
  own: boolean;
  /** A loop of the parent reads each element. */
  all: boolean;
  kind: 'parent' | 'child';
  role: string;
  /** The fork that made the process stands in a loop. */
  many: boolean;
  waited: boolean;
  order: Order;
  at: Location;
  context: RuleContext;
}

export const unsynchronised: Rule = {
  meta: {
    id: 'sysv-shm/unsynchronised',
    severity: 'warning',
    preset: 'recommended',
    title: 'Two processes use shared memory and nothing orders what they do',
    explanation:
      'After fork it is open which process runs first. Without a semaphore, a lock, a message or the like between them, one reads before the other has written, or two that count up at once lose counts.',
    silence:
      'Programs with any call that orders processes, unless one side changes under a lock what the other changes without; programs with atomic operations or with loops that wait for a value; what the parent does after it has waited for the child; and different parts of the memory.',
    references: [
      { page: 'shm_overview', section: 7 },
      { page: 'sem_overview', section: 7 },
    ],
    example: {
      bad: `#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
  int *answer = mmap(NULL, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (answer == MAP_FAILED)
    return 1;
  switch (fork()) {
  case -1:
    return 1;
  case 0:
    *answer = 42;
    _exit(0);
  }
  printf("%d\\n", *answer);
  return wait(NULL) == -1;
}
`,
      good: `#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
  int *answer = mmap(NULL, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (answer == MAP_FAILED)
    return 1;
  switch (fork()) {
  case -1:
    return 1;
  case 0:
    *answer = 42;
    _exit(0);
  }
  if (wait(NULL) == -1)
    return 1;
  printf("%d\\n", *answer);
  return 0;
}
`,
    },
  },
  check(root) {
    const memories = new SharedMemories();
    const accesses: Access[] = [];
    const see = (
      found: ReturnType<SharedMemories['at']>,
      how: { writes: boolean; updates?: boolean; own?: boolean },
      { path, at }: { path: Path; at: Location },
      context: RuleContext,
    ) => {
      const { kind, id, fork } = path.role;
      if (!found || kind === 'only') return;
      const many = fork !== undefined && around(fork.within, fork.expr).some(isLoop);
      const waited = hasWaited(prefix, path);
      const order = orderOf(prefix, path);
      accesses.push({
        ...found,
        updates: false,
        own: false,
        all: !how.writes && readsAll(path, at, context),
        ...how,
        kind,
        role: id,
        many,
        waited,
        order,
        at,
        context,
      });
    };
    return {
      mark(event) {
        memories.learn(event);
        markWaiting(prefix, event);
        markOrder(prefix, event);
      },
      call(event, context) {
        for (const pointer of writtenThrough(event)) {
          const memory = memories.of(pointer);
          see(memory && { memory, part: '' }, { writes: true }, event, context);
        }
        seeRead(event, (found) => see(found, { writes: false }, event, context), memories);
      },
      load(event, context) {
        const found = memories.at(event.place, event.path);
        // On the way to a member nothing is read.
        const isWay = found && context.scope.resolvedTypeOf(event.expr)?.k === 'struct';
        if (!isWay) see(found && asWritten(found, event.expr), { writes: false }, event, context);
      },
      store(event, context) {
        const found = memories.at(event.place, event.path);
        const updates = isUpdate(event.expr, context);
        const own = updates && isOneOfMany(changedBy(event.expr), context.scope, context.callers());
        see(found && asWritten(found, event.expr), { writes: true, updates, own }, event, context);
      },
      end() {
        if (accesses.length > 0) judge(accesses, hasOrder(root) ? passesLock : conflicts);
      },
    };
  },
};

/** Functions that read all that their last pointer leads to. */
function seeRead(
  event: CallEvent,
  see: (found: ReturnType<SharedMemories['at']>) => void,
  memories: SharedMemories,
): void {
  if (!/^(?:printf|fprintf|puts|fputs|write|memcpy|strcpy|strlen|fwrite)$/.test(event.name)) {
    return;
  }
  event.args.forEach(({ value }, index) => {
    if (index === 0 && /^(?:memcpy|strcpy)$/.test(event.name)) return;
    const memory = memories.of(value);
    if (memory) see({ memory, part: '' });
  });
}

function isUpdate(expr: Expr, context: RuleContext): boolean {
  if (expr.kind === 'update') {
    return true;
  }
  if (expr.kind !== 'assign') {
    return false;
  }
  const target = context.source(expr.target).replace(/\s+/g, '');
  return expr.op !== '=' || context.source(expr.value).replace(/\s+/g, '').includes(target);
}

/** What the pointer holds that a place is reached by is the address of an element, here or in the call that handed it over. */
function isOneOfMany(
  place: Expr | undefined,
  scope: FunctionScope,
  [caller, ...callers]: readonly Caller[],
): boolean {
  const name = place && rootName(place);
  if (name === undefined) return false;
  const { definition } = scope;
  const sources = assignmentsTo(definition, name).map(({ value }) => withoutCasts(value));
  const index = parameterIndex(definition.type.params, name);
  const given = index < 0 || !caller ? undefined : callOfCaller(caller);
  const handed = given?.expr.args[index];
  if ([...sources, handed].some((source) => source && isChosen(source))) return true;
  return (
    caller !== undefined && handed !== undefined && isOneOfMany(withoutCasts(handed), caller.scope, callers)
  );
}

/** `&all[i]`, `all + i`. */
function isChosen(source: Expr): boolean {
  if (source.kind === 'binary') return source.op === '+' && source.right.kind !== 'number';
  const element = source.kind === 'unary' && source.op === '&' ? source.operand : undefined;
  return element?.kind === 'index' && element.index.kind !== 'number';
}

function judge(accesses: Access[], conflicts: (one: Access, other: Access) => boolean): void {
  const told = new Set<string>();
  for (const one of accesses) {
    const other = accesses.find((candidate) => conflicts(one, candidate));
    if (!other || told.has(one.memory.site.call.name + one.part)) continue;
    told.add(one.memory.site.call.name + one.part);
    report(one, other);
  }
}

/** `one` is the place to report: the parent's, or what many children do at once. */
function conflicts(one: Access, other: Access): boolean {
  const isSome = someElement.test(one.part) || someElement.test(other.part);
  if (one.memory !== other.memory || !overlap(one.part, other.part) || (isSome && !one.all)) {
    return false;
  }
  if (one === other) {
    return one.kind === 'child' && one.many && one.updates && !one.own;
  }
  const both = one.kind === 'parent' && other.kind === 'child' && !one.waited && (one.writes || other.writes);
  return both && isParentOf(one.role, other.role);
}

/** `one` is the place to report: it changes without a lock what the other side of the fork changes with one. */
function passesLock(one: Access, other: Access): boolean {
  return (
    one.memory === other.memory &&
    overlap(one.part, other.part) &&
    !someElement.test(one.part) &&
    one.updates &&
    other.updates &&
    one.order === 'none' &&
    other.order === 'locked' &&
    !one.waited &&
    (one.kind === 'parent' ? isParentOf(one.role, other.role) : isParentOf(other.role, one.role))
  );
}

/** Which element it is cannot be told: each process may have one of its own, unless the parent reads them all. */
const someElement = /\[(?!\d+\])[^\]]*\]/;

/** An index that is a variable has another number for the next process: what it was here tells nothing. */
function asWritten<T extends { part: string }>(found: T, expr: Expr): T {
  const target = changedBy(expr) ?? expr;
  const isChosenHere = somePart(target, (inner) => inner.kind === 'index' && inner.index.kind !== 'number');
  return isChosenHere ? { ...found, part: found.part.replace(/\[[^\]]*\]/, '[*]') } : found;
}

/** Element by element, a loop behind the one that makes the children reads what all of them have written. */
function readsAll({ role: { fork, kind } }: Path, at: Location, context: RuleContext): boolean {
  const places = [{ scope: context.scope, call: at }, ...context.callers()];
  const makesThem = (loop: Stmt, definition: FunctionDefinition) =>
    fork !== undefined && fork.within === definition && contains(loop, fork.expr);
  const loops = places.flatMap(({ scope: { definition }, call }) =>
    around(definition, call).flatMap((stmt) => (isLoop(stmt) ? [{ stmt, definition }] : [])),
  );
  return (
    kind === 'parent' &&
    loops[0]?.definition === context.scope.definition &&
    !loops.some(({ stmt, definition }) => makesThem(stmt, definition))
  );
}

function isParentOf(parent: string, child: string): boolean {
  const before = child.replace(/\/child(@[^/]*)$/, '/parent$1');
  return parent === before || parent.startsWith(`${before}/`);
}

function overlap(one: string, other: string): boolean {
  const plain = (part: string) => part.replace(someElement, '[*]').replace(/^\[0\]/, '');
  const [a, b] = [plain(one), plain(other)];
  return a.startsWith(b) || b.startsWith(a);
}

function report(one: Access, other: Access): void {
  const same = one === other;
  one.context.report({
    span: one.at,
    message: messageOf(one, other),
    related: same ? [] : [relatedOf(other)],
  });
}

function messageOf(one: Access, other: Access): string {
  if (one === other) {
    return 'Several children change this shared value at once and nothing orders them, so changes get lost. Put a semaphore or a process-shared mutex around the change, or make it atomic.';
  }
  if (other.order === 'locked') {
    return `This process changes shared memory without the lock that ${other.kind === 'child' ? 'its child' : 'its parent'} holds for the same change, so both may start from one value and a change gets lost. Take the lock here too.`;
  }
  return `This process ${one.writes ? 'writes' : 'reads'} shared memory that its child ${other.writes ? 'writes' : 'reads'}, and nothing tells which comes first. Wait for the child, or let a semaphore order the two.`;
}

function relatedOf({ kind, writes, order, at }: Access) {
  const how = order === 'locked' ? 'changes it with the lock held' : `${writes ? 'writes' : 'reads'} it here`;
  return { span: at, message: `The ${kind} ${how}` };
}
