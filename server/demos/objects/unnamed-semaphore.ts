import type { CallEvent, LiveObject, LiveProcess, ObjectKind, World } from '../kit';
import type { ObjectSpec } from '../scenario';
import type { KernelTableRow, SemaphoreView } from '../view';
import { titlesOf } from './handle';
import { Initialised, liesIn, lookThrough } from './placed';

/**
 * A POSIX semaphore without a name; `handle` is the member's name. Each process is asked for its own: memory that seems to be
 * shared may have been copied.
 */
class UnnamedSemaphoreObject implements LiveObject {
  readonly identities: Set<string>;
  private readonly initialised: Initialised;

  constructor(readonly spec: ObjectSpec) {
    this.identities = new Set([`semaphore &shared->${spec.handle}`]);
    this.initialised = new Initialised(spec.handle, 'sem_init', 'sem_destroy');
  }

  notice(event: CallEvent): void {
    this.initialised.notice(event);
  }

  covers(process: LiveProcess, address: number): boolean {
    return this.initialised.done && liesIn(process, this.spec.handle, address);
  }

  async read(world: World): Promise<{ view: SemaphoreView; row?: KernelTableRow }> {
    const seen = this.initialised.done ? await lookThrough(world, 'unnamed', this.spec.handle) : [];
    const semaphores: SemaphoreView['semaphores'] = [];
    for (const { process, facts } of seen) {
      const value = Number(facts.get('value'));
      const waiting = Number(facts.get('waiting'));
      const same = semaphores.find((one) => one.value === value && one.waiting === waiting);
      if (same) same.seenBy!.push(process.id);
      else semaphores.push({ value, waiting, seenBy: [process.id] });
    }
    if (semaphores.length === 1) delete semaphores[0]!.seenBy;
    const view: SemaphoreView = {
      kind: 'semaphore',
      id: this.spec.id,
      title: this.spec.title,
      exists: semaphores.length > 0,
      semaphores,
    };
    if (seen.some(({ facts }) => facts.get('shared') === '0')) view.forOneProcess = true;
    return { view, row: view.exists ? this.row(view, world) : undefined };
  }

  private row(view: SemaphoreView, world: World): KernelTableRow {
    const scope = view.forOneProcess ? 'for one process' : 'shared by processes';
    const values = view.semaphores.map(({ value, seenBy }) =>
      seenBy ? `value ${value} for ${titlesOf(world, seenBy).join(' and ')}` : `value ${value}`,
    );
    return {
      handle: this.spec.title,
      refersTo: `a semaphore, ${scope}`,
      state: values.join('; '),
      inMemory: true,
    };
  }
}

export const unnamedSemaphoreObject: ObjectKind = {
  kind: 'unnamed-semaphore',
  create: (spec) => new UnnamedSemaphoreObject(spec),
};
