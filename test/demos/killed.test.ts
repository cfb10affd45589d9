/** Whoever is killed, at whatever step: no process, no System V object and no directory stays behind. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { createDemos, type Demos } from '../../server/demos';
import { scenarios } from '../../server/demos/registry';
import type { DemoView } from '../../server/demos/view';
import { eventually, linux, objectsWith, Place } from './support';

(linux ? describe : describe.skip)('after SIGKILL nothing stays behind', function () {
  this.timeout(120_000);
  let place: Place;
  let demos: Demos;
  const latest = new Map<string, DemoView>();

  const holder = join(__dirname, '..', 'output', 'demo-holder.cjs');

  before(() => {
    buildSync({
      entryPoints: [join(__dirname, 'holder.ts')],
      outfile: holder,
      bundle: true,
      platform: 'node',
      logLevel: 'error',
    });
    place = new Place();
    demos = createDemos({
      actorPath: place.actorPath,
      base: place.base,
      onChanged: (view) => latest.set(view.session, view),
    });
  });
  afterEach(() => demos.closeAll());
  after(() => place.remove());

  /** A session with the first `steps` steps played. */
  const playedTo = async (id: string, steps: number): Promise<DemoView> => {
    let view = await demos.open(id);
    const first = view.processes.find((process) => process.pid !== undefined)!;
    supervisors.set(view.session, parentPid(first.pid!));
    for (let played = 0; played < steps; played++) view = await demos.act(view.session, 'step');
    return view;
  };

  for (const scenario of scenarios) {
    const keys = new Set<number>();
    const stops = scenario.steps.map((_, index) => index).concat(scenario.steps.length);

    /** At each step another process in turn, and then the supervisor; in its turn the supervisor alone. */
    it(`of a process and the supervisor at each step of ${scenario.id}`, async () => {
      await several(stops, async (steps) => {
        const view = await playedTo(scenario.id, steps);
        for (const key of place.keys()) keys.add(key);
        const victim = view.processes[steps % (view.processes.length + 1)];
        if (victim?.pid !== undefined && victim.state !== 'gone' && victim.state !== 'zombie') {
          process.kill(victim.pid, 'SIGKILL');
          await eventually(
            () => /killed by SIGKILL/.test(processOf(latest.get(view.session)!, victim.id).end ?? ''),
            () => `at step ${steps} ${victim.id}: ${processOf(latest.get(view.session)!, victim.id).end}`,
          );
          await playAfterwards(view);
        }
        process.kill(supervisorOf(view), 'SIGKILL');
        await eventually(
          () => /was killed by SIGKILL.*Choose Restart/.test(latest.get(view.session)?.conclusion ?? ''),
          () => `the session is ${latest.get(view.session)?.state}`,
        );
        assert.equal(latest.get(view.session)!.state, 'failed');
        assert.deepEqual(latest.get(view.session)!.kernel, []);
        await demos.close(view.session);
      });
      await place.becomesEmpty([...keys]);
    });

    it(`of the server at each step of ${scenario.id}`, async () => {
      const server = await startHolder(scenario.id);
      const held = place.keys();
      assert.equal(place.runs().length, stops.length, 'one run for every stop');
      server.kill('SIGKILL');
      await once(server, 'close');
      await place.becomesEmpty(held);
    });
  }

  for (const [how, start] of [
    ['session', async () => void (await demos.close((await demos.open('pipe/exchange')).session))],
    [
      'server',
      async () => void createDemos({ actorPath: place.actorPath, base: place.base, onChanged() {} }),
    ],
  ] as [string, () => Promise<void>][]) {
    it(`of server and supervisors at once: the next ${how} sweeps`, async () => {
      const server = await startHolder('sysv-msg/by-type');
      const keys = place.keys();
      const supervisors = place.processes().filter((pid) => parentPid(pid) === server.pid);
      server.kill('SIGSTOP'); // it must not react to the end of its supervisors
      for (const pid of supervisors) process.kill(pid, 'SIGKILL');
      server.kill('SIGKILL');
      await once(server, 'close');
      await eventually(
        () => place.processes().length === 0,
        () => `left: ${place.processes()}`,
      );
      assert.equal(place.runs().length, supervisors.length, 'nobody could sweep');
      assert.ok(objectsWith(keys) > 0);
      await start();
      await place.becomesEmpty(keys);
    });
  }

  it('restarts after the supervisor was killed', async () => {
    const view = await playedTo('pipe/exchange', 5);
    process.kill(supervisorOf(view), 'SIGKILL');
    await eventually(
      () => latest.get(view.session)?.state === 'failed',
      () => 'it goes on',
    );
    const again = await demos.act(view.session, 'restart');
    assert.equal(again.state, 'ready');
    const keys = place.keys();
    await demos.closeAll();
    await place.becomesEmpty(keys);
  });

  /** Does the work for several sessions at a time: each waits more than it works. */
  async function several<T>(list: T[], work: (one: T) => Promise<void>): Promise<void> {
    const rest = [...list];
    const worker = async () => {
      for (let one = rest.shift(); one !== undefined; one = rest.shift()) await work(one);
    };
    await Promise.all(Array.from({ length: 6 }, worker));
  }

  /** A server process that holds one session for each number of steps. */
  async function startHolder(scenario: string): Promise<ChildProcess> {
    const server = spawn(process.execPath, [holder, place.actorPath, place.base, scenario]);
    let said = '';
    for (const stream of [server.stdout, server.stderr])
      stream.on('data', (data) => {
        said += data;
      });
    await eventually(
      () => said !== '',
      () => 'the server says nothing',
      30_000,
    );
    assert.equal(said, 'holding\n');
    return server;
  }

  /** With a process killed, the session goes on, or says why it cannot. */
  async function playAfterwards(view: DemoView): Promise<void> {
    let now = await demos.act(view.session, 'step');
    for (let played = 0; now.state === 'ready' && played < 50; played++) {
      const waiting = now.steps.some(
        (step) => step.status === 'differs' && step.outcome?.startsWith('blocked'),
      );
      if (waiting) return;
      now = await demos.act(view.session, 'step');
    }
    assert.ok(now.state === 'finished' || now.state === 'failed', now.state);
    assert.match(now.conclusion!, /\.$/);
  }
});

const parentPid = (pid: number) =>
  Number(
    readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) \S+ /, '')
      .split(' ')[0],
  );

const processOf = (view: DemoView, id: string) => view.processes.find((process) => process.id === id)!;

/** The supervisor of a session: while one of its processes lives, that is the parent of the first one. */
function supervisorOf(view: DemoView): number {
  const root = supervisors.get(view.session);
  assert.ok(root, 'known when the session was opened');
  return root;
}

/** Session to supervisor, noted when the session is opened. */
const supervisors = new Map<string, number>();
