import type { DemoView, SemaphoreView } from '../../../../server/protocol';
import { holders, labelOf } from '../words';
import { Pieces } from './counter';
import type { Drawing } from './drawing';
import { End } from './holders';
import { Plate } from './plate';
import { waitersOf } from './waiters';

type One = SemaphoreView['semaphores'][number];

/** The values, as pieces that can be taken; below, who waits for one. */
function SemaphorePicture({ view, object }: { view: DemoView; object: SemaphoreView }) {
  const waiting = waitersOf(view, object);
  const several = object.semaphores.length > 1 && !object.semaphores[0]?.seenBy;
  return (
    <div class="counter">
      {'name' in object && <Plate name={object.name} />}
      {object.semaphores.map((one, index) => (
        // A set's semaphores have no other name than their place.
        <div key={index} class="tally">
          {several && <span class="end-name">{index}</span>}
          <span class={`number ${one.value === 0 ? 'none' : ''}`}>{one.value}</span>
          <Pieces count={one.value} />
          <span class="end-name">{noteOf(view, one)}</span>
          {one.seenBy && <End view={view} name="the one of" ids={one.seenBy} />}
        </div>
      ))}
      {object.forOneProcess && <p class="trouble">made for one process only</p>}
      <div class="ends">
        {waiting.length > 0 && <End view={view} name="waits" ids={waiting} />}
        {object.holders && <End view={view} name="held by" ids={object.holders} />}
      </div>
    </div>
  );
}

function noteOf(view: DemoView, one: One): string {
  const parts = [
    one.waiting ? `${one.waiting} waiting` : '',
    one.waitingForZero ? `${one.waitingForZero} waiting for 0` : '',
    one.last ? `last: ${labelOf(view, one.last)}` : '',
  ];
  return parts.filter((part) => part !== '').join(', ');
}

export const semaphoreDrawing: Drawing<SemaphoreView> = {
  measure({ semaphores }) {
    if (semaphores[0]?.seenBy) return `${semaphores.length} copies`;
    return semaphores.length === 1 ? `value ${semaphores[0]!.value}` : `${semaphores.length} semaphores`;
  },
  Picture: SemaphorePicture,
  sentence(view, object, name) {
    const values = object.semaphores.map((one, index) => {
      const which = object.semaphores.length > 1 && !one.seenBy ? `Semaphore ${index}: value` : 'Value';
      const note = noteOf(view, one);
      const copy = one.seenBy ? ` for ${holders(view, one.seenBy)}` : '';
      return `${which} ${one.value}${copy}${note ? ` (${note})` : ''}.`;
    });
    if (object.forOneProcess) values.push('It is made for one process only.');
    const waiting = waitersOf(view, object);
    const waits = waiting.length > 0 ? ` Waiting: ${holders(view, waiting)}.` : '';
    return `${name}${object.name ? ` (${object.name})` : ''}. ${values.join(' ')}${waits}`;
  },
};
