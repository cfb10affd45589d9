/** Records that read the same stay the same objects, whoever asks in between, and tell what a whole answer would. */
import assert from 'node:assert/strict';
import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadAddon } from '../../server/kernel/loader';
import type { NativePosixShm, NativePosixShmLimits } from '../../server/kernel/native';
import { Latest } from '../../server/kernel/records';

describe('kernel state: records', () => {
  const prefix = `ipc-lens-records-${process.pid}`;
  const path = (name: string) => `/dev/shm/${prefix}-${name}`;
  const loaded = loadAddon();
  const three = ['one', 'two', 'three'];

  before(function () {
    if ('problem' in loaded) this.skip();
  });

  beforeEach(() => {
    for (const name of three) writeFileSync(path(name), name);
  });

  afterEach(() => {
    for (const name of three) rmSync(path(name), { force: true });
  });

  const table = () => {
    if ('problem' in loaded) throw new Error(loaded.problem);
    return loaded.addon.posixShm;
  };
  type Shown = Latest<{ objects: NativePosixShm[]; limits: NativePosixShmLimits }>;
  const ours = (answer: ReturnType<Shown['read']>) => {
    assert.ok(!answer.error);
    return new Map(
      answer.objects
        .filter(({ name }) => name.startsWith(`/${prefix}`))
        .map((record) => [record.name.slice(prefix.length + 2), record]),
    );
  };

  it('are those of a whole answer, and the same objects while nothing changes', () => {
    const latest: Shown = new Latest();
    const first = ours(latest.read(table()));
    assert.deepEqual([...first.keys()].sort(), [...three].sort());
    const second = ours(latest.read(table()));
    for (const name of three) assert.equal(second.get(name), first.get(name));
    assert.deepEqual(second, ours(table().read()));
  });

  it('are new where they changed, wherever they stand', () => {
    const latest: Shown = new Latest();
    const first = ours(latest.read(table()));
    for (const gone of three) {
      rmSync(path(gone));
      const others = three.filter((name) => name !== gone);
      appendFileSync(path(others[0]!), ' more');
      const now = ours(latest.read(table()));
      assert.deepEqual([...now.keys()].sort(), [...others].sort());
      assert.notEqual(now.get(others[0]!), first.get(others[0]!));
      assert.ok(now.get(others[0]!)!.size > first.get(others[0]!)!.size);
      assert.deepEqual(now, ours(table().read()));
      writeFileSync(path(gone), gone);
      latest.read(table());
    }
  });

  it('are told whole to another who asks in between', () => {
    const [one, other]: Shown[] = [new Latest(), new Latest()];
    const first = ours(one!.read(table()));
    appendFileSync(path('two'), ' more');
    const second = ours(other!.read(table()));
    assert.equal(second.get('two')!.size, 'two more'.length);
    rmSync(path('one'));
    assert.deepEqual(ours(one!.read(table())), ours(other!.read(table())));
    assert.equal(first.get('two')!.size, 'two'.length);
  });
});
