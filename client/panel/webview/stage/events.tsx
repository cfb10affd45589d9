import type { DemoView } from '../../../../server/protocol';
import { selected } from '../store';
import { processSentence, stepSentence } from '../words';
import { objectSentence } from './drawings';

/** The picture in words. Always there for screen readers; on request for everybody. */
export function Events({ view, visible }: { view: DemoView; visible: boolean }) {
  return (
    <div class={visible ? 'events' : 'events spoken'}>
      <h3>How things are</h3>
      <ul>
        {view.processes.map((process) => (
          <li key={process.id}>{processSentence(view, process)}</li>
        ))}
        {view.objects.map((object) => (
          <li key={object.id}>{objectSentence(view, object)}</li>
        ))}
      </ul>
      <h3>Steps</h3>
      <ol>
        {view.steps.map((step) => (
          <li
            key={step.index}
            class={step.status}
            aria-current={step.index === view.next ? 'step' : undefined}
          >
            {visible ? (
              <button type="button" class="plain" onClick={() => (selected.value = step.index)}>
                {stepSentence(view, step)}
              </button>
            ) : (
              stepSentence(view, step)
            )}
          </li>
        ))}
      </ol>
    </div>
  );
}
