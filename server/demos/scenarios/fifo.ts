import type { FacilityDemos } from '../kit';
import type { ObjectSpec, Scenario } from '../scenario';
import { bytes, endOfFile, process, succeeds, waits, waitsForEver } from './steps';

const fifo = (name: string, title = 'the FIFO'): ObjectSpec => ({
  kind: 'fifo',
  id: name,
  title,
  handle: name,
});

const reader = process('reader');
const writer = process('writer');

const meet: Scenario = {
  id: 'fifo/meet',
  subject: 'fifo',
  title: 'Two programs meet by a name',
  summary: 'Two unrelated programs open the same name; each waits in open until the other is there.',
  kind: 'normal',
  about:
    'The reader makes a FIFO and opens it; the writer, started from another terminal, opens the same name. Neither is the other’s parent: the name is all that they share. Start the reader first.',
  processes: [
    { id: 'reader', title: 'the reader', begins: 'open' },
    { id: 'writer', title: 'the writer', begins: 'first-step' },
  ],
  objects: [fifo('letters')],
  steps: [
    reader(
      'mkfifo',
      ['"letters"', '0600'],
      0,
      'A FIFO is a pipe with a name in the file system. So far there is only the name; 0600 lets no other user open it.',
      { tolerates: 'EEXIST' },
    ),
    reader(
      'open',
      ['"letters"', 'O_RDONLY'],
      waits(succeeds),
      'Opening for reading waits until somebody opens the same name for writing. This is how the two sides meet.',
      {
        into: 'fd',
        label: 'open to read',
      },
    ),
    writer(
      'open',
      ['"letters"', 'O_WRONLY'],
      succeeds,
      'The other side comes. Now both open calls return, and behind the name there is a pipe.',
      {
        into: 'fd',
        wakes: ['open to read'],
      },
    ),
    writer.writes(
      'fd',
      'hello',
      'From here on everything is as with a pipe. The bytes lie in the kernel’s memory, never on the disk.',
    ),
    reader.reads('fd', 'hello', 'The reader gets them.'),
    reader('read', ['fd', 'buf', '64'], waits(endOfFile), 'The FIFO is empty and has a writer: read waits.', {
      into: 'n',
      label: 'last read',
    }),
    writer.closes('fd', 'The only writer closes its end: the waiting reader sees end-of-file.', {
      wakes: ['last read'],
    }),
    writer.exits('The writer is done.'),
    reader.closes('fd', 'With the last descriptor the pipe is gone. The name is still there.'),
    reader(
      'unlink',
      ['"letters"'],
      0,
      'Whoever made the name removes it; otherwise it would stay in the file system.',
    ),
    reader.exits('Nothing is left.'),
  ],
  conclusion:
    'A FIFO joins programs that have no common ancestor. Opening it is a rendezvous: each side waits for the other, unless it asks not to with O_NONBLOCK.',
};

const enxio: Scenario = {
  id: 'fifo/enxio',
  subject: 'fifo',
  title: 'Opening without waiting: ENXIO',
  summary: 'With O_NONBLOCK a reader may come first, a writer may not.',
  kind: 'normal',
  about:
    'Opens a FIFO with O_NONBLOCK. A writer that finds no reader fails with ENXIO; a reader is let in at once.',
  processes: [{ id: 'program', title: 'the program', begins: 'open' }],
  objects: [fifo('letters')],
  steps: (() => {
    const program = process('program');
    return [
      program('mkfifo', ['"letters"', '0600'], 0, 'A name, and nobody who has it open.', {
        tolerates: 'EEXIST',
      }),
      program(
        'open',
        ['"letters"', 'O_WRONLY | O_NONBLOCK'],
        'ENXIO',
        'A writer without a reader could only produce SIGPIPE. So a writer that does not want to wait is refused: no such device or address.',
      ),
      program(
        'open',
        ['"letters"', 'O_RDONLY | O_NONBLOCK'],
        succeeds,
        'A reader may come first: it returns at once, and finds nothing to read yet.',
        { into: 'in' },
      ),
      program(
        'read',
        ['in', 'buf', '64'],
        { eof: true },
        'Without any writer read does not wait. It returns 0, which here means: nobody writes, not: nobody will.',
        { into: 'n' },
      ),
      program(
        'open',
        ['"letters"', 'O_WRONLY | O_NONBLOCK'],
        succeeds,
        'There is a reader now, so the writer is let in. It happens to be the same process.',
        { into: 'out' },
      ),
      program(
        'read',
        ['in', 'buf', '64'],
        'EAGAIN',
        'Now there is a writer: bytes may come, and with O_NONBLOCK read says “not yet” instead of waiting.',
      ),
      program.writes('out', 'hello', 'A few bytes go into the pipe.'),
      program.reads('in', 'hello', 'They come out again, in the same process.'),
      program.closes('out', 'The write end is closed.'),
      program.closes('in', 'With the read end the pipe is gone; the name stays.'),
      program('unlink', ['"letters"'], 0, 'The name is removed by hand.'),
      program.exits('All is as before.'),
    ];
  })(),
  conclusion:
    'A server opens its FIFO for reading with O_NONBLOCK or waits for its clients; a client that gets ENXIO knows that no server runs.',
};

