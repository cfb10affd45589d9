import { type CallEvent, resourcesOf } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import type { Path, Role } from '../../analysis/path';
import { depthOf, nameOf } from '../../analysis/places';
import type { CallSite, Resource, Value } from '../../analysis/values';
import { children, type Expr, type Span, someExprIn, someStmtIn, walkExpr } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { loopAround, resultName, spanOfSite } from '../shared/loops';
import { callsIn, declaratorOf, usesOf } from '../shared/uses';
import { callsOf } from '../shared/whole-file';
import {
  type EarlyWay,
  earlyWays,
  isCalledBack,
  isClosedByNextRound,
  type KeptByParent,
  keptByParents,
  movesOn,
  variablesOf,
} from './accepted-ways';
import { keepsParameter } from './kept-by-helper';
import { leftByThread, working } from './thread-connections';

export const acceptedLeak: Rule = {
  meta: {
    id: 'socket/accepted-leak',
    severity: 'warning',
    preset: 'recommended',
    title: 'A server loses the descriptor of an accepted connection',
    explanation:
      'Each accept gives a new descriptor. When the loop comes round without closing it, in the parent after fork too, the client never sees the end of the connection, and after some thousand clients accept fails with EMFILE.',
    silence:
      'Descriptors that are stored, watched or given to functions whose text is not known, and loops that keep no connection apart.',
    references: [
      { page: 'accept', section: 2 },
      { page: 'close', section: 2 },
      { page: 'fork', section: 2 },
    ],
    example: {
      bad: `#include <sys/socket.h>
#include <unistd.h>

void serve(int listener) {
  for (;;) {
    int client = accept(listener, NULL, NULL);
    if (client == -1)
      continue;
    if (send(client, "hello\\n", 6, MSG_NOSIGNAL) != 6)
      break;
  }
}
`,
      good: `#include <sys/socket.h>
#include <unistd.h>

void serve(int listener) {
  for (;;) {
    int client = accept(listener, NULL, NULL);
    if (client == -1)
      continue;
    if (send(client, "hello\\n", 6, MSG_NOSIGNAL) != 6)
      break;
    close(client);
  }
}
`,
    },
  },
  check(root) {
    const kept = new Set<Resource>();
    const lost: Lost[] = [];
    // Before the first connection there is nothing to follow.
    let accepts = false;
    return {
      mark(event, context) {
        accepts ||= isAccept(event);
        if (accepts) follow(event, context);
      },
      call(event, context) {
        const found = isAccept(event) ? stillOpen(event) : undefined;
        if (found) lost.push({ event, context, ...found });
      },
      store({ path, place, value }) {
        // What one place holds the path remembers; one of several it does not, nor one behind a pointer that moves on.
        const isUnseen = place === undefined || place.includes('[') || movesOn(place, root);
        const stored = [...(isUnseen ? ownOf(path, value.value) : []), ...builtInto(value.expr, path)];
        keep(
          stored.filter(({ site }) => path.note(key(site)) !== 'kept'),
          kept,
        );
      },
      test({ path, op, left, right }) {
        // A number compared with others is one that the program has plans with: the highest for select, an index.
        const plans =
          op === 'opaque' || (right && !isFailure(left.value.constant) && !isFailure(right.value.constant));
        for (const { value } of plans ? [left, ...(right ? [right] : [])] : [])
          keep(ownOf(path, value), kept);
      },
      end() {
        const seen = new Set<CallSite>();
        // The place that leaves says more than the place where the next round begins.
        const early = earlyWays(root, passes);
        for (const way of early) tellEarly(way, root);
        for (const { event, resource, fork, known, context } of lost) {
          if (kept.has(resource) || seen.has(resource.site) || !isPlain(resource, context)) continue;
          if (early.some(({ accept }) => accept === resource.site.expr)) continue;
          if (
            variablesOf(resource.site, context).some((name) =>
              isClosedByNextRound(resource.site.expr, name, context),
            )
          )
            continue;
          // What was given to a function elsewhere is the loop's own to close when the loop does so on other ways.
          if (
            known &&
            (closesOf(resource, context).length === 0 ||
              isCalledBack(resource.site.within, variablesOf(resource.site, context)))
          )
            continue;
          seen.add(resource.site);
          report(event, resource, fork && isBetween(fork, resource) ? fork : undefined, context);
        }
        const told = [...seen].map(({ expr }) => expr);
        for (const kept of keptByParents(root, passes))
          if (!told.includes(kept.accept)) tellParent(kept, root);
        tellThread(root);
      },
    };
  },
};

interface Lost {
  event: CallEvent;
  resource: Resource;
  fork?: CallSite;
  /** A function elsewhere was given it. */
  known: boolean;
  context: RuleContext;
}

/** What a program does with a connection that it still has to close afterwards, or closes at once. */
function passes(name: string): boolean {
  return (
    working.test(name) ||
    /^(?:accept4?|splice|close|fcntl|ioctl|fork|fstat|(?!\w*thread)\w*(?:read|recv|write|send|print|non_?block|cloexec|sockopt|nodelay|keep_?alive|timeout)\w*)$/i.test(
      name,
    )
  );
}

