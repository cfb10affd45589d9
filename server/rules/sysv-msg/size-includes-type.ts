import type { CallEvent, Operand } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import type { CType } from '../../c/ast';
import type { Rule, RuleContext } from '../rule';
import { argument, excerpt } from '../shared/support';

export const sizeIncludesType: Rule = {
  meta: {
    id: 'sysv-msg/size-includes-type',
    severity: 'error',
    preset: 'recommended',
    title: 'The size of a message counts its type',
    explanation:
      'The size given to msgsnd and msgrcv is that of the message after its leading long. Counting the long too makes msgsnd read, and msgrcv write, eight bytes past the end of the structure.',
    silence:
      'Sizes that are neither the plain `sizeof` of the message nor that and a length, and structures whose declaration is not at hand.',
    references: [{ page: 'msgop', section: 2 }],
    demo: 'sysv-msg/size-includes-type',
    example: {
      bad: `#include <sys/msg.h>

struct job {
  long mtype;
  char name[64];
};

int submit(int queue, struct job *job) {
  return msgsnd(queue, job, sizeof(*job), 0);
}
`,
      good: `#include <sys/msg.h>

struct job {
  long mtype;
  char name[64];
};

int submit(int queue, struct job *job) {
  return msgsnd(queue, job, sizeof(*job) - sizeof(long), 0);
}
`,
    },
  },
  check: () => ({
    call(event, context) {
      if (event.name !== 'msgsnd' && event.name !== 'msgrcv') {
        return;
      }
      const size = argument(event, 'msgsz');
      const message = argument(event, 'msgp');
      const type = size && measuredBy(size, context);
      if (size && message && type && beginsWithLong(type, context) && isMessage(message, type, context)) {
        report(event, size, context);
      }
    },
  }),
};

/** What the size is the size of, also where the length of what follows a header is added: `sizeof(*message) + length`. */
function measuredBy({ value, expr }: Operand, context: RuleContext): CType | undefined {
  const sum = unwrap(expr);
  if (value.measures || sum.kind !== 'binary' || sum.op !== '+') return value.measures?.type;
  const [part, ...others] = [sum.left, sum.right].map(unwrap).filter(({ kind }) => kind === 'sizeof');
  if (part?.kind !== 'sizeof' || others.length > 0) return undefined;
  return context.scope.evaluator.measured(part, context.scope);
}

/** A structure of a long and something after it. */
function beginsWithLong(type: CType, context: RuleContext): boolean {
  const { types } = context.scope.evaluator;
  const members = types.members(type);
  const resolved = types.resolve(type);
  const first = members?.[0] && types.resolve(members[0].type);
  const isUnion = resolved.k === 'struct' && resolved.union;
  return !isUnion && (members?.length ?? 0) > 1 && first?.k === 'int' && first.size === 8;
}

/** The message argument is of the measured type, or its type cannot be told. */
function isMessage(message: Operand, type: CType, context: RuleContext): boolean {
  const { evaluator } = context.scope;
  const declared = evaluator.typeOf(message.expr, context.scope);
  const pointee = declared && evaluator.types.pointee(declared);
  if (!pointee || pointee.k === 'void') {
    return true;
  }
  const resolved = evaluator.types.resolve(pointee);
  return resolved === evaluator.types.resolve(type) || resolved.k !== 'struct';
}

function report(event: CallEvent, size: Operand, context: RuleContext): void {
  const direct = event.at.start === event.expr.start;
  const text = excerpt(context, size.expr);
  const effect =
    event.name === 'msgsnd'
      ? 'sends eight bytes from behind the message'
      : 'lets the kernel write up to eight bytes behind the message';
  // What a helper is given, its caller measured.
  const isGiven = context.scope.definition.type.params.some(({ name }) => name === text);
  const advice = isGiven
    ? 'Take `sizeof(long)` from what is given here.'
    : `Give the size without it: \`${text} - sizeof(long)\`.`;
  context.report({
    span: direct ? size.expr : event.at,
    value: size.expr,
    message: `\`${text}\` counts the leading long of the message, so \`${event.name}\` ${effect}. ${advice}`,
    ...(direct && size.expr.kind === 'sizeof'
      ? {
          fix: {
            title: 'Leave the message type out of the size',
            edits: [{ span: { start: size.expr.end, end: size.expr.end }, text: ' - sizeof(long)' }],
          },
        }
      : {}),
  });
}
