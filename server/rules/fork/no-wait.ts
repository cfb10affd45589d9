import type { FunctionDefinition } from '../../c/ast';
import type { Rule, RuleContext } from '../rule';
import { isEndless, loopAround } from '../shared/loops';
import { contains, isStatement } from '../shared/statements';
import {
  fileCalls,
  fileMakes,
  fileMentions,
  fileNames,
  isAllRead,
  isProgram,
  ownCalls,
} from '../shared/whole-file';

export const noWait: Rule = {
  meta: {
    id: 'fork/no-wait',
    severity: 'information',
    preset: 'recommended',
    title: 'Children are never waited for, while their parent goes on making them',
    explanation:
      'A child that has ended stays as a zombie until its parent asks for its status. A server that never asks fills the table of processes, until fork fails with EAGAIN.',
    silence:
      'Programs that wait or deal with SIGCHLD anywhere in the file, call something that may, or end by themselves.',
    references: [
      { page: 'wait', section: 2 },
      { page: 'signal', section: 7 },
    ],
    example: {
      bad: `#include <sys/socket.h>
#include <unistd.h>

void serve(int listener, void (*answer)(int)) {
  for (;;) {
    int client = accept(listener, NULL, NULL);
    if (client == -1)
      continue;
    pid_t pid = fork();
    if (pid == 0) {
      answer(client);
      _exit(0);
    }
    if (pid == -1)
      break;
    close(client);
  }
}
`,
      good: `#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

void serve(int listener, void (*answer)(int)) {
  if (signal(SIGCHLD, SIG_IGN) == SIG_ERR)
    return;
  for (;;) {
    int client = accept(listener, NULL, NULL);
    if (client == -1)
      continue;
    pid_t pid = fork();
    if (pid == 0) {
      answer(client);
      _exit(0);
    }
    if (pid == -1)
      break;
    close(client);
  }
}
`,
    },
  },
  check: () => ({
    call(event, context) {
      if (event.name !== 'fork' || !event.site || isStatement(context.scope.definition, event.expr)) return;
      const loop = loopAround(context.scope.definition, event.expr);
      const requests = ownCalls(context, /^(?:accept4?|recv\w*|read|getline|fgets|mq_receive|msgrcv)$/);
      const serves = requests.some(
        ({ expr }) => loop && contains(loop, expr) && expr.start < event.expr.start,
      );
      if (!loop || !serves || !isEndless(loop, context) || endsChildrenElsewhere(context)) return;
      context.report({
        span: event.at,
        message:
          'This loop makes children for ever, and nothing in the file waits for them: each stays as a zombie when it ends, until `fork` fails with EAGAIN. Reap them with `waitpid(-1, NULL, WNOHANG)` in a loop, or ignore SIGCHLD.',
      });
    },
  }),
};

function endsChildrenElsewhere(context: RuleContext): boolean {
  const waits = fileCalls(context, waiting).some(
    ({ within }) => within.name === 'main' || isUsed(within, context),
  );
  return (
    waits ||
    (fileMentions(context, waiting) && !fileMakes(context, waiting)) ||
    namesSigchld(context) ||
    !isAllRead(context)
  );
}

const waiting = /wait|reap|sigchld|daemon/i;

/** Some function of the file names it, or those of another file may. */
function isUsed({ name, storage, type }: FunctionDefinition, context: RuleContext): boolean {
  // A handler that nobody installs waits for nothing.
  const looksLikeHandler = storage.includes('static') || (isProgram(context) && type.params.length === 1);
  return !looksLikeHandler || fileNames(context, name);
}

function namesSigchld(context: RuleContext): boolean {
  return fileNames(context, /^(?:SIGCHLD|SIGCLD|SA_NOCLDWAIT|PR_SET_CHILD_SUBREAPER)$/);
}
