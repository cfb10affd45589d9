import type { Effect } from '../../../catalog/schema';
import type { CallEvent } from '../../analysis/events';
import { choicesOf, type Origin } from '../../analysis/values';
import { parameterIndex } from '../../c/ast';
import type { Report, Rule, RuleContext } from '../rule';
import { Always } from '../shared/always';
import { argumentNamed, fixOf, renamed } from '../shared/edits';
import { isOpenToOthers, keptOpen } from '../shared/kept';
import { allOrigins, argument, constantNamed, excerpt } from '../shared/support';

export const wrongDirection: Rule = {
  meta: {
    id: 'handle/wrong-direction',
    severity: 'error',
    preset: 'recommended',
    title: 'A handle opened for one direction is used in the other',
    explanation:
      'The access mode given to open or mq_open decides what the descriptor may be used for. A read from what was opened with O_WRONLY, or a write to what was opened with O_RDONLY, fails with EBADF each time.',
    silence: 'Flags that are not known, and handles that may come from more than one call.',
    references: [
      { page: 'open', section: 2 },
      { page: 'mq_open', section: 3 },
      { page: 'write', section: 2 },
    ],
    example: {
      bad: `#include <fcntl.h>
#include <mqueue.h>

int notify(void) {
  mqd_t queue = mq_open("/jobs", O_RDONLY);
  if (queue == (mqd_t)-1)
    return -1;
  return mq_send(queue, "go", 2, 0);
}
`,
      good: `#include <fcntl.h>
#include <mqueue.h>

int notify(void) {
  mqd_t queue = mq_open("/jobs", O_WRONLY);
  if (queue == (mqd_t)-1)
    return -1;
  return mq_send(queue, "go", 2, 0);
}
`,
    },
  },
  check() {
    const always = new Always();
    return {
      call(event, context) {
        const effects = (event.site?.call.effects ?? []).filter(
          ({ op, at }) => (op === 'read' || op === 'write') && /^\w+$/.test(at) && at !== 'return',
        );
        if (effects.length === 0) return;
        // Calls that move bytes from one descriptor to another do both.
        const [report] = effects.flatMap((effect) => reportFor(event, effect, context) ?? []);
        always.see(event.expr, event.at, report);
      },
      end: () => always.send(),
    };
  },
};

function reportFor(event: CallEvent, { op, at }: Effect, context: RuleContext): (() => void) | undefined {
  const handle = argument(event, at);
  const origins = handle && allOrigins(handle.value, (origin) => origin.resource !== undefined);
  const [origin] = origins ?? [];
  const isKept = handle && !handle.value.origins && !isOpenToOthers(handle.expr, context);
  const kept = isKept ? keptOpen(handle.expr, context) : undefined;
  const mode = origin && origins?.length === 1 ? accessMode(origin) : kept?.access;
  const made = origin?.site ?? kept?.call;
  const forbidden = op === 'read' ? constantNamed('O_WRONLY') : constantNamed('O_RDONLY');
  if (!handle || !made || mode === undefined || mode !== forbidden) {
    return undefined;
  }
  const { within, expr } = made;
  const name = origin?.site.call.name ?? kept?.call.name ?? '';
  const [flag, better] = op === 'read' ? ['O_WRONLY', 'O_RDONLY'] : ['O_RDONLY', 'O_WRONLY'];
  const report: Report = {
    span: event.at,
    message: `\`${excerpt(context, handle.expr)}\` was opened ${op === 'read' ? 'only for writing' : 'only for reading'}, so \`${event.name}\` fails with EBADF. Open it with ${better} or O_RDWR.`,
    related: [
      {
        span: { start: expr.start, end: expr.end, within },
        message: `\`${name}\` opens it with ${name === 'creat' ? 'write access only' : flag} here`,
      },
    ],
    // An open of a FIFO for both directions is another thing than one for either.
    ...fixOf(
      'Open the queue with O_RDWR',
      origin &&
        name === 'mq_open' &&
        within === context.scope.definition &&
        event.at.start === event.expr.start
        ? renamed(argumentNamed(origin.site, 'oflag'), flag ?? '', 'O_RDWR', context)
        : undefined,
    ),
  };
  return () => context.report(report);
}

/** What the call that opened a handle asked for: the bits of O_ACCMODE. */
export function accessMode({ site, resource }: Origin): bigint | undefined {
  if (!resource || resource.duplicateOf || !/^(?:open|openat|mq_open|creat|shm_open)$/.test(site.call.name)) {
    return undefined;
  }
  if (site.call.name === 'creat') {
    return constantNamed('O_WRONLY');
  }
  const index = parameterIndex(site.call.params, resource.effect.flags);
  const modes = choicesOf(site.given?.[index] ?? {})?.map((flags) => flags & constantNamed('O_ACCMODE'));
  return modes?.every((other) => other === modes[0]) ? modes[0] : undefined;
}
