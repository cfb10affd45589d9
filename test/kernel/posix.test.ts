/** POSIX queues, semaphores and shared memory objects beside what was created. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Helper, isRoot, leaksNothing, Namespace, until } from './support/namespace';
import { detail, group, row } from './support/rows';

describe('kernel state: POSIX objects', function () {
  this.timeout(30_000);
  const mount = mkdtempSync(join(tmpdir(), 'ipc-lens-mqueue-'));
  let namespace: Namespace;
  let helper: Helper;

  before(async function () {
    const made = await Namespace.create({ prelude: `mount -t mqueue none ${mount} || exit 1` });
    if (!made) return this.skip();
    namespace = made;
    helper = await namespace.helper();
  });

  after(async () => {
    await namespace?.close();
    rmdirSync(mount);
  });

  const view = () => namespace.ask('view');

  describe('message queues', () => {
    it('show what they hold, wherever the file system is mounted', async () => {
      await helper.do('mq_open /jobs 0640 10 512');
      await helper.do('mq_send /jobs 100 1');
      await helper.do('mq_send /jobs 50 2');
      const shown = row(await view(), 'posix-mq:/jobs');
      assert.equal(shown.label, '/jobs');
      assert.equal(shown.description, '2 of 10 messages');
      assert.equal(detail(shown, 'Permissions'), 'rw-r----- (0640)');
      assert.equal(detail(shown, 'Largest message'), '512 bytes');
      const read = (await namespace.ask('read', 'posixMq')) as { mount: string };
      assert.equal(read.mount, mount);
    });

    it('say when they are full', async () => {
      await helper.do('mq_open /full 0600 1 8');
      await helper.do('mq_send /full 8 0');
      assert.equal(
        detail(row(await view(), 'posix-mq:/full'), 'Messages'),
        '1 of at most 1 (full: the next mq_send waits)',
      );
    });

    it('are not touched by looking: neither times nor a registration', async () => {
      await helper.do('mq_open /quiet 0600 2 8');
      await helper.do('mq_notify /quiet');
      // Set back, so that any new time would show whatever the clock's grain.
      const file = join(mount, 'quiet');
      assert.equal((await namespace.ask('run', 'touch', ['-d', '2020-02-02 02:02:02', file])).status, 0);
      const before = await namespace.ask('stat', file);
      await namespace.ask('descriptorsAfter', 5);
      assert.deepEqual(await namespace.ask('stat', file), before);
      const text = await namespace.ask('run', 'cat', [file]);
      assert.match(text.stdout, /NOTIFY_PID:0*[0-9]/);
      assert.equal(text.stdout.match(/NOTIFY_PID:(\d+)/)?.[1], String(helper.pid));
    });
  });

  describe('named semaphores', () => {
    it('show their value and who waits', async () => {
      await helper.do('sem_open /gate 0600 2');
      assert.equal(row(await view(), 'posix-sem-named:/gate').description, 'value 2');
      await helper.do('sem_wait /gate');
      await helper.do('sem_wait /gate');
      const other = await namespace.helper();
      const waited = other.do('sem_wait /gate');
      const shown = await until('one waits', async () => {
        const one = row(await view(), 'posix-sem-named:/gate');
        return one.description === 'value 0; 1 waiting' && one;
      });
      assert.equal(detail(shown, 'Waiting'), '1 thread');
      assert.equal(detail(shown, 'File'), '/dev/shm/sem.gate');
      await helper.do('sem_post /gate');
      await waited;
      assert.equal(row(await view(), 'posix-sem-named:/gate').description, 'value 0');
      await other.end();
    });

    it('keep their access time', async () => {
      await helper.do('sem_open /aged 0600 1');
      const file = '/dev/shm/sem.aged';
      assert.equal((await namespace.ask('run', 'touch', ['-a', '-d', '2020-02-02', file])).status, 0);
      const before = await namespace.ask('stat', file);
      assert.equal(row(await view(), 'posix-sem-named:/aged').description, 'value 1');
      assert.deepEqual(await namespace.ask('stat', file), before);
    });

    it('are told from files that only look like one', async () => {
      await namespace.ask('run', 'sh', [
        '-c',
        'head -c 32 /dev/zero | tr "\\0" x > /dev/shm/sem.odd; echo > /dev/shm/sem.short',
      ]);
      for (const name of ['odd', 'short']) {
        const shown = row(await view(), `posix-sem-named:/${name}`);
        assert.equal(shown.description, 'not a semaphore that a 64-bit program with glibc made');
      }
    });
  });

  describe('shared memory objects', () => {
    it('show size and memory in use, and leave semaphores to their own table', async () => {
      await helper.do('shm_open /board 0644 65536');
      await helper.do('shm_write /board 0 4096');
      const shown = row(await view(), 'posix-shm:/board');
      assert.equal(shown.description, '64 KiB, 4 KiB in use');
      assert.equal(detail(shown, 'Permissions'), 'rw-r--r-- (0644)');
      assert.equal(detail(shown, 'Size'), '65536 bytes (64 KiB)');
      assert.ok(!group(await view(), 'posix-shm').rows.some(({ label }) => label.startsWith('/sem.')));
    });

    it('say when nobody gave them a size', async () => {
      await helper.do('shm_open /unsized 0600 0');
      assert.equal(row(await view(), 'posix-shm:/unsized').description, 'size 0: no ftruncate yet');
    });
  });

  it('lives with objects of every kind that come and go while it looks', async () => {
    const seen = new Set<string>();
    const look = async () => {
      for (const { problem, rows, facility } of (await view()).groups) {
        assert.equal(problem, undefined);
        if (rows.some(({ label }) => label === '/churn' || label.startsWith('id '))) seen.add(facility);
      }
    };
    // How the two meet is up to the scheduler: again until they did.
    await until('a look in the middle of it', async () => {
      let churning = true;
      const churned = helper.do('churn 1000').finally(() => {
        churning = false;
      });
      while (churning) await look();
      assert.equal(await churned, 1000);
      return seen.size > 0;
    });
  });

  it('leaks no descriptor over 1,000 snapshots', async () => {
    await leaksNothing(namespace, 1000);
  });
});

describe('kernel state: POSIX queues without a mounted mqueue', function () {
  this.timeout(30_000);

  it('lists them through a mount of its own when it may make one', async function () {
    if (!isRoot) return this.skip();
    const namespace = await Namespace.create();
    if (!namespace) return this.skip();
    try {
      const helper = await namespace.helper();
      await helper.do('mq_open /unmounted 0600 3 8');
      const before = (await namespace.ask('run', 'cat', ['/proc/self/mountinfo'])).stdout;
      assert.equal(row(await namespace.ask('view'), 'posix-mq:/unmounted').description, '0 of 3 messages');
      assert.equal((await namespace.ask('run', 'cat', ['/proc/self/mountinfo'])).stdout, before);
      await leaksNothing(namespace, 200);
    } finally {
      await namespace.close();
    }
  });

  it('says that names cannot be listed otherwise, and what to do', async function () {
    if (!isRoot) return this.skip();
    const namespace = await Namespace.create();
    if (!namespace) return this.skip();
    try {
      await namespace.ask('become', 65534);
      const queues = group(await namespace.ask('view'), 'posix-mq');
      assert.deepEqual(queues.rows, []);
      assert.match(
        queues.problem ?? '',
        /cannot be listed, because no mqueue file system is mounted.*mount -t mqueue/s,
      );
    } finally {
      await namespace.close();
    }
  });

  it('does not take the queues of another namespace for its own', async function () {
    if (!isRoot) return this.skip();
    const mount = mkdtempSync(join(tmpdir(), 'ipc-lens-mqueue-'));
    // The shell's own namespace gets a queue and its mount; the agent then goes on in a further one. `tail` keeps the
    // first alive until the agent ends.
    const prelude = `mount -t mqueue none ${mount} || exit 1
      echo 'mq_open /theirs 0666 3 8' | "$helper" >/dev/null || exit 1
      tail -f /dev/null --pid=$$ >/dev/null 2>&1 &
      exec unshare --ipc "$node" --require tsx/cjs "$agent" "$helper"`;
    try {
      const namespace = await Namespace.create({ prelude });
      if (!namespace) return this.skip();
      try {
        const helper = await namespace.helper();
        await helper.do('mq_open /ours 0666 3 8');
        const rows = group(await namespace.ask('view'), 'posix-mq').rows.map(({ label }) => label);
        assert.deepEqual(rows, ['/ours']);
        await namespace.ask('become', 65534);
        const queues = group(await namespace.ask('view'), 'posix-mq');
        assert.deepEqual(queues.rows, []);
        assert.match(queues.problem ?? '', /another IPC namespace/);
      } finally {
        await namespace.close();
      }
    } finally {
      rmdirSync(mount);
    }
  });
});
