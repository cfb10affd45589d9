import { unwrap } from '../../analysis/operators';
import type { Location } from '../../analysis/path';
import type { CallSite } from '../../analysis/values';
import {
  type Expr,
  type ExprOf,
  type FunctionDefinition,
  type Span,
  type Stmt,
  someExprIn,
  statementsOf,
} from '../../c/ast';
import { calledName } from '../../c/cfg';
import { isEntry } from '../../c/entry';
import { printsText } from '../../c/library';
import type { Rule, RuleContext } from '../rule';
import { targetOf } from '../shared/dropped';
import { fixOf, insertedAfter, lineOf } from '../shared/edits';
import { comesBackHere, soundsLikeEnding } from '../shared/endings';
import { loopAround, Result, resultName, spanOfSite } from '../shared/loops';
import { tellsFailure } from '../shared/reporting';
import { around, contains, isStatement } from '../shared/statements';
import { callsIn, pathOf, usesOf } from '../shared/uses';
import { textOf } from '../shared/whole-file';
import { type ChildBranch, childBranches } from '../subjects/branches';
import { Comebacks, isBehind, leavesMark, noteBehind } from '../subjects/comebacks';
import { openBranches, startedAtEnd } from '../subjects/open-branches';
import { bornOf, forksOf } from '../subjects/pipes';

const id = 'fork/exec-falls-through';

export const execFallsThrough: Rule = {
  meta: {
    id,
    severity: 'warning',
    preset: 'recommended',
    title: "After a failed exec the child runs on into the parent's code",
    explanation:
      'A call of the exec family returns only when it fails, for instance because there is no such program. Without _exit behind it the child then goes on as a second parent, which waits for nobody and does all that follows once more.',
    silence:
      'Whatever ends the process or handles the failure before the code of the parent comes, and children that return something of their own.',
    references: [
      { page: 'exec', section: 3 },
      { page: '_exit', section: 2 },
    ],
    example: {
      bad: `#include <sys/wait.h>
#include <unistd.h>

int list(void) {
  pid_t pid = fork();
  if (pid == -1)
    return -1;
  if (pid == 0)
    execlp("ls", "ls", (char *)NULL);
  return wait(NULL) == pid ? 0 : -1;
}
`,
      good: `#include <sys/wait.h>
#include <unistd.h>

int list(void) {
  pid_t pid = fork();
  if (pid == -1)
    return -1;
  if (pid == 0) {
    execlp("ls", "ls", (char *)NULL);
    _exit(127);
  }
  return wait(NULL) == pid ? 0 : -1;
}
`,
    },
  },
  check(own) {
    const execs = new Map<number, { site: CallSite; at: Location }>();
    const comebacks = new Comebacks<number>(own);
    const returned = new Set<CallSite>();
    const children = new Map<CallSite, number>();
    /** The forks whose parents come to a call. */
    const byParent = new Map<CallSite, Set<CallSite>>();
    const byChild: { site: CallSite; exec: number; fork: CallSite; at: Location; context: RuleContext }[] =
      [];
    return {
      mark(event, context) {
        const { name, site, path, expr } = event;
        if (!bornOf(path.role)) return;
        noteBehind(event, context);
        if (site?.call.effects.some(({ op }) => op === 'exec')) {
          // A child that came out of its branch in another way may come to the next one's.
          if (!isBehind(path))
            path.setNote(id, isSeenTo(expr, bornOf(path.role), context) ? undefined : site.id);
        }
        // What is not known may well end the process.
        else if (!site && !isBehind(path) && !context.scope.file.callee(name) && !comesBack(name, context))
          path.setNote(id, undefined);
      },
      call({ site, path, at }, context) {
        if (!site) return;
        if (site.call.effects.some(({ op }) => op === 'exec')) {
          execs.set(site.id, { site, at });
          if (path.role.kind === 'only') tellUnseen(site, context);
        }
        if (!site.call.effects.some(({ op }) => op === 'fork' || op === 'reap')) return;
        const parentOf = byParent.get(site) ?? new Set();
        for (const fork of forksOf(path.role, 'parent')) byParent.set(site, parentOf.add(fork));
        // A child that has left its branch makes children of its own where its parent does.
        const fork = bornOf(path.role);
        const exec = fork && path.note(id);
        if (typeof exec === 'number' && fork) byChild.push({ site, exec, fork, at, context });
      },
      pathEnd(event) {
        const exec = bornOf(event.path.role) ? event.path.note(id) : undefined;
        comebacks.hear(event, typeof exec === 'number' ? exec : undefined);
        // Falling off its end a function tells its caller nothing, wherever the parent has left it.
        const { role } = event.path;
        const { definition } = own.scope;
        const comes = event.how === 'return' && !event.inMain && event.at.within === definition;
        if (!comes || role.fork?.within !== definition) return;
        if (role.kind === 'parent') returned.add(role.fork);
        else if (role.kind === 'child' && typeof exec === 'number') children.set(role.fork, exec);
      },
      end() {
        const told = new Set<CallSite>();
        for (const { site, exec, fork, at, context } of byChild) {
          const failed = execs.get(exec)?.site;
          if (!failed || !byParent.get(site)?.has(fork)) continue;
          told.add(fork);
          context.report({
            span: spanOfSite(failed),
            message: `When \`${failed.call.name}\` fails the child goes on here and comes to the parent's \`${site.call.name}\`. Call \`_exit(127)\` right behind it.`,
            related: [
              { span: spanOfSite(fork), message: 'The child is made here' },
              { span: at, message: "This is the parent's code" },
            ],
            ...exitFix(failed, context),
          });
        }
        for (const { fork, about, branch, offTheEnd, apart } of comebacks.found()) {
          const failed = execs.get(about);
          if (!failed || told.has(fork) || apart) continue;
          told.add(fork);
          if (offTheEnd || !leavesMark(branch, own, 'itself')) reportComeback(branch.span, fork, failed, own);
        }
        for (const [fork, exec] of children) {
          const failed = execs.get(exec);
          const isLast = failed && behindItself(failed.site, own);
          if (!isLast || !returned.has(fork) || told.has(fork)) continue;
          told.add(fork);
          reportComeback(fork.expr, fork, failed, own);
        }
        const known = new Set<Expr>([...told].map(({ expr }) => expr));
        for (const branch of openBranches(own)) {
          const { exec, fork } = branch;
          if (!exec || known.has(fork) || !goesAstray(branch, own)) continue;
          known.add(fork);
          reportOpen(exec, fork, own);
        }
        for (const { exec, fork } of doneWith(own)) if (!known.has(fork)) reportOpen(exec, fork, own);
      },
    };
  },
};

