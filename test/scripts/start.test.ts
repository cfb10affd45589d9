/** What `npm start` says when it cannot start, and what it leaves behind when it is ended. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { checkNode } from '../../scripts/lib/dependencies.mjs';

const root = resolve(__dirname, '../..');

/** Only calls which fail before the slow work begins. */
function startWith(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'scripts/start.mjs'), ...args], {
    encoding: 'utf8',
    timeout: 10_000,
  });
  return { status, stdout, stderr };
}

/** A zombie has ended: it waits only for whoever collects the dead. */
function isRunning(pid: number): boolean {
  const stat = `/proc/${pid}/stat`;
  return existsSync(stat) && !/\) Z /.test(readFileSync(stat, 'utf8'));
}

describe('npm start', () => {
  it('explains its options', () => {
    const { status, stdout } = startWith('--help');
    assert.equal(status, 0);
    assert.match(stdout, /--desktop/);
  });

  it('refuses an option it does not know, and lists those it knows', () => {
    const { status, stderr } = startWith('--fast');
    assert.equal(status, 1);
    assert.match(stderr, /--fast[\s\S]+--browser/);
  });

  it('says which folder does not exist', () => {
    const { status, stderr } = startWith('/nowhere/at/all');
    assert.equal(status, 1);
    assert.match(stderr, /The folder \/nowhere\/at\/all does not exist\./);
  });

  it('refuses what is no folder', () => {
    assert.match(startWith(__filename).stderr, /is not a folder/);
  });

  it('says that a port is in use before it does anything slow', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const { status, stderr } = startWith('--port', String(port), root);
    server.close();
    assert.equal(status, 1);
    assert.match(stderr, new RegExp(`Port ${port} is in use\\.\\n.*--port`));
  });

  it('refuses what is no port', () => {
    assert.match(startWith('--port', '70000', root).stderr, /--port 70000 is not a port/);
  });

  it('refuses an old Node and says what to install', () => {
    assert.throws(() => checkNode('18.20.0'), /Node 18\.20\.0 is too old[\s\S]+Install/);
    assert.doesNotThrow(() => checkNode('20.18.0'));
    assert.doesNotThrow(() => checkNode('24.0.0'));
  });
});

describe('processes started by the scripts', () => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    it(`end with them on ${signal}, children of children too`, async () => {
      const script = spawn(process.execPath, [join(__dirname, 'fixtures/grandchild.mjs')], {
        stdio: ['ignore', 'pipe', 'inherit'],
      }) as ChildProcess;
      const [line] = (await once(script.stdout!, 'data')) as [Buffer];
      const sleeper = Number(line);
      assert.ok(isRunning(sleeper));
      script.kill(signal);
      await once(script, 'exit');
      // The kernel ends a process soon after the signal, not with it.
      while (isRunning(sleeper)) await pause(10);
    });
  }
});
