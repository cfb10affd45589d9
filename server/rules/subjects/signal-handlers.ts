import { constants } from '../../../catalog';
import type { CallEvent } from '../../analysis/events';
import { type Expr, type FunctionDefinition, parameterIndex } from '../../c/ast';
import type { RuleContext } from '../rule';

/** What several rules need to know of signals, and of a call that installs a signal handler. */

const names = new Map<number, string>();

/** The name of a standard signal: `SIGINT` for 2. */
export function signalName(signal: number): string {
  if (names.size === 0) {
    for (const [name, { constant }] of constants) {
      if (/^SIG[A-Z0-9]+$/.test(name) && constant.value !== undefined && !/^SIGEV|^SIGRT/.test(name)) {
        // Names that came later for the same signal follow the one it is known by.
        if (!names.has(Number(constant.value))) names.set(Number(constant.value), name);
      }
    }
  }
  return names.get(signal) ?? `signal ${signal}`;
}

/** The calls that give a signal its action. */
export const installers = /^(?:sigaction|signal|bsd_signal|sysv_signal|sigset)$/;

export interface Installation {
  handler: FunctionDefinition;
  /** The member of struct sigaction it was stored in; absent for signal(). */
  member?: 'sa_handler' | 'sa_sigaction';
  /** sa_flags, where known. */
  flags?: bigint;
}

export function installs(event: CallEvent): boolean {
  return event.site?.call.effects.some(({ op }) => op === 'handle-signal') ?? false;
}

/** The function of the project that a call makes the handler of a signal, where that is certain. */
export function installation(event: CallEvent, context: RuleContext): Installation | undefined {
  const effect = event.site?.call.effects.find(({ op }) => op === 'handle-signal');
  const index = parameterIndex(event.site?.call.params, effect?.data);
  if (index < 0) {
    return undefined;
  }
  if (event.name !== 'sigaction') {
    const target = event.targetOf(index);
    const handler = target === undefined ? undefined : functionAt(target, context);
    return handler && { handler };
  }
  const flags = event.member(index, 'sa_flags')?.constant;
  for (const member of ['sa_handler', 'sa_sigaction'] as const) {
    const value = event.member(index, member)?.target;
    const handler = value === undefined ? undefined : functionAt(value, context);
    if (handler) return { handler, member, ...(flags === undefined ? {} : { flags }) };
  }
  return undefined;
}

function functionAt(place: string, context: RuleContext): FunctionDefinition | undefined {
  const name = /^0:(\w+)$/.exec(place)?.[1];
  if (name === undefined || context.scope.file.symbols.global(name)) {
    return undefined;
  }
  return context.functionHanded(name)?.definition;
}

/** Whether a test holds for every signal, `sig` or `sig != 0`, or for none, `!sig`. */
export function isSignalled(test: Expr, signal: string | undefined): boolean | undefined {
  if (test.kind === 'name') {
    return test.name === signal ? true : undefined;
  }
  if (test.kind === 'unary' && test.op === '!') {
    const inner = isSignalled(test.operand, signal);
    return inner === undefined ? undefined : !inner;
  }
  const zero = test.kind === 'binary' && test.right.kind === 'number' && /^0+$/.test(test.right.text);
  if (!zero || test.left.kind !== 'name' || test.left.name !== signal) {
    return undefined;
  }
  return test.op === '==' ? false : test.op === '!=' || test.op === '>' ? true : undefined;
}
