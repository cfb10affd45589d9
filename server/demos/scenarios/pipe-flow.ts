/** How pipes carry data: what stays whole, how much fits, and what one can do with the ends. */
import type { ObjectSpec, Scenario, Step } from '../scenario';
import { bytes, endOfFile, family, process, succeeds, waits } from './steps';

const parent = process('parent');
const child = process('child');

export const thePipe: ObjectSpec[] = [{ kind: 'pipe', id: 'pipe', title: 'the pipe', handle: 'fd[0]' }];

/** Most scenarios of the pipe begin so. */
export const beginning: Step[] = [
  parent(
    'pipe',
    ['fd'],
    0,
    'The kernel makes a pipe and two descriptors for it: fd[0] reads, fd[1] writes. It has no name, so only processes that inherit the descriptors can use it.',
  ),
  parent.forks(
    'child',
    'The child gets copies of both descriptors. Now two processes hold the read end and two hold the write end.',
  ),
];

export const full: Scenario = {
  id: 'pipe/full',
  subject: 'pipe',
  title: 'The full pipe',
  summary: 'The writer fills the pipe to its capacity and has to wait until the reader makes room.',
  kind: 'normal',
  about: 'The parent fills a pipe completely; its next write waits until the child has read some of it.',
  processes: family,
  blocks: [{ name: 'block', size: 1048576, fill: '.' }],
  objects: thePipe,
  steps: [
    ...beginning,
    child.closes('fd[1]', 'The child only reads.'),
    parent.closes('fd[0]', 'The parent only writes.'),
    parent(
      'fcntl',
      ['fd[1]', 'F_GETPIPE_SZ'],
      succeeds,
      'How much the pipe holds: {pipe-size|65536} bytes, 16 pages of memory, unless its user has very many pipes.',
      { into: 'capacity' },
    ),
    parent(
      'write',
      ['fd[1]', 'block', 'capacity'],
      { returns: { variable: 'capacity', of: 'parent' } },
      'All of it fits, though nobody has read a byte. The pipe is full now.',
    ),
    parent(
      'write',
      ['fd[1]', '"one more"', '8'],
      waits(bytes('one more')),
      'There is no room for eight more bytes, so write waits. This is how a pipe slows down a writer that is faster than its reader.',
      { label: 'waiting write' },
    ),
    child(
      'read',
      ['fd[0]', 'block', '4096'],
      4096,
      'The child takes one page. Linux keeps the bytes in pages and a page becomes free as a whole: now there is room, and the waiting write completes.',
      { into: 'n', wakes: ['waiting write'] },
    ),
    parent.closes('fd[1]', 'The parent has nothing more to send.'),
    child(
      'read',
      ['fd[0]', 'block', '1048576'],
      { returns: { variable: 'capacity', of: 'parent', minus: 4096 - 8 } },
      'One large read takes everything that is left: the rest of the block and the eight bytes behind it. Nothing tells where one write ended and the next began.',
      { into: 'n' },
    ),
    child(
      'read',
      ['fd[0]', 'block', '1048576'],
      endOfFile,
      'The pipe is empty and has no writer: end-of-file.',
      { into: 'n' },
    ),
    child.ends('The child is done.'),
    parent.waitsFor(
      'child',
      'The parent collects the status of the child. Had it waited here with its output still unread in a full pipe, both would wait for ever.',
    ),
    parent.exits('Both have ended.'),
  ],
  conclusion:
    'A pipe has a capacity, and a writer that finds it full waits. So a parent must read what its child writes before it waits for the child to end.',
};

