import type { LiveObject, ObjectKind, World } from '../kit';
import type { ObjectSpec } from '../scenario';
import { decodeWord } from '../stage';
import type { KernelTableRow, QueueView } from '../view';
import { escapeText, wordsToMap } from './text';

/**
 * A System V message queue. The supervisor copies its messages with msgrcv(MSG_COPY), which takes nothing out. A kernel
 * built without that shows how many there are, not what they say.
 */
class QueueObject implements LiveObject {
  readonly identities = new Set<string>();
  private id?: number;

  constructor(readonly spec: ObjectSpec) {}

  notice({ step, result }: Parameters<LiveObject['notice']>[0]): void {
    if (step.call !== 'msgget' || step.into !== this.spec.handle || result < 0) return;
    this.id = result;
    this.identities.add(`queue ${result}`);
  }

  async read(world: World): Promise<{ view: QueueView; row?: KernelTableRow }> {
    const words = this.id === undefined ? undefined : await world.stage.peek('queue', undefined, this.id);
    const facts = wordsToMap(words ?? []);
    const number = (name: string) => Number(facts.get(name) ?? 0);
    const view: QueueView = {
      kind: 'queue',
      id: this.spec.id,
      title: this.spec.title,
      exists: words !== undefined,
      bytes: number('bytes'),
      maxBytes: number('max'),
      messages: messagesOf(words ?? []),
    };
    if (facts.get('copy') === 'no')
      view.note = `${number('count')} messages; this kernel does not let anyone look at them (no MSG_COPY).`;
    return { view, row: words && this.row(view, number('count'), number('key')) };
  }

  private row(view: QueueView, count: number, key: number): KernelTableRow {
    return {
      handle: `queue ${this.id}`,
      refersTo: `message queue, key 0x${(key >>> 0).toString(16).padStart(8, '0')}`,
      state: `${count} message${count === 1 ? '' : 's'}, ${view.bytes} of ${view.maxBytes} bytes`,
    };
  }
}

/** Each word is `message=TYPE:SIZE:TEXT`. */
function messagesOf(words: readonly string[]): QueueView['messages'] {
  return words
    .filter((word) => word.startsWith('message='))
    .map((word) => {
      const [, type, size, text] = /^message=(-?\d+):(\d+):(.*)$/.exec(word) ?? [];
      return { type: Number(type), size: Number(size), text: escapeText(decodeWord(text ?? '%_'), 80) };
    });
}

export const queueObject: ObjectKind = { kind: 'queue', create: (spec) => new QueueObject(spec) };
