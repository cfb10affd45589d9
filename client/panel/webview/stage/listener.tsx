import type { DemoView, ListenerView } from '../../../../server/protocol';
import { counted } from '../../../words';
import { holders } from '../words';
import type { Drawing } from './drawing';
import { End } from './holders';
import { Plate } from './plate';

const slotsShown = 10;

/** The door: its address, and the places where connections wait to be accepted. */
function ListenerPicture({ view, object }: { view: DemoView; object: ListenerView }) {
  return (
    <div class="named">
      <Plate name={object.name} />
      <Slots listener={object} />
      <div class="ends">
        <End view={view} name="held by" ids={object.holders} />
        {object.kept.length > 0 && (
          <span class="end kept">
            <span class="end-name">kept by the kernel</span>
            {object.kept.join(', ')}
          </span>
        )}
      </div>
    </div>
  );
}

function Slots({ listener }: { listener: ListenerView }) {
  if (!listener.listening) return <p class="slots-words">not listening</p>;
  if (listener.pending === undefined) return <p class="slots-words">listening</p>;
  const count = Math.min(slotsShown, Math.max(listener.backlog ?? 0, listener.pending));
  return (
    <div class="slots">
      {Array.from({ length: count }, (_, index) => (
        <span key={index} class={index < listener.pending! ? 'slot taken' : 'slot'} />
      ))}
      <span class="slots-words">{pendingWords(listener)}</span>
    </div>
  );
}

const pendingWords = (listener: ListenerView) =>
  listener.pending === 0 ? 'nobody to accept' : `${counted(listener.pending ?? 0, 'connection')} to accept`;

export const listenerDrawing: Drawing<ListenerView> = {
  measure: (listener) =>
    listener.listening
      ? `listening${listener.backlog === undefined ? '' : `, backlog ${listener.backlog}`}`
      : 'not listening',
  Picture: ListenerPicture,
  sentence(view, listener, name) {
    const state = listener.listening ? 'is listening' : 'is not listening';
    const queue = listener.pending === undefined ? '' : ` ${pendingWords(listener)}.`;
    const kept = listener.kept.length > 0 ? ` Kept by the kernel: ${listener.kept.join(', ')}.` : '';
    return `${name} (${listener.name ?? 'without a name'}) ${state}, held by ${holders(view, listener.holders)}.${queue}${kept}`;
  },
};
