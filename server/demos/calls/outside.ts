/**
 * What happens to a process from outside, by a person's hand: it is started, killed, stopped or continued. No process issues
 * these, and no program holds them.
 */
import type { CallText } from '../kit';

const outside = (name: string, shown: string): CallText => ({
  name,
  headers: [],
  outside: true,
  text: () => shown,
  code: () => {},
});

export const outsideCalls: CallText[] = [
  outside('start', 'main()'),
  outside('SIGKILL', 'SIGKILL'),
  outside('SIGSTOP', 'SIGSTOP'),
  outside('SIGCONT', 'SIGCONT'),
];
