import type { CallEvent } from '../../analysis/events';
import { noteOn } from '../../analysis/notes';
import type { CallSite } from '../../analysis/values';
import type { Expr } from '../../c/ast';
import type { Rule, RuleContext } from '../rule';
import { type Loop, loopAround, spanOfSite } from '../shared/loops';
import { argument } from '../shared/support';
import { endHeld, endMoved, obscures, pipeCapacity } from '../subjects/pipes';
import { drainedForEver } from './drained';

const capacity = Number(pipeCapacity);
const id = 'pipe/self-deadlock';

export const selfDeadlock: Rule = {
  meta: {
    id,
    severity: 'warning',
    preset: 'recommended',
    title: 'A process writes more into its own pipe than that holds, before anybody can read',
    explanation:
      'A pipe holds 65536 bytes unless F_SETPIPE_SZ says otherwise. A write beyond that waits for a reader, and when the only process that could read is the one that writes, it waits for ever. So it does when it empties such a pipe of its own until a read fails, which a read of a pipe that blocks never does.',
    silence:
      'Sizes that are not known, pipes whose read end another process or thread may hold, and non-blocking pipes.',
    references: [{ page: 'pipe', section: 7 }],
    example: {
      bad: `#include <unistd.h>

static char block[100000];

int store(int fd[2]) {
  if (pipe(fd) == -1)
    return -1;
  if (write(fd[1], block, sizeof block) != sizeof block)
    return -1;
  return read(fd[0], block, sizeof block) > 0;
}
`,
      good: `#include <unistd.h>

static char block[4096];

int store(int fd[2]) {
  if (pipe(fd) == -1)
    return -1;
  if (write(fd[1], block, sizeof block) != sizeof block)
    return -1;
  return read(fd[0], block, sizeof block) > 0;
}
`,
    },
  },
  check(own) {
    let obscure = false;
    const found: { pipe: CallSite; send(): void }[] = [];
    return {
      mark(event) {
        const bytes = written(event);
        const end = endMoved(event, 'write');
        if (end && bytes !== undefined) {
          const before = Number(event.path.note(noteOn(id, end.site)) ?? 0);
          event.path.setNote(noteOn(id, end.site), Math.min(before + bytes, capacity + 1));
        }
        const taken = endMoved(event, 'read');
        if (taken) event.path.setNote(noteOn(id, taken.site), undefined);
      },
      call(event, context) {
        obscure ||=
          obscures(event, context) ||
          resizes(event) ||
          (event.name === 'pipe2' && event.args[1]?.value.constant !== 0n);
        const end = endMoved(event, 'write');
        const bytes = written(event);
        if (!end || bytes === undefined || event.path.role.kind !== 'only') return;
        if (endHeld(event.path, end.site, 'read') !== 'open') return;
        const before = Number(event.path.note(noteOn(id, end.site)) ?? 0);
        const total = before + bytes * rounds(event, context);
        if (total > capacity)
          found.push({ pipe: end.site, send: () => report(event, end.site, total, context) });
      },
      end() {
        if (!obscure) for (const { send } of found) send();
        for (const drained of drainedForEver(own)) own.report(drained);
      },
    };
  },
};

function resizes({ name, args }: CallEvent): boolean {
  const command = args[1]?.expr;
  return name === 'fcntl' && command?.kind === 'name' && command.name === 'F_SETPIPE_SZ';
}

function written(event: CallEvent): number | undefined {
  const count = event.name === 'write' ? argument(event, 'count')?.value.constant : undefined;
  return count === undefined || count <= 0n ? undefined : Number(count);
}

/** How often the loop around a write runs, where it counts to a constant and reads nothing. */
function rounds(event: CallEvent, context: RuleContext): number {
  const { definition } = context.scope;
  const loop = event.at.start === event.expr.start ? loopAround(definition, event.expr) : undefined;
  if (loop?.kind !== 'for' || loop.test?.kind !== 'binary' || readsIn(loop, context)) {
    return 1;
  }
  const { op, left, right } = loop.test;
  const limit = context.scope.evaluator.constant(right, context.scope);
  if (
    (op !== '<' && op !== '<=') ||
    left.kind !== 'name' ||
    limit === undefined ||
    !startsAtZero(loop, left.name)
  ) {
    return 1;
  }
  return Number(limit);
}

function startsAtZero({ init, update }: Extract<Loop, { kind: 'for' }>, name: string): boolean {
  const zero = (value: Expr | undefined) => value?.kind === 'number' && value.text === '0';
  const starts =
    init?.kind === 'decl'
      ? init.declaration.declarators.some((declared) => declared.name === name && zero(declared.init))
      : init?.kind === 'expr' &&
        init.expr.kind === 'assign' &&
        init.expr.target.kind === 'name' &&
        init.expr.target.name === name &&
        zero(init.expr.value);
  return starts && update?.kind === 'update' && update.op === '++';
}

function readsIn(loop: Loop, context: RuleContext): boolean {
  return /\b(?:read|break|fork)\b/.test(context.code(loop));
}

function report(event: CallEvent, pipe: CallSite, total: number, context: RuleContext): void {
  context.report({
    span: event.at,
    message: `\`${event.name}\` puts ${total} bytes into this pipe before anybody reads, and it holds ${capacity}: the call waits for a reader, and the only process that could read is this one. Read in between, let another process read, or use a file.`,
    related: [{ span: spanOfSite(pipe), message: 'The pipe is created here' }],
  });
}
