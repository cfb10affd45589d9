import type { CallEvent } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import type { Expr } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { fillingOf } from '../shared/filling';
import { argument } from '../shared/support';
import { assignmentsTo, declaratorOf, type Use, usesOf, variableIn } from '../shared/uses';

export const typeNotPositive: Rule = {
  meta: {
    id: 'sysv-msg/type-not-positive',
    severity: 'error',
    preset: 'recommended',
    title: 'A message is sent with a type that is not positive',
    explanation:
      'The long at the start of a message is its type, by which receivers choose, and it must be greater than zero. With 0 or a negative one msgsnd fails with EINVAL and nothing is sent.',
    silence: 'Types whose value is not known, and messages that somebody else fills.',
    references: [{ page: 'msgop', section: 2 }],
    example: {
      bad: `#include <sys/msg.h>

struct job {
  long mtype;
  int number;
};

int submit(int queue, int number) {
  struct job job;
  job.mtype = 0;
  job.number = number;
  return msgsnd(queue, &job, sizeof(job) - sizeof(long), 0);
}
`,
      good: `#include <sys/msg.h>

struct job {
  long mtype;
  int number;
};

int submit(int queue, int number) {
  struct job job;
  job.mtype = 1;
  job.number = number;
  return msgsnd(queue, &job, sizeof(job) - sizeof(long), 0);
}
`,
    },
  },
  check: () => ({
    call(event, context) {
      const message = event.site && event.name === 'msgsnd' ? argument(event, 'msgp') : undefined;
      const field = message && firstMember(event, context);
      if (!message || field === undefined) {
        return;
      }
      const direct = event.at.start === event.expr.start;
      const value = event.member(1, field)?.constant;
      const span = direct ? message.expr : event.at;
      if (value === undefined && isNeverSet(event, field, context)) {
        context.report({
          span,
          message: `The type of the message, \`${field}\`, is never set and holds whatever lay on the stack: \`msgsnd\` refuses it with EINVAL when it is not positive, and else sends a message of a type that nobody asked for. Set it to 1 or more before the message is sent.`,
        });
      }
      const made = value === undefined ? blankMemory(event, field, context) : undefined;
      if (made) {
        context.report({
          span,
          message: `The type of the message, \`${field}\`, is never set and ${made.zeroed ? 'is 0' : 'holds whatever lay in the memory'}: \`msgsnd\` refuses it with EINVAL${made.zeroed ? '' : ' when it is not positive, and else sends a message of a type that nobody asked for'}. Set it to 1 or more before the message is sent.`,
          related: [
            {
              span: { ...made.call, within: context.scope.definition },
              message: 'The memory comes from here',
            },
          ],
        });
      }
      if (value !== undefined && value <= 0n) {
        context.report({
          span,
          message: `The type of the message, \`${field}\`, is ${value}, and \`msgsnd\` refuses any that is not positive with EINVAL. Set it to 1 or more before the message is sent.`,
        });
      }
    },
  }),
};

/** The name of the leading long of the structure that is sent. */
function firstMember(event: CallEvent, context: RuleContext): string | undefined {
  const { evaluator } = context.scope;
  const message = event.args[1];
  const declared = message && evaluator.typeOf(unwrap(message.expr), context.scope);
  const type = declared && evaluator.types.pointee(declared);
  const resolved = type && evaluator.types.resolve(type);
  const first = resolved?.k === 'struct' && !resolved.union ? resolved.members?.[0] : undefined;
  const number = first && evaluator.types.resolve(first.type);
  return number?.k === 'int' && number.size === 8 ? first?.name : undefined;
}

/** The message is a local variable of which the text sets other members, but not this one. */
function isNeverSet({ expr, args }: CallEvent, field: string, context: RuleContext): boolean {
  const name = args[1] && variableIn(args[1].expr);
  const type = name === undefined ? undefined : context.scope.typeOf(name);
  const local = type !== undefined && context.scope.evaluator.types.resolve(type).k === 'struct';
  const filling =
    local && name !== undefined
      ? fillingOf(context, name, expr, (call) => calledName(call) === 'msgsnd')
      : undefined;
  return filling !== undefined && !filling.zeroed && !filling.set.has(field);
}

/** The message is memory that the function has just got, keeps to itself and sends without ever storing its type. */
function blankMemory(
  { args }: CallEvent,
  field: string,
  { scope }: RuleContext,
): { call: Expr; zeroed: boolean } | undefined {
  const { definition } = scope;
  const name = args[1] && variableIn(args[1].expr);
  const isLocal = name !== undefined && declaratorOf(scope, name) !== undefined;
  const [got, ...others] = isLocal ? assignmentsTo(definition, name) : [];
  const call = got && others.length === 0 ? unwrap(got.value) : undefined;
  const maker = call && (calledName(call) ?? '');
  if (!call || name === undefined || !maker || !/^x?[mc]alloc$/i.test(maker)) {
    return undefined;
  }
  const keepsBlank = ({ expr, around: [outer, ...rest] }: Use): boolean => {
    if (rest[0]?.kind === 'sizeof') return true;
    if (outer?.kind === 'cast') return keepsBlank({ expr, around: rest });
    if (outer?.kind === 'member') return outer.arrow && outer.field !== field;
    if (outer?.kind === 'call') return /^(?:msgsnd|free)$/i.test(calledName(outer) ?? '');
    return (
      outer === undefined || ['assign', 'binary', 'logical', 'sizeof'].includes(outer.kind) || isTest(outer)
    );
  };
  return usesOf(definition, name).every(keepsBlank) ? { call, zeroed: /calloc/i.test(maker) } : undefined;
}

const isTest = (expr: Expr) => expr.kind === 'unary' && expr.op === '!';
