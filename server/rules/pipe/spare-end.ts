import type { Location, Path } from '../../analysis/path';
import { descriptor } from '../../analysis/places';
import type { CallSite } from '../../analysis/values';
import { type Expr, type FunctionDefinition, someStmtIn } from '../../c/ast';
import type { Rule, RuleContext } from '../rule';
import { fixOf } from '../shared/edits';
import { isLoop, loopAround, spanOfSite } from '../shared/loops';
import { argument, isDirect } from '../shared/support';
import { inheritedEnds } from '../subjects/kept-ends';
import { closeInFront } from '../subjects/one-side';
import { PipeUses, processOf, type Use } from '../subjects/pipe-uses';
import {
  endHeld,
  forksOf,
  isUnsure,
  markUnsure,
  nameOfOpenEnd,
  obscures,
  pipeBuf,
  pipeEnd,
  pipesOf,
  readsToTheEnd,
  staysOverExec,
} from '../subjects/pipes';
import { IdleEnds } from './idle-ends';

const id = 'pipe/spare-end';

export const spareEnd: Rule = {
  meta: {
    id,
    severity: 'warning',
    preset: 'recommended',
    title: 'A process keeps the end of a pipe that it does not use',
    explanation:
      '`fork` gives both processes both ends. A writer that also holds the read end is never told by SIGPIPE or EPIPE that the reader has gone: it fills the pipe and then waits for ever. A reader that also holds the write end never sees end-of-file.',
    silence:
      'Ends that the process uses itself or hands to somebody else or to children it makes later, ends that are closed before the process ends, and functions that return, whose caller may close them. Where all that a process writes finds room in the pipe, it is told as information.',
    references: [
      { page: 'pipe', section: 7 },
      { page: 'fork', section: 2 },
    ],
    example: {
      bad: `#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char *argv[]) {
  int fd[2];
  char c;
  if (argc < 2 || pipe(fd) == -1)
    return 1;
  switch (fork()) {
  case -1:
    return 1;
  case 0:
    close(fd[1]);
    while (read(fd[0], &c, 1) == 1)
      if (write(STDOUT_FILENO, &c, 1) != 1)
        _exit(1);
    _exit(0);
  }
  if (write(fd[1], argv[1], strlen(argv[1])) == -1)
    return 1;
  close(fd[1]);
  wait(NULL);
  return 0;
}
`,
      good: `#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char *argv[]) {
  int fd[2];
  char c;
  if (argc < 2 || pipe(fd) == -1)
    return 1;
  switch (fork()) {
  case -1:
    return 1;
  case 0:
    close(fd[1]);
    while (read(fd[0], &c, 1) == 1)
      if (write(STDOUT_FILENO, &c, 1) != 1)
        _exit(1);
    _exit(0);
  }
  close(fd[0]);
  if (write(fd[1], argv[1], strlen(argv[1])) == -1)
    return 1;
  close(fd[1]);
  wait(NULL);
  return 0;
}
`,
    },
  },
  check(own) {
    const root = own.scope.definition;
    const uses = new PipeUses();
    const idle = new IdleEnds(uses);
    const fates: Fate[] = [];
    const execs: { pipe: CallSite; send(): void }[] = [];
    let obscure = false;
    return {
      mark: markUnsure,
      call(event, context) {
        obscure ||= obscures(event, context) && !/^(?:kill|alarm|poll|select)$/.test(event.name);
        uses.see(event, context);
      },
      pathEnd(event, context) {
        const { how, path, inMain, at } = event;
        if (path.role.kind === 'only') return;
        const sure = !isUnsure(path);
        idle.hearEnd(event, sure, context);
        for (const pipe of pipesOf(path)) {
          for (const end of ['read', 'write'] as const) {
            const open =
              sure && (how !== 'return' || inMain) && how !== 'exec' && endHeld(path, pipe, end) === 'open';
            fates.push({ pipe, end, process: processOf(path.role), open });
          }
        }
        if (how === 'exec') uses.seeExec(path);
        if (how === 'exec' && sure) {
          const output = writerOf(path);
          const name = output && nameOfOpenEnd(path, output, 'read');
          if (
            output &&
            name !== undefined &&
            endHeld(path, output, 'read') === 'open' &&
            staysOverExec(output)
          ) {
            execs.push({ pipe: output, send: () => reportExec(output, name, at, path, context) });
          }
        }
      },
      end() {
        const sure = obscure ? [] : execs.filter(({ pipe }) => uses.shared.has(pipe));
        for (const { send } of sure) send();
        if (sure.length === 0) tellInherited(own);
        if (obscure) return;
        idle.report();
        const reported = new Set<string>();
        for (const use of uses.all) {
          const key = `${use.pipe.id} ${use.process}`;
          if (!reported.has(key) && isSpare(use, uses, fates)) {
            reported.add(key);
            report(use, fitsIn(use, uses, root));
          }
        }
      },
    };
  },
};

