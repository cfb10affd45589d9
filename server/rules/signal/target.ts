import type { CallEvent } from '../../analysis/events';
import { unwrap, withoutCasts } from '../../analysis/operators';
import { FileIndex } from '../../analysis/survey';
import {
  type Expr,
  type ExprOf,
  type FunctionDefinition,
  someExprIn,
  somePart,
  someStmtIn,
  walkExpr,
  walkStmt,
} from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { accessesTo, isUsedAsValue, mentions } from '../shared/globals';
import { spanOfSite } from '../shared/loops';
import { around } from '../shared/statements';
import { allOrigins, argument, excerpt, isDirect } from '../shared/support';
import { assignmentsTo } from '../shared/uses';
import { callsTo, fileCalls } from '../shared/whole-file';

import { signalsEach } from './each-target';

export const signalTarget: Rule = {
  meta: {
    id: 'signal/target',
    severity: 'error',
    preset: 'recommended',
    title: 'A signal is sent to the process that a failed fork did not make',
    explanation:
      'When fork fails it returns -1, and kill with -1 sends the signal to every process that the program may signal. In the child fork returns 0, and kill with 0 sends it to the whole process group.',
    silence:
      'A plain 0 or -1 written by the programmer, and process identifiers that come from elsewhere and are tested somewhere.',
    references: [
      { page: 'kill', section: 2 },
      { page: 'fork', section: 2 },
    ],
    example: {
      bad: `#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

void run_for_a_second(void) {
  pid_t pid = fork();
  if (pid == 0) {
    pause();
    _exit(0);
  }
  sleep(1);
  kill(pid, SIGTERM);
  if (pid > 0)
    waitpid(pid, NULL, 0);
}
`,
      good: `#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

void run_for_a_second(void) {
  pid_t pid = fork();
  if (pid == -1)
    return;
  if (pid == 0) {
    pause();
    _exit(0);
  }
  sleep(1);
  kill(pid, SIGTERM);
  waitpid(pid, NULL, 0);
}
`,
    },
  },
  check: () => ({
    call(event, context) {
      if (event.name !== 'kill' || !event.site) {
        return;
      }
      const pid = argument(event, 'pid');
      const made = pid && allOrigins(pid.value, ({ effect, at }) => effect?.op === 'fork' && at === 'return');
      const value = pid?.value.constant;
      const [origin, ...others] = made ?? [];
      // Signal 0 is sent to nobody: it asks whether somebody is there.
      const asks = argument(event, 'sig')?.value.constant === 0n;
      const each = asks || !pid || value !== undefined ? undefined : signalsEach(event, pid.expr, context);
      if (each) context.report(each);
      else if (!asks && pid && !pid.value.origins) {
        if (value === undefined) checkGuard(event, pid.expr, context);
        else if (value === 0n || value === -1n) checkHelper(event, pid.expr, value, context);
      }
      if (asks || !pid || !origin || others.length > 0 || (value !== -1n && value !== 0n)) {
        return;
      }
      const name = excerpt(context, pid.expr);
      const inChild = value === 0n;
      context.report({
        span: event.at,
        ...(inChild ? { severity: 'warning' as const } : {}),
        message: inChild
          ? `In the child \`${name}\` is 0, and \`kill\` with 0 signals every process of the group, the parent and the child itself among them. Use \`getppid()\` or \`getpid()\` for the one that is meant.`
          : `When \`${origin.site.call.name}\` fails, \`${name}\` is -1 here, and \`kill\` with -1 signals every process this user may signal. Handle the failure before this call.`,
        related: [
          {
            span: spanOfSite(origin.site),
            message: `\`${name}\` comes from this \`${origin.site.call.name}\``,
          },
        ],
      });
    },
  }),
};

