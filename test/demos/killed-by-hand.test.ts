/** While calls by hand are under way, whoever is killed: nothing that they made stays behind. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { createDemos } from '../../server/demos';
import { Playing } from './hand';
import { leavingBehind } from './leaving-behind';
import { eventually, linux, Place } from './support';
import { Traces } from './traces';

const holder = join(__dirname, '..', 'output', 'hand-holder.cjs');

const parentPid = (pid: number) =>
  Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))![1]);

/** At each call by hand, and some way into the second round, after a restart. */
const stops = [...leavingBehind.keys(), leavingBehind.length + 3, leavingBehind.length + 14];

(linux ? describe : describe.skip)('after SIGKILL during calls by hand nothing stays behind', function () {
  this.timeout(120_000);

  before(() => {
    buildSync({
      entryPoints: [join(__dirname, 'hand-holder.ts')],
      outfile: holder,
      bundle: true,
      platform: 'node',
      logLevel: 'error',
    });
  });

  async function isClean(place: Place, traces: Traces, when: string): Promise<void> {
    await place.becomesEmpty(traces.runKeys);
    await eventually(
      () => traces.left().length === 0,
      () => `${when} left: ${traces.left()}`,
    );
  }

  it('of the supervisor, with each call under way', async () => {
    let most = 0;
    for (const stop of leavingBehind.keys()) {
      const playing = new Playing();
      const { demos, place } = playing;
      const { session, state } = await playing.play('pipe/exchange');
      const supervisor = parentPid(state('parent').pid!);
      const issue = ([process, call, args, into]: (typeof leavingBehind)[number]) =>
        demos.issue(session, { process, call, args, ...(into ? { into } : {}) });
      for (const call of leavingBehind.slice(0, stop)) assert.equal((await issue(call)).refused, undefined);
      const underWay = issue(leavingBehind[stop]!);
      const traces = new Traces(place).note();
      process.kill(supervisor, 'SIGKILL');
      await underWay;
      await eventually(
        () => playing.latest.state === 'failed',
        () => playing.latest.state,
      );
      await isClean(place, traces, `killed during ${leavingBehind[stop]![1]}`);
      most = Math.max(most, traces.count);
      await playing.end();
    }
    assert.ok(most >= 6, `${most} objects were there at the most`);
  });

  /** A server that issues calls until it is killed, which happens when it has begun so many. */
  async function killedAt(stop: number, place: Place, kill: (server: ChildProcess) => void): Promise<Traces> {
    const traces = new Traces(place);
    const server = spawn(process.execPath, [holder, place.actorPath, place.base]);
    let begun = 0;
    let complaint = '';
    server.stderr.on('data', (data) => {
      complaint += data;
    });
    server.stdout.on('data', (data: Buffer) => {
      begun += data.length;
      if (begun <= stop || server.killed) return;
      traces.note();
      kill(server);
    });
    await once(server, 'close');
    assert.equal(complaint, '');
    assert.equal(server.signalCode, 'SIGKILL');
    return traces;
  }

  it('of the server, with each call under way', async () => {
    let most = 0;
    for (const stop of stops) {
      const place = new Place();
      const traces = await killedAt(stop, place, (server) => server.kill('SIGKILL'));
      await isClean(place, traces, `killed at call ${stop}`);
      most = Math.max(most, traces.count);
      place.remove();
    }
    assert.ok(most >= 6, `${most} objects were there at the most`);
  });

  it('of server and supervisor at once: the next server sweeps', async () => {
    for (const stop of stops.filter((_, index) => index % 3 === 0)) {
      const place = new Place();
      const traces = await killedAt(stop, place, (server) => {
        const supervisor = place.processes().find((pid) => parentPid(pid) === server.pid);
        process.kill(server.pid!, 'SIGSTOP'); // it must not react to the end of its supervisor
        if (supervisor) process.kill(supervisor, 'SIGKILL');
        server.kill('SIGKILL');
      });
      await eventually(
        () => place.processes().length === 0,
        () => `left: ${place.processes()}`,
      );
      const next = createDemos({ actorPath: place.actorPath, base: place.base, onChanged() {} });
      await isClean(place, traces, `killed at call ${stop}`);
      await next.closeAll();
      place.remove();
    }
  });
});
