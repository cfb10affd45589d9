/** Locks, files that are shared, keys and signals in the actor: what they do and what they may not. */
import assert from 'node:assert/strict';
import { type Build, linux } from '../demos/support';
import { detail, failure, refusal, returned, StageForEachTest } from './support';

for (const build of ['plain', 'sanitized'] as Build[]) {
  (linux ? describe : describe.skip)(`files and signals, ${build} build`, function () {
    this.timeout(60_000);
    const run = new StageForEachTest(build);
    const { call, waits } = run;

    const made = async () => returned(await call('a', 'open', ['"f"', 'O_RDWR | O_CREAT', '0600'], 'fd'));

    it('locks ranges against other processes, waits, and is released by their death', async () => {
      await made();
      const set = (who: string, command: string, type: string) =>
        call(who, 'fcntl_lock', ['fd', command, type, '0', '10']);
      assert.equal(returned(await set('a', 'F_SETLK', 'F_WRLCK')), 0);
      returned(await call('a', 'fork', ['b'], 'pid'));
      assert.equal(failure(await set('b', 'F_SETLK', 'F_RDLCK')), 'EAGAIN');
      const lock = set('b', 'F_SETLKW', 'F_WRLCK');
      await waits('b');
      assert.equal((await call('a', '_exit', ['0'])).kind, 'ended');
      assert.equal(returned(await lock), 0);
      assert.match(refusal(await set('b', 'F_SETFL', 'F_WRLCK')), /locks with F_SETLK/);
    });

    it('locks an open file, which a child shares', async () => {
      await made();
      returned(await call('a', 'open', ['"f"', 'O_RDWR'], 'other'));
      assert.equal(returned(await call('a', 'flock', ['fd', 'LOCK_EX'])), 0);
      assert.equal(failure(await call('a', 'flock', ['other', 'LOCK_EX | LOCK_NB'])), 'EAGAIN');
      returned(await call('a', 'fork', ['b'], 'pid'));
      assert.equal(returned(await call('b', 'flock', ['fd', 'LOCK_EX | LOCK_NB'])), 0);
      assert.equal(failure(await call('a', 'flock', ['99', 'LOCK_EX'])), 'EBADF');
    });

    it('reads and writes at a place, within bounds', async () => {
      await made();
      assert.equal(returned(await call('a', 'pwrite', ['fd', '"abc"', '3', '2'])), 3);
      assert.equal(detail(await call('a', 'pread', ['fd', 'buf', '8', '2']), 'data'), 'abc');
      assert.match(refusal(await call('a', 'pwrite', ['fd', '"abc"', '4', '0'])), /larger than the data/);
      assert.match(refusal(await call('a', 'pwrite', ['fd', '"abc"', '3', '1 << 40'])), /first 4 MiB/);
      assert.match(refusal(await call('a', 'pread', ['fd', 'buf', '-1', '0'])), /at a time/);
      assert.equal(failure(await call('a', 'pread', ['fd', 'buf', '1', '-1'])), 'EINVAL');
    });

    it('makes keys of its own files only', async () => {
      await made();
      const key = returned(await call('a', 'ftok', ['"f"', '1']));
      assert.equal(returned(await call('a', 'ftok', ['"f"', '257'])), key);
      assert.equal(failure(await call('a', 'ftok', ['"g"', '1'])), 'ENOENT');
      assert.match(refusal(await call('a', 'ftok', ['"/etc/passwd"', '1'])), /plain name/);
      assert.match(refusal(await call('a', 'rename', ['"f"', '"../f"'])), /plain name/);
    });

    it('queues real-time signals with values, and signals its own demo only', async () => {
      const self = returned(await call('a', 'getpid', [], 'self'));
      returned(await call('a', 'sigprocmask', ['SIG_BLOCK', 'SIGRTMIN', 'SIGUSR1']));
      for (const value of ['1', '2']) {
        returned(await call('a', 'sigqueue', ['self', 'SIGRTMIN', value]));
        returned(await call('a', 'sigqueue', ['self', 'SIGUSR1', value]));
      }
      assert.equal(detail(await call('a', 'sigpending', ['SIGUSR1', 'SIGUSR2']), 'data'), '1');
      const next = () => call('a', 'sigtimedwait', ['0', 'SIGRTMIN', 'SIGUSR1']);
      const values = [await next(), await next(), await next()].map((answer) => detail(answer, 'data'));
      assert.deepEqual(values, ['1', '1', '2']);
      assert.equal(failure(await next()), 'EAGAIN');
      assert.match(refusal(await call('a', 'sigqueue', [String(process.pid), '0', '1'])), /own demo/);
      assert.match(refusal(await call('a', 'sigqueue', ['-1', '0', '1'])), /own demo/);
      assert.ok(self > 0);
    });

    it('reads signals from a descriptor', async () => {
      returned(await call('a', 'getpid', [], 'self'));
      returned(await call('a', 'sigprocmask', ['SIG_BLOCK', 'SIGRTMIN']));
      returned(await call('a', 'signalfd', ['SFD_NONBLOCK', 'SIGRTMIN'], 'fd'));
      assert.equal(failure(await call('a', 'read_signal', ['fd'])), 'EAGAIN');
      returned(await call('a', 'sigqueue', ['self', 'SIGRTMIN', '7']));
      assert.equal(detail(await call('a', 'read_signal', ['fd']), 'data'), '7');
    });
  });
}
