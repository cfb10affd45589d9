import type { ExprOf, FunctionDefinition } from '../../../c/ast';
import { arms } from '../../shared/statements';

/** What is done to a lock, in one place of the text. */

export type LockKind = 'mutex' | 'rwlock' | 'spinlock' | 'file' | 'semaphore' | 'sysv-sem' | 'own';

export interface LockAct {
  /** `try` takes it only when it says so; `either` may do anything. */
  op: 'lock' | 'try' | 'unlock' | 'either';
  kind: LockKind;
  /** The same for all calls that mean one lock in a function. */
  key: string;
  /** The lock as the program writes it. */
  name: string;
  /** Its last name, by which other functions may know it. */
  last: string;
  call: ExprOf<'call'>;
  /** What decides, where `op` is `either`. */
  decision?: Decision;
}

/** What variables of a function decide: a caller that gives it constants knows what it does. */
export interface Decision {
  variables: ReadonlySet<string>;
  /** What is done when they have these values; undefined where nothing is done to the lock. */
  op(numberOf: (variable: string) => bigint | undefined): LockAct['op'] | undefined;
}

/** Ends the key of a semaphore of a set of which the number is not known. */
export const anyNumber = '#?';

/** Who comes to the act has taken the lock above, whichever way he came. What a child takes in its branch its parent has not. */
export function isTakenAbove(
  act: LockAct,
  acts: readonly LockAct[],
  definition: FunctionDefinition,
): boolean {
  const around = arms(definition, act.call);
  return acts.some(
    ({ op, call }) =>
      op !== 'unlock' &&
      call.start < act.call.start &&
      arms(definition, call).every((arm) => around.includes(arm)),
  );
}
