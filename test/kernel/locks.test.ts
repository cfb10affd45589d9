/** File locks, their waiters and their cycles, beside /proc/locks, lslocks and what was locked. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockOf, locksOf, locksOfInfo } from '../../server/kernel/proc/locks';
import { type Helper, Namespace, until } from './support/namespace';
import { detail, process as processOf, rowsOf } from './support/rows';

describe('kernel state: file locks', function () {
  this.timeout(30_000);
  const folder = mkdtempSync(join(tmpdir(), 'ipc-lens-locks-'));
  let namespace: Namespace;
  const helpers: Helper[] = [];

  before(async function () {
    const made = await Namespace.create();
    if (!made) return this.skip();
    namespace = made;
  });

  afterEach(async () => {
    for (const helper of helpers.splice(0)) await helper.end();
  });

  after(async () => {
    await namespace?.close();
    rmSync(folder, { recursive: true });
  });

  const view = () => namespace.ask('view');
  const path = (name: string) => join(folder, name);

  /** A process that has the file open. */
  async function opener(name: string): Promise<{ helper: Helper; fd: number }> {
    const helper = await namespace.helper();
    helpers.push(helper);
    return { helper, fd: await helper.do(`open ${path(name)} rw`) };
  }

  /** Starts a call that blocks: its answer is not awaited, and fails when the helper is ended. */
  const block = (helper: Helper, line: string) => void helper.do(line).catch(() => undefined);

  const lockRow = (now: Awaited<ReturnType<typeof view>>, table: string, name: string) =>
    rowsOf(now, table).find(({ label }) => label === path(name));

  for (const [many, made] of [
    ['few', 3],
    ['more than the kernel tells at once', 300],
  ] as const) {
    it(`each once, of ${many}, while others take and leave theirs all the time`, async () => {
      const one = await opener('steady');
      await one.helper.do(`flock ${one.fd} w`);
      for (let at = 0; at < made; at++) await one.helper.do(`lock ${one.fd} w ${at * 10} 5`);
      const other = await opener('busy');
      const child = await other.helper.do(`forkdo churnlocks ${other.fd}`);
      await until('the other locks', async () => lockRow(await view(), 'fcntl-lock', 'busy'));
      for (let time = 0; time < 20; time++) {
        const now = await view();
        const of = (table: string) => rowsOf(now, table).filter(({ label }) => label === path('steady'));
        assert.equal(of('flock').length, 1);
        const starts = of('fcntl-lock').map(({ description }) => /\d+/.exec(description)![0]);
        assert.equal(new Set(starts).size, starts.length);
        assert.equal(starts.length, made);
      }
      await other.helper.do(`endchild ${child}`);
    });
  }

  it('flock: file, mode, holder, who shares it and who waits', async () => {
    const one = await opener('a');
    await one.helper.do(`flock ${one.fd} w`);
    const child = await one.helper.do('forkdo');
    const two = await opener('a');
    block(two.helper, `flock ${two.fd} w`);
    const now = await until('the second waits', async () => {
      const seen = await view();
      return lockRow(seen, 'flock', 'a')?.description.endsWith('1 waiting') && seen;
    });
    const shown = lockRow(now, 'flock', 'a')!;
    assert.match(shown.description, /^write lock on the whole file, held by /);
    assert.deepEqual(
      shown.holders?.map(({ pid, role }) => `${pid} ${role}`),
      [`${one.helper.pid} holds the lock`, `${child} holds the lock`, `${two.helper.pid} waits for the lock`],
    );
    assert.deepEqual(processOf(now, two.helper.pid).waits, [
      { call: 'flock', on: shown.id, sentence: `in flock on ${path('a')}` },
    ]);
    const lslocks = (
      await namespace.ask('run', 'lslocks', ['-o', 'PID,TYPE,MODE,BLOCKER,PATH', '--noheadings'])
    ).stdout;
    assert.match(lslocks, new RegExp(`${one.helper.pid} +FLOCK +WRITE`));
    assert.match(lslocks, new RegExp(`${two.helper.pid} +FLOCK +WRITE\\* +${one.helper.pid}`));
  });

  it('POSIX locks: range, mode, holder and who waits for which range', async () => {
    const one = await opener('b');
    await one.helper.do(`lock ${one.fd} w 100 50`);
    const two = await opener('b');
    block(two.helper, `lock ${two.fd} r 140 100 wait`);
    const shown = await until('the second waits', async () => {
      const seen = lockRow(await view(), 'fcntl-lock', 'b');
      return seen?.description.endsWith('1 waiting') && seen;
    });
    assert.equal(detail(shown, 'Range'), 'bytes 100 to 149');
    assert.equal(detail(shown, 'Mode'), 'write (exclusive)');
    assert.match(detail(shown, 'Held by') ?? '', new RegExp(`\\(${one.helper.pid}\\), fd ${one.fd}$`));
    assert.match(
      detail(shown, 'Waiting') ?? '',
      new RegExp(`^1 request: .*\\(${two.helper.pid}\\): read lock on bytes 140 to 239$`),
    );
  });

  it('OFD locks: their holder and waiter, although /proc/locks has no pid for them', async () => {
    const one = await opener('c');
    await one.helper.do(`ofd ${one.fd} w 0 10`);
    const two = await opener('c');
    block(two.helper, `ofd ${two.fd} w 0 10 wait`);
    const shown = await until('the second waits', async () => {
      const seen = lockRow(await view(), 'fcntl-lock', 'c');
      return seen?.holders?.some(({ role }) => role === 'waits for the lock') && seen;
    });
    assert.equal(detail(shown, 'Kind'), 'open file description lock (fcntl F_OFD_SETLK)');
    assert.deepEqual(
      shown.holders?.map(({ pid, role, fds }) => ({ pid, role, fds })),
      [
        { pid: one.helper.pid, role: 'holds the lock', fds: [one.fd] },
        { pid: two.helper.pid, role: 'waits for the lock', fds: [two.fd] },
      ],
    );
    const text = (await namespace.ask('run', 'cat', ['/proc/locks'])).stdout;
    assert.match(text, /OFDLCK +ADVISORY +WRITE -1 /);
  });

  it('a deadlock is told as a cycle, and is none when one of them can go on', async () => {
    const one = await opener('x');
    const two = await opener('y');
    await one.helper.do(`flock ${one.fd} w`);
    await two.helper.do(`flock ${two.fd} w`);
    const oneY = await one.helper.do(`open ${path('y')} rw`);
    block(one.helper, `flock ${oneY} w`);
    const waiting = await until('the first waits', async () => {
      const seen = await view();
      return lockRow(seen, 'flock', 'y')?.description.endsWith('1 waiting') && seen;
    });
    assert.deepEqual(waiting.cycles, []);
    const twoX = await two.helper.do(`open ${path('x')} rw`);
    block(two.helper, `flock ${twoX} w`);
    const [cycle] = await until('the cycle', async () => {
      const { cycles = [] } = await view();
      return cycles.length > 0 && cycles;
    });
    assert.deepEqual(
      cycle?.steps.map(({ pid, call }) => ({ pid, call })),
      [one.helper.pid, two.helper.pid]
        .sort((first, second) => first - second)
        .map((pid) => ({ pid, call: 'flock' })),
    );
    assert.match(
      cycle?.sentence ?? '',
      /^Deadlock: .* waits in flock on .*\/y for .* and .* waits in flock on .*\/x for /,
    );
  });

  it('a deadlock of two pipes is told as a cycle', async () => {
    const helper = await namespace.helper();
    helpers.push(helper);
    const [firstRead, firstWrite] = await helper.numbers('pipe');
    const [secondRead, secondWrite] = await helper.numbers('pipe');
    // The child reads the first pipe, its parent the second; each alone can write what the other waits for.
    const child = await helper.do(`forkdo read ${firstRead} 1`);
    assert.ok(firstWrite && secondWrite);
    block(helper, `read ${secondRead} 1`);
    const [cycle] = await until('the cycle', async () => {
      const { cycles = [] } = await view();
      return cycles.length > 0 && cycles;
    });
    assert.deepEqual(cycle?.steps.map(({ pid }) => pid).sort(), [helper.pid, child].sort());
  });

  describe('the text of /proc/locks', () => {
    it('is read line by line, with waiters behind the lock they wait for', () => {
      const text = [
        '1: POSIX  ADVISORY  WRITE 27953 fe:00:2427283 1073741824 1073742335',
        '1: -> POSIX  ADVISORY  READ 27954 fe:00:2427283 0 EOF',
        '1: ->  -> POSIX  ADVISORY  READ 27955 fe:00:2427283 0 EOF',
        '2: OFDLCK MANDATORY READ -1 00:13:11691 5 5',
        '3: LEASE  ADVISORY  ACTIVE READ 9 00:13:11691 0 EOF',
        'nonsense',
        '',
      ].join('\n');
      const [posix, ofd, ...others] = locksOf(text);
      assert.deepEqual(others, []);
      assert.deepEqual(
        posix?.waiters.map(({ pid, mode }) => `${pid} ${mode}`),
        ['27954 read', '27955 read'],
      );
      assert.equal(posix?.file, '254:0:2427283');
      assert.equal(posix?.end, 1073742335);
      assert.deepEqual([ofd?.kind, ofd?.pid, ofd?.mandatory, ofd?.start, ofd?.end], ['ofd', 0, true, 5, 5]);
    });

    it('of an fdinfo file has the same lines', () => {
      const info = 'pos:\t0\nflags:\t0100002\nlock:\t1: FLOCK  ADVISORY  WRITE 359 00:13:11691 0 EOF\n';
      assert.deepEqual(
        locksOfInfo(info).map(({ kind, pid }) => `${kind} ${pid}`),
        ['flock 359'],
      );
      assert.deepEqual(locksOfInfo(undefined), []);
      assert.equal(lockOf('1: FLOCK'), undefined);
    });
  });
});
