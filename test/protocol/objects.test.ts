/** The objects that the sources of a workspace use, asked for over the protocol. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { Client, ensureBundle, Folders, uriOf } from './support';

const server = `#include <fcntl.h>
#include <mqueue.h>
int main(void) {
  return mq_open("/jobs", O_CREAT | O_RDONLY, 0600, 0) == (mqd_t) -1;
}
`;

describe('the objects of the workspace over the protocol', function () {
  this.timeout(60_000);
  const folders = new Folders();
  let client: Client;
  before(() => ensureBundle());
  afterEach(async () => {
    try {
      assert.equal(await client.stop(), 0);
      assert.deepEqual(client.logged, []);
    } finally {
      client.kill();
      folders.remove();
    }
  });

  const labels = async () => {
    const { groups } = await client.request('ipcLens/workspaceObjects', null);
    return groups.flatMap(({ facility, objects }) => objects.map(({ label }) => `${facility} ${label}`));
  };

  it('are told on request, and again when they changed on disk or in the editor', async () => {
    const folder = folders.make({ 'src/server.c': server });
    client = await Client.start({ folders: [folder] });
    assert.deepEqual(await labels(), ['posix-mq /jobs']);
    await client.touched(folders.write(folder, 'src/more.c', server.replace('/jobs', '/more')));
    await client.until(() => client.objectChanges > 0, 'it says that something changed');
    assert.deepEqual(await labels(), ['posix-mq /jobs', 'posix-mq /more']);
    const before = client.objectChanges;
    const file = uriOf(`${folder}/src/server.c`);
    await client.open(file, server);
    await client.change(file, 2, [{ text: server.replace('/jobs', '/tasks') }]);
    await client.until(() => client.objectChanges > before, 'it says so of an edit');
    assert.deepEqual(await labels(), ['posix-mq /more', 'posix-mq /tasks']);
    const more = `${folder}/src/more.c`;
    rmSync(more);
    await client.touched(more);
    assert.deepEqual(await labels(), ['posix-mq /tasks']);
  });

  it('are none where the sources use none, or there is no folder', async () => {
    client = await Client.start({ folders: [folders.make({ 'a.c': 'int main(void) { return 0; }\n' })] });
    assert.deepEqual(await client.request('ipcLens/workspaceObjects', null), { groups: [], files: 1 });
  });

  it('lead from an object of the kernel to the line that creates it', async () => {
    const folder = folders.make({ 'src/server.c': server });
    client = await Client.start({ folders: [folder] });
    const { uses, note } = await client.request('ipcLens/findSource', {
      id: 'posix-mq:/jobs',
      label: '/jobs',
    });
    assert.equal(note, undefined);
    assert.deepEqual(
      uses.map(({ path, range }) => [path, range.start]),
      [[`${folder}/src/server.c`, { line: 3, character: 9 }]],
    );
    const none = await client.request('ipcLens/findSource', { id: 'posix-mq:/none', label: '/none' });
    assert.deepEqual(none.uses, []);
    assert.match(none.note ?? '', /^No source of this workspace/);
  });
});

describe('what goes wrong between programs, over the protocol', function () {
  this.timeout(60_000);
  const folders = new Folders();
  let client: Client;
  before(() => ensureBundle());
  afterEach(async () => {
    try {
      assert.equal(await client.stop(), 0);
      assert.deepEqual(client.logged, []);
    } finally {
      client.kill();
      folders.remove();
    }
  });

  const segment = (size: number) => `#include <sys/shm.h>
int main(void) {
  return shmget(0x2a, ${size}, IPC_CREAT | 0600) == -1;
}
`;
  const reader = (before = '') => `#include <sys/shm.h>
${before}int main(void) {
  int id = shmget(0x2a, 4096, 0);
  if (id == -1) return 1;
  return shmctl(id, IPC_RMID, 0);
}
`;
  const rule = 'sysv/size-mismatch';

  it('is told in one file when another changes, on disk or in the editor', async () => {
    const folder = folders.make({ 'writer.c': segment(1024), 'reader.c': reader() });
    client = await Client.start({ folders: [folder] });
    const file = uriOf(`${folder}/reader.c`);
    await client.open(file, reader());
    await client.untilCodes(file, [rule]);
    const [found] = client.latest(file)?.diagnostics ?? [];
    assert.equal(found?.range.start.line, 2);
    assert.equal(found?.relatedInformation?.[0]?.location.uri, uriOf(`${folder}/writer.c`));
    await client.touched(folders.write(folder, 'writer.c', segment(4096)));
    await client.untilCodes(file, []);
    const other = uriOf(`${folder}/writer.c`);
    await client.open(other, segment(4096));
    await client.change(other, 2, [{ text: segment(512) }]);
    await client.untilCodes(file, [rule]);
    await client.change(file, 2, [{ text: reader('\n\n') }]);
    await client.until(() => client.latest(file)?.version === 2, 'it tells of the new version');
    await client.until(
      () => client.latest(file)?.diagnostics[0]?.range.start.line === 4,
      'the finding moves with the text',
    );
  });

  it('is silenced by comments and by the settings', async () => {
    const quiet = reader().replace('  int id', `  // ipc-lens-disable-next-line ${rule}\n  int id`);
    const folder = folders.make({ 'writer.c': segment(1024), 'quiet.c': quiet, 'reader.c': reader() });
    client = await Client.start({ folders: [folder] });
    const file = uriOf(`${folder}/reader.c`);
    await client.open(file, reader());
    await client.untilCodes(file, [rule]);
    const other = uriOf(`${folder}/quiet.c`);
    await client.open(other, quiet);
    await client.diagnosticsOf(other, 1);
    folders.write(folder, '.ipc-lens.json', `{ "rules": { "${rule}": "off" } }`);
    await client.touched(`${folder}/.ipc-lens.json`);
    await client.untilCodes(file, []);
    assert.deepEqual(
      client.diagnostics.filter(({ uri }) => uri === other).flatMap(({ diagnostics }) => diagnostics),
      [],
    );
  });
});
