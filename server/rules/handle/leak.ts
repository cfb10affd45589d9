import { type CallEvent, type PathEndEvent, resourcesOf } from '../../analysis/events';
import type { Location } from '../../analysis/path';
import type { Resource } from '../../analysis/values';
import { type FunctionDefinition, type Span, type Stmt, walkStmt } from '../../c/ast';
import type { Rule, RuleContext } from '../rule';
import { fixOf, insertedBefore, lineOf } from '../shared/edits';
import { isLastActOfMain } from '../shared/last-act';
import { spanOfSite } from '../shared/loops';
import { around } from '../shared/statements';
import { fileMakes } from '../shared/whole-file';
import { lockCall } from '../subjects/file-locks';
import { choicesIn, cuts } from './choices';
import { tellForgottenMember } from './forgotten-member';
import { FreedHolder } from './freed-holder';
import { tellGiven } from './given';
import { tellGot } from './got';
import { isKeptBound } from './kept-bound';
import { tellKeptForChild } from './kept-for-child';
import {
  countedOn,
  handed,
  isOfEachClient,
  isPlainLocal,
  type LeftOpen,
  leadsBack,
  leftOpen,
} from './leaking';
import { Lost } from './lost';
import { tellNeverClosed } from './never-closed';
import { closes, dominates, isTakenBack, leavesAfter, seenFrom, thing, usesIn } from './using';
import {
  asksFor,
  choiceAround,
  closesIn,
  isFailedClose,
  isFailedFork,
  isIndependent,
  isSweptBefore,
  isTidyFile,
  jumpPast,
} from './ways-out';
import { tellWiped } from './wiped';

export const leak: Rule = {
  meta: {
    id: 'handle/leak',
    severity: 'warning',
    preset: 'recommended',
    title: 'A handle is lost without being closed',
    explanation:
      'The last reference is gone and the handle stays open: every failure costs one, until open fails with EMFILE. A write end of a pipe left open also keeps its reader from seeing end-of-file.',
    silence:
      "Handles that are returned, stored or given to functions whose text is not known, that are locked, mapped, watched or bound and so of use without a name, the end of main, functions called once, those that get the program's arguments and that nobody is seen to call, and ways that may not exist.",
    references: [
      { page: 'close', section: 2 },
      { page: 'getrlimit', section: 2 },
    ],
    example: {
      bad: `#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

long size_of(const char *path) {
  struct stat status;
  int fd = open(path, O_RDONLY);
  if (fd == -1)
    return -1;
  if (fstat(fd, &status) == -1) {
    close(fd);
    return -1;
  }
  if (!S_ISREG(status.st_mode))
    return -1;
  close(fd);
  return status.st_size;
}
`,
      good: `#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

long size_of(const char *path) {
  struct stat status;
  int fd = open(path, O_RDONLY);
  if (fd == -1)
    return -1;
  if (fstat(fd, &status) == -1) {
    close(fd);
    return -1;
  }
  if (!S_ISREG(status.st_mode)) {
    close(fd);
    return -1;
  }
  close(fd);
  return status.st_size;
}
`,
    },
  },
  check(context) {
    const fates = new Fates(context);
    const open: LeftOpen[] = [];
    const lost = new Lost(context);
    const freed = new FreedHolder(context);
    return {
      call(event) {
        lost.hearCall(event);
        freed.hearCall(event);
        fates.hearCall(event);
        // Which ones that closes is not followed.
        if (/^close(?:from|_range)$/.test(event.name) && event.path.role.kind !== 'child') {
          const held = [...event.path.holdings()].map(([resource]) => resource);
          fates.handOn(held);
          lost.fates.giveUp(held);
        }
      },
      store(event) {
        const { place, value, scope, at } = event;
        lost.hearOverwrite(event);
        // Where a child keeps its copies, its parent does not find them.
        if (event.path.role.kind === 'child' || (place !== undefined && isPlainLocal(place, scope))) return;
        const stored = resourcesOf(value.value);
        fates.keep(stored, at);
        lost.fates.store(stored, at);
        if (place === undefined || place.includes('[')) lost.fates.giveUp(stored);
      },
      test(event) {
        if (event.path.role.kind === 'child') return;
        const counted = countedOn(event, context.in(event.scope));
        fates.handOn(counted);
        lost.fates.giveUp(counted);
      },
      pathEnd(event) {
        if (event.how !== 'return') return;
        fates.hearReturn(event);
        if (!event.inMain && event.path.role.kind !== 'child') {
          const left = leftOpen(event, context);
          if (left.length > 0 && isLastActOfMain(context)) return;
          open.push(...left);
          lost.hearEnd(event, left);
        }
      },
      end() {
        const choices = choicesIn(context.source(context.scope.definition.body));
        const isWhole = !choices.some(cuts);
        const found = (isWhole ? open : []).flatMap((left) => {
          const forgotten = fates.forgotten(left);
          return forgotten ? [{ left, forgotten }] : [];
        });
        for (const { left, forgotten } of found) {
          const there = open.filter(({ at }) => at.start === left.at.start);
          report(left, forgotten, fates.closings(left, there), context);
        }
        const said = new Set(found.map(({ left }) => left.name));
        const mildly = new Set(found.filter(({ forgotten }) => forgotten.mild).map(({ left }) => left.name));
        if (isWhole) {
          for (const name of lost.report(new Set(found.map(({ left }) => left.resource)))) said.add(name);
          for (const name of freed.tell()) said.add(name);
          tellNeverClosed(freed.told, context);
          tellForgottenMember(context);
          tellWiped(context);
          tellGiven(context);
          tellGot(context);
        }
        tellKeptForChild(said, mildly, choices, context);
      },
    };
  },
};

