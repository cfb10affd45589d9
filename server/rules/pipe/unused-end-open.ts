import type { CallEvent } from '../../analysis/events';
import { resourcesOf } from '../../analysis/events';
import type { Location, Path } from '../../analysis/path';
import type { CallSite, Value } from '../../analysis/values';
import { printsText } from '../../c/library';
import type { Rule, RuleContext } from '../rule';
import { fixOf } from '../shared/edits';
import { loopAround, spanOfSite } from '../shared/loops';
import { argument, constantNamed, isDirect } from '../shared/support';
import { closeInFront } from '../subjects/one-side';
import {
  closesMany,
  endHeld,
  endMoved,
  forksOf,
  isBlocking,
  isUnsure,
  markUnsure,
  nameOfOpenEnd,
  obscures,
  original,
  pipeEnd,
  readsToTheEnd,
  standardInput,
} from '../subjects/pipes';
import { count, countsOf, countWait, many, waitedFor } from './counting';
import { isFedByHandler } from './drained';
import { tellInherited, tellSpawned } from './spawned';

const id = 'pipe/unused-end-open';

export const unusedEndOpen: Rule = {
  meta: {
    id,
    severity: 'error',
    preset: 'recommended',
    title: 'A write end stays open while a reader waits for end-of-file',
    explanation:
      'A reader sees end-of-file when no process holds a write end any more, and fork copies every descriptor. One copy that nobody closed, in the reader itself or in a process that waits for the reader, and the read never returns.',
    silence:
      'Reads that end for another reason than end-of-file; pipes in non-blocking mode; programs with threads, timers or poll; descriptors that are handed to functions or structures that cannot be followed; a process that ends soon anyway.',
    references: [
      { page: 'pipe', section: 7 },
      { page: 'pipe', section: 2 },
    ],
    demo: 'pipe/never-ends',
    example: {
      bad: `#include <sys/wait.h>
#include <unistd.h>

void copy(int fd[2]) {
  char buf[512];
  ssize_t n;
  if (pipe(fd) == -1)
    return;
  switch (fork()) {
  case -1:
    return;
  case 0:
    while ((n = read(fd[0], buf, sizeof buf)) > 0)
      if (write(STDOUT_FILENO, buf, n) != n)
        _exit(1);
    _exit(0);
  }
  close(fd[0]);
}
`,
      good: `#include <sys/wait.h>
#include <unistd.h>

void copy(int fd[2]) {
  char buf[512];
  ssize_t n;
  if (pipe(fd) == -1)
    return;
  switch (fork()) {
  case -1:
    return;
  case 0:
    close(fd[1]);
    while ((n = read(fd[0], buf, sizeof buf)) > 0)
      if (write(STDOUT_FILENO, buf, n) != n)
        _exit(1);
    _exit(0);
  }
  close(fd[0]);
}
`,
    },
  },
  check(own) {
    const seen = new Seen();
    return {
      mark(event, context) {
        count(event, context);
        markUnsure(event, context);
        if (isWait(event)) countWait(event, context);
      },
      store({ place, value, path }) {
        if (place === undefined || place.includes('->')) seen.giveAway(value.value, path);
      },
      call(event, context) {
        if (obscures(event, context)) seen.obscure(event, context);
        for (const { value } of event.site && !isPlain(event.name) ? event.args : []) {
          seen.giveAway(value, event.path);
        }
        seen.transfer(event, context);
        // What the shell starts inherits all that this process has, as a program does that takes over.
        if (event.site && event.name === 'system') seen.exec(event.path, event.at, context);
        if (isWait(event)) seen.waits.push(...waitsIn(event, context));
      },
      pathEnd({ how, path, at }, context) {
        if (how === 'exec') seen.exec(path, at, context);
      },
      end() {
        const told = seen.judge();
        tellSpawned(own);
        if (!told) tellInherited(own);
      },
    };
  },
};

/** What the processes of a walk do with pipes; it is judged when all of it has been seen. */
class Seen {
  readonly waits: Wait[] = [];
  private readonly readers: Reader[] = [];
  /** Waits for end-of-file by a process that has the write end itself. */
  private readonly endless: { pipe: CallSite; path: Path; over: 'read' | 'exec'; send(): void }[] = [];
  private readonly fedByChildren = new Set<CallSite>();
  /** The processes that make calls after which nothing certain can be said of their descriptors. */
  private readonly obscured: { role: string; pipe?: CallSite; overExec: boolean; alone: boolean }[] = [];
  private readonly givenAway: { pipe: CallSite; role: string }[] = [];

  obscure(event: CallEvent, context: RuleContext): void {
    const { role } = event.path;
    // Flags that are set of one pipe make no difference to another.
    const pipe = event.name === 'fcntl' ? pipeEnd(event.args[0]?.value)?.site : undefined;
    this.obscured.push({
      role: role.id,
      ...(pipe ? { pipe } : {}),
      overExec: changesInheritance(event) || closesMany(event, context),
      alone: !concernsOthers(event),
    });
  }

  giveAway(value: Value, { role }: Path): void {
    for (const resource of resourcesOf(value)) {
      this.givenAway.push({ pipe: original(resource).site, role: role.id });
    }
  }

