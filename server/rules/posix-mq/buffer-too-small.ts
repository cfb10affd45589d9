import type { CallEvent, Operand } from '../../analysis/events';
import { unwrap, withoutCasts } from '../../analysis/operators';
import type { Expr } from '../../c/ast';
import type { Rule, RuleContext } from '../rule';
import { argument, excerpt, givenAt } from '../shared/support';
import { fileCalls, ownCalls, textOf } from '../shared/whole-file';
import { defaultSize, Queues } from './queues';

export const bufferTooSmall: Rule = {
  meta: {
    id: 'posix-mq/buffer-too-small',
    severity: 'error',
    preset: 'recommended',
    title: 'A queue is read with a buffer smaller than its messages may be',
    explanation:
      'The size given to mq_receive must be at least mq_msgsize of the queue, however short the message is that waits. With a smaller one the call always fails with EMSGSIZE, and the message stays in the queue.',
    silence:
      'Sizes that are not known, and queues that are only opened here, unless the function asks with mq_getattr and then offers something else. A queue made without attributes is taken to have the usual 8192 bytes.',
    references: [
      { page: 'mq_receive', section: 3 },
      { page: 'mq_overview', section: 7 },
    ],
    example: {
      bad: `#include <fcntl.h>
#include <mqueue.h>

int first_job(char *text) {
  int result = -1;
  mqd_t queue = mq_open("/jobs", O_RDONLY | O_CREAT, 0600, NULL);
  if (queue == (mqd_t)-1)
    return -1;
  if (mq_receive(queue, text, 256, NULL) >= 0)
    result = 0;
  mq_close(queue);
  return result;
}
`,
      good: `#include <fcntl.h>
#include <mqueue.h>

int first_job(char *text) {
  int result = -1;
  struct mq_attr attr = {.mq_maxmsg = 10, .mq_msgsize = 256};
  mqd_t queue = mq_open("/jobs", O_RDONLY | O_CREAT, 0600, &attr);
  if (queue == (mqd_t)-1)
    return -1;
  if (mq_receive(queue, text, 256, NULL) >= 0)
    result = 0;
  mq_close(queue);
  return result;
}
`,
    },
  },
  check() {
    const queues = new Queues();
    const receives: { event: CallEvent; context: RuleContext }[] = [];
    return {
      call(event, context) {
        queues.learn(event, context);
        const reads = event.site?.call.effects.some(({ op, kind }) => op === 'read' && kind === 'posix-mq');
        if (reads) receives.push({ event, context });
      },
      end() {
        for (const { event, context } of receives) judge(event, queues, context);
      },
    };
  },
};

function judge(event: CallEvent, queues: Queues, context: RuleContext): void {
  const queue = argument(event, 'mqdes');
  const length = argument(event, 'msg_len');
  const size = queue && queues.sizeOf(queue, context);
  const bytes = length?.value.constant;
  if (!size && queue && length) {
    if (!judgeAsked(event, queue, length, context)) tellPointer(event, length, context);
    return;
  }
  if (queue && length && bytes === undefined) judgeAsked(event, queue, length, context);
  if (!size || !length || bytes === undefined || bytes < 0n || bytes >= size.bytes) {
    return;
  }
  context.report({
    ...givenAt(event, length.expr),
    message: `\`${event.name}\` offers ${bytes} bytes, but messages of this queue may have ${size.bytes} (${size.why}), so it fails with EMSGSIZE whatever is waiting. Offer at least mq_msgsize bytes: ask mq_getattr, or create the queue with a smaller mq_msgsize.`,
    related: [
      {
        span: size.at,
        message: `The queue gets messages of up to ${size.bytes} bytes here`,
      },
    ],
  });
}

/** The length is the size of the pointer to the buffer, and not of the buffer. */
function tellPointer(event: CallEvent, length: Operand, context: RuleContext): void {
  const { measures } = length.value;
  const buffer = argument(event, 'msg_ptr')?.expr;
  const pointer = measures?.of && context.scope.evaluator.types.resolve(measures.type);
  const same =
    buffer &&
    measures?.of &&
    context.source(unwrap(withoutCasts(buffer))) === context.source(unwrap(measures.of));
  if (pointer?.k !== 'pointer' || !same) {
    return;
  }
  context.report({
    ...givenAt(event, length.expr),
    message: `\`${excerpt(context, length.expr)}\` is the size of the pointer, so \`${event.name}\` offers ${length.value.constant ?? 8n} bytes and fails with EMSGSIZE unless messages of this queue are that short. Give the size of what it points to.`,
  });
}

/** The queue is somebody else's, and the program asks for the size of its messages only to offer another. */
function judgeAsked(event: CallEvent, queue: Operand, length: Operand, context: RuleContext): boolean {
  // Who creates queues may know how large their messages are.
  const made = fileCalls(context, 'mq_open').some(({ expr, within }) =>
    /O_CREAT/.test(textOf(expr, within, context)),
  );
  const other = memberOf(length.expr);
  const bytes = length.value.constant;
  const isOther = other !== undefined && other !== 'mq_msgsize';
  const asked = made && !isOther ? undefined : askedFor(event, queue, context);
  const isSmall = bytes !== undefined && bytes >= 0n && bytes < defaultSize;
  if (!asked || !(isOther || isSmall)) {
    return false;
  }
  const measured = length.value.measures?.type.k === 'pointer' ? ', the size of a pointer' : '';
  context.report({
    ...givenAt(event, length.expr),
    message: `\`${event.name}\` offers ${
      isOther
        ? `\`${other}\` bytes, which is another number than the size of a message`
        : `${bytes} bytes${measured}, however large the messages of this queue may be`
    }, so it fails with EMSGSIZE where they may be larger. Offer the \`mq_msgsize\` that \`mq_getattr\` tells.`,
    related: [{ span: asked, message: 'The size is asked for here' }],
  });
  return true;
}

/** The mq_getattr of the same function on the same queue. */
function askedFor(event: CallEvent, queue: Operand, context: RuleContext): Expr | undefined {
  const name = context.source(queue.expr);
  return event.at.start === event.expr.start
    ? ownCalls(context, /^mq_getattr$/).find(
        ({ expr }) => expr.args[0] !== undefined && context.source(expr.args[0]) === name,
      )?.expr
    : undefined;
}

/** The member of the attributes that a length is. */
function memberOf(expr: Expr): string | undefined {
  const inner = unwrap(expr);
  return inner.kind === 'member' && inner.field.startsWith('mq_') ? inner.field : undefined;
}
