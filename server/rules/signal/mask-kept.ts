import type { CallEvent, PathEndEvent } from '../../analysis/events';
import type { Location } from '../../analysis/path';
import type { CallSite } from '../../analysis/values';
import type { CType, ExprOf, FunctionDefinition } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { reachedFrom } from '../shared/globals';
import { failureBranch, Result, resultName, spanOfSite } from '../shared/loops';
import { isOwnFailure } from '../shared/own-failure';
import { around, contains } from '../shared/statements';
import { constantNamed } from '../shared/support';
import { addressed, callsIn, declaratorOf, usesOf } from '../shared/uses';
import { fileMakes, ownCalls } from '../shared/whole-file';
import { forksOf } from '../subjects/pipes';

const id = 'signal/mask-kept';

export const maskKept: Rule = {
  meta: {
    id,
    severity: 'warning',
    preset: 'recommended',
    title: 'Signals stay blocked where nobody lets them in again',
    explanation:
      'The mask of blocked signals goes through `fork` and `exec`: a program that is started with SIGTERM blocked cannot be stopped by it, and knows nothing of it. A function that blocks signals for a while and fails before it gives the old mask back leaves its caller deaf in the same way.',
    silence:
      'Programs that another one takes the place of without a fork, unless they keep the mask from before, children that call functions which cannot be followed, functions that never give the mask back, and those that keep it when they succeed, unless the mask from before is lost with a variable of their own.',
    references: [
      { page: 'sigprocmask', section: 2 },
      { page: 'execve', section: 2 },
    ],
    example: {
      bad: `#include <signal.h>
#include <unistd.h>

pid_t start(char *argv[]) {
  sigset_t all, before;
  sigfillset(&all);
  if (sigprocmask(SIG_BLOCK, &all, &before) == -1)
    return -1;
  pid_t pid = fork();
  if (pid == 0) {
    execvp(argv[0], argv);
    _exit(127);
  }
  sigprocmask(SIG_SETMASK, &before, NULL);
  return pid;
}
`,
      good: `#include <signal.h>
#include <unistd.h>

pid_t start(char *argv[]) {
  sigset_t all, before;
  sigfillset(&all);
  if (sigprocmask(SIG_BLOCK, &all, &before) == -1)
    return -1;
  pid_t pid = fork();
  if (pid == 0) {
    sigprocmask(SIG_SETMASK, &before, NULL);
    execvp(argv[0], argv);
    _exit(127);
  }
  sigprocmask(SIG_SETMASK, &before, NULL);
  return pid;
}
`,
    },
  },
  check(own) {
    const blocks = new Map<number, CallSite>();
    const inherited: Inherited[] = [];
    const kept: Kept[] = [];
    const restored: PathEndEvent[] = [];
    return {
      mark(event, context) {
        const { path, site } = event;
        if (site && isMaskCall(event)) {
          const isBlock = blocksSome(event);
          if (isBlock) blocks.set(site.id, site);
          const blocked = path.note(id) !== undefined;
          if (isBlock === true) path.setNote(id, site.id);
          else if (isBlock === false && blocked) path.setNote(id, gaveBack);
        } else if (path.note(id) !== undefined && mayRestore(event, context)) path.setNote(id, undefined);
      },
      call(event, context) {
        const { path, site } = event;
        const block = blocks.get(Number(path.note(id)));
        const isExec = site?.call.effects.some(({ op }) => op === 'exec') ?? false;
        if (!isExec || !block) return;
        if (path.role.kind === 'child' || (savesMask(block) && !startsAnew(context)))
          inherited.push({ block, event, context });
      },
      pathEnd(event) {
        const { how, path, inMain, at } = event;
        const { definition } = own.scope;
        if (how !== 'return' || inMain || path.role.kind === 'child' || at.within !== definition) return;
        const block = blocks.get(Number(path.note(id)));
        if (path.note(id) === gaveBack) restored.push(event);
        else if (
          block?.within === definition &&
          !isOwnFailure(block.expr, definition, at, own) &&
          !isUnheardOf(at, own) &&
          !isGivenBackWhereBlocked(block, at, own)
        )
          kept.push({ block, end: event });
      },
      end() {
        for (const site of blocks.values()) if (site.within === own.scope.definition) tellUnused(site, own);
        new Map(inherited.map((one) => [one.event.expr, one])).forEach(tellInherited);
        const isKnown = restored.some((end) => !fails(end, own));
        const lost = kept.filter((one) => (isKnown && fails(one.end, own)) || losesOwn(one.block, own));
        new Map(lost.map((one) => [one.end.at.start, one])).forEach((one) => {
          tellKept(one, own);
        });
      },
    };
  },
};

