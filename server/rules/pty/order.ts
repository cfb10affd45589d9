import type { CallEvent, StoreEvent } from '../../analysis/events';
import { noteOn } from '../../analysis/notes';
import { unwrap } from '../../analysis/operators';
import type { Location, Path } from '../../analysis/path';
import type { CallSite, Value } from '../../analysis/values';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { fixOf, insertedBefore, lineOf } from '../shared/edits';
import { loopAround, spanOfSite } from '../shared/loops';
import { contains } from '../shared/statements';
import { constantNamed, excerpt, isDirect } from '../shared/support';
import { callsIn } from '../shared/uses';
import { childBranches } from '../subjects/branches';

export const order: Rule = {
  meta: {
    id: 'pty/order',
    severity: 'warning',
    preset: 'recommended',
    title: 'A step in setting up a pseudoterminal is missing or comes too late',
    explanation:
      'The slave can be opened only after grantpt and unlockpt, else open fails with EIO. It becomes the controlling terminal only of a process that has called setsid before: without, Ctrl-C and hang-ups do not reach the program in it. ptsname keeps one name for the whole process.',
    silence:
      'Masters that come from elsewhere, openpty and forkpty, which do all steps, and children in which a function elsewhere may have taken them.',
    references: [
      { page: 'pts', section: 4 },
      { page: 'grantpt', section: 3 },
      { page: 'ptsname', section: 3 },
      { page: 'setsid', section: 2 },
    ],
    example: {
      bad: `#include <fcntl.h>
#include <stdlib.h>

int slave_of(int *master) {
  char *name;
  *master = posix_openpt(O_RDWR | O_NOCTTY);
  if (*master == -1 || grantpt(*master) == -1)
    return -1;
  name = ptsname(*master);
  return name ? open(name, O_RDWR | O_NOCTTY) : -1;
}
`,
      good: `#include <fcntl.h>
#include <stdlib.h>

int slave_of(int *master) {
  char *name;
  *master = posix_openpt(O_RDWR | O_NOCTTY);
  if (*master == -1 || grantpt(*master) == -1 || unlockpt(*master) == -1)
    return -1;
  name = ptsname(*master);
  return name ? open(name, O_RDWR | O_NOCTTY) : -1;
}
`,
    },
  },
  check() {
    const named = new Map<string, { at: Location; context: RuleContext; name: string }>();
    const taken = new Set<string>();
    const lacking: { key: string; missing: 'unlockpt' | 'grantpt' }[] = [];
    const reported = new Set<string>();
    return {
      mark: follow,
      call(event, context) {
        const master = masterOf(event.args[0]?.value);
        if (master && isName(event)) {
          named.set(noteOf(master), { at: event.at, context, name: excerpt(context, event.args[0]!.expr) });
        }
        judgeSession(event, context);
        judgeStale(event, context);
      },
      store: judgeKept,
      pathEnd({ path }) {
        for (const [key] of named) {
          const found = path.note(key);
          if (typeof found !== 'string' || !found.includes('p')) continue;
          for (const step of found) taken.add(`${key} ${step}`);
          const missing = !found.includes('u') ? 'unlockpt' : !found.includes('g') ? 'grantpt' : undefined;
          if (missing && !escaped(path, key)) lacking.push({ key, missing });
        }
      },
      end() {
        for (const { key, missing } of lacking) {
          const { at, context, name } = named.get(key)!;
          // Where something else fails first, a step that other paths take is not missed.
          if (reported.has(key) || taken.has(`${key} ${steps[missing]}`)) continue;
          reported.add(key);
          context.report({
            span: at,
            message:
              missing === 'unlockpt'
                ? `\`${name}\` is never unlocked, so opening the slave fails with EIO. Call \`unlockpt(${name})\` after \`grantpt\`, before the slave is opened.`
                : `\`grantpt\` is never called for \`${name}\`, so the slave may still belong to another user and opening it fails with EACCES on some systems. Call \`grantpt(${name})\` before \`unlockpt\`.`,
          });
        }
      },
    };
  },
};

/* ----------------------------------------------------------- steps on the master */

const steps: Record<string, string> = { grantpt: 'g', unlockpt: 'u', ptsname: 'p', ptsname_r: 'p' };

const noteOf = (master: CallSite) => noteOn('pty', master);

function isName({ name, site }: CallEvent): boolean {
  return site !== undefined && (name === 'ptsname' || name === 'ptsname_r');
}

function masterOf(value: Value | undefined): CallSite | undefined {
  const origin = value?.origins?.length === 1 ? value.origins[0] : undefined;
  return origin?.kind === 'pty-master' && /^(?:posix_openpt|getpt)$/.test(origin.site.call.name)
    ? origin.site
    : undefined;
}

/** A function elsewhere was given the master and may have taken the steps. */
function escaped(path: Path, key: string): boolean {
  for (const [resource, { state }] of path.holdings()) {
    if (noteOf(resource.site) === key && state === 'escaped') return true;
  }
  return false;
}

/** Who asks the pty driver of Linux itself knows that its slaves belong to the right user from the start. */
function isLinuxOnly({ name, args }: CallEvent): boolean {
  const request = name === 'ioctl' ? args[1]?.expr : undefined;
  return request?.kind === 'name' && /^TIOC(?:GPTN|SPTLCK|GPTPEER)$/.test(request.name);
}

