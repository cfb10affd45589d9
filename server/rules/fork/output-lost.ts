import type { CallEvent } from '../../analysis/events';
import type { Location } from '../../analysis/path';
import { descriptor } from '../../analysis/places';
import type { Rule, RuleContext } from '../rule';
import { fixOf, insertedBefore, lineOf } from '../shared/edits';
import { isDirect } from '../shared/support';
import { fileMentions } from '../shared/whole-file';
import { empties, outputText, readsInput } from '../subjects/waiting-output';

const id = 'fork/output-lost';

export const outputLost: Rule = {
  meta: {
    id,
    severity: 'warning',
    preset: 'recommended',
    title: 'Output that waits in a stdio buffer is lost by _exit or exec',
    explanation:
      'What `printf` writes waits in memory until the buffer is full, a terminal gets a whole line, or `exit` or `fflush` writes it out. `_exit` ends the process without that, and `exec` replaces its memory: what still waits is gone.',
    silence:
      'Output behind which another function is called that cannot be followed, or standard input is read, programs that choose how output waits, and whole lines where standard output may be a terminal, which shows them at once.',
    references: [
      { page: '_exit', section: 2 },
      { page: 'stdio', section: 3 },
    ],
    example: {
      bad: `#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
  pid_t pid = fork();
  if (pid == -1)
    return 1;
  if (pid == 0) {
    printf("child %d", (int)getpid());
    _exit(0);
  }
  return waitpid(pid, NULL, 0) == -1;
}
`,
      good: `#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
  pid_t pid = fork();
  if (pid == -1)
    return 1;
  if (pid == 0) {
    printf("child %d", (int)getpid());
    fflush(stdout);
    _exit(0);
  }
  return waitpid(pid, NULL, 0) == -1;
}
`,
    },
  },
  check: () => {
    const outputs = new Map<string, { at: Location; name: string }>();
    return {
      mark(event, context) {
        follow(event, context, outputs);
      },
      call(event, context) {
        const [, line, key = ''] = /^(line )?(.*)$/.exec(String(event.path.note(id) ?? '')) ?? [];
        const output = outputs.get(key);
        const ends = isExec(event) || /^_(?:exit|Exit)$/.test(event.name);
        // A terminal shows a line at once.
        if (!output || !ends || (line && !isRedirected(event))) return;
        // Whoever chooses how output waits has thought of it.
        if (!fileMentions(context, /^set(?:v|line)?buf$/)) tell(event, output, context);
      },
    };
  },
};

function isExec({ site }: CallEvent): boolean {
  return site?.call.effects.some(({ op }) => op === 'exec') ?? false;
}

/** Standard output is a file or a pipe that the process has put there. */
function isRedirected({ path }: CallEvent): boolean {
  return path.get(descriptor(1n))?.origins !== undefined;
}

/** Output that waits for certain, as a note of where it was made. */
function follow(
  event: CallEvent,
  context: RuleContext,
  outputs: Map<string, { at: Location; name: string }>,
): void {
  const { path, name, site, at } = event;
  const text = outputText(event);
  if (text !== undefined) {
    const key = `${at.within.name} ${at.start}`;
    outputs.set(key, { at, name });
    path.setNote(id, text === '' || text.endsWith('\n') ? `line ${key}` : key);
  } else if (path.note(id) === undefined) return;
  else if (site?.call.effects.some(({ op }) => op === 'fork') || readsInput(event) || empties(event, context))
    path.setNote(id, undefined);
}

function tell(event: CallEvent, { at, name }: { at: Location; name: string }, context: RuleContext): void {
  const own = isDirect(event.at, event.expr) ? lineOf(event.expr, context.scope.definition) : undefined;
  const how = isExec(event) ? 'replaces the memory of the process' : 'ends the process at once';
  context.report({
    span: event.at,
    message: `What \`${name}\` has written still waits in the buffer here, and \`${event.name}\` ${how}: nobody ever sees it. Call \`fflush(stdout)\` before.`,
    related: [{ span: at, message: 'This output still waits in the buffer' }],
    ...fixOf('Write the output before', own && insertedBefore(own, 'fflush(stdout);', context)),
  });
}
