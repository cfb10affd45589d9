import type { CallEvent, Operand } from '../../analysis/events';
import { noteOn } from '../../analysis/notes';
import type { Path } from '../../analysis/path';
import type { CallSite } from '../../analysis/values';
import type { Rule, RuleContext } from '../rule';
import { loopAround, spanOfSite } from '../shared/loops';
import { argument, constantNamed } from '../shared/support';
import { pipeCapacity, pipeEnd } from '../subjects/pipes';

const waited = 'fork/wait-before-drain:waited';
const drained = 'fork/wait-before-drain:read';
const never = 'fork/wait-before-drain:never-waits';

export const waitBeforeDrain: Rule = {
  meta: {
    id: 'fork/wait-before-drain',
    severity: 'warning',
    preset: 'recommended',
    title: 'The parent waits for a child whose output it has not read yet',
    explanation:
      'A pipe holds 64 KiB. A child that writes more than that waits for a reader, while its parent waits for the child to end: both wait for ever.',
    silence:
      'Children that write less than a pipe holds for certain, and waits with WNOHANG. Where the child executes a program that is always the same, of which nobody knows how much it writes, it is information.',
    references: [
      { page: 'pipe', section: 7 },
      { page: 'wait', section: 2 },
    ],
    example: {
      bad: `#include <sys/wait.h>
#include <unistd.h>

ssize_t count(char *text, size_t size) {
  int ends[2];
  if (pipe(ends) == -1)
    return -1;
  pid_t pid = fork();
  if (pid == -1)
    return -1;
  if (pid == 0) {
    char line[80] = "";
    close(ends[0]);
    for (int i = 0; i < 10000; i++)
      if (write(ends[1], line, sizeof line) == -1)
        _exit(1);
    _exit(0);
  }
  close(ends[1]);
  waitpid(pid, NULL, 0);
  ssize_t got = read(ends[0], text, size);
  close(ends[0]);
  return got;
}
`,
      good: `#include <sys/wait.h>
#include <unistd.h>

ssize_t count(char *text, size_t size) {
  int ends[2];
  if (pipe(ends) == -1)
    return -1;
  pid_t pid = fork();
  if (pid == -1)
    return -1;
  if (pid == 0) {
    char line[80] = "";
    close(ends[0]);
    for (int i = 0; i < 10000; i++)
      if (write(ends[1], line, sizeof line) == -1)
        _exit(1);
    _exit(0);
  }
  close(ends[1]);
  ssize_t got = read(ends[0], text, size);
  close(ends[0]);
  waitpid(pid, NULL, 0);
  return got;
}
`,
    },
  },
  check() {
    const waits = new Map<number, CallSite>();
    const streams = new Map<CallSite, CallSite>();
    const plenty = new Set<CallSite>();
    /** Filled by another program, of which is not known how much it writes. */
    const unknown = new Set<CallSite>();
    let loose = false;
    const late: { pipe: CallSite; wait: number; read: CallEvent; context: RuleContext }[] = [];
    const pipeRead = (event: CallEvent) => readFrom(event, streams);
    return {
      mark(event) {
        const { path, site, name } = event;
        if (!site) return;
        if (unblocksSome(event)) loose = true;
        const eager = unblocked(event);
        if (eager) path.setNote(noteOn(never, eager), true);
        if (name === 'fdopen') noteStream(event, streams);
        // Of the next child nobody has waited yet.
        if (site.call.effects.some(({ op }) => op === 'fork')) path.setNote(waited, undefined);
        for (const { op, at } of site.call.effects) {
          if (op === 'create' && at.startsWith('pipefd')) path.setNote(noteOn(drained, site), undefined);
        }
        if (path.role.kind !== 'parent') return;
        // With no reader left the child is killed by SIGPIPE, and nobody waits.
        if (waitsForChild(event) && mayRead(path)) {
          waits.set(site.id, site);
          if (path.note(waited) === undefined) path.setNote(waited, site.id);
        }
        const pipe = pipeRead(event);
        if (pipe && path.note(waited) === undefined) path.setNote(noteOn(drained, pipe), true);
      },
      call(event, context) {
        const { path } = event;
        if (path.role.kind === 'child') {
          for (const pipe of filled(event, context)) {
            if (path.note(noteOn(never, pipe)) !== undefined) continue;
            (executes(event) && isFixed(event, context) ? unknown : plenty).add(pipe);
          }
          return;
        }
        const pipe = pipeRead(event);
        const wait = path.note(waited);
        if (pipe && typeof wait === 'number' && path.note(noteOn(drained, pipe)) === undefined) {
          late.push({ pipe, wait, read: event, context });
        }
      },
      end() {
        if (loose) return;
        for (const { pipe, wait, read, context } of late) {
          const site = waits.get(wait);
          const surely = plenty.has(pipe);
          if (!site || (!surely && !unknown.has(pipe))) continue;
          context.report({
            span: spanOfSite(site),
            ...(surely ? {} : { severity: 'information' }),
            message: `\`${site.call.name}\` waits for the child to end before its output is read: once the pipe is full, the child waits for a reader and the parent for the child. Read to the end-of-file first, then wait.`,
            related: [
              { span: read.at, message: 'The output is read only here' },
              { span: spanOfSite(pipe), message: 'The pipe is made here' },
            ],
          });
        }
      },
    };
  },
};

