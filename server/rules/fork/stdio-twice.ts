import type { CallEvent, PathEndEvent } from '../../analysis/events';
import type { Location, Path } from '../../analysis/path';
import type { CallSite } from '../../analysis/values';
import type { Rule, RuleContext } from '../rule';
import { fixOf, insertedBefore, lineOf } from '../shared/edits';
import { loopAround, spanOfSite } from '../shared/loops';
import { fileMentions, ownCalls } from '../shared/whole-file';
import { empties, outputText, readsInput } from '../subjects/waiting-output';

const pending = 'fork/stdio-twice:pending';
const copied = 'fork/stdio-twice:copied';

export const stdioTwice: Rule = {
  meta: {
    id: 'fork/stdio-twice',
    severity: 'warning',
    preset: 'recommended',
    title: 'Output that waits in a stdio buffer at the fork is written twice',
    explanation:
      '`fork` copies the buffers of stdio with the rest of the memory. When the child calls exit, returns from main or writes more, its copy of the waiting output is written too.',
    silence:
      'Lines that end with a newline on standard output and prompts before standard input is read, which a terminal shows at once, children that end with _exit or execute another program, and output after calls of which nothing is known.',
    references: [
      { page: 'fork', section: 2 },
      { page: 'stdio', section: 3 },
      { page: '_exit', section: 2 },
    ],
    example: {
      bad: `#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
  printf("starting... ");
  pid_t pid = fork();
  if (pid == -1)
    return 1;
  if (pid == 0)
    exit(EXIT_SUCCESS);
  if (wait(NULL) == -1)
    return 1;
  puts("done");
  return 0;
}
`,
      good: `#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
  printf("starting... ");
  fflush(stdout);
  pid_t pid = fork();
  if (pid == -1)
    return 1;
  if (pid == 0)
    exit(EXIT_SUCCESS);
  if (wait(NULL) == -1)
    return 1;
  puts("done");
  return 0;
}
`,
    },
  },
  check(context) {
    const outputs = new Map<string, { at: Location; name: string }>();
    const lines: { path: Path; at: Location; what: string; own: RuleContext }[] = [];
    const told = new Set<string>();
    /** Forks whose children close their standard output. */
    const closed = new Set<CallSite | undefined>();
    const report = (event: { path: Path; at: Location }, what: string, own: RuleContext) => {
      const note = String(event.path.note(copied));
      // Whoever chooses how output waits has thought of it.
      if (!event.path.note(copied) || fileMentions(own, /^set(?:v|line)?buf$/)) return;
      const output = outputs.get(note.replace(/^line /, ''));
      const fork = event.path.role.fork;
      if (closed.has(fork)) return;
      if (output && fork) told.add(note);
      if (output && fork)
        reportTwice({ ...output, line: note.startsWith('line ') }, fork, event.at, what, own);
    };
    return {
      mark(event, own) {
        if (isChild(event.path) && closesAll(event)) closed.add(event.path.role.fork);
        follow(event, own, outputs);
      },
      call(event, own) {
        if (!isChild(event.path)) return;
        const line = String(event.path.note(copied)).startsWith('line ');
        const ends = /^(?:exit|err|errx|verr|verrx)$/.test(event.name);
        // Who ends with a failure has other worries than a line that comes twice.
        const succeeds = event.name === 'exit' && event.args[0]?.value.constant === 0n;
        const writes = ends || event.name === 'fflush' || endsLine(event);
        const what = `\`${event.name}\` writes`;
        if (!(line ? succeeds : writes)) return;
        if (ends) report(event, what, own);
        else lines.push({ path: event.path.copy(), at: event.at, what, own });
      },
      pathEnd(event: PathEndEvent) {
        const succeeds = event.value?.value.constant === 0n || event.value === undefined;
        const line = String(event.path.note(copied)).startsWith('line ');
        if (event.how === 'return' && event.inMain && isChild(event.path) && (succeeds || !line)) {
          report(event, 'returning from `main` writes', context);
        }
      },
      end() {
        // Where the child ends is the better place to mend it.
        for (const { what, own, ...event } of lines) {
          if (!told.has(String(event.path.note(copied))))
            report({ ...event, at: endOf(event.at, own) }, what, own);
        }
      },
    };
  },
};

/** The exit that the child comes to next. */
function endOf(at: Location, context: RuleContext): Location {
  const { definition } = context.scope;
  const next = ownCalls(context, /^(?:_?exit|_Exit|exec\w+)$/).find(({ expr }) => expr.start > at.start);
  return next?.name === 'exit' && at.within === definition ? { ...next.expr, within: definition } : at;
}

function isChild({ role }: Path): boolean {
  return role.kind === 'child';
}

function reportTwice(
  output: { at: Location; name: string; line: boolean },
  fork: CallSite,
  at: Location,
  what: string,
  context: RuleContext,
): void {
  context.report({
    span: at,
    ...(output.line ? { severity: 'information' as const } : {}),
    message: `${output.line ? 'Where standard output is no terminal, in' : 'In'} the child ${what} its copy of what \`${output.name}\` left in the buffer before the fork, so that text comes out twice. Call \`fflush(NULL)\` before the fork, and end the child with \`_exit\`.`,
    related: [
      { span: output.at, message: 'This output still waits in the buffer' },
      { span: spanOfSite(fork), message: 'The buffer is copied here' },
    ],
    ...flushFix(fork, context),
  });
}

function flushFix({ expr, within }: CallSite, context: RuleContext) {
  const line = within === context.scope.definition && !expr.use ? lineOf(expr, within) : undefined;
  return fixOf('Write the output before the fork', line && insertedBefore(line, 'fflush(stdout);', context));
}

/** Output in the buffer for certain, as a note of where it was made. */
function follow(
  event: CallEvent,
  context: RuleContext,
  outputs: Map<string, { at: Location; name: string }>,
): void {
  const { path, name, site } = event;
  if (site?.call.effects.some(({ op }) => op === 'fork')) {
    const waiting = path.note(pending);
    if (waiting !== undefined && (path.role.kind === 'only' || path.role.kind === 'parent')) {
      path.setNote(copied, waiting);
    }
    return;
  }
  const text = outputText(event);
  if (text !== undefined) {
    const key = `${event.at.within.name} ${event.at.start}`;
    outputs.set(key, { at: event.at, name });
    // A line ends the wait on a terminal only.
    if (text === '' || path.role.kind === 'child') clear(path);
    else if (!text.includes('\n')) path.setNote(pending, key);
    else if (path.note(pending) === undefined || text.endsWith('\n')) path.setNote(pending, `line ${key}`);
  } else if (readsInput(event)) {
    // Before it waits for input, a terminal shows what the program asks for.
    const waiting = path.note(pending);
    if (typeof waiting === 'string' && !waiting.startsWith('line ')) path.setNote(pending, `line ${waiting}`);
  } else if (empties(event, context)) clear(path);
}

/** A child that closes every number there is, or its standard output, writes what it has a copy of to nobody. */
function closesAll({ name, args, at, expr }: CallEvent): boolean {
  const fd = args[0]?.value;
  if (name !== 'close' || !fd || fd.origins) return false;
  return fd.constant === 1n || (fd.constant === undefined && loopAround(at.within, expr) !== undefined);
}

function clear(path: Path): void {
  path.setNote(pending, undefined);
  path.setNote(copied, undefined);
}

function endsLine(event: CallEvent): boolean {
  return outputText(event)?.includes('\n') ?? false;
}
