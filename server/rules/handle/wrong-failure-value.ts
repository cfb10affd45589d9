import type { Operand, TestEvent } from '../../analysis/events';
import { isComparison, unwrap } from '../../analysis/operators';
import type { CallSite, Origin } from '../../analysis/values';
import { type Expr, type FunctionDefinition, type Stmt, someExprIn } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Report, Rule, RuleContext } from '../rule';
import { targetOf } from '../shared/dropped';
import { loopAround } from '../shared/loops';
import { allOrigins, excerpt, isDirect, makesHandle, returnsCount } from '../shared/support';
import { callsIn, variableIn } from '../shared/uses';
import { knowsOfOneThread, waitsAtBarrier } from './barrier-thread';
import { asksErrno, branchOf, isIn, saysWhy, testOf } from './behind-test';
import { reportSentinels } from './descriptor-sentinel';
import { type Fault, judges, type Test } from './failure-values';
import { type SuccessTold, successesTold } from './success-told';

/** A test that mistakes what a call returned. */
interface Wrong {
  origins: readonly Origin[];
  report: Report;
  context: RuleContext;
  says: boolean;
  asked: Expr;
}

export const wrongFailureValue: Rule = {
  meta: {
    id: 'handle/wrong-failure-value',
    severity: 'error',
    preset: 'recommended',
    title: 'A result is tested for a value that does not mean failure',
    explanation:
      'Each call has its own way to say that it failed: -1, NULL, MAP_FAILED, SEM_FAILED, SIG_ERR, or an error number. A test for another value never finds the failure, and the program goes on with a handle that is none.',
    silence:
      'A result that some other test in the function, or a macro, may check properly; values that come from more than one kind of call; results of helper functions.',
    references: [
      { page: 'mmap', section: 2 },
      { page: 'shmat', section: 2 },
      { page: 'sem_open', section: 3 },
      { page: 'pthread_mutex_lock', section: 3 },
    ],
    example: {
      bad: `#include <sys/mman.h>

void *map_page(int fd) {
  void *page = mmap(0, 4096, PROT_READ, MAP_SHARED, fd, 0);
  if (page == 0)
    return 0;
  return page;
}
`,
      good: `#include <sys/mman.h>

void *map_page(int fd) {
  void *page = mmap(0, 4096, PROT_READ, MAP_SHARED, fd, 0);
  if (page == MAP_FAILED)
    return 0;
  return page;
}
`,
    },
  },
  check(context) {
    const wrong: Wrong[] = [];
    /** Variables that hold a 0 of the program's own where they are tested, as a helper returns it that has made no call. */
    const ownZeros = new Set<Expr>();
    const tested = new Set<Expr>();
    const behind: { branch: Stmt; within: FunctionDefinition }[] = [];
    return {
      test(event, context) {
        // What a macro is given where the wrong test holds comes too late to be the right one: `if (rc == -1) die_en(rc, "create");`.
        if (event.op === 'opaque' && behind.some((one) => isIn(one, event))) return;
        const { expr: asked, value: known } = event.left;
        if (asked.kind === 'name' && known.constant === 0n && !known.origins) ownZeros.add(asked);
        for (const [operand, test] of readings(event, context)) {
          const origins = allOrigins(operand.value, ({ at }) => at === 'return');
          // A result already tested as it should be may be asked other questions.
          if (!origins || origins.some((origin) => isSettled(origin, event))) {
            for (const { site } of origins ?? askedRightly(operand, test, context)) tested.add(site.expr);
            continue;
          }
          const unsigned = unsignedFault(event, operand, context);
          const report = unsigned ?? faultyTest(event, operand, test, origins, context);
          if (report) {
            // Where another test finds the failure, a count may be asked whether there are any bytes.
            const alone = unsigned && event.op !== '>' && event.op !== '<=';
            const says = saysWhy(event, context) || waitsAtBarrier(origins);
            wrong.push({ origins: alone ? [] : origins, report, context, says, asked: operand.expr });
            const branch = branchOf(event, test, context.scope.definition);
            if (branch) behind.push({ branch, within: context.scope.definition });
          } else if (!isOtherQuestion(test, origins)) {
            for (const { site } of origins) tested.add(site.expr);
          }
        }
      },
      end() {
        reportSentinels(context);
        // Of what makes a handle it is told where that is used.
        for (const told of successesTold(context, ({ effects }) => !effects.some(makesHandle)))
          reportSuccess(told, context);
        const atHome = wrong.filter(({ origins, context }) => isAtHome(origins, context));
        for (const { origins, report, context, says, asked: variable } of wrong) {
          if (ownZeros.has(variable) && origins.some(({ site }) => site.within !== context.scope.definition))
            continue;
          // What was tested wrongly where the call is made need not be said again of its callers.
          const said =
            !isAtHome(origins, context) &&
            atHome.some((other) => other.origins[0]?.site === origins[0]?.site);
          const asked = origins.some(({ site }) => tested.has(site.expr) || isAskedByName(site, context));
          if (!said && (!asked || says)) {
            context.report(report);
          }
        }
      },
    };
  },
};

