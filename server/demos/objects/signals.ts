import { readFileSync } from 'node:fs';
import type { CallEvent, LiveObject, ObjectKind, World } from '../kit';
import { signalName } from '../outcome';
import type { ObjectSpec } from '../scenario';
import type { KernelTableRow, SignalsView, SignalView } from '../view';

const [lowestRealTime, highest] = [34, 64];

const nameOf = (number: number) => {
  if (number < lowestRealTime) return signalName(number);
  return number === lowestRealTime ? 'SIGRTMIN' : `SIGRTMIN+${number - lowestRealTime}`;
};

/** The sets of /proc/PID/status: `SigBlk:	0000000000000200`, bit 0 for signal 1. */
function setsOf(pid: number): Map<string, bigint> {
  let text = '';
  try {
    text = readFileSync(`/proc/${pid}/status`, 'latin1');
  } catch {
    // It is gone.
  }
  return new Map(
    [...text.matchAll(/^(S\w+(?:Pnd|Blk|Ign|Cgt)):\s+([0-9a-f]+)$/gm)].map(([, name, mask]) => [
      name!,
      BigInt(`0x${mask}`),
    ]),
  );
}

/** The signals of one process: `handle` is its id in the script. The kernel tells the sets, the calls tell the values. */
class SignalsObject implements LiveObject {
  readonly identities = new Set<string>();
  private readonly values: { signal: number; value: number }[] = [];
  private pid = 0;

  constructor(readonly spec: ObjectSpec) {}

  notice({ step, process, result, details }: CallEvent): void {
    const signal = Number(details.get('sent'));
    if (step.call === 'sigqueue' && result === 0 && process.variables.get(step.args[0]!) === this.pid)
      this.keep(signal, Number(details.get('data')));
    else if (process.pid === this.pid && details.has('sent')) this.take(signal);
  }

  /** A standard signal that is pending already keeps its first value. */
  private keep(signal: number, value: number): void {
    const merges = signal < lowestRealTime && this.values.some((other) => other.signal === signal);
    if (!merges) this.values.push({ signal, value });
  }

  private take(signal: number): void {
    const at = this.values.findIndex((other) => other.signal === signal);
    if (at >= 0) this.values.splice(at, 1);
  }

  async read(world: World): Promise<{ view: SignalsView; row?: KernelTableRow }> {
    const { id, title, handle } = this.spec;
    const process = world.processes.find((one) => one.id === handle);
    if (process && process.pid !== 0) {
      this.pid = process.pid;
      this.identities.add(`process ${process.pid}`);
    }
    const exists = this.pid !== 0 && !process?.ended;
    const signals = exists ? this.signals(setsOf(this.pid)) : [];
    const view: SignalsView = { kind: 'signals', id, title, exists, process: handle, signals };
    if (!exists) return { view };
    const pending = signals.filter((signal) => signal.pending).map(({ name }) => name);
    return {
      view,
      row: {
        process: handle,
        handle: 'signals',
        refersTo: `blocked: ${
          signals
            .filter((one) => one.blocked)
            .map(({ name }) => name)
            .join(', ') || 'none'
        }`,
        state: `pending: ${pending.join(', ') || 'none'}`,
      },
    };
  }

  /** Those of which there is something to say. */
  private signals(sets: Map<string, bigint>): SignalView[] {
    const found: SignalView[] = [];
    for (let number = 1; number <= highest; number++) {
      const within = (name: string) => (((sets.get(name) ?? 0n) >> BigInt(number - 1)) & 1n) === 1n;
      const pending = within('SigPnd') || within('ShdPnd');
      const blocked = within('SigBlk');
      const handler = within('SigCgt');
      const ignored = within('SigIgn');
      if (!pending && !blocked && !handler && !ignored) continue;
      const action = handler ? 'handler' : ignored ? 'ignored' : 'default';
      const values = pending ? this.values.filter(({ signal }) => signal === number) : [];
      found.push({
        name: nameOf(number),
        pending,
        blocked,
        action,
        values: values.map(({ value }) => value),
      });
    }
    return found;
  }
}

export const signalsObject: ObjectKind = { kind: 'signals', create: (spec) => new SignalsObject(spec) };
