import type { FunctionScope } from '../../analysis/context';
import type { PathEndEvent } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import type { Expr, ExprOf, Stmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { targetOf } from '../shared/dropped';
import { isOwnFailure } from '../shared/own-failure';
import { arms } from '../shared/statements';
import { addressed, assignmentsTo, declaratorOf, type Use, usesOf } from '../shared/uses';
import { fileMakes, ownCalls, textOf } from '../shared/whole-file';

const id = 'handle/not-restored';

export const notRestored: Rule = {
  meta: {
    id,
    severity: 'warning',
    preset: 'recommended',
    title: 'A setting that is put back at the end stays changed on one way out',
    explanation:
      'The settings of a terminal, the file mode mask and the action of a signal belong to more than one function: the shell gets the terminal as the program leaves it. Where the old setting is kept in a variable of the function, a way out that does not put it back loses it.',
    silence:
      'Settings that no way puts back, variables that others may use as well, ways out on which the change itself has failed, and programs that put a terminal back when they exit.',
    references: [
      { page: 'termios', section: 3 },
      { page: 'umask', section: 2 },
      { page: 'sigaction', section: 2 },
    ],
    example: {
      bad: `#include <stdio.h>
#include <termios.h>
#include <unistd.h>

int secret(char *text, int size) {
  struct termios before, quiet;
  if (tcgetattr(STDIN_FILENO, &before) == -1)
    return -1;
  quiet = before;
  quiet.c_lflag &= ~ECHO;
  if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == -1)
    return -1;
  if (fgets(text, size, stdin) == NULL)
    return -1;
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
  return 0;
}
`,
      good: `#include <stdio.h>
#include <termios.h>
#include <unistd.h>

int secret(char *text, int size) {
  struct termios before, quiet;
  if (tcgetattr(STDIN_FILENO, &before) == -1)
    return -1;
  quiet = before;
  quiet.c_lflag &= ~ECHO;
  if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == -1)
    return -1;
  char *got = fgets(text, size, stdin);
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
  return got == NULL ? -1 : 0;
}
`,
    },
  },
  check(own) {
    let known: Kept[] | undefined;
    const kept = () => (known ??= settingsKept(own));
    const left = new Map<string, { kept: Kept; end: PathEndEvent }>();
    return {
      mark({ expr, path, scope }) {
        if (scope.definition !== own.scope.definition || !setters.test(calledName(expr) ?? '')) return;
        for (const one of kept()) {
          if (one.changes.has(expr)) path.setNote(`${id}:${one.name}`, expr.start);
          else if (one.restores.has(expr)) path.setNote(`${id}:${one.name}`, undefined);
        }
      },
      pathEnd(end) {
        const { definition } = own.scope;
        if (end.at.within !== definition || end.how === 'exec' || end.path.role.kind === 'child') return;
        for (const one of known ?? []) {
          const start = end.path.note(`${id}:${one.name}`);
          const change = [...one.changes].find((call) => call.start === start);
          if (!change || !staysChanged(one, change, end, own)) continue;
          left.set(`${one.name}:${end.at.start}`, { kept: one, end });
        }
      },
      end() {
        for (const { kept: one, end } of left.values()) tell(one, end, own);
      },
    };
  },
};

const setters = /^(?:tcsetattr|umask|sigaction|signal|sigset)$/;

/** A setting of which the old state is kept in a variable of the function, and put back somewhere in it. */
interface Kept {
  name: string;
  what: 'terminal' | 'mask' | 'action';
  changes: Set<Expr>;
  restores: Set<Expr>;
}

function settingsKept(context: RuleContext): Kept[] {
  const found = new Map<string, Kept>();
  const all = ownCalls(context, setters).filter(({ name }) => setters.test(name));
  for (const { expr } of all) {
    const given = givenBack(expr);
    if (given === undefined || found.has(given)) continue;
    const one = keptIn(
      given,
      all.map((call) => call.expr),
      context,
    );
    if (one) found.set(given, one);
  }
  return [...found.values()];
}

/** The variable whose state a call sets: `before` in `tcsetattr(fd, TCSANOW, &before)`, `umask(before)`. */
function givenBack(call: ExprOf<'call'>): string | undefined {
  const { args } = call;
  switch (calledName(call)) {
    case 'tcsetattr':
      return addressed(args[2]);
    case 'sigaction':
      return addressed(args[1]);
    case 'umask':
      return nameOf(args[0]);
    default:
      return nameOf(args[1]);
  }
}

function nameOf(expr: Expr | undefined): string | undefined {
  const inner = expr && unwrap(expr);
  return inner?.kind === 'name' ? inner.name : undefined;
}

/** What is set: the terminal, the signal. */
function subject(call: ExprOf<'call'>, context: RuleContext): string {
  const [first] = call.args;
  return calledName(call) === 'umask' || !first ? '' : textOf(first, context.scope.definition, context);
}

function keptIn(name: string, calls: ExprOf<'call'>[], context: RuleContext): Kept | undefined {
  const { scope } = context;
  const local = declaratorOf(scope, name);
  if (!local || local.storage.length > 0) return undefined;
  const restores = calls.filter((call) => givenBack(call) === name);
  const subjects = new Set(restores.map((call) => subject(call, context)));
  const [first] = restores;
  if (!first || subjects.size !== 1) return undefined;
  const isSame = (call: ExprOf<'call'>) =>
    calledName(call) === calledName(first) && subjects.has(subject(call, context));
  const saves = (call: ExprOf<'call'>) => savedIn(call, context) === name;
  const isTerminal = calledName(first) === 'tcsetattr';
  const changes = calls.filter(
    (call) => isSame(call) && !restores.includes(call) && (isTerminal ? setsOwn(call, scope) : saves(call)),
  );
  const isSaved = isTerminal
    ? ownCalls(context, /^tcgetattr$/).some(({ expr }) => addressed(expr.args[1]) === name)
    : changes.length > 0;
  if (!isSaved || changes.length === 0 || !isOnlyKept(name, context)) return undefined;
  const what = isTerminal ? 'terminal' : calledName(first) === 'umask' ? 'mask' : 'action';
  return { name, what, changes: new Set(changes), restores: new Set(restores) };
}

/** What is set has been put together here: the settings of somebody else may be meant to stay. */
function setsOwn({ args }: ExprOf<'call'>, scope: FunctionScope): boolean {
  const name = addressed(args[2]);
  return name !== undefined && declaratorOf(scope, name) !== undefined;
}

/** The variable into which a call puts the state from before. */
function savedIn(call: ExprOf<'call'>, { scope: { definition } }: RuleContext): string | undefined {
  if (calledName(call) === 'sigaction') return addressed(call.args[2]);
  const target = targetOf(definition, call);
  return target?.kind === 'name' ? target.name : undefined;
}

/** The variable is filled, copied, looked at and given back, and nobody else gets it. */
function isOnlyKept(name: string, { scope: { definition } }: RuleContext): boolean {
  const isPlain = ({ expr, around: [outer, call] }: Use) => {
    if (outer?.kind === 'unary' && outer.op === '&')
      return call?.kind === 'call' && /^(?:tc[gs]etattr|sigaction|memcpy)$/.test(calledName(call) ?? '');
    if (outer?.kind === 'call') return setters.test(calledName(outer) ?? '');
    if (outer?.kind === 'assign') return outer.value === expr || isCallOf(outer.value);
    return outer?.kind === 'binary' || (outer?.kind === 'member' && !isTarget(outer, call));
  };
  return (
    usesOf(definition, name).every(isPlain) &&
    assignmentsTo(definition, name).every(({ value, op }) => op === '=' && isCallOf(value))
  );
}

function isCallOf(value: Expr): boolean {
  return setters.test(calledName(unwrap(value)) ?? '');
}

function isTarget(member: Expr, around: Expr | undefined): boolean {
  return around?.kind === 'assign' && around.target === member;
}

function staysChanged(one: Kept, change: Expr, end: PathEndEvent, context: RuleContext): boolean {
  const { definition } = context.scope;
  const endsProcess = end.how === 'exit' || end.inMain;
  // Only a terminal lives on when the process ends.
  if (endsProcess && (one.what !== 'terminal' || fileMakes(context, /^(?:atexit|on_exit)$/))) return false;
  // A call of this kind fails for nothing but a mistake in what it is given.
  const others = ownCalls(context, /^(?:sigaction|signal|sigprocmask|pthread_sigmask|sigaddset)$/);
  if (
    [change, ...others.map(({ expr }) => expr)].some((call) =>
      isOwnFailure(call, definition, end.at, context),
    )
  )
    return false;
  // Whether what puts it back under a condition is passed by is not known for certain.
  const ways = arms(definition, end.at);
  return ![...one.restores].some(
    (restore) =>
      restore.end <= end.at.start &&
      isUnderTest(arms(definition, restore).filter((arm) => !ways.includes(arm))),
  );
}

function isUnderTest(between: readonly Stmt[]): boolean {
  return between.length > 0;
}

function tell(one: Kept, { at, how, inMain }: PathEndEvent, context: RuleContext): void {
  const [change] = one.changes;
  const leaves =
    how === 'exit' || inMain
      ? 'The program ends here'
      : `\`${context.scope.definition.name}\` comes back here`;
  const then = {
    terminal: 'the terminal keeps the changed settings, for the shell as well',
    mask: 'all files that are made from now on get other permissions',
    action: 'the signal is still handled in the other way',
  }[one.what];
  context.report({
    span: at,
    message: `${leaves} without putting back what \`${one.name}\` keeps: ${then}. Put it back on this way, too.`,
    related: change ? [{ span: change, message: 'The setting is changed here' }] : [],
  });
}