function reportSuccess({ call, expr, test, tells }: SuccessTold, context: RuleContext): void {
  context.report({
    span: test,
    message: `This holds when \`${call.name}\` has succeeded, and what is told then is a failure that did not happen, while a real one goes unnoticed. Compare with ${call.returns.failure.value}.`,
    related: [
      { span: expr, message: `\`${call.name}\` is called here` },
      { span: tells, message: 'The failure is told here' },
    ],
  });
}

/** The calls of which a test is a right one, where the value may come from elsewhere as well. */
function askedRightly({ value }: Operand, test: Test | undefined, context: RuleContext): readonly Origin[] {
  const { origins = [] } = value;
  return test && !isOtherQuestion(test, origins)
    ? origins.filter((origin) => judge(test, origin, context) === undefined)
    : [];
}

/** What the result is stored in is compared with the failure's own name as well, in a place to which its value is not followed. */
function isAskedByName({ call, expr, within }: CallSite, context: RuleContext): boolean {
  const failure = call.returns.failure.value;
  const target = /^[A-Z_]+$/.test(failure) && failure !== 'NULL' ? targetOf(within, expr) : undefined;
  const text = (part: Expr) => context.source({ ...part, within });
  return (
    target !== undefined &&
    someExprIn(
      within.body,
      (inner) =>
        inner.kind === 'binary' &&
        (inner.op === '==' || inner.op === '!=') &&
        text(inner.right) === failure &&
        text(unwrap(inner.left)) === text(target),
    )
  );
}

/** The test stands in the function that makes the call. */
function isAtHome(origins: readonly Origin[], context: RuleContext): boolean {
  return origins.every(({ site }) => site.within === context.scope.definition);
}

function isSettled({ site, effect }: Origin, event: TestEvent): boolean {
  const outcome = event.path.outcome(site);
  // A fork goes all its ways at once, tested or not.
  return effect?.op !== 'fork' && (outcome === 'success' || outcome === 'failure');
}

/** `pid == 0` asks whether this is the child, and so says nothing of failure. */
function isOtherQuestion(test: Test | undefined, origins: readonly Origin[]): boolean {
  const equality = test !== undefined && ['==', '!=', 'truth', 'not'].includes(test.op);
  return equality && test.constant === 0n && origins.every(({ effect }) => effect?.op === 'fork');
}

