/** What a person does by hand: calls with arguments of their own, more processes, and nothing that is left behind. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Demos } from '../../server/demos';
import { commands, shapes } from '../../server/demos/playground/arguments';
import { callTexts, scenarios } from '../../server/demos/registry';
import type { DemoView, PlaygroundOffer, Refusal } from '../../server/demos/view';
import { Playing } from './hand';
import { eventually, linux, type Place } from './support';
import { Traces } from './traces';

(linux ? describe : describe.skip)('the playground of a demo', function () {
  this.timeout(60_000);
  let playing: Playing;
  let place: Place;
  let demos: Demos;
  const play: Playing['play'] = (...args) => playing.play(...args);

  beforeEach(() => {
    playing = new Playing();
    ({ place, demos } = playing);
  });
  afterEach(() => playing.end());

  it('issues calls in any process, and shows objects, table and explanation', async () => {
    const { issue, view, state } = await play('pipe/exchange');
    assert.equal((await issue('parent', 'pipe', ['fd'])).outcome, 'returned 0');
    const written = await issue('parent', 'write', ['fd[1]', '"hallo"', '']);
    assert.equal(written.call, 'write(fd[1], "hallo", 5)');
    assert.deepEqual(written.transfer, { object: 'pipe', direction: 'in', data: 'hallo' });
    const [pipe] = view().objects;
    assert.ok(pipe?.kind === 'pipe' && pipe.exists && pipe.content === 'hallo');
    assert.match(
      view()
        .kernel.map((row) => row.handle)
        .join(),
      /fd 3,fd 4/,
    );
    const forked = await issue('parent', 'fork', [], 'pid');
    assert.match(forked.outcome!, /^returned \d+$/);
    assert.equal(state('child2').state, 'running');
    assert.deepEqual(forked.yours, { call: 'fork', args: [], into: 'pid' }, 'as it was asked for');
    assert.deepEqual(written.yours, { call: 'write', args: ['fd[1]', '"hallo"', ''] });
    const read = await issue('child2', 'read', ['fd[0]', 'buf', '64'], 'n');
    assert.equal(read.outcome, 'returned 5: "hallo"');
    assert.match(read.explanation, /^On success it returns the number of bytes read; 0 means end-of-file\./);
    assert.deepEqual(
      state('child2').variables?.filter(({ name }) => /^(n|buf|pid)$/.test(name)),
      [
        { name: 'pid', value: '0' },
        { name: 'buf', value: '5 bytes' },
        { name: 'n', value: '5' },
      ],
    );
  });

  it('tells a wait from the end of it, and what an error means for the call', async () => {
    const { issue, view, state, refusal } = await play('pipe/exchange');
    await issue('parent', 'pipe', ['fd']);
    await issue('parent', 'fork', [], 'pid');
    const read = await issue('child2', 'read', ['fd[0]', 'buf', '64'], 'n');
    assert.equal(read.status, 'blocked');
    assert.match(read.explanation, /^It waits until /);
    assert.equal(state('child2').state, 'blocked');
    assert.equal(state('child2').wait?.object, 'pipe');
    assert.match(
      (await refusal('child2', 'getpid')).message,
      /still in read\. Let another process release it/,
    );
    await issue('parent', 'write', ['fd[1]', '"x"']);
    assert.equal(view().steps[read.index]!.outcome, 'returned 1: "x"');
    const wrong = await issue('parent', 'read', ['fd[1]', 'buf', '64']);
    assert.match(wrong.outcome!, /^failed with EBADF/);
    assert.match(wrong.explanation, /^EBADF here: The descriptor is not open/);
    await issue('parent', 'close', ['fd[0]']);
    await issue('child2', 'close', ['fd[0]']);
    const killed = await issue('parent', 'write', ['fd[1]', '"x"']);
    assert.equal(killed.outcome, 'killed by SIGPIPE');
    assert.match(killed.explanation, /SIGPIPE ended the process\. /);
    assert.equal(state('parent').end, 'killed by SIGPIPE');
    assert.match((await refusal('parent', 'getpid')).message, /^The parent has ended/);
  });

  it('goes in between the steps of the script, which goes on afterwards', async () => {
    const { session, issue } = await play('pipe/exchange', false);
    for (let step = 0; step < 4; step++) await demos.act(session, 'step');
    const own = await issue('parent', 'write', ['fd[1]', '"more"']);
    assert.equal(own.index, 4);
    assert.equal(playing.latest.state, 'ready');
    assert.equal(playing.latest.next, 5);
    assert.match(playing.latest.steps[5]!.call, /^read\(fd\[0\]/);
    /* The script expects its read to wait; it finds the bytes that were not foreseen, and says so. */
    const view = await demos.act(session, 'step');
    assert.equal(view.steps[5]!.status, 'differs');
    assert.equal(view.steps[5]!.outcome, 'returned 4: "more"');
    const again = await demos.act(session, 'restart');
    assert.ok(again.steps.every((step) => !step.yours && step.status === 'pending'));
  });

  it('starts, kills, stops and continues processes', async () => {
    const { issue, state, refusal, view } = await play('fifo/meet');
    await issue('', 'start');
    await issue('program2', 'mkfifo', ['"here"', '0600']);
    assert.ok(
      view().objects.some((object) => object.kind === 'fifo' && object.exists && object.name === 'here'),
    );
    assert.equal((await issue('program2', 'open', ['"here"', 'O_RDONLY'], 'fd')).status, 'blocked');
    await issue('program2', 'SIGSTOP');
    assert.equal(state('program2').state, 'stopped');
    await issue('reader', 'open', ['"here"', 'O_WRONLY'], 'fd');
    assert.match((await refusal('program2', 'SIGSTOP')).message, /stopped already/);
    await issue('program2', 'SIGCONT');
    assert.equal(state('program2').state, 'running');
    await issue('program2', 'SIGKILL');
    assert.equal(state('program2').end, 'killed by SIGKILL');
    assert.match((await refusal('program2', 'SIGCONT')).message, /has ended/);
    assert.equal((await issue('reader', 'getpid')).outcome, `returned ${state('reader').pid}`);
  });

  it('refuses nonsense with what is accepted', async () => {
    const { issue, refusal } = await play('unix-stream/echo');
    await issue('server', 'socket', ['AF_UNIX', 'SOCK_STREAM', '0'], 'listener');
    const cases: [string, string[], string | undefined, Refusal['at'], RegExp][] = [
      [
        'read',
        ['nothing', 'buf', '64'],
        undefined,
        0,
        /the server has no variable “nothing”.*Give a number.*listener/,
      ],
      [
        'read',
        ['listener', '"text"', '64'],
        undefined,
        1,
        /is no name for a variable\. Give a name for a variable/,
      ],
      ['read', ['listener', 'O_RDONLY', '64'], undefined, 1, /no name for a variable/],
      ['read', ['listener', 'buf', '"64"'], undefined, 2, /is a text where a number is needed/],
      ['read', ['listener', 'buf', '64 +'], undefined, 2, /no complete expression/],
      ['read', ['listener', 'buf', '6 4'], undefined, 2, /no complete expression/],
      ['read', ['listener', 'buf', '64; exit(1)'], undefined, 2, /“; exit\(1\)” cannot be read/],
      ['read', ['listener', 'buf'], undefined, 2, /count: it is missing/],
      ['read', ['listener', 'buf', '1', '2'], undefined, undefined, /takes 3 arguments, not 4/],
      ['read', ['listener', 'buf', '1'], 'return', 'into', /cannot take the result/],
      ['write', ['listener', 'hello'], undefined, 1, /Give a text in quotes/],
      ['write', ['listener', '"hello'], undefined, 1, /cannot be read/],
      [
        'socket',
        ['AF_UNIX', 'SOCK_RAW', '0'],
        undefined,
        1,
        /no constant is named so.*SOCK_STREAM, SOCK_DGRAM/,
      ],
      ['bind', ['listener', 'unix("../up")'], undefined, 1, /no plain name in quotes/],
      ['bind', ['listener', '127.0.0.1'], undefined, 1, /is no address\. Give unix\("name"\)/],
      ['popen', ['"rm -rf x"', '"r"'], 'stream', 0, /is not offered\. Give one of these: "cat"/],
      ['execlp', ['sh'], undefined, 0, /is not offered\. Give one of these: cat, sort/],
      ['sigaction', ['SIGUSR1', 'main'], undefined, 1, /one of these: note, SIG_IGN, SIG_DFL/],
      ['system', ['"ls"'], undefined, undefined, /not among the calls/],
      ['memset', ['x', "'a'", '4'], undefined, undefined, /not among the calls/],
      /* What only the actor can tell. */
      ['write', ['listener', '"hello"', '50'], undefined, undefined, /count is larger than the data/],
      ['kill', ['1', 'SIGTERM'], undefined, undefined, /only processes of its own demo/],
      ['kill', ['-1', 'SIGTERM'], undefined, undefined, /only processes of its own demo/],
      ['open', ['"/etc/passwd"', 'O_RDONLY'], 'fd', undefined, /plain name without/],
      ['socket', ['AF_INET', '3', '0'], undefined, undefined, /makes stream, datagram and packet sockets/],
      ['msgget', ['4711', 'IPC_CREAT | 0666'], 'queue', undefined, /keys of its own run only/],
      [
        'semget',
        ['IPC_PRIVATE', '9000', 'IPC_CREAT | 0600'],
        'set',
        undefined,
        /at most 0600 and 8 semaphores/,
      ],
      ['shmget', ['IPC_PRIVATE', '1 << 40', 'IPC_CREAT | 0600'], 'segment', undefined, /at most 1 MiB/],
      ['read', ['listener', 'buf', '1 << 30'], undefined, undefined, /between 0 and 4 MiB/],
    ];
    for (const [call, args, into, at, message] of cases) {
      const refused = await refusal('server', call, args, into);
      assert.match(refused.message, message, `${call}(${args})`);
      assert.equal(refused.at, at, `${call}(${args})`);
      assert.match(refused.message, /[.…]$/);
    }
    assert.match((await refusal('nobody', 'getpid')).message, /not part of the demo/);
    assert.equal((await issue('server', 'getpid')).status, 'done', 'and it goes on');
  });

  it('keeps to its bounds: processes, and calls while others are under way', async () => {
    const { session, issue, refusal, view } = await play('pipe/exchange');
    while (view().processes.length < 8) await issue('parent', 'fork', [], 'pid');
    assert.match((await refusal('parent', 'fork')).message, /at most 8 processes/);
    assert.match((await refusal('', 'start')).message, /at most 8 processes/);
    const all = await Promise.all(
      Array.from({ length: 5 }, () => demos.issue(session, { process: 'parent', call: 'getpid', args: [] })),
    );
    assert.ok(all.every(({ refused }) => refused === undefined));
  });

  it('plays one call at a time and survives the end of the supervisor', async () => {
    const { session, issue } = await play('sysv-msg/by-type');
    await issue('sender', 'msgget', ['QUEUE_KEY', 'IPC_CREAT | 0600'], 'queue');
    await issue('sender', 'msgsnd', ['queue', '3', '"left"', '0']);
    const supervisor = place
      .processes()
      .find(
        (pid) =>
          readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('stage') &&
          !playing.latest.processes.some((one) => one.pid === pid),
      );
    process.kill(supervisor!, 'SIGKILL');
    await eventually(
      () => playing.latest.state === 'failed',
      () => playing.latest.state,
    );
    const { refused } = await demos.issue(session, { process: 'sender', call: 'getpid', args: [] });
    assert.match(refused!.message, /Choose Restart/);
    const again = await demos.act(session, 'restart');
    assert.equal(again.state, 'ready');
  });

  it('can be done again as it was asked for, as after a reload of the window', async () => {
    const { issue, view } = await play('pipe/exchange');
    await issue('parent', 'pipe', ['fd']);
    await issue('parent', 'fork', [], 'pid');
    await issue('child2', 'dup2', ['fd[0]', 'STDIN_FILENO']);
    await issue('child2', 'execlp', ['cat']);
    await issue('', 'start');
    await issue('parent', 'write', ['fd[1]', '"x"', '']);
    await issue('child2', 'SIGKILL');
    const first = view();
    const again = await play('pipe/exchange');
    for (const { process, yours } of first.steps)
      await again.issue(process, yours!.call, yours!.args, yours!.into);
    const told = (one: DemoView) =>
      one.steps.map(({ call, outcome }) => `${call}: ${outcome?.replace(/\d{3,}/g, 'N')}`);
    assert.deepEqual(told(again.view()), told(first));
    assert.match(told(first).join(), /execlp\("cat", "cat", [^,]*NULL\): became cat/);
  });

  it('leaves nothing of what was made by hand, whoever is killed', async () => {
    for (const victim of ['process', 'supervisor', 'nobody'] as const) {
      const { issue, state } = await play('sysv-sem/lock');
      await issue('', 'start');
      await issue('program2', 'semget', ['IPC_PRIVATE', '1', 'IPC_CREAT | 0600'], 'mine');
      await issue('program2', 'shmget', ['IPC_PRIVATE', '4096', 'IPC_CREAT | 0600'], 'seg');
      await issue('program2', 'mq_open', ['"/mine"', 'O_CREAT | O_RDWR', '0600', '2', '16'], 'queue');
      await issue('program2', 'shm_open', ['"/mine"', 'O_CREAT | O_RDWR', '0600'], 'memory');
      await issue('program2', 'sem_open', ['"/mine"', 'O_CREAT', '0600', '1'], 'lock');
      await issue('program2', 'fork', [], 'pid');
      assert.equal((await issue('child2', 'pause')).status, 'blocked');
      const pid = state('program2').pid!;
      const parent = Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))![1]);
      const traces = new Traces(place).note();
      assert.ok(traces.count >= 4 && traces.left().length >= traces.count, `made: ${traces.left()}`);
      const keys = place.keys();
      if (victim === 'process') {
        process.kill(pid, 'SIGKILL');
        await eventually(
          () => /SIGKILL/.test(playing.latest.processes.find(({ id }) => id === 'program2')?.end ?? ''),
          () => 'its end is not told',
        );
        assert.equal((await issue('child2', 'SIGKILL')).outcome, 'killed by you', 'the demo goes on');
      }
      if (victim === 'supervisor') process.kill(parent, 'SIGKILL');
      await demos.closeAll();
      await place.becomesEmpty(keys);
      await eventually(
        () => traces.left().length === 0,
        () => `left: ${traces.left()}`,
      );
    }
  });

  it('offers every call with every argument told, and nothing that the actor does not know', async () => {
    const { session } = await play('pipe/exchange');
    const offer = await demos.offer(session);
    assert.ok(offer.calls.length > 100);
    const untold = offer.calls.filter(({ parameters }) =>
      parameters.some(({ name }) => /^argument \d/.test(name)),
    );
    assert.deepEqual(
      untold.map(({ name }) => name),
      [],
      'playground/arguments.ts says what the arguments are, where they are not those of C',
    );
    for (const call of offer.calls) {
      assert.ok(call.summary !== '', `${call.name} has words: in the catalog, or in playground/arguments.ts`);
      for (const parameter of call.parameters)
        assert.ok(parameter.role !== '', `${call.name}, ${parameter.name}`);
    }
    for (const name of Object.keys(shapes)) assert.ok(callTexts.has(name), `${name} is a call`);
    const source = readFileSync(join(__dirname, '..', '..', 'native', 'actor', 'calls_program.c'), 'latin1');
    for (const command of commands) assert.ok(source.includes(`"${command}"`), command);
    const played = new Set(scenarios.flatMap(({ steps }) => steps.map(({ call }) => call)));
    assert.ok(played.size > 100);
  });

  it('puts an object of the demo where a call that no demo plays wants an address', async () => {
    const { session } = await play('condvar/loop');
    const offer = await demos.offer(session);
    const broadcast = offer.calls.find(({ name }) => name === 'pthread_cond_broadcast')!;
    assert.equal(broadcast.parameters[0]!.initial, '&shared->filled');
  });

  it('says which addresses fit, and of what type a name is, where C tells them apart', async () => {
    const { issue, refusal } = await play('pipe/exchange');
    await issue('parent', 'pipe', ['fd']);
    await issue('parent', 'mmap', ['4096', 'PROT_READ', 'MAP_SHARED | MAP_ANONYMOUS', '-1'], 'cells');
    const cases: [string, string[], string | undefined, Refusal['at'], RegExp][] = [
      ['close', ['cells'], undefined, 0, /“cells” is an int \* in C, and a number is needed/],
      [
        'munmap',
        ['fd[0]'],
        undefined,
        0,
        /“fd\[0\]” is a number in C.*Give an address that the parent has: cells/,
      ],
      ['sem_post', ['3'], undefined, 0, /the address of a sem_t is needed.*none that fits yet/],
      ['getpid', [], 'fd', 'into', /“fd” is an array of int in the program of the parent.*Give another name/],
      ['pipe', ['cells'], undefined, 0, /“cells” is an int \*.*an array of int/],
      ['getpid', [], 'read', 'into', /cannot take the result/],
    ];
    for (const [call, args, into, at, message] of cases) {
      const refused = await refusal('parent', call, args, into);
      assert.match(refused.message, message, call);
      assert.equal(refused.at, at, call);
    }
    assert.equal((await issue('parent', 'getpid', [], 'own')).status, 'done', 'and it goes on');
  });

  it('offers the calls of each subject first', async () => {
    for (const id of new Set(scenarios.map(({ subject }) => subject))) {
      const scenario = scenarios.find(({ subject }) => subject === id)!;
      const { session } = await demos.open(scenario.id);
      const offer: PlaygroundOffer = await demos.offer(session);
      const first = new Set(offer.calls.filter(({ group }) => group !== 'other').map(({ name }) => name));
      const hidden = new Set(['check', 'snprintf']);
      for (const { call } of scenario.steps) assert.ok(first.has(call) || hidden.has(call), `${id}: ${call}`);
      await demos.close(session);
    }
  });

  it('writes the C of what was done, which compiles', async () => {
    const { session, issue, state } = await play('pipe/exchange', false);
    for (let step = 0; step < 3; step++) await demos.act(session, 'step');
    await issue('parent', 'write', ['fd[1]', '"by hand\\n"']);
    await issue('child', 'read', ['fd[0]', 'text', '100'], 'count');
    await issue('parent', 'read', ['99', 'buf', '8']);
    await issue('parent', 'eventfd', ['0', 'EFD_CLOEXEC'], 'counter');
    await issue('parent', 'write_counter', ['counter', '7']);
    await issue('parent', 'read_counter', ['counter', 'value']);
    await issue('parent', 'fork', [], 'second');
    await issue('child2', 'getpid', [], 'self');
    await issue('', 'start');
    await issue('program2', 'socketpair', ['AF_UNIX', 'SOCK_STREAM', '0', 'pair']);
    await issue('program2', 'send', ['pair[0]', '"hi"', '', '0']);
    await issue('program2', 'recv', ['pair[1]', 'buf', '16', '0'], 'n');
    await issue('child2', 'SIGKILL');
    const project = demos.project('pipe/exchange', session);
    const folder = join(place.directory, project.name);
    mkdirSync(folder);
    for (const { path, text } of project.files) writeFileSync(join(folder, path), text);
    execFileSync('make', ['-C', folder, 'CFLAGS=-std=gnu17 -Wall -Wextra -Werror -pthread'], {
      stdio: 'pipe',
    });
    const parent = project.files.find(({ path }) => path === 'pipe-exchange-parent.c')!.text;
    for (const line of ['"by hand\\n", 8', 'eventfd(0, EFD_CLOEXEC)', 'second = fork()', 'read(fd[0], text'])
      assert.ok(parent.includes(line), line);
    assert.ok(!/SIGKILL/.test(parent));
    assert.equal(state('parent').program.text, parent);
  });
});
