/** Every object that a call by hand makes is drawn on a card of its own and has its row in the kernel's table. */
import assert from 'node:assert/strict';
import type { DemoView, ObjectView } from '../../server/demos/view';
import { type Played, Playing } from './hand';
import { linux } from './support';

type Call = [process: string, call: string, args?: string[], into?: string];

/** Calls on top of each other, and what is then in the picture: kind and title of each object that exists. */
interface Case {
  scenario: string;
  calls: Call[];
  made: string[];
}

const eventfd: Call = ['parent', 'eventfd', ['3', '0'], 'event'];
const openpt: Call = ['emulator', 'posix_openpt', ['O_RDWR | O_NOCTTY'], 'master'];
const anonymous = ['4096', 'PROT_READ | PROT_WRITE', 'MAP_SHARED | MAP_ANONYMOUS', '-1'];
const shared = ['4096', 'PROT_READ | PROT_WRITE', 'MAP_SHARED', 'fd'];

const cases: Record<string, Case> = {
  'pipes into one variable': {
    scenario: 'pipe/exchange',
    calls: Array.from({ length: 3 }, () => ['parent', 'pipe', ['fd']]),
    made: ['pipe: the pipe', 'pipe: the pipe fd', 'pipe: the pipe fd (2)'],
  },
  'counters, which have one name in /proc': {
    scenario: 'eventfd/adds-up',
    calls: [eventfd, eventfd],
    made: ['counter: the counter', 'counter: the counter event'],
  },
  'terminals, which have one name in /proc': {
    scenario: 'pty/editing',
    calls: [openpt, openpt],
    made: ['terminal: the terminal', 'terminal: the terminal master'],
  },
  'private queues and sets': {
    scenario: 'pipe/exchange',
    calls: [
      ['parent', 'msgget', ['IPC_PRIVATE', 'IPC_CREAT | 0600'], 'queue'],
      ['parent', 'msgget', ['IPC_PRIVATE', 'IPC_CREAT | 0600'], 'queue'],
      ['parent', 'msgget', ['IPC_PRIVATE', 'IPC_CREAT | 0600'], 'other'],
      ['parent', 'semget', ['IPC_PRIVATE', '2', 'IPC_CREAT | 0600'], 'set'],
      ['parent', 'semget', ['IPC_PRIVATE', '1', 'IPC_CREAT | 0600'], 'set'],
    ],
    made: [
      'queue: the queue',
      'queue: the queue (2)',
      'queue: the queue other',
      'semaphore: the set',
      'semaphore: the set (2)',
    ],
  },
  'names, each once however often it is opened': {
    scenario: 'pipe/exchange',
    calls: [
      ['parent', 'mkfifo', ['"one"', '0600']],
      ['parent', 'mkfifo', ['"two"', '0600']],
      ['parent', 'open', ['"two"', 'O_RDWR'], 'fifo'],
      ['parent', 'open', ['"three"', 'O_RDWR | O_CREAT', '0600'], 'file'],
      ['parent', 'open', ['"three"', 'O_RDONLY'], 'again'],
      ['parent', 'mq_open', ['"/one"', 'O_CREAT | O_RDWR', '0600', '2', '16'], 'queue'],
      ['parent', 'mq_open', ['"/one"', 'O_RDONLY'], 'reading'],
      ['parent', 'sem_open', ['"/one"', 'O_CREAT', '0600', '1'], 'lock'],
    ],
    made: [
      'fifo: the FIFO one',
      'fifo: the FIFO two',
      'file: the file three',
      'mqueue: the queue /one',
      'semaphore: the semaphore /one',
    ],
  },
  'memory: anonymous, of POSIX, of System V, of a file': {
    scenario: 'pipe/exchange',
    calls: [
      ['parent', 'mmap', anonymous, 'cells'],
      ['parent', 'mmap', anonymous, 'cells'],
      ['parent', 'shm_open', ['"/cells"', 'O_CREAT | O_RDWR', '0600'], 'fd'],
      ['parent', 'ftruncate', ['fd', '4096']],
      ['parent', 'mmap', shared, 'first'],
      ['parent', 'shmget', ['IPC_PRIVATE', '4096', 'IPC_CREAT | 0600'], 'segment'],
      ['parent', 'shmat', ['segment', '0'], 'attached'],
      ['parent', 'open', ['"data"', 'O_RDWR | O_CREAT', '0600'], 'fd'],
      ['parent', 'ftruncate', ['fd', '4096']],
      ['parent', 'mmap', shared, 'of_file'],
    ],
    made: [
      'memory: the memory cells',
      'memory: the memory cells (2)',
      'memory: the memory /cells',
      'memory: the segment',
      'file: the file data',
      'memory: the memory of_file',
    ],
  },
  'pairs of sockets': {
    scenario: 'socketpair/two-ways',
    calls: [
      ['parent', 'socketpair', ['AF_UNIX', 'SOCK_STREAM', '0', 'mine']],
      ['parent', 'socketpair', ['AF_UNIX', 'SOCK_SEQPACKET', '0', 'mine']],
      ['parent', 'send', ['mine[0]', '"whole"', '', '0']],
    ],
    made: ['connection: the pair mine', 'connection: the pair mine (2)'],
  },
  'a socket for datagrams and the signals of a process': {
    scenario: 'pipe/exchange',
    calls: [
      ['parent', 'socket', ['AF_UNIX', 'SOCK_DGRAM', '0'], 'box'],
      ['parent', 'bind', ['box', 'unix("box")']],
      ['parent', 'fork', [], 'pid'],
      ['child2', 'sigprocmask', ['SIG_BLOCK', 'SIGUSR1']],
      ['child2', 'sigaction', ['SIGUSR2', 'note', '0']],
      ['parent', 'kill', ['pid', 'SIGUSR1']],
    ],
    made: ['socket: the socket box', 'signals: signals of child 2'],
  },
  'an object beside the one that the script has yet to make': {
    scenario: 'sysv-msg/by-type',
    calls: [['sender', 'msgget', ['IPC_PRIVATE', 'IPC_CREAT | 0600'], 'queue']],
    made: ['queue: the queue'],
  },
  'no more than fit': {
    scenario: 'pipe/exchange',
    calls: Array.from({ length: 9 }, () => ['parent', 'pipe', ['more']]),
    made: Array.from(
      { length: 7 },
      (_, index) => `pipe: the pipe more${index === 0 ? '' : ` (${index + 1})`}`,
    ),
  },
};

