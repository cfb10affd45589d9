import type { CallEvent } from '../../analysis/events';
import { noteOn } from '../../analysis/notes';
import type { Path } from '../../analysis/path';
import type { CallSite } from '../../analysis/values';
import type { RuleContext } from '../rule';
import { loopAround } from '../shared/loops';
import { argument } from '../shared/support';
import { endMoved } from '../subjects/pipes';

/** How often a process has used an end of a pipe and waited for children, noted on its path. */

const id = 'pipe/counting';

/** More transfers than are counted. */
export const many = 4;

/** How often a call has been made, with this time. In a loop it is many at once: to count there would keep each round apart. */
function next(before: number, event: CallEvent, { scope }: RuleContext): number {
  return loopAround(scope.definition, event.expr) ? many : Math.min(many, before + 1);
}

/** Notes how many transfers this process made outside loops, and of how many bytes. */
export function count(event: CallEvent, context: RuleContext): void {
  for (const op of ['read', 'write'] as const) {
    const end = endMoved(event, op);
    if (end?.end !== op) continue;
    const size = argument(event, 'count')?.value.constant;
    const { times, bytes } = countsOf(event.path, end.site, op);
    const now = next(times, event, context);
    const known =
      size === undefined || size > 4096n ? (op === 'read' && size !== undefined ? 4096 : -1) : Number(size);
    const total =
      op === 'write'
        ? known < 0 || now === many
          ? Number.MAX_SAFE_INTEGER
          : bytes + known
        : Math.min(known, times === 0 ? 4096 : bytes);
    event.path.setNote(noteOn(`${id}:${op}`, end.site), `${now} ${total}`);
  }
}

/** Notes how many times this process waited for any child: with as many waits as forks, each child was waited for. */
export function countWait(event: CallEvent, context: RuleContext): void {
  event.path.setNote(`${id}:waits`, next(waitedFor(event.path) - 1, event, context));
}

/** The number of this wait, when there is one after the other. */
export function waitedFor(path: Path): number {
  return Number(path.note(`${id}:waits`) ?? 0) + 1;
}

export function countsOf(path: Path, pipe: CallSite, op: 'read' | 'write'): { times: number; bytes: number } {
  const [times = 0, bytes = 0] = String(path.note(noteOn(`${id}:${op}`, pipe)) ?? '')
    .split(' ')
    .map(Number);
  return { times, bytes };
}