  transfer(event: CallEvent, context: RuleContext): void {
    const { path, at } = event;
    const forks = forksOf(path.role, 'child');
    const written = endMoved(event, 'write');
    if (written && forks.length > 0) this.fedByChildren.add(written.site);
    const read = endMoved(event, 'read');
    if (read?.end !== 'read') return;
    const pipe = read.site;
    const toTheEnd = readsToTheEnd(event, context);
    const held = endHeld(path, pipe, 'write');
    if (held === 'open' && toTheEnd && isFedByHandler(pipe, context)) return;
    if (held === 'open' && !isUnsure(path) && toTheEnd && isBlocking(pipe)) {
      this.endless.push({ pipe, path, over: 'read', send: () => reportOwn(event, pipe, context) });
    } else if (held === 'closed') {
      this.readers.push({ pipe, forks, at, exec: false, toTheEnd, ...countsOf(path, pipe, 'read') });
    }
  }

  /** Another program takes over, with the pipe as its standard input. */
  exec(path: Path, at: Location, context: RuleContext): void {
    const pipe = standardInput(path)?.site;
    if (pipe?.call.name !== 'pipe') return;
    const held = endHeld(path, pipe, 'write');
    if (held === 'open' && !isUnsure(path)) {
      this.endless.push({ pipe, path, over: 'exec', send: () => reportExec(path, pipe, at, context) });
    } else if (held === 'closed') {
      const forks = forksOf(path.role, 'child');
      this.readers.push({ pipe, forks, at, exec: true, toTheEnd: true, times: 0, bytes: 0 });
    }
  }

  /** Whether a program was told of that keeps the end itself. */
  judge(): boolean {
    const sure = this.endless.filter(
      ({ pipe, path, over }) => !this.isGivenAway(pipe, path) && !this.isObscured(path, over, pipe),
    );
    for (const { send } of sure) send();
    for (const wait of this.waits) {
      if (this.obscured.some(({ pipe }) => pipe === undefined || pipe === wait.pipe)) continue;
      if (!this.isGivenAway(wait.pipe, wait.event.path))
        judgeWait(wait, this.waits, this.readers, this.fedByChildren);
    }
    return sure.length > 0;
  }

  /** What another process does after the fork does not end a wait of this one. */
  private isObscured({ role }: Path, over: 'read' | 'exec', pipe: CallSite): boolean {
    return this.obscured.some(
      (one) =>
        role.id.startsWith(one.role) &&
        (one.pipe === undefined || one.pipe === pipe) &&
        (over === 'exec' ? one.overExec : one.alone),
    );
  }

  /** What another process does after the fork concerns its own descriptors only. */
  private isGivenAway(pipe: CallSite, { role }: Path): boolean {
    return this.givenAway.some((given) => given.pipe === pipe && role.id.startsWith(given.role));
  }
}

/** Calls that do nothing with a descriptor that is not known here. */
const plain = /^(?:read|write|close|dup|dup2|dup3|fcntl|pipe2?|fdopen|s?n?printf)$/;

function isPlain(name: string): boolean {
  return plain.test(name) || printsText(name);
}

/** Calls that decide which descriptors a program that is executed inherits. */
function changesInheritance({ name, args }: CallEvent): boolean {
  const command = name === 'fcntl' ? args[1]?.expr : undefined;
  // Neither a question nor the flags of the open file.
  if (command?.kind === 'name' && /^F_(?:GETFD|GETFL|SETFL)$/.test(command.name)) return false;
  return /^(?:close_?\w+|fcntl|ioctl|prctl|clone3?)$/.test(name);
}

/** Calls that make no difference to reads of the process itself: signals to others, questions what is ready, what an exec closes. */
function concernsOthers({ name, args }: CallEvent): boolean {
  const flag = name === 'fcntl' && args[1]?.expr.kind === 'name' && args[1].expr.name === 'F_SETFD';
  return flag || /^(?:kill|tgkill|sigqueue|killpg|prctl|p?poll|p?select|epoll_\w+)$/.test(name);
}

/** A place where a child waits for end-of-file, itself without a write end. */
interface Reader {
  pipe: CallSite;
  /** The forks whose child this process is. */
  forks: CallSite[];
  at: Location;
  /** The reader is another program, with the pipe as its standard input. */
  exec: boolean;
  toTheEnd: boolean;
  /** How many reads came before, outside loops, and the least they asked for. */
  times: number;
  bytes: number;
}

/** A place where a parent waits for a child. */
interface Wait {
  pipe: CallSite;
  fork: CallSite;
  event: CallEvent;
  context: RuleContext;
  /** The write end is open for certain; its name. */
  open?: string;
  /** How much was written before; undefined where that is not known. */
  times: number;
  bytes: number;
}

function isWait(event: CallEvent): boolean {
  return event.site?.call.effects.some(({ op }) => op === 'reap') ?? false;
}

