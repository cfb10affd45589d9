import assert from 'node:assert/strict';
import { DidChangeConfigurationNotification } from 'vscode-languageserver-protocol/node';
import { endAfterEachTest } from './session';
import { able, Client, type ClientOptions, mistake, program, uriOf } from './support';

const uri = 'file:///nowhere/main.c';
const off = { rules: { [mistake]: 'off' } };

describe('settings over the protocol', function () {
  this.timeout(60_000);
  let client: Client;
  const folders = endAfterEachTest(() => client, { mayHaveEnded: true });

  async function severity(options: ClientOptions): Promise<number | undefined> {
    client = await Client.start(options);
    await client.open(uri, program());
    return (await client.diagnosticsOf(uri, 1))[0]?.severity;
  }

  /** An editor that cannot be asked. */
  const mute = { ...able, workspace: {} };

  it('are asked for by workspace/configuration, for each document', async () => {
    const asked: (string | undefined)[] = [];
    client = await Client.start({
      settings: (scope) => {
        asked.push(scope);
        return scope?.endsWith('main.c') ? { rules: { [mistake]: 'hint' } } : {};
      },
    });
    const other = 'file:///nowhere/other.c';
    await client.open(uri, program());
    await client.open(other, program());
    assert.equal((await client.diagnosticsOf(uri, 1))[0]?.severity, 4);
    assert.equal((await client.diagnosticsOf(other, 1))[0]?.severity, 1);
    assert.ok(asked.includes(uri) && asked.includes(other) && !asked.includes(''));
    const before = asked.length;
    await client.change(uri, 2, [{ text: `${program()}\n` }]);
    await client.diagnosticsOf(uri, 2);
    assert.equal(asked.length, before, 'and are not asked for again at every change');
  });

  it('are asked for again when the editor says they changed', async () => {
    let settings: unknown = {};
    client = await Client.start({ settings: () => settings });
    await client.open(uri, program());
    await client.untilCodes(uri, [mistake]);
    assert.ok(client.registered.includes('workspace/didChangeConfiguration'));
    settings = off;
    await client.connection.sendNotification(DidChangeConfigurationNotification.type, { settings: null });
    await client.untilCodes(uri, []);
    settings = {};
    await client.connection.sendNotification(DidChangeConfigurationNotification.type, { settings: null });
    await client.untilCodes(uri, [mistake]);
  });

  it('are taken as they are pushed by an editor that cannot be asked', async () => {
    client = await Client.start({ capabilities: mute });
    await client.open(uri, program());
    await client.untilCodes(uri, [mistake]);
    await client.connection.sendNotification(DidChangeConfigurationNotification.type, {
      settings: { ipcLens: off },
    });
    await client.untilCodes(uri, []);
    await client.connection.sendNotification(DidChangeConfigurationNotification.type, {
      settings: { ipcLens: {} },
    });
    await client.untilCodes(uri, [mistake]);
    assert.deepEqual(client.registered, []);
  });

  it('come with initialize', async () => {
    const settings = { rules: { 'socket/*': 'information' } };
    assert.equal(await severity({ capabilities: mute, initializationOptions: { settings } }), 3);
  });

  it('of initialize hold where the editor answers nothing', async () => {
    const settings = { rules: { [mistake]: 'warning' } };
    for (const answer of [null, undefined]) {
      assert.equal(await severity({ initializationOptions: { settings }, settings: () => answer }), 2);
      await client.stop();
    }
  });

  it('may be anything at initialize', async () => {
    for (const initializationOptions of [
      null,
      'text',
      7,
      [],
      { settings: null },
      { settings: 'x' },
      { other: 1 },
    ]) {
      assert.equal(await severity({ capabilities: mute, initializationOptions }), 1);
      await client.stop();
    }
  });

  it('that are wrong are told in one warning, and the rest counts', async () => {
    client = await Client.start({
      settings: () => ({
        preset: 'loud',
        rules: { [mistake]: 'information', 'pipe/x': 'fatal', 'pipe/y': 3 },
        kernel: { pollInterval: 'often' },
      }),
    });
    await client.open(uri, program());
    await client.diagnosticsOf(uri, 1);
    await client.change(uri, 2, [{ text: `${program()}\n` }]);
    assert.equal((await client.diagnosticsOf(uri, 2))[0]?.severity, 3);
    const before = client.diagnostics.length;
    await client.connection.sendNotification(DidChangeConfigurationNotification.type, { settings: null });
    await client.until(() => client.diagnostics.length > before, 'linted with the new settings');
    assert.equal(client.messages.length, 1, JSON.stringify(client.messages));
    const [{ type, message } = { type: 0, message: '' }] = client.messages;
    assert.equal(type, 2);
    for (const word of ['preset', 'pipe/x', 'pipe/y', 'pollInterval'])
      assert.ok(message.includes(word), message);
  });

  it('turn hovers and completions off', async () => {
    client = await Client.start({
      settings: () => ({ hover: { enabled: false }, completion: { enabled: false } }),
    });
    await client.open(uri, program());
    assert.equal(await client.hover(uri, 2, 6), null);
    assert.equal(await client.complete(uri, 2, 2), null);
  });

  it('are the defaults when the editor fails to answer', async () => {
    assert.equal(
      await severity({
        settings: () => {
          throw new Error('no settings today');
        },
      }),
      1,
    );
  });

  it('let the analysis say nothing about snippets to an editor without them', async () => {
    client = await Client.start({ capabilities: {} });
    await client.open(uri, 'void f(void) {\n  \n}\n');
    const list = await client.complete(uri, 1, 2);
    assert.ok(list && list.items.length > 100);
    assert.ok(list.items.every(({ insertTextFormat, insertText }) => !insertTextFormat && !insertText));
  });

  describe('.ipc-lens.json', () => {
    const config = (value: unknown) => JSON.stringify(value);

    it('is found above the file, up to the workspace folder and no higher', async () => {
      const outer = folders.make({
        '.ipc-lens.json': config(off),
        'ws/src/deep/main.c': program(),
      });
      const file = uriOf(`${outer}/ws/src/deep/main.c`);
      client = await Client.start({ folders: [`${outer}/ws`] });
      await client.open(file, program());
      await client.untilCodes(file, [mistake]);
      const made = folders.write(outer, 'ws/.ipc-lens.json', config({ rules: { [mistake]: 'hint' } }));
      await client.touched(made);
      await client.until(() => client.latest(file)?.diagnostics[0]?.severity === 4, 'it is read');
      const nearer = folders.write(outer, 'ws/src/.ipc-lens.json', config(off));
      await client.touched(nearer);
      await client.untilCodes(file, []);
      assert.ok(client.registered.includes('workspace/didChangeWatchedFiles'));
    });

    it('is read again when it changes, and wins over the editor', async () => {
      const folder = folders.make({ '.ipc-lens.json': config({ rules: { [mistake]: 'hint' } }) });
      const file = uriOf(`${folder}/main.c`);
      client = await Client.start({ folders: [folder], settings: () => ({ rules: { [mistake]: 'error' } }) });
      await client.open(file, program());
      assert.equal((await client.diagnosticsOf(file, 1))[0]?.severity, 4);
      await client.touched(
        folders.write(folder, '.ipc-lens.json', config({ rules: { [mistake]: 'warning' } })),
      );
      await client.until(() => client.latest(file)?.diagnostics[0]?.severity === 2, 'it is read again');
      await client.touched(folders.write(folder, '.ipc-lens.json', config({})));
      await client.until(
        () => client.latest(file)?.diagnostics[0]?.severity === 1,
        'the editor counts again',
      );
    });

    it('is found by an editor that knows one root and no folders', async () => {
      const folder = folders.make({ '.ipc-lens.json': config(off) });
      const file = uriOf(`${folder}/src/main.c`);
      client = await Client.start({ params: { rootUri: uriOf(folder), workspaceFolders: null } });
      await client.open(file, program());
      assert.deepEqual(await client.diagnosticsOf(file, 1), []);
    });

    it('that is no JSON is told once by its name and counts as empty', async () => {
      const folder = folders.make({ '.ipc-lens.json': '{ "rules": ' });
      const file = uriOf(`${folder}/main.c`);
      client = await Client.start({ folders: [folder] });
      for (const version of [1, 2, 3]) {
        if (version === 1) await client.open(file, program());
        else await client.change(file, version, [{ text: program() }]);
        assert.equal((await client.diagnosticsOf(file, version)).length, 1);
      }
      await client.touched(`${folder}/.ipc-lens.json`);
      const other = uriOf(`${folder}/other.c`);
      await client.open(other, program());
      await client.diagnosticsOf(other, 1);
      assert.equal(client.messages.length, 1, JSON.stringify(client.messages));
      assert.ok(client.messages[0]?.message.includes(`${folder}/.ipc-lens.json`));
    });

    it('with an id that no rule has is marked where it stands, until it is mended', async () => {
      const folder = folders.make({ '.ipc-lens.json': '{ "rules": { "pipe/sigpip": "off" } }' });
      const file = uriOf(`${folder}/main.c`);
      const own = uriOf(`${folder}/.ipc-lens.json`);
      client = await Client.start({ folders: [folder] });
      await client.open(file, program());
      await client.until(() => client.latest(own)?.diagnostics.length === 1, 'the id is marked');
      const [{ message, range } = { message: '', range: undefined }] = client.latest(own)?.diagnostics ?? [];
      assert.ok(String(message).includes('"pipe/sigpipe"'), String(message));
      assert.deepEqual(range, { start: { line: 0, character: 14 }, end: { line: 0, character: 25 } });
      assert.equal(client.messages.length, 1);
      await client.touched(folders.write(folder, '.ipc-lens.json', config({ rules: { 'pipe/*': 'off' } })));
      await client.until(() => client.latest(own)?.diagnostics.length === 0, 'nothing is marked any more');
    });

    it('serves each of two workspace folders, and those that come later', async () => {
      const [one, two, three] = [
        folders.make({ '.ipc-lens.json': config(off) }),
        folders.make(),
        folders.make({ '.ipc-lens.json': config({ rules: { [mistake]: 'hint' } }) }),
      ];
      client = await Client.start({ folders: [one, two] });
      const files = [one, two, three].map((folder) => uriOf(`${folder}/src/main.c`));
      for (const file of files) await client.open(file, program());
      const [first = '', second = '', third = ''] = files;
      assert.deepEqual(await client.diagnosticsOf(first, 1), []);
      assert.equal((await client.diagnosticsOf(second, 1))[0]?.severity, 1);
      assert.equal((await client.diagnosticsOf(third, 1))[0]?.severity, 1, 'not found from outside');
      await client.connection.sendNotification('workspace/didChangeWorkspaceFolders', {
        event: { added: [{ uri: uriOf(three), name: 'three' }], removed: [{ uri: uriOf(one), name: 'one' }] },
      });
      await client.until(() => client.latest(third)?.diagnostics[0]?.severity === 4, 'the new folder counts');
      await client.untilCodes(first, [mistake]);
    });
  });
});
