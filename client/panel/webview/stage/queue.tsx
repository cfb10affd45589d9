import type { QueueView } from '../../../../server/protocol';
import { bytes } from '../words';
import type { Drawing } from './drawing';
import { FillBar } from './fill-bar';
import { Messages } from './messages';

/** A stack of boxes, oldest on top, each with its type or priority. */
function QueuePicture({ object: queue }: { object: QueueView }) {
  const boxes = queue.messages.map(({ type, text, size }) => ({ tag: String(type), text, size }));
  return (
    <div class="queue">
      <Messages messages={boxes} empty={queue.note ?? 'empty'} most={4} />
      <FillBar part={queue.bytes} whole={queue.maxBytes} />
    </div>
  );
}

export const queueDrawing: Drawing<QueueView> = {
  measure: (queue) => `${queue.bytes.toLocaleString('en')} of ${bytes(queue.maxBytes)}`,
  Picture: QueuePicture,
  sentence(_view, queue, name) {
    const messages = queue.messages.map((message) => `type ${message.type} “${message.text}”`).join(', ');
    return `${name} holds ${queue.messages.length} messages, ${queue.bytes} of ${bytes(queue.maxBytes)}${messages ? `: ${messages}` : ''}.${queue.note ? ` ${queue.note}` : ''}`;
  },
};
