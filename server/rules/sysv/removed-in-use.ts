import type { CallEvent } from '../../analysis/events';
import { noteOn } from '../../analysis/notes';
import type { Location } from '../../analysis/path';
import type { CallSite } from '../../analysis/values';
import type { Expr } from '../../c/ast';
import type { Rule, RuleContext } from '../rule';
import { loopAround, spanOfSite } from '../shared/loops';
import { argument, constantNamed } from '../shared/support';
import { callsIn } from '../shared/uses';
import { forksOf } from '../subjects/pipes';

const prefix = 'sysv/removed-in-use';

/** The calls that use a queue or a set, with the parameter that says which. */
const using: Record<string, string> = {
  msgsnd: 'msqid',
  msgrcv: 'msqid',
  semop: 'semid',
  semtimedop: 'semid',
};

interface Use {
  site: CallSite;
  at: Location;
  name: string;
  /** The forks that made the one who uses it, or those that made children of the one who removes it. */
  forks: readonly CallSite[];
}

export const removedInUse: Rule = {
  meta: {
    id: 'sysv/removed-in-use',
    severity: 'warning',
    preset: 'recommended',
    title: 'A queue or semaphore set is removed while it is still used',
    explanation:
      'Removing a System V message queue or semaphore set takes effect at once, also for those who are using it: a process that waits in semop or msgrcv gets EIDRM, and the next call gets EINVAL.',
    silence:
      'Removals after the parent has waited for its children, heard from them or stopped them, and objects that the child does not use, as far as can be told: of a program that it runs only where the parent does nothing with the object itself and waits for the child behind the removal.',
    references: [
      { page: 'msgctl', section: 2 },
      { page: 'semctl', section: 2 },
    ],
    example: {
      bad: `#include <sys/msg.h>
#include <sys/wait.h>
#include <unistd.h>

struct job { long mtype; int number; };

int main(void) {
  struct job job = {.mtype = 1, .number = 7};
  int queue = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
  if (queue == -1)
    return 1;
  switch (fork()) {
  case -1:
    return 1;
  case 0:
    _exit(msgrcv(queue, &job, sizeof(job) - sizeof(long), 0, 0) == -1);
  }
  if (msgsnd(queue, &job, sizeof(job) - sizeof(long), 0) == -1)
    return 1;
  if (msgctl(queue, IPC_RMID, NULL) == -1)
    return 1;
  return wait(NULL) == -1;
}
`,
      good: `#include <sys/msg.h>
#include <sys/wait.h>
#include <unistd.h>

struct job { long mtype; int number; };

int main(void) {
  struct job job = {.mtype = 1, .number = 7};
  int queue = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
  if (queue == -1)
    return 1;
  switch (fork()) {
  case -1:
    return 1;
  case 0:
    _exit(msgrcv(queue, &job, sizeof(job) - sizeof(long), 0, 0) == -1);
  }
  if (msgsnd(queue, &job, sizeof(job) - sizeof(long), 0) == -1)
    return 1;
  if (wait(NULL) == -1)
    return 1;
  return msgctl(queue, IPC_RMID, NULL) == -1;
}
`,
    },
  },
  check() {
    const inChild: Use[] = [];
    const executed: { at: Location; name: string; forks: readonly CallSite[] }[] = [];
    const usedHere = new Set<CallSite>();
    const removals: (Use & { context: RuleContext })[] = [];
    return {
      mark(event) {
        const { path, name } = event;
        if (/^[fF]ork$/.test(name)) path.setNote(`${prefix}:heard`, undefined);
        // Who is known to have ended is not told of any more: ways that differ in this only come together.
        else if (
          path.role.kind === 'parent' &&
          ordering.test(name) &&
          path.note(`${prefix}:heard`) !== 'over'
        )
          path.setNote(`${prefix}:heard`, ended.test(name) ? 'over' : 'told');
        // What has been sent behind it is still to be received.
        else if (name === 'msgsnd' && path.note(`${prefix}:heard`) === 'told')
          path.setNote(`${prefix}:heard`, undefined);
        const site = removed(event);
        if (site) path.setNote(noteOn(`${prefix}:gone`, site), event.expr.start);
        else if (event.site) path.setNote(noteOn(`${prefix}:gone`, event.site), undefined);
      },
      call(event, context) {
        const site = removed(event);
        const { kind } = event.path.role;
        if (site && kind === 'parent' && event.path.note(`${prefix}:heard`) === undefined) {
          const forks = forksOf(event.path.role, 'parent');
          if (isGivenUp(event, forks) || waitsInLoop(event.expr, forks, context)) return;
          removals.push({ site, at: event.at, name: event.name, forks, context });
        }
        const used = usedBy(event);
        const forks = forksOf(event.path.role, 'child');
        if (kind === 'child' && /^(?:exec[lv]\w*|fexecve)$/.test(event.name))
          executed.push({ at: event.at, name: event.name, forks });
        if (!used) return;
        usedHere.add(used);
        if (kind === 'child') inChild.push({ site: used, at: event.at, name: event.name, forks });
        if (event.path.note(noteOn(`${prefix}:gone`, used)) !== undefined) reportGone(event, used, context);
      },
      end() {
        for (const { site, at, name, forks, context } of removals) {
          // A daemon is a child, too, but not its own.
          const use = inChild.find(
            (other) => other.site === site && other.forks.some((fork) => forks.includes(fork)),
          );
          if (use) reportEarly(at, name, use, site, context);
          const run = executed.find((other) => other.forks.some((fork) => forks.includes(fork)));
          if (run && !usedHere.has(site) && isForOthers(site, at, context))
            reportEarly(at, name, { ...run, site }, site, context);
        }
      },
    };
  },
};