function waitsIn(event: CallEvent, context: RuleContext): Wait[] {
  const { path } = event;
  const options = argument(event, 'options');
  const flags = options?.value.constant;
  if (options && (flags === undefined || (flags & constantNamed('WNOHANG')) !== 0n)) {
    return [];
  }
  const forks = forksOf(path.role, 'parent');
  const pid = argument(event, 'pid');
  const of = pid?.value.origins?.length === 1 ? pid.value.origins[0]?.site : undefined;
  // Of several children, any may be the one that comes.
  const any = !pid || pid.value.constant === -1n;
  const certain = forks.length === 1 && path.role.before?.fork !== forks[0];
  const fork = any
    ? certain || waitedFor(path) >= forks.length || loopAround(context.scope.definition, event.expr)
      ? forks
      : []
    : forks.filter((candidate) => candidate === of);
  const pipes = new Set<CallSite>();
  for (const [resource] of path.holdings()) {
    if (resource.kind === 'pipe' && resource.end === 'write') pipes.add(original(resource).site);
  }
  return [...pipes].flatMap((pipe) => {
    const open =
      endHeld(path, pipe, 'write') === 'open' && !isUnsure(path)
        ? nameOfOpenEnd(path, pipe, 'write')
        : undefined;
    const counts = countsOf(path, pipe, 'write');
    return fork.map((site) => ({
      pipe,
      fork: site,
      event,
      context,
      ...(open === undefined ? {} : { open }),
      ...counts,
    }));
  });
}

function judgeWait(
  wait: Wait,
  waits: readonly Wait[],
  readers: readonly Reader[],
  fedByChildren: ReadonlySet<CallSite>,
): void {
  const { pipe, fork, open, event, context } = wait;
  if (open === undefined || !isBlocking(pipe)) {
    return;
  }
  // Where the parent closes it on some path, the child reads to the end perhaps only then.
  if (waits.some((other) => other.pipe === pipe && other.fork === fork && other.open === undefined)) {
    return;
  }
  const most = waits.filter((other) => other.pipe === pipe);
  const times = Math.max(...most.map((other) => other.times));
  const bytes = Math.max(...most.map((other) => other.bytes));
  // With one child, and no other writer, it can be told how often there is something to read.
  const countable = times < many && !fedByChildren.has(pipe) && most.every((other) => other.fork === fork);
  const reader = readers.find(
    (candidate) =>
      candidate.pipe === pipe &&
      candidate.forks.includes(fork) &&
      (candidate.toTheEnd || (countable && candidate.times >= times && candidate.bytes >= bytes)),
  );
  if (!reader) {
    return;
  }
  const who = reader.exec ? 'the program started in the child' : 'the child';
  context.report({
    span: event.at,
    ...(reader.exec ? { severity: 'warning' as const } : {}),
    message: `\`${event.name}\` waits for a child that reads from the pipe until end-of-file, while this process keeps the write end \`${open}\` open: ${who} waits for more, and neither goes on. Close \`${open}\` before waiting.`,
    related: [
      { span: spanOfSite(pipe), message: 'The pipe is created here' },
      { span: spanOfSite(fork), message: 'The child is made here, with copies of both ends' },
      {
        span: reader.at,
        message: reader.exec ? 'The pipe is the standard input of this program' : 'The child waits here',
      },
    ],
    ...closeFix(open, event, pipe, context),
  });
}

function reportOwn(event: CallEvent, pipe: CallSite, context: RuleContext): void {
  const { path } = event;
  const name = nameOfOpenEnd(path, pipe, 'write') ?? 'the write end';
  const fork = path.role.fork;
  const inLoop = loopAround(context.scope.definition, event.expr) !== undefined;
  const open = nameOfOpenEnd(path, pipe, 'write');
  const who =
    path.role.kind === 'child' ? 'the child' : path.role.kind === 'parent' ? 'the parent' : 'this process';
  context.report({
    span: event.at,
    message: `This ${inLoop ? 'loop reads until' : 'call waits for'} end-of-file, but ${who} still holds the write end \`${name}\` of the same pipe, so end-of-file never comes and \`${event.name}\` waits for ever. Close \`${name}\` in ${who} before the ${inLoop ? 'loop' : 'call'}.`,
    related: [
      { span: spanOfSite(pipe), message: 'The pipe is created here' },
      ...(fork ? [{ span: spanOfSite(fork), message: 'From here on both processes hold both ends' }] : []),
    ],
    ...(open === undefined ? {} : closeFix(open, event, pipe, context)),
  });
}

function closeFix(name: string, event: CallEvent, pipe: CallSite, context: RuleContext) {
  const edits = isDirect(event.at, event.expr)
    ? closeInFront(name, event.expr, pipe, event.path.role, context)
    : undefined;
  return fixOf(`Close ${name}`, edits);
}

function reportExec(path: Path, pipe: CallSite, at: Location, context: RuleContext): void {
  const name = nameOfOpenEnd(path, pipe, 'write') ?? 'the write end';
  context.report({
    span: at,
    severity: 'warning',
    message: `The new program reads the pipe as its standard input and inherits the write end \`${name}\` too, so it never sees end-of-file. Close \`${name}\` before this call.`,
    related: [{ span: spanOfSite(pipe), message: 'The pipe is created here' }],
  });
}
