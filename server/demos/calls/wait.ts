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
  writer.declareLines('watched', [
    'struct pollfd watched[] = {',
    ...list.map(({ fd, events }) => `    {.fd = ${fd}, .events = ${events}},`),
    '};',
  ]);
  writer.assign('int', step.into ?? 'ready', `poll(watched, ${list.length}, ${step.args[0]})`);
  writer.checkVariable(step.into ?? 'ready', 'poll');
  list.forEach(({ fd }, index) => {
    writer.guard(`watched[${index}].revents != 0`, writer.saying(`${fd} is ready`));
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
      const known = [...writer.names].includes('event');
      const value = `{.events = ${events}, .data.fd = ${fd}}`;
      if (known) writer.line(`event = (struct epoll_event)${value};`);
      else writer.declare('event', `struct epoll_event event = ${value};`);
      writer.plain(step, `epoll_ctl(${epoll}, ${operation}, ${fd}, &event)`);
    },
  },
  {
    name: 'epoll_wait',
    headers: ['sys/epoll.h'],
    text: ({ args }) => `epoll_wait(${args[0]}, happened, 8, ${args[1]})`,
    code(step, writer) {
      writer.declare('happened', 'struct epoll_event happened[8];');
      writer.plain(
        { ...step, into: step.into ?? 'ready' },
        `epoll_wait(${step.args[0]}, happened, 8, ${step.args[1]})`,
      );
      writer.say('%d descriptors are ready', step.into ?? 'ready');
    },
  },
];
