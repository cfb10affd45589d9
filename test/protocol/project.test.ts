import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { endAfterEachTest, openMain } from './session';
import { type Client, uriOf } from './support';

const header = '#include <unistd.h>\nvoid close_it(int fd);\nint take(int fd, char *b);\n';
const library = '#include "util.h"\nvoid close_it(int fd) { close(fd); }\n';
const main = `#include "util.h"
#include <fcntl.h>
int work(char *buffer) {
  int fd = open("a", O_RDONLY);
  if (fd == -1) return 1;
  close_it(fd);
  return read(fd, buffer, 10) == 10;
}
`;
const mistake = 'handle/use-after-close';

describe('programs of several files over the protocol', function () {
  this.timeout(60_000);
  let client: Client;
  const folders = endAfterEachTest(() => client);

  async function start(files: Record<string, string>, text = main) {
    const opened = await openMain(folders, text, { 'src/util.h': header, ...files });
    client = opened.client;
    return opened;
  }

  it('are read from the workspace, and again when they change, come or go', async () => {
    const { folder, file } = await start({ 'lib/util.c': library });
    await client.untilCodes(file, [mistake]);
    await client.touched(folders.write(folder, 'lib/util.c', library.replace('close(fd)', 'fsync(fd)')));
    await client.untilCodes(file, []);
    const util = folders.write(folder, 'lib/util.c', library);
    await client.touched(util);
    await client.untilCodes(file, [mistake]);
    rmSync(util);
    await client.touched(util);
    await client.untilCodes(file, []);
  });

  it('count as they stand in the editor', async () => {
    const { folder, file } = await start({ 'lib/util.c': library });
    await client.untilCodes(file, [mistake]);
    const util = uriOf(`${folder}/lib/util.c`);
    await client.open(util, library);
    await client.change(util, 2, [{ text: library.replace('close(fd)', 'fsync(fd)') }]);
    await client.untilCodes(file, []);
    await client.close(util);
    await client.untilCodes(file, [mistake]);
  });

  it('have related places in each other', async () => {
    const { folder, file } = await start({ 'lib/util.c': library });
    await client.untilCodes(file, [mistake]);
    const places = client.latest(file)?.diagnostics[0]?.relatedInformation ?? [];
    const elsewhere = places.find(({ location }) => location.uri !== file)?.location;
    assert.equal(elsewhere?.uri, uriOf(`${folder}/lib/util.c`));
    assert.deepEqual(elsewhere?.range.start, { line: 1, character: 24 });
  });

  it('show what a caller makes wrong in another file where it is', async () => {
    const taker = '#include "util.h"\nint take(int fd, char *b) {\n  return read(fd, b, 10) == 10;\n}\n';
    const caller = main
      .replace('O_RDONLY', 'O_WRONLY')
      .replace('close_it(fd);', 'take(fd, buffer); close(fd); return 0;');
    const { folder, file } = await start({ 'lib/take.c': taker }, caller);
    const take = uriOf(`${folder}/lib/take.c`);
    await client.open(take, taker);
    await client.untilCodes(take, ['handle/wrong-direction']);
    await client.change(file, 2, [{ text: caller.replace('O_WRONLY', 'O_RDWR') }]);
    await client.untilCodes(take, []);
  });
});
