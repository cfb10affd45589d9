import type { CallEvent, Operand } from '../../analysis/events';
import type { Expr } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Report, Rule, RuleContext } from '../rule';
import { isDirect } from '../shared/support';
import { callsIn, usesOf, variableIn } from '../shared/uses';

/** What the kernel and the library do with a bad name, by call: see mq_overview(7), shm_open(3), sem_overview(7). */
const mq = 'mq_';

export const name: Rule = {
  meta: {
    id: 'handle/name',
    severity: 'error',
    preset: 'recommended',
    title: 'Name of a POSIX IPC object is not of the form /name',
    explanation:
      'The names of POSIX message queues, semaphores and shared memory objects are a slash and then up to 255 bytes without another slash. Any other name is refused, or means something else on other systems.',
    silence: 'Names that are not constant in the program, such as those from the command line.',
    references: [
      { page: 'mq_overview', section: 7 },
      { page: 'shm_open', section: 3 },
      { page: 'sem_overview', section: 7 },
    ],
    example: {
      bad: `#include <fcntl.h>
#include <mqueue.h>

mqd_t open_jobs(void) {
  return mq_open("jobs", O_RDONLY);
}
`,
      good: `#include <fcntl.h>
#include <mqueue.h>

mqd_t open_jobs(void) {
  return mq_open("/jobs", O_RDONLY);
}
`,
    },
  },
  check: () => ({
    call(event, context) {
      event.site?.call.params.forEach(({ literal }, index) => {
        const arg = event.args[index];
        if (literal?.kind !== 'object-name' || !arg) return;
        const report =
          arg.value.text === undefined
            ? judgeMade(event, arg, context)
            : judge(event, arg, arg.value.text, literal.max, context);
        if (report) context.report(report);
      });
    },
  }),
};

/** A name that is put together, `sprintf(name, "jobs-%d", getpid())`: what its format tells for certain. */
function judgeMade(event: CallEvent, arg: Operand, context: RuleContext): Report | undefined {
  const { definition } = context.scope;
  const name = arg.expr.kind === 'name' && event.at.within === definition ? arg.expr.name : undefined;
  const isMine = name !== undefined && context.scope.typeOf(name)?.k === 'array';
  const made = callsIn(definition, /^sn?printf$/).filter(
    ({ start, args: [target] }) => start < event.at.start && target && variableIn(target) === name,
  );
  const [only, ...others] = made;
  if (!isMine || !only || others.length > 0 || isChangedElse(name, only, event, context)) return undefined;
  const format = only.args[calledName(only) === 'sprintf' ? 1 : 2];
  const text = format && context.scope.evaluator.string(format);
  const [head = ''] = text?.split('%') ?? [];
  const isQueue = event.name.startsWith(mq);
  if (head === '' || (head.startsWith('/') ? !head.includes('/', 1) : !isQueue)) return undefined;
  const wrong = head.startsWith('/')
    ? `has a slash inside, so \`${event.name}\` fails: these names have no directories. Use one word after a first slash.`
    : `does not begin with a slash, so \`${event.name}\` fails with EINVAL. Write \`"/${text}"\`.`;
  return {
    span: event.at,
    message: `The name that \`"${text}"\` makes ${wrong}`,
    related: [{ span: only, message: 'It is put together here' }],
  };
}

/** Another call gets the array before, or something is stored in it. */
function isChangedElse(name: string, made: Expr, event: CallEvent, { scope }: RuleContext): boolean {
  return usesOf(scope.definition, name).some(({ expr, around: [outer] }) => {
    const isBefore = expr.start < event.at.start && !(made.start <= expr.start && expr.end <= made.end);
    const isRead =
      outer?.kind === 'sizeof' ||
      (outer?.kind === 'call' && /^(?:\w*printf|puts|\w+_unlink)$/.test(calledName(outer) ?? ''));
    return isBefore && !isRead;
  });
}

function judge(
  event: CallEvent,
  arg: Operand,
  text: string,
  max: number,
  context: RuleContext,
): Report | undefined {
  const span = isDirect(event.at, event.expr) ? arg.expr : event.at;
  const isQueue = event.name.startsWith(mq);
  const bytes = Buffer.byteLength(text.replace(/^\//, ''));
  if (text === '' || text === '/') {
    const message = `The name given to \`${event.name}\` is empty, so the call fails. Give a slash and at least one more character, such as \`"/jobs"\`.`;
    return { span, message };
  }
  if (text.indexOf('/', 1) !== -1) {
    const failure = !isQueue ? 'EINVAL or ENOENT' : text.startsWith('/') ? 'EACCES' : 'EINVAL';
    const message = `The name \`"${text}"\` has a slash inside, so \`${event.name}\` fails with ${failure}. These names have no directories: use one word after a first slash.`;
    return { span, message };
  }
  if (!text.startsWith('/')) {
    const effect = isQueue
      ? `so \`${event.name}\` fails with EINVAL`
      : 'which glibc accepts but other systems refuse or take as a path';
    const message = `The name \`"${text}"\` does not begin with a slash, ${effect}. Write \`"/${text}"\`.`;
    const literal = bytes <= max && arg.expr.kind === 'string' && context.source(arg.expr).startsWith('"');
    const fix = literal && {
      title: `Begin the name with a slash: "/${text}"`,
      edits: [{ span: { start: arg.expr.start + 1, end: arg.expr.start + 1 }, text: '/' }],
    };
    return { span, message, ...(isQueue ? {} : { severity: 'information' }), ...(fix ? { fix } : {}) };
  }
  if (bytes > max) {
    const message = `The name given to \`${event.name}\` has ${bytes} bytes after the slash, so the call fails with ENAMETOOLONG. Use at most ${max}.`;
    return { span, message };
  }
  return undefined;
}
