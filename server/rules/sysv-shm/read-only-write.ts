import type { CallEvent } from '../../analysis/events';
import type { Location } from '../../analysis/path';
import type { CallSite } from '../../analysis/values';
import type { Expr } from '../../c/ast';
import type { Fix, Rule, RuleContext } from '../rule';
import { argumentNamed, fixOf, replaced } from '../shared/edits';
import { keptCalls } from '../shared/kept';
import { spanOfSite } from '../shared/loops';
import { argument, constantNamed } from '../shared/support';
import type { FileCall } from '../shared/whole-file';
import { readOnlyWrites, shownMemory } from '../subjects/read-only';

export const readOnlyWrite: Rule = {
  meta: {
    id: 'sysv-shm/read-only-write',
    severity: 'error',
    preset: 'recommended',
    title: 'Something is stored through a read-only attachment',
    explanation:
      'A segment attached with SHM_RDONLY can only be read. The first store through the address kills the process with SIGSEGV.',
    silence:
      'Addresses that are not certainly those of a read-only attachment, and flags that are not known.',
    references: [{ page: 'shmop', section: 2 }],
    example: {
      bad: `#include <sys/shm.h>

int reset(int segment) {
  int *counter = shmat(segment, NULL, SHM_RDONLY);
  if (counter == (void *)-1)
    return -1;
  *counter = 0;
  return shmdt(counter);
}
`,
      good: `#include <sys/shm.h>

int reset(int segment) {
  int *counter = shmat(segment, NULL, 0);
  if (counter == (void *)-1)
    return -1;
  *counter = 0;
  return shmdt(counter);
}
`,
    },
  },
  check() {
    const kept: { attached: FileCall; at: CallEvent['at']; context: RuleContext }[] = [];
    const writes = readOnlyWrites('shmat', (event) => {
      const flags = argument(event, 'shmflg')?.value.constant;
      return flags === undefined ? undefined : (flags & constantNamed('SHM_RDONLY')) !== 0n;
    });
    return {
      call: writes.call,
      store(event, context) {
        const pointer = writes.store(event, context);
        const attached = pointer?.origins ? undefined : attachedElsewhere(event.target, context);
        if (attached) kept.push({ attached, at: event.at, context });
      },
      end() {
        for (const { site, at, context } of writes.found()) {
          const name = shownMemory(site, segment, context);
          report(name, at, spanOfSite(site), context, writableFix(site, context));
        }
        // One store of a function is enough to see what is wrong.
        const [first] = kept;
        if (!first) return;
        const { expr, within } = first.attached;
        const name = shownMemory(first.attached, segment, first.context);
        report(name, first.at, { ...expr, within }, first.context);
      },
    };
  },
};

const segment = 'The segment';

function report(
  name: string,
  at: Location,
  attached: Location,
  context: RuleContext,
  fix: { fix?: Fix } = {},
): void {
  context.report({
    span: at,
    message: `${name} is attached with SHM_RDONLY, so this store kills the process with SIGSEGV. Attach it without SHM_RDONLY where it is to be written.`,
    related: [{ span: attached, message: 'Attached for reading only here' }],
    ...fix,
  });
}

/** The member or variable of the file that a store goes through holds nothing but what another function attached to read. */
function attachedElsewhere(target: Expr, context: RuleContext): FileCall | undefined {
  let base = target;
  while (base.kind === 'member' && !base.arrow) base = base.object;
  const through =
    base.kind === 'member'
      ? base.object
      : base.kind === 'index'
        ? base.array
        : base.kind === 'unary' && base.op === '*'
          ? base.operand
          : undefined;
  const calls = through ? keptCalls(through, context) : [];
  const isReadOnly = ({ name, expr, within }: FileCall) => {
    const flags = expr.args[2];
    const scope = context.scope.file.scopeOf(within);
    const bits = flags && scope.evaluator.constant(flags, scope);
    return name === 'shmat' && bits !== undefined && (bits & constantNamed('SHM_RDONLY')) !== 0n;
  };
  return calls.every(isReadOnly)
    ? calls.find(({ within }) => within !== context.scope.definition)
    : undefined;
}

/** Attached without the flag, where it stands alone. */
function writableFix(site: CallSite, context: RuleContext) {
  const flags = site.within === context.scope.definition ? argumentNamed(site, 'shmflg') : undefined;
  const alone = flags?.kind === 'name' && flags.name === 'SHM_RDONLY';
  return fixOf('Attach it for writing too', alone ? replaced(flags, '0') : undefined);
}
