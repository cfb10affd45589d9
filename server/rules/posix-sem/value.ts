import { rootName } from '../../analysis/aliasing';
import type { CallEvent } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import { type Expr, type FunctionDefinition, walkStmt } from '../../c/ast';
import type { Rule, RuleContext } from '../rule';
import { targetOf } from '../shared/dropped';
import { argument, certainBits, constantNamed, givenAt } from '../shared/support';
import {
  type FileCall,
  fileCalls,
  fileMakes,
  fileMentions,
  functionsOf,
  isProgram,
  lastName,
  textOf,
} from '../shared/whole-file';
import { stands } from './as-lock';
import { startingTaken } from './starts-taken';

export const value: Rule = {
  meta: {
    id: 'posix-sem/value',
    severity: 'error',
    preset: 'recommended',
    title: 'A semaphore starts with a value with which nobody can begin',
    explanation:
      'The value of a semaphore is unsigned and at most SEM_VALUE_MAX, which is 2147483647. sem_init and sem_open fail with EINVAL for a larger first value, and -1 is one. A lock that starts at 0 is taken from the beginning: all wait for it, and nobody has it to give it back.',
    silence:
      'Values that are not known, a sem_open that creates nothing, and a first value of 0 where any post does not come behind a wait for the same semaphore, or may come from another program.',
    references: [
      { page: 'sem_init', section: 3 },
      { page: 'sem_open', section: 3 },
    ],
    example: {
      bad: `#include <semaphore.h>

int prepare(sem_t *gate) {
  return sem_init(gate, 0, -1);
}
`,
      good: `#include <semaphore.h>

int prepare(sem_t *gate) {
  return sem_init(gate, 0, 0);
}
`,
    },
  },
  check: (own) => ({
    call(event, context) {
      const sets = event.site && (event.name === 'sem_init' || event.name === 'sem_open');
      const given = sets ? argument(event, 'value') : undefined;
      const first = given?.value.constant;
      const seen = first === undefined ? 0n : BigInt.asUintN(32, first);
      const most = constantNamed('SEM_VALUE_MAX');
      if (given && first === 0n) checkLocked(event, context);
      if (!given || first === undefined || seen <= most) {
        return;
      }
      const what = seen === first ? `${first}` : `${first}, which is ${seen} to the unsigned parameter`;
      context.report({
        ...givenAt(event, given.expr),
        message: `The first value is ${what}, and \`${event.name}\` fails with EINVAL for any above SEM_VALUE_MAX (${most}). A semaphore counts what is there to take: start at 0 to wait for an event, at 1 for a lock.`,
      });
    },
    end() {
      for (const { made, first } of startingTaken(own)) {
        own.report({
          span: made.at,
          severity: 'warning',
          message: `\`${made.name}\` starts at 0, and everybody who posts it has waited for it before: the first wait never returns, and so no other does. Start it at 1 to use it as a lock, or at the number of things there are to take.`,
          related: [{ span: { ...first.act.call, within: first.within }, message: 'Everybody waits here' }],
        });
      }
    },
  }),
};

/** A lock that starts at 0: each post stands behind a wait, so none is ever reached. */
function checkLocked(event: CallEvent, context: RuleContext): void {
  const [semaphore, shared] = event.args;
  const isNamed = event.name === 'sem_open';
  const target = isNamed ? targetOf(context.scope.definition, event.expr) : semaphore?.expr;
  const name = target && lastName(target);
  const isPrivate = isNamed ? isOfThreads(event, target, context) : shared?.value.constant === 0n;
  if (name === undefined || !isPrivate || (!isNamed && hasIndex(event))) {
    return;
  }
  const posts = fileCalls(context, 'sem_post');
  const waits = fileCalls(context, /^sem_(?:timed|clock)?wait$/).filter((wait) => named(wait) === name);
  // A semaphore that goes by another name may be this one.
  const others = [...posts, ...fileCalls(context, /^sem_(?:timed|clock|try)?wait$/)].some((call) =>
    isPassedOn(call, isNamed),
  );
  const own = posts.filter((post) => named(post) === name);
  if (own.length === 0 || others || (isNamed && isCopied(name, context))) return;
  if (!(isProgram(context) || isLockOfStructure(target, own))) {
    return;
  }
  if (!own.every((post) => waits.some((wait) => stands(wait, post)))) {
    if (!isNamed) checkRing(event, name, context);
    return;
  }
  const [first] = waits;
  context.report({
    span: event.at,
    message: `\`${name}\` starts at 0, and every \`sem_post\` of it comes behind a wait for it: the first wait never returns, and so no other does. Start it at 1 to use it as a lock.`,
    related: first
      ? [{ span: { ...first.expr, within: first.within }, message: 'Everybody waits here' }]
      : [],
  });
}

/** A member that several functions of the file post behind their own waits: whatever other files do with the structure, it is a lock. */
function isLockOfStructure(target: Expr | undefined, posts: readonly FileCall[]): boolean {
  const inner = target?.kind === 'unary' ? target.operand : target;
  return inner?.kind === 'member' && new Set(posts.map(({ within }) => within)).size >= 2;
}

