import { readFileSync } from 'node:fs';
import type { CallEvent, LiveObject, ObjectKind, World } from '../kit';
import type { ObjectSpec } from '../scenario';
import type { KernelTableRow, SemaphoreView } from '../view';

/**
 * A POSIX semaphore; `handle` is its name. It is a small file in memory: the value is its first number, in the layout of the
 * C library. Once its name is gone, it is found in the memory of a process that has it open.
 */
class NamedSemaphoreObject implements LiveObject {
  readonly identities: Set<string>;

  constructor(readonly spec: ObjectSpec) {
    this.identities = new Set([`semname "${spec.handle}"`]);
  }

  notice({ step, result }: CallEvent): void {
    if (step.call === 'sem_open' && step.args[0] === `"${this.spec.handle}"` && result > 0)
      this.identities.add(`semaphore ${result}`);
  }

  async read(world: World): Promise<{ view: SemaphoreView; row?: KernelTableRow }> {
    const kept = this.keptValue(world);
    const value = kept ?? (await this.heldValue(world));
    const view: SemaphoreView = {
      kind: 'semaphore',
      id: this.spec.id,
      title: this.spec.title,
      exists: value !== undefined,
      semaphores: value === undefined ? [] : [{ value }],
      name: kept === undefined ? undefined : this.spec.handle,
    };
    if (value === undefined) return { view };
    const refersTo = view.name ? `semaphore ${view.name}` : 'a semaphore without a name';
    return { view, row: { handle: this.spec.title, refersTo, state: `value ${value}` } };
  }

  private keptValue(world: World): number | undefined {
    const run = world.stage.directory.split('-').at(-1);
    try {
      return readFileSync(`/dev/shm/sem.ipc-lens-${run}-${this.spec.handle.slice(1)}`).readUInt32LE(0);
    } catch {
      return undefined;
    }
  }

  private async heldValue(world: World): Promise<number | undefined> {
    for (const process of world.processes) {
      const address = [...process.variables.values()].find((value) =>
        this.identities.has(`semaphore ${value}`),
      );
      if (process.pid === 0 || process.ended || address === undefined) continue;
      const [first] = (await world.stage.peek('memory', process.id, address)) ?? [];
      if (first) return Number(first.slice('cell='.length));
    }
    return undefined;
  }
}

export const namedSemaphoreObject: ObjectKind = {
  kind: 'named-semaphore',
  create: (spec) => new NamedSemaphoreObject(spec),
};
