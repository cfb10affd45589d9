import type { CounterView, DemoView } from '../../../../server/protocol';
import { holders } from '../words';
import type { Drawing } from './drawing';
import { End } from './holders';

const most = 10;

/** A number, as a row of counters of a game while it is small; who may read and write it stands below. */
function CounterPicture({ view, object }: { view: DemoView; object: CounterView }) {
  return (
    <div class="counter">
      <div class="tally">
        <span class={`number ${object.count === 0 ? 'none' : ''}`}>{object.count.toLocaleString('en')}</span>
        <Pieces count={object.count} />
      </div>
      <p class="modes">{object.semaphore ? 'a read takes 1' : 'a read takes all'}</p>
      <div class="ends">
        <End view={view} name="held by" ids={object.holders} />
      </div>
    </div>
  );
}

/** As many round pieces as it counts; of a number too large for that, some and a sign that there are more. */
export function Pieces({ count }: { count: number }) {
  const shown = Math.min(most, Math.max(0, count));
  return (
    <span class="pieces" aria-hidden="true">
      {Array.from({ length: shown }, (_, index) => (
        <span key={index} class="piece" />
      ))}
      {count > most && '…'}
    </span>
  );
}

export const counterDrawing: Drawing<CounterView> = {
  measure: (counter) => (counter.count === 0 ? 'at 0: a read waits' : 'readable'),
  Picture: CounterPicture,
  sentence: (view, counter, name) =>
    `${name} stands at ${counter.count}; ${counter.semaphore ? 'each read takes 1' : 'a read takes all'}. Held by ${holders(view, counter.holders)}.`,
};