/** A way out of the function on which a handle stays open. */
interface Forgotten {
  /** The close on another way out. */
  careful: Location;
  /** The jump past all that would have closed it. */
  jump: Stmt | undefined;
  /** The function never closes anything before an early way out, or this is where a fork fails: hardly ever, and then for good. */
  mild?: boolean;
}

/** What the walk sees become of handles. */
class Fates {
  private readonly handedOn = new Set<Resource>();
  /** Where each is stored for others. */
  private readonly kept = new Map<Resource, Location[]>();
  /** Where each is closed, and where the function has done with it: there, or where it returns it. */
  private readonly closed = new Map<Resource, Location[]>();
  private readonly ended = new Map<Resource, Location[]>();
  /** Of these, where a function is called that does it. */
  private readonly closedByHelper = new Map<Resource, Location[]>();
  /** Locked, as a file that tells of the process is for as long as it runs. */
  private readonly locked = new Map<Resource, Location[]>();
  private readonly root: FunctionDefinition;

  constructor(private readonly context: RuleContext) {
    this.root = context.scope.definition;
  }

  handOn(resources: readonly Resource[]): void {
    for (const resource of resources) this.handedOn.add(resource);
  }

  keep(resources: readonly Resource[], at: Location): void {
    for (const resource of resources) add(this.kept, resource, at);
  }

  /** Others may have it by now: what is stored for them further down has not been when an earlier return or jump leaves. */
  private isKept(resource: Resource, at: Location): boolean {
    const { root } = this;
    return (this.kept.get(resource) ?? []).some(
      ({ within, start }) =>
        within !== root || at.within !== root || start < at.start || leadsBack(root, at, start),
    );
  }

