import { rootName } from '../../analysis/aliasing';
import type { CallEvent, Operand } from '../../analysis/events';
import { lowestFree } from '../../analysis/numbers';
import { unwrap } from '../../analysis/operators';
import type { Resource } from '../../analysis/values';
import { type Expr, type FunctionDefinition, someExprIn } from '../../c/ast';
import type { Rule, RuleContext } from '../rule';
import { fixOf, replaced } from '../shared/edits';
import { spanOfSite } from '../shared/loops';
import { argument, excerpt, isDirect } from '../shared/support';
import { type FileCall, fileCalls, functionsOf } from '../shared/whole-file';
import { endHeld, pipeEnd } from '../subjects/pipes';
import { ClosedByAll } from './closed-by-all';

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
  check() {
    const closedByAll = new ClosedByAll();
    return {
      store: (event) => closedByAll.hearStore(event),
      pathEnd: (event) => closedByAll.hearEnd(event),
      end: () => closedByAll.report(),
      call(event, context) {
        closedByAll.hearCall(event, context);
        for (const op of ['read', 'write'] as const) {
          const fd = throughWhich(event, op);
          const end = pipeEnd(fd?.value);
          if (fd && end?.end && end.end !== op) {
            report(event, end, fd.expr, context);
            closedByAll.pass(end.site);
          } else if (fd && !fd.value.origins) {
            byIndex(event, op, fd.expr, context);
          }
        }
        const turned = /^dup[23]?$/.test(event.name)
          ? standard(event, context)
          : event.name === 'fdopen'
            ? stream(event, context)
            : undefined;
        if (turned) closedByAll.pass(turned.site);
      },
    };
  },
};

/** The descriptor that bytes are taken from or given to, also of a call that moves them from one to another. */
function throughWhich(event: CallEvent, op: 'read' | 'write'): Operand | undefined {
  const effect = event.site?.call.effects.find(
    (candidate) => candidate.op === op && /^(?:fd|fd_in|fd_out|in_fd|out_fd)$/.test(candidate.at),
  );
  return effect && argument(event, effect.at);
}

/** `says` what happens at this place. */
function tell(event: CallEvent, end: Resource, fd: Expr, says: string, context: RuleContext): void {
  context.report({
    span: event.at,
    message: `${says} Use element ${end.end === 'read' ? 1 : 0} of the array that \`${end.site.call.name}\` filled.`,
    related: [
      {
        span: spanOfSite(end.site),
        message: 'The pipe is created here: element 0 reads, element 1 writes',
      },
    ],
    ...otherElement(event, end, fd),
  });
}

function report(event: CallEvent, end: Resource, fd: Expr, context: RuleContext): void {
  const does = end.end === 'read' ? 'reads from' : 'writes to';
  const says = `\`${event.name}\` on \`${excerpt(context, fd)}\` fails with EBADF: this is the end of the pipe that one ${does}.`;
  tell(event, end, fd, says, context);
}

/** An element of an array that nothing but pipe ever fills, such as a global one in a handler or one of several pipes. */
function byIndex(event: CallEvent, op: 'read' | 'write', fd: Expr, context: RuleContext): void {
  const index = fd.kind === 'index' ? context.scope.evaluator.constant(fd.index, context.scope) : undefined;
  const name = fd.kind === 'index' ? rootName(fd.array) : undefined;
  if (name === undefined || index !== (op === 'read' ? 1n : 0n) || !isDescriptor(fd, context)) {
    return;
  }
  const filled = filledByPipe(name, context);
  if (!filled) {
    return;
  }
  context.report({
    span: event.at,
    message: `\`${event.name}\` on \`${excerpt(context, fd)}\` fails with EBADF: this is the end of the pipe that one ${op === 'read' ? 'writes to' : 'reads from'}. Use element ${op === 'read' ? 0 : 1} of the array that \`${filled.name}\` filled.`,
    related: [
      {
        span: { ...filled.expr, within: filled.within },
        message: 'The pipe is created here: element 0 reads, element 1 writes',
      },
    ],
  });
}

/** The expression is a number, and no array of them. */
function isDescriptor(fd: Expr, context: RuleContext): boolean {
  return context.scope.resolvedTypeOf(fd)?.k === 'int';
}

/** The call that fills an array of descriptors; undefined when others do, too. */
function filledByPipe(name: string, context: RuleContext): FileCall | undefined {
  const isLocal = context.scope.typeOf(name) !== undefined;
  const { definition } = context.scope;
  if (isLocal && definition.type.params.some((param) => param.name === name)) {
    return undefined;
  }
  const here = ({ within }: FileCall) => !isLocal || within === definition;
  const given = fileCalls(context, /./).filter(
    (call) =>
      here(call) && call.name !== 'free' && call.expr.args.some((arg) => isPipeOf(arg, name, call, context)),
  );
  const functions = isLocal ? [definition] : functionsOf(context);
  const [first] = given;
  return first &&
    given.every((call) => /^pipe2?$/.test(call.name)) &&
    !functions.some((one) => stores(one, name))
    ? first
    : undefined;
}

/** A whole pipe of the array is handed over, and not one descriptor. */
function isPipeOf(arg: Expr, name: string, { within }: FileCall, context: RuleContext): boolean {
  const inner = unwrap(arg);
  return rootName(inner) === name && context.scope.file.scopeOf(within).resolvedTypeOf(inner)?.k !== 'int';
}

function stores({ body }: FunctionDefinition, name: string): boolean {
  return someExprIn(
    body,
    (expr) => expr.kind === 'assign' && expr.target.kind !== 'name' && rootName(expr.target) === name,
  );
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
function standard(event: CallEvent, context: RuleContext): Resource | undefined {
  const from = argument(event, 'oldfd');
  const onto = event.name === 'dup' ? lowestFree(event.path) : argument(event, 'newfd')?.value.constant;
  const end = pipeEnd(from?.value);
  const wanted = onto === 0n ? 'read' : onto === 1n || onto === 2n ? 'write' : undefined;
  if (!from || !end || !wanted || end.end === wanted) {
    return undefined;
  }
  const stream = onto === 0n ? 'standard input' : onto === 1n ? 'standard output' : 'standard error';
  const says = `\`${excerpt(context, from.expr)}\` is the ${end.end} end of the pipe, so with it as ${stream} every ${wanted} fails with EBADF.`;
  tell(event, end, from.expr, says, context);
  return end;
}

/** A stream for the other direction than that of its end: the mode has to fit the descriptor (fdopen(3)). */
function stream(event: CallEvent, context: RuleContext): Resource | undefined {
  const fd = argument(event, 'fd');
  const mode = argument(event, 'mode')?.expr;
  const end = pipeEnd(fd?.value);
  const [, letter] = (mode?.kind === 'string' && /^([rwa])[^+]*$/.exec(mode.value)) || [];
  const wanted = letter === undefined ? undefined : letter === 'r' ? 'read' : 'write';
  if (!fd || !end || !wanted || end.end === wanted) {
    return undefined;
  }
  const way = wanted === 'read' ? 'read from' : 'write to';
  const says = `\`${excerpt(context, fd.expr)}\` is the ${end.end} end of the pipe, so \`fdopen\` makes no stream to ${way} of it and fails with EINVAL.`;
  tell(event, end, fd.expr, says, context);
  return end;
}