/** A function that is given a format says something of the connection. */
function formats({ args }: CallEvent): boolean {
  return args.some(({ expr }) => expr.kind === 'string' && expr.value.includes('%'));
}

const isFailure = (constant: bigint | undefined) => constant === -1n || constant === 0n;

/** The connections that a value may be, without a child's copies: what it does with them changes nothing for the parent. */
function ownOf({ role }: Path, value: Value): Resource[] {
  return resourcesOf(value).filter((resource) => !isCopyOf(resource, role));
}

/** Whether this process has the connection from the one that accepted it, be it by way of several forks. */
function isCopyOf(resource: Resource, { kind, fork, before }: Role): boolean {
  const isChild =
    kind === 'child' && fork !== undefined && (isBetween(fork, resource) || isInHelper(fork, resource));
  return isChild || (before !== undefined && isCopyOf(resource, before));
}

/** The connections of the variables that are named in a value which is a whole structure: `(struct pollfd){.fd = client}`. */
function builtInto(value: Expr, path: Path): Resource[] {
  const inner = unwrap(value);
  if (inner.kind !== 'compound') return [];
  const names = new Set<string>();
  walkExpr(inner.init, (part) => void (part.kind === 'name' && names.add(part.name)));
  return [...path.entries()].flatMap(([place, known]) =>
    names.has(nameOf(place)) && /^\d+:\w+$/.test(place) ? ownOf(path, known) : [],
  );
}

function keep(resources: readonly Resource[], kept: Set<Resource>): void {
  for (const resource of resources) kept.add(resource);
}

function isAccept({ name, site }: CallEvent): boolean {
  return site !== undefined && (name === 'accept' || name === 'accept4');
}

const prefix = 'accepted:';
const key = ({ id }: CallSite) => `${prefix}${id}`;

/** Notes which connections are open, and which of them somebody else knows: joined paths that differ in that know nothing of it any more. */
function follow(event: CallEvent, context: RuleContext): void {
  const { path, site } = event;
  for (const resource of handedOn(event, context)) {
    if (path.note(key(resource.site)) === 'open') path.setNote(key(resource.site), 'kept');
  }
  for (const { site: stored } of keptElsewhere(event)) path.setNote(key(stored), 'kept');
  if (site && isAccept(event)) {
    path.setNote(key(site), 'open');
  }
  const [fd] = event.name === 'close' ? event.args : [];
  for (const { site: closed } of fd ? resourcesOf(fd.value) : []) {
    if (path.note(key(closed)) !== undefined) path.setNote(key(closed), 'closed');
  }
  if (fd && !fd.value.origins && fd.value.constant === undefined) {
    for (const [note] of [...path.noteEntries()]) {
      if (note.startsWith(prefix)) path.setNote(note, undefined);
    }
  }
}

/** The connections that a call gives to somebody who keeps them: to a function elsewhere, or to one that stores what it gets. */
function handedOn(event: CallEvent, context: RuleContext): Resource[] {
  const { path, name, args, into } = event;
  const given = (index: number) => (args[index] ? ownOf(path, args[index].value) : []);
  if (!into) return passes(name) || formats(event) ? [] : args.flatMap((_, index) => given(index));
  const holding = args.flatMap((_, index) => (given(index).length > 0 ? [index] : []));
  const callee = holding.length > 0 ? context.functionNamed(name) : undefined;
  return holding.filter((index) => callee && keepsParameter(callee, index)).flatMap(given);
}

/** Open connections that something other than a plain variable of the function holds. */
function keptElsewhere({ path }: CallEvent): Resource[] {
  const isOpen = [...path.noteEntries()].some(([note, is]) => note.startsWith(prefix) && is === 'open');
  if (!isOpen) return [];
  return [...path.entries()].flatMap(([place, value]) => {
    const local = /^\d+:\w+$/.test(place) && depthOf(place) > 0;
    return local
      ? []
      : ownOf(path, value).filter(({ site, at }) => at === 'return' && path.note(key(site)) === 'open');
  });
}

/** The connection that this very call gave when it was made before, and that this process has not closed since. */
function stillOpen(event: CallEvent): { resource: Resource; fork?: CallSite; known: boolean } | undefined {
  const { path, site } = event;
  if (!site) return undefined;
  const elsewhere = keptElsewhere(event);
  for (const [resource, { state }] of path.holdings()) {
    const lives = state === 'open' || state === 'escaped';
    if (resource.site !== site || resource.at !== 'return' || !lives || elsewhere.includes(resource))
      continue;
    const outcome = path.outcome(resource.site);
    if (outcome === 'failure' || path.note(key(resource.site)) !== 'open') continue;
    // Where a test is not understood, it may be the one that tells the failure.
    if (outcome !== 'success' && isTestedSomewhere(site)) continue;
    const fork = path.role.kind === 'parent' ? path.role.fork : undefined;
    return { resource, known: state === 'escaped', ...(fork ? { fork } : {}) };
  }
  return undefined;
}

