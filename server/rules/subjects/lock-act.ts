import type { ExprOf } from '../../c/ast';

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
  /** The variable that decides, where `op` is `either`: below zero it takes, above it gives back. */
  amount?: string;
}
