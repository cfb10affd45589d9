import { restart, runOrPause, step } from './store';

/** Space and Enter belong to what has the focus, when that is something to press. */
const pressable = 'button, a[href], input, select, textarea, summary, [role="button"]';

export function keyPressed(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const target = event.target instanceof Element ? event.target : undefined;
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
    default:
      return;
  }
  event.preventDefault();
}