const server = process('server');
const client = process('client');

const deadlock: Scenario = {
  id: 'fifo/deadlock',
  subject: 'fifo',
  title: 'Both open for reading first',
  summary: 'Two programs with two FIFOs open them in opposite orders, and each waits in open for the other.',
  kind: 'pitfall',
  rule: 'fifo/open-deadlock',
  about:
    'A mistake on purpose: the server opens the FIFO of requests for reading first, the client that of answers. Each waits for a writer, and the writer would be the other one. Stop it with Ctrl+C.',
  processes: [
    { id: 'server', title: 'the server', begins: 'open' },
    { id: 'client', title: 'the client', begins: 'fork' },
  ],
  objects: [fifo('requests', 'requests'), fifo('answers', 'answers')],
  steps: [
    server('mkfifo', ['"requests"', '0600'], 0, 'One FIFO is for what the client asks.', {
      tolerates: 'EEXIST',
    }),
    server(
      'mkfifo',
      ['"answers"', '0600'],
      0,
      'Another is for what the server answers: a pipe carries data one way only.',
      { tolerates: 'EEXIST' },
    ),
    server.forks(
      'client',
      'The client could as well be a program of its own; all that counts are the names.',
    ),
    server(
      'open',
      ['"requests"', 'O_RDONLY'],
      waitsForEver,
      'The server wants requests first. open waits until the client opens this FIFO for writing.',
      { into: 'in' },
    ),
    client(
      'open',
      ['"answers"', 'O_RDONLY'],
      waitsForEver,
      'The client opens the FIFO of answers first, also for reading. Its open waits for the server, which waits for the client. Neither will ever write a byte.',
      { into: 'in' },
    ),
  ],
  conclusion:
    'Both wait for ever. The two sides must open the FIFOs in the same order: what one opens first for reading, the other opens first for writing.',
};

