/**
 * What becomes of sockets that are made by hand: one that listens, and two that are connected. The kernel gives the accepted
 * socket no word on whose it is the other end; it accepts in the order in which the others connected.
 */
import type { CallEvent, LiveObject } from '../kit';
import { linkOf } from '../procfs';
import type { ObjectSpec } from '../scenario';

export type Told = Omit<ObjectSpec, 'id'>;

interface End {
  /** The address as the call named it: `unix("a.socket")`. */
  address: string;
  /** What /proc calls the socket. */
  identity: string;
  process: string;
}

export class Connecting {
  private readonly streams = new Set<string>();
  private readonly bound = new Map<string, string>();
  /** Those whose other end has not been seen: either call may be told of first. */
  private readonly connected: End[] = [];
  private readonly accepted: End[] = [];

  /** Told of every call; answers with the object that it made of a socket. */
  notice(event: CallEvent): Told | undefined {
    const { step, process, result } = event;
    if (result < 0) return undefined;
    const [variable = '', second = ''] = step.args;
    const descriptor = step.call === 'socket' ? result : process.variables.get(variable);
    const identity = descriptor === undefined ? undefined : linkOf(process.pid, descriptor);
    if (!identity) return undefined;
    const end = { address: second, identity, process: process.id };
    const told = (kind: string, what: string, name: string): Told => ({
      kind,
      title: `${what} ${name}`,
      handle: `${process.id}.${name}`,
      identity,
      peer: '',
    });
    switch (step.call) {
      case 'socket':
        if (/SOCK_DGRAM/.test(second)) return told('socket', 'the socket', step.into ?? 'fd');
        this.streams.add(identity);
        return undefined;
      case 'bind':
        this.bound.set(identity, second);
        return undefined;
      case 'listen':
        return told('listener', 'the listening socket', variable);
      case 'connect':
        if (!this.streams.has(identity)) return undefined;
        this.connected.push(end);
        return told('connection', 'the connection', variable);
      case 'accept':
        this.accepted.push({
          address: this.bound.get(identity) ?? '',
          identity: linkOf(process.pid, result) ?? '',
          process: process.id,
        });
        return undefined;
      default:
        return undefined;
    }
  }

  /** Gives connections their other ends, as far as these are known. */
  join(objects: readonly LiveObject[]): void {
    for (const end of [...this.connected]) {
      const other = this.accepted.find(({ address }) => address === end.address);
      if (!other) continue;
      this.connected.splice(this.connected.indexOf(end), 1);
      this.accepted.splice(this.accepted.indexOf(other), 1);
      objects
        .find(({ spec, identities }) => spec.kind === 'connection' && identities.has(end.identity))
        ?.joins?.(other.identity, other.process);
    }
  }
}
