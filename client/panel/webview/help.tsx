import { useEffect, useRef } from 'preact/hooks';
import { helpShown } from './store';

const keys: [keys: string[], what: string][] = [
  [['Space', 'Enter'], 'the next step'],
  [['R'], 'run to the end, or pause'],
  [['Shift', 'R'], 'restart with new processes'],
  [['P'], 'open or close the playground: issue calls yourself'],
  [['T'], 'the timeline as a picture or in words'],
  [['O'], 'open the programs as a C project'],
  [['D'], 'other demos of the same facility'],
  [['?'], 'this help'],
  [['Esc'], 'close what is open, back to now'],
];

/** The keys of the panel. A dialogue of the browser: it keeps the focus inside and gives it back. */
export function Help() {
  const dialog = useRef<HTMLDialogElement>(null);
  const shown = helpShown.value;
  useEffect(() => {
    if (shown) dialog.current?.showModal();
    else dialog.current?.close();
  }, [shown]);
  return (
    <dialog
      ref={dialog}
      class="help"
      aria-labelledby="help-title"
      onClose={() => {
        helpShown.value = false;
      }}
    >
      <h2 id="help-title">Keys</h2>
      <dl>
        {keys.map(([pressed, what]) => (
          <div key={what}>
            <dt>
              {pressed.map((key, index) => (
                <>
                  {index > 0 && <span class="or">{pressed[0] === 'Shift' ? '+' : 'or'}</span>}
                  <kbd>{key}</kbd>
                </>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <p>
        In the playground, <kbd>↓</kbd> shows what fits a field and <kbd>Enter</kbd> issues the call. The keys
        above wait until the field is left.
      </p>
      <button type="button" class="primary" onClick={() => dialog.current?.close()}>
        Close
      </button>
    </dialog>
  );
}