/** By the text alone: the child comes to the next fork of a loop, goes on in `main`, or comes back to a caller who is told nothing. */
function goesAstray(branch: ChildBranch, context: RuleContext): boolean {
  const { definition } = context.scope;
  if (isEntry(definition) || loopAround(definition, branch.fork)) return true;
  return definition.type.returns.k === 'void' && !leavesMark(branch, context, 'itself');
}

/** Children that come back, with whatever result, but first do what their parents have to do with them. */
function* doneWith(context: RuleContext): Generator<{ exec: Expr; fork: Expr }> {
  const branches =
    callsIn(context.scope.definition, /^f?exec[lv]/).length > 0
      ? childBranches(context.scope.definition, context)
      : [];
  for (const branch of branches) {
    const isOnly = branches.filter(({ fork }) => fork === branch.fork).length === 1;
    const exec = isOnly ? startedAtEnd(branch, context) : undefined;
    if (exec && !leavesMark(branch, context, 'itself') && isWrittenDown(branch, context))
      yield { exec, fork: branch.fork };
  }
}

/** Behind the branch the number of the child is handed to a function that keeps it, say, without a test that tells the child from its parent. */
function isWrittenDown({ fork, span }: ChildBranch, { scope: { definition } }: RuleContext): boolean {
  const pid = pathOf(targetOf(definition, fork));
  return (
    pid !== undefined &&
    usesOf(definition, pid).some(({ expr, around: [outer] }) => {
      if (expr.start < span.end || outer?.kind !== 'call' || outer.callee === expr) return false;
      const name = calledName(outer) ?? '';
      const isChoice = around(definition, expr).some(
        (stmt) => stmt.kind === 'if' || stmt.kind === 'switch' || stmt.kind === 'while',
      );
      return !isChoice && name !== '' && !printsText(name) && !tellsFailure(name) && !logging.test(name);
    })
  );
}

/** What the C library does, and what only tells of the failure by its name. */
function comesBack(name: string, context: RuleContext): boolean {
  return comesBackHere(name, context) || (logging.test(name) && !soundsLikeEnding(name));
}

/** Functions of other files that only write down what has happened. */
const logging = /(?:^|_)log(?:at|f|it|msg|line|_|$)|warn/i;

/** Nothing stands behind the call but what tells of its failure. */
function behindItself({ expr, within }: CallSite, { scope }: RuleContext): boolean {
  const { body } = scope.definition;
  const last = body.kind === 'block' ? body.body.findLast((stmt) => !tells(stmt)) : undefined;
  return within === scope.definition && last?.kind === 'expr' && last.expr === expr;
}

function tells(stmt: Stmt): boolean {
  const name = stmt.kind === 'expr' ? calledName(stmt.expr) : undefined;
  return name !== undefined && (tellsFailure(name) || logging.test(name)) && !soundsLikeEnding(name);
}

function reportComeback(
  branch: Span,
  fork: CallSite,
  { site, at }: { site: CallSite; at: Location },
  context: RuleContext,
): void {
  const { definition } = context.scope;
  const wrapped = callsIn(definition, new RegExp(`^${site.within.name}$`)).findLast((call) =>
    contains(branch, call),
  );
  context.report({
    span: wrapped && site.within !== definition ? { ...wrapped, within: definition } : at,
    message: `When \`${site.call.name}\` fails the child goes on here, and comes back from \`${definition.name}\` as a second parent that nobody can tell from the first. Call \`_exit(127)\` right behind it.`,
    related: [{ span: spanOfSite(fork), message: 'The child is made here' }],
    ...exitFix(site, context),
  });
}

