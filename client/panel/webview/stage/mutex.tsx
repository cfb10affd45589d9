import type { ConditionView, DemoView, MutexView } from '../../../../server/protocol';
import { holders } from '../words';
import type { Drawing } from './drawing';
import { End } from './holders';
import { circlePath, circleThrough, circleWords, waitersOf } from './waiters';

const stateWords: Record<MutexView['state'], string> = {
  free: 'free',
  held: 'locked',
  abandoned: 'its owner died',
  lost: 'not recoverable',
};

/** A padlock, open or closed, with who has it and who waits for it. */
function MutexPicture({ view, object: mutex }: { view: DemoView; object: MutexView }) {
  const circle = circleThrough(view, mutex);
  const notes = notesOf(mutex);
  return (
    <div class="counter">
      <div class="tally">
        <span
          class={`padlock codicon codicon-${mutex.state === 'free' ? 'unlock' : 'lock'} ${mutex.state}`}
          aria-hidden="true"
        />
        {mutex.state === 'held' ? (
          <End view={view} name="held by" ids={mutex.owner ? [mutex.owner] : []} />
        ) : (
          <span class={mutex.state === 'free' ? 'end-name' : 'trouble'}>{stateWords[mutex.state]}</span>
        )}
      </div>
      {notes.map((note) => (
        <p key={note} class="trouble">
          {note}
        </p>
      ))}
      <p class="modes">{mutex.robust ? 'robust: a dead owner is told' : 'a dead owner keeps it'}</p>
      <div class="ends">
        <Waiting view={view} ids={waitersOf(view, mutex)} />
      </div>
      {circle.length > 0 && (
        <p class="circle">
          <span class="codicon codicon-sync" aria-hidden="true" />
          <span title={circleWords(view, circle)}>circle: {circlePath(view, circle)}</span>
        </p>
      )}
    </div>
  );
}

/** The line stands there always, so that the card keeps its height while processes come and go. */
function Waiting({ view, ids }: { view: DemoView; ids: string[] }) {
  if (ids.length > 0) return <End view={view} name="waits" ids={ids} />;
  return <span class="end-name">nobody waits</span>;
}

function notesOf(mutex: MutexView): string[] {
  return [
    mutex.forOneProcess ? 'made for one process only' : '',
    mutex.ownerDead ? 'and the owner is dead' : '',
    mutex.inconsistent ? 'the data are not yet said to be in order' : '',
  ].filter((note) => note !== '');
}

export const mutexDrawing: Drawing<MutexView> = {
  measure: ({ state }) => stateWords[state],
  Picture: MutexPicture,
  sentence(view, mutex, name) {
    const state =
      mutex.state === 'held'
        ? `held by ${holders(view, mutex.owner ? [mutex.owner] : [])}`
        : stateWords[mutex.state];
    const waiting = waitersOf(view, mutex);
    const circle = circleThrough(view, mutex);
    const parts = [
      `${name}: ${state}${mutex.robust ? ', robust' : ''}.`,
      ...notesOf(mutex).map((note) => `${note.charAt(0).toUpperCase()}${note.slice(1)}.`),
      waiting.length > 0 ? `Waiting: ${holders(view, waiting)}.` : '',
      circle.length > 0 ? `A circle: ${circleWords(view, circle)}.` : '',
    ];
    return parts.filter((part) => part !== '').join(' ');
  },
};

/** It holds nothing: there is only who sleeps at it. */
function ConditionPicture({ view, object: condition }: { view: DemoView; object: ConditionView }) {
  return (
    <div class="counter">
      <div class="tally">
        <span
          class={`padlock codicon codicon-bell${condition.waiting === 0 ? '-slash' : ''}`}
          aria-hidden="true"
        />
        <Waiting view={view} ids={waitersOf(view, condition)} />
      </div>
      {condition.forOneProcess && <p class="trouble">made for one process only</p>}
      <p class="modes">
        {condition.waiting === 0 ? 'a signal now would be lost' : 'a signal wakes one, a broadcast all'}
      </p>
    </div>
  );
}

export const conditionDrawing: Drawing<ConditionView> = {
  measure: ({ waiting }) => (waiting === 0 ? 'no value' : `${waiting} waiting`),
  Picture: ConditionPicture,
  sentence(view, condition, name) {
    const waiting = waitersOf(view, condition);
    const scope = condition.forOneProcess ? ' Made for one process only.' : '';
    return waiting.length === 0
      ? `${name}: nobody waits, a signal would be lost.${scope}`
      : `${name}: waiting: ${holders(view, waiting)}.${scope}`;
  },
};