function follow(event: CallEvent): void {
  const { name, path, site, args } = event;
  if (site && /^(?:posix_openpt|getpt)$/.test(name)) {
    path.setNote(noteOf(site), '');
  }
  const step = site ? (steps[name] ?? (isLinuxOnly(event) ? 'g' : undefined)) : undefined;
  const master = step === undefined ? undefined : masterOf(args[0]?.value);
  const before = master && path.note(noteOf(master));
  if (master && typeof before === 'string' && step !== undefined && !before.includes(step)) {
    path.setNote(noteOf(master), before + step);
  }
  if (site && name === 'ptsname') {
    path.setNote('pty-name', site.id);
  }
  if (name === 'setsid' || /setsid|session|login_tty|daemon|setctty|ctty|set_?up/i.test(name)) {
    path.setNote('pty-session', true);
  }
}

/* ---------------------------------------------------------- controlling terminal */

/** A child that takes the slave for its controlling terminal without leading a session. */
function judgeSession(event: CallEvent, context: RuleContext): void {
  const { path, args } = event;
  const { role } = path;
  if (role.kind !== 'child' || !role.fork || path.note('pty-session') !== undefined) {
    return;
  }
  const takes =
    event.name === 'ioctl' && args[1]?.expr.kind === 'name' && args[1].expr.name === 'TIOCSCTTY'
      ? args[0]
      : undefined;
  const opens = isSlaveOpened(event, context) ? args[0] : undefined;
  const slave = takes ?? opens;
  // Where one system needs another way than the next, the file has them all.
  if (!slave || callsIn(context.scope.definition, /^setsid$/).some(({ start }) => start < event.expr.start)) {
    return;
  }
  context.report({
    span: event.at,
    message: `${
      takes
        ? `The child leads no session, so \`${excerpt(context, slave.expr)}\` cannot become its controlling terminal and \`ioctl\` fails with EPERM.`
        : `The child leads no session, so the terminal that it opens here does not become its controlling terminal: Ctrl-C and hang-ups do not reach it.`
    } Call \`setsid\` in the child before.`,
    related: [{ span: spanOfSite(role.fork), message: 'The child is made here' }],
    ...sessionFix(event, context),
  });
}

/** The slave is opened, and the function goes on to make it the child's standard input. */
function isSlaveOpened(event: CallEvent, context: RuleContext): boolean {
  const [path, flags] = event.args;
  if (
    !event.site ||
    event.name !== 'open' ||
    !path ||
    !flags ||
    /O_NOCTTY/.test(context.source(flags.expr)) ||
    onlyReads(flags.value)
  ) {
    return false;
  }
  const origin = path.value.origins?.length === 1 ? path.value.origins[0] : undefined;
  const isSlave = origin?.site.call.name === 'ptsname';
  const later = callsIn(context.scope.definition, /^(?:dup2|login_tty|ioctl)$/).some(
    (call) =>
      call.start > event.expr.end && (calledName(call) !== 'ioctl' || /TIOCSCTTY/.test(context.source(call))),
  );
  const taken = callsIn(context.scope.definition, /^ioctl$/).some((call) =>
    /TIOCSCTTY/.test(context.source(call)),
  );
  return isSlave && later && !taken;
}

/** Who only reads what the program in the terminal prints is not that program. */
function onlyReads({ constant }: Value): boolean {
  return constant !== undefined && (constant & constantNamed('O_ACCMODE')) === constantNamed('O_RDONLY');
}

/* ------------------------------------------------------------- the one buffer */

/** A name of an earlier ptsname is used after a later one has overwritten it. */
function judgeStale(event: CallEvent, context: RuleContext): void {
  const latest = event.path.note('pty-name');
  for (const { value, expr } of event.args) {
    const origin = value.origins?.length === 1 ? value.origins[0] : undefined;
    if (origin?.site.call.name !== 'ptsname' || latest === undefined || latest === origin.site.id) continue;
    context.report({
      span: event.at,
      message: `\`${excerpt(context, expr)}\` points to the one buffer that \`ptsname\` has, and another call has put another name there since. Copy the name at once, or use \`ptsname_r\`.`,
      related: [{ span: spanOfSite(origin.site), message: 'The pointer comes from here' }],
    });
  }
}

/** In a loop, pointers to that buffer are collected. */
function judgeKept({ target, value, expr, scope }: StoreEvent, context: RuleContext): void {
  const call = unwrap(value.expr);
  if (calledName(call) !== 'ptsname' || !scope.call('ptsname') || expr.kind !== 'assign') {
    return;
  }
  const place = unwrap(target);
  const loop = loopAround(scope.definition, expr);
  const collects = place.kind === 'index' || (place.kind === 'member' && place.object.kind === 'index');
  if (!loop || !collects || !contains(loop, expr)) {
    return;
  }
  context.report({
    span: { start: expr.start, end: expr.end },
    message: `\`ptsname\` returns the same buffer each time, so all elements of \`${excerpt(context, place.kind === 'index' ? place.array : place)}\` end up with the last name. Copy the name, or use \`ptsname_r\`.`,
  });
}

function sessionFix(event: CallEvent, context: RuleContext) {
  const { definition } = context.scope;
  const line = isDirect(event.at, event.expr) ? lineOf(event.expr, definition) : undefined;
  const own = childBranches(definition, context).some(({ span }) => line && contains(span, line.stmt));
  return fixOf(
    'Begin a session before',
    own && line ? insertedBefore(line, 'setsid();', context) : undefined,
  );
}
