import type { CallEvent, LiveObject, ObjectKind, World } from '../kit';
import { describeCounter } from '../procfs';
import type { ObjectSpec } from '../scenario';
import type { CounterView, KernelTableRow } from '../view';
import { Handle, holdersOf, idsOf } from './handle';

/** An eventfd. /proc shows its counter beside the descriptor. */
class CounterObject implements LiveObject {
  readonly identities = new Set<string>();
  private readonly handle: Handle;
  private semaphore = false;

  constructor(readonly spec: ObjectSpec) {
    this.handle = new Handle(spec.handle);
  }

  notice(event: CallEvent): void {
    const made = event.step.call === 'eventfd' ? this.handle.made(event) : undefined;
    if (!made) return;
    this.identities.add(made);
    this.semaphore = event.step.args[1]?.includes('EFD_SEMAPHORE') ?? false;
  }

  async read(world: World): Promise<{ view: CounterView; row?: KernelTableRow }> {
    const holders = holdersOf(world, ({ target }) => this.identities.has(target));
    const count = holders
      .map(({ process, fd }) => describeCounter(process.pid, fd))
      .find((number) => number !== undefined);
    const view: CounterView = {
      kind: 'counter',
      id: this.spec.id,
      title: this.spec.title,
      exists: holders.length > 0,
      count: count ?? 0,
      semaphore: this.semaphore,
      holders: idsOf(holders),
    };
    if (!view.exists) return { view };
    return { view, row: { handle: this.spec.title, refersTo: 'eventfd', state: `counter ${view.count}` } };
  }
}

export const counterObject: ObjectKind = { kind: 'counter', create: (spec) => new CounterObject(spec) };
