import type { CallEvent, LiveObject, LiveProcess, ObjectKind, World } from '../kit';
import type { ObjectSpec } from '../scenario';
import type { KernelTableRow, MutexView } from '../view';
import { Initialised, liesIn, lookThrough } from './placed';

/**
 * A mutex in shared memory; `handle` is the member's name. Who has it stands in the memory, in the layout of the C library: the
 * kernel knows it only of a robust one, and only when its owner dies.
 */
class MutexObject implements LiveObject {
  readonly identities: Set<string>;
  private readonly initialised: Initialised;
  /** Those who have died stay its owners. */
  private readonly known = new Map<number, LiveProcess>();

  constructor(readonly spec: ObjectSpec) {
    this.identities = new Set([`mutex &shared->${spec.handle}`]);
    this.initialised = new Initialised(spec.handle, 'pthread_mutex_init', 'pthread_mutex_destroy');
  }

  notice(event: CallEvent): void {
    this.initialised.notice(event);
  }

  covers(process: LiveProcess, address: number): boolean {
    return this.initialised.done && liesIn(process, this.spec.handle, address);
  }

  async read(world: World): Promise<{ view: MutexView; row?: KernelTableRow }> {
    for (const process of world.processes) if (process.pid > 0) this.known.set(process.pid, process);
    const [seen] = this.initialised.done ? await lookThrough(world, 'mutex', this.spec.handle) : [];
    const number = (name: string) => Number(seen?.facts.get(name) ?? 0);
    const owner = this.known.get(number('owner'));
    const view: MutexView = {
      kind: 'mutex',
      id: this.spec.id,
      title: this.spec.title,
      exists: seen !== undefined,
      state: stateOf(number),
      ownerDead: owner !== undefined && !world.processes.includes(owner),
      inconsistent: number('inconsistent') === 1,
      robust: number('robust') === 1,
      forOneProcess: seen !== undefined && number('shared') === 0,
      ...(owner === undefined ? {} : { owner: owner.id }),
    };
    return { view, row: seen && this.row(view, owner?.title) };
  }

  private row(view: MutexView, owner = 'somebody'): KernelTableRow {
    const kind = view.robust ? 'a robust mutex' : 'a mutex';
    const scope = view.forOneProcess ? 'for one process' : 'shared by processes';
    const held = `held by ${owner}${view.ownerDead ? ', which is dead' : ''}`;
    const words = {
      free: 'free',
      held: held + (view.inconsistent ? ', not yet consistent' : ''),
      abandoned: 'its owner died',
      lost: 'not recoverable',
    };
    return {
      handle: this.spec.title,
      refersTo: `${kind}, ${scope}`,
      state: words[view.state],
      inMemory: true,
    };
  }
}

function stateOf(number: (name: string) => number): MutexView['state'] {
  if (number('lost') === 1) return 'lost';
  if (number('died') === 1) return 'abandoned';
  return number('owner') === 0 ? 'free' : 'held';
}

export const mutexObject: ObjectKind = { kind: 'mutex', create: (spec) => new MutexObject(spec) };
