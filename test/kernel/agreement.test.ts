/** Long runs: creations and removals at random agree with the kernel at every step, nothing leaks, and another user sees what is his. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { KernelRow, KernelView } from '../../server/kernel/view';
import { applyDelta } from './support/deltas';
import { type Helper, isRoot, leaksNothing, Namespace, until } from './support/namespace';
import { detail, process as processOf, row, rowsHeldBy, rowsOf, table } from './support/rows';

/** Steps of one run; the seed is printed by fast-check when one fails. */
const steps = 200;
/** 10,000 take some minutes: asked for by IPC_LENS_LONG. */
const [snapshots, patience] = process.env.IPC_LENS_LONG ? [10_000, 3_600_000] : [1000, 120_000];

interface Kind {
  name: string;
  tableName: string;
  make(helper: Helper, number: number): Promise<string>;
}

/** What makes one of each kind; the answer is its row id, or a part of the label where the id is the kernel's. */
const kinds: Kind[] = [
  {
    name: 'queue',
    tableName: 'sysv-msg',
    make: async (helper, number) => `sysv-msg:${await helper.do(`msgget ${1000 + number} 0600`)}`,
  },
  {
    name: 'segment',
    tableName: 'sysv-shm',
    make: async (helper, number) => `sysv-shm:${await helper.do(`shmget ${1000 + number} 4096 0600`)}`,
  },
  {
    name: 'set',
    tableName: 'sysv-sem',
    make: async (helper, number) => `sysv-sem:${await helper.do(`semget ${1000 + number} 2 0600`)}`,
  },
  {
    name: 'shared memory object',
    tableName: 'posix-shm',
    async make(helper, number) {
      await helper.do(`shm_open /random${number} 0600 64`);
      return `posix-shm:/random${number}`;
    },
  },
  {
    name: 'named semaphore',
    tableName: 'posix-sem-named',
    async make(helper, number) {
      await helper.do(`sem_open /random${number} 0600 1`);
      return `posix-sem-named:/random${number}`;
    },
  },
  {
    name: 'POSIX queue',
    tableName: 'posix-mq',
    async make(helper, number) {
      await helper.do(`mq_open /random${number} 0600 1 8`);
      return `posix-mq:/random${number}`;
    },
  },
];

const byId = (rows: readonly KernelRow[]) => [...rows].sort((one, other) => (one.id < other.id ? -1 : 1));

