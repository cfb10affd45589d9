import type { SignalsView, SignalView } from '../../../../server/protocol';
import { counted } from '../../../words';
import type { Drawing } from './drawing';

/** One row a signal: whether it is held back, what waits, and what it will do. */
function SignalsPicture({ object }: { object: SignalsView }) {
  return (
    <ul class="signals">
      {object.signals.map((signal) => (
        <li key={signal.name} class={signal.pending ? 'signal pending' : 'signal'}>
          <span class="signal-name">
            {signal.name}
            {signal.pending && <strong class="waiting">pending</strong>}
            {signal.values.map((value, index) => (
              // Equal values may wait behind each other: only the place tells them apart.
              <span key={index} class="value">
                {value}
              </span>
            ))}
          </span>
          <span class="fate">{fate(signal)}</span>
        </li>
      ))}
      {object.signals.length === 0 && <li class="empty">nothing blocked, nothing pending, no handler</li>}
    </ul>
  );
}

const actions: Record<SignalView['action'], string> = {
  default: 'default action',
  handler: 'handler',
  ignored: 'ignored',
};

const fate = (signal: SignalView) => `${signal.blocked ? 'blocked, ' : ''}${actions[signal.action]}`;

export const signalsDrawing: Drawing<SignalsView> = {
  measure: ({ signals }) => {
    const pending = signals.filter((signal) => signal.pending).length;
    return pending === 0 ? 'none pending' : `${pending} pending`;
  },
  Picture: SignalsPicture,
  sentence(_view, { signals }, name) {
    const told = signals.map((signal) => {
      const values = signal.values.length > 0 ? ` with ${signal.values.join(', ')}` : '';
      return `${signal.name} ${fate(signal)}${signal.pending ? `, pending${values}` : ''}`;
    });
    return `${name}: ${told.length === 0 ? 'nothing blocked, pending or handled' : `${counted(told.length, 'signal')}: ${told.join('; ')}`}.`;
  },
};