/** Several semaphores that start at 0, and whoever posts one of them waits for another before: all wait for each other. */
function checkRing(event: CallEvent, name: string, context: RuleContext): void {
  const waits = fileCalls(context, 'sem_wait');
  const posts = fileCalls(context, 'sem_post');
  const ring = new Set(emptyOnes(context));
  const isBehind = (post: FileCall) =>
    waits.some((wait) => ring.has(named(wait) ?? '') && stands(wait, post));
  for (let size = -1; size !== ring.size; ) {
    size = ring.size;
    for (const one of ring) {
      const own = posts.filter((post) => named(post) === one);
      if (own.length === 0 || !own.every(isBehind)) ring.delete(one);
    }
  }
  const wait = waits.find((call) => named(call) === name);
  if (!ring.has(name) || !wait || fileMentions(context, /^sem_(?:try|timed|clock)wait$/)) {
    return;
  }
  const others = [...ring].filter((one) => one !== name).map((one) => `\`${one}\``);
  context.report({
    span: event.at,
    message: `\`${name}\` starts at 0 like ${others.join(' and ')}, and whoever posts one of them waits for another before: all of them wait for ever. Start the one at 1 whose turn is first.`,
    related: [{ span: { ...wait.expr, within: wait.within }, message: `\`${name}\` is waited for here` }],
  });
}

/** The semaphores of the program that start at 0 wherever they are made. */
function emptyOnes(context: RuleContext): string[] {
  const made = fileCalls(context, 'sem_init').map((call) => {
    const { args } = call.expr;
    const scope = context.scope.file.scopeOf(call.within);
    const value = args[2] && scope.evaluator.constant(args[2], scope);
    return { name: named(call), isEmpty: value === 0n };
  });
  return made.flatMap(({ name, isEmpty }) =>
    name !== undefined && isEmpty && made.every((other) => other.name !== name || other.isEmpty)
      ? [name]
      : [],
  );
}

/** A named semaphore that one program creates, gives to its threads or children and removes: nobody else is meant. */
function isOfThreads({ args }: CallEvent, target: Expr | undefined, context: RuleContext): boolean {
  const creates =
    args[1] !== undefined &&
    ((args[1].value.constant ?? certainBits(args[1].expr, context)) & constantNamed('O_CREAT')) !== 0n;
  const root = target && (target.kind === 'name' || target.kind === 'member') ? rootName(target) : undefined;
  // A member has its own name wherever the structure goes.
  const isKnown =
    root !== undefined && (target?.kind === 'member' || context.scope.typeOf(root) === undefined);
  const opened = fileCalls(context, /^sem_open$/).filter(
    ({ expr, within }) => lastName(targetOf(within, expr) ?? expr) === (target && lastName(target)),
  );
  return (
    creates &&
    isKnown &&
    opened.length > 0 &&
    // Other processes of the program may open it by the same name.
    opened.every(({ expr: other, within }) => {
      const [name] = other.args;
      const own = args[0] && textOf(args[0].expr, context.scope.definition, context);
      return name !== undefined && textOf(name, within, context) === own;
    }) &&
    fileMakes(context, /^(?:pthread_create|thrd_create|fork)$/) &&
    fileMakes(context, 'sem_unlink') &&
    !fileMentions(context, /^(?:exec\w+|posix_spawnp?)$/)
  );
}

/** The pointer is stored somewhere else as well, or stands in an initialiser. */
function isCopied(name: string, context: RuleContext): boolean {
  const isIt = (expr: Expr) => {
    const inner = unwrap(expr);
    return (inner.kind === 'name' || inner.kind === 'member') && lastName(inner) === name;
  };
  return functionsOf(context).some(({ body }) => {
    let copied = false;
    walkStmt(body, {
      stmt: (stmt) => {
        if (stmt.kind !== 'decl') return;
        for (const { init } of stmt.declaration.declarators) copied ||= init !== undefined && isIt(init);
      },
      expr: (expr) => {
        copied ||=
          (expr.kind === 'assign' && isIt(expr.value)) ||
          (expr.kind === 'init' && expr.items.some(({ value }) => isIt(value)));
      },
    });
    return copied;
  });
}

const named = ({ expr }: FileCall) => expr.args[0] && lastName(expr.args[0]);

/** The semaphore is a parameter of the function: nobody knows which one it is. */
function isPassedOn({ expr, within }: FileCall, isNamed: boolean): boolean {
  const [arg] = expr.args;
  if (isNamed && arg?.kind === 'name') return isParameter(within, arg.name);
  // Another one, unless a structure was given this one, too.
  if (isNamed && arg?.kind === 'member') return false;
  return arg?.kind !== 'unary' || arg.op !== '&' || isParameter(within, lastName(arg));
}

function isParameter({ type }: FunctionDefinition, name: string | undefined): boolean {
  return type.params.some((param) => param.name === name);
}

function hasIndex(event: CallEvent): boolean {
  const [arg] = event.args;
  return arg?.expr.kind !== 'unary' || arg.expr.operand.kind === 'index';
}