const existing = (view: DemoView) => view.objects.filter((object) => object.exists);
const words = ({ kind, title }: ObjectView) => `${kind}: ${title}`;

(linux ? describe : describe.skip)('objects made by hand', function () {
  this.timeout(60_000);
  let playing: Playing;
  beforeEach(() => {
    playing = new Playing();
  });
  afterEach(() => playing.end());

  async function issueAll(scenario: string, calls: Call[]): Promise<Played> {
    const played = await playing.play(scenario);
    for (const [process, call, args, into] of calls) {
      const { outcome } = await played.issue(process, call, args, into);
      assert.match(outcome!, /^(returned|done)/, `${call}(${args})`);
    }
    return played;
  }

  for (const [name, { scenario, calls, made }] of Object.entries(cases))
    it(`are all in the picture and in the table: ${name}`, async () => {
      const { view } = await issueAll(scenario, calls);
      assert.deepEqual(existing(view()).map(words), made);
      const ids = view().objects.map(({ id }) => id);
      assert.equal(new Set(ids).size, ids.length);
      for (const object of existing(view())) {
        const row = view().kernel.find(
          ({ handle, process }) =>
            handle === object.title ||
            (/^(queue|set|signals)/.test(handle) && (process === undefined || handle === 'signals')),
        );
        assert.ok(row, `${object.title} has a row: ${JSON.stringify(view().kernel)}`);
      }
    });

  it('keep what they hold when the variable is filled anew', async () => {
    const { issue, view } = await playing.play('pipe/exchange');
    await issue('parent', 'pipe', ['fd']);
    await issue('parent', 'write', ['fd[1]', '"first"']);
    await issue('parent', 'dup', ['fd[0]'], 'kept');
    await issue('parent', 'pipe', ['fd']);
    const written = await issue('parent', 'write', ['fd[1]', '"second"']);
    const pipes = existing(view()).map((object) => object.kind === 'pipe' && object.content);
    assert.deepEqual(pipes, ['first', 'second']);
    assert.equal(written.transfer?.object, view().objects[1]!.id);
    const read = await issue('parent', 'read', ['kept', 'buf', '9']);
    assert.equal(read.transfer?.object, view().objects[0]!.id);
  });

  it('of memory are told apart though processes have them at one address', async () => {
    const { issue, view } = await playing.play('pipe/exchange');
    await issue('parent', 'fork', [], 'pid');
    const one = await issue('parent', 'mmap', anonymous, 'cells');
    const other = await issue('child2', 'mmap', anonymous, 'cells');
    assert.equal(one.outcome, other.outcome, 'a child’s addresses are laid out as those of its parent');
    await issue('parent', 'put', ['cells', '0', '7']);
    const put = await issue('child2', 'put', ['cells', '0', '8']);
    const memories = view().objects.filter((object) => object.kind === 'memory');
    assert.deepEqual(
      memories.map(({ mappers, rows }) => [mappers, rows[0]?.cells?.[0]]),
      [
        [['parent'], 7],
        [['child2'], 8],
      ],
    );
    assert.equal(put.transfer?.object, memories[1]!.id);
    await issue('child2', 'fork', [], 'pid');
    assert.deepEqual(
      view().objects.flatMap((object) => (object.kind === 'memory' ? [object.mappers] : [])),
      [['parent'], ['child2', 'child3']],
      'a child has what its parent has',
    );
  });

  for (const [scenario, family, address] of [
    ['unix-stream/echo', 'AF_UNIX', 'unix("own")'],
    ['inet-stream/echo', 'AF_INET', 'loopback(htons(PORT))'],
  ] as const)
    it(`of sockets are listeners and connections with both their ends: ${scenario}`, async () => {
      const { issue, view } = await playing.play(scenario);
      const [server, client] = ['server', 'client'];
      if (!view().processes.some(({ id }) => id === client)) await issue(server, 'fork', [], 'pid');
      const far = view().processes.find(({ id }) => id !== server)!.id;
      await issue(server, 'socket', [family, 'SOCK_STREAM', '0'], 'door');
      await issue(server, 'bind', ['door', address]);
      await issue(server, 'listen', ['door', '4']);
      for (const [made, accepted] of [
        ['first', 'one'],
        ['second', 'two'],
      ] as const) {
        await issue(far, 'socket', [family, 'SOCK_STREAM', '0'], made);
        /* Whoever accepts may wait for the other, or the other way round. */
        if (made === 'second')
          assert.equal((await issue(server, 'accept', ['door'], accepted)).status, 'blocked');
        await issue(far, 'connect', [made, address]);
        if (made === 'first') await issue(server, 'accept', ['door'], accepted);
        await issue(server, 'send', [accepted, `"to ${made}"`, '', '0']);
      }
      assert.deepEqual(existing(view()).map(words), [
        'listener: the listening socket door',
        'connection: the connection first',
        'connection: the connection second',
      ]);
      const connections = existing(view()).flatMap((object) =>
        object.kind === 'connection' ? [object] : [],
      );
      assert.deepEqual(
        connections.map(({ ends }) => ends.map(({ owner, holders, content }) => [owner, holders, content])),
        [
          [
            [far, [far], 'to first'],
            [server, [server], ''],
          ],
          [
            [far, [far], 'to second'],
            [server, [server], ''],
          ],
        ],
      );
    });

  it('stand beside those of the script, which goes on with its own', async () => {
    const { session, issue } = await playing.play('sysv-msg/by-type', false);
    await issue('sender', 'msgget', ['IPC_PRIVATE', 'IPC_CREAT | 0600'], 'queue');
    await issue('sender', 'msgsnd', ['queue', '9', '"mine"', '0']);
    for (let step = 0; step < 5; step++) await playing.demos.act(session, 'step');
    const queues = existing(playing.latest).flatMap((object) => (object.kind === 'queue' ? [object] : []));
    assert.deepEqual(
      queues.map(({ title, messages }) => [title, messages.map(({ text }) => text)]),
      [
        ['the queue', ['report']],
        ['the queue (2)', ['mine']],
      ],
    );
  });
});
