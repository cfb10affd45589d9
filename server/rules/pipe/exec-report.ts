import { type CallEvent, resourcesOf } from '../../analysis/events';
import type { Path } from '../../analysis/path';
import type { CallSite } from '../../analysis/values';
import { printsText } from '../../c/library';
import type { Rule, RuleContext } from '../rule';
import { fixOf } from '../shared/edits';
import { loopAround, spanOfSite } from '../shared/loops';
import { isDirect } from '../shared/support';
import { callsIn } from '../shared/uses';
import { closeInFront } from '../subjects/one-side';
import {
  endHeld,
  endMoved,
  forksOf,
  isBlocking,
  isUnsure,
  markUnsure,
  nameOfOpenEnd,
  original,
  readsToTheEnd,
  staysOverExec,
} from '../subjects/pipes';

const id = 'pipe/exec-report';

export const execReport: Rule = {
  meta: {
    id,
    severity: 'error',
    preset: 'recommended',
    title: 'A read waits for the end of a pipe whose write end is never closed',
    explanation:
      'A pipe that a child writes into only when its exec fails, or never, is read to learn of its end: the read returns 0 when the last write end is closed. One that the parent keeps, or that the new program inherits without knowing, makes the read wait for as long as that process runs.',
    silence:
      'Pipes into which a child may write before it executes another program; descriptors that are handed to functions that cannot be followed, or to another program by number; reads in loops, of which `pipe/unused-end-open` tells.',
    references: [
      { page: 'pipe', section: 7 },
      { page: 'fcntl', section: 2 },
    ],
    example: {
      bad: `#include <errno.h>
#include <unistd.h>

int start(char *argv[]) {
  int report[2], error;
  if (pipe(report) == -1)
    return -1;
  pid_t pid = fork();
  if (pid == 0) {
    execvp(argv[0], argv);
    error = errno;
    write(report[1], &error, sizeof error);
    _exit(127);
  }
  close(report[1]);
  int failed = pid == -1 || read(report[0], &error, sizeof error) > 0;
  close(report[0]);
  return failed ? -1 : 0;
}
`,
      good: `#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int start(char *argv[]) {
  int report[2], error;
  if (pipe2(report, O_CLOEXEC) == -1)
    return -1;
  pid_t pid = fork();
  if (pid == 0) {
    execvp(argv[0], argv);
    error = errno;
    write(report[1], &error, sizeof error);
    _exit(127);
  }
  close(report[1]);
  int failed = pid == -1 || read(report[0], &error, sizeof error) > 0;
  close(report[0]);
  return failed ? -1 : 0;
}
`,
    },
  },
  check() {
    const pipes = new Map<CallSite, Pipe>();
    const of = (site: CallSite) => {
      const known = pipes.get(site) ?? new Pipe(site);
      pipes.set(site, known);
      return known;
    };
    return {
      mark(event, context) {
        markUnsure(event, context);
        if (event.path.role.kind === 'child' && isExec(event)) event.path.setNote(id, true);
      },
      store({ place, value }) {
        // What a structure or a caller gets, others may write into.
        if (place !== undefined && /->|\*/.test(place)) {
          for (const site of writeEndsOf(resourcesOf(value.value))) of(site).giveAway();
        }
      },
      call(event, context) {
        const { path } = event;
        const written = endMoved(event, 'write');
        if (written?.end === 'write') of(written.site).write(event, context);
        const read = endMoved(event, 'read');
        if (read?.end === 'read') of(read.site).read(event, context);
        if (isExec(event) && path.role.kind === 'child') {
          for (const site of held(path)) of(site).exec(event);
        }
        if (harmless.test(event.name) || printsText(event.name)) return;
        for (const { value } of event.args) {
          for (const site of writeEndsOf(resourcesOf(value))) {
            if (marksForExec(event)) of(site).marked = true;
            else of(site).giveAway();
          }
        }
      },
      end() {
        for (const pipe of pipes.values()) pipe.judge();
      },
    };
  },
};

/** Calls that put nothing into a pipe and give nobody else its write end. */
const harmless = /^(?:read|write|close)$/;

/** `fcntl` about the flag that closes a descriptor when another program is started. */
function marksForExec({ name, args }: CallEvent): boolean {
  const command = args[1]?.expr;
  return name === 'fcntl' && command?.kind === 'name' && /^F_[GS]ETFD$/.test(command.name);
}

function isExec({ site }: CallEvent): boolean {
  return site?.call.effects.some(({ op }) => op === 'exec') ?? false;
}

