import type { DemoView, MqueueView } from '../../../../server/protocol';
import { counted } from '../../../words';
import { bytes, holders, labelOf } from '../words';
import type { Drawing } from './drawing';
import { FillBar } from './fill-bar';
import { End } from './holders';
import { Messages } from './messages';
import { Plate } from './plate';

/** Boxes with their priorities, the next to be received on top. */
function MqueuePicture({ view, object: queue }: { view: DemoView; object: MqueueView }) {
  const boxes = queue.messages.map(({ priority, text, size }) => ({ tag: String(priority), text, size }));
  return (
    <div class="queue">
      <Plate name={queue.name} />
      <Messages messages={boxes} empty="empty" most={4} />
      <FillBar part={queue.count} whole={queue.most} />
      <div class="ends">
        <End view={view} name="open in" ids={queue.holders} />
        {queue.notice && <End view={view} name="notice to" ids={[queue.notice]} />}
      </div>
    </div>
  );
}

export const mqueueDrawing: Drawing<MqueueView> = {
  measure: (queue) => `${queue.count} of ${counted(queue.most, 'message')}`,
  Picture: MqueuePicture,
  sentence(view, queue, name) {
    const messages = queue.messages.map(({ priority, text }) => `priority ${priority} “${text}”`).join(', ');
    const notice = queue.notice ? ` ${labelOf(view, queue.notice)} gets notice of the next message.` : '';
    return `${name} (${queue.name ?? 'no name'}) holds ${queue.count} of ${counted(queue.most, 'message')} of up to ${bytes(queue.largest)}${messages ? `: ${messages}` : ''}. Open in: ${holders(view, queue.holders)}.${notice}`;
  },
};