  hearCall(event: CallEvent): void {
    for (const resource of locks(event)) add(this.locked, resource, event.at);
    // What the child closes or takes over the parent still has.
    if (event.path.role.kind === 'child') return;
    this.keep(handed(event), event.at);
    // What a helper closes the function closes by calling it.
    const at = event.at.within === this.root ? event.at : (this.context.callers().at(-1)?.call ?? event.at);
    for (const { effect, operand } of usesIn(event)) {
      for (const resource of closes(effect) ? resourcesOf(operand.value) : []) {
        if (isTakenBack(resource, event, this.root)) continue;
        add(this.closed, resource, at);
        if (at !== event.at) add(this.closedByHelper, resource, at);
        add(this.ended, resource, at);
      }
    }
  }

  hearReturn({ value, at }: PathEndEvent): void {
    for (const resource of value ? resourcesOf(value.value) : []) add(this.ended, resource, at);
  }

  /** Whether a handle that is still open at a return has been forgotten there. */
  forgotten({ resource, name, at, forked }: LeftOpen): Forgotten | undefined {
    const { context } = this;
    const made = spanOfSite(resource.site);
    const careful = this.carefulClose(resource);
    if (
      !careful ||
      this.handedOn.has(resource) ||
      this.isLockedForGood(resource, at) ||
      isFailedClose(at, context) ||
      isSweptBefore(name, at, context)
    ) {
      return undefined;
    }
    const before = (this.ended.get(resource) ?? []).flatMap((end) => seenFrom(context, end, at.start));
    const sure = (end: number) =>
      seenFrom(context, made, end).some(
        (place) => dominates(context, place, end) || isIndependent(place, end, name, context),
      ) && before.every((place) => place > end || leavesAfter(context, place));
    if (!sure(at.start)) {
      const jump = jumpPast(before, name, resource.site.expr, context, sure);
      const jumps = jump && { start: jump.start, end: jump.end, within: this.root };
      return jumps && !this.isKept(resource, jumps)
        ? { careful, jump, mild: !forked && isFailedFork(jumps, context) }
        : undefined;
    }
    // A helper that closes under a test of its own is called on this way, too: `return print_first(in);`.
    const helped = (this.closedByHelper.get(resource) ?? []).some(
      ({ start }) => start < at.end && (start >= at.start || dominates(context, start, at.start)),
    );
    if (helped || this.isKept(resource, at) || isKeptBound(name, at, context)) return undefined;
    const strict = leavesAfter(context, careful.start) || isOfEachClient(resource, context);
    const untidy = !strict && !this.tidies;
    const atFork = !forked && isFailedFork(at, context);
    // A failed fork is rare, and what gets the program's arguments is a `main` of another name, behind which nothing comes.
    const hardly = atFork || context.scope.definition.type.params.some(({ name }) => name === 'argv');
    const isCalled = () => fileMakes(context, context.scope.definition.name) || isTidyFile(context);
    if (untidy && hardly && !isCalled()) return undefined;
    if (!strict && !atFork && isForgivable(at, made, name, context)) return undefined;
    return { careful, jump: undefined, mild: atFork };
  }

  /** The closes, on other ways, of a handle and of all that is forgotten with it: the other end of its pipe, too. */
  closings(own: LeftOpen, there: readonly LeftOpen[]): Location[] {
    const found = there.flatMap((left) => {
      const pair = left.resource.site === own.resource.site;
      const careful = pair ? this.carefulClose(left.resource) : this.forgotten(left)?.careful;
      return careful ? [[left.name, careful] as const] : [];
    });
    return [...new Map(found).values()];
  }

  /** In a function that cleans up before early returns, a handle closed at the end alone is forgotten on the others. */
  private carefulClose(resource: Resource): Location | undefined {
    const own = (this.closed.get(resource) ?? []).filter(({ within }) => within === this.root);
    return own.find(({ start }) => leavesAfter(this.context, start)) ?? own[0];
  }

  /** On a way out in front of the lock nothing has been locked yet. */
  private isLockedForGood(resource: Resource, at: Location): boolean {
    const { context, root } = this;
    const before = (this.locked.get(resource) ?? []).some(
      ({ within, start }) => within !== root || at.within !== root || start < at.start,
    );
    return before && !/UNLCK|LOCK_UN|F_ULOCK|unlock/i.test(context.code(root.body));
  }

