/** What the person does to a session, and what happens when things go otherwise than the script says. */
import assert from 'node:assert/strict';
import { createDemos, type Demos } from '../../server/demos';
import type { Scenario, Step } from '../../server/demos/scenario';
import { Session } from '../../server/demos/session';
import type { DemoView } from '../../server/demos/view';
import { eventually, linux, Place } from './support';

(linux ? describe : describe.skip)('a demo session', function () {
  this.timeout(30_000);
  let place: Place;
  let demos: Demos;
  let views: DemoView[];
  let sessions: Session[];

  beforeEach(() => {
    place = new Place();
    views = [];
    sessions = [];
    demos = createDemos({
      actorPath: place.actorPath,
      base: place.base,
      onChanged: (view) => views.push(view),
    });
  });
  afterEach(async () => {
    const keys = place.keys();
    await demos.closeAll();
    await Promise.all(sessions.map((session) => session.close()));
    await place.becomesEmpty(keys);
    place.remove();
  });

  const last = () => views.at(-1)!;

  it('opens with the processes made and nothing played', async () => {
    const view = await demos.open('pipe/exchange');
    assert.equal(view.state, 'ready');
    assert.equal(view.next, 0);
    assert.ok(view.steps.every((step) => step.status === 'pending'));
    assert.deepEqual(
      view.processes.map((process) => process.state),
      ['running', 'not-started'],
    );
    assert.deepEqual(view.kernel, []);
    assert.equal(view.objects[0]!.exists, false);
  });

  it('runs on to the end by itself', async () => {
    const view = await demos.open('sysv-msg/by-type');
    await demos.act(view.session, 'run', 0);
    await eventually(
      () => last().state === 'finished',
      () => `${last().state} at ${last().next}`,
    );
    assert.ok(views.some((one) => one.state === 'running'));
  });

  it('pauses, steps on, and restarts from anywhere', async () => {
    const { session } = await demos.open('pipe/full');
    await demos.act(session, 'run', 1);
    await eventually(
      () => (last().next ?? 0) >= 3,
      () => `at ${last().next}`,
    );
    const paused = await demos.act(session, 'pause');
    assert.equal(paused.state, 'ready');
    const stepped = await demos.act(session, 'step');
    assert.equal(stepped.next, paused.next! + 1);
    const before = stepped.processes[0]!.pid;
    const again = await demos.act(session, 'restart');
    assert.equal(again.next, 0);
    assert.notEqual(again.processes[0]!.pid, before);
    assert.equal(place.runs().length, 1, 'the first run is gone');
    assert.ok(again.steps.every((step) => step.status === 'pending'));
  });

  it('restarts while a step is under way and while it runs on', async () => {
    const { session } = await demos.open('pipe/exchange');
    const stepping = demos.act(session, 'step');
    await demos.act(session, 'restart');
    await stepping;
    await demos.act(session, 'run', 0);
    const view = await demos.act(session, 'restart');
    assert.equal(view.next, 0);
    assert.equal(view.state, 'ready');
  });

  it('plays one step for one request, however fast they come', async () => {
    const { session } = await demos.open('pipe/exchange');
    await Promise.all([demos.act(session, 'step'), demos.act(session, 'step'), demos.act(session, 'step')]);
    assert.equal(last().next, 1);
  });

  it('does nothing more after the end', async () => {
    let view = await demos.open('sysv-msg/persists');
    while (view.state === 'ready') view = await demos.act(view.session, 'step');
    const after = await demos.act(view.session, 'step');
    assert.deepEqual(after, view);
  });

  it('keeps the line of each process at its open call, else at its next', async () => {
    let view = await demos.open('pipe/exchange');
    const lineText = (id: string) => {
      const { text, line } = view.processes.find((process) => process.id === id)!.program;
      return line === undefined ? undefined : text.split('\n')[line]!.trim();
    };
    assert.equal(lineText('parent'), 'if (pipe(fd) == -1)');
    assert.equal(lineText('child'), undefined);
    for (let step = 0; step < 5; step++) view = await demos.act(view.session, 'step');
    assert.match(lineText('child')!, /n = read/);
    assert.match(lineText('parent')!, /write\(fd\[1\]/);
  });

  it('refuses what does not exist with a sentence', async () => {
    await assert.rejects(demos.open('pipe/none'), /There is no demo named pipe\/none/);
    await assert.rejects(demos.act('demo-99', 'step'), /has been closed/);
    const view = await demos.open('pipe/exchange');
    await demos.close(view.session);
    await assert.rejects(demos.act(view.session, 'step'), /has been closed/);
    await demos.close(view.session);
  });

  it('says why there are no demos, and still lists them', async () => {
    const none = createDemos({ actorPath: { problem: 'Live demos need Linux.' }, onChanged() {} });
    assert.equal(none.problem, 'Live demos need Linux.');
    assert.ok(none.list().length >= 7);
    await assert.rejects(none.open('pipe/exchange'), /need Linux/);
    const broken = createDemos({ actorPath: '/nowhere/ipc_lens_actor', base: place.base, onChanged() {} });
    await assert.rejects(broken.open('pipe/exchange'), /cannot be started/);
    const wrong = createDemos({ actorPath: place.actorPath, base: '/proc', onChanged() {} });
    await assert.rejects(wrong.open('pipe/exchange'), /Cannot make a directory under \/proc/);
  });

  /* ------------------------------------------------ otherwise than the script says */

  const made = async (steps: Step[]): Promise<Session> => {
    const scenario: Scenario = {
      id: 'pipe/made-up',
      subject: 'pipe',
      title: 'Made up',
      summary: 'For tests.',
      kind: 'normal',
      about: 'For tests.',
      processes: [
        { id: 'parent', title: 'the parent', begins: 'open' },
        { id: 'child', title: 'the child', begins: 'fork' },
      ],
      objects: [{ kind: 'pipe', id: 'pipe', title: 'the pipe', handle: 'fd' }],
      steps,
      conclusion: 'Done.',
    };
    const options = { id: 'made', actorPath: place.actorPath, base: place.base };
    const session = new Session(scenario, { ...options, onChanged: (view) => views.push(view) });
    sessions.push(session);
    await session.open();
    return session;
  };
  const step = (process: string, call: string, args: string[], more: Partial<Step> = {}): Step => ({
    process,
    call,
    args,
    expect: { returns: 0 },
    why: 'For tests.',
    ...more,
  });
  const playAll = async (session: Session): Promise<DemoView> => {
    let view = session.view();
    while (view.state === 'ready') view = await session.act('step');
    return view;
  };
  const pipeAndFork = [
    step('parent', 'pipe', ['fd']),
    step('parent', 'fork', ['child'], { into: 'pid', expect: { returns: { pid: 'child' } } }),
  ];

  it('shows a result that differs, with what was expected, and goes on', async () => {
    const session = await made([
      step('parent', 'pipe', ['fd'], { expect: { fails: 'EMFILE' } }),
      step('parent', 'close', ['99']),
      step('parent', 'write', ['fd[1]', '"hello"', '5'], { expect: { returns: 5, data: 'howdy' } }),
      step('parent', '_exit', ['2'], { expect: { exits: 0 } }),
    ]);
    const view = await playAll(session);
    assert.equal(view.state, 'finished');
    assert.match(view.conclusion!, /^4 steps went otherwise .* Done\.$/);
    assert.deepEqual(
      view.steps.map((one) => [one.status, one.outcome, one.expected]),
      [
        ['differs', 'returned 0', 'fails with EMFILE'],
        ['differs', view.steps[1]!.outcome, 'returns 0'],
        ['differs', 'returned 5', 'returns 5: "howdy"'],
        ['differs', 'exited with status 2', 'exits with status 0'],
      ],
    );
    assert.match(view.steps[1]!.outcome!, /^failed with EBADF: /);
  });

  it('shows a step that waits though it should not, and its late end', async () => {
    const session = await made([
      ...pipeAndFork,
      step('child', 'read', ['fd[0]', 'buf', '8'], { expect: { returns: 1, data: 'x' } }),
      step('parent', 'write', ['fd[1]', '"x"', '1'], { expect: { returns: 1 } }),
    ]);
    let view = await session.act('step');
    view = await session.act('step');
    view = await session.act('step');
    assert.deepEqual(
      [view.steps[2]!.status, view.steps[2]!.outcome, view.steps[2]!.expected],
      ['differs', 'blocked in read', 'returns 1: "x"'],
    );
    assert.equal(view.processes[1]!.state, 'blocked');
    assert.equal(view.state, 'ready', 'the person can go on');
    await session.act('step');
    await eventually(
      () => session.view().steps[2]!.outcome !== 'blocked in read',
      () => 'still blocked',
    );
    assert.equal(session.view().steps[2]!.outcome, 'returned 1: "x"');
    assert.equal(session.view().steps[2]!.status, 'differs', 'it was to return at once');
  });

  it('shows a step that returns though it should wait, and one that is never released', async () => {
    const session = await made([
      ...pipeAndFork,
      step('parent', 'write', ['fd[1]', '"x"', '1'], {
        expect: { blocks: true, afterwards: { returns: 1 } },
      }),
      step('child', 'read', ['fd[0]', 'buf', '1'], { expect: { returns: 1 } }),
      step('child', 'read', ['fd[0]', 'buf', '1'], {
        label: 'wait',
        expect: { blocks: true, afterwards: { eof: true } },
      }),
      step('parent', 'close', ['fd[1]'], { wakes: ['wait'] }),
    ]);
    const view = await playAll(session);
    assert.equal(view.steps[2]!.status, 'differs');
    assert.equal(view.steps[2]!.expected, 'waits, then returns 1');
    assert.equal(view.steps[4]!.status, 'differs', 'the child holds a write end itself');
    assert.equal(view.steps[4]!.expected, 'is released by close(fd[1])');
    assert.equal(view.steps[4]!.outcome, 'blocked in read');
  });

  it('tells a stopped process from a blocked one', async () => {
    const session = await made([
      ...pipeAndFork,
      step('parent', 'kill', ['pid', 'SIGSTOP']),
      step('child', 'close', ['fd[0]']),
      step('parent', 'kill', ['pid', 'SIGCONT']),
    ]);
    for (let played = 0; played < 4; played++) await session.act('step');
    const stopped = session.view();
    assert.equal(stopped.processes[1]!.state, 'stopped');
    assert.deepEqual(
      [stopped.steps[3]!.status, stopped.steps[3]!.outcome, stopped.steps[3]!.expected],
      ['differs', 'the process is stopped', 'returns 0'],
    );
    await session.act('step');
    await eventually(
      () => session.view().steps[3]!.outcome === 'returned 0',
      () => `${session.view().steps[3]!.outcome}`,
    );
  });

  it('shows the end of a process that nobody asked for, while it waits and while it does nothing', async () => {
    const session = await made([
      ...pipeAndFork,
      step('child', 'read', ['fd[0]', 'buf', '1'], { expect: { blocks: true } }),
    ]);
    const { processes } = await playAll(session);
    for (const { pid, id } of processes) {
      process.kill(pid!, 'SIGUSR1');
      const seen = () => session.view().processes.find((one) => one.id === id)!;
      await eventually(
        () => seen().end === 'killed by SIGUSR1',
        () => `${seen().end}`,
      );
    }
    const read = session.view().steps[2]!;
    assert.deepEqual(
      [read.status, read.outcome, read.expected],
      ['differs', 'killed by SIGUSR1', 'waits for ever'],
    );
  });

  it('fails with a sentence when a step needs a process that waits or is gone', async () => {
    const waiting = await made([
      ...pipeAndFork,
      step('child', 'read', ['fd[0]', 'buf', '1'], { expect: { blocks: true } }),
      step('child', 'close', ['fd[0]']),
    ]);
    const view = await playAll(waiting);
    assert.equal(view.state, 'failed');
    assert.match(view.conclusion!, /needs the child, which still waits in read\. Choose Restart\./);

    const gone = await made([
      step('parent', '_exit', ['0'], { expect: { exits: 0 } }),
      step('parent', 'pipe', ['fd']),
    ]);
    assert.match(
      (await playAll(gone)).conclusion!,
      /needs the parent, but that process has ended: exited with status 0/,
    );

    const never = await made([step('child', 'pipe', ['fd'])]);
    assert.match((await playAll(never)).conclusion!, /needs the child, which was never started/);
  });
});
