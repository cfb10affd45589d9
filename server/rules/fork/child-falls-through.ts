import type { CallEvent } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import type { CallSite } from '../../analysis/values';
import {
  type Expr,
  type ExprOf,
  type FunctionDefinition,
  type Stmt,
  someExprIn,
  walkStmt,
} from '../../c/ast';
import { calledName } from '../../c/cfg';
import { comesBackAlways } from '../../c/library';
import type { Rule, RuleContext } from '../rule';
import { fixOf, insertedAfter, lineOf } from '../shared/edits';
import { comesBackHere, endsProcess, leavesAtEnd } from '../shared/endings';
import { calls, reachedFrom } from '../shared/globals';
import { isLastActOfMain } from '../shared/last-act';
import { loopAround, resultName, spanOfSite } from '../shared/loops';
import { callsInMacro } from '../shared/macros';
import { tellsFailure } from '../shared/reporting';
import { contains, isStatement } from '../shared/statements';
import { pathOf } from '../shared/uses';
import { type ChildBranch, childBranches } from '../subjects/branches';
import {
  Comebacks,
  isAnonymous,
  isBehind,
  isMindedBehind,
  isTakenDown,
  leavesMark,
  noteBehind,
  roleIn,
  runsIntoWork,
} from '../subjects/comebacks';
import { openBranches } from '../subjects/open-branches';
import { bornOf, forksOf } from '../subjects/pipes';
import { RemovedByBoth } from './removed-by-both';

const id = 'fork/child-falls-through';

export const childFallsThrough: Rule = {
  meta: {
    id,
    severity: 'error',
    preset: 'recommended',
    title: "The child runs on into the parent's code",
    explanation:
      '`fork` returns in both processes, and a child that is not ended goes on behind its branch. In a loop it then makes children of its own, twice as many in each round; elsewhere it waits for children that it does not have, or comes back to the caller as a second parent.',
    silence:
      'Children that execute another program, processes that pass the loop on to their child and leave it themselves, forks whose result nobody looks at, and children whose branch stores or returns something by which the caller may know them.',
    references: [
      { page: 'fork', section: 2 },
      { page: '_exit', section: 2 },
    ],
    example: {
      bad: `#include <stdio.h>
#include <unistd.h>

void start(int count) {
  for (int i = 0; i < count; i++) {
    pid_t pid = fork();
    if (pid == -1)
      return;
    if (pid == 0)
      printf("worker %d\\n", i);
  }
}
`,
      good: `#include <stdio.h>
#include <unistd.h>

void start(int count) {
  for (int i = 0; i < count; i++) {
    pid_t pid = fork();
    if (pid == -1)
      return;
    if (pid == 0) {
      printf("worker %d\\n", i);
      fflush(stdout);
      _exit(0);
    }
  }
}
`,
    },
  },
  check(own) {
    const byParent = new Set<CallSite>();
    const byChild = new Map<CallSite, RuleContext>();
    const execs = new Set<CallSite>();
    const inArrays = new Map<CallSite, RuleContext>();
    const waits: ChildWait[] = [];
    /** Forks of which a parent waits for any child, and of which a child comes to such a wait behind its branch. */
    const parents = new Set<CallSite>();
    const strays = new Map<CallSite, RuleContext>();
    const comebacks = new Comebacks<RuleContext>(own);
    const removals = new RemovedByBoth();
    return {
      mark(event, context) {
        noteBehind(event, context);
        const { path } = event;
        const { kind } = roleIn(own.scope.definition, path);
        if (kind === 'child' && !isBehind(path) && mayEndUnseen(event, context)) path.setNote(id, true);
      },
      pathEnd(event, context) {
        const { how, path } = event;
        comebacks.hear(event, path.note(id) ? undefined : context);
        // Where a child of the child starts a program, the child itself goes on.
        const born = how === 'exec' ? bornOf(path.role) : undefined;
        if (born) execs.add(born);
      },
      call(event, context) {
        const { site, path } = event;
        if (!site || path.note(id)) return;
        removals.hear(event, context);
        if (site.call.effects.some(({ op }) => op === 'fork')) {
          const { definition, ambiguous } = context.scope;
          if (isStatement(definition, event.expr)) return;
          // Two variables have the name: what one of them holds is not followed into its tests.
          if (ambiguous.has(resultName(definition, event.expr) ?? '')) return;
          if (isLostInArray(definition, event.expr)) {
            if (runsOn(event.expr, context)) inArrays.set(site, context);
            return;
          }
          // What the child of this very fork does not look at says nothing of who runs here.
          if (forksOf(path.role, 'child').includes(site)) byChild.set(site, context);
          if (forksOf(path.role, 'parent').includes(site)) byParent.add(site);
        }
        const fork = waitedFor(event);
        if (fork) waits.push({ fork, event, context });
        const any = waitsForAny(event) ? path.role.fork : undefined;
        if (any && path.role.kind === 'parent') parents.add(any);
        else if (any && path.role.kind === 'child' && isBehind(path)) strays.set(any, context);
      },
      end() {
        for (const [fork, context] of inArrays) {
          reportDoubling(fork, 'The child goes on with the loop behind its branch', context);
        }
        for (const [fork, context] of byChild) {
          if (byParent.has(fork) && !execs.has(fork))
            reportDoubling(fork, 'The child goes on with the loop', context);
        }
        for (const wait of waits) if (!execs.has(wait.fork)) reportWait(wait);
        const told = new Set([...inArrays.keys(), ...byChild.keys(), ...waits.map(({ fork }) => fork)]);
        for (const [fork, context] of strays) {
          if (!parents.has(fork) || told.has(fork) || execs.has(fork)) continue;
          const branch = onlyBranch(fork, context);
          if (!branch || !runsIntoWork(branch, context)) continue;
          told.add(fork);
          reportStray(fork, branch, context);
        }
        for (const { fork, event, context } of removals.found()) {
          if (told.has(fork) || execs.has(fork)) continue;
          told.add(fork);
          reportRemoval(fork, event, context);
        }
        for (const { fork, branch, offTheEnd, apart } of comebacks.found()) {
          if (told.has(fork) || execs.has(fork)) continue;
          // A child with a `return` of its own leaves the program by it where nothing comes behind the call.
          if (apart && (!isAnonymous(branch, own) || isLastActOfMain(own))) continue;
          if (!offTheEnd && !isLost(branch, own)) continue;
          told.add(fork);
          reportComeback(fork, branch, own);
        }
        // The text tells where the walk has met calls that might not have come back.
        const known = new Set<Expr>([...told].map(({ expr }) => expr));
        for (const branch of openBranches(own)) {
          if (branch.minded && !branch.exec && !known.has(branch.fork)) reportOpen(branch, own);
        }
      },
    };
  },
};

