import type { CallEvent, LiveObject, LiveProcess, ObjectKind, World } from '../kit';
import type { ObjectSpec } from '../scenario';
import type { ConditionView, KernelTableRow } from '../view';
import { Initialised, liesIn, lookThrough } from './placed';

/** A condition variable in shared memory; `handle` is the member's name. It has no value: all there is to see is who waits. */
class ConditionObject implements LiveObject {
  readonly identities: Set<string>;
  private readonly initialised: Initialised;

  constructor(readonly spec: ObjectSpec) {
    this.identities = new Set([`condition &shared->${spec.handle}`]);
    this.initialised = new Initialised(spec.handle, 'pthread_cond_init', 'pthread_cond_destroy');
  }

  notice(event: CallEvent): void {
    this.initialised.notice(event);
  }

  /** Whoever was woken and waits for the mutex waits there, not here. */
  covers(process: LiveProcess, address: number): boolean {
    return this.initialised.done && liesIn(process, this.spec.handle, address);
  }

  async read(world: World): Promise<{ view: ConditionView; row?: KernelTableRow }> {
    const [seen] = this.initialised.done ? await lookThrough(world, 'condition', this.spec.handle) : [];
    const view: ConditionView = {
      kind: 'condition',
      id: this.spec.id,
      title: this.spec.title,
      exists: seen !== undefined,
      waiting: Number(seen?.facts.get('waiting') ?? 0),
      forOneProcess: seen !== undefined && seen.facts.get('shared') !== '1',
    };
    const scope = view.forOneProcess ? 'for one process' : 'shared by processes';
    const row = {
      handle: this.spec.title,
      refersTo: `a condition variable, ${scope}`,
      state: view.waiting === 0 ? 'nobody waits' : `${view.waiting} waiting`,
      inMemory: true,
    };
    return { view, row: seen && row };
  }
}

export const conditionObject: ObjectKind = {
  kind: 'condition',
  create: (spec) => new ConditionObject(spec),
};
