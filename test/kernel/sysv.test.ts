/** The System V tables beside what was created, /proc/sysvipc, ipcs and lsipc. */
import assert from 'node:assert/strict';
import type { NativeSysvMsg, NativeSysvSem, NativeSysvShm } from '../../server/kernel/native';
import { type Helper, Namespace, until } from './support/namespace';
import type { TableName } from './support/protocol';
import { detail, group, row, table } from './support/rows';

describe('kernel state: System V', function () {
  this.timeout(30_000);
  let namespace: Namespace;
  let helper: Helper;

  before(async function () {
    const made = await Namespace.create();
    if (!made) return this.skip();
    namespace = made;
    helper = await namespace.helper();
  });

  after(() => namespace?.close());

  const native = async <T>(name: TableName, id: number): Promise<T> => {
    const { objects } = (await namespace.ask('read', name)) as { objects: (T & { id: number })[] };
    const found = objects.find((one) => one.id === id);
    assert.ok(found, `${name} has no ${id}`);
    return found;
  };

  const output = async (command: string, ...args: string[]) => {
    const { status, stdout, stderr } = await namespace.ask('run', command, args);
    assert.equal(status, 0, `${command} ${args.join(' ')}: ${stderr}`);
    return stdout;
  };

  const procLine = async (name: string, column: string, id: number) => {
    const lines = table(await output('cat', `/proc/sysvipc/${name}`));
    const found = lines.find((line) => line[column] === String(id));
    assert.ok(found, `/proc/sysvipc/${name} has no ${id}`);
    return Object.fromEntries(Object.entries(found).map(([key, value]) => [key, Number(value)]));
  };

  const lsipc = async (option: string, columns: string, id: number) => {
    const text = await output('lsipc', option, '-b', '--json', '-o', columns);
    const [list] = Object.values(JSON.parse(text) as Record<string, Record<string, unknown>[]>);
    const found = list?.find((entry) => String(entry.id) === String(id));
    assert.ok(found, `lsipc ${option} has no ${id}`);
    return found;
  };

  it('names the namespace', async () => {
    const view = await namespace.ask('view');
    assert.equal(view.namespace, (await output('readlink', '/proc/self/ns/ipc')).trim());
  });

  describe('message queues', () => {
    it('agree with what was created and with /proc/sysvipc/msg and ipcs', async () => {
      const id = await helper.do('msgget 0x2a 0640');
      await helper.do(`msgsnd ${id} 1 10`);
      await helper.do(`msgsnd ${id} 2 22`);
      await helper.do(`msgsnd ${id} 3 64`);
      await helper.do(`msgrcv ${id} 2`);

      const queue = await native<NativeSysvMsg>('sysvMsg', id);
      const proc = await procLine('msg', 'msqid', id);
      assert.deepEqual(
        { key: queue.key, mode: queue.mode, messages: queue.messages, bytes: queue.bytes },
        { key: 0x2a, mode: 0o640, messages: 2, bytes: 74 },
      );
      assert.deepEqual(
        [queue.key, queue.bytes, queue.messages, queue.lastSender, queue.lastReceiver],
        [proc.key, proc.cbytes, proc.qnum, proc.lspid, proc.lrpid],
      );
      assert.deepEqual([queue.sent, queue.received, queue.changed], [proc.stime, proc.rtime, proc.ctime]);
      assert.equal(queue.lastSender, helper.pid);

      const ipcs = table((await output('ipcs', '-q')).replace(/^\s*---.*\n/, ''));
      const line = ipcs.find((one) => one.msqid === String(id));
      assert.deepEqual(
        [line?.key, line?.perms, line?.['used-bytes'], line?.messages],
        ['0x0000002a', '640', '74', '2'],
      );
      const listed = await lsipc('-q', 'ID,KEY,USEDBYTES,MSGS,LSPID,LRPID', id);
      assert.deepEqual(
        [Number(listed.usedbytes), Number(listed.msgs), Number(listed.lspid)],
        [74, 2, helper.pid],
      );
    });

    it('read well', async () => {
      const id = await helper.do('msgget 0x2b 0600');
      await helper.do(`msgsnd ${id} 1 10`);
      const shown = row(await namespace.ask('view'), `sysv-msg:${id}`);
      assert.equal(shown.label, 'key 0x0000002b');
      assert.equal(shown.description, '1 message, 10 of 16384 bytes');
      assert.equal(detail(shown, 'Permissions'), 'rw------- (0600)');
      assert.equal(detail(shown, 'Owner'), 'root, group root');
      assert.match(detail(shown, 'Last sent') ?? '', new RegExp(`by process ${helper.pid} \\(ipc_helper`));
      assert.equal(detail(shown, 'Last received'), 'never');
      assert.equal(shown.orphan, false);
      assert.equal(shown.removable, true);
    });

    it('say nothing of orphans while nobody used them, and tell them when the last users are gone', async () => {
      const other = await namespace.helper();
      const id = await other.do('msgget 0 0600');
      assert.equal(row(await namespace.ask('view'), `sysv-msg:${id}`).orphan, undefined);
      assert.equal(row(await namespace.ask('view'), `sysv-msg:${id}`).label, `id ${id}`);
      await other.do(`msgsnd ${id} 1 1`);
      assert.equal(row(await namespace.ask('view'), `sysv-msg:${id}`).orphan, false);
      await other.end();
      const shown = row(await namespace.ask('view'), `sysv-msg:${id}`);
      assert.equal(shown.orphan, true);
      assert.match(detail(shown, 'Last sent') ?? '', /\(gone\)$/);
    });
  });

  describe('semaphore sets', () => {
    it('have every value, and agree with /proc/sysvipc/sem and lsipc', async () => {
      const id = await helper.do('semget 0x3a 3 0600');
      await helper.do(`semset ${id} 0 5`);
      await helper.do(`semop ${id} 2 7`);
      const set = await native<NativeSysvSem>('sysvSem', id);
      assert.deepEqual(set.values, [5, 0, 7]);
      assert.deepEqual(set.lastPids, [helper.pid, 0, helper.pid]);
      const proc = await procLine('sem', 'semid', id);
      assert.deepEqual(
        [set.key, set.count, set.operated, set.changed, set.uid],
        [proc.key, proc.nsems, proc.otime, proc.ctime, proc.uid],
      );
      assert.equal(Number((await lsipc('-s', 'ID,NSEMS', id)).nsems), 3);
      assert.equal(row(await namespace.ask('view'), `sysv-sem:${id}`).description, 'values 5, 0, 7');
    });

    it('count who waits to take and who waits for zero', async () => {
      const id = await helper.do('semget 0 2 0600');
      await helper.do(`semset ${id} 1 1`);
      const taker = await namespace.helper();
      const watcher = await namespace.helper();
      const taken = taker.do(`semop ${id} 0 -1`);
      const zero = watcher.do(`semop ${id} 1 0`);
      const shown = await until('two wait', async () => {
        const one = row(await namespace.ask('view'), `sysv-sem:${id}`);
        const seen = one.holders?.filter(({ role }) => role === 'waits in semop').length === 2;
        return seen && one.description === 'values 0, 1; 2 waiting' && one;
      });
      const who = ({ pid }: Helper) => `ipc_helper\\S* \\(${pid}\\)`;
      assert.match(
        detail(shown, 'Semaphore 0') ?? '',
        new RegExp(`^value 0; 1 waiting for it to grow: ${who(taker)}$`),
      );
      assert.match(
        detail(shown, 'Semaphore 1') ?? '',
        new RegExp(`^value 1; 1 waiting for zero: ${who(watcher)}; last operated by`),
      );
      assert.equal(shown.orphan, false);
      await helper.do(`semop ${id} 0 1`);
      await helper.do(`semop ${id} 1 -1`);
      await taken;
      await zero;
      await taker.end();
      await watcher.end();
    });

    it('show the values of a large set in lines', async () => {
      const id = await helper.do('semget 0 300 0600');
      await helper.do(`semset ${id} 40 9`);
      const set = await native<NativeSysvSem>('sysvSem', id);
      assert.equal(set.values?.length, 300);
      assert.equal(set.values?.[40], 9);
      assert.equal(set.lastPids?.length, 128);
      const shown = row(await namespace.ask('view'), `sysv-sem:${id}`);
      assert.equal(shown.description, 'values 0, 0, 0, 0, 0, 0, 0, 0 and 292 more');
      assert.equal(
        detail(shown, 'Semaphores 32 to 47'),
        'values 0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0',
      );
      assert.equal(detail(shown, 'Further'), '172 semaphores are not shown');
    });
  });

  describe('shared memory segments', () => {
    it('agree with /proc/sysvipc/shm and lsipc, and looking attaches nobody', async () => {
      const id = await helper.do('shmget 0x4a 10000 0600');
      await helper.do(`shmat ${id}`);
      const before = await procLine('shm', 'shmid', id);
      const segment = await native<NativeSysvShm>('sysvShm', id);
      await namespace.ask('view');
      assert.deepEqual(await procLine('shm', 'shmid', id), before);
      assert.deepEqual(
        [
          segment.key,
          segment.size,
          segment.attached,
          segment.creator,
          segment.lastUser,
          segment.lastAttached,
        ],
        [before.key, before.size, before.nattch, before.cpid, before.lpid, before.atime],
      );
      assert.deepEqual([segment.size, segment.attached, segment.creator], [10000, 1, helper.pid]);
      const listed = await lsipc('-m', 'ID,SIZE,NATTCH,CPID', id);
      assert.deepEqual(
        [Number(listed.size), Number(listed.nattch), Number(listed.cpid)],
        [10000, 1, helper.pid],
      );
      const shown = row(await namespace.ask('view'), `sysv-shm:${id}`);
      assert.equal(shown.description, '9.8 KiB, 1 attached');
      assert.equal(shown.orphan, false);
      await helper.do('shmdt');
    });

    it('are orphans when the creator is gone and nobody is attached', async () => {
      const creator = await namespace.helper();
      const id = await creator.do('shmget 0 4096 0600');
      assert.equal(row(await namespace.ask('view'), `sysv-shm:${id}`).orphan, false);
      await helper.do(`shmat ${id}`);
      await creator.end();
      assert.equal(row(await namespace.ask('view'), `sysv-shm:${id}`).orphan, false);
      await helper.do('shmdt');
      const shown = row(await namespace.ask('view'), `sysv-shm:${id}`);
      assert.equal(shown.orphan, true);
      assert.equal(detail(shown, 'Orphan'), 'its creator is gone and nobody has it attached');
    });

    it('that are marked for removal say so', async () => {
      const id = await helper.do('shmget 0x4c 4096 0600');
      await helper.do(`shmat ${id}`);
      const { removed, message } = await namespace.ask('remove', `sysv-shm:${id}`);
      assert.equal(removed, true);
      assert.match(
        message,
        /^Removed shared memory segment \d+ \(key 0x0000004c\)\. It is still attached 1 time/,
      );
      assert.match(
        row(await namespace.ask('view'), `sysv-shm:${id}`).description,
        /1 attached, removal pending$/,
      );
      await helper.do('shmdt');
      assert.ok(
        !group(await namespace.ask('view'), 'sysv-shm').rows.some((one) => one.id === `sysv-shm:${id}`),
      );
    });
  });

  it('tells limits as ipcs -l has them', async () => {
    const read = async (name: TableName) =>
      ((await namespace.ask('read', name)) as { limits: Record<string, number> }).limits;
    const sysctl = async (name: string) =>
      (await output('cat', `/proc/sys/kernel/${name}`)).trim().split(/\s+/).map(Number);
    const msg = await read('sysvMsg');
    assert.deepEqual([msg.maxQueues], await sysctl('msgmni'));
    assert.deepEqual([msg.maxMessageBytes], await sysctl('msgmax'));
    assert.deepEqual([msg.defaultQueueBytes], await sysctl('msgmnb'));
    const sem = await read('sysvSem');
    assert.deepEqual([sem.maxPerSet, sem.maxSemaphores, sem.maxOperations, sem.maxSets], await sysctl('sem'));
    const shm = await read('sysvShm');
    assert.deepEqual([shm.maxSegments], await sysctl('shmmni'));
    assert.deepEqual([shm.maxSegmentBytes], await sysctl('shmmax'));
  });

  it('lists a thousand objects, each once, as /proc/sysvipc does', async () => {
    assert.equal(await helper.do('many 340'), 340);
    const view = await namespace.ask('view');
    let all = 0;
    for (const [facility, name, column] of [
      ['sysv-msg', 'msg', 'msqid'],
      ['sysv-sem', 'sem', 'semid'],
      ['sysv-shm', 'shm', 'shmid'],
    ] as const) {
      const expected = table(await output('cat', `/proc/sysvipc/${name}`)).map(
        (line) => `${facility}:${line[column]}`,
      );
      const shown = group(view, facility).rows.map(({ id }) => id);
      assert.deepEqual(shown.sort(), expected.sort());
      assert.equal(new Set(shown).size, shown.length);
      all += shown.length;
    }
    assert.ok(all >= 1000, `${all} objects`);
  });
});
