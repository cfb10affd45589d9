import type { Rule, RuleContext } from '../rule';
import { fixOf, insertedBefore, lineOf } from '../shared/edits';
import { arms } from '../shared/statements';
import { type FileCall, ownCalls, textOf } from '../shared/whole-file';
import { actsIn, type LockAct } from '../subjects/locks/acts';
import { sourcesOf } from '../subjects/semaphores';
import { streamWritten } from '../subjects/streams';

export const lockStdio: Rule = {
  meta: {
    id: 'lock/stdio',
    severity: 'warning',
    preset: 'recommended',
    title: 'A locked file is unlocked before its stream is written out',
    explanation:
      'What is printed to a stream lies in a buffer of the process until it is flushed. When the lock of the file is given back before, the data reaches the file later, without the lock, and other processes read or write in between.',
    silence:
      'Streams that are flushed, closed or unbuffered in the function, and unlocks that closing the stream does.',
    references: [
      { page: 'flock', section: 2 },
      { page: 'fflush', section: 3 },
    ],
    example: {
      bad: `#include <stdio.h>
#include <sys/file.h>

int append(FILE *log, const char *line) {
  if (flock(fileno(log), LOCK_EX) == -1)
    return -1;
  int n = fprintf(log, "%s\\n", line);
  if (flock(fileno(log), LOCK_UN) == -1)
    return -1;
  return n;
}
`,
      good: `#include <stdio.h>
#include <sys/file.h>

int append(FILE *log, const char *line) {
  if (flock(fileno(log), LOCK_EX) == -1)
    return -1;
  int n = fprintf(log, "%s\\n", line);
  if (fflush(log) == EOF)
    n = -1;
  if (flock(fileno(log), LOCK_UN) == -1)
    return -1;
  return n;
}
`,
    },
  },
  check: (context) => ({
    end() {
      const written = ownCalls(context, /^(?:v?fprintf|fputs|fputc|putc|fwrite)$/);
      if (written.length === 0) {
        return;
      }
      const acts = actsIn(context.scope, context).filter(({ kind }) => kind === 'file');
      for (const unlock of acts.filter(({ op, call }) => op === 'unlock' && !isClose(call, context))) {
        const lock = acts.findLast(
          ({ op, key, call }) => op === 'lock' && key === unlock.key && call.start < unlock.call.start,
        );
        if (lock) judge(lock, unlock, written, context);
      }
    },
  }),
};

function isClose(call: LockAct['call'], context: RuleContext): boolean {
  return /^f?close\b/.test(textOf(call, context.scope.definition, context));
}

function judge(lock: LockAct, unlock: LockAct, written: FileCall[], context: RuleContext): void {
  const { definition } = context.scope;
  const last = written.findLast((call) => {
    const stream = streamWritten(call, context);
    return (
      stream !== undefined &&
      call.expr.start > lock.call.end &&
      call.expr.end < unlock.call.start &&
      isOf(stream, unlock, context)
    );
  });
  const stream = last && streamWritten(last, context);
  if (!last || stream === undefined) {
    return;
  }
  const isFlushed = ownCalls(
    context,
    /^(?:fflush|fclose|setbuf|setvbuf|setlinebuf|fseek|rewind|fsync)$/,
  ).some(
    ({ name, expr }) =>
      /^set/.test(name) ||
      (expr.start > last.expr.end && expr.end < unlock.call.start) ||
      expr.args[0]?.kind === 'null',
  );
  const same = arms(definition, unlock.call).every((arm) => arms(definition, last.expr).includes(arm));
  if (isFlushed || !same) {
    return;
  }
  context.report({
    span: unlock.call,
    message: `What was written to \`${stream}\` may still lie in its buffer when the lock goes, and gets into the file later without it. Call \`fflush(${stream})\` before unlocking.`,
    related: [{ span: last.expr, message: 'It is written to the stream here' }],
    ...fixOf('Write it out before unlocking', flushed(stream, unlock, context)),
  });
}

/** The descriptor that is unlocked is that of the stream. */
function isOf(stream: string, unlock: LockAct, context: RuleContext): boolean {
  const { definition } = context.scope;
  const own = new RegExp(`^fileno\\(${stream.replace(/[^\w]/g, '\\$&')}\\)$`);
  if (own.test(unlock.name)) {
    return true;
  }
  const fromStream = sourcesOf(unlock.name, definition).some(({ expr }) =>
    own.test(textOf(expr, definition, context)),
  );
  const opened = sourcesOf(stream, definition).some(({ expr }) =>
    new RegExp(`^fdopen\\(${unlock.name.replace(/[^\w]/g, '\\$&')},`).test(textOf(expr, definition, context)),
  );
  return fromStream || opened;
}

function flushed(stream: string, { call }: LockAct, context: RuleContext) {
  const line = call.use ? undefined : lineOf(call, context.scope.definition);
  return line && insertedBefore(line, `fflush(${stream});`, context);
}
