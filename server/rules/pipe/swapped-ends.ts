import type { CallEvent } from '../../analysis/events';
import type { Resource } from '../../analysis/values';
import type { Expr } from '../../c/ast';
import { fixOf, replaced } from '../edits';
import { endHeld, pipeEnd, transferred } from '../pipes';
import type { Rule, RuleContext } from '../rule';
import { argument, excerpt, isDirect } from '../support';

export const swappedEnds: Rule = {
  meta: {
    id: 'pipe/swapped-ends',
    severity: 'error',
    preset: 'recommended',
    title: 'A pipe is read through its write end, or written through its read end',
    explanation:
      '`pipe` stores the read end in element 0 and the write end in element 1, as 0 and 1 are standard input and output. The other way round each call fails with EBADF.',
    silence: 'Descriptors that are not surely one end of one pipe.',
    references: [{ page: 'pipe', section: 2 }],
    example: {
      bad: `#include <unistd.h>

int send_byte(int fd[2]) {
  if (pipe(fd) == -1)
    return -1;
  return write(fd[0], "x", 1) == 1 ? 0 : -1;
}
`,
      good: `#include <unistd.h>

int send_byte(int fd[2]) {
  if (pipe(fd) == -1)
    return -1;
  return write(fd[1], "x", 1) == 1 ? 0 : -1;
}
`,
    },
  },
  check: () => ({
    call(event, context) {
      for (const op of ['read', 'write'] as const) {
        const fd = transferred(event, op);
        const end = pipeEnd(fd?.value);
        if (fd && end?.end && end.end !== op) {
          report(event, end, fd.expr, context);
        }
      }
      if (event.name === 'dup2' || event.name === 'dup3') standard(event, context);
    },
  }),
};

function report(event: CallEvent, end: Resource, fd: Expr, context: RuleContext): void {
  const op = end.end === 'read' ? 'write' : 'read';
  const call = `${event.name}\` on \`${excerpt(context, fd)}`;
  context.report({
    span: event.at,
    message: `\`${call}\` fails with EBADF: this is the end of the pipe that one ${op === 'read' ? 'writes to' : 'reads from'}. Use element ${op === 'read' ? 0 : 1} of the array that \`${end.site.call.name}\` filled.`,
    related: [
      {
        span: { start: end.site.expr.start, end: end.site.expr.end, within: end.site.within },
        message: 'The pipe is created here: element 0 reads, element 1 writes',
      },
    ],
    ...otherElement(event, end, fd),
  });
}

/** The other element, where this process still has it. */
function otherElement(event: CallEvent, end: Resource, fd: Expr) {
  const other = end.end === 'read' ? 'write' : 'read';
  const index = fd.kind === 'index' && fd.index.kind === 'number' ? fd.index : undefined;
  const open = isDirect(event.at, event.expr) && endHeld(event.path, end.site, other) === 'open';
  const fits = open && index && index.text === (end.end === 'read' ? '0' : '1');
  return fixOf('Use the other end', fits ? replaced(index, end.end === 'read' ? '1' : '0') : undefined);
}

/** The wrong end becomes standard input or output. */
function standard(event: CallEvent, context: RuleContext): void {
  const from = argument(event, 'oldfd');
  const onto = argument(event, 'newfd')?.value.constant;
  const end = pipeEnd(from?.value);
  const wanted = onto === 0n ? 'read' : onto === 1n || onto === 2n ? 'write' : undefined;
  if (!from || !end || !wanted || end.end === wanted) {
    return;
  }
  const stream = onto === 0n ? 'standard input' : onto === 1n ? 'standard output' : 'standard error';
  context.report({
    span: event.at,
    message: `\`${excerpt(context, from.expr)}\` is the ${end.end} end of the pipe, so with it as ${stream} every ${wanted} fails with EBADF. Use element ${wanted === 'read' ? 0 : 1} of the array that \`${end.site.call.name}\` filled.`,
    related: [
      {
        span: { start: end.site.expr.start, end: end.site.expr.end, within: end.site.within },
        message: 'The pipe is created here: element 0 reads, element 1 writes',
      },
    ],
    ...otherElement(event, end, from.expr),
  });
}
