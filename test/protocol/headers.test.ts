import { renameSync, rmSync } from 'node:fs';
import { DidSaveTextDocumentNotification } from 'vscode-languageserver-protocol/node';
import { endAfterEachTest, openMain } from './session';
import { Client, mistake, uriOf } from './support';

/** A mistake when PORT is a number in the machine's byte order, and none when a header makes it right. */
const main =
  '#include "config.h"\n#include <arpa/inet.h>\nvoid f(struct sockaddr_in *a) {\n  a->sin_port = PORT;\n}\n';
const wrong = '#define PORT 8080\n';
const right = '#define PORT htons(8080)\n';

describe('headers over the protocol', function () {
  this.timeout(60_000);
  let client: Client;
  const folders = endAfterEachTest(() => client);

  async function start(files: Record<string, string>) {
    const opened = await openMain(folders, main, files);
    client = opened.client;
    return opened;
  }

  it('on disk decide what a name is, and again when they change', async () => {
    const { folder, file } = await start({ 'src/config.h': wrong });
    await client.untilCodes(file, [mistake]);
    await client.touched(folders.write(folder, 'src/config.h', right));
    await client.untilCodes(file, []);
    await client.touched(folders.write(folder, 'src/config.h', wrong));
    await client.untilCodes(file, [mistake]);
  });

  it('that come and go are noticed', async () => {
    const { folder, file } = await start({});
    await client.untilCodes(file, []);
    const header = folders.write(folder, 'src/config.h', wrong);
    await client.touched(header);
    await client.untilCodes(file, [mistake]);
    rmSync(header);
    await client.touched(header);
    await client.untilCodes(file, []);
  });

  it('are found by name elsewhere in the workspace, also when they move', async () => {
    const { folder, file } = await start({ 'include/config.h': wrong });
    await client.untilCodes(file, [mistake]);
    folders.write(folder, 'lib/keep', '');
    renameSync(`${folder}/include/config.h`, `${folder}/lib/config.h`);
    await client.touched(`${folder}/include/config.h`, `${folder}/lib/config.h`);
    const moved = folders.write(folder, 'lib/config.h', right);
    await client.touched(moved);
    await client.untilCodes(file, []);
    folders.write(folder, 'lib/config.h', wrong);
    await client.touched(moved);
    await client.untilCodes(file, [mistake]);
  });

  it('are found through compile_commands.json, also when that comes later', async () => {
    const { folder, file } = await start({ 'one/config.h': right, 'two/config.h': wrong });
    await client.untilCodes(file, []);
    const commands = JSON.stringify([{ directory: folder, file: 'src/main.c', arguments: ['cc', '-Itwo'] }]);
    await client.touched(folders.write(folder, 'compile_commands.json', commands));
    await client.untilCodes(file, [mistake]);
    const others = commands.replace('-Itwo', '-Ione');
    await client.touched(folders.write(folder, 'compile_commands.json', others));
    await client.untilCodes(file, []);
  });

  it('open in the editor count as they stand there, unsaved, and as on disk after that', async () => {
    const { folder, file } = await start({ 'src/config.h': right });
    await client.untilCodes(file, []);
    const header = uriOf(`${folder}/src/config.h`);
    await client.open(header, right);
    await client.change(header, 2, [{ text: wrong }]);
    await client.untilCodes(file, [mistake]);
    await client.close(header);
    await client.untilCodes(file, []);
    // Restored unsaved edits: the header differs from the disk from the start, under the version it had before.
    await client.open(header, wrong, 1);
    await client.untilCodes(file, [mistake]);
    await client.close(header);
    await client.open(header, right, 1);
    await client.untilCodes(file, []);
    await client.change(header, 2, [{ text: wrong }]);
    await client.untilCodes(file, [mistake]);
    folders.write(folder, 'src/config.h', wrong);
    await client.connection.sendNotification(DidSaveTextDocumentNotification.type, {
      textDocument: { uri: header },
    });
    await client.close(header);
    await client.untilCodes(file, [mistake]);
  });

  it('that are not on disk yet count when they are open', async () => {
    const { folder, file } = await start({});
    await client.untilCodes(file, []);
    await client.open(uriOf(`${folder}/src/config.h`), wrong);
    await client.untilCodes(file, [mistake]);
  });

  it('change what others include through them', async () => {
    const { folder, file } = await start({ 'src/config.h': '#include "deep.h"\n', 'src/deep.h': right });
    await client.untilCodes(file, []);
    await client.touched(folders.write(folder, 'src/deep.h', wrong));
    await client.untilCodes(file, [mistake]);
    await client.touched(folders.write(folder, 'src/config.h', '\n'));
    await client.untilCodes(file, []);
  });

  it('are found in folders with spaces, signs and letters of every kind', async () => {
    const folder = folders.make({ 'a b#c%20é😀/main.c': main, 'a b#c%20é😀/config.h': wrong });
    client = await Client.start({ folders: [folder] });
    for (const escaped of [
      uriOf(`${folder}/a b#c%20é😀/main.c`),
      `file://${folder}/a%20b%23c%2520%c3%a9😀/main.c`,
    ]) {
      await client.open(escaped, main);
      await client.untilCodes(escaped, [mistake]);
      await client.close(escaped);
    }
  });

  it('may include themselves and each other', async () => {
    const { file } = await start({
      'src/config.h': `#include "config.h"\n#include "other.h"\n${wrong}`,
      'src/other.h': '#include "config.h"\n',
    });
    await client.untilCodes(file, [mistake]);
  });
});
