/** eventfd as C. `read_counter` and `write_counter` are read and write of a number of eight bytes. */
import type { CallText } from '../kit';
import { endingOf } from '../scenario';
import { simple } from './descriptor';

const headers = ['stdint.h', 'sys/eventfd.h', 'unistd.h'];
const handle = { argument: 0, kind: 'descriptor' } as const;

export const eventfdCalls: CallText[] = [
  simple('eventfd', ['sys/eventfd.h']),
  {
    name: 'read_counter',
    inC: 'read',
    headers,
    handle,
    transfer: 'out',
    numeric: true,
    text: ({ args }) => `read(${args[0]}, &${args[1]}, sizeof ${args[1]})`,
    code(step, writer) {
      const [fd, count] = step.args as [string, string];
      const ending = endingOf(step.expect);
      writer.declare(count, `uint64_t ${count};`);
      writer.plain({ ...step, call: 'read' }, `read(${fd}, &${count}, sizeof ${count})`);
      if (ending && 'returns' in ending) writer.say('the counter gave %llu', `(unsigned long long)${count}`);
    },
  },
  {
    name: 'write_counter',
    inC: 'write',
    headers,
    handle,
    transfer: 'in',
    text: ({ args }) => `write(${args[0]}, &(uint64_t){${args[1]}}, sizeof(uint64_t))`,
    code(step, writer) {
      const [fd, number] = step.args as [string, string];
      const { name, first } = writer.variables.own('add', 'uint64_t');
      writer.line(`${first ? 'uint64_t ' : ''}${name} = ${number};`);
      writer.plain({ ...step, call: 'write' }, `write(${fd}, &${name}, sizeof ${name})`);
    },
  },
];
