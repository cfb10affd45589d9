/** Kernel objects in words: what each kind of drawing says to those who do not see it. */
import assert from 'node:assert/strict';
import { drawingOf, objectSentence } from '../../client/panel/webview/stage/drawings';
import { screenOf } from '../../client/panel/webview/stage/terminal';
import type { MutexView, ObjectView, SocketContent } from '../../server/protocol';
import { pipeExchange } from './fixtures/pipe-exchange';

const view = pipeExchange[4]!;
const common = { id: 'x', title: 'the thing', exists: true };
const socket = (more: Partial<SocketContent>): SocketContent => ({
  holders: [],
  unread: 0,
  content: '',
  messages: [],
  end: false,
  ...more,
});
const says = (object: ObjectView) => objectSentence(view, object);
const measures = (object: ObjectView) => drawingOf(object)!.measure(object);

describe('objects in words', () => {
  const pipe = { capacity: 65536, unread: 0, content: '', readers: [], writers: [] };

  it('a FIFO is a name, a pipe, or both', () => {
    const name: ObjectView = { kind: 'fifo', ...common, ...pipe, name: 'letters' };
    assert.equal(measures(name), 'a name only');
    assert.match(says(name), /is a name only: nobody has it open\. It has the name letters\.$/);
    const open: ObjectView = { kind: 'fifo', ...common, ...pipe, readers: ['child'] };
    assert.equal(measures(open), '0 of 65,536 bytes');
    assert.match(says(open), /is empty\. Write end: nobody\. Read end: child\. It has no name any more\.$/);
    assert.equal(says({ ...name, exists: false }), 'The thing does not exist.');
  });

  it('a datagram socket holds messages, one by one', () => {
    const messages = [
      { text: 'one', size: 3, from: '@other' },
      { text: '', size: 0 },
    ];
    const box: ObjectView = {
      kind: 'socket',
      ...common,
      ...socket({ messages, holders: ['parent'], name: 'box' }),
    };
    assert.equal(measures(box), '2 messages');
    assert.equal(says(box), 'The thing (box), held by parent: 2 messages: “one”, “”.');
    assert.match(says({ ...box, error: true }), /an error waits for the next call/);
  });

  it('a listener counts who waits, and tells what the kernel keeps', () => {
    const door: ObjectView = {
      kind: 'listener',
      ...common,
      name: '127.0.0.1:80',
      listening: true,
      holders: ['parent'],
      pending: 1,
      backlog: 5,
      kept: [],
    };
    assert.equal(measures(door), 'listening, backlog 5');
    assert.equal(
      says(door),
      'The thing (127.0.0.1:80) is listening, held by parent. 1 connection to accept.',
    );
    assert.match(says({ ...door, kept: ['TIME_WAIT'] }), /Kept by the kernel: TIME_WAIT\.$/);
  });

  it('a connection has two directions; whoever stands left comes first', () => {
    const ends: [SocketContent, SocketContent] = [
      socket({ owner: 'child', holders: ['child'], unread: 5, content: 'hello' }),
      socket({ owner: 'parent', holders: ['parent'], end: true, name: 'a.socket' }),
    ];
    const connection: ObjectView = { kind: 'connection', ...common, form: 'bytes', ends };
    assert.equal(measures(connection), '5 bytes under way');
    assert.equal(
      says(connection),
      'The thing joins two sockets. The socket of parent (a.socket): nothing to read, then end-of-file. The socket of child: 5 bytes to read: “hello”.',
    );
    const message = { ...ends[0], messages: [{ text: 'hi', size: 2 }] };
    assert.equal(
      measures({ ...connection, form: 'messages', ends: [message, ends[1]] }),
      '1 message under way',
    );
  });

  it('a terminal shows what its bytes make of a screen', () => {
    assert.deepEqual(screenOf('$ lx\b \bs\r\na\tb\r\n'), ['$ ls', 'a\tb', '']);
    assert.deepEqual(screenOf('abc\rX'), ['Xbc']);
    assert.deepEqual(screenOf('\b\b'), ['']);
    const terminal: ObjectView = {
      kind: 'terminal',
      ...common,
      name: '/dev/pts/3',
      echo: true,
      lines: false,
      screen: '$ ls\r\n',
      forMaster: 0,
      forSlave: 0,
      masters: ['parent'],
      slaves: ['child'],
      controls: 'child',
    };
    assert.equal(
      says(terminal),
      'The thing /dev/pts/3: echo on, input byte by byte. Master: parent. Slave: child. It controls the session of child. On the screen: $ ls / .',
    );
  });

  it('a file tells its locks, by range and by owner', () => {
    const file: ObjectView = {
      kind: 'file',
      ...common,
      name: 'accounts',
      size: 20,
      content: 'first',
      holders: ['parent', 'child'],
      locks: [
        { style: 'record', mode: 'write', from: 0, to: 9, processes: ['parent'], waits: false },
        { style: 'description', mode: 'read', from: 5, processes: ['child'], waits: true },
        { style: 'flock', mode: 'write', from: 0, processes: ['parent', 'child'], waits: false },
      ],
    };
    assert.equal(measures(file), '20 bytes');
    assert.match(
      says(file),
      /3 locks: write lock, 0–9 \(parent\); waiting: OFD read lock, 5–end \(child\); flock exclusive \(parent, child\)\.$/,
    );
    assert.match(says({ ...file, locks: [] }), /Not locked\.$/);
  });

  it('signals tell what waits, what is held back, and what becomes of them', () => {
    const signals: ObjectView = {
      kind: 'signals',
      ...common,
      process: 'parent',
      signals: [
        { name: 'SIGUSR1', pending: false, blocked: false, action: 'handler', values: [] },
        { name: 'SIGRTMIN', pending: true, blocked: true, action: 'default', values: [1, 2] },
      ],
    };
    assert.equal(measures(signals), '1 pending');
    assert.equal(
      says(signals),
      'The thing: 2 signals: SIGUSR1 handler; SIGRTMIN blocked, default action, pending with 1, 2.',
    );
    assert.match(says({ ...signals, signals: [] }), /nothing blocked, pending or handled\.$/);
  });

  it('a mutex tells who has it, who waits, and whether they wait in a circle', () => {
    const mutex = (more: Partial<MutexView>): MutexView => ({
      kind: 'mutex',
      ...common,
      state: 'held',
      owner: 'parent',
      ownerDead: false,
      inconsistent: false,
      robust: false,
      forOneProcess: false,
      ...more,
    });
    assert.equal(measures(mutex({})), 'locked');
    assert.equal(says(mutex({})), 'The thing: held by parent.');
    assert.equal(says(mutex({ state: 'free', owner: undefined, robust: true })), 'The thing: free, robust.');
    assert.match(says(mutex({ state: 'abandoned', owner: undefined })), /: its owner died\.$/);
    assert.match(
      says(mutex({ ownerDead: true, forOneProcess: true })),
      /one process only\. And the owner is dead\.$/,
    );
    const waiting = (id: string, object: string) => ({
      ...view.processes.find((process) => process.id === id)!,
      wait: { call: 'pthread_mutex_lock', object },
    });
    const first = mutex({ id: 'first', title: 'the first' });
    const second = mutex({ id: 'second', title: 'the second', owner: 'child' });
    const circle = {
      ...view,
      processes: [waiting('parent', 'second'), waiting('child', 'first')],
      objects: [first, second],
    };
    assert.match(
      objectSentence(circle, first),
      /Waiting: child\. A circle: parent waits for child, child waits for parent\.$/,
    );
    const line = { ...circle, processes: [waiting('parent', 'second'), view.processes[1]!] };
    assert.equal(objectSentence(line, second), 'The second: held by child. Waiting: parent.');
  });

  it('a condition variable has nothing but those who wait', () => {
    const condition: ObjectView = { kind: 'condition', ...common, waiting: 0, forOneProcess: true };
    assert.equal(measures(condition), 'no value');
    assert.equal(
      says(condition),
      'The thing: nobody waits, a signal would be lost. Made for one process only.',
    );
  });

  it('memory tells the members of a structure, semaphores tell their copies', () => {
    const fields = [
      { name: 'count', values: ['3'] },
      { name: 'place', values: ['0x1000'], astray: true },
    ];
    const memory: ObjectView = {
      kind: 'memory',
      ...common,
      rows: [{ processes: ['parent'], fields }],
      mappers: ['parent'],
    };
    assert.match(says(memory), /parent: count 3; place 0x1000, which is not in this memory\.$/);
    const semaphore: ObjectView = {
      kind: 'semaphore',
      ...common,
      forOneProcess: true,
      semaphores: [
        { value: 1, waiting: 0, seenBy: ['parent'] },
        { value: 0, waiting: 1, seenBy: ['child'] },
      ],
    };
    assert.equal(measures(semaphore), '2 copies');
    assert.equal(
      says(semaphore),
      'The thing. Value 1 for parent. Value 0 for child (1 waiting). It is made for one process only.',
    );
  });

  it('a counter, a queue with priorities, semaphores and shared memory say what they hold', () => {
    const counter: ObjectView = { kind: 'counter', ...common, count: 0, semaphore: true, holders: ['child'] };
    assert.equal(measures(counter), 'at 0: a read waits');
    assert.equal(says(counter), 'The thing stands at 0; each read takes 1. Held by child.');
    const queue: ObjectView = {
      kind: 'mqueue',
      ...common,
      name: '/letters',
      count: 1,
      most: 8,
      largest: 32,
      messages: [{ priority: 9, text: 'alarm', size: 5 }],
      holders: [],
      notice: 'parent',
    };
    assert.equal(measures(queue), '1 of 8 messages');
    assert.equal(
      says(queue),
      'The thing (/letters) holds 1 of 8 messages of up to 32 bytes: priority 9 “alarm”. Open in: nobody. parent gets notice of the next message.',
    );
    const set: ObjectView = {
      kind: 'semaphore',
      ...common,
      semaphores: [
        { value: 1, last: 'parent' },
        { value: 0, waiting: 1, waitingForZero: 0 },
      ],
    };
    assert.equal(measures(set), '2 semaphores');
    assert.equal(
      says(set),
      'The thing. Semaphore 0: value 1 (last: parent). Semaphore 1: value 0 (1 waiting).',
    );
    const memory: ObjectView = {
      kind: 'memory',
      ...common,
      size: 4096,
      rows: [{ processes: ['parent'] }, { processes: ['child'], cells: [42, 0] }],
      mappers: ['parent', 'child'],
      doomed: true,
    };
    assert.equal(measures(memory), '4,096 bytes');
    assert.match(says(memory), /parent: no memory behind the addresses\. child: cells 42, 0\. It is removed/);
  });
});
