/** The texts of /proc, read; and what is made of rows without a kernel. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { cyclesOf } from '../../server/kernel/cycles';
import { byId, rowsDelta, wholeView } from '../../server/kernel/delta';
import { filterWords } from '../../server/kernel/filter';
import { dump } from '../../server/kernel/peek';
import { editorProcesses } from '../../server/kernel/proc/editor';
import { mappingsOf } from '../../server/kernel/proc/maps';
import { fileKey, fileKeyOfText, infoField } from '../../server/kernel/proc/numbers';
import { signalSet, signalsOf } from '../../server/kernel/proc/signals';
import { isSocketPair, socketName, unixEntries } from '../../server/kernel/proc/sockets';
import { describeWait, waitOf } from '../../server/kernel/proc/waits';
import { same } from '../../server/kernel/same';
import type { KernelProcess, KernelRow } from '../../server/kernel/view';
import { safe, viewText } from '../../server/state/print';

const plainRow = (id: string, more: Partial<KernelRow> = {}): KernelRow => ({
  ...{ id, label: id, description: '', details: [], removable: false },
  ...more,
});

describe('kernel state: texts of /proc', () => {
  it('signal sets', () => {
    assert.deepEqual(signalsOf('0000000000000001'), [1]);
    assert.deepEqual(signalsOf('8000000000000000'), [64]);
    assert.equal(signalSet('0000000000004002'), 'SIGINT, SIGTERM');
    assert.equal(signalSet(''), 'none');
    assert.equal(signalSet('0000000200000000'), 'SIGRTMIN');
    assert.equal(signalSet('fffffffffffbfeff'), 'all');
    assert.equal(signalSet('fffffffffffbfcff'), 'all but SIGUSR1');
  });

  it('system calls: which, on what', () => {
    const names = { 0: 'read', 70: 'msgrcv', 202: 'futex', 72: 'fcntl', 73: 'flock' };
    const read = (syscall: string, wchan = '0') => waitOf({ tid: 1, syscall, wchan }, names);
    assert.deepEqual(read('0 0x3 0x7ffe 0x1 0x0 0x0 0x0 0x7ffe 0x7f\n'), { tid: 1, call: 'read', fd: 3 });
    assert.equal(read('70 0x8001 0x0 0x0\n').identifier, 'sysv-msg:32769');
    assert.equal(read('202 0x7f24aa0f4000 0x80\n').address, 0x7f24aa0f4000);
    assert.equal(read('72 0x5 0x7 0x7ffe\n').lock, true);
    assert.equal(read('72 0x5 0x3 0x0\n').lock, false);
    assert.equal(describeWait(read('', 'anon_pipe_read')), 'anon_pipe_read (a place in the kernel)');
    assert.equal(describeWait(read('-1 0x7ffe 0x7f\n')), 'an unknown call');
    assert.equal(describeWait(read('0 0xffffffffffffffff\n')), 'read');
  });

  it('shared mappings, whatever stands in their names', () => {
    const [segment, ...others] = mappingsOf(
      [
        '7f24aa0f4000-7f24aa0f8000 rw-s 00000000 00:01 32768                      /SYSV0000002a (deleted)',
        '7f24aa0f8000-7f24aa0f9000 r--s 00001000 fe:00 338846                     /tmp/a b\\012c',
        '',
      ].join('\n'),
    );
    assert.deepEqual(segment, {
      ...{ start: 0x7f24aa0f4000, end: 0x7f24aa0f8000, access: 3, file: '0:1:32768', inode: 32768 },
      path: '/SYSV0000002a (deleted)',
    });
    assert.deepEqual(
      others.map(({ access, path }) => `${access} ${path}`),
      ['1 /tmp/a b\\012c'],
    );
  });

  it('devices, as stat(2) and as text have them', () => {
    assert.equal(fileKey(0xfe00, 7), '254:0:7');
    assert.equal(fileKey(0x12300 * 2 ** 12 + 0x345, 7), fileKeyOfText('3', '12345', '7'));
    assert.equal(infoField('pos:\t0\neventfd-count:               1f\n', 'eventfd-count'), '1f');
    assert.equal(infoField('pos:\t0\n', 'flags'), undefined);
    assert.equal(infoField(undefined, 'pos'), undefined);
  });

  it('sockets: pairs, connections, listeners and clients of datagram servers', () => {
    const socket = (inode: number, more: object) => ({
      ...{ inode, type: 1, state: 1, name: '', abstract: false, peer: 0 },
      ...{ receiveQueue: 0, sendQueue: 0, shutdown: 0, uid: 0, ...more },
    });
    const entries = unixEntries([
      socket(2, { peer: 1 }),
      socket(1, { peer: 2 }),
      socket(3, { state: 10, name: '/run/s' }),
      socket(4, { peer: 5, name: '/run/s' }),
      socket(5, { peer: 4 }),
      socket(6, { type: 2, name: 'a\0b', abstract: true, state: 7 }),
      socket(7, { type: 2, peer: 6 }),
      socket(8, { peer: 99 }),
    ]);
    assert.deepEqual(
      entries.map(({ kind }) => kind),
      ['pair', 'listener', 'pair', 'single', 'single', 'single'],
    );
    assert.deepEqual(entries.map(isSocketPair), [true, false, false, false, false, false]);
    assert.equal(entries[1]?.kind === 'listener' && entries[1].connections, 1);
    assert.equal(entries[3]?.kind === 'single' && socketName(entries[3].socket), '@a\\x00b');
  });
});

describe('kernel state: rows', () => {
  it('are compared by value', () => {
    const value = fc.jsonValue();
    fc.assert(fc.property(value, (one) => same(one, structuredClone(one))));
    assert.equal(same({ a: 1 }, { a: 1, b: undefined }), false);
    assert.equal(same([1, 2], [1, 2, 3]), false);
    assert.equal(same(plainRow('a'), plainRow('a', { orphan: true })), false);
  });

  it('of two moments differ by a delta that leads from one to the other', () => {
    const rows = fc.uniqueArray(fc.record({ id: fc.nat(20).map(String), value: fc.nat(2) }), {
      selector: ({ id }) => id,
    });
    fc.assert(
      fc.property(rows, rows, (before, now) => {
        const delta = rowsDelta(byId(before), now);
        const applied = byId(before);
        for (const row of delta?.changed ?? []) applied.set(row.id, row);
        for (const id of delta?.removed ?? []) assert.ok(applied.delete(id));
        assert.ok(same([...applied.values()].sort(order), [...now].sort(order)));
        assert.equal(delta === undefined, same([...before].sort(order), [...now].sort(order)));
      }),
    );
    const whole = wholeView({
      taken: 1,
      groups: [{ facility: 'pipe', title: 'Pipes', rows: [plainRow('pipe:1')] }],
    });
    assert.equal(whole.whole, true);
    assert.deepEqual(
      whole.groups[0]?.changed.map(({ id }) => id),
      ['pipe:1'],
    );
  });

  it('fit words', () => {
    const group = { facility: 'sysv-msg', title: 'System V message queues' } as const;
    const queue = plainRow('sysv-msg:1', { label: 'key 0x0000002a', owner: 'ana', mine: true, orphan: true });
    const fits = (...words: string[]) => filterWords(words)(queue, group);
    for (const words of [[], ['sysv-msg'], ['0x2a'], ['QUEUES'], ['mine', 'orphan'], ['owner:ana']])
      assert.ok(fits(...words), words.join());
    for (const words of [['sysv-sem'], ['0x2b'], ['warning'], ['owner:an'], ['mine', 'pid:1']])
      assert.ok(!fits(...words), words.join());
    const held = plainRow('pipe:1', { holders: [{ pid: 12, program: 'cat', role: 'reads' }] });
    assert.deepEqual(
      ['pid:12', 'pid:1'].map((word) => filterWords([word])(held)),
      [true, false],
    );
    assert.ok(fits('-warning', '-pid:1', 'orphan'));
    assert.ok(!fits('-mine'));
    assert.ok(filterWords(['editor'])(plainRow('pipe:1', { editor: true })));
  });

  it('print nothing that steers a terminal', () => {
    assert.equal(safe('a\u001b[2J\n\u202eb\u0085'), 'a\\x1b[2J\\x0a\\u202eb\\x85');
    assert.equal(safe('größer → ↔ ✓'), 'größer → ↔ ✓');
  });

  it('list IPC namespaces with the processes, when there are several', () => {
    const namespaces = [
      { id: 'ipc:[1]', own: true, processes: 2, programs: ['bash', 'cc'] },
      { id: 'ipc:[2]', own: false, processes: 1, programs: ['a\u001bb'] },
    ];
    const view = { taken: 0, groups: [], namespaces };
    const style = { colour: false, long: false };
    assert.match(
      viewText(view, style, true),
      /IPC namespaces\n {2}ipc:\[1\] {2}2 processes: bash, cc \(the one shown\)\n {2}ipc:\[2\] {2}1 process: a\\x1bb\n/,
    );
    assert.doesNotMatch(viewText(view, style, false), /namespaces/);
  });

  it('dump like hexdump -C', () => {
    assert.equal(
      dump(Buffer.from('abc'), 32),
      '00000020  61 62 63                                         |abc|',
    );
    assert.equal(dump(Buffer.alloc(0), 0), '');
    assert.equal(dump(Buffer.alloc(64), 0).split('\n').length, 3);
  });
});

describe('kernel state: the editor itself', () => {
  /** pid, parent, program */
  const family: [number, number, string][] = [
    [1, 0, 'init'],
    [10, 1, 'code'],
    [11, 10, 'code'],
    [12, 11, 'code'],
    [13, 10, 'code'],
    [20, 13, 'bash'],
    [21, 20, 'code'],
    [30, 1, 'code'],
  ];
  const processes = family.map(([pid, parent]) => ({ pid, parent })) as never[];
  const programs = new Map(family.map(([pid, , program]) => [pid, program]));

  it('is what runs the same program above and beside, but nothing behind a shell', () => {
    const own = editorProcesses(processes, 12, (pid) => programs.get(pid));
    assert.deepEqual([...own].sort(), [10, 11, 12, 13]);
  });

  it('is the asking process alone where programs may not be seen', () => {
    assert.deepEqual([...editorProcesses(processes, 12, () => undefined)], [12]);
  });
});

