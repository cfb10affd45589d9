import assert from 'node:assert/strict';
import { errorPhrase, tableProblem } from '../../server/kernel/errors';
import type { NativeProcess } from '../../server/kernel/native';
import { People } from '../../server/kernel/people';
import { Processes } from '../../server/kernel/processes';
import { shellWord } from '../../server/kernel/tables/files';
import { bytes, count, key, limit, moment, permissions, roughBytes } from '../../server/kernel/words';

describe('kernel state: words', () => {
  it('count and size', () => {
    assert.equal(count(1, 'message'), '1 message');
    assert.equal(count(0, 'message'), '0 messages');
    assert.equal(count(2, 'waiting process', 'waiting processes'), '2 waiting processes');
    assert.equal(bytes(1), '1 byte');
    assert.equal(bytes(512), '512 bytes');
    assert.equal(bytes(4096), '4096 bytes (4 KiB)');
    assert.equal(roughBytes(1_500_000), '1.4 MiB');
    assert.equal(roughBytes(1024 ** 3), '1 GiB');
    assert.equal(limit(2 ** 64 - 2 ** 24), 'no limit');
    assert.equal(limit(8192, bytes), '8192 bytes (8 KiB)');
  });

  it('show permissions, keys and moments', () => {
    assert.equal(permissions(0o640), 'rw-r----- (0640)');
    assert.equal(permissions(0), '--------- (0000)');
    assert.equal(permissions(0o1600), 'rw------- (0600)');
    assert.equal(key(0x2a), '0x0000002a');
    assert.equal(key(0xfedcba98), '0xfedcba98');
    assert.equal(key(0), 'none (IPC_PRIVATE)');
    assert.equal(moment(0), 'never');
    const noon = new Date(2026, 10, 21, 12, 0, 5);
    assert.equal(moment(noon.getTime() / 1000 + 0.9), '2026-11-21 12:00:05');
  });

  it('name errors', () => {
    assert.equal(
      errorPhrase({ errno: 13, call: 'semctl(GETALL)' }),
      'permission denied (EACCES from semctl(GETALL))',
    );
    assert.equal(
      tableProblem('System V semaphore sets', { errno: 38, call: 'semctl(SEM_INFO)' }),
      'System V semaphore sets cannot be read: the kernel does not offer the call (ENOSYS from semctl(SEM_INFO)). This kernel was built without it, or a sandbox (seccomp) hides it.',
    );
    assert.match(errorPhrase({ errno: 4095, call: 'x' }), /error 4095 from x/);
  });

  it('quote a name for a shell', () => {
    assert.equal(shellWord('/dev/shm/a-b_c.1'), '/dev/shm/a-b_c.1');
    assert.equal(shellWord("/a b'c"), "'/a b'\\''c'");
  });

  it('name users, or their number', () => {
    const people = new People();
    people.refresh();
    assert.equal(people.user(0), 'root');
    assert.equal(people.user(4_000_000_000), 'user 4000000000');
    assert.equal(people.owner(0, 4_000_000_000), 'root, group 4000000000');
  });
});

describe('kernel state: processes', () => {
  const known: NativeProcess[] = [
    { pid: 10, state: 'running', name: 'worker', started: 1000 },
    { pid: 11, state: 'exited', name: 'worker', started: 1000 },
    { pid: 12, state: 'hidden' },
    { pid: 13, state: 'gone' },
  ];
  const asked: number[][] = [];
  const processes = new Processes({
    processes({ pids }) {
      asked.push(pids);
      return { objects: known.filter(({ pid }) => pids.includes(pid)) };
    },
  });

  it('are looked up once', () => {
    processes.load([10, 11, 11, 0, 12, 13]);
    processes.load([10, 13]);
    assert.deepEqual(asked, [[10, 11, 12, 13]]);
  });

  it('are told apart from a later process with the same pid', () => {
    assert.equal(processes.describe(10, 1500), '10 (worker)');
    assert.equal(processes.alive(10, 999), true, 'the clock of the tables has whole seconds');
    assert.equal(processes.describe(10, 500), '10 (gone)');
    assert.equal(processes.alive(10, 500), false);
  });

  it('that are zombies are gone, and hidden ones are not', () => {
    assert.equal(processes.alive(11, 2000), false);
    assert.equal(processes.alive(12, 2000), true);
    assert.equal(processes.describe(12, 2000), '12 (name hidden)');
    assert.equal(processes.alive(13, 2000), false);
  });

  it('of another PID namespace are no one', () => {
    assert.equal(processes.alive(0, 2000), undefined);
    assert.equal(processes.describe(0, 2000), 'none');
  });
});
