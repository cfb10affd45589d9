import type { DemoView, SocketContent, SocketView } from '../../../../server/protocol';
import { counted } from '../../../words';
import { holders } from '../words';
import type { Drawing } from './drawing';
import { End } from './holders';
import { Messages } from './messages';
import { Plate } from './plate';

/** A letter box: the address on its plate, the messages in it, and from whom they came. */
function SocketPicture({ view, object }: { view: DemoView; object: SocketView }) {
  return (
    <div class="named">
      <Plate name={object.name} />
      <Messages
        messages={messagesOf(object)}
        empty={object.error ? 'an error waits for the next call' : 'no message'}
        most={4}
      />
      <div class="ends">
        <End view={view} name="held by" ids={object.holders}>
          {object.peer && <span class="aside">connected to {object.peer}</span>}
        </End>
      </div>
    </div>
  );
}

const messagesOf = (socket: SocketContent) =>
  socket.messages.map(({ from, text, size }) => ({ text, size, ...(from ? { tag: from } : {}) }));

/** What waits in a socket, in words. */
export function waitingWords(socket: SocketContent, messages: boolean): string {
  if (socket.error) return 'an error waits for the next call';
  const end = socket.end ? ', then end-of-file' : '';
  if (!messages)
    return socket.unread === 0
      ? `nothing to read${end}`
      : `${counted(socket.unread, 'byte')} to read: “${socket.content}”${end}`;
  if (socket.messages.length === 0) return `no message${end}`;
  return `${counted(socket.messages.length, 'message')}: ${socket.messages.map(({ text }) => `“${text}”`).join(', ')}${end}`;
}

export const socketDrawing: Drawing<SocketView> = {
  measure: (socket) => counted(socket.messages.length, 'message'),
  Picture: SocketPicture,
  sentence: (view, socket, name) =>
    `${name} (${socket.name ?? 'without a name'}), held by ${holders(view, socket.holders)}: ${waitingWords(socket, true)}.`,
};
