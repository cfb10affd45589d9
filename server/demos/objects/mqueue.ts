import type { CallEvent, LiveObject, ObjectKind, World } from '../kit';
import { linkOf } from '../procfs';
import type { ObjectSpec } from '../scenario';
import type { KernelTableRow, MqueueView } from '../view';
import { holdersOf, idsOf, lookedThrough } from './handle';
import { counted, escapeText, wordsToMap } from './text';

type Message = MqueueView['messages'][number];

const same = (a: Message) => (b: Message) => a.priority === b.priority && a.text === b.text;

/** Takes the first that fits out of a list; false when there is none. */
function takeFrom(list: Message[], wanted: Message): boolean {
  const at = list.findIndex(same(wanted));
  if (at >= 0) list.splice(at, 1);
  return at >= 0;
}

/**
 * A POSIX message queue; `handle` is its name. The kernel tells how many messages wait, and shows none of them: what they
 * say is known from the calls that sent and received them.
 */
class MqueueObject implements LiveObject {
  readonly identities: Set<string>;
  private waiting: Message[] = [];
  /** Received before the sender's call was seen to return. */
  private early: Message[] = [];

  constructor(readonly spec: ObjectSpec) {
    this.identities = new Set([`mqueue "${spec.handle}"`]);
  }

  notice({ step, process, result, details }: CallEvent): void {
    if (result < 0) return;
    if (step.call === 'mq_open' && step.args[0] === `"${this.spec.handle}"`) {
      const link = linkOf(process.pid, result)?.replace(/ \(deleted\)$/, '');
      if (link) this.identities.add(link).add(`${link} (deleted)`);
      return;
    }
    const message = {
      priority: Number(details.get('priority')),
      size: Number(details.get('size')),
      text: escapeText(details.get('data') ?? '', 80),
    };
    if (step.call === 'mq_send' && !takeFrom(this.early, message)) this.waiting.push(message);
    if (step.call === 'mq_receive' && !takeFrom(this.waiting, message)) this.early.push(message);
  }

  async read(world: World): Promise<{ view: MqueueView; row?: KernelTableRow }> {
    const holders = holdersOf(world, ({ target }) => this.identities.has(target));
    const holder = lookedThrough(world, holders);
    const byName = await world.stage.peek('mqueue', undefined, this.spec.handle);
    const words = holder ? await world.stage.peek('mqueue', holder.process.id, holder.fd) : byName;
    const facts = wordsToMap(words ?? byName ?? []);
    const number = (name: string) => Number(facts.get(name) ?? 0);
    const view: MqueueView = {
      kind: 'mqueue',
      id: this.spec.id,
      title: this.spec.title,
      exists: holders.length > 0 || byName !== undefined,
      count: number('count'),
      most: number('most'),
      largest: number('largest'),
      messages: [...this.waiting].sort((a, b) => b.priority - a.priority),
      holders: idsOf(holders),
    };
    if (byName) view.name = this.spec.handle;
    const notified = world.processes.find(({ pid }) => pid > 0 && pid === number('notice'));
    if (notified) view.notice = notified.id;
    return { view, row: view.exists ? this.row(view, notified?.title) : undefined };
  }

  private row(view: MqueueView, notified: string | undefined): KernelTableRow {
    const limits = `at most ${view.most} of ${counted(view.largest, 'byte')}`;
    return {
      handle: this.spec.title,
      refersTo: view.name ? `message queue ${view.name}` : 'a message queue without a name',
      state: `${counted(view.count, 'message')}, ${limits}${notified ? `; notice to ${notified}` : ''}`,
    };
  }
}

export const mqueueObject: ObjectKind = { kind: 'mqueue', create: (spec) => new MqueueObject(spec) };
