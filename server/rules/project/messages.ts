import type { ObjectUse } from './object-use';

/** Whether a `msgrcv` takes the messages of a `msgsnd`, by their types; undefined where that is not known. */
export function canTake(
  { messageType: asked }: ObjectUse,
  { messageType: sent }: ObjectUse,
): boolean | undefined {
  if (asked === 0) return true;
  if (asked === undefined || sent === undefined) return undefined;
  return asked > 0 ? sent === asked : sent <= -asked;
}