/** What lets a parent know that its children are done, or makes them so. */
const ordering =
  /^(?:wait|waitpid|waitid|wait3|wait4|[wW]ait\w*|msgrcv|semop|semtimedop|sem_wait|read|recv|kill|pause|sigsuspend|sigwait\w*|sleep|pthread_join|getchar|fgets)$/;

/** Behind these there is nobody left. */
const ended = /^(?:wait|waitpid|waitid|wait3|wait4|[wW]ait\w*|kill|pthread_join)$/;

/** A later child could not be made: those that are there are meant to end by the removal. */
function isGivenUp({ path }: CallEvent, forks: readonly CallSite[]): boolean {
  return forks.some((fork) => path.outcome(fork) === 'failure');
}

/** Behind the loop that makes the children another one waits for as many: it makes no rounds only where there are none. */
function waitsInLoop(removal: Expr, forks: readonly CallSite[], context: RuleContext): boolean {
  const places = [{ scope: context.scope, call: removal }, ...context.callers()];
  return places.some(({ scope: { definition }, call }) => {
    const made = forks.find(({ within }) => within === definition)?.expr;
    if (!made) return false;
    return callsIn(definition, ordering).some((wait) => {
      const loop = loopAround(definition, wait);
      return loop !== undefined && loop.start > made.end && loop.end <= call.start;
    });
  });
}

/** It has a key by which other programs find it, and the parent, which does nothing with it itself, waits for them behind the removal. */
function isForOthers(site: CallSite, removal: Location, context: RuleContext): boolean {
  const { definition } = context.scope;
  const [key] = site.expr.args;
  const made = key && context.scope.evaluator.constant(key, context.scope.file.scopeOf(site.within));
  return (
    made !== constantNamed('IPC_PRIVATE') &&
    removal.within === definition &&
    callsIn(definition, /^(?:wait|waitpid|waitid|wait3|wait4)$/).some(({ start }) => start > removal.end)
  );
}

function removed(event: CallEvent): CallSite | undefined {
  if (!event.site || (event.name !== 'msgctl' && event.name !== 'semctl')) {
    return undefined;
  }
  const command = argument(event, 'cmd')?.value.constant;
  return command === constantNamed('IPC_RMID') ? siteOf(event.args[0]?.value.origins) : undefined;
}

function usedBy(event: CallEvent): CallSite | undefined {
  const param = event.site ? using[event.name] : undefined;
  return param === undefined ? undefined : siteOf(argument(event, param)?.value.origins);
}

function siteOf(origins: readonly { site: CallSite }[] | undefined): CallSite | undefined {
  return origins?.length === 1 ? origins[0]?.site : undefined;
}

function reportEarly(at: Location, name: string, use: Use, site: CallSite, context: RuleContext): void {
  const isRun = !(use.name in using);
  context.report({
    span: at,
    message: isRun
      ? `The program that the child runs may still be using what this \`${name}\` removes, or not have found it yet: its calls then fail with EIDRM, EINVAL or ENOENT. Wait for the child before removing it.`
      : `The child may still be using what this \`${name}\` removes, and its \`${use.name}\` then fails with EIDRM or EINVAL. Wait for the child before removing it.`,
    related: [
      { span: use.at, message: isRun ? 'The child runs another program here' : 'The child uses it here' },
      { span: spanOfSite(site), message: 'It is made here' },
    ],
  });
}

function reportGone(event: CallEvent, site: CallSite, context: RuleContext): void {
  context.report({
    span: event.at,
    severity: 'error',
    message: `What this \`${event.name}\` uses was removed before on this path, so the call fails with EINVAL. Remove it when nobody needs it any more.`,
    related: [{ span: spanOfSite(site), message: 'It is made here' }],
  });
}
