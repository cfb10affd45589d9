import type { Rule } from '../rule';
import { doublePipes } from '../subjects/kept-ends';

export const behindFork: Rule = {
  meta: {
    id: 'pipe/behind-fork',
    severity: 'error',
    preset: 'recommended',
    title: 'Parent and child make a pipe each that was meant for both',
    explanation:
      'Two processes share a pipe when one of them has made it before they go apart: `fork` copies the descriptors that are there. A call of `pipe` to which both come behind the fork makes two pipes, and what one process writes never reaches the other.',
    silence:
      'Pipes that only one of the processes makes, that each uses from both ends, or that are there for a later child.',
    references: [
      { page: 'pipe', section: 2 },
      { page: 'fork', section: 2 },
    ],
    example: {
      bad: `#include <sys/wait.h>
#include <unistd.h>

int main(void) {
  int fd[2];
  char c = 0;
  pid_t child = fork();
  if (child == -1 || pipe(fd) == -1)
    return 1;
  if (child == 0) {
    close(fd[0]);
    _exit(write(fd[1], "x", 1) != 1);
  }
  close(fd[1]);
  if (read(fd[0], &c, 1) != 1)
    c = 0;
  close(fd[0]);
  wait(NULL);
  return c == 'x' ? 0 : 1;
}
`,
      good: `#include <sys/wait.h>
#include <unistd.h>

int main(void) {
  int fd[2];
  char c = 0;
  if (pipe(fd) == -1)
    return 1;
  pid_t child = fork();
  if (child == -1)
    return 1;
  if (child == 0) {
    close(fd[0]);
    _exit(write(fd[1], "x", 1) != 1);
  }
  close(fd[1]);
  if (read(fd[0], &c, 1) != 1)
    c = 0;
  close(fd[0]);
  wait(NULL);
  return c == 'x' ? 0 : 1;
}
`,
    },
  },
  check: (context) => ({
    end() {
      for (const { array, kind, made, fork } of doublePipes(context)) {
        const [one, it] = kind === 'pipe' ? ['a pipe', 'pipe'] : ['a pair of sockets', 'pair'];
        context.report({
          span: made,
          message: `Parent and child have gone apart already and each makes ${one} of its own in \`${array}\` here, so what one writes never reaches the other. Make the ${it} before the fork.`,
          related: [{ span: fork, message: 'From here on there are two processes' }],
        });
      }
    },
  }),
};
