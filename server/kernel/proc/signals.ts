/** Sets of signals as proc_pid_status(5) and signalfd's fdinfo write them: a hexadecimal mask, bit 0 for signal 1. */
import { constants } from 'node:os';

const names = new Map<number, string>();
for (const [name, number] of Object.entries(constants.signals)) {
  // SIGIOT, SIGPOLL and SIGUNUSED are second names; the first of a number counts.
  if (!names.has(number)) names.set(number, name);
}

/** The kernel counts real-time signals from 32; glibc keeps two for itself, so SIGRTMIN is 34: signal(7). */
const [lowestRealTime, highestRealTime] = [34, 64];

/** `SIGTERM`, `SIGRTMIN+2`; `signal 32` for one that glibc keeps for itself. */
export function signalName(number: number): string {
  const name = names.get(number);
  if (name) return name;
  if (number < lowestRealTime || number > highestRealTime) return `signal ${number}`;
  return number === lowestRealTime ? 'SIGRTMIN' : `SIGRTMIN+${number - lowestRealTime}`;
}

/** The numbers in a mask; none for an empty text. */
export function signalsOf(mask: string): number[] {
  const numbers: number[] = [];
  for (let digit = 0; digit < mask.length; digit++) {
    const value = Number.parseInt(mask.charAt(mask.length - 1 - digit), 16) || 0;
    for (let bit = 0; bit < 4; bit++) if (value & (1 << bit)) numbers.push(digit * 4 + bit + 1);
  }
  return numbers;
}

/** `SIGINT, SIGTERM`; `none`; `all but SIGUSR1` where that is shorter. */
export function signalSet(mask: string): string {
  const numbers = signalsOf(mask);
  if (numbers.length === 0) return 'none';
  // SIGKILL and SIGSTOP are never in a set.
  if (numbers.length > 40) {
    const within = new Set(numbers);
    const missing: number[] = [];
    for (let number = 1; number <= highestRealTime; number++)
      if (!within.has(number) && number !== 9 && number !== 19 && number !== 32 && number !== 33)
        missing.push(number);
    return missing.length === 0 ? 'all' : `all but ${missing.map(signalName).join(', ')}`;
  }
  return numbers.map(signalName).join(', ');
}