const mirrored = { '==': '==', '!=': '!=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const;

/** The ways to read a test: each side as the result, compared with the other side. `undefined` stands for a test that is not judged. */
function readings(event: TestEvent, context: RuleContext): [Operand, Test | undefined][] {
  const { op, left, right } = event;
  if (op === 'truth' || op === 'not') {
    return [[left, { op, constant: 0n }]];
  }
  if (op === 'opaque' || !right) {
    return [[left, undefined]];
  }
  const constantOf = ({ expr, value }: Operand) =>
    value.constant ?? context.scope.evaluator.constant(expr, context.scope);
  const forward = constantOf(right);
  const backward = constantOf(left);
  return [
    [left, forward === undefined ? undefined : { op, constant: forward, other: right.expr }],
    [right, backward === undefined ? undefined : { op: mirrored[op], constant: backward, other: left.expr }],
  ];
}

function faultyTest(
  event: TestEvent,
  operand: Operand,
  test: Test | undefined,
  origins: readonly Origin[],
  context: RuleContext,
): Report | undefined {
  const site = origins[0]?.site;
  const faults = test ? origins.map((origin) => judge(test, origin, context)) : [];
  const fault = faults[0];
  if (!site || !test || !fault || !faults.every((other) => other?.right === fault.right)) {
    return undefined;
  }
  if (site.call.returns.failure.value === '0-or--1' && isValidAddress(site.expr.args[1], context)) {
    return undefined;
  }
  if (isHandedThrough(event, site, context) || isPutThere(operand, test, context)) {
    return undefined;
  }
  const subject = unwrap(operand.expr);
  const call = `\`${site.call.name}\``;
  const what = subject.kind === 'call' ? call : `\`${excerpt(context, subject)}\` comes from ${call}, which`;
  const direct = isDirect(event.at, event.expr);
  // What it asks of errno has to change as well.
  const whole = testOf(event, context.scope.definition);
  const isWithErrno = whole !== undefined && asksErrno(whole.test);
  const fixed = fault.mend?.(operandText(operand.expr, context));
  const advice = fault.mend
    ? ` Test \`${fault.mend(subject.kind === 'call' ? `${site.call.name}(...)` : excerpt(context, subject))}\`.`
    : ` ${fault.advice ?? ''}`;
  return {
    span: event.at,
    message: `${what} returns ${fault.right} on failure, ${fault.consequence}.${advice}`,
    ...(fault.severity ? { severity: fault.severity } : {}),
    ...(subject.kind === 'call'
      ? {}
      : { related: [{ span: site.expr, message: `\`${site.call.name}\` is called here` }] }),
    ...(direct && fixed && !isWithErrno ? { fix: replacement(fault, event, fixed, context) } : {}),
  };
}

/** `if (fd != 0) dup2(fd, 0);`: the test asks whether the descriptor has the number already that it is to get. */
function isPutThere({ expr }: Operand, { op, constant }: Test, { scope, source }: RuleContext): boolean {
  return (
    (op === '!=' || op === '==') &&
    callsIn(scope.definition, /^dup[23]$/).some(
      ({ args: [from, to] }) =>
        from !== undefined &&
        to !== undefined &&
        source(from) === source(unwrap(expr)) &&
        scope.evaluator.constant(to, scope) === constant,
    )
  );
}

/** A macro that gives on the value of what it is given, `({ int got = (call); if (got) saved = errno; ...; got; })`: who uses it tests the value. */
function isHandedThrough({ at, expr }: TestEvent, site: CallSite, context: RuleContext): boolean {
  const name = isDirect(at, expr) ? undefined : /^(\w+)\s*\(/.exec(context.source(at))?.[1];
  const body = name === undefined ? undefined : context.scope.file.symbols.macro(name)?.body.trim();
  const given = at.start < site.expr.start && site.expr.end <= at.end;
  return (
    given && body?.startsWith('({') === true && !/\b_?exit\b|abort|die|fatal|return|goto fail/i.test(body)
  );
}

function judge(test: Test, { site, effect }: Origin, context: RuleContext): Fault | undefined {
  const other = test.other && unwrap(test.other);
  if (other?.kind === 'name' && other.name === site.call.returns.failure.value) {
    return undefined;
  }
  if (site.call.name === 'pthread_barrier_wait' && knowsOfOneThread(site, context)) {
    return undefined;
  }
  const handles = effect !== undefined && effect.op !== 'fork' && effect.op !== 'make-key';
  // `if (dup(fd) > 0)` may ask for a number that is none of the standard ones.
  if (effect?.op === 'duplicate' && (test.op === '>' || test.op === '<=')) {
    return undefined;
  }
  // A program that closed a standard descriptor opens a device to get its number, and asks whether it did.
  const device = site.expr.args.some((arg) => arg.kind === 'string' && arg.value.startsWith('/dev/'));
  const expected = device || closesFirst(test.constant, site, context);
  return judges[site.call.returns.failure.value]?.(test, site.call, handles && !expected);
}

/** The function has closed a standard descriptor, or all of them in a loop, and its number is then the lowest free one. */
function closesFirst(number: bigint, { expr, within }: CallSite, { scope }: RuleContext): boolean {
  const free = new Set([0n, ...[1n, 2n].filter((standard) => standard === number)]);
  return callsIn(within, /^close(?:from)?$/).some((call) => {
    const [closed] = call.args;
    if (call.start > expr.start || !closed) return false;
    const which = scope.evaluator.constant(closed, scope);
    if (which !== undefined) return free.has(which);
    const loop = loopAround(within, call);
    const counted = loop?.kind === 'for' && loop.update?.kind === 'update' ? loop.update.operand : undefined;
    return (
      calledName(call) === 'closefrom' ||
      (counted !== undefined && variableIn(counted) === variableIn(closed))
    );
  });
}

function replacement(fault: Fault, event: TestEvent, text: string, context: RuleContext) {
  const { start, end } = event.expr;
  const { kind } = event.expr;
  // `((fd = open(...)))`: the inner parentheses serve the comparison as well as the assignment.
  const wrapped =
    kind === 'assign' && /^\(\([\s\S]*\)\)$/.test(context.source({ start: start - 2, end: end + 2 }));
  return {
    title: `Compare with ${fault.right === 'MAP_FAILED' ? 'MAP_FAILED' : 'the value that means failure'}`,
    edits: [wrapped ? { span: { start: start - 1, end: end + 1 }, text } : { span: { start, end }, text }],
  };
}

/** The tested expression as it can stand left of a comparison. */
function operandText(expr: Expr, context: RuleContext): string {
  const text = context.source(expr);
  return expr.kind === 'assign' || expr.kind === 'comma' || expr.kind === 'conditional' ? `(${text})` : text;
}

/** `inet_pton` cannot refuse an address that is written out in the program and right. */
function isValidAddress(expr: Expr | undefined, context: RuleContext): boolean {
  const text = expr && context.scope.evaluator.string(expr);
  return text !== undefined && /^(\d{1,3}(\.\d{1,3}){3}|[0-9a-fA-F:]*:[0-9a-fA-F:.]*)$/.test(text);
}

function isCount({ value }: Operand): boolean {
  return value.origins?.every(({ site }) => returnsCount(site.call)) === true;
}

/** A variable whose type cannot hold -1 in the comparison that is made. */
function unsignedFault(event: TestEvent, operand: Operand, context: RuleContext): Report | undefined {
  const variable = unwrap(operand.expr);
  const failsWithMinusOne = operand.value.origins?.every(
    ({ site }) => site.call.returns.failure.value === '-1',
  );
  const { right } = event;
  if (
    !failsWithMinusOne ||
    !right ||
    operand !== event.left ||
    variable.kind === 'call' ||
    !isComparison(event.op as '==')
  ) {
    return undefined;
  }
  const { evaluator } = context.scope;
  const declared = evaluator.typeOf(operand.expr, context.scope);
  const type = declared && evaluator.types.resolve(declared);
  const constant = evaluator.constant(right.expr, context.scope);
  if (type?.k !== 'int' || type.signed || constant === undefined) {
    return undefined;
  }
  const ordered = (event.op === '<' || event.op === '>=') && constant === 0n;
  // `while ((n = read(...)) > 0)`: the -1 is a large count.
  const counted = (event.op === '>' || event.op === '<=') && constant === 0n && isCount(operand);
  const narrow = (event.op === '==' || event.op === '!=') && constant === -1n && type.size < 4;
  if (!ordered && !narrow && !counted) {
    return undefined;
  }
  const name = excerpt(context, variable);
  const call = operand.value.origins?.[0]?.site.call.name;
  if (counted) {
    return {
      span: event.at,
      message: `\`${name}\` is unsigned, so the -1 that \`${call}\` returns on failure is a huge number in it, and this test takes it for bytes that came. Declare \`${name}\` as ssize_t.`,
    };
  }
  const outcome = event.op === '<' || event.op === '==' ? 'never' : 'always';
  return {
    span: event.at,
    message: `\`${name}\` is unsigned and cannot hold the -1 that \`${call}\` returns on failure, so this test is ${outcome} true. Declare \`${name}\` as ${call === 'read' || call === 'write' ? 'ssize_t' : 'a signed type such as int or ssize_t'}.`,
  };
}
