import type { FunctionScope } from '../../analysis/context';
import { choicesOf } from '../../analysis/values';
import { type Expr, somePart } from '../../c/ast';
import type { Rule } from '../rule';
import { fixOf, renamed } from '../shared/edits';
import { argument, constantNamed, givenAt } from '../shared/support';
import { assignmentsTo } from '../shared/uses';

export const exclWithoutCreat: Rule = {
  meta: {
    id: 'sysv/excl-without-creat',
    severity: 'warning',
    preset: 'recommended',
    title: 'IPC_EXCL stands without IPC_CREAT',
    explanation:
      'IPC_EXCL only says that IPC_CREAT must fail where the object is there already. Alone it means nothing: the call opens an existing object, which is the opposite of what the flag promises.',
    silence: 'Flags whose value is not known, and IPC_PRIVATE, with which there is nothing to exclude.',
    references: [
      { page: 'shmget', section: 2 },
      { page: 'sysvipc', section: 7 },
    ],
    example: {
      bad: `#include <sys/shm.h>

int make_segment(key_t key) {
  return shmget(key, 4096, IPC_EXCL | 0600);
}
`,
      good: `#include <sys/shm.h>

int make_segment(key_t key) {
  return shmget(key, 4096, IPC_CREAT | IPC_EXCL | 0600);
}
`,
    },
  },
  check: () => ({
    call(event, context) {
      const flagged = event.site?.call.params.find(
        ({ literal }) => literal?.kind === 'flags' && literal.withMode === true,
      );
      const key = argument(event, 'key');
      const flags = flagged && argument(event, flagged.name);
      const choices = flags && choicesOf(flags.value);
      if (!flags || !key || !choices || key.value.constant === constantNamed('IPC_PRIVATE')) {
        return;
      }
      const isVain = (bits: bigint) =>
        (bits & constantNamed('IPC_EXCL')) !== 0n && (bits & constantNamed('IPC_CREAT')) === 0n;
      // Where an option adds IPC_CREAT and another one IPC_EXCL, whoever gives them has to know.
      const creates = choices.some((bits) => (bits & constantNamed('IPC_CREAT')) !== 0n);
      if (choices.some(isVain) && !creates && !mayCreate(flags.expr, event.scope)) {
        context.report({
          ...givenAt(event, flags.expr),
          message: `IPC_EXCL does nothing without IPC_CREAT, so this \`${event.name}\` opens an object that is there already. Add IPC_CREAT to make a new one, or leave IPC_EXCL out.`,
          ...(event.at.start === event.expr.start
            ? fixOf('Add IPC_CREAT', renamed(flags.expr, 'IPC_EXCL', 'IPC_CREAT | IPC_EXCL', context))
            : {}),
        });
      }
    },
  }),
};

/** The function puts IPC_CREAT into the same flags under a condition of its own. */
function mayCreate(flags: Expr, { definition }: FunctionScope): boolean {
  return (
    flags.kind === 'name' &&
    assignmentsTo(definition, flags.name).some(({ value }) =>
      somePart(value, (part) => part.kind === 'name' && part.name === 'IPC_CREAT'),
    )
  );
}
