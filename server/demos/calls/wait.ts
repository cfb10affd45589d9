/**
 * Waiting for several descriptors, as C. poll takes the timeout first, then descriptor and events in turn; epoll_ctl takes
 * the events as its last argument, epoll_wait only epoll and timeout.
 */
import type { CodeWriter } from '../code';
import type { CallText } from '../kit';
import type { Step } from '../scenario';
import { simple } from './descriptor';

interface Watched {
  fd: string;
  events: string;
}

function watchedBy({ args }: Step): Watched[] {
  const list: Watched[] = [];
  for (let at = 1; at + 1 < args.length; at += 2) list.push({ fd: args[at]!, events: args[at + 1]! });
  return list;
}

const pollText = (step: Step) => {
  const list = watchedBy(step);
  return `poll({${list.map(({ fd }) => fd).join(', ')}}, ${list.length}, ${step.args[0]})`;
};

function pollCode(step: Step, writer: CodeWriter): void {
  const list = watchedBy(step);
  /* Each list has an array of its own. */
  const entries = list.map(({ fd, events }) => `    {.fd = ${fd}, .events = ${events}},`);
  const watched = writer.own('watched', `struct pollfd[] of ${entries.join()}`, (own) => [
    `struct pollfd ${own}[] = {`,
    ...entries,
    '};',
  ]);
  writer.assign('int', step.into ?? 'ready', `poll(${watched}, ${list.length}, ${step.args[0]})`);
  writer.checkVariable(step.into ?? 'ready', 'poll');
  list.forEach(({ fd }, index) => {
    writer.guard(`${watched}[${index}].revents != 0`, writer.saying(`${fd} is ready`));
  });
}

export const waitCalls: CallText[] = [
  { name: 'poll', headers: ['poll.h'], text: pollText, code: pollCode },
  simple('epoll_create1', ['sys/epoll.h']),
  {
    name: 'epoll_ctl',
    headers: ['sys/epoll.h'],
    text: ({ args }) => `epoll_ctl(${args[0]}, ${args[1]}, ${args[2]}, {${args[3]}})`,
    code(step, writer) {
      const [epoll, operation, fd, events] = step.args as [string, string, string, string];
      const content = `{.events = ${events}, .data.fd = ${fd}}`;
      const event = writer.filled('event', 'struct epoll_event', content);
      writer.plain(step, `epoll_ctl(${epoll}, ${operation}, ${fd}, &${event})`);
    },
  },
  {
    name: 'epoll_wait',
    headers: ['sys/epoll.h'],
    text: ({ args }) => `epoll_wait(${args[0]}, happened, 8, ${args[1]})`,
    code(step, writer) {
      const type = 'struct epoll_event[8]';
      const happened = writer.own('happened', type, (own) => `struct epoll_event ${own}[8];`);
      const into = step.into ?? 'ready';
      writer.plain({ ...step, into }, `epoll_wait(${step.args[0]}, ${happened}, 8, ${step.args[1]})`);
      if (writer.variables.typeOf(into) !== undefined) writer.say('%d descriptors are ready', into);
    },
  },
];
