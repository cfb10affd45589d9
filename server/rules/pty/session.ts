import type { CallEvent } from '../../analysis/events';
import type { Location, Path } from '../../analysis/path';
import type { CallSite, Value } from '../../analysis/values';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { fixOf, insertedBefore, lineOf } from '../shared/edits';
import { spanOfSite } from '../shared/loops';
import { contains } from '../shared/statements';
import { constantNamed, excerpt, isDirect } from '../shared/support';
import { callsIn } from '../shared/uses';
import { childBranches } from '../subjects/branches';

/** A child becomes the program in a terminal: it leads a session before the slave is opened. */

const session = 'pty-session';

/** Notes that the path has a session of its own, or a function that may begin one. */
export function followSession({ name, path }: CallEvent): void {
  if (name === 'setsid' || /setsid|session|login_tty|daemon|setctty|ctty|set_?up/i.test(name)) {
    path.setNote(session, true);
  }
}

/** The fork that made this process, if it is a child that leads no session. */
function leaderless(path: Path): CallSite | undefined {
  const { kind, fork } = path.role;
  return kind === 'child' && path.note(session) === undefined ? fork : undefined;
}

const opensInVain =
  'The child leads no session, so the terminal that it opens here does not become its controlling terminal: Ctrl-C and hang-ups do not reach it. Call `setsid` in the child before.';

/** A child that takes the slave for its controlling terminal without leading a session. */
export function judgeSession(event: CallEvent, context: RuleContext): void {
  const { args } = event;
  const fork = leaderless(event.path);
  if (!fork) {
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
    message: takes
      ? `The child leads no session, so \`${excerpt(context, slave.expr)}\` cannot become its controlling terminal and \`ioctl\` fails with EPERM. Call \`setsid\` in the child before.`
      : opensInVain,
    related: [{ span: spanOfSite(fork), message: 'The child is made here' }],
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

/** Slaves that children open: where. A name that was copied is known by the master that the child inherits. */
export type Opened = Map<CallSite, Location>;

/** What a child opened without a session becomes its standard input. */
export function judgeInput(event: CallEvent, opened: Opened, context: RuleContext): void {
  const { path, args, site, name } = event;
  const fork = leaderless(path);
  if (!site || !fork) {
    return;
  }
  if (mayOpenSlave(event)) {
    opened.set(site, event.at);
    return;
  }
  const becomesInput = name === 'dup2' && args[1]?.value.constant === 0n;
  const origin = args[0]?.value.origins?.length === 1 ? args[0].value.origins[0] : undefined;
  const at = becomesInput && origin ? opened.get(origin.site) : undefined;
  if (!at || callsIn(context.scope.definition, /^(?:setsid|login_tty)$/).length > 0) {
    return;
  }
  opened.delete(origin!.site);
  context.report({
    span: at,
    message: opensInVain,
    related: [
      { span: spanOfSite(fork), message: 'The child is made here' },
      { span: event.at, message: 'It takes the terminal for its standard input here' },
    ],
  });
}

function mayOpenSlave({ name, path, args }: CallEvent): boolean {
  const [file, flags] = args;
  const how = flags?.value.constant;
  return (
    name === 'open' &&
    file?.value.text === undefined &&
    how !== undefined &&
    (how & constantNamed('O_ACCMODE')) === constantNamed('O_RDWR') &&
    (how & (constantNamed('O_NOCTTY') | constantNamed('O_CREAT'))) === 0n &&
    hasMaster(path)
  );
}

function hasMaster(path: Path): boolean {
  for (const [{ kind }] of path.holdings()) if (kind === 'pty-master') return true;
  return false;
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
