/** The actor's calls against the real kernel, in the usual build and in one with sanitizers. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { signalName } from '../../server/demos/outcome';
import { descriptors } from '../../server/demos/procfs';
import { type Build, eventually, linux } from '../demos/support';
import { detail, failure, refusal, returned, StageForEachTest } from './support';

for (const build of ['plain', 'sanitized'] as Build[]) {
  (linux ? describe : describe.skip)(`actor, ${build} build`, function () {
    this.timeout(60_000);
    const run = new StageForEachTest(build);
    const { call, waits, pids, ends } = run;

    it('gives a demo the descriptors that a plain program would get', async () => {
      const answer = await call('a', 'pipe', ['fd']);
      assert.equal(returned(answer), 0);
      assert.equal(detail(answer, 'fd[0]'), '3');
      assert.equal(detail(answer, 'fd[1]'), '4');
      const open = descriptors(pids.get('a')!, run.stage.controlDescriptor).map((one) => one.fd);
      assert.deepEqual(open, [0, 1, 2, 3, 4]);
      const machinery = descriptors(pids.get('a')!, 4096).filter(
        (one) => one.fd >= run.stage.controlDescriptor,
      );
      assert.ok(machinery.every((one) => one.closeOnExec));
    });

    it('writes, reads and reports data and time', async () => {
      await call('a', 'pipe', ['fd']);
      const write = await call('a', 'write', ['fd[1]', '"two\\nlines\\0end"', '13'], 'n');
      assert.equal(returned(write), 13);
      const read = await call('a', 'read', ['fd[0]', 'buf', '64'], 'n');
      assert.equal(returned(read), 13);
      assert.equal(detail(read, 'data'), 'two\nlines\0end');
      assert.ok(read.kind === 'reply' && read.nanoseconds > 0 && read.nanoseconds < 1e9);
      assert.equal(returned(await call('a', 'write', ['fd[1]', 'buf'])), 13);
    });

    it('copies variables and descriptors in a real fork', async () => {
      await call('a', 'pipe', ['fd']);
      const fork = await call('a', 'fork', ['b'], 'pid');
      const pid = returned(fork);
      assert.equal(pids.get('b'), pid);
      assert.equal(returned(await call('b', 'getpid')), pid);
      assert.equal(returned(await call('b', 'getppid')), pids.get('a'));
      assert.equal(returned(await call('b', 'value', ['pid'])), 0);
      assert.equal(returned(await call('a', 'value', ['pid'])), pid);
      assert.equal(returned(await call('b', 'close', ['fd[1]'])), 0);
      assert.equal(returned(await call('a', 'write', ['fd[1]', '"hi"'])), 2);
      assert.equal(detail(await call('b', 'read', ['fd[0]', 'buf', '9']), 'data'), 'hi');
    });

    it('tells how a process ended, and its parent can collect it', async () => {
      await call('a', 'fork', ['b'], 'pid');
      const exit = await call('b', '_exit', ['7']);
      assert.ok(exit.kind === 'ended');
      assert.deepEqual([exit.end.exited, exit.end.left], [7, 'zombie']);
      const wait = await call('a', 'waitpid', ['pid', 'status', '0']);
      assert.equal(returned(wait), pids.get('b'));
      assert.equal(detail(wait, 'exited'), '7');
      assert.equal(failure(await call('a', 'waitpid', ['-1', 'status', '0'])), 'ECHILD');
    });

    it('lets SIGPIPE kill, unless it is ignored', async () => {
      await call('a', 'pipe', ['fd']);
      await call('a', 'fork', ['b']);
      for (const name of ['a', 'b']) await call(name, 'close', ['fd[0]']);
      await call('b', 'signal', ['SIGPIPE', 'SIG_IGN']);
      assert.equal(failure(await call('b', 'write', ['fd[1]', '"x"'])), 'EPIPE');
      const killed = await call('a', 'write', ['fd[1]', '"x"']);
      assert.ok(killed.kind === 'ended');
      assert.equal(signalName(killed.end.killed!), 'SIGPIPE');
    });

    it('leaves a blocked process blocked until something comes', async () => {
      await call('a', 'pipe', ['fd']);
      await call('a', 'fork', ['b']);
      let done = false;
      const reading = call('b', 'read', ['fd[0]', 'buf', '9']).then((answer) => {
        done = true;
        return answer;
      });
      await waits('b');
      assert.equal(done, false);
      await call('a', 'write', ['fd[1]', '"x"']);
      assert.equal(returned(await reading), 1);
    });

    it('delivers signals: alarm, handlers, kill within the demo', async () => {
      await call('a', 'sigaction', ['SIGALRM', 'note', '0']);
      await call('a', 'alarm', ['1']);
      assert.equal(failure(await call('a', 'pause')), 'EINTR');
      assert.equal(returned(await call('a', 'handled', ['SIGALRM'])), 1);
      await call('a', 'fork', ['b'], 'pid');
      const pausing = call('b', 'pause');
      await waits('b');
      assert.equal(returned(await call('a', 'kill', ['pid', 'SIGTERM'])), 0);
      const end = await pausing;
      assert.ok(end.kind === 'ended' && signalName(end.end.killed!) === 'SIGTERM');
    });

    it('signals nobody outside of the demo', async () => {
      for (const target of ['1', '-1', String(process.pid), String(run.stage.pid), `-${run.stage.pid}`])
        assert.match(refusal(await call('a', 'kill', [target, '0'])), /own demo/, target);
      assert.equal(failure(await call('a', 'kill', ['99999999', '0'])), 'ESRCH');
    });

    it('adopts the children of a process that ended before them', async () => {
      await call('a', 'fork', ['b']);
      await call('a', '_exit', ['0']);
      await eventually(
        () => ends.has('a'),
        () => 'a runs',
      );
      assert.equal(returned(await call('b', 'getppid')), run.stage.pid);
      const end = await call('b', '_exit', ['3']);
      assert.ok(end.kind === 'ended' && end.end.exited === 3);
      await eventually(
        () => run.stateOf('b') === 'gone',
        () => 'b is not reaped',
      );
    });

    it('sends and receives System V messages by type', async () => {
      const id = returned(await call('a', 'msgget', ['run_key[0]', 'IPC_CREAT | IPC_EXCL | 0600'], 'id'));
      assert.equal(failure(await call('a', 'msgget', ['run_key[0]', 'IPC_CREAT | IPC_EXCL'])), 'EEXIST');
      for (const [type, text] of [
        ['3', '"c"'],
        ['1', '"aa"'],
        ['2', '""'],
      ] as const)
        assert.equal(returned(await call('a', 'msgsnd', ['id', type, text, '0'])), 0);
      assert.equal(failure(await call('a', 'msgsnd', ['id', '0', '"x"', '0'])), 'EINVAL');
      const words = await run.stage.peek('queue', undefined, id);
      assert.deepEqual(
        words?.filter((word) => word.startsWith('message')),
        ['message=3:1:c', 'message=1:2:aa', 'message=2:0:%_'],
      );
      const lowest = await call('a', 'msgrcv', ['id', 'm', '64', '-3', '0']);
      assert.deepEqual([detail(lowest, 'type'), detail(lowest, 'data')], ['1', 'aa']);
      assert.equal(failure(await call('a', 'msgrcv', ['id', 'm', '64', '9', 'IPC_NOWAIT'])), 'ENOMSG');
      assert.equal(failure(await call('a', 'msgrcv', ['id', 'm', '0', '3', '0'])), 'E2BIG');
      assert.equal(returned(await call('a', 'msgctl', ['id', 'IPC_RMID'])), 0);
    });

    it('removes private queues too, and leaves those of others alone', async () => {
      const id = returned(await call('a', 'msgget', ['IPC_PRIVATE', '0600'], 'id'));
      assert.equal(returned(await call('a', 'msgsnd', ['id', '1', '"x"', '0'])), 0);
      assert.match(refusal(await call('a', 'msgget', ['0x1234', 'IPC_CREAT | 0600'])), /own run/);
      assert.match(refusal(await call('a', 'msgget', ['IPC_PRIVATE', '0666'])), /0600/);
      const other = await run.another();
      await other.start('x');
      assert.match(refusal(await other.call('x', undefined, 'msgctl', [String(id), 'IPC_RMID'])), /not made/);
      await other.end();
      await run.stage.end();
      const probe = await run.another();
      assert.equal(await probe.peek('queue', undefined, id), undefined);
      run.stage = probe;
    });

    it('shows what a pipe holds without taking it', async () => {
      await call('a', 'pipe', ['fd']);
      await call('a', 'write', ['fd[1]', '"hello\\n"']);
      for (let i = 0; i < 3; i++)
        assert.deepEqual(await run.stage.peek('pipe', 'a', 3), [
          'unread=6',
          'capacity=65536',
          'content=hello%0a',
        ]);
      await call('a', 'write', ['fd[1]', '"more"']);
      assert.equal((await run.stage.peek('pipe', 'a', 3))?.[2], 'content=hello%0amore');
      assert.equal(detail(await call('a', 'read', ['fd[0]', 'buf', '64']), 'data'), 'hello\nmore');
      assert.equal(await run.stage.peek('pipe', 'a', 99), undefined);
      assert.equal(await run.stage.peek('pipe', 'nobody', 3), undefined);
    });

    it('works out expressions as C does', async () => {
      const values: [string, number][] = [
        ['IPC_CREAT | 0600', 0o1600],
        ['1 | 2 + 3 * 4', 15],
        ['(1 | 2) * 4', 12],
        ['10 - 3 - 2', 5],
        ['-0x10', -16],
        ['~0', -1],
        ["'A'", 65],
        ["'\\n'", 10],
        ['1 << 20', 1048576],
        ['64UL', 64],
        ['O_RDONLY', 0],
      ];
      for (const [text, value] of values)
        assert.equal(returned(await call('a', 'value', [text])), value, text);
      await call('a', 'memset', ['block', "'x'", '100']);
      assert.equal(returned(await call('a', 'value', ['sizeof block'])), 100);
    });

    it('answers bad requests with the reason', async () => {
      const cases: [string, string[], RegExp][] = [
        ['bogus', [], /no call 'bogus'/],
        ['write', ['fd[1]', '"x"'], /no variable or known constant 'fd\[1\]'/],
        ['write', ['1'], /needs more arguments/],
        ['close', ['1', '2'], /takes fewer arguments/],
        ['write', ['1', '2'], /is a number; a string/],
        ['close', ['"x"'], /is a string; a number/],
        ['close', ['99999999999'], /does not fit an int/],
        ['write', ['1', '"x', '1'], /does not end/],
        ['write', ['1', '"x"', '2'], /larger than the data/],
        ['read', ['0', 'buf', '-1'], /between 0 and/],
        ['read', ['0', '9x', '1'], /not the name of a variable/],
        ['value', ['1 +'], /cannot read/],
        ['value', ['((((((((((((((((((((((((((((((((((((1'], /nested too deeply/],
        ['value', ['9223372036854775807 + 1'], /does not fit/],
        ['value', ['1 << 99'], /does not fit/],
        ['fcntl', ['0', '9999'], /not one that a demo/],
        ['open', ['"/etc/passwd"', '0'], /its own directory/],
        ['sigaction', ['SIGUSR1', 'system'], /SIG_DFL, SIG_IGN or note/],
      ];
      for (const [name, args, reason] of cases)
        assert.match(refusal(await call('a', name, args)), reason, name);
      assert.match(refusal(await call('nobody', 'getpid')), /does not run/);
      assert.equal(failure(await call('a', 'close', ['200'])), 'EBADF');
      assert.equal(failure(await call('a', 'dup2', ['0', '200'])), 'EBADF');
      assert.equal(returned(await call('a', 'getpid')), pids.get('a'));
    });

    it('survives any arguments', async () => {
      const calls = [
        'write',
        'close',
        'fcntl',
        'dup',
        'msgget',
        'msgsnd',
        'msgctl',
        'value',
        'memset',
        'lseek',
        'open',
      ];
      const piece = fc.oneof(
        fc.string(),
        fc.constantFrom(
          '"',
          "'",
          '\\',
          '(',
          '|',
          '<<',
          'sizeof',
          'IPC_CREAT',
          'run_key[0]',
          '-',
          '0x',
          '"\\x',
        ),
        fc.integer().map(String),
      );
      const argument = fc.array(piece, { maxLength: 5 }).map((pieces) => pieces.join(' '));
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...calls),
          fc.array(argument, { maxLength: 10 }),
          async (name, args) => {
            const answer = await call('a', name, args);
            assert.notEqual(answer.kind, 'ended');
          },
        ),
        { numRuns: 400 },
      );
      assert.equal(returned(await call('a', 'getpid')), pids.get('a'));
    });
  });
}