/** Calls behind which a signal may have ended the process. */
const signalling = /^(?:raise|pause|sigsuspend)$/;

/** In a function that is not walked into, also calls that end with the program. */
const replacing = /^(?:raise|pause|sigsuspend|f?exec[lv]\w*)$/;

/** What is not known may well end the process, unless its result is used; so may a signal that it sends itself or waits for. */
function mayEndUnseen({ name, site, into, expr }: CallEvent, context: RuleContext): boolean {
  if (site) return signalling.test(name);
  const callee = context.scope.file.callee(name)?.definition;
  if (callee) return !into && calls(reachedFrom(callee, context), replacing);
  return isStatement(context.scope.definition, expr) && !comesBackHere(name, context);
}

/** The child comes back as a second parent: nothing that it has done tells it from the first. */
function isLost(branch: ChildBranch, context: RuleContext): boolean {
  if (isMindedBehind(branch, context) || isAnonymous(branch, context)) return true;
  return (runsIntoWork(branch, context) || isTakenDown(branch, context)) && !leavesMark(branch, context);
}

/** A wait that the child comes to, with 0 for the process to wait for. */
interface ChildWait {
  fork: CallSite;
  event: CallEvent;
  context: RuleContext;
}

function reportDoubling(fork: CallSite, how: string, context: RuleContext): void {
  context.report({
    span: spanOfSite(fork),
    message: `${how} and comes to this \`${fork.call.name}\` again, as its parent does: each round doubles the number of processes. End the child with \`_exit\` at the end of its branch.`,
    ...exitFix(fork, context),
  });
}

function reportWait({ fork, event, context }: ChildWait): void {
  context.report({
    span: event.at,
    message: `The child gets here too, with 0 as its result of \`${fork.call.name}\`, and waits for children that it does not have. End the child with \`_exit\` at the end of its branch.`,
    related: [{ span: spanOfSite(fork), message: 'The child is made here' }],
    ...exitFix(fork, context),
  });
}

function reportStray(fork: CallSite, branch: ChildBranch, context: RuleContext): void {
  context.report({
    span: { ...branch.body.at(-1)!, within: fork.within },
    message:
      'Nothing ends the child here: it does behind its branch what its parent does, and waits for children that it does not have. End it with `_exit` at the end of its branch.',
    related: [{ span: spanOfSite(fork), message: 'The child is made here' }],
    ...exitFix(fork, context),
  });
}

function reportRemoval(fork: CallSite, event: CallEvent, context: RuleContext): void {
  context.report({
    span: event.at,
    message: `The child gets here too, as nothing ends it in its branch, and so \`${event.name}\` is called by both: the first takes away what the other still uses, and the second fails. End the child with \`_exit\` at the end of its branch.`,
    related: [{ span: spanOfSite(fork), message: 'The child is made here' }],
    ...exitFix(fork, context),
  });
}

function reportComeback(fork: CallSite, branch: ChildBranch, context: RuleContext): void {
  const { definition } = context.scope;
  context.report({
    span: { ...branch.body.at(-1)!, within: definition },
    severity: 'warning',
    message: `Nothing ends the child here: it goes on with what its parent does next, and comes back from \`${definition.name}\` as a second parent that nobody can tell from the first. End it with \`_exit\` at the end of its branch.`,
    related: [{ span: spanOfSite(fork), message: 'The child is made here' }],
    ...exitFix(fork, context),
  });
}

