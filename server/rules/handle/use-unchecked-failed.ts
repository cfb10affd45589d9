import type { Call } from '../../../catalog/schema';
import type { CallEvent } from '../../analysis/events';
import type { Location, Path } from '../../analysis/path';
import { resultsOf } from '../../analysis/results';
import type { CallSite, Origin, Value } from '../../analysis/values';
import type { Expr } from '../../c/ast';
import type { Rule, RuleContext } from '../rule';
import { targetOf } from '../shared/dropped';
import { handedToKernel, pointerTo, readThrough, writtenThrough } from '../shared/facts';
import { spanOfSite } from '../shared/loops';
import { excerpt, makesHandle, returnsHandle } from '../shared/support';
import { type Standpoint, standpoints } from './standpoints';
import { isStraight } from './straight';
import { successesTold } from './success-told';
import { closes, dominates, seenFrom, triesErrors, type Use, usesIn } from './using';

export const useUncheckedFailed: Rule = {
  meta: {
    id: 'handle/use-unchecked-failed',
    severity: 'error',
    preset: 'recommended',
    title: 'A handle is used where the call that should have made it is known to have failed',
    explanation:
      'The program has found that there is no handle and goes on as if there were one: the call gets -1 and fails with EBADF, or gets NULL and crashes.',
    silence:
      'Closing a descriptor of -1 in clean-up, arguments that may be NULL or -1, and programs that try out EBADF.',
    references: [{ page: 'open', section: 2 }],
    example: {
      bad: `#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int first(const char *path, char *byte) {
  int fd = open(path, O_RDONLY);
  if (fd == -1)
    perror(path);
  if (read(fd, byte, 1) != 1)
    *byte = 0;
  return close(fd);
}
`,
      good: `#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int first(const char *path, char *byte) {
  int fd = open(path, O_RDONLY);
  if (fd == -1) {
    perror(path);
    return -1;
  }
  ssize_t got = read(fd, byte, 1);
  close(fd);
  return got == 1 ? 0 : -1;
}
`,
    },
  },
  check(root) {
    // The first use tells all: what comes behind it is the same mistake.
    const told = new Set<CallSite>();
    const found: Found = { doubtful: new Map(), certain: [] };
    return {
      call(event, context) {
        for (const use of usesIn(event)) tell({ event, use, context }, found);
        for (const value of [...writtenThrough(event), ...readBy(event)])
          tellFollowed(value, event, told, context);
        for (const index of handedToKernel(event))
          tellFollowed(event.countedFrom(index), event, told, context, event.name);
      },
      store({ place, path, scope, at }, context) {
        tellFollowed(pointerTo(place, path, scope), { path, at }, told, context);
      },
      load({ place, path, scope, at }, context) {
        tellFollowed(pointerTo(place, path, scope), { path, at }, told, context);
      },
      end() {
        const onlyFailing = [...found.doubtful.values()].filter((use) => use !== 'may be right');
        for (const use of [...onlyFailing.filter(isAtHome), ...onlyFailing]) {
          if (!told.has(use.origin.site)) reportInverted(use, told);
        }
        for (const { origin, where } of found.certain) {
          if (!told.has(origin.site)) report(where, origin, told);
        }
        reportSuccesses(root, told);
      },
    };
  },
};

/** What a call reads through its pointers. printf shows NULL as "(null)". */
function readBy(event: CallEvent): Value[] {
  const read = readThrough(event);
  return /printf$/.test(event.name) ? read.filter(({ constant }) => constant !== 0n) : read;
}

/** What has been seen of the function so far. */
interface Found {
  doubtful: Map<Expr, Doubtful>;
  /** Uses that control comes to from a failure and, as far as is known, from a success as well. */
  certain: Failing[];
}

interface Where {
  event: CallEvent;
  use: Use;
  context: RuleContext;
  /** The function that has the failure, where the use is in another one that it calls. */
  from?: Standpoint;
}

/** A use behind other tests, which may go together with that of the call: certain when every way there comes from a failure. */
type Doubtful = Failing | 'may be right';

interface Failing {
  origin: Origin;
  where: Where;
}

/** The use stands in the function that makes the call. */
const isAtHome = ({ origin, where }: Failing) => origin.site.within === where.context.scope.definition;

function tell(where: Where, { doubtful, certain }: Found): void {
  const { event, use, context } = where;
  const origin = failed(event, use);
  if (!origin) {
    doubtful.set(use.operand.expr, 'may be right');
    return;
  }
  if (triesErrors(context)) return;
  const made = spanOfSite(origin.site);
  const ways = [...standpoints(context, event.at, use.operand.expr)].map((from) => ({
    from,
    straight: seenFrom(from.context, made, from.at.start).filter((place) =>
      isStraight(from.context, place, from.at.start, from.handle),
    ),
  }));
  const way = ways.find(({ straight }) => straight.length > 0);
  if (way) certain.push({ origin, where: { ...where, from: way.from } });
  const straight = ways[0]?.straight ?? [];
  // In the branch of the failure itself nothing is the wrong way round.
  if (straight.some((place) => !dominates(context, event.at.start, place))) return;
  if (!doubtful.has(use.operand.expr)) doubtful.set(use.operand.expr, { origin, where });
}

