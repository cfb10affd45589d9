/** Boxes of messages, oldest on top. `tag` is what is written on each: a type, a sender. */
export interface MessageBox {
  tag?: string;
  text: string;
  size: number;
}

export function Messages({ messages, empty, most }: { messages: MessageBox[]; empty: string; most: number }) {
  const shown = messages.slice(0, most);
  const more = messages.length - shown.length;
  return (
    <>
      <ol class="messages">
        {shown.map((message, index) => (
          // Two equal messages may lie in a queue: only the place tells them apart.
          <li key={index} class="message" title={`${message.text} (${message.size} bytes)`}>
            {message.tag !== undefined && <span class="type">{message.tag}</span>}
            <span class="text">{message.text}</span>
            <span class="size">{message.size} B</span>
          </li>
        ))}
        {messages.length === 0 && <li class="empty">{empty}</li>}
      </ol>
      {more > 0 && <p class="more">and {more} more</p>}
    </>
  );
}