/** As a note, in the place of the call that has blocked signals. */
const gaveBack = 'gave back';

/** A program that is started with the mask of the call that blocked signals. */
interface Inherited {
  block: CallSite;
  event: CallEvent;
  context: RuleContext;
}

/** A way out of the function on which signals are still blocked. */
interface Kept {
  block: CallSite;
  end: PathEndEvent;
}

/** By the name of a function on the way the program starts itself once more, and lets the signals in when it is ready. */
function startsAnew(context: RuleContext): boolean {
  return [context.scope, ...context.callers().map(({ scope }) => scope)].some(({ definition }) =>
    /re_?exec|restart|reload/i.test(definition.name),
  );
}

/** What sets masks and handlers fails only for what is no signal or no address: a way out for that is never gone. */
function isUnheardOf(at: Location, context: RuleContext): boolean {
  return callsIn(context.scope.definition, /^(?:sigaction|sigprocmask|pthread_sigmask|signal)$/).some(
    (call) => {
      const branch = failureBranch(call, context);
      return branch !== undefined && contains(branch, at);
    },
  );
}

/** `if (failed == 0) pthread_sigmask(SIG_SETMASK, &before, NULL);`: the one who could not block signals has nothing to give back. */
function isGivenBackWhereBlocked({ expr }: CallSite, at: Location, context: RuleContext): boolean {
  const { definition } = context.scope;
  const name = resultName(definition, expr);
  if (name === undefined) return false;
  const result = new Result(expr, name, context);
  return callsIn(definition, masking).some((call) => {
    if (call.start < expr.end || call.end > at.start) return false;
    const test = around(definition, call).findLast(({ kind }) => kind === 'if');
    return (
      test?.kind === 'if' &&
      contains(test.consequent, call) &&
      result.holds(test.test, 0n) === true &&
      result.holds(
        test.test,
        call.callee.kind === 'name' && call.callee.name === 'sigprocmask' ? -1n : 1n,
      ) === false
    );
  });
}

/** Who keeps the mask from before means to give it back. */
function savesMask({ expr }: CallSite): boolean {
  return addressed(expr.args[2]) !== undefined;
}

/**
 * The mask from before is known to a variable of this function alone, which gives it back somewhere, in the child perhaps: whoever comes
 * out with the signals still blocked has lost it.
 */
function losesOwn({ expr }: CallSite, context: RuleContext): boolean {
  const { definition } = context.scope;
  const name = addressed(expr.args[2]);
  const found = name === undefined ? undefined : declaratorOf(context.scope, name);
  if (name === undefined || !found || found.storage.length > 0) return false;
  const calls = usesOf(definition, name).map(({ around: [own, call] }) =>
    own?.kind === 'unary' && own.op === '&' && call && masking.test(calledName(call) ?? '')
      ? call
      : undefined,
  );
  const gives = calls.some(
    (call) => call !== expr && call?.kind === 'call' && addressed(call.args[1]) === name,
  );
  return gives && !calls.includes(undefined) && !fileMakes(context, waiting);
}

const masking = /^(?:sigprocmask|pthread_sigmask)$/;

/** Calls that wait for signals which are blocked, or let them in for as long as they wait. */
const waiting = /^(?:sig(?:wait|waitinfo|timedwait|suspend)|pause|signalfd|pselect|ppoll|epoll_pwait2?)$/;

const letsIn = ({ args: [how] }: ExprOf<'call'>) => how?.kind === 'name' && how.name === 'SIG_UNBLOCK';

/** The old mask is asked for, to be given back, and nothing is ever done with it. */
function tellUnused({ expr, call }: CallSite, context: RuleContext): void {
  const name = addressed(expr.args[2]);
  if (name === undefined || !declaratorOf(context.scope, name) || expr.use) return;
  if (usesOf(context.scope.definition, name).length > 1 || fileMakes(context, waiting)) return;
  // What a thread blocks for itself it leaves to the others for as long as it runs.
  if (call.name === 'pthread_sigmask' && isRoutine(context.scope.definition)) return;
  // Let in by their own names, the signals need no mask from before.
  if (ownCalls(context, masking).some((call) => letsIn(call.expr))) return;
  // That one may be held back for good: who writes to nobody is told so by the result.
  if (signalsIn(context).every((signal) => signal === 'SIGPIPE')) return;
  context.report({
    span: expr,
    message: `The mask from before is saved in \`${name}\` here, and nobody gives it back: the signals that \`${call.name}\` blocks are held back for as long as the process runs. Call \`${call.name}(SIG_SETMASK, &${name}, NULL)\` where they may come again.`,
  });
}

