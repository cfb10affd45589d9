import { unwrap, withoutCasts } from '../../analysis/operators';
import {
  type Expr,
  type ExprOf,
  type FunctionDefinition,
  parameterIndex,
  someExprIn,
  walkStmt,
} from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { leavesAtEnd } from '../shared/endings';
import { arms } from '../shared/statements';
import { assignmentsTo, callsIn, pathOf } from '../shared/uses';
import { callsOf, fileMakes, lastName, ownCalls, textOf } from '../shared/whole-file';

const things: Record<string, string> = {
  sem_open: 'semaphore',
  mq_open: 'queue',
  msgget: 'queue',
  semget: 'semaphore set',
  shmget: 'segment',
};

const opening = new RegExp(`^(?:${Object.keys(things).join('|')})$`);

const semaphores = (second: string) => `#include <fcntl.h>
#include <semaphore.h>

static sem_t *empty, *full;

int open_both(void) {
  empty = sem_open("/ring-empty", O_CREAT, 0600, 8);
  if (empty == SEM_FAILED) return -1;
  full = sem_open("${second}", O_CREAT, 0600, 0);
  return full == SEM_FAILED ? -1 : 0;
}
`;

export const oneName: Rule = {
  meta: {
    id: 'handle/one-name',
    severity: 'warning',
    preset: 'recommended',
    title: 'Two variables that stand for two objects get one and the same',
    explanation:
      'A name or key means one object, however often it is opened: the second call finds what the first one has made, and its own size or first value is ignored. What is meant for the one object happens to the other.',
    silence:
      'Calls on different ways, objects that are closed or removed before, variables that are compared with each other, queues opened for different directions, and processes that open it each for itself.',
    references: [
      { page: 'sem_open', section: 3 },
      { page: 'msgget', section: 2 },
    ],
    example: { bad: semaphores('/ring-empty'), good: semaphores('/ring-full') },
  },
  check: (context) => ({
    end() {
      const opened = openedIn(context);
      opened.forEach((again, index) => {
        const first = opened.slice(0, index).find((one) => areOne(one, again, context));
        if (!first) return;
        const shown = textOf(again.name, context.scope.definition, context);
        context.report({
          span: again.call,
          message: `\`${shown}\` has been opened for \`${first.target}\` already, so \`${again.target}\` is the same ${again.thing}, and what is done to the one is done to the other. Give each its own name or key.`,
          related: [{ span: first.call, message: `Opened for \`${first.target}\` here` }],
        });
      });
    },
  }),
};

interface Opened {
  call: ExprOf<'call'>;
  /** The call of the system that it makes in the end. */
  made: string;
  name: Expr;
  thing: string;
  /** Where the result is kept. */
  target: string;
}

function openedIn(context: RuleContext): Opened[] {
  const { definition } = context.scope;
  const direct = ownCalls(context, opening).map(({ name, expr }) => ({
    made: name,
    call: expr,
    name: expr.args[0],
  }));
  // Helpers stand where they are used: files that open nothing need not be read for them.
  const found = direct.length > 0 || !fileMakes(context, opening) ? direct : byHelpers(context);
  return found
    .flatMap(({ made, call, name }) => {
      const target = keptIn(call, definition);
      const thing = things[made];
      return name && target !== undefined && thing ? [{ call, made, name, thing, target }] : [];
    })
    .sort((a, b) => a.call.start - b.call.start);
}

/** Calls of functions of the project that open what they are given the name of. */
function byHelpers(context: RuleContext): { made: string; call: ExprOf<'call'>; name: Expr | undefined }[] {
  return callsOf(context.scope.definition).flatMap(({ name, expr }) => {
    const helper = /open|create|get|init|make|sem|queue|mq|msg/i.test(name)
      ? context.functionNamed(name)
      : undefined;
    const calls = helper ? callsOf(helper.definition).filter((call) => opening.test(call.name)) : [];
    const [only] = calls;
    const given = only?.expr.args[0] && withoutCasts(only.expr.args[0]);
    const index = given?.kind === 'name' ? parameterIndex(helper?.definition.type.params, given.name) : -1;
    return only && calls.length === 1 && index >= 0
      ? [{ made: only.name, call: expr, name: expr.args[index] }]
      : [];
  });
}

