import { unwrap } from '../../analysis/operators';
import type { Path } from '../../analysis/path';
import { descriptor } from '../../analysis/places';
import type { Resource } from '../../analysis/values';
import type { Expr } from '../../c/ast';
import type { Rule, RuleContext } from '../rule';
import { fixOf, insertedAfter, isNameIn } from '../shared/edits';
import { spanOfSite } from '../shared/loops';
import { around } from '../shared/statements';
import { callsIn } from '../shared/uses';
import { childBranches } from '../subjects/branches';
import { lineAlone } from '../subjects/one-side';
import { forksOf, isUnsure, markUnsure, nameOfEnd, obscures, staysOverExec } from '../subjects/pipes';
import { isSweptUp } from '../subjects/sweeps';

export const dup2Leftover: Rule = {
  meta: {
    id: 'pipe/dup2-leftover',
    severity: 'warning',
    preset: 'recommended',
    title: 'After dup2 the pipe end stays open under its first number too, and exec passes both on',
    explanation:
      '`dup2` makes a second descriptor and leaves the first one open. A program that is then executed holds the pipe end twice: when it closes its standard output, the reader still sees no end-of-file, because the forgotten one is open.',
    silence:
      'Descriptors that are closed on exec, those handed to calls that are not followed, and processes that do not execute another program. For a read end it is information: only a writer that is to end with SIGPIPE notices it.',
    references: [
      { page: 'dup', section: 2 },
      { page: 'pipe', section: 7 },
    ],
    example: {
      bad: `#include <unistd.h>

void run_sort(int fd[2]) {
  if (pipe(fd) == -1)
    return;
  pid_t pid = fork();
  if (pid == -1)
    return;
  if (pid == 0) {
    close(fd[0]);
    if (dup2(fd[1], STDOUT_FILENO) == -1)
      _exit(1);
    execlp("sort", "sort", (char *)NULL);
    _exit(127);
  }
}
`,
      good: `#include <unistd.h>

void run_sort(int fd[2]) {
  if (pipe(fd) == -1)
    return;
  pid_t pid = fork();
  if (pid == -1)
    return;
  if (pid == 0) {
    close(fd[0]);
    if (dup2(fd[1], STDOUT_FILENO) == -1)
      _exit(1);
    close(fd[1]);
    execlp("sort", "sort", (char *)NULL);
    _exit(127);
  }
}
`,
    },
  },
  check() {
    let obscure = false;
    const reports: (() => void)[] = [];
    return {
      mark: markUnsure,
      call(event, context) {
        obscure ||= obscures(event, context) && /^(?:close|fcntl|ioctl|prctl)/.test(event.name);
      },
      pathEnd({ how, path }, context) {
        if (how !== 'exec' || isUnsure(path)) return;
        for (const left of leftovers(path)) {
          if (!isSweptUp(spanOfSite(left.duplicate.site)) && !closesAbove(left, context))
            reports.push(() => report(left, path, context));
        }
      },
      end() {
        if (!obscure) for (const send of reports) send();
      },
    };
  },
};

/** Behind dup2 the end is closed unless it is one of the standard descriptors: `if (fd > 2) close(fd);`. */
function closesAbove({ duplicate: { site }, name }: Leftover, context: RuleContext): boolean {
  const text = (expr: Expr) => context.source({ start: expr.start, end: expr.end, within: site.within });
  const isAbove = (test: Expr) => {
    const number =
      test.kind === 'binary' ? context.scope.evaluator.constant(test.right, context.scope) : undefined;
    return (
      test.kind === 'binary' &&
      text(test.left) === name &&
      (test.op === '>' ? number === 2n : test.op === '>=' && number === 3n)
    );
  };
  return callsIn(site.within, /^close$/).some(
    (call) =>
      call.start > site.expr.start &&
      call.args[0] !== undefined &&
      text(call.args[0]) === name &&
      around(site.within, call).some((stmt) => stmt.kind === 'if' && isAbove(unwrap(stmt.test))),
  );
}

interface Leftover {
  duplicate: Resource;
  source: Resource;
  name: string;
}

/** What is left beside the standard descriptors: of an end that became several of them it is told once, at the last. */
function leftovers(path: Path): Leftover[] {
  const last = new Map<Resource, Leftover>();
  for (const number of [0n, 1n, 2n]) {
    const left = leftover(path, number);
    const known = left && last.get(left.source);
    if (left && (!known || known.duplicate.site.expr.start < left.duplicate.site.expr.start))
      last.set(left.source, left);
  }
  return [...last.values()];
}

/** What a standard descriptor was made of by dup2, when that is open for certain. */
function leftover(path: Path, number: bigint): Leftover | undefined {
  const [origin, ...others] = path.get(descriptor(number))?.origins ?? [];
  const duplicate = origin?.resource;
  const source = duplicate?.duplicateOf;
  if (!duplicate || !source || others.length > 0 || source.kind !== 'pipe' || !staysOverExec(source.site)) {
    return undefined;
  }
  const name = nameOfEnd(path, source);
  // Where the call has failed there is no duplicate.
  const areOpen = [source, duplicate].every((each) => path.holding(each)?.state === 'open');
  return areOpen && name !== undefined && !isStandard(path, source) ? { duplicate, source, name } : undefined;
}

/** On this path the end is one of the standard descriptors itself. */
function isStandard(path: Path, end: Resource): boolean {
  for (const [, { origins, constant, among }] of path.entries()) {
    const numbers = among ?? (constant === undefined ? [] : [constant]);
    if (
      origins?.length === 1 &&
      origins[0]?.resource === end &&
      numbers.length > 0 &&
      numbers.every((number) => number >= 0n && number <= 2n)
    )
      return true;
  }
  return false;
}

function report({ duplicate, source, name }: Leftover, path: Path, context: RuleContext): void {
  const fork = forksOf(path.role, 'child')[0];
  const harm =
    source.end === 'write'
      ? 'the reader sees no end-of-file as long as either is open'
      : 'the writer gets no SIGPIPE as long as either is open';
  context.report({
    span: spanOfSite(duplicate.site),
    // A writer seldom waits to hear that nobody reads; a reader always waits for the end.
    ...(source.end === 'read' ? { severity: 'information' as const } : {}),
    message: `\`${name}\` stays open beside its duplicate, and the program executed below inherits both: ${harm}. Close \`${name}\` after \`${duplicate.site.call.name}\`, unless the two numbers are equal.`,
    related: [
      { span: spanOfSite(source.site), message: 'The pipe is created here' },
      ...(fork ? [{ span: spanOfSite(fork), message: 'The child is made here' }] : []),
    ],
    ...closeFix(name, duplicate, source, path, context),
  });
}

/** The close behind the last use that the child makes of its first number. */
function closeFix(name: string, { site }: Resource, source: Resource, path: Path, context: RuleContext) {
  const { definition } = context.scope;
  const line = site.within === definition ? lineAlone(site.expr, source.site, path.role, context) : undefined;
  const branch = childBranches(definition, context).find(({ fork }) => fork === path.role.fork?.expr);
  const rest = line && branch ? context.source({ start: line.stmt.end, end: branch.span.end }) : '';
  const last = !rest.replace(/\s+/g, '').includes(name);
  const fits = line && last && branch && isNameIn(name, definition, context);
  return fixOf(`Close ${name}`, fits ? insertedAfter(line, `close(${name});`, context) : undefined);
}
