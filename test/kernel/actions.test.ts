/** What one can do: look into an object without taking anything out, remove orphans, signal, ask on the command line. */
import assert from 'node:assert/strict';
import type { KernelDelta, KernelView } from '../../server/kernel/view';
import { type Helper, isRoot, Namespace, until } from './support/namespace';
import { hasRow, process as processOf, row } from './support/rows';

describe('kernel state: actions', function () {
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

  describe('peek', () => {
    it('tells what a POSIX queue holds and who is notified, and only when asked', async () => {
      await helper.do('mq_open /peeked 0600 4 64');
      await helper.do('mq_send /peeked 10 1');
      const nobody = await namespace.ask('peek', 'posix-mq:/peeked');
      assert.match(nobody.note ?? '', /^10 bytes in its messages\. Nobody is registered/);
      await helper.do('mq_notify /peeked 10');
      const { note } = await namespace.ask('peek', 'posix-mq:/peeked');
      assert.match(
        note ?? '',
        new RegExp(`\\(${helper.pid}\\) is registered with mq_notify: it gets SIGUSR1`),
      );
      const gone = await namespace.ask('peek', 'posix-mq:/../peeked');
      assert.match(gone.problem ?? '', /cannot be read/);
    });

    it('shows the messages of a System V queue and leaves them and its times alone', async () => {
      const id = await helper.do('msgget 0x91 0600');
      await helper.do(`sendtext ${id} 7 hello`);
      await helper.do(`msgsnd ${id} 2 40`);
      const queue = async () => (await namespace.ask('run', 'cat', ['/proc/sysvipc/msg'])).stdout;
      const before = await queue();
      const { parts, problem } = await namespace.ask('peek', `sysv-msg:${id}`);
      assert.equal(problem, undefined);
      assert.deepEqual(parts[0], {
        heading: 'type 7, 5 bytes',
        dump: '00000000  68 65 6c 6c 6f                                   |hello|',
        text: 'hello',
      });
      assert.equal(parts[1]?.heading, 'type 2, 40 bytes');
      assert.equal(await queue(), before);
      await namespace.ask('remove', `sysv-msg:${id}`);
      const gone = await namespace.ask('peek', `sysv-msg:${id}`);
      assert.equal(gone.problem, 'The queue no longer exists.');
    });

    it('shows shared memory and leaves its access time alone', async () => {
      const fd = await helper.do('shm_open /peeked 0600 8192');
      assert.equal(fd, 0);
      await namespace.ask('run', 'sh', [
        '-c',
        'printf "text in memory" | dd of=/dev/shm/peeked conv=notrunc 2>&1',
      ]);
      await namespace.ask('run', 'touch', ['-a', '-d', '2020-02-02', '/dev/shm/peeked']);
      const before = await namespace.ask('stat', '/dev/shm/peeked');
      const { parts } = await namespace.ask('peek', 'posix-shm:/peeked');
      assert.equal(parts[0]?.heading, 'bytes 0 to 4095 of 8192');
      assert.equal(
        parts[0]?.dump,
        [
          '00000000  74 65 78 74 20 69 6e 20  6d 65 6d 6f 72 79 00 00 |text in memory..|',
          '00000010  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00 |................|',
          '*',
          '00000ff0  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00 |................|',
        ].join('\n'),
      );
      assert.equal(parts[0]?.text, 'text in memory');
      assert.equal(
        (await namespace.ask('peek', 'posix-shm:/peeked', 4096)).parts[0]?.heading,
        'bytes 4096 to 8191 of 8192',
      );
      assert.deepEqual(await namespace.ask('stat', '/dev/shm/peeked'), before);
    });

    it('shows a System V segment through who has it attached, and attaches nobody', async () => {
      const id = await helper.do('shmget 0x92 4096 0600');
      assert.match((await namespace.ask('peek', `sysv-shm:${id}`)).problem ?? '', /^Nobody .* attached\. /);
      await helper.do(`filltext ${id} inside`);
      const segment = async () => (await namespace.ask('run', 'cat', ['/proc/sysvipc/shm'])).stdout;
      const before = await segment();
      const { parts, problem } = await namespace.ask('peek', `sysv-shm:${id}`);
      if (!isRoot) assert.match(problem ?? '', /CAP_CHECKPOINT_RESTORE/);
      else assert.equal(parts[0]?.text, 'inside');
      assert.equal(await segment(), before);
    });

    it('says when it is not possible', async () => {
      await helper.do('mq_open /unpeekable 0600 2 8');
      assert.match((await namespace.ask('peek', 'posix-mq:/unpeekable')).note ?? '', /takes them out/);
      assert.match((await namespace.ask('peek', 'pipe:1')).problem ?? '', /cannot be looked at/);
      assert.match((await namespace.ask('peek', 'posix-shm:/none')).problem ?? '', /no such object \(ENOENT/);
    });
  });

  it('finds what a program names, by a key that ftok makes too', async () => {
    const path = process.execPath;
    const key = (await helper.do(`ftok ${path} 0x14a`)) >>> 0;
    const ftok = { path, project: 0x4a };
    assert.deepEqual(await namespace.ask('find', { tables: ['sysv-shm'], ftok }), { key });
    const id = await helper.do(`shmget ${key} 4096 0600`);
    const found = await namespace.ask('find', { tables: ['sysv-shm'], ftok });
    assert.equal(found?.row?.id, `sysv-shm:${id}`);
    assert.equal(found?.key, key);
    const gone = { tables: ['sysv-shm'], ftok: { path: '/nowhere/at/all', project: 1 } };
    assert.deepEqual(await namespace.ask('find', gone), {});
    await namespace.ask('remove', `sysv-shm:${id}`);
  });

  it('removes the orphans that were named, and not what is in use again', async () => {
    const maker = await namespace.helper();
    await maker.do('shm_open /left 0600 4096');
    await maker.do('mq_open /left 0600 2 8');
    const segment = await maker.do('shmget 0x93 4096 0600');
    await maker.end();
    await helper.do('shm_open /kept 0600 4096');
    const ids = (await namespace.ask('orphans')).map(({ id }) => id);
    for (const id of ['posix-shm:/left', 'posix-mq:/left', `sysv-shm:${segment}`])
      assert.ok(ids.includes(id), id);
    assert.ok(!ids.includes('posix-shm:/kept'));
    const taken = await namespace.helper();
    await taken.do(`shmat ${segment}`);
    const results = await namespace.ask('removeOrphans', [
      'posix-shm:/left',
      `sysv-shm:${segment}`,
      'posix-shm:/kept',
    ]);
    assert.deepEqual(
      results.map(({ removed }) => removed),
      [true, false, false],
    );
    assert.match(results[1]?.message ?? '', /in use again/);
    const now = await namespace.ask('view');
    assert.deepEqual(
      ['posix-shm:/left', 'posix-mq:/left', `sysv-shm:${segment}`, 'posix-shm:/kept'].map((id) =>
        hasRow(now, id),
      ),
      [false, true, true, true],
    );
    await taken.end();
  });

  it('signals a process, and no other that has its number by now', async () => {
    const target = await helper.do('forkdo');
    const { program } = processOf(await namespace.ask('view'), target);
    const wrong = await namespace.ask('signal', { pid: target, program: 'other', signal: 'SIGTERM' });
    assert.deepEqual(wrong, { sent: false, message: `other (${target}) has ended; no signal was sent.` });
    assert.match(
      (await namespace.ask('signal', { pid: target, program, signal: 'SIGNOPE' })).message,
      /no signal called/,
    );
    const sent = await namespace.ask('signal', { pid: target, program, signal: 'SIGTERM' });
    assert.deepEqual(sent, { sent: true, message: `Sent SIGTERM to ${program} (${target}).` });
    await until('its end', async () =>
      /has ended/.test(processOf(await namespace.ask('view'), target).description),
    );
  });

  describe('on the command line', () => {
    it('prints tables that fit the words', async () => {
      const id = await helper.do('msgget 0x94 0640');
      const { status, out } = await namespace.ask('state', ['sysv-msg']);
      assert.equal(status, 0);
      assert.equal(
        out,
        'System V message queues (1)\n  key 0x00000094  root  0 messages, 0 of 16384 bytes\n',
      );
      const long = await namespace.ask('state', ['-l', '0x94']);
      assert.match(long.out, new RegExp(`Remove with +ipcrm -q ${id}\n`));
      assert.equal(
        (await namespace.ask('state', ['sysv-msg', 'nothing-fits'])).out,
        'Nothing fits sysv-msg and nothing-fits.\n',
      );
      const processes = await namespace.ask('state', ['--processes', `pid:${helper.pid}`]);
      assert.match(processes.out, /Processes \(1\)\n {2}ipc_helper/);
    });

    it('leaves out what it holds itself, but with the word for it', async () => {
      const [read] = await helper.numbers('pipe');
      const { out } = await namespace.ask('state', ['pipe', '-p']);
      assert.match(
        out,
        new RegExp(`ipc_helper\\S* \\(${helper.pid}\\) → ipc_helper\\S* \\(${helper.pid}\\)\n`),
      );
      assert.doesNotMatch(out, /node \((\d+)\) → node \(\1\)/);
      assert.match((await namespace.ask('state', ['editor'])).out, /node \((\d+)\) → node \(\1\)/);
      const child = await helper.do(`forkdo read ${read} 1`);
      await until('the child is told among those that wait', async () =>
        (await namespace.ask('state', ['-p', 'waiting'])).out.includes(`${child}, waits in read on pipe`),
      );
    });

    it('prints JSON that is the view', async () => {
      const { out } = await namespace.ask('state', ['--json']);
      const view = JSON.parse(out) as KernelView;
      assert.match(view.namespace ?? '', /^ipc:\[\d+\]$/);
      assert.ok(view.groups.length > 15);
      assert.ok(row(view, 'posix-shm:/kept').holders?.some(({ pid }) => pid === helper.pid));
    });

    it('goes on with what changes', async () => {
      const made = 'shm_open /watched 0600 4096';
      const text = await namespace.ask('stateWatching', ['posix-shm'], helper.index, made, ' + ');
      assert.match(text, /\n\d\d:\d\d:\d\d \+ posix-shm:\/watched {2}\/watched: 4 KiB, 0 bytes in use\n$/);
      const other = 'shm_open /watched2 0600 4096';
      const json = await namespace.ask(
        'stateWatching',
        ['posix-shm', '--json'],
        helper.index,
        other,
        'watched2',
      );
      const [view, ...deltas] = json
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      assert.ok(hasRow(view as KernelView, 'posix-shm:/watched'));
      assert.deepEqual(
        (deltas as KernelDelta[]).flatMap(({ groups }) =>
          groups.flatMap(({ changed }) => changed.map(({ id }) => id)),
        ),
        ['posix-shm:/watched2'],
      );
    });

    it('refuses what it does not know', async () => {
      for (const args of [['--nope'], ['--interval', 'soon'], ['--interval', '0']]) {
        const { status, err } = await namespace.ask('state', args);
        assert.equal(status, 2);
        assert.match(err, /Usage: ipc-lens state/);
      }
      assert.match((await namespace.ask('state', ['--help'])).out, /^Usage: ipc-lens state/);
    });

    it('prints no control characters of names', async () => {
      await namespace.ask('run', 'sh', ['-c', 'printf x > "/dev/shm/$(printf \'bad\\033[2Jname\')"']);
      const { out } = await namespace.ask('state', ['posix-shm', 'bad']);
      assert.match(out, /\/bad\\x1b\[2Jname/);
      assert.ok(!out.includes('\u001b'));
    });
  });
});