/** The variable or member that a call's result is stored in. */
function keptIn(call: Expr, definition: FunctionDefinition): string | undefined {
  let found: string | undefined;
  const isCall = (value: Expr | undefined) => value !== undefined && unwrap(withoutCasts(value)) === call;
  walkStmt(definition.body, {
    stmt: (stmt) => {
      if (stmt.kind !== 'decl') return;
      for (const { name, init } of stmt.declaration.declarators) if (isCall(init)) found = name;
    },
    expr: (expr) => {
      if (expr.kind === 'assign' && expr.op === '=' && isCall(expr.value)) found = pathOf(expr.target);
    },
  });
  return found;
}

function areOne(first: Opened, again: Opened, context: RuleContext): boolean {
  const { definition } = context.scope;
  const [outer, inner] = [arms(definition, first.call), arms(definition, again.call)];
  return (
    first.made === again.made &&
    first.target !== again.target &&
    isFixed(again.name, first, again, context) &&
    textOf(first.name, definition, context) === textOf(again.name, definition, context) &&
    outer.length === inner.length &&
    outer.every((arm) => inner.includes(arm)) &&
    sameDirection(first, again, context) &&
    !isGivenUpBetween(first, again, context) &&
    !areCompared(first.target, again.target, definition)
  );
}

/** A text or a number written down, or a variable that keeps its value from the one call to the other. */
function isFixed(name: Expr, first: Opened, again: Opened, { scope }: RuleContext): boolean {
  const plain = withoutCasts(name);
  if (plain.kind === 'string' || plain.kind === 'number')
    return plain.kind === 'string' || plain.text !== '0';
  if (plain.kind !== 'name' || /PRIVATE/.test(plain.name)) return false;
  if (/^[A-Z][A-Z0-9_]+$/.test(plain.name)) return true;
  const isAddressed = someExprIn(
    scope.definition.body,
    (expr) =>
      expr.kind === 'unary' &&
      expr.op === '&' &&
      expr.operand.kind === 'name' &&
      expr.operand.name === plain.name,
  );
  const type = scope.typeOf(plain.name);
  // What lies in an array may be written anew by any call.
  return (
    type?.k !== 'array' &&
    !isAddressed &&
    type !== undefined &&
    !assignmentsTo(scope.definition, plain.name).some(
      ({ at }) => at.start > first.call.start && at.start < again.call.start,
    )
  );
}

/** A queue opened once for each direction is opened twice on purpose. */
function sameDirection(first: Opened, again: Opened, context: RuleContext): boolean {
  if (first.made !== 'mq_open') return true;
  const direction = ({ call }: Opened) =>
    /O_(?:RDONLY|WRONLY|RDWR)/.exec(textOf(call, context.scope.definition, context))?.[0];
  return direction(first) === direction(again);
}

/** Closed, removed, or in another process. */
function isGivenUpBetween(first: Opened, again: Opened, context: RuleContext): boolean {
  const { definition } = context.scope;
  return callsIn(definition, /close|unlink|ctl|destroy|remove|delete|fork/i).some((call) => {
    const isBetween = call.start > first.call.end && call.end < again.call.start;
    const isSame =
      /fork/i.test(calledName(call) ?? '') ||
      call.args.some(
        (arg) => pathOf(withoutCasts(arg)) === first.target || lastName(arg) === lastName(first.name),
      );
    return isBetween && isSame && !isFailureCleaning(call, again, context);
  });
}

/** What a branch does that does not come to the second call. */
function isFailureCleaning(call: Expr, again: Opened, context: RuleContext): boolean {
  const { definition } = context.scope;
  const own = arms(definition, again.call);
  return (
    arms(definition, call).some((arm) => !own.includes(arm) && leavesAtEnd(arm, context)) &&
    !/fork/i.test(calledName(call) ?? '')
  );
}

/** To show that they are the same. */
function areCompared(one: string, other: string, { body }: FunctionDefinition): boolean {
  return someExprIn(body, (expr) => {
    if (expr.kind !== 'binary' || !/^[!=]=$/.test(expr.op)) return false;
    const paths = [pathOf(unwrap(expr.left)), pathOf(unwrap(expr.right))];
    return paths.includes(one) && paths.includes(other);
  });
}
