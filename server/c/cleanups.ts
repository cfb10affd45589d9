import type { Expr, ExprOf } from './ast';
import { calledName } from './cfg';

/**
 * `pthread_cleanup_push(f, x);` ... `pthread_cleanup_pop(1);` in one block: macros that belong together, of which the second calls `f(x)`.
 * Programs wrap them in macros of their own, whose names end the same way.
 */
export class Cleanups {
  private readonly pushed: ExprOf<'call'>[] = [];

  /** The call of the handler, where this takes it off and runs it; to be asked of all calls in the order of the text. */
  handlerRun(call: ExprOf<'call'>): ExprOf<'call'> | undefined {
    const name = calledName(call) ?? '';
    if (/cleanup_push$/.test(name)) {
      this.pushed.push(call);
      return undefined;
    }
    if (!/cleanup_pop$/.test(name)) return undefined;
    const [routine, argument] = this.pushed.pop()?.args ?? [];
    const [run] = call.args;
    const isLeft = run?.kind === 'number' && /^0+$/.test(run.text);
    if (!routine || !argument || isLeft) return undefined;
    return { ...call, callee: functionIn(routine), args: [argument] };
  }
}

/** `f` in `f`, `&f`, `(void (*)(void *))f`. */
function functionIn(routine: Expr): Expr {
  if (routine.kind === 'cast') return functionIn(routine.value);
  return routine.kind === 'unary' && routine.op === '&' ? functionIn(routine.operand) : routine;
}