/** Members in which functions of the file store that there is no process. */
const cleared = new FileIndex(function* ({ body }): Generator<[string, true]> {
  const found = new Set<string>();
  walkStmt(body, {
    expr: (expr) => {
      if (expr.kind !== 'assign' || expr.op !== '=' || expr.target.kind !== 'member') return;
      const value = unwrap(expr.value);
      const minus = value.kind === 'unary' && value.op === '-';
      const number = minus ? unwrap(value.operand) : value;
      if (number.kind === 'number' && number.text === (minus ? '1' : '0')) found.add(expr.target.field);
    },
  });
  for (const name of found) yield [name, true];
});

/** Every other signal to a process that a member names waits until there is one, and this one does not. */
function checkGuard(event: CallEvent, pid: Expr, context: RuleContext): void {
  const { definition } = context.scope;
  const target = processIn(pid);
  if (target.kind === 'name') {
    if (target === unwrap(pid)) checkHandler(event, target.name, context);
    checkSpent(event, target, context);
  }
  if (target.kind !== 'member' || !isDirect(event.at, event.expr)) return;
  const { field } = target;
  const asks = (within: FunctionDefinition, place: Expr) =>
    around(within, place).some(
      (stmt) => 'test' in stmt && stmt.test !== undefined && names(stmt.test, field),
    );
  const others = fileCalls(context, 'kill').filter(
    ({ expr }) => expr !== event.expr && expr.args[0] && names(expr.args[0], field),
  );
  const guarded = others.filter(({ expr, within }) => asks(within, expr));
  if (guarded.length === 0 || guarded.length < others.length) return;
  const known =
    someStmtIn(
      definition.body,
      (stmt) => 'test' in stmt && stmt.test !== undefined && names(stmt.test, field),
    ) ||
    someExprIn(
      definition.body,
      (expr) =>
        (expr.kind === 'assign' && names(expr.target, field)) ||
        // An assertion asks as well.
        (/assert/i.test(calledName(expr) ?? '') && names(expr, field)),
    ) ||
    callsTo(context, definition.name).some(({ expr, within }) => asks(within, expr));
  if (known || context.ask(cleared, field).length === 0) return;
  const name = excerpt(context, pid);
  context.report({
    span: event.at,
    severity: 'warning',
    message: `Where there is no process \`${name}\` is 0 or -1, and \`kill\` with that signals a whole group of processes, or all of them. Test it first, as elsewhere in this file.`,
    related: [
      {
        span: { ...guarded[0]!.expr, within: guarded[0]!.within },
        message: 'It is tested before this signal',
      },
    ],
  });
}

interface Emptied {
  expr: ExprOf<'assign'>;
  within: FunctionDefinition;
}

/** Variables outside functions in which the file stores -1: there is no process any more. */
const emptied = new FileIndex((within, file): [string, Emptied][] => {
  const scope = file.scopeOf(within);
  const found: [string, Emptied][] = [];
  walkStmt(within.body, {
    expr: (expr) => {
      if (expr.kind !== 'assign' || expr.op !== '=' || expr.target.kind !== 'name') return;
      const isMinusOne = scope.evaluator.constant(expr.value, scope) === -1n;
      if (isMinusOne && !scope.typeOf(expr.target.name)) found.push([expr.target.name, { expr, within }]);
    },
  });
  return found;
});

/** A handler comes at any time, also when the process whose number a variable holds has ended and -1 stands there instead. */
function checkHandler(event: CallEvent, name: string, context: RuleContext): void {
  const { definition } = context.scope;
  if (
    context.scope.typeOf(name) ||
    !isDirect(event.at, event.expr) ||
    !isUsedAsValue(definition.name, context)
  )
    return;
  const [gone] = context.ask(emptied, name);
  const isAsked = somePartOf(definition, (part) => part.kind === 'name' && part.name === name, event.expr);
  if (!gone || isAsked || definition.type.params.length === 0) return;
  context.report({
    span: event.at,
    severity: 'warning',
    message: `Where there is no process \`${name}\` is -1, and \`kill\` with -1 signals every process this user may signal; \`${definition.name}\` may run just then. Test \`${name} > 0\` first.`,
    related: [{ span: { ...gone.expr, within: gone.within }, message: 'Here it says that there is none' }],
  });
}

