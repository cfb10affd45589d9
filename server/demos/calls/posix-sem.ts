/** POSIX semaphores with a name, as C. */
import type { CallText } from '../kit';
import { asC, simple } from './descriptor';

const headers = ['semaphore.h'];
const used = { handle: { argument: 0, kind: 'semaphore' } } as const;
const named = { handle: { argument: 0, kind: 'semname' } } as const;

export const posixSemCalls: CallText[] = [
  simple('sem_open', ['fcntl.h', 'semaphore.h', 'sys/stat.h'], {
    ...named,
    result: (address) => `returned 0x${address.toString(16)}`,
    code(step, writer) {
      writer.assign('sem_t *', step.into ?? 'semaphore', asC(step));
      writer.guard(`${step.into ?? 'semaphore'} == SEM_FAILED`, 'die("sem_open");');
    },
  }),
  simple('sem_unlink', headers, named),
  simple('sem_close', headers, used),
  simple('sem_wait', headers, used),
  simple('sem_trywait', headers, used),
  simple('sem_post', headers, used),
];
