import { canTake } from '../project/messages';
import {
  type Act,
  actsByObject,
  actsOf,
  areApart,
  fileName,
  type ProjectRule,
} from '../project/project-rule';

/** The longest message that another process sends and this receive may get. */
function longestFor(receive: Act, acts: readonly Act[]): Act | undefined {
  const sends = acts.filter(
    (act) =>
      act.use.does === 'write' &&
      act.use.size !== undefined &&
      areApart(act, receive) &&
      (canTake(receive.use, act.use) === true ||
        (canTake(receive.use, act.use) === undefined && areAllLonger(receive, acts))),
  );
  return sends.sort((a, b) => (b.use.size ?? 0) - (a.use.size ?? 0))[0];
}

/** Whatever type is asked for, there is no message that would fit. */
function areAllLonger(receive: Act, acts: readonly Act[]): boolean {
  const sends = acts.filter(({ use: { does } }) => does === 'write');
  return sends.every(
    (act) => act.use.size !== undefined && act.use.size > (receive.use.size ?? 0) && areApart(act, receive),
  );
}

export const receiveTooSmall: ProjectRule = {
  meta: {
    id: 'sysv-msg/receive-too-small',
    severity: 'warning',
    preset: 'recommended',
    title: '`msgrcv` takes fewer bytes than another process sends',
    explanation:
      'A message that is longer than the size given to `msgrcv` makes it fail with E2BIG, and stays in the queue: every further receive of that type fails on the same message.',
    silence:
      'Both sizes must be constants, the queue and the types must fit for certain, and the two calls must be made by different processes. A receive with `MSG_NOERROR` cuts the message and is left alone.',
    references: [{ page: 'msgop', section: 2 }],
    example: {
      bad: `// file: clerk.c
#include <sys/msg.h>
#include "order.h"

int main(void) {
  struct order order = { .type = 1 };
  int queue = msgget(KEY, IPC_CREAT | 0600);
  if (queue == -1) return 1;
  return msgsnd(queue, &order, sizeof(order.text), 0) == -1;
}
// file: order.h
#define KEY 0x51
struct order { long type; char text[200]; };
// file: kitchen.c
#include <stddef.h>
#include <sys/msg.h>
#include "order.h"

int main(void) {
  struct { long type; char text[100]; } note;
  int queue = msgget(KEY, IPC_CREAT | 0600);
  if (queue == -1) return 1;
  if (msgrcv(queue, &note, sizeof(note.text), 0, 0) == -1) return 1;
  return msgctl(queue, IPC_RMID, NULL) == -1;
}
`,
      good: `// file: clerk.c
#include <sys/msg.h>
#include "order.h"

int main(void) {
  struct order order = { .type = 1 };
  int queue = msgget(KEY, IPC_CREAT | 0600);
  if (queue == -1) return 1;
  return msgsnd(queue, &order, sizeof(order.text), 0) == -1;
}
// file: order.h
#define KEY 0x51
struct order { long type; char text[200]; };
// file: kitchen.c
#include <stddef.h>
#include <sys/msg.h>
#include "order.h"

int main(void) {
  struct order order;
  int queue = msgget(KEY, IPC_CREAT | 0600);
  if (queue == -1) return 1;
  if (msgrcv(queue, &order, sizeof(order.text), 0, 0) == -1) return 1;
  return msgctl(queue, IPC_RMID, NULL) == -1;
}
`,
    },
  },
  checkProject(neighbourhood, report) {
    for (const acts of actsByObject(actsOf(neighbourhood)).values()) {
      for (const receive of acts) {
        const { kind, does, cuts, size } = receive.use;
        if (kind !== 'sysv-msg' || does !== 'read' || cuts !== false || size === undefined) continue;
        const longest = longestFor(receive, acts)?.use;
        if (!longest || (longest.size ?? 0) <= size) continue;
        report({
          use: receive.use,
          message: `\`msgrcv\` takes at most ${size} bytes here, but ${fileName(longest)} sends ${longest.size} to this queue: the call fails with E2BIG, and the message stays where it is. Receive into a buffer for the longest message, or pass \`MSG_NOERROR\` to have it cut.`,
          related: [{ use: longest, message: `${longest.size} bytes are sent here` }],
        });
      }
    }
  },
};
