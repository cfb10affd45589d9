import type { PlacedUse } from '../project/facts';
import { fileName, type ProgramView, type ProjectRule } from '../project/project-rule';

/** What a program does with message queues. */
function queueUses({ uses }: ProgramView): PlacedUse[] {
  return uses.filter(({ kind }) => kind === 'sysv-msg');
}

function gets(program: ProgramView): PlacedUse[] {
  return queueUses(program).filter(({ does }) => does === 'create' || does === 'open');
}

/** The one queue that a program has is one that nobody else can find. */
function isAlone(program: ProgramView): boolean {
  const [only, ...others] = gets(program);
  return !program.forks && others.length === 0 && only?.name?.by === 'private';
}

/** The one queue that a program has is found by a key, and it does not create it. */
function isLooking(program: ProgramView): boolean {
  const [only, ...others] = gets(program);
  return (
    others.length === 0 && only?.does === 'open' && (only.name?.by === 'key' || only.name?.by === 'ftok')
  );
}

/** All that a program does with messages is to send, or all is to receive. */
function oneWay(program: ProgramView): 'write' | 'read' | undefined {
  const ways = new Set(
    queueUses(program).flatMap(({ does }) => (does === 'write' || does === 'read' ? [does] : [])),
  );
  const [way] = ways;
  return ways.size === 1 ? way : undefined;
}

const note = `// file: note.h
#define NOTE_KEY 0x4e4f
struct note { long type; char text[16]; };
`;
const programs = (key: string) => `// file: sender.c
#include <sys/msg.h>
#include "note.h"

int main(void) {
  struct note note = { .type = 1 };
  int queue = msgget(${key}, IPC_CREAT | 0600);
  if (queue == -1) return 1;
  return msgsnd(queue, &note, sizeof(note.text), 0) == -1;
}
${note}// file: receiver.c
#include <stddef.h>
#include <sys/msg.h>
#include "note.h"

int main(void) {
  struct note note;
  int queue = msgget(${key}, IPC_CREAT | 0600);
  if (queue == -1) return 1;
  if (msgrcv(queue, &note, sizeof(note.text), 1, 0) == -1) return 1;
  return msgctl(queue, IPC_RMID, NULL) == -1;
}
`;

export const privateWithKeyUse: ProjectRule = {
  meta: {
    id: 'sysv/private-with-key-use',
    severity: 'warning',
    preset: 'recommended',
    title: 'A program makes a private queue where another one should find it',
    explanation:
      '`IPC_PRIVATE` makes a new object at every call, which no other program can find. What one sends there, the other never receives.',
    silence:
      'Reported where one program only sends and one other only receives, neither makes processes of itself, and each has one queue: private in one, and in the other private too or looked for under a key that nobody creates.',
    references: [{ page: 'msgget', section: 2 }],
    example: { bad: programs('IPC_PRIVATE'), good: programs('NOTE_KEY') },
  },
  checkProject({ programs: all }, report) {
    const users = all.filter((program) => program.main !== undefined && queueUses(program).length > 0);
    const [one, other, ...more] = users;
    // With more than two, it cannot be told who should meet whom.
    if (!one || !other || more.length > 0) return;
    const ways = [oneWay(one), oneWay(other)].sort().join();
    if (ways !== 'read,write') return;
    const bothAlone = isAlone(one) && isAlone(other);
    const [lonely, seeker] = isAlone(one) ? [one, other] : [other, one];
    if (!bothAlone && !(isAlone(lonely) && isLooking(seeker))) return;
    const [made] = gets(lonely);
    const [looked] = gets(seeker);
    if (!made || !looked) return;
    const what = bothAlone
      ? `so does the one in ${fileName(looked)}`
      : `${fileName(looked)} looks for one under the key \`${looked.name?.text}\``;
    report({
      use: made,
      message: `\`IPC_PRIVATE\` makes a queue that no other program finds, and ${what}: the two never meet. Give both the same key, from \`ftok\` or a constant.`,
      related: [{ use: looked, message: 'The other program takes its queue here' }],
    });
  },
};
