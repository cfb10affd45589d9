/** Polling while someone looks: only what changed is told, and stopping stops. */
import assert from 'node:assert/strict';
import type { NativeAddon, NativeScan } from '../../server/kernel/native';
import { Snapshots } from '../../server/kernel/snapshot';
import { type KernelChange, Watcher } from '../../server/kernel/watcher';
import { type Helper, Namespace, until } from './support/namespace';
import { hasRow } from './support/rows';

const emptyScan: NativeScan = {
  walk: 1,
  ...{ processes: [], pipes: [], unixSockets: [], unixError: 0, inetSockets: [], inetError: 0 },
  ...{ locks: '', locksError: 0, milliseconds: 0, self: 1 },
};

/** An addon whose tables are empty but for what a test puts there. */
function fakeAddon(messages: () => number): NativeAddon {
  const limits = new Proxy({}, { get: () => 1 });
  const empty = { read: () => ({ objects: [], limits }), remove: () => ({}) };
  const queue = {
    ...{ id: 1, key: 0, uid: 0, gid: 0, creatorUid: 0, creatorGid: 0, mode: 0o600, changed: 1 },
    ...{ bytes: 0, maxBytes: 100, lastSender: 0, lastReceiver: 0, sent: 0, received: 0 },
  };
  const addon = {
    sysvMsg: { ...empty, read: () => ({ objects: [{ ...queue, messages: messages() }], limits }) },
    ...{ sysvSem: empty, sysvShm: empty, posixMq: empty, posixSem: empty, posixShm: empty },
    processes: () => ({ objects: [] }),
    self: () => ({ uid: 0, admin: true, fileOwner: true, ipcNamespace: 1 }),
    scan: async () => emptyScan,
    syscalls: () => ({}),
  };
  return addon as unknown as NativeAddon;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('kernel state: watching', function () {
  this.timeout(30_000);

  describe('of a real namespace', () => {
    let namespace: Namespace;
    let helper: Helper;

    before(async function () {
      const made = await Namespace.create();
      if (!made) return this.skip();
      namespace = made;
      helper = await namespace.helper();
    });

    after(() => namespace?.close());

    const changedFacilities = (changes: KernelChange[]) =>
      // What Node and the helper talk through changes with every command.
      [...new Set(changes.flatMap(({ groups }) => groups.map(({ facility }) => facility)))].filter(
        (facility) => /^(sysv|posix)-/.test(facility),
      );

    it('tells a new object, its change and its end, in its group alone', async () => {
      await namespace.ask('watch', true);
      const changes: KernelChange[] = [];
      const news = (what: string, seen: (change: KernelChange) => boolean) =>
        until(what, async () => {
          changes.push(...(await namespace.ask('changes')));
          return changes.find(seen);
        });
      const id = await helper.do('msgget 0x61 0600');
      const shown = (change: KernelChange) => hasRow({ ...change }, `sysv-msg:${id}`);
      await news('the new queue', shown);
      await helper.do(`msgsnd ${id} 1 4`);
      await news('the message', ({ groups }) =>
        groups.some(({ rows }) => rows.some(({ description }) => description.startsWith('1 message'))),
      );
      assert.deepEqual(changedFacilities(changes.splice(0)), ['sysv-msg']);
      await namespace.ask('remove', `sysv-msg:${id}`);
      await news('its end', (change) => !shown(change));
      assert.deepEqual(changedFacilities(changes), ['sysv-msg']);
      await namespace.ask('watch', false);
    });
  });

  it('is silent while nothing changes, and tells the change that comes', async () => {
    let messages = 0;
    let reads = 0;
    const told: KernelChange[] = [];
    const snapshots = new Snapshots(
      fakeAddon(() => {
        reads++;
        return messages;
      }),
    );
    const watcher = new Watcher(snapshots, {
      interval: 0,
      // Limits are the machine's, and other programs open terminals and files meanwhile.
      onChanged(change) {
        const { taken, limits, ...rest } = change.delta;
        if (limits === undefined || rest.groups.length > 0 || Object.keys(rest).length > 1) told.push(change);
      },
    });
    await watcher.start();
    await until('some polls', async () => reads > 5);
    assert.equal(told.length, 0);
    messages = 2;
    await until('the change', async () => told.length > 0);
    const then = reads;
    await until('more polls', async () => reads > then + 3);
    assert.equal(told.length, 1);
    assert.deepEqual(
      told[0]?.groups.map(({ facility }) => facility),
      ['sysv-msg'],
    );
    watcher.stop();
  });

  it('stops: no read and no word after that, even from a poll under way', async () => {
    let reads = 0;
    const told: KernelChange[] = [];
    const snapshots = new Snapshots(fakeAddon(() => ++reads));
    const watcher = new Watcher(snapshots, { interval: 0, onChanged: (change) => told.push(change) });
    await watcher.start();
    // The second read is the first poll; it has the other tables still before it.
    await until('a poll under way', async () => reads >= 2);
    watcher.stop();
    const [readsThen, toldThen] = [reads, told.length];
    for (let turns = 0; turns < 50; turns++) await turn();
    assert.deepEqual([reads, told.length], [readsThen, toldThen]);
    assert.equal(watcher.watching, false);
  });

  it('survives an addon that throws: the table says so and recovers', async () => {
    let broken = false;
    const told: KernelChange[] = [];
    const addon = fakeAddon(() => {
      if (broken) throw new Error('out of luck');
      return 0;
    });
    const watcher = new Watcher(new Snapshots(addon), {
      interval: 0,
      onChanged: (change) => told.push(change),
    });
    await watcher.start();
    broken = true;
    await until('the problem', async () => told.length > 0);
    assert.match(told[0]?.groups[0]?.problem ?? '', /System V message queues cannot be shown: .*out of luck/);
    broken = false;
    await until('the recovery', async () => told.length > 1);
    assert.equal(told[1]?.groups[0]?.rows.length, 1);
    watcher.stop();
  });

  it('survives a listener that throws, and tells it again', async () => {
    let messages = 0;
    let calls = 0;
    const snapshots = new Snapshots(fakeAddon(() => messages));
    const watcher = new Watcher(snapshots, {
      interval: 0,
      onChanged() {
        if (++calls === 1) throw new Error('not now');
      },
    });
    await watcher.start();
    messages = 1;
    await until('the second try', async () => calls === 2);
    watcher.stop();
  });
});
