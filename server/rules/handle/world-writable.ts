import type { CallEvent, Operand } from '../../analysis/events';
import type { Rule } from '../rule';
import { argument, bitsOf, constantNamed, excerpt } from '../shared/support';
import { fileMentions } from '../shared/whole-file';

export const worldWritable: Rule = {
  meta: {
    id: 'handle/world-writable',
    severity: 'information',
    preset: 'teaching',
    title: 'An object is created so that every user may write to it',
    explanation:
      'Whoever may open a queue, a segment or a FIFO for writing may send what the program never expects, or damage what it keeps there. System V calls do not even look at the umask.',
    silence:
      'Plain files, FIFOs and POSIX objects in programs that call umask, and modes that are not known.',
    references: [
      { page: 'umask', section: 2 },
      { page: 'svipc', section: 7 },
    ],
    example: {
      bad: `#include <sys/ipc.h>
#include <sys/msg.h>

int open_queue(key_t key) {
  return msgget(key, IPC_CREAT | 0666);
}
`,
      good: `#include <sys/ipc.h>
#include <sys/msg.h>

int open_queue(key_t key) {
  return msgget(key, IPC_CREAT | 0600);
}
`,
    },
  },
  check: () => ({
    call(event, context) {
      const mode = modeOf(event);
      if (!mode) return;
      const bits = bitsOf(mode, context);
      const masked = !/^(?:msg|sem|shm)get$/.test(event.name);
      // Bits that a usual umask leaves to others matter less than those that nothing takes away.
      if ((bits & 0o002n) === 0n || (masked && fileMentions(context, /^umask$/))) return;
      context.report({
        span: mode.expr,
        message: `\`${excerpt(context, mode.expr)}\` lets every user of the machine write to what \`${event.name}\` creates${masked ? ', as far as the umask allows' : ', whatever the umask says'}. Give rights to the owner, or to a group, only: 0600 or 0660.`,
      });
    },
  }),
};

/** The argument with the permission bits of an object that is created for certain. */
function modeOf(event: CallEvent): Operand | undefined {
  const effect = event.site?.call.effects.find(({ op, mode }) => op === 'create' && mode !== undefined);
  const operand = argument(event, effect?.mode ?? '');
  if (!operand || effect?.kind === 'directory' || effect?.kind === 'file') {
    return undefined;
  }
  const get = /^(?:msg|sem|shm)get$/.test(event.name);
  return !get || ((operand.value.constant ?? 0n) & constantNamed('IPC_CREAT')) !== 0n ? operand : undefined;
}
