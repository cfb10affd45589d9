import type { Rule } from '../rule';
import { loopAround, spanOfSite } from '../shared/loops';
import { contains } from '../shared/statements';
import { argument } from '../shared/support';
import { PipeUses, type Use } from '../subjects/pipe-uses';
import { forksOf, pipeBuf } from '../subjects/pipes';

export const interleavedWrites: Rule = {
  meta: {
    id: 'pipe/interleaved-writes',
    severity: 'warning',
    preset: 'recommended',
    title: 'Several processes write records into one pipe that are too long to stay whole',
    explanation:
      'A write of up to PIPE_BUF bytes, 4096 on Linux, goes into a pipe in one piece. A longer one may be cut in parts, with bytes of other writers between them, and the reader gets a mixture.',
    silence: 'A single writer, sizes that are not known, and programs that use locks or semaphores.',
    references: [{ page: 'pipe', section: 7 }],
    example: {
      bad: `#include <unistd.h>

struct record {
  int worker;
  char text[8000];
};

int report(struct record *record) {
  int fd[2];
  if (pipe(fd) == -1)
    return -1;
  for (int i = 0; i < 4; i++) {
    pid_t pid = fork();
    if (pid == -1)
      break;
    if (pid == 0) {
      record->worker = i;
      _exit(write(fd[1], record, sizeof *record) != sizeof *record);
    }
  }
  close(fd[1]);
  return fd[0];
}
`,
      good: `#include <unistd.h>

struct record {
  int worker;
  char text[4000];
};

int report(struct record *record) {
  int fd[2];
  if (pipe(fd) == -1)
    return -1;
  for (int i = 0; i < 4; i++) {
    pid_t pid = fork();
    if (pid == -1)
      break;
    if (pid == 0) {
      record->worker = i;
      _exit(write(fd[1], record, sizeof *record) != sizeof *record);
    }
  }
  close(fd[1]);
  return fd[0];
}
`,
    },
  },
  check() {
    const uses = new PipeUses();
    let locks = false;
    return {
      call(event, context) {
        locks ||= event.site?.call.effects.some(({ op }) => op === 'lock' || op === 'wait') ?? false;
        uses.see(event, context);
      },
      end() {
        if (locks) return;
        const reported = new Set<unknown>();
        for (const use of uses.all) {
          const count = argument(use.event, 'count')?.value.constant;
          if (use.end !== 'write' || use.event.name !== 'write' || count === undefined || count <= pipeBuf)
            continue;
          if (!uses.shared.has(use.pipe) || reported.has(use.event.expr) || !hasRivals(use, uses)) continue;
          reported.add(use.event.expr);
          use.context.report({
            span: use.event.at,
            message: `Several processes write into this pipe, and a write of ${count} bytes is longer than PIPE_BUF (${pipeBuf}): its parts may be mixed with those of the others. Keep records within PIPE_BUF, or give each process a pipe of its own.`,
            related: [{ span: spanOfSite(use.pipe), message: 'The pipe is created here' }],
          });
        }
      },
    };
  },
};

/** Another process writes too, or many children that one fork in a loop made. */
function hasRivals(use: Use, uses: PipeUses): boolean {
  if (uses.of(use.pipe, 'write').some(({ process }) => process !== use.process)) {
    return true;
  }
  const [fork] = forksOf(use.role, 'child');
  const loop = fork && loopAround(fork.within, fork.expr);
  // A pipe made in the same loop is another one for each child.
  return !!loop && !(use.pipe.within === fork.within && contains(loop, use.pipe.expr));
}
