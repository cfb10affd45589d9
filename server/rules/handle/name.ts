import type { CallEvent, Operand } from '../../analysis/events';
import type { Report, Rule, RuleContext } from '../rule';
import { isDirect } from '../shared/support';

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
        if (literal?.kind === 'object-name' && arg?.value.text !== undefined) {
          const report = judge(event, arg, arg.value.text, literal.max, context);
          if (report) context.report(report);
        }
      });
    },
  }),
};

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