function writeEndsOf(resources: ReturnType<typeof resourcesOf>): CallSite[] {
  return resources.flatMap((resource) => {
    const end = resource.kind === 'pipe' ? original(resource) : undefined;
    return end?.end === 'write' ? [end.site] : [];
  });
}

/** The pipes that a process made by fork still has the write end of. */
function held(path: Path): Set<CallSite> {
  const found = new Set<CallSite>();
  for (const [resource, { state }] of path.holdings()) {
    if (state === 'open') for (const site of writeEndsOf([resource])) found.add(site);
  }
  return found;
}

interface Reading {
  event: CallEvent;
  context: RuleContext;
  /** The write end that the reader keeps itself, by its name. */
  own: string | undefined;
}

/** What the processes of a walk do with one pipe. */
class Pipe {
  private readonly reads: Reading[] = [];
  private readonly execs: CallEvent[] = [];
  private inTime = false;
  private afterExec = false;
  private known = true;
  /** Closed by an exec. */
  marked = false;

  constructor(private readonly site: CallSite) {}

  write({ path, expr }: CallEvent, { scope }: RuleContext): void {
    // `if (argv[0]) execvp(...); else errno = EINVAL;`: what stands behind it tells of the exec all the same.
    const behind = callsIn(scope.definition, /^(?:exec[lv]\w*|fexecve)$/).some(({ end }) => end < expr.start);
    if (path.note(id) || (behind && path.role.kind === 'child')) this.afterExec = true;
    else this.inTime = true;
  }

  giveAway(): void {
    this.known = false;
  }

  exec(event: CallEvent): void {
    if (isUnsure(event.path)) this.known = false;
    else if (forksAfter(event.path, this.site)) this.execs.push(event);
  }

  read(event: CallEvent, context: RuleContext): void {
    const { path } = event;
    if (event.name !== 'read' || path.role.kind !== 'parent' || isUnsure(path)) return;
    if (loopAround(context.scope.definition, event.expr) || !forksAfter(path, this.site)) return;
    // That is for pipe/unused-end-open.
    if (readsToTheEnd(event, context)) return;
    const kept = endHeld(path, this.site, 'write');
    if (kept === 'unknown') return;
    const own = kept === 'open' ? nameOfOpenEnd(path, this.site, 'write') : undefined;
    this.reads.push({ event, context, own });
  }

  judge(): void {
    const { site } = this;
    if (!this.known || this.inTime || !isBlocking(site)) return;
    const keeping = this.reads.find(({ own }) => own !== undefined);
    // A program that inherits it may know its number by agreement.
    if (!this.afterExec && this.execs.length > 0) return;
    if (keeping) this.reportOwn(keeping);
    else if (
      this.afterExec &&
      !this.marked &&
      staysOverExec(site) &&
      this.execs.length > 0 &&
      this.reads.length > 0
    )
      this.reportExec(this.reads[0]!, this.execs[0]!);
  }

  private reportOwn({ event, context, own }: Reading): void {
    const { path } = event;
    const when = this.afterExec ? 'when the exec succeeds' : 'since nobody writes into it';
    context.report({
      span: event.at,
      message: `${when.charAt(0).toUpperCase()}${when.slice(1)}, this \`read\` waits for the end of the pipe, but the parent still holds the write end \`${own}\` itself, so the end never comes and it waits for ever. Close \`${own}\` in the parent before the call.`,
      related: [
        { span: spanOfSite(this.site), message: 'The pipe is created here' },
        ...(path.role.fork
          ? [{ span: spanOfSite(path.role.fork), message: 'From here on both processes hold both ends' }]
          : []),
      ],
      ...fixOf(
        `Close ${own}`,
        isDirect(event.at, event.expr) && own !== undefined
          ? closeInFront(own, event.expr, this.site, path.role, context)
          : undefined,
      ),
    });
  }

  private reportExec({ event: read, context }: Reading, exec: CallEvent): void {
    context.report({
      span: spanOfSite(this.site),
      message: `The program that \`${exec.name}\` starts inherits the write end of this pipe without knowing, and nobody writes into it when the exec succeeds: the parent's \`${read.name}\` waits until that program ends. Mark the write end close-on-exec, by \`pipe2\` with O_CLOEXEC or FD_CLOEXEC.`,
      related: [
        { span: read.at, message: 'The parent waits here' },
        { span: exec.at, message: 'The other program is started here' },
      ],
    });
  }
}

/** The process has been through a fork since the pipe was made. */
function forksAfter({ role }: Path, pipe: CallSite): boolean {
  const forks = [...forksOf(role, 'child'), ...forksOf(role, 'parent')];
  return forks.some((fork) => fork.within !== pipe.within || fork.expr.start > pipe.expr.start);
}