/** In `main`, from which the child does not come back: it goes on there. */
function reportOpen(exec: Expr, fork: Expr, context: RuleContext): void {
  context.report({
    span: exec,
    message: `When \`${calledName(exec)}\` fails the child goes on here, with the code that is meant for the parent. Call \`_exit(127)\` right behind it.`,
    related: [{ span: fork, message: 'The child is made here' }],
  });
}

/** The fork lies in a function whose text is elsewhere: by the names alone this is the child, and the parent's code follows. */
function tellUnseen(site: CallSite, context: RuleContext): void {
  const { definition } = context.scope;
  if (site.within !== definition || !isStatement(definition, site.expr)) {
    return;
  }
  const chain = around(definition, site.expr);
  const branch = chain.findLast((stmt) => stmt.kind === 'if');
  const outer = branch && chain[chain.indexOf(branch) - 1];
  if (branch?.kind !== 'if' || branch.alternative || branch.consequent.kind !== 'block') {
    return;
  }
  const last = branch.consequent.body.at(-1);
  const process = comparedWithZero(branch.test);
  const next = outer && statementsOf(outer)[statementsOf(outer).indexOf(branch) + 1];
  const fork = process && forkedInto(process, definition, context);
  if (last?.kind !== 'expr' || last.expr !== site.expr || !fork || !next || seesTo(next)) {
    return;
  }
  context.report({
    span: spanOfSite(site),
    message: `When \`${site.call.name}\` fails the child goes on here, with the code that is meant for the parent. Call \`_exit(127)\` right behind it.`,
    related: [{ span: { ...fork, within: definition }, message: 'The child is made here' }],
    ...exitFix(site, context),
  });
}

/** What a test compares with 0. */
function comparedWithZero(test: Expr): Expr | undefined {
  const inner = unwrap(test);
  if (inner.kind === 'unary' && inner.op === '!') {
    return unwrap(inner.operand);
  }
  const isZero =
    inner.kind === 'binary' && inner.op === '==' && inner.right.kind === 'number' && inner.right.text === '0';
  return isZero ? unwrap(inner.left) : undefined;
}

/** The call with `fork` in its name that gives a variable or member its value, or that is handed what fork returns. */
function forkedInto(
  process: Expr,
  definition: FunctionDefinition,
  context: RuleContext,
): ExprOf<'call'> | undefined {
  const text = textOf(process, definition, context);
  const forks = (expr: Expr) => /fork/i.test(calledName(expr) ?? '');
  return callsIn(definition, /./).find((call) => {
    const target =
      forks(call) || call.args.some((arg) => forks(unwrap(arg))) ? targetOf(definition, call) : undefined;
    return target !== undefined && textOf(target, definition, context) === text;
  });
}

/** Tells of a failure, ends the process or tries another program. */
function seesTo(stmt: Stmt): boolean {
  return someExprIn(stmt, (expr) => {
    const name = calledName(expr);
    return soundsLikeEnding(name) || tellsFailure(name) || /exec|err/i.test(name ?? '');
  });
}

/** Where the result is tested, the failure is seen to, unless it is only told of. */
function isSeenTo(call: Expr, fork: CallSite | undefined, context: RuleContext): boolean {
  const { definition } = context.scope;
  const stmt = around(definition, call).at(-1);
  const handsOn = stmt?.kind === 'return' && stmt.value !== undefined && unwrap(stmt.value) === call;
  if (handsOn && fork && fork.within !== definition) {
    // A wrapper returns it: it is for the function that forks to look at it.
    const wrapped = callsIn(fork.within, new RegExp(`^${definition.name}$`));
    return !(wrapped.length > 0 && wrapped.every((each) => isStatement(fork.within, each)));
  }
  const name = stmt?.kind === 'expr' && stmt.expr !== call ? resultName(definition, call) : undefined;
  const asked = name === undefined ? stmt : questionBehind(name, call, definition);
  if (asked?.kind !== 'if' || (name === undefined && !contains(asked.test, call))) {
    return !(stmt?.kind === 'expr' && stmt.expr === call);
  }
  const failing = new Result(call, name, context).holds(asked.test, -1n);
  const branch = failing ? asked.consequent : asked.alternative;
  const statements = branch?.kind === 'block' ? branch.body : branch ? [branch] : [];
  return (
    failing === undefined ||
    !statements.every((each) => each.kind === 'expr' && printsText(calledName(each.expr) ?? ''))
  );
}

/** The only question behind a call that is asked of the variable with its result. */
function questionBehind(name: string, call: Expr, definition: FunctionDefinition): Stmt | undefined {
  const behind = usesOf(definition, name).filter(({ expr }) => expr.start > call.end);
  const stmt = behind.length === 1 && behind[0] ? around(definition, behind[0].expr).at(-1) : undefined;
  return stmt?.kind === 'if' && behind[0] && contains(stmt.test, behind[0].expr) ? stmt : undefined;
}

function exitFix({ expr, within }: CallSite, context: RuleContext) {
  const line = within === context.scope.definition && !expr.use ? lineOf(expr, within) : undefined;
  return fixOf('End the child when it fails', line && insertedAfter(line, '_exit(127);', context));
}
