/** Tells, by the kernel's own word, whether a process waits in the call it was given or is merely slow. */
import { type CurrentCall, currentCall, stateLetter, voluntarySwitches, waitChannel } from './procfs';

export type ProcessState = 'idle' | 'busy' | 'waiting' | 'stopped' | 'zombie' | 'gone';

export interface Look {
  state: ProcessState;
  /** The wait, while there is one. */
  call?: CurrentCall;
  channel?: string;
  /** Two looks that both find a wait with the same count saw the same wait. */
  switches?: number;
}

/** How an actor without work shows: in this call, on this descriptor. */
export interface IdleSign {
  idleCall: number;
  controlDescriptor: number;
  /** Where this actor slept before it got its call: the sign when the call may not be read. */
  idleChannel?: string;
}

/**
 * `waiting` needs three facts: the scheduler says S (sleeps until something happens; D is a wait for hardware or a
 * lock of the kernel and will end), the call it sleeps in is not the one in which an actor waits for work, and the
 * kernel names the place. Where /proc/PID/syscall may not be read, the place alone decides.
 */
export function look(pid: number, idle: IdleSign): Look {
  const letter = stateLetter(pid);
  if (letter === undefined || letter === 'X') return { state: 'gone' };
  if (letter === 'Z') return { state: 'zombie' };
  if (letter === 'T' || letter === 't') return { state: 'stopped' };
  if (letter !== 'S') return { state: 'busy' };
  const switches = voluntarySwitches(pid);
  const call = currentCall(pid);
  const channel = waitChannel(pid);
  if (call?.number === idle.idleCall && call.args[0] === idle.controlDescriptor) return { state: 'idle' };
  if (call === undefined && (channel === undefined || channel === idle.idleChannel)) return { state: 'busy' };
  return { state: 'waiting', call, channel, switches };
}

/** True when both looks saw one and the same wait. */
export function sameWait(before: Look | undefined, now: Look): boolean {
  return before?.state === 'waiting' && now.state === 'waiting' && before.switches === now.switches;
}
