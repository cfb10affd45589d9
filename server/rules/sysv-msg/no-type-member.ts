import { types as libraryTypes } from '../../../catalog';
import type { CallEvent, Operand } from '../../analysis/events';
import type { CType } from '../../c/ast';
import type { Rule, RuleContext } from '../rule';
import { argument, excerpt, givenAt } from '../shared/support';
import { fileMentions, isProgram } from '../shared/whole-file';

export const noTypeMember: Rule = {
  meta: {
    id: 'sysv-msg/no-type-member',
    severity: 'error',
    preset: 'recommended',
    title: 'A message does not begin with a long for its type',
    explanation:
      'The calls msgsnd and msgrcv take the address of a long, the type of the message, which the bytes of the message follow. A structure that begins with anything else loses its first eight bytes to the type, and the call works on eight bytes behind what its size says.',
    silence: 'Buffers of bytes and pointers without a type, in which the program may well keep a long first.',
    references: [{ page: 'msgop', section: 2 }],
    example: {
      bad: `#include <sys/msg.h>

struct job {
  int type;
  char name[60];
};

int submit(int queue, const struct job *job) {
  return msgsnd(queue, job, sizeof(job->name), 0);
}
`,
      good: `#include <sys/msg.h>

struct job {
  long type;
  char name[60];
};

int submit(int queue, const struct job *job) {
  return msgsnd(queue, job, sizeof(job->name), 0);
}
`,
    },
  },
  check: () => ({
    call(event, context) {
      const acts = event.site && (event.name === 'msgsnd' || event.name === 'msgrcv');
      const message = acts ? argument(event, 'msgp') : undefined;
      const text = message?.expr.kind === 'string';
      const wrong = message && (text ? 'a text' : wrongStart(event.args[1]!.expr, context));
      if (message && !wrong && event.name === 'msgsnd') tellPointer(event, message, context);
      if (message && wrong) {
        context.report({
          ...givenAt(event, message.expr),
          message: `\`${event.name}\` takes the first eight bytes of \`${excerpt(context, message.expr)}\` for the type of the message, but it begins with ${wrong}. Put a \`long mtype\` at the start of the structure.`,
        });
      }
    },
  }),
};

/** A text or a structure that the message only points to stays behind. */
function tellPointer(event: CallEvent, message: Operand, context: RuleContext): void {
  const { evaluator } = context.scope;
  const expr = event.args[1]!.expr;
  const declared = evaluator.typeOf(expr.kind === 'cast' ? expr.value : expr, context.scope);
  const pointee = declared && evaluator.types.pointee(declared);
  const type = pointee && evaluator.types.resolve(pointee);
  const found = type && pointerIn(type, context, 3);
  // Threads of one process may hand each other addresses.
  const threads = isProgram(context)
    ? /^(?:pthread_create|thrd_create)$/
    : /^(?:pthread_create|thrd_create|msgrcv)$/;
  if (found === undefined || fileMentions(context, threads)) {
    return;
  }
  context.report({
    ...givenAt(event, message.expr),
    severity: 'warning',
    message: `The message has the pointer \`${found}\` in it, so only an address is sent, behind which the receiver has something else or nothing. Put the data itself into the message, in an array.`,
  });
}

function isOfLibrary(name: string | undefined): boolean {
  return name !== undefined && libraryTypes.has(name);
}

/** The name of a member that points to text or to a structure. */
function pointerIn(type: CType, context: RuleContext, depth: number): string | undefined {
  const { types } = context.scope.evaluator;
  if (type.k !== 'struct' || type.union || type.layout === 'unknown' || depth === 0) {
    return undefined;
  }
  for (const { name, type: of } of type.members ?? []) {
    const member = types.resolve(of);
    const target = types.pointee(member);
    const to = member.k === 'pointer' && target ? types.resolve(target) : undefined;
    if (name !== undefined && (to?.k === 'struct' || (to?.k === 'int' && to.size === 1))) return name;
    // What the library keeps in a structure of its own, as the zone of a `struct tm`, nobody has put there to be sent.
    const inner = isOfLibrary(types.nameOf(member)) ? undefined : pointerIn(member, context, depth - 1);
    if (inner !== undefined) return inner;
  }
  return undefined;
}

/** What a structure begins with, when that is no long for certain. */
function wrongStart(expr: Parameters<RuleContext['scope']['evaluator']['typeOf']>[0], context: RuleContext) {
  const { evaluator } = context.scope;
  const declared = evaluator.typeOf(expr.kind === 'cast' ? expr.value : expr, context.scope);
  const pointee = declared && evaluator.types.pointee(declared);
  const type = pointee && evaluator.types.resolve(pointee);
  if (type?.k !== 'struct' || type.union || type.layout === 'unknown') {
    return undefined;
  }
  const [first, ...others] = type.members ?? [];
  const named = others.find(({ name }) => /type$/i.test(name ?? ''));
  const late = named && evaluator.types.resolve(named.type);
  if (first && named && late?.k === 'int' && late.size === 8 && isBytes(first.type, context)) {
    return `the array \`${first.name}\`, and \`${named.name}\` comes behind it`;
  }
  return first && describe(first.type, first.name, context);
}

function isBytes(type: CType, context: RuleContext): boolean {
  const { types } = context.scope.evaluator;
  const resolved = types.resolve(type);
  const of = resolved.k === 'array' ? types.resolve(resolved.of) : undefined;
  return of?.k === 'int' && of.size === 1;
}

function describe(type: CType, name: string | undefined, context: RuleContext): string | undefined {
  const { types } = context.scope.evaluator;
  const resolved = types.resolve(type);
  const named = name === undefined ? '' : ` \`${name}\``;
  switch (resolved.k) {
    case 'int':
      return resolved.size < 8 ? `the ${resolved.size * 8}-bit member${named}` : undefined;
    case 'enum':
      return `the 32-bit member${named}`;
    case 'pointer':
      return `the pointer${named}`;
    case 'float':
      return `the floating-point member${named}`;
    case 'array': {
      const of = types.resolve(resolved.of);
      // Bytes may have a long laid over them.
      return of.k === 'int' && of.size > 1 && of.size < 8 ? `the array${named}` : undefined;
    }
    default:
      return undefined;
  }
}
