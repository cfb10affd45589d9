import type { FacilityDemos } from '../kit';
import type { Scenario, Step } from '../scenario';
import { beginning, filter, full, interleaved, resize, synchronise, thePipe } from './pipe-flow';
import { bytes, endOfFile, family, process, waits } from './steps';

const parent = process('parent');
const child = process('child');

const exchange: Scenario = {
  id: 'pipe/exchange',
  subject: 'pipe',
  title: 'A pipe from parent to child',
  summary: 'The parent sends five bytes to its child; then the child sees end-of-file.',
  kind: 'normal',
  about:
    'The parent writes into a pipe and its child reads: first the bytes, then end-of-file once nobody can write any more.',
  processes: family,
  objects: thePipe,
  steps: [
    ...beginning,
    child.closes(
      'fd[1]',
      'The child only reads. Were it to keep its copy of the write end, the pipe could never lose its last writer and the child would never see end-of-file.',
    ),
    parent.closes(
      'fd[0]',
      'The parent only writes. Without a read end of its own it learns at once when the child stops reading.',
    ),
    child(
      'read',
      ['fd[0]', 'buf', '64'],
      waits(bytes('hello')),
      'The pipe is empty and the parent holds a write end, so bytes may still come: read waits.',
      { into: 'n', label: 'first read' },
    ),
    parent.writes(
      'fd[1]',
      'hello',
      'The bytes go into the pipe and wake the child. Its read returns with what is there, which may be less than it asked for.',
      { wakes: ['first read'] },
    ),
    child(
      'read',
      ['fd[0]', 'buf', '64'],
      waits(endOfFile),
      'The pipe is empty again and still has a writer, so this read waits too.',
      { into: 'n', label: 'second read' },
    ),
    parent.closes(
      'fd[1]',
      'This was the last write end. Nothing can come any more: the waiting read returns 0, which means end-of-file.',
      { wakes: ['second read'] },
    ),
    child.ends(
      'The child is done. The kernel closes what it still holds and keeps its status until the parent asks for it.',
    ),
    parent.waitsFor(
      'child',
      'The parent collects the status; until then the dead child stays in the process table as a zombie.',
    ),
    parent.exits('Nothing remains: with its last descriptor the pipe itself was gone.'),
  ],
  conclusion:
    'A pipe carries bytes in one direction, and end-of-file comes when the last write end is closed. So each process closes the end it does not use.',
};

const neverEnds: Scenario = {
  id: 'pipe/never-ends',
  subject: 'pipe',
  title: 'The reader that never sees end-of-file',
  summary: 'The parent forgets to close its write end, and its child waits for bytes that nobody will send.',
  kind: 'pitfall',
  rule: 'pipe/unused-end-open',
  about:
    'A mistake on purpose: the parent keeps its write end open while it waits for the child, and the child waits for end-of-file. Neither ever goes on. Stop it with Ctrl+C.',
  processes: family,
  objects: thePipe,
  steps: [
    ...beginning,
    child.closes('fd[1]', 'The child does it right and closes the write end, which it does not use.'),
    parent.closes('fd[0]', 'The parent closes the read end. One write end is left now: its own.'),
    parent.writes('fd[1]', 'hello', 'All that the parent has to say goes into the pipe.'),
    child.reads('fd[0]', 'hello', 'The child takes it.'),
    child(
      'read',
      ['fd[0]', 'buf', '64'],
      waits(endOfFile),
      'The child reads on until end-of-file. But a write end is open, so the kernel must assume that more will come, and read waits.',
      { into: 'n', label: 'endless read' },
    ),
    parent.closes(
      'fd[1]',
      'The program goes on to waitpid here: the parent would wait for the child, the child for the parent, for ever. This call, issued by hand, is the one that the program lacks. With the last write end closed, read returns 0 at once.',
      {
        wakes: ['endless read'],
        absent: true,
        comment:
          'As long as this process holds a write end the child sees no end-of-file, and waitpid below waits for the child.',
      },
    ),
    child.ends('End-of-file was all that the child was waiting for.'),
    parent.waitsFor('child', 'Only because of the close before does this call return.', {
      comment: 'The parent waits for a child that cannot end.',
    }),
    parent.exits('Both have ended.'),
  ],
  conclusion:
    'End-of-file is not something a writer sends: it is the absence of writers. One forgotten descriptor, in any process, holds it back.',
};

/** The reader takes one line and leaves; the writer does not know. */
const readerLeaves: Step[] = [
  child.closes('fd[1]', 'The child only reads.'),
  parent.closes('fd[0]', 'The parent only writes. The child is now the only reader.'),
  parent.writes('fd[1]', 'one\n', 'While somebody holds a read end, bytes may be written, read or not.'),
  child.reads('fd[0]', 'one\n', 'The child takes one line.'),
  child.ends('One line was all it wanted. With the child goes the last read end of the pipe.'),
  parent.waitsFor(
    'child',
    'The parent waits for the child, so that it is certain: nobody can read any more.',
  ),
];

const sigpipe: Scenario = {
  id: 'pipe/sigpipe',
  subject: 'pipe',
  title: 'Writing when nobody reads: SIGPIPE',
  summary: 'The reader leaves, the writer goes on, and the kernel kills it.',
  kind: 'pitfall',
  rule: 'pipe/sigpipe',
  about:
    'The child reads one line and ends. The parent writes a second line into a pipe that nobody can read and is killed by SIGPIPE; the shell shows status 141, which is 128 + 13.',
  processes: family,
  objects: thePipe,
  steps: [
    ...beginning,
    ...readerLeaves,
    parent(
      'write',
      ['fd[1]', '"two\\n"', '4'],
      { killed: 'SIGPIPE' },
      'No process holds the read end. The kernel sends the writer SIGPIPE, whose default action ends it: write does not even return.',
    ),
  ],
  conclusion:
    'SIGPIPE ends programs that do not look at what write returns, such as one in a pipeline whose reader has left. A program that wants to go on ignores the signal and handles EPIPE.',
};

const epipe: Scenario = {
  id: 'pipe/epipe',
  subject: 'pipe',
  title: 'The careful writer: EPIPE instead of SIGPIPE',
  summary: 'The reader leaves again, but this writer ignores SIGPIPE and gets an error that it can handle.',
  kind: 'normal',
  about:
    'The parent ignores SIGPIPE. When it writes into a pipe that nobody can read, write fails with EPIPE and the program goes on.',
  processes: family,
  objects: thePipe,
  steps: [
    ...beginning,
    parent(
      'sigaction',
      ['SIGPIPE', 'SIG_IGN'],
      0,
      'From now on SIGPIPE has no effect on the parent; what happens to a write is told by its return value.',
    ),
    ...readerLeaves,
    parent(
      'write',
      ['fd[1]', '"two\\n"', '4'],
      'EPIPE',
      'Nobody can read this. The signal is ignored, so write returns -1 and errno says EPIPE.',
    ),
    parent.exits('The parent has learnt what happened and ends in its own way.'),
  ],
  conclusion:
    'With SIGPIPE ignored a broken pipe is an ordinary error. Servers and other programs that serve several peers nearly always do this.',
};

export const pipeDemos: FacilityDemos = {
  id: 'pipe',
  scenarios: [exchange, neverEnds, sigpipe, epipe, full, resize, interleaved, synchronise, filter],
};
