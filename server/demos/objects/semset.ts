import type { CallEvent, LiveObject, ObjectKind, World } from '../kit';
import type { ObjectSpec } from '../scenario';
import type { KernelTableRow, SemaphoreView } from '../view';
import { counted, wordsToMap } from './text';

/** A System V semaphore set, as the kernel tells it. */
class SemsetObject implements LiveObject {
  readonly identities = new Set<string>();
  private id?: number;

  constructor(readonly spec: ObjectSpec) {}

  notice({ step, result }: CallEvent): void {
    if (step.call !== 'semget' || step.into !== this.spec.handle || result < 0) return;
    this.id = result;
    this.identities.add(`semset ${result}`);
  }

  async read(world: World): Promise<{ view: SemaphoreView; row?: KernelTableRow }> {
    const words = this.id === undefined ? undefined : await world.stage.peek('semset', undefined, this.id);
    const view: SemaphoreView = {
      kind: 'semaphore',
      id: this.spec.id,
      title: this.spec.title,
      exists: words !== undefined,
      semaphores: semaphoresOf(words ?? [], world),
    };
    return { view, row: words && this.row(view, Number(wordsToMap(words).get('key'))) };
  }

  private row({ semaphores }: SemaphoreView, key: number): KernelTableRow {
    const waiting = semaphores.reduce((sum, one) => sum + (one.waiting ?? 0) + (one.waitingForZero ?? 0), 0);
    return {
      handle: `set ${this.id}`,
      refersTo: `semaphore set, key 0x${(key >>> 0).toString(16).padStart(8, '0')}`,
      state: `${semaphores.map(({ value }) => value).join(', ')}; ${counted(waiting, 'waiter')}`,
    };
  }
}

/** Each word is `semaphore=VALUE:WAITING:WAITING FOR ZERO:PID`. */
function semaphoresOf(words: readonly string[], world: World): SemaphoreView['semaphores'] {
  return words
    .filter((word) => word.startsWith('semaphore='))
    .map((word) => {
      const [value, waiting, waitingForZero, pid] = word.slice('semaphore='.length).split(':').map(Number);
      const last = pid === 0 ? undefined : world.processes.find((process) => process.pid === pid)?.id;
      return { value: value!, waiting, waitingForZero, ...(last ? { last } : {}) };
    });
}

export const semsetObject: ObjectKind = { kind: 'semset', create: (spec) => new SemsetObject(spec) };