function reportOpen({ fork, body }: ChildBranch, context: RuleContext): void {
  context.report({
    span: body.at(-1)!,
    message:
      'Nothing ends the child here: it goes on with what its parent does next, and waits for a child that it does not have. End it with `_exit` at the end of its branch.',
    related: [{ span: fork, message: 'The child is made here' }],
  });
}

/** The fork whose result, 0 in this child, a call waits for. */
function waitedFor({ name, args, path }: CallEvent): CallSite | undefined {
  const pid = /^(?:waitpid|wait4)$/.test(name) ? args[0]?.value : undefined;
  const fork = pid?.origins?.length === 1 ? pid.origins[0]?.site : undefined;
  return pid?.constant === 0n && path.role.kind === 'child' && path.role.fork === fork ? fork : undefined;
}

/** A call that waits for whichever child ends first. */
function waitsForAny({ name, args }: CallEvent): boolean {
  return name === 'wait' || (/^(?:waitpid|wait4)$/.test(name) && args[0]?.value.constant === -1n);
}

function onlyBranch({ expr, within }: CallSite, context: RuleContext): ChildBranch | undefined {
  const branches = childBranches(within, context).filter(({ fork }) => fork === expr);
  return branches.length === 1 ? branches[0] : undefined;
}

/** In a loop, the branch of the child comes to its end with nothing on the way that could stop it. */
function runsOn(call: Expr, context: RuleContext): boolean {
  const { definition } = context.scope;
  const branches = childBranches(definition, context).filter(({ fork }) => fork === call);
  const loop = loopAround(definition, call);
  return (
    branches.length === 1 &&
    loop !== undefined &&
    branches.every(({ span, body }) => contains(loop, span) && body.every((stmt) => goesOn(stmt, context, 0)))
  );
}

/** Nothing in the branch, or in the functions that it calls and that come back, ends the process but on a way out of its own. */
function goesOn(stmt: Stmt, context: RuleContext, depth: number): boolean {
  let on = true;
  walkStmt(stmt, {
    stmt: ({ kind }) => {
      const leaves = kind === 'return' || kind === 'break' || kind === 'continue' || kind === 'goto';
      on &&= !(leaves && depth === 0) && kind !== 'unknown' && kind !== 'either';
    },
    expr: (expr) => {
      if (expr.kind === 'call') on &&= passes(expr, context, depth);
    },
  });
  return on;
}

/** Behind the call the child goes on. Inside of a function that comes back, who ends the process has failed. */
function passes(call: ExprOf<'call'>, context: RuleContext, depth: number): boolean {
  const name = calledName(call) ?? '';
  const { scope } = context;
  const known = scope.call(name);
  if (signalling.test(name)) return false;
  if (depth > 0 && (endsProcess(name, context) || tellsFailure(name))) return true;
  if (known) return !known.effects.some(({ op }) => op === 'exec' || (op === 'exit' && depth === 0));
  const callee = context.functionNamed(name)?.definition;
  if (callee) {
    return depth < 3 && !endsProcess(name, context) && goesOn(callee.body, context, depth + 1);
  }
  if (comesBackAlways(name)) return true;
  // What stands in a macro may belong to a test there.
  return (
    depth > 0 &&
    scope.file.symbols.macro(name) !== undefined &&
    callsInMacro(call, scope).every((inner) => passes(inner, context, depth))
  );
}

/** The result goes into an element of an array that is not followed: which process runs here cannot be told. */
function isLostInArray(definition: FunctionDefinition, call: Expr): boolean {
  return someExprIn(
    definition.body,
    (expr) => expr.kind === 'assign' && unwrap(expr.value) === call && pathOf(expr.target) === undefined,
  );
}

/** The end of the process behind what its branch does, unless output would be lost with it. */
function exitFix({ expr, within }: CallSite, context: RuleContext) {
  const branches = childBranches(context.scope.definition, context).filter(({ fork }) => fork === expr);
  const last = branches[0]?.body.at(-1);
  if (
    within !== context.scope.definition ||
    branches.length !== 1 ||
    !last ||
    leavesAtEnd(last, context) ||
    prints(branches[0]!, context)
  ) {
    return {};
  }
  const line = lineOf(last, within);
  return fixOf('End the child behind its branch', line && insertedAfter(line, '_exit(0);', context));
}

const printing = /print|put[sc]|putchar|fwrite|fflush|fclose|perror|^v?warnx?$/;

function prints({ body }: ChildBranch, context: RuleContext): boolean {
  const mayPrint = (expr: Expr) => {
    if (expr.kind !== 'call') return false;
    const name = calledName(expr) ?? '';
    const callee = context.functionNamed(name)?.definition;
    const known = callee ? !calls(reachedFrom(callee, context), printing) : context.scope.call(name);
    return printing.test(name) || !known;
  };
  return body.some((stmt) => someExprIn(stmt, mayPrint));
}
