import type { ConnectionView, DemoView, SocketContent } from '../../../../server/protocol';
import { counted } from '../../../words';
import { holders } from '../words';
import type { Drawing } from './drawing';
import { End } from './holders';
import { Messages } from './messages';
import { waitingWords } from './socket';
import { Tube } from './tube';

type Props = { view: DemoView; object: ConnectionView; width: number };

/** Two sockets, one at each side, and between them a tube in each direction: what is in it waits to be read. */
function ConnectionPicture({ view, object, width }: Props) {
  const [left, right] = inOrder(view, object);
  return (
    <div class="connection">
      <Direction from={left} to={right} rightwards connection={object} width={width} />
      <Direction from={right} to={left} rightwards={false} connection={object} width={width} />
      <div class="ends">
        <SocketEnd view={view} name="left socket" socket={left} />
        <SocketEnd view={view} name="right socket" socket={right} />
      </div>
    </div>
  );
}

function SocketEnd({ view, name, socket }: { view: DemoView; name: string; socket: SocketContent }) {
  const words = [socket.name, socket.state].filter(Boolean).join(', ');
  return (
    <End view={view} name={name} ids={socket.holders}>
      {words && <span class="aside">{words}</span>}
    </End>
  );
}

interface DirectionProps {
  from: SocketContent;
  to: SocketContent;
  rightwards: boolean;
  connection: ConnectionView;
  width: number;
}

function Direction({ from, to, rightwards, connection, width }: DirectionProps) {
  const arrow = rightwards ? 'arrow-right' : 'arrow-left';
  const empty = to.error ? 'an error waits' : to.end ? 'end-of-file' : 'empty';
  const held: [boolean, boolean] = [from.holders.length > 0, to.holders.length > 0];
  return (
    <div class="direction">
      <span class={`codicon codicon-${arrow}`} aria-hidden="true" />
      {connection.form === 'messages' ? (
        <div class="lane">
          <Messages messages={to.messages.map(({ text, size }) => ({ text, size }))} empty={empty} most={3} />
        </div>
      ) : (
        <Tube
          content={to.content}
          unread={to.unread}
          width={Math.max(60, width - 24)}
          height={26}
          rightwards={rightwards}
          held={rightwards ? held : [held[1], held[0]]}
          empty={empty}
        />
      )}
    </div>
  );
}

/** The socket of the process further left stands left; the script says whose it is, so that they do not change places. */
function inOrder(view: DemoView, { ends }: ConnectionView): [SocketContent, SocketContent] {
  const place = (socket: SocketContent, otherwise: number) => {
    const index = view.processes.findIndex((process) => process.id === socket.owner);
    return index === -1 ? otherwise : index;
  };
  return place(ends[0], 0) <= place(ends[1], 1) ? [ends[0], ends[1]] : [ends[1], ends[0]];
}

function measure({ form, ends }: ConnectionView): string {
  const count = (socket: SocketContent) => (form === 'messages' ? socket.messages.length : socket.unread);
  const sum = count(ends[0]) + count(ends[1]);
  return `${counted(sum, form === 'messages' ? 'message' : 'byte')} under way`;
}

export const connectionDrawing: Drawing<ConnectionView> = {
  measure,
  Picture: ConnectionPicture,
  sentence(view, connection, name) {
    const words = inOrder(view, connection).map(
      (socket) =>
        `the socket of ${holders(view, socket.holders)}${socket.name ? ` (${socket.name})` : ''}: ${waitingWords(socket, connection.form === 'messages')}`,
    );
    return `${name} joins two sockets. ${words.map((text) => text.charAt(0).toUpperCase() + text.slice(1)).join('. ')}.`;
  },
};
