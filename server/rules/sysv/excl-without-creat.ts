import type { FunctionScope } from '../../analysis/context';
import { unwrap } from '../../analysis/operators';
import { choicesOf } from '../../analysis/values';
import { type Expr, somePart } from '../../c/ast';
import type { Rule, RuleContext } from '../rule';
import { fixOf, renamed } from '../shared/edits';
import { argument, certainBits, constantNamed, givenAt } from '../shared/support';
import { assignmentsTo } from '../shared/uses';
import { lastName } from '../shared/whole-file';

export const exclWithoutCreat: Rule = {
  meta: {
    id: 'sysv/excl-without-creat',
    severity: 'warning',
    preset: 'recommended',
    title: 'IPC_EXCL stands without IPC_CREAT',
    explanation:
      'IPC_EXCL only says that IPC_CREAT must fail where the object is there already. Alone it means nothing: the call opens an existing object, which is the opposite of what the flag promises.',
    silence:
      'Flags whose value is not known, but for permissions in a variable that is named so, and IPC_PRIVATE, with which there is nothing to exclude.',
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
      const choices = flags && (choicesOf(flags.value) ?? withPermissions(flags.expr, context));
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

/** What flags are apart from permissions that a variable holds: `IPC_EXCL | perms`. Undefined where something else is not known. */
function withPermissions(flags: Expr, context: RuleContext): readonly bigint[] | undefined {
  if (flags.kind !== 'binary' || flags.op !== '|') {
    return undefined;
  }
  const terms = operandsOf(flags);
  const isKnown = terms.every(
    (term) =>
      context.scope.evaluator.constant(term, context.scope) !== undefined ||
      (/perm/i.test(lastName(term) ?? '') && !mayCreate(term, context.scope)) ||
      (term.kind === 'name' && /(?:^|_)mode$/i.test(term.name) && !mayCreate(term, context.scope)),
  );
  return isKnown ? [certainBits(flags, context)] : undefined;
}

function operandsOf(flags: Expr): Expr[] {
  return flags.kind === 'binary' && flags.op === '|'
    ? [...operandsOf(flags.left), ...operandsOf(flags.right)]
    : [unwrap(flags)];
}

/** The function puts IPC_CREAT into the same flags under a condition of its own. */
function mayCreate(flags: Expr, { definition }: FunctionScope): boolean {
  return (
    flags.kind === 'name' &&
    assignmentsTo(definition, flags.name).some(({ value }) =>
      somePart(value, (part) => part.kind === 'name' && part.name === 'IPC_CREAT'),
    )
  );
}
