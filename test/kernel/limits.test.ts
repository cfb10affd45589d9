/** Limits of users and processes beside what the kernel enforces. */
import assert from 'node:assert/strict';
import type { NativeScanProcess } from '../../server/kernel/native';
import { resourceLimits } from '../../server/kernel/rlimits';
import type { Context } from '../../server/kernel/table';
import { inNamespace } from './support/hooks';
import type { Helper, Namespace } from './support/namespace';
import { detail, process as processOf } from './support/rows';

/** As <asm-generic/resource.h> numbers them. */
const resources = { fsize: 1, nofile: 7, as: 9, sigpending: 11, msgqueue: 12 };

describe('kernel state: limits of processes and users', function () {
  this.timeout(30_000);
  let namespace: Namespace;
  let helper: Helper;

  inNamespace((given) => {
    ({ namespace, helper } = given);
  });

  const limits = async () => (await namespace.ask('view')).limits ?? [];
  const limit = async (id: string) => (await limits()).find((one) => one.id === id);

  it('warn of a process that has nearly all the descriptors it may have', async () => {
    const id = `RLIMIT_NOFILE:${helper.pid}`;
    await helper.do(`rlimit ${resources.nofile} 20`);
    assert.equal(await limit(id), undefined);
    for (let made = 0; made < 7; made++) await helper.do('pipe');
    const told = await limit(id);
    assert.equal(told?.most, 20);
    assert.equal(told?.near, true);
    const { stdout } = await namespace.ask('run', 'ls', [`/proc/${helper.pid}/fd`]);
    assert.equal(told?.used, stdout.trim().split('\n').length);
  });

  it('count POSIX queues as the kernel does: at exactly the limit one more is refused', async () => {
    // One queue of 10 messages of 8192 bytes: getrlimit(2), RLIMIT_MSGQUEUE.
    const one = 10 * (8192 + 48 + 48);
    // Of a user who has no others: the kernel counts over all namespaces.
    await helper.do('setuid 54321');
    await helper.do(`rlimit ${resources.msgqueue} ${one - 1}`);
    await assert.rejects(helper.do('mq_open /charged 0600 10 8192'), /error 24/);
    await helper.do(`rlimit ${resources.msgqueue} ${one}`);
    await helper.do('mq_open /charged 0600 10 8192');
    const told = await limit('RLIMIT_MSGQUEUE:user:54321');
    assert.deepEqual(
      { used: told?.used, most: told?.most, near: told?.near, unit: told?.unit },
      { used: one, most: one, near: true, unit: 'bytes' },
    );
    await namespace.ask('remove', 'posix-mq:/charged');
    assert.equal(await limit('RLIMIT_MSGQUEUE:user:54321'), undefined);
  });

  it('warn of an address space that is nearly full, and list what bounds a process', async () => {
    const status = (await namespace.ask('run', 'cat', [`/proc/${helper.pid}/status`])).stdout;
    const size = Number(/VmSize:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
    await helper.do(`rlimit ${resources.as} ${Math.round(size / 0.9)}`);
    await helper.do(`rlimit ${resources.fsize} 4096`);
    const told = await limit(`RLIMIT_AS:${helper.pid}`);
    assert.equal(told?.near, true);
    const bounds = detail(processOf(await namespace.ask('view'), helper.pid), 'Limits') ?? '';
    assert.match(bounds, /files and shared memory objects of 4096 bytes \(4 KiB\)/);
    assert.match(bounds, /of address space$/);
  });

  it('tell what a signal queue holds', async () => {
    // Of a user who has no other processes: the kernel counts all of a user's, and root's come and go.
    const id = 'RLIMIT_SIGPENDING:user:54323';
    await helper.do('setuid 54323');
    await helper.do(`rlimit ${resources.sigpending} 3`);
    await helper.do('mask 40');
    assert.equal(await limit(id), undefined);
    for (let sent = 0; sent < 3; sent++) await helper.do('raise 40');
    const told = await limit(id);
    assert.deepEqual(
      { used: told?.used, most: told?.most, near: told?.near, unit: told?.unit },
      { used: 3, most: 3, near: true, unit: 'signals' },
    );
  });

  const process = (more: Partial<NativeScanProcess>): NativeScanProcess => ({
    ...{ pid: 1, parent: 0, realUid: 1000, uid: 1000, gid: 1000, name: 'one', state: 'S', threads: 1 },
    ...{ started: 0, ipcNamespace: 1, addressBytes: 1, lockedBytes: 0, limits: {}, undo: 0, walk: 1 },
    signals: { pending: '', pendingShared: '', blocked: '', ignored: '', caught: '', queued: '0/100' },
    refused: { descriptors: 0, shared: 0, syscall: 0 },
    ...{ descriptors: [], shared: '', waiting: [] },
    ...more,
  });

  const told = (...processes: NativeScanProcess[]) =>
    resourceLimits({
      addon: { posixMq: { read: () => ({ limits: {}, objects: [] }) } },
      people: { user: (uid: number) => `user ${uid}` },
      self: { uid: 1000 },
      scan: { processes },
    } as unknown as Context);

  it('count threads of a user against the lowest of the limits, but not those of root', () => {
    const found = told(
      process({ threads: 7, limits: { nproc: 100 } }),
      process({ pid: 2, threads: 3, limits: { nproc: 12 } }),
      process({ pid: 3, realUid: 0, uid: 0, threads: 50, limits: { nproc: 50 } }),
    ).filter(({ id }) => id.startsWith('RLIMIT_NPROC'));
    assert.deepEqual(
      found.map(({ id, used, most, near }) => ({ id, used, most, near })),
      [{ id: 'RLIMIT_NPROC:user:1000', used: 10, most: 12, near: true }],
    );
  });

  it('warn of locked memory, except of root, for whom there is no such limit', () => {
    const locked = { lockedBytes: 60_000, limits: { memlock: 65_536 } };
    const found = told(process(locked), process({ ...locked, pid: 2, uid: 0, realUid: 0 }));
    assert.deepEqual(
      found.filter(({ id }) => id.startsWith('RLIMIT_MEMLOCK')).map(({ id }) => id),
      ['RLIMIT_MEMLOCK:1'],
    );
  });
});
