/** Sockets, terminals and other programs in the actor: what they do, what they may not, and what the supervisor sees of them. */
import assert from 'node:assert/strict';
import { signalName } from '../../server/demos/outcome';
import { type Build, linux } from '../demos/support';
import { detail, failure, refusal, returned, StageForEachTest } from './support';

for (const build of ['plain', 'sanitized'] as Build[]) {
  (linux ? describe : describe.skip)(`sockets and programs, ${build} build`, function () {
    this.timeout(60_000);
    const run = new StageForEachTest(build);
    const { call, waits, pids } = run;

    const facts = async (kind: string, process: string, fd: number) => {
      const words = await run.stage.peek(kind, process, fd);
      return new Map((words ?? []).map((word) => word.split(/=(.*)/s).slice(0, 2) as [string, string]));
    };
    const socket = async (family: string, type: string, into: string) =>
      returned(await call('a', 'socket', [family, type, '0'], into));

    it('joins two sockets of a stream, and shows their bytes without taking them', async () => {
      assert.equal(returned(await call('a', 'socketpair', ['AF_UNIX', 'SOCK_STREAM', '0', 'pair'])), 0);
      assert.equal(returned(await call('a', 'send', ['pair[0]', '"hello"', '5', 'MSG_NOSIGNAL'])), 5);
      for (let round = 0; round < 2; round++) {
        const seen = await facts('socket', 'a', 4);
        assert.deepEqual([seen.get('unread'), seen.get('content'), seen.get('end')], ['5', 'hello', '0']);
      }
      await call('a', 'shutdown', ['pair[0]', 'SHUT_WR']);
      assert.equal(detail(await call('a', 'recv', ['pair[1]', 'buf', '64', '0']), 'data'), 'hello');
      assert.equal((await facts('socket', 'a', 4)).get('end'), '1');
      assert.equal(returned(await call('a', 'recv', ['pair[1]', 'buf', '64', '0'])), 0);
    });

    it('keeps datagrams apart, tells their sender, and shows all that wait', async () => {
      await socket('AF_UNIX', 'SOCK_DGRAM', 'box');
      await socket('AF_UNIX', 'SOCK_DGRAM', 'other');
      await call('a', 'bind', ['box', 'unix("box")']);
      await call('a', 'bind', ['other', 'abstract("other")']);
      for (const text of ['one', '', 'three', 'x'.repeat(200)])
        returned(await call('a', 'sendto', ['other', `"${text}"`, String(text.length), '0', 'unix("box")']));
      const words = await run.stage.peek('socket', 'a', 3);
      const messages = words!.filter((word) => word.startsWith('message='));
      assert.deepEqual(messages.slice(0, 2), ['message=3,@other,one', 'message=0,@other,%_']);
      const first = await call('a', 'recvfrom', ['box', 'buf', '2', '0', 'from']);
      assert.deepEqual([detail(first, 'data'), detail(first, 'from')], ['on', '@other']);
      assert.equal(returned(await call('a', 'sendto', ['box', '"back"', '4', '0', 'from'])), 4);
      assert.equal(detail(await call('a', 'recv', ['other', 'buf', '9', '0']), 'data'), 'back');
      assert.equal(returned(await call('a', 'recv', ['box', 'buf', '9', '0'])), 0);
      assert.equal(detail(await call('a', 'recv', ['box', 'buf', '9', '0']), 'data'), 'three');
      assert.equal(returned(await call('a', 'recv', ['box', 'buf', '9', 'MSG_TRUNC'])), 200);
    });

    it('counts who waits at a listening socket, local or TCP', async () => {
      for (const [family, address] of [
        ['AF_UNIX', 'unix("door")'],
        ['AF_INET', 'loopback(htons(run_port))'],
      ] as const) {
        const fd = await socket(family, 'SOCK_STREAM', 'door');
        returned(await call('a', 'bind', ['door', address]));
        returned(await call('a', 'listen', ['door', '3']));
        assert.equal((await facts('socket', 'a', fd)).get('pending'), '0');
        await socket(family, 'SOCK_STREAM', 'guest');
        returned(await call('a', 'connect', ['guest', address]));
        const seen = await facts('socket', 'a', fd);
        assert.deepEqual([seen.get('listening'), seen.get('pending'), seen.get('backlog')], ['1', '1', '3']);
        await call('a', 'accept', ['door'], 'in');
        assert.equal((await facts('socket', 'a', fd)).get('pending'), '0');
      }
    });

    it('leaves an error that waits for the next call where it is', async () => {
      const fd = await socket('AF_INET', 'SOCK_DGRAM', 'fd');
      returned(await call('a', 'connect', ['fd', 'loopback(htons(run_port))']));
      returned(await call('a', 'send', ['fd', '"x"', '1', '0']));
      for (let round = 0; round < 2; round++)
        assert.equal((await facts('socket', 'a', fd)).get('error'), '1');
      assert.equal(failure(await call('a', 'recv', ['fd', 'buf', '9', '0'])), 'ECONNREFUSED');
      assert.equal((await facts('socket', 'a', fd)).has('error'), false);
    });

    it('reaches nothing outside the run', async () => {
      await socket('AF_UNIX', 'SOCK_DGRAM', 'local');
      await socket('AF_INET', 'SOCK_STREAM', 'inet');
      for (const address of ['unix("/tmp/x")', 'unix("../x")', 'unix("a/b")', 'unix("")'])
        assert.match(refusal(await call('a', 'bind', ['local', address])), /address/);
      for (const address of ['inet(80)', '"127.0.0.1"', 'loopback("x")', 'loopback(70000)', 'nothing'])
        refusal(await call('a', 'connect', ['inet', address]));
      // Bytes that a demo made itself: 8.8.8.8 port 53, a foreign abstract name, a path outside.
      for (const forged of [
        '"\\2\\0\\0\\065\\010\\010\\010\\010\\0\\0\\0\\0\\0\\0\\0\\0"',
        '"\\1\\0\\0systemd"',
        '"\\1\\0/run/x"',
      ]) {
        await call('a', 'pipe', ['p']);
        returned(await call('a', 'write', ['p[1]', forged], 'n'));
        await call('a', 'read', ['p[0]', 'forged', '64']);
        assert.match(
          refusal(await call('a', 'sendto', ['local', '"x"', '1', '0', 'forged'])),
          /own run only/,
        );
      }
      refusal(await call('a', 'socket', ['2', '3', '1'])); // SOCK_RAW
      refusal(await call('a', 'socket', ['16', '3', '0'])); // AF_NETLINK
      refusal(await call('a', 'setsockopt', ['inet', 'SOL_SOCKET', '25', '1'])); // SO_BINDTODEVICE
    });

    it('gives each run an address of its own on the loopback', async () => {
      const names = new Set<string>();
      for (let round = 0; round < 3; round++) {
        const probe = await run.another();
        await probe.start('a');
        await probe.call('a', 'fd', 'socket', ['AF_INET', 'SOCK_DGRAM', '0']);
        await probe.call('a', undefined, 'bind', ['fd', 'loopback(htons(5000))']);
        const words = (await probe.peek('socket', 'a', 3)) ?? [];
        const name = words.find((word) => word.startsWith('name='))!;
        assert.match(name, /^name=127\.\d+\.\d+\.\d+:5000$/);
        names.add(name);
        await probe.end();
      }
      assert.equal(names.size, 3);
    });

    it('passes descriptors and the sender’s identity', async () => {
      await call('a', 'socketpair', ['AF_UNIX', 'SOCK_STREAM', '0', 'pair']);
      await call('a', 'fork', ['b'], 'pid');
      await call('a', 'pipe', ['fd']);
      returned(await call('a', 'send_descriptor', ['pair[0]', 'fd[0]']));
      const received = returned(await call('b', 'receive_descriptor', ['pair[1]'], 'in'));
      await call('a', 'write', ['fd[1]', '"hi"']);
      assert.equal(detail(await call('b', 'read', ['in', 'buf', '9']), 'data'), 'hi');
      assert.ok(received > 2 && received < 200);
      returned(await call('a', 'setsockopt', ['pair[0]', 'SOL_SOCKET', 'SO_PASSCRED', '1']));
      await call('b', 'send', ['pair[1]', '"?"', '1', '0']);
      assert.equal(returned(await call('a', 'receive_sender', ['pair[0]'])), pids.get('b'));
      refusal(await call('a', 'send_descriptor', ['pair[0]', '"x"']));
      assert.equal(failure(await call('a', 'send_descriptor', ['pair[0]', '202'])), 'EBADF');
    });

    it('polls and watches with epoll', async () => {
      await call('a', 'pipe', ['fd']);
      await call('a', 'epoll_create1', ['EPOLL_CLOEXEC'], 'list');
      returned(await call('a', 'epoll_ctl', ['list', 'EPOLL_CTL_ADD', 'fd[0]', 'EPOLLIN | EPOLLET']));
      assert.equal(returned(await call('a', 'poll', ['0', 'fd[0]', 'POLLIN'])), 0);
      await call('a', 'write', ['fd[1]', '"x"']);
      assert.equal(
        detail(await call('a', 'poll', ['-1', 'fd[0]', 'POLLIN', 'fd[1]', 'POLLOUT']), 'ready[1]'),
        '4:4',
      );
      assert.equal(returned(await call('a', 'epoll_wait', ['list', '0'])), 1);
      assert.equal(returned(await call('a', 'epoll_wait', ['list', '0'])), 0);
    });

    it('makes a terminal that echoes, edits and hangs up', async () => {
      returned(await call('a', 'posix_openpt', ['O_RDWR | O_NOCTTY'], 'master'));
      await call('a', 'grantpt', ['master']);
      await call('a', 'unlockpt', ['master']);
      await call('a', 'fork', ['b'], 'pid');
      returned(await call('b', 'setsid'));
      returned(await call('b', 'open_slave', ['master', 'O_RDWR'], 'tty'));
      await call('b', 'close', ['master']);
      const seen = await facts('terminal', 'a', 3);
      assert.deepEqual([seen.get('master'), seen.get('echo'), seen.get('lines')], ['1', '1', '1']);
      assert.equal(seen.get('session'), String(pids.get('b')));
      const line = call('b', 'read', ['tty', 'buf', '64']);
      await waits('b');
      await call('a', 'write', ['master', '"lx\\177s\\n"', '5']);
      assert.equal(detail(await line, 'data'), 'ls\n');
      returned(await call('b', 'turn_off', ['tty', 'ECHO | ICANON']));
      assert.equal((await facts('terminal', 'b', 4)).get('echo'), '0');
      const rest = call('b', 'read', ['tty', 'buf', '64']);
      await waits('b');
      await call('a', 'close', ['master']);
      const end = await rest;
      assert.ok(end.kind === 'ended' && signalName(end.end.killed!) === 'SIGHUP');
      refusal(await call('a', 'ioctl', ['0', '21523', '0']));
    });

    it('becomes another program, of the few that are offered, and takes it along when the demo ends', async () => {
      await call('a', 'pipe', ['fd']);
      await call('a', 'fork', ['b'], 'pid');
      await call('b', 'dup2', ['fd[0]', 'STDIN_FILENO']);
      for (const words of [
        ['"sh"', '"sh"'],
        ['"sort"', '"sort"', '"-o"', '"x"'],
        ['"/bin/cat"', '"cat"'],
      ])
        assert.match(refusal(await call('b', 'execlp', words)), /a demo runs/);
      assert.equal(failure(await call('b', 'execlp', ['"no-such-program"', '"x"'])), 'ENOENT');
      assert.deepEqual(await call('b', 'execlp', ['"cat"', '"cat"']), { kind: 'replaced' });
      assert.equal((await call('b', 'getpid')).kind, 'refused');
      // It holds the write end of its own input: only the end of the demo ends it (see afterEach).
      await call('a', 'close', ['fd[1]']);
      assert.ok(run.place.processes().includes(pids.get('b')!));
    });

    it('runs the few commands that popen is offered', async () => {
      for (const command of ['"sh"', '"echo x > y"', '"cat /etc/passwd"', '"exit 3; id"'])
        assert.match(refusal(await call('a', 'popen', [command, '"r"'], 'stream')), /a demo runs/);
      returned(await call('a', 'popen', ['"echo hello"', '"r"'], 'stream'));
      assert.equal(detail(await call('a', 'fgets', ['line', '64', 'stream']), 'data'), 'hello\n');
      assert.equal(returned(await call('a', 'fgets', ['line', '64', 'stream'])), 0);
      assert.equal(detail(await call('a', 'pclose', ['stream']), 'exited'), '0');
      refusal(await call('a', 'pclose', ['stream']));
      refusal(await call('a', 'fgets', ['line', '64', '200']));
    });
  });
}
