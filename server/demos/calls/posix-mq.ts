/**
 * POSIX message queues as C. mq_open takes name, flags, mode, mq_maxmsg, mq_msgsize; mq_notify takes queue and signal,
 * mq_notify_thread queue, function and the eventfd that the function gets.
 */
import type { CodeWriter } from '../code';
import type { CallText } from '../kit';
import { endingOf, type Step } from '../scenario';
import { assignCount, declareBuffer, simple, sizeText } from './descriptor';

const headers = ['mqueue.h'];
const handle = { argument: 0, kind: 'descriptor' } as const;

function openCode(step: Step, writer: CodeWriter): void {
  const [name, flags, mode, most, largest] = step.args as [string, string, string?, string?, string?];
  const ending = endingOf(step.expect);
  const content = `{.mq_maxmsg = ${most}, .mq_msgsize = ${largest ?? 64}}`;
  const attributes = most && writer.structure('attributes', 'struct mq_attr', content);
  const call = `mq_open(${[name, flags, mode, attributes && `&${attributes}`].filter(Boolean).join(', ')})`;
  if (!step.into || (ending && 'fails' in ending)) {
    writer.plain(step, call);
    return;
  }
  writer.assign('mqd_t', step.into, call);
  writer.guard(`${step.into} == (mqd_t)-1`, 'die("mq_open");');
}

const receiveText = ({ args }: Step, sizes: ReadonlyMap<string, number>, priority = 'priority') =>
  `mq_receive(${args[0]}, ${args[1]}, ${sizeText(args[1]!, args[2]!, sizes)}, &${priority})`;

function receiveCode(step: Step, writer: CodeWriter): void {
  const [, buffer, size] = step.args as [string, string, string];
  const count = step.into ?? 'n';
  const ending = endingOf(step.expect);
  declareBuffer(writer, buffer, size);
  const priority = writer.own('priority', 'unsigned');
  const call = receiveText(step, writer.sizes, priority);
  if (ending && 'fails' in ending) {
    writer.plain(step, call);
    return;
  }
  assignCount(step, writer, count, call);
  writer.say('priority %u: %.*s', priority, `(int)${count}, ${buffer}`);
}

const threadFunction = `/* Runs in a thread of its own, which the C library starts: adds 1 to the eventfd that it was given. */
static void tell(union sigval value)
{
    uint64_t one = 1;
    if (write(value.sival_int, &one, sizeof one) == -1)
        perror("write");
}`;

export const posixMqCalls: CallText[] = [
  {
    name: 'mq_open',
    headers: ['fcntl.h', 'mqueue.h', 'sys/stat.h'],
    handle: { argument: 0, kind: 'mqueue' },
    text({ args: [name, flags, mode, most, largest] }) {
      const attributes = most && `{${most}, ${largest}}`;
      return `mq_open(${[name, flags, mode, attributes].filter(Boolean).join(', ')})`;
    },
    code: openCode,
  },
  simple('mq_unlink', headers, { handle: { argument: 0, kind: 'mqueue' } }),
  simple('mq_close', headers, { handle }),
  simple('mq_send', headers, { handle, transfer: 'in' }),
  {
    name: 'mq_receive',
    headers,
    handle,
    transfer: 'out',
    buffer: { argument: 1, size: 2 },
    text: (step, sizes) => receiveText(step, sizes),
    code: receiveCode,
  },
  {
    name: 'mq_notify',
    headers: ['mqueue.h', 'signal.h'],
    handle,
    text: ({ args }) => `mq_notify(${args[0]}, {SIGEV_SIGNAL, ${args[1]}})`,
    code(step, writer) {
      const [queue, signal] = step.args as [string, string];
      const content = `{.sigev_notify = SIGEV_SIGNAL, .sigev_signo = ${signal}}`;
      const event = writer.structure('event', 'struct sigevent', content);
      writer.plain(step, `mq_notify(${queue}, &${event})`);
    },
  },
  {
    name: 'mq_notify_thread',
    inC: 'mq_notify',
    headers: ['mqueue.h', 'signal.h', 'stdint.h', 'unistd.h'],
    definitions: [threadFunction],
    handle,
    text: ({ args }) => `mq_notify(${args[0]}, {SIGEV_THREAD, ${args[1]}, ${args[2]}})`,
    code(step, writer) {
      const [queue, told, event] = step.args as [string, string, string];
      const request = writer.structure('request', 'struct sigevent', [
        '{',
        '    .sigev_notify = SIGEV_THREAD,',
        `    .sigev_notify_function = ${told},`,
        `    .sigev_value.sival_int = ${event},`,
        '}',
      ]);
      writer.plain({ ...step, call: 'mq_notify' }, `mq_notify(${queue}, &${request})`);
    },
  },
];
