import type { CallEvent } from '../../analysis/events';
import { someExprIn } from '../../c/ast';
import type { Rule, RuleContext } from '../rule';
import { argument, bitsOf, constantNamed, givenAt } from '../shared/support';

export const size: Rule = {
  meta: {
    id: 'sysv-shm/size',
    severity: 'error',
    preset: 'recommended',
    title: 'A segment is created without a size',
    explanation:
      'A new segment must have at least one byte: shmget fails with EINVAL for a size of 0. Only a segment that is there already may be asked for with size 0.',
    silence:
      'Sizes that are not known, and IPC_CREAT without IPC_EXCL, with which the segment may be there already.',
    references: [{ page: 'shmget', section: 2 }],
    example: {
      bad: `#include <sys/shm.h>

int make_segment(void) {
  return shmget(IPC_PRIVATE, 0, IPC_CREAT | 0600);
}
`,
      good: `#include <sys/shm.h>

int make_segment(void) {
  return shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
}
`,
    },
  },
  check: () => ({
    call(event, context) {
      const given = event.site && event.name === 'shmget' ? argument(event, 'size') : undefined;
      if (given?.value.constant === 0n && isNew(event, context) && !expectsRefusal(context)) {
        context.report({
          ...givenAt(event, given.expr),
          message:
            'A new segment of size 0 is refused: `shmget` fails with EINVAL. Give the number of bytes that the segment is to hold.',
        });
      }
    },
  }),
};

/** Who looks for EINVAL makes the call to see whether it is refused for that, or because there is such a segment. */
function expectsRefusal({ scope }: RuleContext): boolean {
  return someExprIn(scope.definition.body, (expr) => expr.kind === 'name' && expr.name === 'EINVAL');
}

function isNew(event: CallEvent, context: RuleContext): boolean {
  const bits = bitsOf(argument(event, 'shmflg'), context);
  const made = constantNamed('IPC_CREAT') | constantNamed('IPC_EXCL');
  return argument(event, 'key')?.value.constant === constantNamed('IPC_PRIVATE') || (bits & made) === made;
}
