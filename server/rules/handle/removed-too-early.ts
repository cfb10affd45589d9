import type { CallEvent } from '../../analysis/events';
import type { Location } from '../../analysis/path';
import { parameterIndex } from '../../c/ast';
import type { Rule, RuleContext } from '../rule';
import { constantNamed } from '../shared/support';

const removed = 'handle/removed-too-early';

export const removedTooEarly: Rule = {
  meta: {
    id: 'handle/removed-too-early',
    severity: 'warning',
    preset: 'recommended',
    title: 'A name is removed before the one who is to open it has done so',
    explanation:
      'Who has an object open keeps it when its name is removed, but nobody can open it by that name any more: the peer fails with ENOENT, or creates a new object that nobody else uses.',
    silence:
      'Names that are removed in case they are left over, names that are created again, and peers in other programs.',
    references: [
      { page: 'unlink', section: 2 },
      { page: 'shm_unlink', section: 3 },
    ],
    example: {
      bad: `#include <fcntl.h>
#include <semaphore.h>
#include <sys/wait.h>
#include <unistd.h>

int run(void) {
  sem_t *gate = sem_open("/gate", O_CREAT | O_EXCL, 0600, 0);
  if (gate == SEM_FAILED)
    return -1;
  sem_unlink("/gate");
  pid_t pid = fork();
  if (pid == 0) {
    sem_t *mine = sem_open("/gate", 0);
    _exit(mine == SEM_FAILED ? 1 : sem_post(mine));
  }
  return pid == -1 ? -1 : waitpid(pid, NULL, 0);
}
`,
      good: `#include <fcntl.h>
#include <semaphore.h>
#include <sys/wait.h>
#include <unistd.h>

int run(void) {
  sem_t *gate = sem_open("/gate", O_CREAT | O_EXCL, 0600, 0);
  if (gate == SEM_FAILED)
    return -1;
  pid_t pid = fork();
  if (pid == 0) {
    sem_t *mine = sem_open("/gate", 0);
    _exit(mine == SEM_FAILED ? 1 : sem_post(mine));
  }
  if (pid != -1)
    waitpid(pid, NULL, 0);
  return sem_unlink("/gate");
}
`,
    },
  },
  check() {
    const removals = new Map<string, { at: Location; call: string }>();
    const opened = new Map<string, { at: Location; context: RuleContext; fork: unknown }>();
    const waits = 'handle/removed-too-early:waited';
    const racing: { name: string; event: CallEvent; context: RuleContext }[] = [];
    return {
      mark(event) {
        const { path } = event;
        const name = nameIn(event);
        const reaps = event.site?.call.effects.some(({ op }) => op === 'reap');
        if (path.role.kind === 'parent' && (reaps || mayWait(event))) path.setNote(waits, true);
        if (!event.site) for (const each of namesGiven(event)) path.setNote(`${removed} ${each}`, undefined);
        if (name === undefined) return;
        if (creates(event)) path.setNote(`${removed}+ ${name}`, true);
        if (removes(event) && path.note(`${removed}+ ${name}`)) {
          removals.set(name, { at: event.at, call: event.name });
          path.setNote(`${removed} ${name}`, true);
        } else if (!removes(event)) path.setNote(`${removed} ${name}`, undefined);
      },
      call(event, context) {
        const name = nameIn(event);
        if (name === undefined) return;
        const { path } = event;
        const removal = removals.get(name);
        if (opensOnly(event) && removal && path.note(`${removed} ${name}`)) {
          reportOpen(event, name, removal, context);
        } else if (opensOnly(event) && path.role.kind === 'child') {
          opened.set(name, { at: event.at, context, fork: path.role.fork });
        } else if (removes(event) && path.role.kind === 'parent' && path.note(waits) === undefined) {
          racing.push({ name, event, context });
        }
      },
      end() {
        for (const { name, event, context } of racing) {
          const peer = opened.get(name);
          if (!peer || peer.fork !== event.path.role.fork) continue;
          context.report({
            span: event.at,
            message: `The child opens "${name}", but nothing here waits until it has: when this \`${event.name}\` comes first, the child fails with ENOENT. Remove the name after \`waitpid\`, or let the child tell when it has opened it.`,
            related: [{ span: peer.at, message: 'The child opens it here' }],
          });
        }
      },
    };
  },
};

function reportOpen(
  event: CallEvent,
  name: string,
  { at, call }: { at: Location; call: string },
  context: RuleContext,
): void {
  context.report({
    span: at,
    message: `\`${call}\` removes "${name}" before this program opens it again by that name: \`${event.name}\` then fails with ENOENT. Remove the name when everybody has opened it.`,
    related: [{ span: event.at, message: 'It is opened here' }],
  });
}

/** The name that a call is about, where it is known as a text. */
function nameIn(event: CallEvent): string | undefined {
  const effect = event.site?.call.effects.find(({ name }) => name !== undefined);
  const index = parameterIndex(event.site?.call.params, effect?.name);
  return event.args[index]?.value.text;
}

/** A function of the program that is given a name may make it anew, itself or by a program that it starts. */
function namesGiven({ args, path }: CallEvent): string[] {
  return args.flatMap(({ value: { text } }) =>
    text !== undefined && path.note(`${removed} ${text}`) ? [text] : [],
  );
}

const opening = /^(?:open|fopen|sem_open|shm_open|mq_open)$/;
const creating = /^(?:mkfifo|mknod|creat)$/;

function hasCreat(event: CallEvent): boolean | undefined {
  if (event.name === 'fopen') {
    return /^[wa]/.test(event.args[1]?.value.text ?? 'w');
  }
  const flags = event.args[1]?.value.constant;
  return flags === undefined ? undefined : (flags & constantNamed('O_CREAT')) !== 0n;
}

function creates(event: CallEvent): boolean {
  return creating.test(event.name) || (opening.test(event.name) && hasCreat(event) !== false);
}

function opensOnly(event: CallEvent): boolean {
  return opening.test(event.name) && hasCreat(event) === false;
}

function removes(event: CallEvent): boolean {
  return /^(?:unlink|remove|sem_unlink|shm_unlink|mq_unlink)$/.test(event.name);
}

/** A call that may wait until the child has done something. */
function mayWait(event: CallEvent): boolean {
  return (
    (event.site?.call.blocking.blocks ?? !event.into) && !/^printf|^fprintf|^puts|^perror/.test(event.name)
  );
}