/** What became of one end of a pipe when a process ended, on one path. */
interface Fate {
  pipe: CallSite;
  end: 'read' | 'write';
  process: string;
  open: boolean;
}

function isSpare(use: Use, uses: PipeUses, fates: readonly Fate[]): boolean {
  const { pipe, end, process, otherOpen, event, context } = use;
  const other = end === 'read' ? 'write' : 'read';
  if (otherOpen === undefined || use.role.kind === 'only' || !uses.shared.has(pipe) || uses.forksAfter(use)) {
    return false;
  }
  // That is an error of its own: pipe/unused-end-open.
  if (end === 'read' && readsToTheEnd(event, context)) {
    return false;
  }
  // Somebody else is at the other end; a pipe that one process keeps to itself has two ends in use or none.
  const others = uses.processesAt(pipe, other);
  if (others.length === 0 || others.includes(process)) {
    return false;
  }
  const own = fates.filter((fate) => fate.pipe === pipe && fate.end === other && fate.process === process);
  return own.length > 0 && own.every(({ open }) => open);
}

/** All that the process ever writes finds room in the pipe, so that it never waits for a reader. */
function fitsIn({ pipe, end, process }: Use, uses: PipeUses, root: FunctionDefinition): boolean {
  if (end === 'read') return false;
  let sum = 0n;
  const calls = new Set<Expr>();
  for (const use of uses.of(pipe, end).filter((other) => other.process === process)) {
    const { event, context } = use;
    const { definition } = context.scope;
    if (calls.has(event.expr)) continue;
    calls.add(event.expr);
    const count = argument(event, 'count')?.value;
    const most = count?.constant ?? count?.max;
    if (most === undefined || loopAround(definition, event.expr)) return false;
    // The caller may call a helper again and again.
    if (definition !== root && loopsIn(root)) return false;
    sum += most;
  }
  // As much as any pipe takes although nobody reads.
  return sum <= pipeBuf;
}

function loopsIn({ body }: FunctionDefinition): boolean {
  return someStmtIn(body, (stmt) => isLoop(stmt) || stmt.kind === 'goto');
}

function report({ pipe, end, event, role, otherOpen, context }: Use, fits: boolean): void {
  const fork = forksOf(role, role.kind === 'child' ? 'child' : 'parent')[0];
  const who = role.kind === 'child' ? 'the child' : 'the parent';
  const harm =
    end === 'write' && fits
      ? 'when the reader is gone, it gets no SIGPIPE and no EPIPE but takes what it wrote for delivered'
      : end === 'write'
        ? 'when the reader is gone, it gets no SIGPIPE but fills the pipe and then waits for ever'
        : 'it never sees end-of-file when the writer is gone, and waits for ever';
  context.report({
    span: event.at,
    ...(fits ? { severity: 'information' } : {}),
    message: `\`${event.name}\` uses one end of this pipe while ${who} still holds the other, \`${otherOpen}\`, which it never uses: ${harm}. Close \`${otherOpen}\` in ${who} right after the fork.`,
    related: [
      { span: spanOfSite(pipe), message: 'The pipe is created here' },
      ...(fork ? [{ span: spanOfSite(fork), message: 'From here on both processes hold both ends' }] : []),
    ],
    ...fixOf(
      `Close ${otherOpen}`,
      isDirect(event.at, event.expr) && otherOpen !== undefined
        ? closeInFront(otherOpen, event.expr, pipe, role, context)
        : undefined,
    ),
  });
}

function reportExec(pipe: CallSite, name: string, at: Location, path: Path, context: RuleContext): void {
  const fork = forksOf(path.role, 'child')[0];
  context.report({
    span: at,
    message: `The new program writes into this pipe through its standard output and inherits the read end \`${name}\` too, so it gets no SIGPIPE when the reader is gone and may wait for ever. Close \`${name}\` before this call.`,
    related: [
      { span: spanOfSite(pipe), message: 'The pipe is created here' },
      ...(fork ? [{ span: spanOfSite(fork), message: 'From here on both processes hold both ends' }] : []),
    ],
  });
}

/** Programs whose start the walk has not seen, as one that a function of another file starts. */
function tellInherited(context: RuleContext): void {
  for (const { name, end, made, fork, exec } of inheritedEnds(context)) {
    if (end === 'write') continue;
    context.report({
      span: exec,
      message: `The new program writes into this pipe through its standard output and inherits the read end \`${name}\` too, so it gets no SIGPIPE when the reader is gone and may wait for ever. Close \`${name}\` in the child before this call.`,
      related: [
        { span: made, message: 'The pipe is created here' },
        { span: fork, message: 'From here on both processes hold both ends' },
      ],
    });
  }
}

/** The pipe that standard output is the write end of. */
function writerOf(path: Path): CallSite | undefined {
  const end = pipeEnd(path.get(descriptor(1n)));
  return end?.end === 'write' ? end.site : undefined;
}
