import { canTake } from '../project/messages';
import {
  type Act,
  actsByObject,
  actsOf,
  areApart,
  fileName,
  type ProjectRule,
} from '../project/project-rule';

/** Every receive of the project is from a queue that is known. */
function allKnown(acts: readonly Act[]): boolean {
  return acts.every(
    ({ use: { kind, does, name } }) => kind !== 'sysv-msg' || does !== 'read' || name !== undefined,
  );
}

export const typeNeverReceived: ProjectRule = {
  meta: {
    id: 'sysv-msg/type-never-received',
    severity: 'warning',
    preset: 'recommended',
    title: 'A message is sent with a type that nobody receives',
    explanation:
      'A receive that asks for certain types passes over all others. Messages that nobody asks for stay in the queue until it is full, and then every sender waits, while the receiver waits for what never comes.',
    silence:
      'The queue and the types of every receive must be known, and another process must receive from the queue. A receive that takes any type, or of which the type is not known, keeps the rule silent.',
    references: [{ page: 'msgop', section: 2 }],
    example: {
      bad: `// file: asks.c
#include <sys/msg.h>

struct note { long type; char text[16]; };

int main(void) {
  struct note note = { .type = 2 };
  int queue = msgget(0x52, IPC_CREAT | 0600);
  if (queue == -1) return 1;
  return msgsnd(queue, &note, sizeof(note.text), 0) == -1;
}
// file: answers.c
#include <stddef.h>
#include <sys/msg.h>

struct note { long type; char text[16]; };

int main(void) {
  struct note note;
  int queue = msgget(0x52, IPC_CREAT | 0600);
  if (queue == -1) return 1;
  if (msgrcv(queue, &note, sizeof(note.text), 1, 0) == -1) return 1;
  return msgctl(queue, IPC_RMID, NULL) == -1;
}
`,
      good: `// file: asks.c
#include <sys/msg.h>

struct note { long type; char text[16]; };

int main(void) {
  struct note note = { .type = 1 };
  int queue = msgget(0x52, IPC_CREAT | 0600);
  if (queue == -1) return 1;
  return msgsnd(queue, &note, sizeof(note.text), 0) == -1;
}
// file: answers.c
#include <stddef.h>
#include <sys/msg.h>

struct note { long type; char text[16]; };

int main(void) {
  struct note note;
  int queue = msgget(0x52, IPC_CREAT | 0600);
  if (queue == -1) return 1;
  if (msgrcv(queue, &note, sizeof(note.text), 1, 0) == -1) return 1;
  return msgctl(queue, IPC_RMID, NULL) == -1;
}
`,
    },
  },
  checkProject(neighbourhood, report) {
    const all = actsOf(neighbourhood);
    if (!allKnown(all)) return;
    for (const acts of actsByObject(all).values()) {
      const receives = acts.filter(({ use }) => use.kind === 'sysv-msg' && use.does === 'read');
      for (const send of acts) {
        const { kind, does, messageType } = send.use;
        if (kind !== 'sysv-msg' || does !== 'write' || messageType === undefined || messageType <= 0)
          continue;
        const others = receives.filter((receive) => areApart(receive, send));
        if (others.length === 0 || receives.some(({ use }) => canTake(use, send.use) !== false)) continue;
        report({
          use: send.use,
          message: `Nobody receives messages of type ${messageType} from this queue: those sent here stay in it until it is full, and then \`msgsnd\` waits for ever. Send the type that the receivers ask for.`,
          related: others.slice(0, 3).map(({ use }) => ({
            use,
            message: `A receive in ${fileName(use)} asks for ${asked(use.messageType ?? 0)}`,
          })),
        });
      }
    }
  },
};

function asked(type: number): string {
  return type < 0 ? `types up to ${-type}` : `type ${type}`;
}