/** The variable that gets the result stands in a condition. */
function isTestedSomewhere({ expr, within }: CallSite): boolean {
  const name = resultName(within, expr);
  // What a call is given says nothing of it.
  const asks = (test: Expr | undefined): boolean =>
    test !== undefined &&
    (unwrap(test) === expr ||
      (test.kind === 'name' ? test.name === name : test.kind !== 'call' && children(test).some(asks)));
  return (
    name === undefined ||
    someStmtIn(
      within.body,
      (stmt) =>
        (stmt.kind === 'if' ||
          stmt.kind === 'while' ||
          stmt.kind === 'do' ||
          stmt.kind === 'for' ||
          stmt.kind === 'switch') &&
        asks(stmt.kind === 'switch' ? stmt.value : stmt.test),
    ) ||
    someExprIn(within.body, (inner) => inner.kind === 'conditional' && asks(inner.test))
  );
}

/** A fork between the accept and the end of its loop. */
function isBetween(fork: CallSite, { site }: Resource): boolean {
  const loop = loopAround(site.within, site.expr);
  return (
    fork.within === site.within &&
    fork.expr.start > site.expr.start &&
    loop !== undefined &&
    fork.expr.end <= loop.end
  );
}

/** A function makes the child that the loop calls behind the accept. */
function isInHelper(fork: CallSite, { site }: Resource): boolean {
  const loop = loopAround(site.within, site.expr);
  return (
    loop !== undefined &&
    callsOf(site.within).some(
      ({ name, expr }) => name === fork.within.name && expr.start > site.expr.start && expr.end <= loop.end,
    )
  );
}

/** The connection is in a plain variable of the function with the loop, whose address nobody takes. */
function isPlain({ site }: Resource, context: RuleContext): boolean {
  const { definition } = context.scope;
  if (site.within !== definition || !loopAround(definition, site.expr)) {
    return false;
  }
  const names = variablesOf(site, context);
  return (
    names.length > 0 &&
    names.every((name) => {
      const declared = declaratorOf(context.scope, name);
      const uses = usesOf(definition, name);
      return (
        declared !== undefined &&
        !declared.storage.includes('static') &&
        !uses.some(({ around }) => around[0]?.kind === 'unary' && around[0].op === '&')
      );
    })
  );
}

/** Where the function itself closes the connection. */
function closesOf({ site }: Resource, context: RuleContext): Span[] {
  const names = variablesOf(site, context);
  return callsIn(context.scope.definition, /^close$/).filter(
    ({ args }) => args[0]?.kind === 'name' && names.includes(args[0].name),
  );
}

/** A thread of its own for each connection, which ends without closing it. */
function tellThread(context: RuleContext): void {
  const handed = leftByThread(context);
  if (!handed) {
    return;
  }
  const { name, accept, create, end, close } = handed;
  const place = close ? (end.kind === 'return' ? 'returns here' : 'ends here') : 'ends';
  context.report({
    span: end,
    message: `\`${context.scope.definition.name}\` ${place} without closing \`${name}\`, the connection that it was started for, so the client never sees its end, and the descriptors run out. Close \`${name}\` when the thread is done with it.`,
    related: [
      { span: { ...accept.expr, within: accept.within }, message: 'The connection is accepted here' },
      { span: { ...create.expr, within: create.within }, message: 'The thread is given it here' },
      ...(close ? [{ span: close, message: 'Only this way closes it' }] : []),
    ],
  });
}

function tellParent({ accept, fork, name }: KeptByParent, context: RuleContext): void {
  context.report({
    span: fork,
    message: keptInParent(name, calledName(accept) ?? 'accept'),
    related: [{ span: accept, message: 'Each round accepts a connection here' }],
  });
}

function keptInParent(name: string, accept: string): string {
  return `The parent does not close \`${name}\` after this fork and goes on to the next \`${accept}\`, so the client never sees the end of its connection, and the descriptors run out. Close \`${name}\` in the parent.`;
}

/** What can fail between the accept and the place that keeps the connection. */
function tellEarly({ accept, name, jump }: EarlyWay, context: RuleContext): void {
  context.report({
    span: jump,
    message: `This ${/^(?:continue|return|goto)$/.test(jump.kind) ? `\`${jump.kind}\`` : 'branch'} leaves \`${name}\` open although nobody else knows of the connection yet, so the client never sees its end, and the descriptors run out. Close \`${name}\` before.`,
    related: [{ span: accept, message: 'It is accepted here' }],
  });
}

function report(
  event: CallEvent,
  resource: Resource,
  fork: CallSite | undefined,
  context: RuleContext,
): void {
  const { site } = resource;
  const name = variablesOf(site, context)[0] ?? 'the connection';
  const [closed] = closesOf(resource, context);
  context.report({
    span: fork ? spanOfSite(fork) : event.at,
    message: fork
      ? keptInParent(name, event.name)
      : `The loop comes back to \`${event.name}\` with \`${name}\` still open, so the client never sees the end of its connection, and the descriptors run out. Close \`${name}\` before the next round.`,
    related: [
      ...(fork ? [{ span: spanOfSite(site), message: 'Each round accepts a connection here' }] : []),
      ...(closed
        ? [{ span: { start: closed.start, end: closed.end }, message: 'It is closed on this way only' }]
        : []),
    ],
  });
}
