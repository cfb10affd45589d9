import type { CallEvent } from '../../analysis/events';
import type { Path } from '../../analysis/path';
import type { CallSite, Value } from '../../analysis/values';
import { walkExpr, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import { printsText } from '../../c/library';
import type { RuleContext } from '../rule';
import { isLoop } from '../shared/loops';
import { argument, constantNamed, sharingIn } from '../shared/support';
import { callsOf, fileCalls, fileMentions, functionsOf } from '../shared/whole-file';

/** Memory that several processes see, as a walk meets it. */

export interface SharedMemory {
  site: CallSite;
  /** Only this process and what it forks can see it, all at one address. */
  inherited: boolean;
}

/** Bytes of a page on x86-64, and the smallest that Linux uses anywhere. */
export const pageSize = 4096n;

/** How many pages hold so many bytes. */
export function pagesFor(bytes: bigint): bigint {
  return (bytes + pageSize - 1n) / pageSize;
}

/** The calls by which a walk got shared memory. */
export class SharedMemories {
  private readonly known = new Map<CallSite, SharedMemory>();
  private readonly keyless = new Set<CallSite>();

  learn(event: CallEvent): void {
    const { site } = event;
    if (!site) {
      return;
    }
    if (event.name === 'shmget') {
      if (argument(event, 'key')?.value.constant === constantNamed('IPC_PRIVATE')) this.keyless.add(site);
    } else if (event.name === 'shmat') {
      const made = argument(event, 'shmid')?.value.origins?.[0]?.site;
      const free = argument(event, 'shmaddr')?.value.constant === 0n;
      if (free) this.known.set(site, { site, inherited: made !== undefined && this.keyless.has(made) });
    } else if (event.name === 'mmap') {
      const bits = argument(event, 'flags')?.value.constant;
      const shared = bits !== undefined && sharingIn(bits) === 'shared';
      if (!shared || argument(event, 'addr')?.value.constant !== 0n) return;
      const isUnnamed = (bits & constantNamed('MAP_ANONYMOUS')) !== 0n;
      this.known.set(site, { site, inherited: isUnnamed || isOfZeros(argument(event, 'fd')?.value) });
    }
  }

  /** The memory that a pointer certainly leads into. */
  of(value: Value | undefined): SharedMemory | undefined {
    const [first, ...others] = value?.origins ?? [];
    return first && others.length === 0 ? this.known.get(first.site) : undefined;
  }

  /** The memory that a place lies in, and which part of it. */
  at(place: string | undefined, path: Path): { memory: SharedMemory; part: string } | undefined {
    const [, pointer = '', part = ''] = /^(\d+:\w+(?:\.\w+)*)((?:->|\[[\w@]+\]).*)$/.exec(place ?? '') ?? [];
    const memory = this.of(path.get(pointer));
    return memory && { memory, part };
  }
}

/** A descriptor of `/dev/zero`: each mapping of it is memory of its own, as with MAP_ANONYMOUS. */
function isOfZeros(fd: Value | undefined): boolean {
  const [made, ...others] = fd?.origins ?? [];
  const path = made?.site.call.name === 'open' && others.length === 0 ? made.site.expr.args[0] : undefined;
  return path?.kind === 'string' && path.value === '/dev/zero';
}

/** Calls that make one process wait for another, or that order what they do. */
const ordering =
  /^(?:sem_(?:timed|try|clock)?wait|sem_post|sem(?:timed)?op|pthread_(?:mutex_\w*lock|rwlock_\w*lock|spin_\w*lock|barrier_wait|cond_\w+)|flock|lockf|fcntl|pipe2?|popen|socketpair|socket|mkfifo|msg(?:snd|rcv)|mq_\w+|eventfd|futex|syscall|__(?:atomic|sync)_\w+|atomic_\w+|kill|sigqueue|pause|sigsuspend|sigwait\w*|sigtimedwait|signalfd|ptrace|clone)$/;

/** Names of functions elsewhere that may do so. */
const suggestive =
  /tell|sync|lock|mutex|monitor|critical|signal|notify|post|reserve|acquire|await|barrier|^[pPvV]$|(?<!^)wait(?!pid)/i;

const takes =
  /^(?:sem_(?:timed|try|clock)?wait|pthread_(?:mutex|spin)_(?:try|timed|clock)?lock|pthread_rwlock_wrlock)$/;
const givesBack = /^(?:sem_post|pthread_(?:mutex|spin|rwlock)_unlock)$/;

/** What has put a process in its place since the fork: nothing, a lock that it holds now, or something else. */
export type Order = 'none' | 'locked' | 'some';

/** Notes on a path what orders this process among the others. */
export function markOrder(prefix: string, event: CallEvent): void {
  const { name, site, path } = event;
  // There are no others before the first fork, and every note keeps paths apart.
  if (path.role.kind === 'only') return;
  const note = `${prefix}:order`;
  const isLocked = path.note(note) === 'locked';
  if (/^[vV]?[fF]ork$/.test(name)) path.setNote(note, undefined);
  else if (takes.test(name)) path.setNote(note, 'locked');
  else if (givesBack.test(name)) path.setNote(note, 'some');
  // Where the amount is not known, the first takes and the next gives back.
  else if (/^sem(?:timed)?op$/.test(name))
    path.setNote(note, (takesFromSet(event) ?? !isLocked) ? 'locked' : 'some');
  // What prints may wait for a terminal or a slow reader, and for nobody who uses the memory.
  else if (isLocked || printsText(name)) return;
  else if (ordering.test(name) || site?.call.blocking.blocks) path.setNote(note, 'some');
}

/** Whether the first operation that semop is given takes, as far as the walk knows its amount. */
function takesFromSet(event: CallEvent): boolean | undefined {
  const place = event.targetOf(1);
  const amount = [`${place}.sem_op`, `${place}[0].sem_op`]
    .map((member) => event.path.get(member)?.constant)
    .find((constant) => constant !== undefined);
  return amount === undefined ? undefined : amount < 0n;
}

export function orderOf(prefix: string, path: Path): Order {
  const note = path.note(`${prefix}:order`);
  return note === 'locked' || note === 'some' ? note : 'none';
}

/** Something in the file orders what its processes do, besides waiting for their end. */
export function hasOrder(context: RuleContext): boolean {
  const lower = (name: string) => name.replace(/^[A-Z]/, (first) => first.toLowerCase());
  return (
    fileMentions(context, ordering) ||
    fileCalls(context, /./).some(
      ({ name }) =>
        ordering.test(lower(name)) ||
        (suggestive.test(name) && !context.scope.file.call(name) && !context.functionNamed(name)) ||
        ordersElsewhere(name, context, 5),
    ) ||
    functionsOf(context).some(({ body }) => spins(body))
  );
}

/** A function of the project, be it in a header, makes such a call itself or has it made. */
function ordersElsewhere(name: string, context: RuleContext, depth: number): boolean {
  const callee = depth > 0 && context.scope.file.callee(name) ? context.functionNamed(name) : undefined;
  return (
    callee !== undefined &&
    callsOf(callee.definition).some(
      ({ name: called }) => ordering.test(called) || ordersElsewhere(called, context.in(callee), depth - 1),
    )
  );
}

/** A loop that does nothing but look until something has changed. */
function spins(body: Parameters<typeof walkStmt>[0]): boolean {
  let found = false;
  walkStmt(body, {
    stmt: (stmt) => {
      if (!isLoop(stmt) || !stmt.test) return;
      const { body: inner } = stmt;
      const idle =
        inner.kind === 'empty' ||
        (inner.kind === 'expr' &&
          /^(?:u?sleep|nanosleep|sched_yield|pause)$/.test(calledName(inner.expr) ?? '')) ||
        (inner.kind === 'block' &&
          inner.body.every(
            (each) =>
              each.kind === 'empty' ||
              (each.kind === 'expr' &&
                /^(?:u?sleep|nanosleep|sched_yield|pause)$/.test(calledName(each.expr) ?? '')),
          ));
      let reads = false;
      walkExpr(stmt.test, (expr) => {
        reads ||=
          expr.kind === 'member' || (expr.kind === 'unary' && expr.op === '*') || expr.kind === 'index';
      });
      found ||= idle && reads;
    },
  });
  return found;
}

const waits = /^(?:[wW]ait|[wW]aitpid|waitid|wait3|wait4)$/;

/** Notes on a path that this process has waited for a child. */
export function markWaiting(prefix: string, { name, path }: CallEvent): void {
  if (waits.test(name)) path.setNote(`${prefix}:waited`, true);
  else if (/^[fF]ork$/.test(name)) path.setNote(`${prefix}:waited`, undefined);
}

export function hasWaited(prefix: string, path: Path): boolean {
  return path.note(`${prefix}:waited`) === true;
}
