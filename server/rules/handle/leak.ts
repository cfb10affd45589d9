import { type CallEvent, resourcesOf } from '../../analysis/events';
import type { Location } from '../../analysis/path';
import type { Resource } from '../../analysis/values';
import { type Span, type Stmt, statementsOf } from '../../c/ast';
import { fixOf, insertedBefore, lineOf } from '../edits';
import type { Rule, RuleContext } from '../rule';
import { around } from '../statements';
import { countedOn, handed, isPlainLocal, leftOpen } from './leaking';
import { Lost } from './lost';
import { closes, dominates, leavesAfter, seenFrom, thing, usesIn } from './using';

export const leak: Rule = {
  meta: {
    id: 'handle/leak',
    severity: 'warning',
    preset: 'recommended',
    title: 'A handle is lost without being closed',
    explanation:
      'The last reference is gone and the handle stays open: every failure costs one, until open fails with EMFILE. A write end of a pipe left open also keeps its reader from seeing end-of-file.',
    silence:
      'Handles that are returned, stored or given to functions whose text is not known, that are locked, mapped, watched or bound and so of use without a name, the end of main, functions called once, and ways that may not exist.',
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
    const root = context.scope.definition;
    const handedOn = new Set<Resource>();
    const ended = new Map<Resource, Location[]>();
    const open: { resource: Resource; name: string; at: Location }[] = [];
    const closed = new Map<Resource, Location[]>();
    /** Locked, as a file that tells of the process is for as long as it runs. */
    const locked = new Set<Resource>();
    const lost = new Lost(context);
    const add = (to: Map<Resource, Location[]>, resource: Resource, at: Location) =>
      to.set(resource, [...(to.get(resource) ?? []), at]);
    return {
      call(event) {
        lost.hearCall(event);
        for (const resource of locks(event)) locked.add(resource);
        for (const resource of handed(event)) handedOn.add(resource);
        for (const { effect, operand } of usesIn(event)) {
          for (const resource of closes(effect) ? resourcesOf(operand.value) : []) {
            // What the child closes the parent still has.
            if (event.path.role.kind === 'child') continue;
            add(closed, resource, event.at);
            add(ended, resource, event.at);
          }
        }
      },
      store({ place, value, scope, at }) {
        if (place === undefined || !isPlainLocal(place, scope)) {
          for (const resource of resourcesOf(value.value)) handedOn.add(resource);
          lost.store(resourcesOf(value.value), at);
          if (place === undefined || place.includes('[')) lost.giveUp(resourcesOf(value.value));
        }
      },
      test(event) {
        for (const resource of countedOn(event)) handedOn.add(resource);
        lost.giveUp(countedOn(event));
      },
      pathEnd(event) {
        if (event.how !== 'return') return;
        for (const resource of event.value ? resourcesOf(event.value.value) : []) {
          add(ended, resource, event.at);
        }
        if (!event.inMain && event.path.role.kind !== 'child') {
          const left = leftOpen(event, context);
          open.push(...left);
          lost.hearEnd(event, left);
        }
      },
      end() {
        // Which pieces of text go together is not known.
        if (/^\s*#\s*if/m.test(context.source(root.body))) return;
        const said = new Set<Resource>();
        const tidies = [...closed.values()]
          .flat()
          .some(({ within, start }) => within === root && leavesAfter(context, start));
        for (const { resource, name, at } of open) {
          const made = { ...resource.site.expr, within: resource.site.within };
          const ways = ended.get(resource) ?? [];
          const own = (closed.get(resource) ?? []).filter(({ within }) => within === root);
          // In a function that cleans up before early returns, a handle closed at the end alone is forgotten on the others.
          const careful = own.find(({ start }) => leavesAfter(context, start)) ?? own[0];
          const before = ways.flatMap((end) => seenFrom(context, end, at.start));
          const sure = (end: number) =>
            seenFrom(context, made, end).some((place) => dominates(context, place, end)) &&
            before.every((place) => place > end || leavesAfter(context, place));
          const strict = careful !== undefined && leavesAfter(context, careful.start);
          const forGood =
            locked.has(resource) && !/UNLCK|LOCK_UN|F_ULOCK|unlock/i.test(context.source(root.body));
          if (!careful || handedOn.has(resource) || forGood) continue;
          const jump = sure(at.start) ? undefined : jumpPast(before, name, context, sure);
          const forgiven = !strict && (!tidies || isForgivable(at, name, context));
          if (!jump && (!sure(at.start) || forgiven)) continue;
          said.add(resource);
          context.report({
            span: jump ?? at,
            message: `The ${thing(resource)} \`${name}\` is still open when \`${root.name}\` returns ${jump ? 'by way of this jump' : 'here'}, so each such return loses one until the process may open no more. Close it before.`,
            related: [
              { span: made, message: 'Opened here' },
              { span: careful, message: 'Another way out of the function closes it' },
            ],
            ...closeFix(jump ?? at, careful, name, context),
          });
        }
        lost.report(said);
      },
    };
  },
};

/** What a call puts a file lock on. */
function locks({ name, args }: CallEvent): Resource[] {
  const command = args[1]?.expr;
  const sets = name === 'fcntl' && command?.kind === 'name' && /^F_(?:OFD_)?SETLKW?$/.test(command.name);
  return args[0] && (sets || name === 'flock' || name === 'lockf') ? resourcesOf(args[0].value) : [];
}

/** The close of the other way out in front of the jump. */
function closeFix(at: Span, careful: Location, name: string, context: RuleContext) {
  const { definition } = context.scope;
  const line = lineOf(at, definition);
  const jump = line?.stmt;
  const used = jump?.kind === 'return' && jump.value && context.source(jump.value).includes(name);
  const call = context.source(careful);
  const fits = (jump?.kind === 'return' || jump?.kind === 'goto') && !used && /^\w+\(.*\)$/.test(call);
  return fixOf('Close it before', line && fits ? insertedBefore(line, `${call};`, context) : undefined);
}

/** Few close what they have when a fork fails, or when the test that made it fails in its second half. */
function isForgivable(at: Location, name: string, { scope, source }: RuleContext): boolean {
  const root = name.replace(/\W.*$/, '');
  const test = around(scope.definition, at)
    .filter((stmt) => stmt.kind === 'if' || stmt.kind === 'switch')
    .at(-1);
  if (test?.kind === 'switch') return /fork|pid|child/.test(source(test.value));
  const text = test?.kind === 'if' ? source(test.test) : '';
  const second = test?.kind === 'if' && test.test.kind === 'logical';
  return /fork|pid|child/.test(text) || (second && new RegExp(`(?<!\\w)${root}(?!\\w)`).test(text));
}

/** A jump over all that would have closed the handle, to a label behind it. */
function jumpPast(
  closings: number[],
  name: string,
  { scope, source }: RuleContext,
  sure: (at: number) => boolean,
): Stmt | undefined {
  const labels = new Map<string, number>();
  const jumps: { stmt: Stmt & { kind: 'goto' }; tests: string }[] = [];
  const visit = (stmt: Stmt, tests: string): void => {
    if (stmt.kind === 'label') labels.set(stmt.name, stmt.start);
    if (stmt.kind === 'goto') jumps.push({ stmt, tests });
    const test = stmt.kind === 'if' ? `${tests} ${source(stmt.test)}` : tests;
    for (const inner of statementsOf(stmt)) visit(inner, test);
  };
  visit(scope.definition.body, '');
  return jumps.find(({ stmt, tests }) => {
    const label = labels.get(stmt.name ?? '');
    const past = label !== undefined && closings.every((place) => place < label);
    const about = new RegExp(`(?<!\\w)${name.replace(/\W.*$/, '')}(?!\\w)`).test(tests);
    return (
      past && !about && stmt.start < label && closings.some((place) => place > stmt.start) && sure(stmt.start)
    );
  })?.stmt;
}
