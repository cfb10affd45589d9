import type { CallEvent, StoreEvent } from '../../analysis/events';
import { noteOn } from '../../analysis/notes';
import { unwrap } from '../../analysis/operators';
import type { Location, Path } from '../../analysis/path';
import type { CallSite, Value } from '../../analysis/values';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { loopAround, spanOfSite } from '../shared/loops';
import { contains } from '../shared/statements';
import { excerpt } from '../shared/support';
import { callsIn } from '../shared/uses';
import { fileMakes, fileMentions, fileNames, isAllRead } from '../shared/whole-file';
import { followSession, judgeInput, judgeSession, type Opened } from './session';

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
    const opened: Opened = new Map();
    return {
      mark: follow,
      call(event, context) {
        const master = masterOf(event.args[0]?.value);
        if (master && isName(event)) {
          named.set(noteOf(master), { at: event.at, context, name: excerpt(context, event.args[0]!.expr) });
        }
        judgeSession(event, context);
        judgeInput(event, opened, context);
        judgeStale(event, context);
        judgeLocked(event, context);
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
          // The walk may have lost sight of a master that others know, too.
          const calls = callsIn(context.scope.definition, new RegExp(`^${missing}$`));
          if (calls.some(({ args: [master] }) => master && excerpt(context, master) === name)) continue;
          reported.add(key);
          context.report({
            span: at,
            message:
              missing === 'unlockpt'
                ? neverUnlocked(name)
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
  followSession(event);
}

/** The name is asked for by another function of the file, or of a master that came out of a helper, and nobody unlocks the slave. */
function judgeLocked({ name, site, args, at }: CallEvent, context: RuleContext): void {
  const { definition } = context.scope;
  if (name !== 'grantpt' || !site || !args[0] || !fileMakes(context, /^ptsname/)) return;
  const isNamedHere = callsIn(definition, /^ptsname/).length > 0 && masterOf(args[0].value) !== undefined;
  const unlocks = fileMentions(context, /unlock/) || fileNames(context, 'TIOCSPTLCK');
  if (isNamedHere || unlocks || !isAllRead(context)) return;
  const master = excerpt(context, args[0].expr);
  context.report({ span: at, message: neverUnlocked(master) });
}

function neverUnlocked(master: string): string {
  return `\`${master}\` is never unlocked, so opening the slave fails with EIO. Call \`unlockpt(${master})\` after \`grantpt\`, before the slave is opened.`;
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
