/**
 * POSIX semaphores as C, with a name and without. sem_timedwait takes milliseconds from now in the place of the deadline,
 * sem_getvalue the name of a variable.
 */
import type { CodeWriter } from '../code';
import type { CallText } from '../kit';
import type { Step } from '../scenario';
import { asC, simple } from './descriptor';

const headers = ['semaphore.h'];
const used = { handle: { argument: 0, kind: 'semaphore' } } as const;
const named = { handle: { argument: 0, kind: 'semname' } } as const;

const timedText = ({ args: [semaphore] }: Step, deadline = 'deadline') =>
  `sem_timedwait(${semaphore}, &${deadline})`;

function timedCode(step: Step, writer: CodeWriter): void {
  const deadline = writer.own('deadline', 'struct timespec');
  writer.line(`if (clock_gettime(CLOCK_REALTIME, &${deadline}) == -1)`);
  writer.line('    die("clock_gettime");');
  const seconds = Math.ceil(Number(step.args[1]) / 1000);
  writer.line(`${deadline}.tv_sec += ${Number.isNaN(seconds) ? `(${step.args[1]}) / 1000` : seconds};`);
  writer.plain(step, timedText(step, deadline));
}

const valueText = ({ args: [semaphore, variable] }: Step) => `sem_getvalue(${semaphore}, &${variable})`;

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
  {
    name: 'sem_timedwait',
    headers: ['semaphore.h', 'time.h'],
    ...used,
    text: (step) => timedText(step),
    code: timedCode,
  },
  {
    name: 'sem_getvalue',
    headers,
    ...used,
    transfer: 'out',
    numeric: true,
    text: valueText,
    code(step, writer) {
      const variable = step.args[1]!;
      writer.declare(variable, `int ${variable};`);
      writer.plain(step, valueText(step));
      writer.say('the value is %d', variable);
    },
  },
  simple('sem_post', headers, used),
  simple('sem_init', headers, used),
  simple('sem_destroy', headers, used),
];