/** `pid` for `-pid`, the whole group of a process. */
function processIn(pid: Expr): Expr {
  const inner = unwrap(pid);
  return inner.kind === 'unary' && inner.op === '-' ? unwrap(inner.operand) : inner;
}

/** A helper that tells the number of a process gives 0 or -1 where there is none, and nobody asks. */
function checkHelper(event: CallEvent, pid: Expr, value: bigint, context: RuleContext): void {
  const { definition } = context.scope;
  const target = processIn(pid);
  if (target.kind !== 'name' || !isDirect(event.at, event.expr) || isAskedIn(definition, target.name)) return;
  const given = assignmentsTo(definition, target.name).filter(({ at }) => at.start < event.expr.start);
  const last = given.at(-1);
  const call = last && withoutCasts(last.value);
  const helper = call && calledName(call);
  if (!call || helper === undefined || !context.functionNamed(helper)) return;
  context.report({
    span: event.at,
    severity: 'warning',
    message: `\`${helper}\` gives ${value} where there is no process, and \`kill\` with that signals ${value === 0n ? 'every process of this group' : 'every process this user may signal'}. Test \`${target.name} > 0\` first.`,
    related: [{ span: call, message: `\`${target.name}\` comes from here` }],
  });
}

/** The function sends the signal, and says behind that that there is no process any more: called once more, it signals its own group. */
function checkSpent(event: CallEvent, target: ExprOf<'name'>, context: RuleContext): void {
  const { definition, file } = context.scope;
  const { name } = target;
  if (context.scope.typeOf(name) || !file.symbols.statics.has(name) || !isDirect(event.at, event.expr))
    return;
  const [reset] = assignmentsTo(definition, name).filter(({ at, value }) => {
    const number = context.scope.evaluator.constant(value, context.scope);
    return at.start > event.expr.end && (number === 0n || number === -1n);
  });
  const own = (within: FunctionDefinition) => within === definition;
  const told = accessesTo(name, context).some(({ within }) => !own(within) && isAskedIn(within, name));
  if (!reset || told || isAskedIn(definition, name)) return;
  context.report({
    span: event.at,
    severity: 'warning',
    message: `Where there is no process \`${name}\` is what is stored in it below, and \`kill\` with that signals a whole group of processes, or all of them. Test \`${name} > 0\` first.`,
    related: [{ span: reset.at, message: 'From here on there is no process' }],
  });
}

/** Some test in the function depends on the variable, or it is what the function tells its callers. */
function isAskedIn(definition: FunctionDefinition, name: string): boolean {
  return (
    someStmtIn(definition.body, (stmt) => {
      const asking =
        'test' in stmt
          ? stmt.test
          : stmt.kind === 'return' || stmt.kind === 'switch'
            ? stmt.value
            : undefined;
      // That a call has succeeded with it is no test of it.
      return asking !== undefined && asksAbout(asking, name);
    }) ||
    someExprIn(
      definition.body,
      (expr) =>
        (expr.kind === 'conditional' && asksAbout(expr.test, name)) ||
        (/assert/i.test(calledName(expr) ?? '') && mentions(expr, name)),
    )
  );
}

function asksAbout(asking: Expr, name: string): boolean {
  const given = new Set<Expr>();
  walkExpr(asking, (part) => {
    if (part.kind === 'call' && /^(?:kill(?:pg)?|wait\w*)$/.test(calledName(part) ?? ''))
      walkExpr(part, (inner) => given.add(inner));
  });
  return somePart(asking, (part) => part.kind === 'name' && part.name === name && !given.has(part));
}

/** Anything else in a function than one call. */
function somePartOf({ body }: FunctionDefinition, test: (part: Expr) => boolean, call: Expr): boolean {
  return someExprIn(body, (expr) => test(expr) && (expr.start < call.start || expr.end > call.end));
}

function names(expr: Expr, field: string): boolean {
  return somePart(expr, (part) => part.kind === 'member' && part.field === field);
}
