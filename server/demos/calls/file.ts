/**
 * Calls on plain files that processes share, as C. fcntl_lock takes the descriptor, the command, and of `struct flock` type,
 * start and length; the other arguments are those of C.
 */
import type { BufferSizes, CallText } from '../kit';
import type { Step } from '../scenario';
import { asC, receiveCode, sendCode, simple, sizeText } from './descriptor';

const handle = { argument: 0, kind: 'descriptor' } as const;

const preadText = (step: Step, sizes: BufferSizes) => {
  const [fd, buffer, size, offset] = step.args as [string, string, string, string];
  return `pread(${fd}, ${buffer}, ${sizeText(buffer, size, sizes)}, ${offset})`;
};

const lockCall: CallText = {
  name: 'fcntl_lock',
  inC: 'fcntl',
  headers: ['fcntl.h', 'unistd.h'],
  handle,
  text({ args }) {
    const [fd, command, type, start, length] = args;
    return `fcntl(${fd}, ${command}, {${type}, ${start}, ${length}})`;
  },
  code(step, writer) {
    const [fd, command, type, start, length] = step.args as [string, string, string, string, string];
    if (command.startsWith('F_OFD')) writer.needs.defines.add('_GNU_SOURCE');
    const content = `{.l_type = ${type}, .l_whence = SEEK_SET, .l_start = ${start}, .l_len = ${length}}`;
    const lock = writer.filled('lock', 'struct flock', content);
    writer.plain({ ...step, call: 'fcntl' }, `fcntl(${fd}, ${command}, &${lock})`);
  },
};

export const fileCalls: CallText[] = [
  lockCall,
  simple('flock', ['sys/file.h'], { handle }),
  simple('lseek', ['unistd.h', 'sys/types.h'], { handle }),
  {
    name: 'pread',
    headers: ['unistd.h'],
    handle,
    transfer: 'out',
    zeroMeans: 'end-of-file',
    buffer: { argument: 1, size: 2 },
    text: preadText,
    code: (step, writer) => receiveCode(step, writer, preadText(step, writer.sizes)),
  },
  simple('pwrite', ['unistd.h'], {
    handle,
    transfer: 'in',
    code: (step, writer) => sendCode(step, writer, asC(step)),
  }),
];
