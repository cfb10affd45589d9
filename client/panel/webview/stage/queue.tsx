import type { QueueView } from '../../../../server/protocol';
import { FillBar } from './fill-bar';

const shownAtMost = 4;

/** A stack of boxes, oldest on top, each with its type or priority. */
export function QueuePicture({ queue }: { queue: QueueView }) {
  const shown = queue.messages.slice(0, shownAtMost);
  const more = queue.messages.length - shown.length;
  return (
    <div class="queue">
      <ol class="messages">
        {shown.map((message, index) => (
          // Two equal messages may lie in a queue: only the place tells them apart.
          <li key={index} class="message" title={`${message.text} (${message.size} bytes)`}>
            <span class="type">{message.type}</span>
            <span class="text">{message.text}</span>
            <span class="size">{message.size} B</span>
          </li>
        ))}
        {queue.messages.length === 0 && <li class="empty">{queue.note ?? 'empty'}</li>}
      </ol>
      {more > 0 && <p class="more">and {more} more</p>}
      <FillBar part={queue.bytes} whole={queue.maxBytes} />
    </div>
  );
}
