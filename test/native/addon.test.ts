/** The addon alone: the shape of what it gives. What it says is held against the kernel in test/kernel. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { loadAddon } from '../../server/kernel/loader';
import type { NativeAddon } from '../../server/kernel/native';

describe('native addon', () => {
  let addon: NativeAddon;

  before(function () {
    if (process.platform !== 'linux') return this.skip();
    const loaded = loadAddon();
    if ('problem' in loaded) assert.fail(loaded.problem);
    addon = loaded.addon;
  });

  it('says who asks and in which namespace', () => {
    const self = addon.self();
    assert.equal(self.uid, process.geteuid?.());
    assert.equal(self.ipcNamespace, statSync('/proc/self/ns/ipc').ino);
    assert.equal(typeof self.admin, 'boolean');
    assert.equal(typeof self.fileOwner, 'boolean');
  });

  it('knows running and gone processes, with names and start times', async () => {
    const started = Date.now() / 1000;
    const child = spawn('cat', { stdio: ['pipe', 'ignore', 'ignore'] });
    await new Promise((resolve) => child.once('spawn', resolve));
    const pid = child.pid ?? 0;
    const ask = () => {
      const answer = addon.processes({ pids: [pid, process.pid] });
      if (answer.error) throw new Error(JSON.stringify(answer.error));
      return answer.objects;
    };
    const [running, self] = ask();
    assert.equal(running?.state, 'running');
    assert.ok(Math.abs((running?.started ?? 0) - started) < 5, `${running?.started} is near ${started}`);
    assert.equal(self?.pid, process.pid);
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    assert.deepEqual(ask()[0], { pid, state: 'gone' });
  });

  it('answers a wrong question with an error, not an exception', () => {
    const ask = addon.processes as unknown as (request?: unknown) => ReturnType<NativeAddon['processes']>;
    for (const request of [undefined, 5, {}, { pids: 1 }])
      assert.equal(ask(request).error?.call, 'processes');
    assert.deepEqual(ask({ pids: ['x', -1, 0] }), {
      objects: [
        { pid: -1, state: 'gone' },
        { pid: 0, state: 'gone' },
      ],
    });
  });

  it('has for every table what it can read and remove', () => {
    for (const name of ['sysvMsg', 'sysvSem', 'sysvShm', 'posixMq', 'posixSem', 'posixShm'] as const) {
      assert.equal(typeof addon[name].read, 'function', name);
      assert.equal(typeof addon[name].remove, 'function', name);
      const answer = addon[name].read();
      assert.ok(answer.error === undefined || typeof answer.error.errno === 'number', name);
    }
  });

  it('may be loaded more than once', () => {
    const again = loadAddon();
    assert.ok('addon' in again);
    assert.deepEqual(again.addon.self(), addon.self());
  });
});
