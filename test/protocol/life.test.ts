import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { ExitNotification, HoverRequest, ShutdownRequest } from 'vscode-languageserver-protocol/node';
import { bundle, Client, ensureBundle, mistake, program } from './support';

const uri = 'file:///nowhere/main.c';

/** Takes a stream of LSP messages apart; what is no message is an error. */
function messagesIn(output: Buffer): unknown[] {
  const messages: unknown[] = [];
  for (let rest = output; rest.length > 0; ) {
    const head = /^Content-Length: (\d+)\r\n(?:Content-Type: [^\r\n]*\r\n)?\r\n/.exec(
      rest.toString('latin1', 0, 200),
    );
    assert.ok(head, `this is no message: ${rest.toString('utf8', 0, 100)}`);
    const end = head[0].length + Number(head[1]);
    messages.push(JSON.parse(rest.toString('utf8', head[0].length, end)));
    rest = rest.subarray(end);
  }
  return messages;
}

function isAlive(pid: number): boolean {
  // A zombie is a process that has ended.
  return existsSync(`/proc/${pid}/stat`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}

/** Looks until a process of which nobody tells is gone. */
async function untilGone(pid: number): Promise<void> {
  for (const end = Date.now() + 20_000; isAlive(pid); ) {
    assert.ok(Date.now() < end, `the process ${pid} lives on`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('the server process', function () {
  this.timeout(60_000);
  before(() => ensureBundle());

  for (const transport of ['stdio', 'ipc'] as const) {
    describe(`over ${transport}`, () => {
      let client: Client;
      afterEach(() => client?.kill());

      it('starts, answers, lints and ends with status 0', async () => {
        client = await Client.start({ transport });
        assert.equal(client.result.serverInfo?.name, 'IPC Lens');
        assert.equal(client.status[0]?.state, 'ready');
        await client.open(uri, program());
        const [diagnostic] = await client.diagnosticsOf(uri, 1);
        assert.equal(diagnostic?.code, mistake);
        assert.match(JSON.stringify(await client.hover(uri, 2, 6)), /sin_port/);
        assert.equal(await client.stop(), 0);
        assert.equal(client.stderr, '');
      });

      it('ends with status 1 when it is told to exit without a shutdown', async () => {
        client = await Client.start({ transport });
        await client.connection.sendNotification(ExitNotification.type);
        assert.equal(await client.exited(), 1);
      });

      it('ends with status 0 while it lints', async () => {
        client = await Client.start({ transport });
        await client.open(
          uri,
          Array.from({ length: 3000 }, (_, i) => program().replace('local', `f${i}`)).join(''),
        );
        assert.equal(await client.stop(), 0);
      });

      it('ends when the channel closes', async () => {
        client = await Client.start({ transport });
        await client.open(uri, program());
        client.connection.dispose();
        if (transport === 'ipc') client.process.disconnect();
        else client.process.stdin?.end();
        assert.notEqual(await client.exited(), null);
      });

      it('ends when its parent is killed', async () => {
        const flag = transport === 'ipc' ? '--node-ipc' : '--stdio';
        const stdio =
          transport === 'ipc' ? "['ignore', 'ignore', 'ignore', 'ipc']" : "['pipe', 'pipe', 'ignore']";
        const parent = spawn(
          process.execPath,
          [
            '-e',
            `const child = require('node:child_process').spawn(process.execPath, [${JSON.stringify(bundle)}, '${flag}'], { stdio: ${stdio} });
             const message = { jsonrpc: '2.0', id: 1, method: 'initialize', params: { processId: process.pid, rootUri: null, capabilities: {} } };
             const text = JSON.stringify(message);
             if (child.stdin) { child.stdin.write('Content-Length: ' + text.length + '\\r\\n\\r\\n' + text); child.stdout.once('data', () => console.log(child.pid)); }
             else { child.once('message', () => console.log(child.pid)); child.send(message); }`,
          ],
          { stdio: ['ignore', 'pipe', 'inherit'] },
        );
        const pid = await new Promise<number>((resolve) =>
          parent.stdout.once('data', (data: Buffer) => resolve(Number(data.toString()))),
        );
        assert.ok(isAlive(pid));
        parent.kill('SIGKILL');
        await untilGone(pid);
      });
    });
  }

  it('writes nothing but the protocol to standard output, and nothing to standard error', async () => {
    const client = await Client.start();
    try {
      await client.open(uri, program());
      await client.diagnosticsOf(uri, 1);
      await client.hover(uri, 2, 6);
      await client.complete(uri, 2, 2);
      await client.request('ipcLens/facilities', null);
      await client.request('ipcLens/kernel/watch', { on: true });
      await client.connection.sendRequest('no/such').catch(() => {});
      assert.equal(await client.stop(), 0);
      const messages = messagesIn(Buffer.concat(client.output));
      assert.ok(messages.length > 6);
      for (const message of messages) assert.equal((message as { jsonrpc: string }).jsonrpc, '2.0');
      assert.equal(client.stderr, '');
    } finally {
      client.kill();
    }
  });

  it('ends when nobody reads what it says and its input closes', async () => {
    const client = await Client.start();
    try {
      client.process.stdout?.destroy();
      for (let id = 100; id < 110; id++) {
        const text = JSON.stringify({ jsonrpc: '2.0', id, method: 'ipcLens/facilities', params: null });
        client.process.stdin?.write(`Content-Length: ${text.length}\r\n\r\n${text}`);
      }
      client.process.stdin?.end();
      assert.equal(typeof (await client.exited()), 'number');
    } finally {
      client.kill();
    }
  });

  it('says what is wrong when it is started without a channel', async () => {
    const child = spawn(process.execPath, [bundle], { stdio: ['ignore', 'pipe', 'pipe'] });
    const texts: Buffer[] = [];
    child.stderr.on('data', (data: Buffer) => texts.push(data));
    const code = await new Promise((resolve) => child.once('close', resolve));
    assert.notEqual(code, 0);
    assert.match(Buffer.concat(texts).toString(), /--stdio/);
  });

  it('outlives requests and notifications that make no sense', async () => {
    const client = Client.launch();
    try {
      // Before initialize: requests are refused or fail, notifications are dropped.
      await client.open(uri, program());
      await client.change(uri, 2, [{ text: '' }]);
      await client.close(uri);
      await assert.rejects(client.hover(uri, 0, 0));
      await client.initialize();
      await client.until(() => client.status.length > 0, 'ready');
      const { connection } = client;
      await assert.rejects(connection.sendRequest('no/such', {}), /Unhandled method no\/such/);
      await assert.rejects(connection.sendRequest('ipcLens/explain', null));
      await assert.rejects(
        connection.sendRequest('ipcLens/explain', { id: 7 }),
        /no facility or topic named 7/,
      );
      await assert.rejects(connection.sendRequest('ipcLens/demo/act', { session: 'x', action: 'step' }));
      await assert.rejects(connection.sendRequest(HoverRequest.type, {} as never));
      await connection.sendNotification('no/such', {});
      await connection.sendNotification('$/no-such', {});
      assert.equal(await client.hover('file:///not/open.c', 0, 0), null);
      assert.equal(await client.hover('untitled:Untitled-1', 3, 3), null);
      await client.change('file:///not/open.c', 2, [{ text: 'int a;' }]);
      await client.close('file:///not/open.c');
      await client.open(uri, program());
      assert.equal((await client.diagnosticsOf(uri, 1)).length, 1);
      for (const [line, character] of [
        [99, 0],
        [0, 9999],
        [-1, -1],
        [2, 1e9],
      ] as const) {
        await client.hover(uri, line, character);
        await client.complete(uri, line, character);
      }
      assert.equal(client.diagnostics.filter(({ diagnostics }) => diagnostics.length > 0).length, 1);
      assert.equal(await client.stop(), 0);
    } finally {
      client.kill();
    }
  });

  it('serves nothing after shutdown and still ends with status 0', async () => {
    const client = await Client.start();
    try {
      await client.open(uri, program());
      await client.connection.sendRequest(ShutdownRequest.type);
      const answer = await client.hover(uri, 2, 6).catch(() => null);
      assert.equal(answer, null);
      await client.open(uri, program());
      const exited = client.exited();
      await client.connection.sendNotification(ExitNotification.type);
      assert.equal(await exited, 0);
    } finally {
      client.kill();
    }
  });
});