export const interleaved: Scenario = {
  id: 'pipe/interleaved',
  subject: 'pipe',
  title: 'What stays whole: PIPE_BUF',
  summary:
    'Two writers share a pipe: a write of up to PIPE_BUF bytes stays whole, a larger one is torn apart.',
  kind: 'pitfall',
  rule: 'pipe/interleaved-writes',
  about:
    'Two children write to one pipe. The a’s are written with one call, larger than PIPE_BUF, and yet the b’s land in the midst of them; the b’s, PIPE_BUF bytes, stay together.',
  processes: [
    { id: 'parent', title: 'the parent', begins: 'open' },
    { id: 'large', title: 'the large writer', begins: 'fork' },
    { id: 'small', title: 'the small writer', begins: 'fork' },
  ],
  blocks: [
    { name: 'as', size: 16384, fill: 'a' },
    { name: 'bs', size: 4096, fill: 'b' },
  ],
  objects: thePipe,
  steps: (() => {
    const large = process('large');
    const small = process('small');
    const shown = (sign: string) => sign.repeat(1024);
    const take = (sign: string, why: string, more = {}) =>
      parent('read', ['fd[0]', 'buf', '4096'], { returns: 4096, data: shown(sign) }, why, {
        into: 'n',
        ...more,
      });
    return [
      parent('pipe', ['fd'], 0, 'One pipe for both writers, as a log or a list of results might use it.'),
      parent(
        'fcntl',
        ['fd[0]', 'F_SETPIPE_SZ', '8192'],
        8192,
        'A small pipe, so that it is soon full: two pages.',
      ),
      parent.forks('large', 'The first writer will write 16384 bytes with one call.'),
      parent.forks('small', 'The second one will write 4096 bytes, which is PIPE_BUF on Linux.', {
        into: 'other',
      }),
      parent.closes('fd[1]', 'The parent only reads.'),
      large.closes('fd[0]', 'The writers do not read.'),
      small.closes('fd[0]', 'Otherwise they would not notice that the reader has gone.'),
      large(
        'write',
        ['fd[1]', 'as', '16384'],
        waits(16384),
        'The first 8192 bytes fill the pipe. For the rest write waits, in the midst of its data.',
        { label: 'large' },
      ),
      small(
        'write',
        ['fd[1]', 'bs', '4096'],
        waits(4096),
        'The second writer waits too, for 4096 bytes of room: a write of up to PIPE_BUF bytes goes in as a whole or not yet.',
        { label: 'small' },
      ),
      take(
        'a',
        'The parent takes one page. The writers wait in line: the first one puts its next page in and joins the end of the line.',
      ),
      take(
        'a',
        'Another page. Now it is the second writer’s turn, and its 4096 bytes go in at once, between pages of the first.',
        { wakes: ['small'] },
      ),
      take('a', 'The third page of a’s makes room for the last one.', { wakes: ['large'] }),
      take(
        'b',
        'Here they are: the b’s, whole, in the midst of the a’s, though those were written with a single call.',
      ),
      take('a', 'And the rest of the a’s. A reader that took the a’s for one record would be wrong.'),
      large.ends('The large writer is done.'),
      small.ends('So is the small one.'),
      parent('read', ['fd[0]', 'buf', '4096'], endOfFile, 'No writer is left.', { into: 'n' }),
      parent.waitsFor('large', 'The parent collects one status.'),
      parent(
        'waitpid',
        ['other', 'status', '0'],
        { returns: { pid: 'small' }, child: { exited: 0 } },
        'And the other.',
      ),
      parent.exits('The end.'),
    ];
  })(),
  conclusion:
    'Several writers may share a pipe as long as no record is larger than PIPE_BUF: 4096 bytes on Linux, at least 512 anywhere.',
};

export const synchronise: Scenario = {
  id: 'pipe/synchronise',
  subject: 'pipe',
  title: 'A pipe as a starting signal',
  summary: 'No byte is ever written: closing the write end tells the other process that it may go on.',
  kind: 'normal',
  about:
    'The child waits until the parent has prepared everything. The signal is end-of-file: the parent closes the last write end.',
  processes: family,
  objects: thePipe,
  steps: [
    parent('pipe', ['fd'], 0, 'A pipe that will never carry a byte.'),
    parent.forks('child', 'Both hold both ends.'),
    child.closes('fd[1]', 'The child must not hold the write end, or it would wait for itself.'),
    parent.closes('fd[0]', 'The parent does not read.'),
    child(
      'read',
      ['fd[0]', 'buf', '1'],
      waits(endOfFile),
      'The child waits. It does not spin and it does not sleep for a guessed time.',
      { into: 'n', label: 'start' },
    ),
    parent(
      'getpid',
      [],
      { returns: { pid: 'parent' } },
      'The parent prepares what the child needs; here it only asks for its own number.',
      { into: 'self' },
    ),
    parent.closes(
      'fd[1]',
      'Ready: the last write end is closed, and the child goes on. Any number of children would be released by the same close.',
      { wakes: ['start'] },
    ),
    child.ends('The child does its work and ends.'),
    parent.waitsFor('child', 'The parent collects its status.'),
    parent.exits('The end.'),
  ],
  conclusion:
    'End-of-file is a signal that cannot be lost, comes to all readers at once, and is sent even when the other process dies.',
};