/** The pipe whose write end a call of fcntl makes such that writing to it never waits. */
function unblocked({ name, args }: CallEvent): CallSite | undefined {
  const [handle, command, flags] = args;
  const end = name === 'fcntl' ? pipeEnd(handle?.value) : undefined;
  const sets = command?.value.constant === constantNamed('F_SETFL');
  const given = flags?.value.constant;
  const never = given === undefined || (given & constantNamed('O_NONBLOCK')) !== 0n;
  return end?.end === 'write' && sets && never ? end.site : undefined;
}

/** The same for one of several descriptors, as in a loop over both ends: which it is at the time is not known. */
function unblocksSome({ name, args }: CallEvent): boolean {
  const [handle, command] = args;
  const sets = name === 'fcntl' && command?.value.constant === constantNamed('F_SETFL');
  return sets && handle?.expr.kind === 'index' && pipeEnd(handle.value) === undefined;
}

function mayRead(path: Path): boolean {
  return [...path.holdings()].some(
    ([{ kind, end }, { state }]) => kind === 'pipe' && end === 'read' && state !== 'closed',
  );
}

function waitsForChild(event: CallEvent): boolean {
  if (!event.site?.call.effects.some(({ op }) => op === 'reap')) {
    return false;
  }
  const options = argument(event, 'options');
  const flags = options?.value.constant;
  return options === undefined || (flags !== undefined && (flags & constantNamed('WNOHANG')) === 0n);
}

/** The pipe that a call reads from, itself or through a stream. */
function readFrom(event: CallEvent, streams: Map<CallSite, CallSite>): CallSite | undefined {
  const effect = event.site?.call.effects.find(({ op }) => op === 'read');
  const value = effect && argument(event, effect.at)?.value;
  const end = pipeEnd(value);
  if (end) {
    return end.end === 'read' ? end.site : undefined;
  }
  const [origin] = value?.origins ?? [];
  return origin && streams.get(origin.site);
}

function noteStream(event: CallEvent, streams: Map<CallSite, CallSite>): void {
  const end = pipeEnd(event.args[0]?.value);
  if (event.site && end?.end === 'read') streams.set(event.site, end.site);
}

function executes({ site }: CallEvent): boolean {
  return site?.call.effects.some(({ op }) => op === 'exec') ?? false;
}

/** Always the same program, as far as can be seen: it may well write little. One that the caller or the user chooses writes what it likes. */
function isFixed({ args }: CallEvent, { scope }: RuleContext): boolean {
  const textOf = ({ expr, value }: Operand) => value.text ?? scope.evaluator.string(expr);
  const [file] = args;
  const command = args[args.findIndex((arg) => textOf(arg) === '-c') + 1];
  const isShell = command !== undefined && command !== file;
  return file !== undefined && textOf(file) !== undefined && !(isShell && textOf(command) === undefined);
}

/** Pipes into which the child may write more than they hold. */
function filled(event: CallEvent, context: RuleContext): CallSite[] {
  if (executes(event)) {
    return outputPipes(event.path);
  }
  const effect = event.site?.call.effects.find(({ op }) => op === 'write');
  const end = effect && pipeEnd(argument(event, effect.at)?.value);
  if (!effect || end?.end !== 'write') {
    return [];
  }
  const size = effect.size === undefined ? undefined : argument(event, effect.size)?.value.constant;
  const repeated = loopAround(context.scope.definition, event.expr) !== undefined;
  // Single bytes and numbers do not fill a pipe in the loops that people write.
  const fills = size === undefined ? repeated : size > pipeCapacity || (repeated && size >= 64n);
  return fills ? [end.site] : [];
}

/** The pipes that are the standard output or error of the program that takes over. */
function outputPipes(path: Path): CallSite[] {
  return ['0:#1', '0:#2'].flatMap((place) => {
    const end = pipeEnd(path.get(place));
    return end?.end === 'write' ? [end.site] : [];
  });
}
