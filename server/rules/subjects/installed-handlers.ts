import { unwrap } from '../../analysis/operators';
import { type Expr, type FunctionDefinition, parameterIndex } from '../../c/ast';
import type { RuleContext } from '../rule';
import { callsTo, fileCalls } from '../shared/whole-file';

/** Handlers that a file installs, read from its text, through a function of its own that is given signal and handler, too. */

export interface Installed {
  handler: string;
  /** The signal as it is written. */
  signal: Expr | undefined;
  /** Calls that the handler interrupts are started again, as with SA_RESTART: see signal(7). */
  restarts: boolean;
  /** The function that names the handler. */
  within: FunctionDefinition;
}

export function installedIn(context: RuleContext): Installed[] {
  return fileCalls(context, /^(?:signal|sigaction)$/).flatMap(({ name: by, expr, within }) => {
    const [signal, action] = expr.args;
    const text = context.code({ ...within.body, within });
    const handler = handlerIn(action, text);
    const restarts = by === 'signal' || /SA_RESTART/.test(text);
    if (handler === undefined) return [];
    if (context.functionNamed(handler)) return [{ handler, signal, restarts, within }];
    return givenByCallers({ handler, signal, restarts, within }, context);
  });
}

/** `install(SIGCHLD, reap)`, where `install` hands both on. */
function givenByCallers({ handler, signal, restarts, within }: Installed, context: RuleContext): Installed[] {
  const { params } = within.type;
  const index = parameterIndex(params, handler);
  const given = signal && unwrap(signal);
  const signalIndex = parameterIndex(params, given?.kind === 'name' ? given.name : undefined);
  if (index < 0) return [];
  return callsTo(context, within.name).flatMap(({ expr: { args }, within: caller }) => {
    const named = args[index] && unwrap(args[index]);
    if (named?.kind !== 'name' || !context.functionNamed(named.name)) return [];
    const flags = args.some((arg) => /SA_RESTART/.test(context.code({ ...arg, within: caller })));
    return [
      {
        handler: named.name,
        signal: signalIndex < 0 ? signal : args[signalIndex],
        restarts: restarts || flags,
        within: caller,
      },
    ];
  });
}

/** The name that an argument gives as a handler, itself or in the structure it points to. */
function handlerIn(arg: Expr | undefined, text: string): string | undefined {
  if (arg?.kind === 'name') return arg.name;
  const name = arg?.kind === 'unary' && arg.operand.kind === 'name' ? arg.operand.name : undefined;
  if (name === undefined) return undefined;
  return new RegExp(
    `\\b${name}\\s*(?:=\\s*\\{[^{}]*)?\\.\\s*sa_(?:handler|sigaction)\\s*=\\s*&?\\s*(\\w+)`,
  ).exec(text)?.[1];
}