  /** The function closes something before an early way out, or behind a label that failures jump to. */
  private get tidies(): boolean {
    const { context, root } = this;
    return [...this.closed.values()]
      .flat()
      .some(
        ({ within, start }) => within === root && (leavesAfter(context, start) || isCleanup(start, root)),
      );
  }
}

function add(to: Map<Resource, Location[]>, resource: Resource, at: Location): void {
  to.set(resource, [...(to.get(resource) ?? []), at]);
}

function report(
  { resource, name, at }: LeftOpen,
  { careful, jump, mild }: Forgotten,
  closings: readonly Location[],
  context: RuleContext,
): void {
  context.report({
    span: jump ?? at,
    ...(mild ? { severity: 'information' as const } : {}),
    message: `The ${thing(resource)} \`${name}\` is still open when \`${context.scope.definition.name}\` returns ${jump ? 'by way of this jump' : 'here'}, so each such return loses one until the process may open no more. Close it before.`,
    related: [
      { span: spanOfSite(resource.site), message: 'Opened here' },
      { span: careful, message: 'Another way out of the function closes it' },
    ],
    ...closeFix(jump ?? at, closings, name, context),
  });
}

/** What a call puts a file lock on, or takes one off. */
function locks(event: CallEvent): Resource[] {
  const lock = lockCall(event);
  return lock ? resourcesOf(lock.fd.value) : [];
}

/** The closes of the other ways out in front of the jump. */
function closeFix(at: Span, closings: readonly Location[], name: string, context: RuleContext) {
  const { definition } = context.scope;
  const line = lineOf(at, definition);
  const jump = line?.stmt;
  const used = jump?.kind === 'return' && jump.value && context.source(jump.value).includes(name);
  const calls = closings.map((close) => context.source(close));
  const fits =
    (jump?.kind === 'return' || jump?.kind === 'goto') &&
    !used &&
    calls.every((call) => /^\w+\(.*\)$/.test(call));
  const text = calls.map((call) => `${call};`).join('\n');
  return fixOf('Close it before', line && fits ? insertedBefore(line, text, context) : undefined);
}

/** Behind a label that a jump from above leads to, over a return, or several jumps. */
function isCleanup(at: number, { body }: FunctionDefinition): boolean {
  const labels = new Map<string, number>();
  const jumps: [name: string, at: number][] = [];
  const returns: number[] = [];
  walkStmt(body, {
    stmt: (stmt) => {
      if (stmt.kind === 'label' && stmt.start <= at) labels.set(stmt.name, stmt.start);
      else if (stmt.kind === 'goto' && stmt.name !== undefined) jumps.push([stmt.name, stmt.start]);
      else if (stmt.kind === 'return') returns.push(stmt.start);
    },
  });
  return jumps.some(([name, from]) => {
    const to = labels.get(name);
    const isShared = jumps.some(([other, start]) => other === name && start !== from);
    return to !== undefined && from < to && (isShared || returns.some((start) => from < start && start < to));
  });
}

/**
 * Few close what they have when the test that made it fails in its second half. Who closes something else right there means to, and has
 * forgotten this one.
 */
function isForgivable(at: Location, made: Location, name: string, context: RuleContext): boolean {
  const { body } = context.scope.definition;
  const block = around(context.scope.definition, at).findLast((stmt) => stmt.kind === 'block');
  if (block && block !== body && closesIn(block, at)) return false;
  const test = choiceAround(at, context);
  if (test?.kind !== 'if' || test.test.kind !== 'logical') return false;
  const { start, end } = test.test;
  const isMadeThere = seenFrom(context, made, end).some((place) => start <= place && place < end);
  // Two that were made before may be asked for together.
  return isMadeThere || asksFor(test.test, name.replace(/\W.*$/, ''));
}
