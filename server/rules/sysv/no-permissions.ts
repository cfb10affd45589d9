import type { Rule } from '../rule';
import { argument, constantNamed } from '../shared/support';

export const noPermissions: Rule = {
  meta: {
    id: 'sysv/no-permissions',
    severity: 'error',
    preset: 'recommended',
    title: 'A System V object is created without permission bits',
    explanation:
      'The low nine bits of the flags of msgget, semget and shmget are the permissions of a new object. Without them nobody may use it, not even its owner: every later call fails with EACCES, except for root, which hides the mistake in tests run as root.',
    silence: 'Flags whose value is not known, such as a mode that is a parameter.',
    references: [
      { page: 'msgget', section: 2 },
      { page: 'sysvipc', section: 7 },
    ],
    example: {
      bad: `#include <sys/msg.h>

int make_queue(key_t key) {
  return msgget(key, IPC_CREAT | IPC_EXCL);
}
`,
      good: `#include <sys/msg.h>

int make_queue(key_t key) {
  return msgget(key, IPC_CREAT | IPC_EXCL | 0600);
}
`,
    },
  },
  check: () => ({
    call(event, context) {
      const flagged = event.site?.call.params.find(
        ({ literal }) => literal?.kind === 'flags' && literal.withMode === true,
      );
      const flags = flagged && argument(event, flagged.name);
      const key = argument(event, 'key');
      const bits = flags?.value.constant;
      if (!flags || !key || bits === undefined || (bits & 0o777n) !== 0n) {
        return;
      }
      const isPrivate = key.value.constant === constantNamed('IPC_PRIVATE');
      if (!isPrivate && (bits & constantNamed('IPC_CREAT')) === 0n) {
        return;
      }
      const text = context.source(flags.expr);
      const plain = event.at.start === event.expr.start && /^[\w |]+$/.test(text);
      context.report({
        span: plain ? flags.expr : event.at,
        message: `\`${event.name}\` creates the object with no permission bits, so nobody but root may use it, its owner included. Add the bits to the flags, such as \`| 0600\`.`,
        ...(plain
          ? {
              fix: {
                title: 'Let the owner read and write: add 0600',
                edits: [{ span: flags.expr, text: /^0+$/.test(text) ? '0600' : `${text} | 0600` }],
              },
            }
          : {}),
      });
    },
  }),
};