export const filter: Scenario = {
  id: 'pipe/filter',
  subject: 'pipe',
  title: 'Another program as a filter: dup2 and exec',
  summary: 'The parent sends text to tr by one pipe and gets it back in capitals by another.',
  kind: 'normal',
  about:
    'Makes tr a filter: two pipes become its standard input and output, then exec replaces the child. This is what a shell does for a | b.',
  processes: family,
  objects: [
    { kind: 'pipe', id: 'to', title: 'the pipe to tr', handle: 'to[0]' },
    { kind: 'pipe', id: 'from', title: 'the pipe from tr', handle: 'from[0]' },
  ],
  steps: [
    parent('pipe', ['to'], 0, 'One pipe to the filter.'),
    parent('pipe', ['from'], 0, 'One pipe back from it: a pipe has one direction.'),
    parent.forks('child', 'The child will become tr.'),
    child(
      'dup2',
      ['to[0]', 'STDIN_FILENO'],
      0,
      'Descriptor 0 now refers to the first pipe’s read end. tr knows nothing of pipes: it reads its standard input.',
    ),
    child('dup2', ['from[1]', 'STDOUT_FILENO'], 1, 'Descriptor 1 refers to the second pipe’s write end.'),
    child.closes('to[0]', 'The originals are not needed any more.'),
    child.closes(
      'to[1]',
      'This one must go: with a write end of its own input, tr would never see end-of-file.',
    ),
    child.closes('from[0]', 'This end is the parent’s: the child does not read what it writes.'),
    child.closes('from[1]', 'Only descriptors 0 and 1 are left, as any program expects.'),
    child(
      'execlp',
      ['"tr"', '"tr"', '"a-z"', '"A-Z"'],
      { becomes: 'tr' },
      'The process keeps its number and its descriptors, and gets another program. exec returns only when it fails.',
    ),
    parent.closes('to[0]', 'The parent closes what belongs to the filter.'),
    parent.closes('from[1]', 'Or it would be a writer itself and never see the end of the answer.'),
    parent.writes('to[1]', 'hello\n', 'The text goes to tr.'),
    parent.closes('to[1]', 'That was all: tr sees end-of-file, writes what it has and ends.'),
    parent.reads('from[0]', 'HELLO\n', 'The text comes back in capitals.'),
    parent.readsEnd('from[0]', 'The filter has ended, and with it the only write end.'),
    parent.waitsFor('child', 'The parent collects the status of what was its child and then was tr.'),
    parent.exits('The end.'),
  ],
  conclusion:
    'dup2 puts a pipe where a program expects its input or output, and every descriptor that is left over can hold back an end-of-file. With much data, write and read in turn: both pipes can be full.',
};

export const resize: Scenario = {
  id: 'pipe/resize',
  subject: 'pipe',
  title: 'How much a pipe holds: F_SETPIPE_SZ',
  summary: 'The capacity can be asked for and changed, but not below what the pipe holds.',
  kind: 'normal',
  about: 'Asks for the capacity of a pipe and changes it. Only Linux has F_SETPIPE_SZ.',
  processes: [{ id: 'program', title: 'the program', begins: 'open' }],
  blocks: [{ name: 'block', size: 1048576, fill: '.' }],
  objects: thePipe,
  steps: (() => {
    const program = process('program');
    return [
      program('pipe', ['fd'], 0, 'A pipe with its usual capacity.'),
      program(
        'fcntl',
        ['fd[1]', 'F_GETPIPE_SZ'],
        succeeds,
        'A pipe usually has {pipe-size|65536} bytes here. A user with very many pipes gets smaller ones.',
        { into: 'usual' },
      ),
      program(
        'fcntl',
        ['fd[1]', 'F_SETPIPE_SZ', '5000'],
        8192,
        'The kernel rounds up to whole pages of {page|4096} bytes, and to a power of two of them.',
        { into: 'small' },
      ),
      program('fcntl', ['fd[1]', 'F_SETFL', 'O_NONBLOCK'], 0, 'From now on writes to this pipe do not wait.'),
      program(
        'write',
        ['fd[1]', 'block', '100000'],
        8192,
        'A hundred thousand bytes are offered, and as many as fit are taken. A program must look at what write returns.',
        { into: 'n' },
      ),
      program(
        'write',
        ['fd[1]', '"x"', '1'],
        'EAGAIN',
        'The pipe is full. Without O_NONBLOCK this write would wait.',
      ),
      program(
        'fcntl',
        ['fd[1]', 'F_SETPIPE_SZ', '4096'],
        'EBUSY',
        'It cannot become smaller than what it holds: busy.',
      ),
      program(
        'fcntl',
        ['fd[1]', 'F_SETPIPE_SZ', '16384'],
        16384,
        'Larger is possible, up to what /proc/sys/fs/pipe-max-size tells: {pipe-max-size|1048576} bytes for an ordinary user.',
        { into: 'large' },
      ),
      program('write', ['fd[1]', '"x"', '1'], 1, 'There is room again.'),
      program.exits('The pipe goes with its last descriptor.'),
    ];
  })(),
  conclusion:
    'The capacity decides how far a writer may run ahead of its reader. No program should depend on it: only PIPE_BUF is promised.',
};
