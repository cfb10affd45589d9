import type { RuleContext } from '../rule';
import type { LockAct } from './locks/acts';

/** Which semaphore of a set is meant, by the number as the program writes it. */

/** The number of a semaphore in its set, as the program writes it. */
export function numberIn({ key }: Pick<LockAct, 'key'>): string {
  return /#(.+)$/.exec(key)?.[1] ?? '0';
}

/** A number, or a name that the file has for one: a macro, or a constant of an enumeration. */
export function numberMeant(written: string, { scope }: RuleContext): bigint | undefined {
  if (/^\d+$/.test(written)) return BigInt(written);
  const isName = /^[A-Za-z_]\w*$/.test(written);
  return isName
    ? scope.evaluator.constant({ kind: 'name', name: written, start: 0, end: 0 }, scope)
    : undefined;
}

/** `(i + 1) % N`: one of the first so many. */
export function boundMeant(written: string, context: RuleContext): bigint | undefined {
  const bound = /^\([^()]+\)%(\w+)$/.exec(written)?.[1];
  return bound === undefined ? undefined : numberMeant(bound, context);
}
