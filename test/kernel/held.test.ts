/** What processes hold, beside what a helper made: pipes, FIFOs, sockets, terminals, memory, counters. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KernelRow, KernelView } from '../../server/kernel/view';
import { inNamespace } from './support/hooks';
import { type Helper, type Namespace, until } from './support/namespace';
import { detail, only, process as processOf, row, rowsHeldBy } from './support/rows';

const [stream, datagram, sequential] = [1, 2, 5];

describe('kernel state: what processes hold', function () {
  this.timeout(30_000);
  const folder = mkdtempSync(join(tmpdir(), 'ipc-lens-held-'));
  let namespace: Namespace;
  let helper: Helper;

  inNamespace((given) => {
    ({ namespace, helper } = given);
  });
  after(() => rmSync(folder, { recursive: true }));

  const view = () => namespace.ask('view');
  const run = async (command: string, ...args: string[]) =>
    (await namespace.ask('run', command, args)).stdout;
  const inode = async (fd: number) =>
    Number(/\[(\d+)\]/.exec(await run('readlink', `/proc/${helper.pid}/fd/${fd}`))?.[1]);

  /** The view when `seen` holds: a child's call is made a moment after the command is answered. */
  const viewWhen = (what: string, seen: (now: KernelView) => boolean) =>
    until(what, async () => {
      const now = await view();
      return seen(now) && now;
    });

  describe('pipes', () => {
    it('tell their ends, what is unread and how much they hold', async () => {
      const [read, write] = await helper.numbers('pipe');
      await helper.do(`write ${write} 300`);
      const shown = row(await view(), `pipe:${await inode(read!)}`);
      assert.equal(detail(shown, 'Unread'), '300 bytes');
      assert.equal(detail(shown, 'Capacity'), '65536 bytes (64 KiB)');
      assert.deepEqual(shown.fill, { used: 300, capacity: 65536, unit: 'bytes' });
      assert.deepEqual(
        shown.holders?.map(({ pid, role, fds }) => ({ pid, role, fds })),
        [
          { pid: helper.pid, role: 'reads', fds: [read] },
          { pid: helper.pid, role: 'writes', fds: [write] },
        ],
      );
      // Looking took nothing out of it.
      assert.equal(await helper.do(`read ${read} 1000`), 300);
    });

    it('tell a reader that waits for itself, and it is no such thing while another can write', async () => {
      const [read, write] = await helper.numbers('pipe');
      const id = `pipe:${await inode(read!)}`;
      const child = await helper.do(`forkdo read ${read} 1`);
      const waiting = (one: KernelRow) =>
        one.holders?.some(({ pid, waiting: call }) => pid === child && call === 'read') ?? false;
      const both = await viewWhen('the child reads', (now) => waiting(row(now, id)));
      assert.equal(row(both, id).warning, undefined);
      await helper.do(`close ${write}`);
      assert.match(
        row(await view(), id).warning ?? '',
        /is itself the only one that still holds the write end/,
      );
      const process = processOf(await view(), child);
      assert.deepEqual(process.waits, [{ call: 'read', on: id, sentence: `in read on pipe ${id.slice(5)}` }]);
      assert.ok(process.holds.some((held) => held.id === id && held.role === 'reads'));
      await helper.do(`endchild ${child}`);
    });

    it('tell that nobody reads', async () => {
      const [read, write] = await helper.numbers('pipe');
      await helper.do(`close ${read}`);
      assert.match(row(await view(), `pipe:${await inode(write!)}`).warning ?? '', /raises SIGPIPE/);
    });

    it('tell that they are full, and who waits for room', async () => {
      const [read, write] = await helper.numbers('pipe');
      const id = `pipe:${await inode(read!)}`;
      const child = await helper.do(`forkdo write ${write} 100000`);
      const now = await viewWhen('the child waits for room', (one) =>
        (row(one, id).holders ?? []).some(({ waiting }) => waiting === 'write'),
      );
      assert.match(row(now, id).description, /, full: 64 KiB$/);
      assert.equal(processOf(now, child).waits[0]?.sentence, `in write on pipe ${id.slice(5)}`);
      await helper.do(`endchild ${child}`);
    });
  });

  it('FIFOs: path, ends and bytes, whoever opened them', async () => {
    const path = join(folder, 'fifo');
    await helper.do(`mkfifo ${path}`);
    const fd = await helper.do(`open ${path} rw`);
    await helper.do(`write ${fd} 7`);
    const shown = only(await view(), 'fifo', ({ label }) => label === path);
    assert.equal(detail(shown, 'Unread'), '7 bytes');
    assert.equal(
      detail(shown, 'Reads and writes'),
      `ipc_helper-${String(process.pid).slice(0, 4)} (${helper.pid}), fd ${fd}`,
    );
    assert.equal(shown.command, `rm ${path}`);
  });

  describe('UNIX sockets', () => {
    for (const [name, label] of [
      ['@ipc-lens-test', '@ipc-lens-test'],
      [join(folder, 'server'), join(folder, 'server')],
    ] as const)
      it(`at ${name[0] === '@' ? 'an abstract name' : 'a path'}: listener, backlog, both ends and unread bytes`, async () => {
        const server = await helper.do(`unix ${stream}`);
        await helper.do(`bind ${server} ${name}`);
        await helper.do(`listen ${server} 5`);
        const client = await namespace.helper();
        const fd = await client.do(`unix ${stream}`);
        await client.do(`connect ${fd} ${name}`);
        const id = `unix-stream:${await inode(server)}`;
        assert.equal(row(await view(), id).label, label);
        assert.equal(detail(row(await view(), id), 'Not accepted yet'), '1 of at most 5 (backlog)');
        const accepted = await helper.do(`accept ${server}`);
        await client.do(`write ${fd} 42`);
        const now = await view();
        assert.match(row(now, id).description, /listens, 1 connection$/);
        const [pair] = rowsHeldBy(now, 'unix-stream', client.pid);
        assert.deepEqual(
          pair?.holders?.map(({ pid, role, fds }) => ({ pid, role, fds })),
          [
            { pid: client.pid, role: 'is connected', fds: [fd] },
            { pid: helper.pid, role: 'serves the connection', fds: [accepted] },
          ],
        );
        assert.equal(detail(pair!, `Inode ${await inode(accepted)}: to read`), '42 bytes');
        // Another tool's word for it.
        const ss = await run('ss', '-xH');
        const line = ss.split('\n').find((one) => one.includes(` ${inodeOf(pair!)} `));
        assert.ok(line, ss);
        await client.end();
      });

    it('datagram sockets show where they send', async () => {
      const server = await helper.do(`unix ${datagram}`);
      await helper.do(`bind ${server} @ipc-lens-datagrams`);
      const client = await helper.do(`unix ${datagram}`);
      await helper.do(`connect ${client} @ipc-lens-datagrams`);
      await helper.do(`write ${client} 10`);
      const now = await view();
      assert.match(
        row(now, `unix-dgram:${await inode(client)}`).description,
        /sends to @ipc-lens-datagrams$/,
      );
      const bound = row(now, `unix-dgram:${await inode(server)}`);
      assert.equal(bound.label, '@ipc-lens-datagrams');
      assert.match(bound.description, /10 bytes to read$/);
    });

    it('socket pairs are told from connections', async () => {
      for (const type of [stream, datagram, sequential]) {
        const [one, other] = await helper.numbers(`socketpair ${type}`);
        const child = await helper.do(`forkdo read ${other} 1`);
        await helper.do(`close ${other}`);
        const id = `socketpair:${await inode(one!)}`;
        const now = await viewWhen('the child reads', (seen) =>
          (row(seen, id).holders ?? []).some(({ waiting }) => waiting === 'read'),
        );
        const holders = row(now, id).holders?.map(({ pid, role }) => `${pid} ${role}`);
        assert.ok(
          holders?.includes(`${helper.pid} holds one end`) &&
            holders.includes(`${child} holds the other end`),
        );
        assert.match(processOf(now, child).waits[0]?.sentence ?? '', /^in read on pair \d+ ↔ \d+$/);
        await helper.do(`endchild ${child}`);
      }
    });

    it('agree with ss on every socket', async () => {
      for (let times = 0; times < 5; times++) await helper.numbers(`socketpair ${stream}`);
      const listed = async () =>
        (await run('ss', '-xaH'))
          .trim()
          .split('\n')
          .map((line) => Number(line.trim().split(/\s+/)[5]));
      // What starts ss talks to it over sockets of its own: those are gone the second time.
      const first = new Set(await listed());
      const inodes = (await listed()).filter((number) => first.has(number));
      assert.ok(inodes.length >= 10);
      const now = await view();
      const shown = now.groups
        .filter(({ facility }) => ['unix-stream', 'unix-dgram', 'socketpair'].includes(facility))
        .flatMap(({ rows }) => rows)
        .flatMap((one) => {
          const both = detail(one, 'Inodes')?.split(' and ');
          return (both ?? [detail(one, 'Inode')!]).map(Number);
        });
      const missing = inodes.filter((number) => !shown.includes(number));
      assert.deepEqual(missing, []);
    });
  });

  it('internet sockets: listening, connected and bytes on their way, as ss has them', async () => {
    assert.equal((await namespace.ask('run', 'ip', ['link', 'set', 'lo', 'up'])).status, 0);
    const server = await helper.do(`inet ${stream}`);
    const port = await helper.do(`bindinet ${server} 0`);
    await helper.do(`listen ${server} 3`);
    const client = await helper.do(`inet ${stream}`);
    await helper.do(`connectinet ${client} ${port}`);
    const listening = row(await view(), `inet-stream:${await inode(server)}`);
    assert.equal(listening.label, `127.0.0.1:${port}`);
    assert.match(listening.description, /listens, 1 not accepted yet$/);
    const accepted = await helper.do(`accept ${server}`);
    await helper.do(`write ${client} 99`);
    const shown = row(await view(), `inet-stream:${await inode(accepted)}`);
    assert.equal(detail(shown, 'To read'), '99 bytes');
    assert.deepEqual(shown.related, [`inet-stream:${await inode(client)}`]);
    const ss = await run('ss', '-tanH', `sport = :${port}`);
    assert.match(ss, /ESTAB +99 +0/);
    const udp = await helper.do(`inet ${datagram}`);
    const udpPort = await helper.do(`bindinet ${udp} 0`);
    assert.equal(row(await view(), `inet-dgram:${await inode(udp)}`).label, `127.0.0.1:${udpPort}`);
  });

  it('pseudoterminals: who has the master, who the slave', async () => {
    const [master, slave] = await helper.numbers('pty');
    const name = (await run('readlink', `/proc/${helper.pid}/fd/${slave}`)).trim();
    const shown = only(await view(), 'pty', ({ label }) => label === name);
    assert.deepEqual(
      shown.holders?.filter(({ pid }) => pid === helper.pid).map(({ role, fds }) => ({ role, fds })),
      [
        { role: 'has the master', fds: [master] },
        { role: 'has the slave', fds: [slave] },
      ],
    );
  });

  it('event counters, signal descriptors, timers and epoll instances', async () => {
    const counter = await helper.do('eventfd 17');
    const mask = await helper.do('signalfd 10 15');
    const timer = await helper.do('timerfd 1000 5');
    const epoll = await helper.do('epoll');
    await helper.do(`epolladd ${epoll} ${counter}`);
    const now = await view();
    const of = (table: string) => rowsHeldBy(now, table, helper.pid)[0]!;
    assert.equal(of('eventfd').description, 'count 17');
    assert.equal(of('signalfd').description, 'SIGUSR1, SIGTERM');
    assert.equal(of('timerfd').description, 'set, expires every 5 s');
    assert.equal(detail(of('epoll'), `Watches fd ${counter}`), 'EPOLLIN of anon_inode:[eventfd]');
    assert.deepEqual(of('eventfd').holders?.[0]?.fds, [counter]);
    assert.ok(mask > 0 && timer > 0);
  });

  it('memory that children share, and memory files', async () => {
    await helper.do('mapshared 8192');
    const fd = await helper.do('memfd frames 4096');
    await helper.do(`mapshared 4096 ${fd}`);
    const child = await helper.do('forkdo');
    const now = await view();
    const [shared] = rowsHeldBy(now, 'mmap-shared', helper.pid);
    assert.match(shared?.label ?? '', /^anonymous memory \d+$/);
    assert.match(shared?.description ?? '', /^8 KiB, /);
    assert.deepEqual(
      shared?.holders?.map(({ pid }) => pid),
      [helper.pid, child],
    );
    const [memory] = rowsHeldBy(now, 'memfd', helper.pid);
    assert.equal(memory?.label, 'frames');
    assert.equal(
      memory?.id.split(':').at(-1),
      (await run('stat', '-Lc', '%i', `/proc/${helper.pid}/fd/${fd}`)).trim(),
    );
    await helper.do(`endchild ${child}`);
  });

  it('holders of System V and POSIX objects, and orphans among them', async () => {
    const segment = await helper.do('shmget 0x77 4096 0600');
    await helper.do(`shmat ${segment}`);
    await helper.do('shm_open /held 0600 4096');
    await helper.do('sem_open /held 0600 1');
    await helper.do('mq_open /held 0600 2 8');
    const queue = await helper.do('msgget 0x77 0600');
    const child = await helper.do(`forkdo msgrcv ${queue} 0`);
    const now = await viewWhen(
      'the child receives',
      (one) => processOf(one, child).waits[0]?.call === 'msgrcv',
    );
    const holds = (id: string, pid: number) =>
      row(now, id).holders?.find((holder) => holder.pid === pid)?.role;
    assert.equal(holds(`sysv-shm:${segment}`, helper.pid), 'has it attached');
    assert.equal(holds('posix-shm:/held', helper.pid), 'has it open for reading and writing');
    assert.equal(holds('posix-sem-named:/held', helper.pid), 'has it mapped');
    assert.equal(holds('posix-mq:/held', helper.pid), 'has it open for reading and writing');
    assert.equal(holds(`sysv-msg:${queue}`, child), 'waits in msgrcv');
    assert.equal(processOf(now, child).waits[0]?.on, `sysv-msg:${queue}`);
    for (const id of ['posix-shm:/held', 'posix-sem-named:/held', 'posix-mq:/held'])
      assert.equal(row(now, id).orphan, false, id);
    await helper.do(`endchild ${child}`);
    await helper.end();
    const after = await view();
    for (const id of ['posix-shm:/held', 'posix-sem-named:/held', 'posix-mq:/held']) {
      assert.equal(row(after, id).orphan, true, id);
      assert.deepEqual(row(after, id).holders, [], id);
      assert.match(row(after, id).command ?? '', /^rm \/dev\/(shm|mqueue)\/(sem\.)?held$/);
    }
    for (const id of ['posix-shm:/held', 'posix-sem-named:/held', 'posix-mq:/held', `sysv-shm:${segment}`])
      assert.equal((await namespace.ask('remove', id)).removed, true, id);
  });

  it('signals of a process, decoded', async () => {
    await helper.do('catch 10');
    await helper.do('ignore 12');
    await helper.do('mask 15');
    await helper.do('raise 15');
    const shown = processOf(await view(), helper.pid);
    assert.equal(detail(shown, 'Signals pending'), 'SIGTERM');
    assert.equal(detail(shown, 'Signals blocked'), 'SIGTERM');
    assert.equal(detail(shown, 'Signals caught'), 'SIGUSR1');
    assert.equal(detail(shown, 'Signals ignored')?.includes('SIGUSR2'), true);
    const status = await run('cat', `/proc/${helper.pid}/status`);
    assert.match(status, /SigBlk:\s+0*4000\n/);
  });

  it('limits, with what is used', async () => {
    const now = await view();
    const limit = (id: string) => now.limits?.find((one) => one.id === id);
    assert.equal(limit('kernel.msgmni')?.most, Number(await run('cat', '/proc/sys/kernel/msgmni')));
    assert.equal(
      limit('fs.mqueue.queues_max')?.most,
      Number(await run('cat', '/proc/sys/fs/mqueue/queues_max')),
    );
    assert.equal(limit('kernel.msgmax')?.most, Number(await run('cat', '/proc/sys/kernel/msgmax')));
    assert.equal(limit('kernel.shmall')?.near, false);
    assert.deepEqual(
      now.namespaces?.map(({ own }) => own),
      [true],
    );
  });
});

function inodeOf(one: KernelRow): string {
  return detail(one, 'Inodes')?.split(' and ')[0] ?? '';
}
