import { noteOn } from '../../analysis/notes';
import type { CallSite } from '../../analysis/values';
import type { Rule } from '../rule';
import { spanOfSite } from '../shared/loops';
import { argument } from '../shared/support';
import { PipeUses, processOf, type Use } from '../subjects/pipe-uses';
import { endMoved } from '../subjects/pipes';

const id = 'pipe/one-pipe-two-ways';

export const onePipeTwoWays: Rule = {
  meta: {
    id,
    severity: 'warning',
    preset: 'recommended',
    title: 'Two processes use one pipe for both directions',
    explanation:
      'A pipe has one stream of bytes, whoever writes them. A process that writes a request and then reads the answer from the same pipe may well read back its own request, and the other process then waits for ever.',
    silence: 'Single bytes, which serve as tokens, and processes that do not first write and then read.',
    references: [
      { page: 'pipe', section: 7 },
      { page: 'socketpair', section: 2 },
    ],
    example: {
      bad: `#include <unistd.h>

int ask(void) {
  int fd[2];
  int number = 7;
  if (pipe(fd) == -1)
    return -1;
  switch (fork()) {
  case -1:
    return -1;
  case 0:
    if (read(fd[0], &number, sizeof number) != sizeof number)
      _exit(1);
    number *= 2;
    if (write(fd[1], &number, sizeof number) != sizeof number)
      _exit(1);
    _exit(0);
  }
  if (write(fd[1], &number, sizeof number) != sizeof number)
    return -1;
  if (read(fd[0], &number, sizeof number) != sizeof number)
    return -1;
  return number;
}
`,
      good: `#include <sys/socket.h>
#include <unistd.h>

int ask(int sv[2]) {
  int number = 7;
  if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sv) == -1)
    return -1;
  switch (fork()) {
  case -1:
    return -1;
  case 0:
    if (read(sv[1], &number, sizeof number) != sizeof number)
      _exit(1);
    number *= 2;
    if (write(sv[1], &number, sizeof number) != sizeof number)
      _exit(1);
    _exit(0);
  }
  if (write(sv[0], &number, sizeof number) != sizeof number)
    return -1;
  if (read(sv[0], &number, sizeof number) != sizeof number)
    return -1;
  return number;
}
`,
    },
  },
  check() {
    const uses = new PipeUses();
    const readsBack: Use[] = [];
    return {
      mark(event) {
        const end = endMoved(event, 'write');
        if (end?.end === 'write') event.path.setNote(noteOn(id, end.site), processOf(event.path.role));
      },
      call(event, context) {
        const before = uses.all.length;
        uses.see(event, context);
        for (const use of uses.all.slice(before)) {
          const wrote = event.path.note(noteOn(id, use.pipe)) === use.process;
          if (use.end === 'read' && wrote && isMessage(use)) readsBack.push(use);
        }
      },
      end() {
        const reported = new Set<CallSite>();
        // The one that asks first, which is the parent most often, tells the story best.
        for (const use of readsBack.sort((a, b) => a.process.length - b.process.length)) {
          const peer = peerOf(use, uses);
          if (!uses.shared.has(use.pipe) || !peer || reported.has(use.pipe)) continue;
          reported.add(use.pipe);
          report(use, peer);
        }
      },
    };
  },
};

/** More than the one byte that stands for a token. */
function isMessage({ event }: Use): boolean {
  return argument(event, 'count')?.value.constant !== 1n;
}

/** Where another process writes into the pipe from which it also reads. */
function peerOf({ pipe, process }: Use, uses: PipeUses): Use | undefined {
  return uses
    .of(pipe, 'write')
    .find(
      (write) =>
        write.process !== process && uses.of(pipe, 'read').some((read) => read.process === write.process),
    );
}

function report({ event, pipe, role, context }: Use, peer: Use): void {
  const who = role.kind === 'child' ? 'the child' : 'the parent';
  context.report({
    span: event.at,
    message: `Both processes read from and write into this one pipe, and ${who} reads here after it has written: it may get its own bytes back, and the other process then waits for ever. Use a pipe for each direction, or \`socketpair\`.`,
    related: [
      { span: spanOfSite(pipe), message: 'The pipe is created here' },
      { span: peer.event.at, message: 'The other process writes into the same pipe here' },
    ],
  });
}
