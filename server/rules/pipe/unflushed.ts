import { type Expr, someExprIn } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { variableIn } from '../shared/uses';
import { Ways } from '../shared/ways';
import { callsOf, type FileCall, fileCalls, fileMakes, textOf } from '../shared/whole-file';
import { openedStream, readers, streamRead, streamWritten, writers } from '../subjects/streams';

export const unflushed: Rule = {
  meta: {
    id: 'pipe/unflushed',
    severity: 'warning',
    preset: 'recommended',
    title: 'An answer is awaited to what still lies in the buffer of a stream',
    explanation:
      'A stream on a pipe or socket hands on what is printed to it when some thousand bytes have come together, and not at the end of a line. Whoever then waits for the answer waits for ever: the other side has not got the question yet.',
    silence:
      'Streams that are flushed, closed or handed on in between, streams whose buffering the file changes, and filters that read one pipe and write to another.',
    references: [
      { page: 'setvbuf', section: 3 },
      { page: 'fflush', section: 3 },
    ],
    example: {
      bad: `#include <stdio.h>
#include <sys/socket.h>

int ask(int server, char *line, int size) {
  FILE *out = fdopen(server, "w");
  FILE *in = fdopen(server, "r");
  if (out == NULL || in == NULL)
    return -1;
  fprintf(out, "HELO\\r\\n");
  return fgets(line, size, in) == NULL ? -1 : 0;
}
`,
      good: `#include <stdio.h>
#include <sys/socket.h>

int ask(int server, char *line, int size) {
  FILE *out = fdopen(server, "w");
  FILE *in = fdopen(server, "r");
  if (out == NULL || in == NULL)
    return -1;
  fprintf(out, "HELO\\r\\n");
  if (fflush(out) == EOF)
    return -1;
  return fgets(line, size, in) == NULL ? -1 : 0;
}
`,
    },
  },
  check: (context) => ({
    end() {
      const calls = callsOf(context.scope.definition);
      const written = fileMakes(context, 'fdopen') ? calls.filter(({ name }) => writers.has(name)) : [];
      if (written.length === 0 || fileCalls(context, /^set(?:v|line)?buf(?:fer)?$/).length > 0) return;
      const reads = calls.filter(({ name }) => readers.has(name) || /^(?:read|recv)$/.test(name));
      for (const [stream, writes] of byStream(written, context)) {
        if (!descriptorOf(stream, /[wa+]/, context)) continue;
        for (const write of writes) {
          const read = reads.slice(0, most).find((one) => awaits(write, stream, one, context));
          if (!read) continue;
          tell(write, stream, read, context);
          break;
        }
      }
    },
  }),
};

/** So many calls of a stream, and reads of a function, are looked at. */
const most = 20;

/** The first calls that write to each stream. */
function byStream(written: readonly FileCall[], context: RuleContext): Map<string, FileCall[]> {
  const found = new Map<string, FileCall[]>();
  for (const write of written) {
    const stream = streamWritten(write, context);
    const calls = stream === undefined ? undefined : (found.get(stream) ?? []);
    if (stream === undefined || !calls || calls.length === most) continue;
    calls.push(write);
    found.set(stream, calls);
  }
  return found;
}

/** The call waits for what the other side sends when it has got what was written. */
function awaits(write: FileCall, stream: string, read: FileCall, context: RuleContext): boolean {
  const to = descriptorOf(stream, /[wa+]/, context);
  const source = readers.has(read.name) ? streamRead(read, context) : undefined;
  const [fd] = read.expr.args;
  const from = readers.has(read.name) ? source && descriptorOf(source, /[r+]/, context) : fd;
  if (!to || !from || source === stream) return false;
  const isSame = text(to, context) === text(from, context);
  // Of two pipes the one that is written first asks.
  const asks = isSame
    ? !isPipe(to, context)
    : read.expr.start > write.expr.end && arePipes(to, from, context);
  if (!asks) return false;
  const past = callsOf(context.scope.definition)
    .filter((call) => mayFlush(call, stream, context))
    .map(({ expr }) => expr);
  const ways = new Ways(context, [write.expr, read.expr, ...past]);
  const starts = new Set(past.map(({ start }) => start));
  return ways.leads(write.expr.start, read.expr.start, starts) === true;
}

function text(expr: Expr, context: RuleContext): string {
  return textOf(expr, context.scope.definition, context);
}

function descriptorOf(stream: string, mode: RegExp, context: RuleContext): Expr | undefined {
  const opened = openedStream(stream, context);
  return opened && mode.test(opened.mode) ? opened.fd : undefined;
}

/** Ends of two pipes that this file makes. */
function arePipes(to: Expr, from: Expr, context: RuleContext): boolean {
  const [first, second] = [variableIn(to), variableIn(from)];
  return first !== second && isPipe(to, context) && isPipe(from, context);
}

function isPipe(end: Expr, context: RuleContext): boolean {
  const name = end.kind === 'index' ? variableIn(end) : undefined;
  return (
    name !== undefined &&
    fileCalls(context, /^pipe2?$/).some(({ expr }) => expr.args[0] && variableIn(expr.args[0]) === name)
  );
}

/** The call writes out what waits in the stream, or gets the stream and may do so. */
function mayFlush({ name, expr }: FileCall, stream: string, context: RuleContext): boolean {
  if (/^(?:fflush|fflush_unlocked|fclose|pclose|fcloseall|rewind|fseek|fork|exit)$/.test(name))
    return !/^fclose|^fflush/.test(name) || isOf(expr.args[0], stream, context);
  if (writers.has(name) || readers.has(name)) return false;
  if (expr.args.some((arg) => text(arg, context) === stream))
    return !/^(?:ferror|feof|fileno|clearerr)$/.test(name);
  const body = context.functionNamed(name)?.definition.body;
  return body !== undefined && someExprIn(body, (inner) => /flush|fclose/.test(calledName(inner) ?? ''));
}

function isOf(arg: Expr | undefined, stream: string, context: RuleContext): boolean {
  return arg === undefined || arg.kind !== 'name' || text(arg, context) === stream;
}

function tell(write: FileCall, stream: string, read: FileCall, context: RuleContext): void {
  context.report({
    span: read.expr,
    message: `What \`${write.name}\` has written to \`${stream}\` may still lie in its buffer when \`${read.name}\` waits for the answer: the other side has got nothing, and both wait for ever. Call \`fflush(${stream})\` before.`,
    related: [{ span: write.expr, message: 'It is written to the stream here' }],
  });
}