function report({ event, use, context, from }: Where, origin: Origin, told: Set<CallSite>): void {
  const { call } = origin.site;
  const led = from && from.at !== event.at ? from : undefined;
  const user = `\`${event.name}\`${led ? ` in \`${context.scope.definition.name}\`` : ''}`;
  context.report({
    span: led?.at ?? event.at,
    message: `${user} uses \`${led?.handle ?? excerpt(context, use.operand.expr)}\` although \`${call.name}\` has failed on this way: it gets ${whatIsThere(origin)}. Return or stop where the failure is found.`,
    related: [
      ...(led ? [{ span: event.at, message: 'Used here' }] : []),
      { span: spanOfSite(origin.site), message: `This \`${call.name}\` has failed` },
    ],
  });
  told.add(origin.site);
}

/** What should lie in memory is looked for at the address that means failure: by the process, or by the kernel for a call that it refuses. */
function tellFollowed(
  pointer: Value | undefined,
  { path, at }: { path: Path; at: Location },
  told: Set<CallSite>,
  context: RuleContext,
  refusedBy?: string,
): void {
  const [origin, ...others] = pointer?.origins ?? [];
  if (!origin || others.length > 0 || origin.at !== 'return' || told.has(origin.site)) return;
  const { call } = origin.site;
  const nothing = resultsOf(call)?.failure.constant;
  const certain =
    path.outcome(origin.site) === 'failure' && nothing !== undefined && pointer?.constant === nothing;
  const target =
    certain && returnsPointer(call) && returnsHandle(call)
      ? targetOf(origin.site.within, origin.site.expr)
      : undefined;
  if (!target || triesErrors(context)) return;
  const made = spanOfSite(origin.site);
  const name = context.source({ ...target, within: origin.site.within });
  if (!seenFrom(context, made, at.start).some((place) => isStraight(context, place, at.start, name))) return;
  const consequence =
    refusedBy === undefined ? 'the process dies with SIGSEGV' : `\`${refusedBy}\` fails with EFAULT`;
  context.report({
    span: at,
    message: `\`${name}\` is followed here although \`${call.name}\` has failed on this way: it is ${call.returns.failure.value}, and ${consequence}. Return or stop where the failure is found.`,
    related: [{ span: made, message: `This \`${call.name}\` has failed` }],
  });
  told.add(origin.site);
}

/** Every way to the use comes from a failure: the test of the call is the wrong way round. */
function reportInverted(failing: Failing, told: Set<CallSite>): void {
  const { origin, where } = failing;
  const { event, use, context } = where;
  if (!isAtHome(failing)) {
    report(where, origin, told);
    return;
  }
  const { name } = origin.site.call;
  const handle = excerpt(context, use.operand.expr);
  context.report({
    span: spanOfSite(origin.site),
    message: `The program goes on to use \`${handle}\` only where \`${name}\` has failed: its test is the wrong way round. Stop where it gives ${origin.site.call.returns.failure.value}, and go on otherwise.`,
    related: [{ span: event.at, message: `\`${event.name}\` then gets ${whatIsThere(origin)}` }],
  });
  told.add(origin.site);
}

/** Nobody uses the handle where the call has failed, but its success is told as a failure. */
function reportSuccesses(context: RuleContext, told: ReadonlySet<CallSite>): void {
  const known = new Set([...told].map(({ expr }) => expr));
  for (const { call, expr, tells } of successesTold(context, ({ effects }) => effects.some(makesHandle))) {
    if (known.has(expr)) continue;
    context.report({
      span: expr,
      message: `The program goes on only where \`${call.name}\` has failed, and tells of a failure where it succeeded: its test is the wrong way round. Stop where it gives ${call.returns.failure.value}, and go on otherwise.`,
      related: [{ span: tells, message: 'The failure that did not happen is told here' }],
    });
  }
}

function whatIsThere({ at, site: { call } }: Origin): string {
  if (at !== 'return') return 'what happened to be there before, and no descriptor';
  return `${call.returns.failure.value}, ${returnsPointer(call) ? 'which is no valid pointer' : 'and fails with EBADF or EINVAL'}`;
}

function returnsPointer({ prototype }: Call): boolean {
  return /\*\s*\w+\(/.test(prototype);
}

/** The call whose failure value is used, when that is certain: what it returned, or what it should have stored. */
function failed(event: CallEvent, { effect, operand }: Use): Origin | undefined {
  const [origin, ...others] = operand.value.origins ?? [];
  if (!origin || others.length > 0 || event.path.outcome(origin.site) !== 'failure') {
    return undefined;
  }
  if (origin.at !== 'return') {
    return origin.resource && !closes(effect) && isMaker(origin) ? origin : undefined;
  }
  const nothing = resultsOf(origin.site.call)?.failure.constant;
  const certain =
    returnsHandle(origin.site.call) && nothing !== undefined && operand.value.constant === nothing;
  const isPointer = nothing === 0n;
  const nullable = event.site?.call.params.find(({ name }) => name === effect.at)?.nullable;
  return certain && !nullable && (isPointer || !closes(effect)) ? origin : undefined;
}

/** Calls that store the handles which they make: pipe, socketpair. */
function isMaker({ effect, site }: Origin): boolean {
  return effect?.op === 'create' && site.call.returns.failure.value === '-1';
}