function tellKept({ block, end }: Kept, context: RuleContext): void {
  const { at } = end;
  const comes = fails(end, context) ? 'fails here' : 'comes back here';
  context.report({
    span: at,
    message: `\`${context.scope.definition.name}\` ${comes} with the signals still blocked that it lets in again on its other ways: ${whatIsHeld(context)}. Give the old mask back before.`,
    related: [{ span: spanOfSite(block), message: 'The signals are blocked here' }],
  });
}

/** One that threads may begin with. */
function isRoutine({ type: { returns, params } }: FunctionDefinition): boolean {
  const isAny = (type: CType | undefined) => type?.k === 'pointer' && type.to.k === 'void';
  return params.length === 1 && isAny(params[0]?.type) && isAny(returns);
}

/** The signals that the function puts into sets, by their names; nothing in the place of other ones. */
function signalsIn({ scope: { definition } }: RuleContext): (string | undefined)[] {
  return callsIn(definition, /^sig(?:addset|fillset)$/).map(({ args: [, signal] }) =>
    signal?.kind === 'name' ? signal.name : undefined,
  );
}

function whatIsHeld(context: RuleContext): string {
  const names = [
    ...new Set(signalsIn(context).map((name) => (name === undefined ? undefined : `\`${name}\``))),
  ];
  const isKnown = names.length > 0 && names.length < 4 && !names.includes(undefined);
  return isKnown
    ? `from then on ${names.join(' and ')} ${names.length > 1 ? 'are' : 'is'} held back, and may never arrive`
    : 'from then on they are held back, and SIGTERM or SIGCHLD may never arrive';
}

function tellInherited({ block, event, context }: Inherited): void {
  const [fork] = forksOf(event.path.role, 'child');
  context.report({
    span: event.at,
    message: `The program that \`${event.name}\` starts inherits the mask, so the signals that \`${block.call.name}\` has blocked stay blocked in it: it cannot be stopped by them, and never learns why. Give the old mask back before this call.`,
    related: [
      { span: spanOfSite(block), message: 'The signals are blocked here' },
      ...(fork ? [{ span: spanOfSite(fork), message: 'The child is made here, with the same mask' }] : []),
    ],
  });
}

function isMaskCall({ name }: CallEvent): boolean {
  return masking.test(name);
}

/** Whether a call blocks signals, or lets them in again; undefined where it only asks. */
function blocksSome({ args: [how, set] }: CallEvent): boolean | undefined {
  if (set?.value.constant === 0n) return undefined;
  return how?.value.constant === constantNamed('SIG_BLOCK');
}

/** Calls that certainly leave the mask alone, though their text is not known. */
const harmless =
  /print|log|err|warn|debug|perror|exit|alloc|free|^str|^mem|env|^set(?:sid|pgid|[eu]*[ug]id|groups)$|^get|^is|^(?:close|dup|open|chdir|umask|access|stat|nice)/i;

/** A function that cannot be followed may give the mask back, in the child above all. */
function mayRestore({ name, site, into, path }: CallEvent, context: RuleContext): boolean {
  if (site || into) return /^sig(?:setmask|relse|set)$/.test(name);
  const callee = context.functionNamed(name);
  // One that is not walked into here may give it back all the same.
  if (callee)
    return reachedFrom(callee.definition, context.in(callee)).some(
      (each) => callsIn(each, /^(?:sigprocmask|pthread_sigmask|sigsetmask)$/).length > 0,
    );
  return !harmless.test(name) && (path.role.kind === 'child' || /sig|mask|restore|unblock/i.test(name));
}

/** The function returns what tells of a failure. */
function fails({ value }: PathEndEvent, { scope }: RuleContext): boolean {
  const constant = value?.value.constant;
  const isPointer = scope.definition.type.returns.k === 'pointer';
  return constant !== undefined && (constant < 0n || (isPointer && constant === 0n));
}
