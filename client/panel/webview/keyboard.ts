import { togglePlayground } from './hand';
import { helpShown, restart, runOrPause, selected, send, step, toggleText } from './store';

/** Space and Enter belong to what has the focus, when that is something to press. */
const pressable = 'button, a[href], input, select, textarea, summary, [role="button"]';

/** Where people write, every key is theirs. */
const writable = 'input:not([type="range"]):not([type="radio"]), select, textarea, dialog';

export function keyPressed(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const target = event.target instanceof Element ? event.target : undefined;
  if (event.key !== 'Escape' && target?.closest(writable)) return;
  switch (event.key) {
    case ' ':
    case 'Enter':
      if (event.repeat || target?.closest(pressable)) return;
      step();
      break;
    case 'r':
      if (event.repeat) return;
      runOrPause();
      break;
    case 'R':
      restart();
      break;
    case 'p':
      togglePlayground();
      break;
    case 't':
      toggleText();
      break;
    case 'o':
      send({ type: 'open-project' });
      break;
    case 'd':
      send({ type: 'pick' });
      break;
    case '?':
      helpShown.value = true;
      break;
    case 'Escape':
      if (selected.value === undefined) return;
      selected.value = undefined;
      break;
    default:
      return;
  }
  event.preventDefault();
}
