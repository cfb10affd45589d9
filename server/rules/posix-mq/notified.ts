import { type Expr, type FunctionDefinition, parameterIndex, walkStmt } from '../../c/ast';
import type { RuleContext } from '../rule';
import { targetOf } from '../shared/dropped';
import { reachedFrom } from '../shared/globals';
import { isLoop } from '../shared/loops';
import { around } from '../shared/statements';
import { constantNamed } from '../shared/support';
import { callsTo, type FileCall, lastName, ownCalls } from '../shared/whole-file';

/** The functions that the notices of a queue start in threads of their own, and what they do there. */

/** One registration as it is asked for: the queue, and the function that the notice starts. */
export interface Notified {
  /** The call that registers, or that of the function which does so for its callers. */
  call: FileCall;
  queue: Expr;
  routine: FunctionDefinition;
}

const receiving = /^mq_(?:timed)?receive$/;

/** Whom the notice of a registration starts, for each who asks for it; nobody where that is not known. */
export function notifiedBy(register: FileCall, context: RuleContext): Notified[] {
  const { expr, within } = register;
  const { params } = within.type;
  const queue = expr.args[0];
  const routine = routineIn(within);
  if (!queue || !routine) return [];
  const own = context.functionNamed(routine);
  if (own && parameterIndex(params, routine) < 0) return [{ call: register, queue, routine: own.definition }];
  const [asQueue, asRoutine] = [parameterIndex(params, lastName(queue)), parameterIndex(params, routine)];
  return callsTo(context, within.name).flatMap((call) => {
    const [given, name] = [call.expr.args[asQueue], lastName(call.expr.args[asRoutine] ?? call.expr)];
    const started = name === undefined ? undefined : context.functionNamed(name);
    return given && started ? [{ call, queue: given, routine: started.definition }] : [];
  });
}

/** What is stored in `sigev_notify_function`. */
function routineIn({ body }: FunctionDefinition): string | undefined {
  let found: string | undefined;
  walkStmt(body, {
    expr: (expr) => {
      if (
        expr.kind === 'assign' &&
        expr.target.kind === 'member' &&
        /_notify_function$/.test(expr.target.field)
      )
        found = lastName(expr.value);
    },
  });
  return found;
}

/** The calls that a routine makes, by functions of the file too. */
function callsBehind(routine: FunctionDefinition, name: RegExp, context: RuleContext): FileCall[] {
  return reachedFrom(routine, context).flatMap((definition) =>
    ownCalls(context.in(context.scope.file.scopeOf(definition)), name),
  );
}

/** It empties the queue itself, and neither it nor what it calls registers again, or lets somebody know who might. */
export function endsNotice({ routine }: Notified, context: RuleContext): boolean {
  const waking = /^(?:mq_notify|sem_post|kill|raise|\w*cond_(?:signal|broadcast)|write)$/;
  return (
    callsBehind(routine, receiving, context).length > 0 && callsBehind(routine, waking, context).length === 0
  );
}

/** The call that receives in a loop until the queue says EAGAIN. */
export function drainedUntilEmpty({ routine }: Notified, context: RuleContext): FileCall | undefined {
  return callsBehind(routine, receiving, context).find(({ expr, within }) => {
    const loop = around(within, expr).findLast(isLoop);
    const text = loop && context.in(context.scope.file.scopeOf(within)).code({ ...loop, within });
    return text !== undefined && /\bEAGAIN\b/.test(text);
  });
}

/** Where the queue of a registration was opened to wait for messages: the only place of its function that opens that one. */
export function openedBlocking({ call, queue }: Notified, context: RuleContext): FileCall | undefined {
  const scope = context.scope.file.scopeOf(call.within);
  const name = lastName(queue);
  const opened = ownCalls(context.in(scope), /^mq_open$/).filter(
    ({ expr, within }) => name !== undefined && lastName(targetOf(within, expr) ?? expr) === name,
  );
  const [only] = opened;
  const flags = only?.expr.args[1];
  const bits = flags && scope.evaluator.constant(flags, scope);
  const isOther = ownCalls(context.in(scope), /^(?:mq_setattr|fcntl)$/).length > 0;
  return opened.length === 1 && bits !== undefined && !isOther && (bits & constantNamed('O_NONBLOCK')) === 0n
    ? only
    : undefined;
}
