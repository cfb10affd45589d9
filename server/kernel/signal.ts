/** Sends a signal to a process that a person picked. */
import { constants } from 'node:os';
import type { NativeAddon } from './native';
import type { SignalRequest, SignalResult } from './view';

/** Never throws. The process must still be the program that was shown: its number may be another one's by now. */
export function sendSignal(addon: NativeAddon, { pid, program, signal }: SignalRequest): SignalResult {
  const who = `${program} (${pid})`;
  const number = (constants.signals as Record<string, number>)[signal];
  if (number === undefined) return { sent: false, message: `There is no signal called ${signal}.` };
  if (pid <= 0) return { sent: false, message: `${pid} is no process.` };
  const answer = addon.processes({ pids: [pid] });
  const found = answer.error ? undefined : answer.objects[0];
  if (!found || found.state === 'gone' || (found.name !== undefined && found.name !== program))
    return { sent: false, message: `${who} has ended; no signal was sent.` };
  try {
    process.kill(pid, number);
    return { sent: true, message: `Sent ${signal} to ${who}.` };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EPERM')
      return {
        sent: false,
        message: `${signal} was not sent to ${who}: it belongs to another user. With sudo: kill -${signal.slice(3)} ${pid}`,
      };
    return { sent: false, message: `${signal} was not sent to ${who}: ${String(error)}.` };
  }
}