describe('kernel state: cycles', () => {
  const pipe = (id: string, readers: number[], writers: number[]) =>
    plainRow(id, {
      holders: [
        ...readers.map((pid) => ({ pid, program: 'p', role: 'reads' })),
        ...writers.map((pid) => ({ pid, program: 'p', role: 'writes' })),
      ],
    });
  const waits = (pid: number, on?: string): KernelProcess => ({
    ...plainRow(`process:${pid}`),
    ...{ pid, program: 'p', parent: 1, holds: [] },
    waits: on ? [{ call: 'read', on, sentence: '' }] : [],
  });
  const cycles = (rows: KernelRow[], processes: KernelProcess[], everything = true) =>
    cyclesOf(processes, [{ facility: 'pipe', title: 'Pipes', rows }], everything).map(({ steps }) =>
      steps.map(({ pid }) => pid),
    );

  it('of two and of three are found, each once', () => {
    const two = [pipe('pipe:1', [1], [2]), pipe('pipe:2', [2], [1])];
    assert.deepEqual(cycles(two, [waits(1, 'pipe:1'), waits(2, 'pipe:2')]), [[1, 2]]);
    const three = [pipe('pipe:1', [1], [2]), pipe('pipe:2', [2], [3]), pipe('pipe:3', [3], [1])];
    assert.deepEqual(cycles(three, [waits(1, 'pipe:1'), waits(2, 'pipe:2'), waits(3, 'pipe:3')]), [
      [1, 2, 3],
    ]);
  });

  it('are none where somebody else can help, runs, or is not seen', () => {
    const rows = [pipe('pipe:1', [1], [2, 3]), pipe('pipe:2', [2], [1])];
    const processes = [waits(1, 'pipe:1'), waits(2, 'pipe:2'), waits(3)];
    assert.deepEqual(cycles(rows, processes), []);
    const two = [pipe('pipe:1', [1], [2]), pipe('pipe:2', [2], [1])];
    assert.deepEqual(cycles(two, [waits(1, 'pipe:1'), waits(2)]), []);
    assert.deepEqual(cycles(two, [waits(1, 'pipe:1'), waits(2, 'pipe:2')], false), []);
  });
});

const order = (one: { id: string }, other: { id: string }) => (one.id < other.id ? -1 : 1);
