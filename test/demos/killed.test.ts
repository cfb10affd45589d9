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
    for (let played = 0; played < steps; played++) view = await demos.act(view.session, 'step');
    return view;
  };

  for (const scenario of scenarios) {
    const stops = scenario.steps.map((_, index) => index).concat(scenario.steps.length);

    it(`of each process at each step of ${scenario.id}`, async () => {
      for (const steps of stops) {
        for (const { id } of scenario.processes) {
          const view = await playedTo(scenario.id, steps);
          const victim = view.processes.find((process) => process.id === id)!;
          const keys = place.keys();
          if (victim.pid !== undefined && victim.state !== 'gone' && victim.state !== 'zombie') {
            process.kill(victim.pid, 'SIGKILL');
            await eventually(
              () => /killed by SIGKILL/.test(processOf(latest.get(view.session)!, id).end ?? ''),
              () => `at step ${steps} the end of ${id} is ${processOf(latest.get(view.session)!, id).end}`,
            );
            await playAfterwards(view);
          }
          await demos.close(view.session);
          await place.becomesEmpty(keys);
        }
      }
    });

    it(`of the supervisor at each step of ${scenario.id}`, async () => {
      for (const steps of stops) {
        const view = await playedTo(scenario.id, steps);
        const keys = place.keys();
        const supervisor = parentOf(place, view);
        process.kill(supervisor, 'SIGKILL');
        await place.becomesEmpty(keys);
        await eventually(
          () => latest.get(view.session)?.state === 'failed',
          () => `the session is ${latest.get(view.session)?.state}`,
        );
        assert.match(latest.get(view.session)!.conclusion!, /was killed by SIGKILL.*Choose Restart/);
        assert.deepEqual(latest.get(view.session)!.kernel, []);
        await demos.close(view.session);
      }
    });

    it(`of the server at each step of ${scenario.id}`, async () => {
      const server = await startHolder(scenario.id);
      const keys = place.keys();
      assert.equal(place.runs().length, stops.length, 'one run for every stop');
      server.kill('SIGKILL');
      await once(server, 'close');
      await place.becomesEmpty(keys);
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
    process.kill(parentOf(place, view), 'SIGKILL');
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

/** The supervisor: the process of this place that is no actor of the view, the only one when all have ended. */
function parentOf(place: Place, view: DemoView): number {
  const actors = new Set(view.processes.map((process) => process.pid));
  const others = place.processes().filter((pid) => !actors.has(pid));
  assert.equal(others.length, 1, 'one supervisor');
  return others[0]!;
}