describe('kernel state: agreement', function () {
  this.timeout(patience);
  let namespace: Namespace;
  let helper: Helper;

  beforeEach(async function () {
    // Who is not root cannot mount the queues to list them.
    const made = await Namespace.create({
      prelude: 'mkdir /dev/shm/mq && mount -t mqueue none /dev/shm/mq || exit 1',
    });
    if (!made) return this.skip();
    namespace = made;
    helper = await namespace.helper();
  });

  afterEach(() => namespace?.close());

  const view = () => namespace.ask('view');
  const run = async (command: string, ...args: string[]) =>
    (await namespace.ask('run', command, args)).stdout;

  /** Root's objects and processes are there, and whoever looks and makes objects is somebody else. */
  async function becomeAnother(): Promise<string[]> {
    const roots: string[] = [];
    for (const [index, { make }] of kinds.entries()) roots.push(await make(helper, 900 + index));
    await helper.numbers('pipe');
    await helper.numbers('socketpair 1');
    await namespace.ask('become', 65534);
    helper = await namespace.helper();
    return roots;
  }

  for (const another of [false, true]) {
    const who = another ? "another user than root, with root's objects there" : 'root';

    it(`of ${steps} random creations and removals with ipcs and with what was done, at every step, for ${who}`, async function () {
      if (another && !isRoot) return this.skip();
      const others = another ? await becomeAnother() : [];
      const plan = fc.array(fc.tuple(fc.nat(kinds.length - 1), fc.double({ min: 0, max: 1, noNaN: true })), {
        minLength: steps,
        maxLength: steps,
      });
      const [choices] = fc.sample(plan, { numRuns: 1, seed: 20261121 });
      const there: string[] = [];
      for (const [index, [choice, chance]] of choices!.entries()) {
        // In the long run as many go as come.
        if (there.length > 0 && chance < there.length / 40) {
          const [id] = there.splice(Math.floor(chance * 1e6) % there.length, 1);
          assert.equal((await namespace.ask('remove', id!)).removed, true, id);
        } else there.push(await kinds[choice]!.make(helper, index));
        const now = await view();
        const shown = kinds.flatMap(({ tableName }) => rowsOf(now, tableName).map(({ id }) => id));
        assert.deepEqual(shown.sort(), [...there, ...others].sort(), `step ${index}`);
        await agreesWithIpcs([...there, ...others]);
      }
      for (const id of others) assert.equal((await namespace.ask('remove', id)).removed, false, id);
    });

    it(`of 200 descriptors that come and go with /proc, at every step, for ${who}`, async function () {
      if (another && !isRoot) return this.skip();
      if (another) await becomeAnother();
      const open: number[][] = [];
      const held = (now: KernelView) =>
        ['pipe', 'socketpair']
          .flatMap((name) => rowsHeldBy(now, name, helper.pid))
          .flatMap(({ holders }) =>
            holders!.filter(({ pid }) => pid === helper.pid).flatMap(({ fds }) => fds!),
          );
      // Standard input and output, by which it is told what to do, and what the test itself inherited.
      const inherited = held(await view());
      const random = fc.sample(fc.double({ min: 0, max: 1, noNaN: true }), { numRuns: 200, seed: 7 });
      for (const chance of random) {
        if (open.length > 0 && chance < open.length / 30) {
          const [ends] = open.splice(Math.floor(chance * 1e6) % open.length, 1);
          for (const fd of ends!) await helper.do(`close ${fd}`);
        } else open.push(await helper.numbers(chance < 0.5 ? 'pipe' : 'socketpair 1'));
        const expected = [...inherited, ...open.flat()];
        assert.deepEqual(
          held(await view()).sort((one, other) => one - other),
          expected.sort((one, other) => one - other),
        );
      }
    });
  }

  async function agreesWithIpcs(there: readonly string[]): Promise<void> {
    const tables = (await run('ipcs')).split(/^-+ /m);
    for (const [title, prefix] of [
      ['Message Queues', 'sysv-msg:'],
      ['Shared Memory Segments', 'sysv-shm:'],
      ['Semaphore Arrays', 'sysv-sem:'],
    ] as const) {
      const listed = tables.find((text) => text.startsWith(title)) ?? '';
      const ids = [...listed.matchAll(/^0x[0-9a-f]+ +(\d+) /gm)].map(([, id]) => prefix + id);
      assert.deepEqual(ids.sort(), there.filter((id) => id.startsWith(prefix)).sort());
    }
  }

  it('of 200 locks that come and go with lslocks, at every step', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ipc-lens-random-locks-'));
    const files: number[] = [];
    for (let number = 0; number < 5; number++) files.push(await helper.do(`open ${folder}/${number} rw`));
    const mine = (path: string) => path.startsWith(folder);
    const random = fc.sample(fc.tuple(fc.nat(4), fc.nat(3), fc.nat(9)), { numRuns: 200, seed: 11 });
    for (const [file, what, place] of random) {
      const fd = files[file]!;
      if (what === 0) {
        await helper.do(`close ${fd}`);
        files[file] = await helper.do(`open ${folder}/${file} rw`);
      } else if (what === 1) await helper.do(`flock ${fd} ${place % 2 ? 'r' : 'w'}`);
      else await helper.do(`lock ${fd} ${place % 2 ? 'r' : 'w'} ${place * 10} 5`);
      // It reads /proc/locks and fdinfo at different moments: other programs' locks make it tell some twice or not at all.
      const lslocks = () => run('lslocks', '-rn', '-o', 'TYPE,MODE,PATH');
      let text = await lslocks();
      for (let again = await lslocks(); again !== text; again = await lslocks()) text = again;
      const listed = text.trim().split('\n');
      const theirs = listed.filter((line) => mine(line.split(' ')[2] ?? '')).map((line) => line.split(' '));
      const now = await view();
      const ours = ['flock', 'fcntl-lock'].flatMap((name) =>
        rowsOf(now, name).filter(({ label }) => mine(label)),
      );
      assert.deepEqual(
        ours.map(({ id, label }) => `${id.startsWith('flock') ? 'FLOCK' : 'POSIX'} ${label}`).sort(),
        theirs.map(([type, , path]) => `${type} ${path}`).sort(),
      );
      const modes = (words: string[]) => words.filter((word) => word.startsWith('READ')).length;
      assert.equal(
        ours.filter(({ description }) => /\bread\b|\bshared\b/i.test(description)).length,
        modes(theirs.map(([, mode = '']) => mode)),
      );
    }
    rmSync(folder, { recursive: true });
  });

  it('of 200 UNIX sockets that come and go with ss, at every step', async () => {
    const open: number[] = [];
    const random = fc.sample(fc.tuple(fc.nat(3), fc.double({ min: 0, max: 1, noNaN: true })), {
      numRuns: 200,
      seed: 13,
    });
    for (const [index, [what, chance]] of random.entries()) {
      if (open.length > 0 && chance < open.length / 30) {
        const [fd] = open.splice(Math.floor(chance * 1e6) % open.length, 1);
        await helper.do(`close ${fd}`);
      } else if (what === 0) open.push(...(await helper.numbers('socketpair 1')));
      else {
        const fd = await helper.do(`unix ${what === 1 ? 2 : 1}`);
        await helper.do(`bind ${fd} @random-${index}`);
        if (what === 3) await helper.do(`listen ${fd} 3`);
        open.push(fd);
      }
      const own = (await run('ls', '-l', `/proc/${helper.pid}/fd`)).matchAll(/socket:\[(\d+)\]/g);
      const inodes = new Set([...own].map(([, inode]) => inode));
      const listed = (await run('ss', '-xaH')).split('\n').map((line) => line.trim().split(/\s+/)[5] ?? '');
      const now = await view();
      const shown = ['unix-stream', 'unix-dgram', 'socketpair']
        .flatMap((name) => rowsOf(now, name))
        .flatMap((one) => detail(one, 'Inodes')?.split(' and ') ?? [detail(one, 'Inode') ?? '']);
      const of = (numbers: string[]) => [...new Set(numbers.filter((inode) => inodes.has(inode)))].sort();
      assert.equal(of(shown).length, inodes.size);
      assert.deepEqual(of(shown), of(listed));
    }
  });

  it('of deltas, applied one after the other, with the view at the end', async () => {
    const seen = await namespace.ask('watch', true);
    const there: string[] = [];
    const take = async () => {
      for (const { delta } of await namespace.ask('changes')) applyDelta(seen, delta);
    };
    for (let number = 0; number < 30; number++) {
      const id = await kinds[number % kinds.length]!.make(helper, number);
      if (number % 3 === 0) await namespace.ask('remove', id);
      else there.push(id);
      await take();
    }
    const ids = (one: KernelView) =>
      kinds.flatMap(({ tableName }) => rowsOf(one, tableName).map(({ id }) => id)).sort();
    await until('the last change', async () => {
      await take();
      return ids(seen).join() === [...there].sort().join();
    });
    const now = await view();
    for (const { tableName } of kinds)
      assert.deepEqual(byId(rowsOf(seen, tableName)), byId(rowsOf(now, tableName)));
  });

  it(`leaks no descriptor over ${snapshots} snapshots`, async () => {
    await helper.numbers('pipe');
    await helper.numbers('socketpair 1');
    await leaksNothing(namespace, snapshots);
  });

  it(`does not grow over ${snapshots} snapshots in which objects come and go`, async () => {
    const MiB = 1024 * 1024;
    const churned = async (times: number) => {
      for (let time = 0; time < times / 20; time++) {
        const id = await kinds[time % kinds.length]!.make(helper, time);
        const child = await helper.do('forkdo pipe');
        await namespace.ask('memoryAfter', 20);
        await namespace.ask('remove', id);
        await helper.do(`endchild ${child}`);
      }
      return namespace.ask('memoryAfter', 1);
    };
    const before = await churned(500);
    const after = await churned(snapshots);
    assert.ok(after.heap - before.heap < 2 * MiB, `heap: ${before.heap} to ${after.heap}`);
    assert.ok(
      after.resident - before.resident < 32 * MiB,
      `resident: ${before.resident} to ${after.resident}`,
    );
  });

  it('with processes that come and go all the time', async () => {
    const spawner = await namespace.helper();
    const looked = (async () => {
      for (let times = 0; times < 50; times++)
        for (const { problem } of (await view()).groups) assert.equal(problem, undefined);
    })();
    for (let times = 0; times < 200; times++) await spawner.do(`endchild ${await spawner.do('forkdo pipe')}`);
    await looked;
  });

  it('for an unprivileged user: his own in full, of others what the kernel lets him see', async function () {
    if (!isRoot) return this.skip();
    await helper.numbers('pipe');
    await helper.do('shm_open /roots 0600 64');
    const own = await namespace.helper();
    await own.do('setuid 65534');
    const [read] = await own.numbers('pipe');
    await own.do('shm_open /nobodys 0600 64');
    const child = await own.do(`forkdo read ${read} 1`);
    await namespace.ask('become', 65534);
    const now = await view();
    assert.match(now.notes?.join(' ') ?? '', /may not be read \(permission denied\)/);
    const root = processOf(now, helper.pid);
    assert.ok(
      root.details.some(({ label, value }) => label === 'Descriptors' && /permission denied/.test(value)),
    );
    assert.deepEqual(root.holds, []);
    // A process that changed its user may not be looked into by that user either (PR_SET_DUMPABLE in prctl(2)).
    assert.ok(processOf(now, own.pid));
    assert.equal(row(now, 'posix-shm:/roots').orphan, undefined);
    assert.equal(row(now, 'posix-shm:/roots').mine, false);
    assert.equal(row(now, 'posix-shm:/nobodys').mine, true);
    assert.equal(row(now, 'posix-shm:/nobodys').orphan, undefined);
    const later = await namespace.helper();
    const [, write] = await later.numbers('pipe');
    await later.do(`write ${write} 5`);
    const pipes = rowsHeldBy(await view(), 'pipe', later.pid).filter(({ fill }) => fill?.used === 5);
    assert.equal(pipes.length, 1);
    assert.ok(child > 0);
    const processes = table(await run('ps', '-eo', 'pid,user,comm')).length;
    assert.ok(Math.abs(processes - (now.processes?.length ?? 0)) <= 3);
  });
});