const serverEof: Scenario = {
  id: 'fifo/server-eof',
  subject: 'fifo',
  title: 'The server that sees end-of-file between clients',
  summary: 'Each client that leaves is the last writer, so the server’s read returns 0 again and again.',
  kind: 'pitfall',
  rule: 'fifo/server-eof',
  about:
    'A mistake on purpose: the server opens its FIFO only for reading. When the first client leaves, nobody writes any more: every read returns 0 at once, and the loop spins.',
  processes: [
    { id: 'server', title: 'the server', begins: 'open' },
    { id: 'first', title: 'the first client', begins: 'first-step' },
    { id: 'second', title: 'the second client', begins: 'first-step' },
  ],
  objects: [fifo('requests', 'requests')],
  steps: (() => {
    const first = process('first');
    const second = process('second');
    return [
      server(
        'mkfifo',
        ['"requests"', '0600'],
        0,
        'The well-known name under which clients find the server.',
        { tolerates: 'EEXIST' },
      ),
      server('open', ['"requests"', 'O_RDONLY'], waits(succeeds), 'The server waits for its first client.', {
        into: 'fd',
        label: 'open',
      }),
      first('open', ['"requests"', 'O_WRONLY'], succeeds, 'The first client comes.', {
        into: 'fd',
        wakes: ['open'],
      }),
      first.writes('fd', 'one', 'It sends its request.'),
      first.exits('It leaves, and with it goes the only writer.'),
      server.reads('fd', 'one', 'The server serves it.'),
      server.readsEnd('fd', 'There is no writer now. read does not wait for the next client: it returns 0.'),
      server.readsEnd(
        'fd',
        'And again, at once. A loop around this read takes all of a processor and does nothing.',
      ),
      server(
        'open',
        ['"requests"', 'O_WRONLY'],
        succeeds,
        'The remedy, by hand: the server opens its own FIFO for writing too and never uses that descriptor. Now there is always a writer.',
        {
          into: 'keep',
          absent: true,
          comment:
            'With a writer of its own the server would wait for the next client instead of seeing end-of-file.',
        },
      ),
      server('read', ['fd', 'buf', '64'], waits(bytes('two')), 'This read waits, as it should.', {
        into: 'n',
        label: 'next request',
      }),
      second('open', ['"requests"', 'O_WRONLY'], succeeds, 'Some time later the next client comes.', {
        into: 'fd',
      }),
      second.writes('fd', 'two', 'It finds the server waiting, and wakes it.', { wakes: ['next request'] }),
      second.exits('It leaves too; nothing happens to the server this time.'),
      server('unlink', ['"requests"'], 0, 'The server is stopped and takes its name away.'),
      server.exits('The end.'),
    ];
  })(),
  conclusion:
    'End-of-file of a FIFO says only that nobody has it open for writing now. A server keeps a write descriptor of its own, or opens the FIFO with O_RDWR where only Linux counts.',
};

const persists: Scenario = {
  id: 'fifo/persists',
  subject: 'fifo',
  title: 'The name stays in the file system',
  summary: 'The bytes go when nobody has the FIFO open; the name goes when somebody removes it.',
  kind: 'normal',
  about:
    'The first program makes a FIFO, puts bytes into it and ends. The second finds the name, but not the bytes, and removes the name.',
  processes: [
    { id: 'first', title: 'the first program', begins: 'open' },
    { id: 'second', title: 'the second program', begins: 'first-step' },
  ],
  objects: [fifo('letters')],
  steps: (() => {
    const first = process('first');
    const second = process('second');
    return [
      first('mkfifo', ['"letters"', '0600'], 0, 'The name is made.', { tolerates: 'EEXIST' }),
      first(
        'open',
        ['"letters"', 'O_RDWR'],
        succeeds,
        'On Linux, O_RDWR opens both ends at once and waits for nobody. POSIX leaves open what it does.',
        { into: 'fd' },
      ),
      first.writes('fd', 'hello', 'Five bytes lie in the pipe.'),
      first.exits(
        'The program ends without reading them. Nobody has the FIFO open any more: the bytes are gone.',
      ),
      second(
        'mkfifo',
        ['"letters"', '0600'],
        'EEXIST',
        'A second program wants to make the FIFO as well. The name is there already; a program that would use it anyway goes on.',
        { tolerates: 'EEXIST' },
      ),
      second('open', ['"letters"', 'O_RDONLY | O_NONBLOCK'], succeeds, 'It opens what is there.', {
        into: 'fd',
      }),
      second.readsEnd('fd', 'It finds nothing: a FIFO keeps its name in the file system, never its data.'),
      second('unlink', ['"letters"'], 0, 'The name is removed by hand, as that of any file.'),
      second.exits('Now nothing is left.'),
    ];
  })(),
  conclusion:
    'A FIFO’s name persists like a file, its content only as long as somebody has it open. A program that makes FIFOs handles EEXIST and decides who removes the name.',
};

export const fifoDemos: FacilityDemos = {
  id: 'fifo',
  scenarios: [meet, enxio, deadlock, serverEof, persists],
};
