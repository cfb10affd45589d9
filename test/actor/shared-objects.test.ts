/** Counters, POSIX queues, semaphores and shared memory of the actor: what they do, and what they refuse. */
import assert from 'node:assert/strict';
import { errnoName } from '../../server/demos/outcome';
import type { Answer } from '../../server/demos/stage';
import { type Build, linux } from '../demos/support';
import { StageForEachTest } from './support';

for (const build of ['plain', 'sanitized'] as Build[]) {
  (linux ? describe : describe.skip)(`actor's shared objects, ${build} build`, function () {
    this.timeout(60_000);
    const run = new StageForEachTest(build);

    const call = (name: string, args: string[], into?: string) => run.call('a', name, args, into);
    const short = (answer: Answer) => {
      if (answer.kind === 'refused') return `refused: ${answer.reason}`;
      if (answer.kind !== 'reply') return answer.kind;
      return answer.result === -1 ? errnoName(answer.errno) : answer.result;
    };

    it('an eventfd adds up', async () => {
      await call('eventfd', ['0', 'EFD_NONBLOCK'], 'event');
      assert.equal(short(await call('read_counter', ['event', 'count'])), 'EAGAIN');
      for (const number of ['2', '3']) assert.equal(short(await call('write_counter', ['event', number])), 8);
      const answer = await call('read_counter', ['event', 'count']);
      assert.ok(answer.kind === 'reply' && answer.details.get('count') === '5');
    });

    it('a POSIX queue has one of four names, which lead to the run’s own', async () => {
      const open = (name: string) =>
        call('mq_open', [`"${name}"`, 'O_CREAT | O_RDWR', '0600', '2', '8'], 'q');
      for (const name of ['/a', '/b', '/c', '/d', '/a'])
        assert.ok(Number(short(await open(name))) >= 3, name);
      assert.match(String(short(await open('/e'))), /^refused: .*four queue names/);
      assert.match(String(short(await open('/a/b'))), /^refused/);
      assert.match(
        String(short(await call('mq_open', ['"/a"', 'O_CREAT', '0666', '2', '8']))),
        /^refused.*0600/,
      );
      assert.equal(short(await call('mq_unlink', ['"/b"'])), 0);
      assert.equal(short(await call('mq_unlink', ['"/b"'])), 'ENOENT');
    });

    it('semaphore sets of others are left alone, and what does not exist is the kernel’s to refuse', async () => {
      assert.match(
        String(short(await call('semget', ['12345', '1', 'IPC_CREAT | 0600']))),
        /^refused.*own run/,
      );
      await call('semget', ['IPC_PRIVATE', '1', '0600'], 'set');
      assert.equal(short(await call('semop', ['set', '0', '-1', 'IPC_NOWAIT'])), 'EAGAIN');
      assert.equal(short(await call('semop', ['set', '7', '-1', '0'])), 'EFBIG');
      assert.equal(short(await call('semop', ['2147483647', '0', '1', '0'])), 'EINVAL');
    });

    it('only mapped memory is touched', async () => {
      await call('mmap', ['4096', 'PROT_READ | PROT_WRITE', 'MAP_SHARED | MAP_ANONYMOUS', '-1'], 'cells');
      assert.equal(short(await call('put', ['cells', '1023', '7'])), 0);
      assert.equal(short(await call('get', ['cells', '1023'])), 7);
      assert.match(String(short(await call('put', ['cells', '1024', '7']))), /^refused.*no such cell/);
      assert.match(String(short(await call('put', ['4096', '0', '7']))), /^refused/);
      assert.equal(short(await call('munmap', ['cells'])), 0);
      assert.match(String(short(await call('get', ['cells', '0']))), /^refused/);
    });

    it('a named semaphore keeps its value while it is closed', async () => {
      await call('sem_open', ['"/s"', 'O_CREAT', '0600', '1'], 's');
      assert.equal(short(await call('sem_trywait', ['s'])), 0);
      assert.equal(short(await call('sem_close', ['s'])), 0);
      assert.match(String(short(await call('sem_post', ['s']))), /^refused/);
      await call('sem_open', ['"/s"', 'O_CREAT', '0600', '9'], 's');
      assert.equal(short(await call('sem_trywait', ['s'])), 'EAGAIN');
    });
  });
}
