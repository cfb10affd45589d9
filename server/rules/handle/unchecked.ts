import type { Call } from '../../../catalog/schema';
import { type CallEvent, type Operand, resourcesOf } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import type { Location, Path } from '../../analysis/path';
import type { CallSite, Origin, Value } from '../../analysis/values';
import { type Expr, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { targetOf } from '../shared/dropped';
import { failureExit, fixOf, insertedAfter, type Line, lineOf } from '../shared/edits';
import { handedToKernel, pointerTo, readThrough, writtenThrough } from '../shared/facts';
import { mentions } from '../shared/globals';
import { spanOfSite } from '../shared/loops';
import { isJudgedByErrno } from '../shared/reporting';
import { contains } from '../shared/statements';
import { argument, constantNamed, returnsHandle } from '../shared/support';
import { pathOf } from '../shared/uses';
import { countUntested } from './count-untested';
import { reportHelper, reportIgnored } from './ignored-result';
import { askedByName, comparedBy, givenAway, judgedBy } from './judged-elsewhere';
import { usedUntested } from './kept-unchecked';
import { onlyTold } from './only-told';
import { closes, triesErrors } from './using';

export const unchecked: Rule = {
  meta: {
    id: 'handle/unchecked',
    severity: 'warning',
    preset: 'recommended',
    title: 'What a call returned is used before anybody asks whether the call failed',
    explanation:
      'Calls that make or open something fail for reasons that no program controls: a limit, a permission, a name that is taken. The program then works with -1 or an invalid pointer, and the error shows far from its cause.',
    silence:
      'Closing and cleaning up, results that are returned or stored for others, calls whose result is cast to void, and devices that are always there.',
    references: [
      { page: 'errno', section: 3 },
      { page: 'open', section: 2 },
      { page: 'mmap', section: 2 },
    ],
    example: {
      bad: `#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int publish(const char *text) {
  int fd = shm_open("/notice", O_RDWR | O_CREAT, 0600);
  if (fd == -1 || ftruncate(fd, 4096) == -1)
    return -1;
  char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  strncpy(page, text, 4095);
  return munmap(page, 4096);
}
`,
      good: `#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int publish(const char *text) {
  int fd = shm_open("/notice", O_RDWR | O_CREAT, 0600);
  if (fd == -1 || ftruncate(fd, 4096) == -1)
    return -1;
  char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (page == MAP_FAILED)
    return -1;
  strncpy(page, text, 4095);
  return munmap(page, 4096);
}
`,
    },
  },
  check(root) {
    const tested = new Map<Expr, Location[]>();
    const uses: Use[] = [];
    /** What loops ask of one element after the other: `fds[*].fd`. */
    const elements: Asked[] = [];
    const use = (
      value: Value | undefined,
      path: Path,
      at: Location,
      what: string,
      context: RuleContext,
      mild: Use['mild'] = false,
      refusedBy?: string,
    ) => {
      const sites = value && untestedSites(value, path);
      for (const site of sites ?? []) {
        if (!isToldByMaker(site, at, context, root)) uses.push({ site, at, what, context, mild, refusedBy });
      }
    };
    return {
      call(event, context) {
        for (const operand of handlesOf(event)) {
          const mild = doesNoHarm(event) ? true : /^fdopen(?:dir)?$/.test(event.name) ? event.expr : false;
          use(operand.value, event.path, event.at, `\`${event.name}\` uses it`, context, mild);
        }
        for (const site of [...comparedBy(event), ...judgedBy(event, context), ...askedByName(event)])
          tested.set(site.expr, [...(tested.get(site.expr) ?? []), event.at]);
        for (const pointer of writtenThrough(event)) {
          use(pointer, event.path, event.at, `\`${event.name}\` writes through it`, context);
        }
        for (const pointer of readThrough(event)) {
          use(pointer, event.path, event.at, `\`${event.name}\` reads through it`, context);
        }
        for (const index of handedToKernel(event)) {
          const pointer = event.countedFrom(index);
          use(pointer, event.path, event.at, `\`${event.name}\` uses it`, context, false, event.name);
        }
        if (event.name === 'clone') {
          use(event.countedFrom(1), event.path, event.at, 'The child gets it as its stack here', context);
        }
        for (const value of givenToThread(event))
          use(value, event.path, event.at, 'A thread gets it here', context);
        for (const value of givenAway(event))
          use(value, event.path, event.at, `\`${event.name}\` gets it here`, context);
        const kept = usedUntested(event, context);
        if (kept && event.site) {
          const at = { start: kept.call.start, end: kept.call.end, within: kept.within };
          const who = kept.name === undefined ? 'It is followed' : `\`${kept.name}\` uses it`;
          const what = `${who} in \`${kept.within.name}\``;
          reportUse({ site: event.site, at, what, context }, root);
        }
        // The text of each function tells by itself.
        const count = context.scope === root.scope ? countUntested(event, context) : undefined;
        if (count) context.report(count);
        const told = context.scope === root.scope && !event.into ? onlyTold(event, context) : undefined;
        if (told && !triesErrors(context)) context.report(told);
        if (event.into) reportHelper(event, context);
        else reportIgnored(event, context);
      },
      store({ place, path, scope, at }, context) {
        use(pointerTo(place, path, scope), path, at, 'Written through', context);
      },
      load({ place, path, scope, at }, context) {
        use(pointerTo(place, path, scope), path, at, 'Read through', context);
      },
      test({ left, right, at }) {
        const element = someElement(left.expr);
        if (element !== undefined) elements.push({ element, at });
        for (const { value } of right ? [left, right] : [left]) {
          for (const { site } of value.origins ?? []) {
            tested.set(site.expr, [...(tested.get(site.expr) ?? []), at]);
          }
        }
      },
      end() {
        const first = new Set<CallSite>();
        for (const { site, at, what, context, mild, refusedBy } of uses.sort(
          (a, b) => a.at.start - b.at.start,
        )) {
          const before = (tested.get(site.expr) ?? []).some(
            ({ within, start }) => within !== at.within || start <= at.start || mild !== false,
          );
          const refused = typeof mild === 'object' && tested.has(mild);
          if (isAskedAround(site, at, elements)) continue;
          if (before || refused || isSwitchedOn(site, context) || triesErrors(context) || first.has(site))
            continue;
          if (isJudgedByErrno(site.within, site.expr, context)) continue;
          first.add(site);
          reportUse({ site, at, what, context, refusedBy }, root);
        }
      },
    };
  },
};

/** `for (...) if (fds[i].fd == -1)`: all elements are asked, whatever each of them has been given. */
function isAskedAround({ within, expr }: CallSite, use: Location, elements: readonly Asked[]): boolean {
  const target = targetOf(within, expr);
  const own = target && elementOf(target);
  return (
    own !== undefined &&
    elements.some(
      ({ element, at }) =>
        element === own &&
        at.within === within &&
        expr.end <= at.start &&
        (use.within !== within || at.start <= use.start),
    )
  );
}

interface Asked {
  element: string;
  at: Location;
}

/** `fds[i].fd` as `fds[*].fd`; nothing for an element that is named. */
function someElement(expr: Expr): string | undefined {
  let inner = unwrap(expr);
  while (inner.kind === 'member') inner = unwrap(inner.object);
  return inner.kind === 'index' && unwrap(inner.index).kind !== 'number' ? elementOf(expr) : undefined;
}

/** `fds[i].fd` and `fds[2].fd` as `fds[*].fd`. */
function elementOf(expr: Expr): string | undefined {
  const at = unwrap(expr);
  if (at.kind === 'member') {
    const inner = elementOf(at.object);
    return inner === undefined ? undefined : `${inner}.${at.field}`;
  }
  const name = at.kind === 'index' ? pathOf(at.array) : undefined;
  return name === undefined ? undefined : `${name}[*]`;
}

interface Use {
  site: CallSite;
  at: Location;
  what: string;
  context: RuleContext;
  /** Does no harm to what is not there: a test behind it is soon enough, or that of the call which refuses it. */
  mild: boolean | Expr;
  /** The call that gives the pointer to the kernel, which looks at it and refuses the call. */
  refusedBy?: string | undefined;
}

/** What a thread is given, itself or in the memory that its argument points to: connections, as a rule. */
function givenToThread(event: CallEvent): Value[] {
  const [, , , given] = event.args;
  if (event.name !== 'pthread_create' || !given) {
    return [];
  }
  const target = event.targetOf(3);
  const pointer = event.placeOf(3);
  const inMemory = [...event.path.entries()].filter(
    ([place]) =>
      place === target ||
      (target !== undefined && place.startsWith(`${target}.`)) ||
      (pointer !== undefined && (place.startsWith(`${pointer}->`) || place === `${pointer}[0]`)),
  );
  return [given.value, ...inMemory.map(([, value]) => value)].filter(({ origins }) =>
    origins?.every(({ site }) => /^(?:accept4?|socket)$/.test(site.call.name)),
  );
}

/** Calls that fail with what is not there, and only give the kernel a hint or set flags when it is. */
function doesNoHarm({ name, args }: CallEvent): boolean {
  const command = args[1]?.value.constant;
  if (/^(?:posix_)?(?:m|f)advise$/.test(name)) return true;
  return (
    name === 'fcntl' &&
    ['F_GETFD', 'F_SETFD', 'F_GETFL', 'F_SETFL'].some((flags) => constantNamed(flags) === command)
  );
}

/** The function that makes the call comes to the use itself, and is told when a walk begins in it. */
function isToldByMaker({ within }: CallSite, at: Location, context: RuleContext, root: RuleContext): boolean {
  const isBetween = within !== root.scope.definition && within !== at.within;
  return isBetween && context.callers().some(({ scope }) => scope.definition === within);
}

function reportUse({ site, at, what, context, refusedBy }: Omit<Use, 'mild'>, root: RuleContext): void {
  const { call } = site;
  const failure = call.returns.failure.value;
  // A wrapper that ends the program has nothing to be compared with.
  if (failure === 'none') return;
  const consequence =
    failure === '-1' || failure === '(mqd_t) -1'
      ? `${failure} is then used as if it were valid`
      : refusedBy !== undefined
        ? `\`${refusedBy}\` is given the address ${failure} and fails with EFAULT`
        : `the program then crashes at the address ${failure}`;
  // Made by the function at hand, and used by one that it calls: the test is missing here.
  const here = site.within === at.within || site.within === root.scope.definition;
  (here ? root : context).report({
    span: here ? spanOfSite(site) : at,
    message: `What \`${call.name}\` returns is used without a check: when it fails, ${consequence}. Compare the result with ${failure} first.`,
    related: [
      here
        ? { span: at, message: what }
        : { span: spanOfSite(site), message: `\`${call.name}\` is called here` },
    ],
    ...(here ? checkFix(site, failure, root) : {}),
  });
}

/** A test behind the statement, in the way in which the function gives up elsewhere. */
function checkFix({ expr, within }: CallSite, failure: string, context: RuleContext) {
  const own = within === context.scope.definition && !expr.use;
  const line = own ? lineOf(expr, within) : undefined;
  const target = targetOf(within, expr);
  const plain = line?.stmt.kind === 'decl' || (line?.stmt.kind === 'expr' && line.parent.kind === 'block');
  const exit = failureExit(context);
  return fixOf(
    'Give up when it fails',
    line && plain && exit !== undefined && target?.kind === 'name'
      ? insertedAfter(pastCloses(line, target.name), `if (${target.name} == ${failure})\n\t${exit}`, context)
      : undefined,
  );
}

/** Behind what is closed next in any case: `close(fd);` behind `page = mmap(...)`, so that whoever gives up leaves nothing open. */
function pastCloses({ stmt, parent }: Line, name: string): Line {
  if (parent.kind !== 'block') return { stmt, parent };
  let last = stmt;
  for (const next of parent.body.slice(parent.body.indexOf(stmt) + 1)) {
    const call = next.kind === 'expr' && next.expr.kind === 'call' ? next.expr : undefined;
    if (!call || !/close/i.test(calledName(call) ?? '') || mentions(call, name)) break;
    last = next;
  }
  return { stmt: last, parent };
}

/** `switch (fd)` tells the failure from the rest as well. */
function isSwitchedOn({ within, expr }: CallSite, context: RuleContext): boolean {
  const target = targetOf(within, expr);
  const name = target && context.source({ ...target, within });
  let found = false;
  walkStmt(within.body, {
    stmt: (stmt) => {
      if (stmt.kind !== 'switch') return;
      found ||= contains(stmt.value, expr) || context.source({ ...stmt.value, within }) === name;
    },
  });
  return found;
}

/** The calls that a value can come from, when none of them has been tested on this path. */
function untestedSites(value: Value, path: Path): CallSite[] | undefined {
  const origins = value.origins ?? [];
  const all = origins.every(
    (origin) => origin.at === 'return' && makes(origin) && path.outcome(origin.site) === 'untested',
  );
  return all ? origins.map(({ site }) => site) : undefined;
}

function makes({ site, effect, resource }: Origin): boolean {
  const plain = effect !== undefined && effect.op !== 'duplicate' && effect.op !== 'fork';
  return plain && resource !== undefined && returnsHandle(site.call) && !isAlwaysThere(site);
}

/** Devices that every system has, and that anybody may open, are taken for granted everywhere. Others need a driver, a terminal or rights. */
const everywhere = /^\/dev\/(?:null|zero|full|u?random|fd\/.*|std(?:in|out|err))$/;

function isAlwaysThere({ expr }: CallSite): boolean {
  return expr.args.some((arg) => arg.kind === 'string' && everywhere.test(arg.value));
}

/** The handles that a call takes and needs. Closing what is not there does no harm to a descriptor. */
function handlesOf(event: CallEvent): Operand[] {
  const { site } = event;
  return (site?.call.effects ?? []).flatMap((effect) =>
    [effect.at, effect.from].flatMap((where) => {
      if (where === undefined || where === 'return' || closes(effect)) return [];
      const operand = argument(event, where.replace(/^\*/, ''));
      const made = operand && resourcesOf(operand.value).length > 0;
      return made && !mayBeAbsent(site?.call, where, operand) ? [operand] : [];
    }),
  );
}

function mayBeAbsent(call: Call | undefined, where: string, { value }: Operand): boolean {
  const nullable = call?.params.find(({ name }) => name === where.replace(/^\*/, ''))?.nullable ?? false;
  return nullable && value.origins?.every(({ site }) => site.call.returns.failure.value !== '-1') === true;
}
