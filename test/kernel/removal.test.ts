/** Removal of every kind: done, refused, too late. */
import assert from 'node:assert/strict';
import { type Helper, isRoot, Namespace } from './support/namespace';
import { hasRow, row } from './support/rows';

/** One object of each kind: the commands that make it and its row id, given what the first command answered. */
const kinds = [
  { name: 'message queue', make: 'msgget 0x51 0600', id: (made: number) => `sysv-msg:${made}` },
  { name: 'semaphore set', make: 'semget 0x51 2 0600', id: (made: number) => `sysv-sem:${made}` },
  { name: 'shared memory segment', make: 'shmget 0x51 64 0600', id: (made: number) => `sysv-shm:${made}` },
  { name: 'POSIX queue', make: 'mq_open /gone 0600 1 8', id: () => 'posix-mq:/gone' },
  { name: 'named semaphore', make: 'sem_open /gone 0600 1', id: () => 'posix-sem-named:/gone' },
  { name: 'shared memory object', make: 'shm_open /gone 0600 64', id: () => 'posix-shm:/gone' },
];

const mounted = 'mkdir -p /dev/shm/mq && mount -t mqueue none /dev/shm/mq';

describe('kernel state: removal', function () {
  this.timeout(30_000);
  let namespace: Namespace;
  let helper: Helper;

  before(async function () {
    const made = await Namespace.create({ prelude: mounted });
    if (!made) return this.skip();
    namespace = made;
    helper = await namespace.helper();
  });

  after(() => namespace?.close());

  for (const { name, make, id } of kinds) {
    it(`removes a ${name}, and says so when it was too late`, async () => {
      const object = id(await helper.do(make));
      assert.equal(row(await namespace.ask('view'), object).removable, true);
      const first = await namespace.ask('remove', object);
      assert.equal(first.removed, true, first.message);
      assert.match(first.message, /^Removed .*\.$/);
      assert.ok(!hasRow(await namespace.ask('view'), object));
      const second = await namespace.ask('remove', object);
      assert.equal(second.removed, false);
      assert.match(second.message, /no longer exists: something else removed it\.$/);
    });
  }

  it('says how many messages went with a queue', async () => {
    const id = await helper.do('msgget 0x52 0600');
    await helper.do(`msgsnd ${id} 1 4`);
    const { message } = await namespace.ask('remove', `sysv-msg:${id}`);
    assert.equal(message, `Removed message queue ${id} (key 0x00000052). 1 message went with it.`);
  });

  it('knows nothing of an id that no table has', async () => {
    const { removed, message } = await namespace.ask('remove', 'pigeon:7');
    assert.equal(removed, false);
    assert.match(message, /no table has an object called pigeon:7/);
  });

  it('answers a wrong request with an error, not an exception', async () => {
    const errno = 22; // EINVAL
    for (const request of [undefined, {}, { id: '1' }, { id: -1 }, { id: 2 ** 40 }, 7])
      assert.deepEqual(await namespace.ask('removeNative', 'sysvMsg', request), {
        error: { errno, call: 'msgctl(IPC_RMID)' },
      });
    for (const request of [undefined, {}, { name: 5 }, { name: '/a\0b' }])
      assert.deepEqual(await namespace.ask('removeNative', 'posixShm', request), {
        error: { errno, call: 'shm_unlink' },
      });
  });
});

describe('kernel state: objects of another user', function () {
  this.timeout(30_000);
  const nobody = 65534;
  let namespace: Namespace;
  const ids: string[] = [];

  before(async function () {
    if (!isRoot) return this.skip();
    const made = await Namespace.create({ prelude: mounted });
    if (!made) return this.skip();
    namespace = made;
    const owner = await namespace.helper();
    for (const { make, id } of kinds) ids.push(id(await owner.do(make)));
    await owner.do('sem_open /open 0666 3');
    await namespace.ask('run', 'touch', ['-a', '-d', '2020-02-02', '/dev/shm/sem.open']);
    await namespace.ask('become', nobody);
  });

  after(() => namespace?.close());

  it('are shown with what may be seen, and refusals are shown as such', async () => {
    const view = await namespace.ask('view');
    const descriptions = ids.map((id) => row(view, id).description);
    assert.deepEqual(descriptions, [
      '0 messages, 0 of 16384 bytes',
      '2 semaphores, values not readable: permission denied (EACCES from semctl(GETALL))',
      '64 bytes, nobody attached',
      'not readable: permission denied (EACCES from open)',
      'value not readable: permission denied (EACCES from open)',
      '64 bytes, 0 bytes in use',
    ]);
    for (const id of ids) assert.equal(row(view, id).removable, false, id);
    const { out } = await namespace.ask('state', ['-l', 'posix-shm']);
    assert.match(out, /Remove with +rm \/dev\/shm\/\S+ \(you are not permitted to\)\n/);
  });

  it('are not read where that would change an access time, and are where it would not', async () => {
    const file = '/dev/shm/sem.open';
    const before = await namespace.ask('stat', file);
    const shown = row(await namespace.ask('view'), 'posix-sem-named:/open');
    assert.match(shown.description, /^value not read: it belongs to another user/);
    assert.deepEqual(await namespace.ask('stat', file), before);
    // Whoever opens it as sem_open does moves the time himself; after that a read leaves it alone.
    const user = await namespace.helper();
    await user.do('sem_post /open');
    const after = await namespace.ask('stat', file);
    assert.equal(row(await namespace.ask('view'), 'posix-sem-named:/open').description, 'value 4');
    assert.deepEqual(await namespace.ask('stat', file), after);
  });

  it('are not removed, and the refusal says who may and how', async () => {
    const messages = [];
    for (const id of ids) {
      const { removed, message } = await namespace.ask('remove', id);
      assert.equal(removed, false, id);
      messages.push(message);
      assert.ok(hasRow(await namespace.ask('view'), id), `${id} is still there`);
    }
    const [queue = '', , , posixQueue = '', semaphore = ''] = messages;
    assert.match(
      queue,
      /^Message queue \d+ \(key 0x00000051\) was not removed: not permitted \(EPERM from msgctl\(IPC_RMID\)\)\. Only its owner root or a process with CAP_SYS_ADMIN may do this; with sudo: ipcrm -q \d+$/,
    );
    assert.match(posixQueue, /\(E(PERM|ACCES) from mq_unlink\).*its owner root.*rm \/dev\/shm\/mq\/gone$/);
    assert.match(semaphore, /\(E(PERM|ACCES) from sem_unlink\).*rm \/dev\/shm\/sem\.gone$/);
  });
});
