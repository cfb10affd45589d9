/** From an object of the kernel back to the line of the workspace that makes it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ftokKey } from '../../../server/workspace/objects/keys';
import { findSources } from '../../../server/workspace/objects/sources';
import { gccVersion } from '../../catalog/gcc';
import { project, within } from './support';

describe('the source of an object of the kernel', () => {
  const find = (id: string, label: string, texts: Record<string, string> = project, roots = ['/p']) =>
    within(texts, (workspace) => findSources({ id, label }, workspace.uses(), roots));

  it('is the line that creates it', () => {
    const { uses, note } = find('posix-mq:/jobs', '/jobs');
    assert.equal(note, undefined);
    assert.deepEqual(
      uses.map(({ path: file, range, creates }) => [file, range.start.line, creates]),
      [['/p/server.c', 10, true]],
    );
  });

  it('is a line that uses it, where none creates it, and this is said', () => {
    const { '/p/server.c': _, ...rest } = project;
    const { uses, note } = find('posix-mq:/jobs', '/jobs', rest);
    assert.deepEqual(
      uses.map(({ call }) => call),
      ['mq_open'],
    );
    assert.match(note ?? '', /^No source of this workspace is known to create \/jobs/);
  });

  it('is nowhere, and this is said', () => {
    assert.deepEqual(find('posix-mq:/others', '/others'), {
      uses: [],
      note: 'No source of this workspace creates or uses /others.',
    });
    assert.match(find('pipe:77', 'pipe 77').note ?? '', /no name/);
  });

  it('is found by key, whatever way the key is written', () => {
    const text = (key: string) => `#include <sys/shm.h>
#define KEY ${key}
int main(void) { return shmget((key_t) KEY, 64, IPC_CREAT | 0600); }
`;
    for (const key of ['0x2a', '42', "'*'", '052', '(40 + 2)']) {
      const { uses } = find('sysv-shm:3', 'key 0x0000002a', { '/p/main.c': text(key) });
      assert.equal(uses.length, 1, key);
    }
    assert.equal(find('sysv-shm:3', 'key 0x0000002b', { '/p/main.c': text('42') }).uses.length, 0);
    assert.equal(find('sysv-sem:3', 'key 0x0000002a', { '/p/main.c': text('42') }).uses.length, 0);
  });

  it('is found by the key that ftok gives for a file as it is now', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'ipcl-ftok-'));
    try {
      const file = path.join(folder, 'token');
      writeFileSync(file, '');
      const key = ftokKey(file, 0x41);
      assert.ok(key !== undefined);
      const label = `key 0x${key.toString(16).padStart(8, '0')}`;
      const text = (named: string) => `#include <sys/ipc.h>
#include <sys/msg.h>
#define TOKEN "${named}"
int main(void) {
  key_t key = ftok(TOKEN, 'A');
  if (key == -1) return 1;
  return msgget(key, IPC_CREAT | 0600);
}
`;
      for (const named of [file, 'token', './token']) {
        const { uses } = find('sysv-msg:0', label, { [`${folder}/main.c`]: text(named) }, [folder]);
        assert.equal(uses.length, 1, named);
      }
      assert.equal(find('sysv-msg:0', label, { '/p/main.c': text('token') }, ['/p']).uses.length, 0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('is found for a FIFO or a socket by its path, and for names made at run time by their shape', () => {
    const text = `#include <stdio.h>
#include <sys/stat.h>
int main(int argc, char **argv) {
  char own[32];
  snprintf(own, sizeof own, "/tmp/own.%d.fifo", argc);
  return mkfifo("/tmp/shared", 0600) + mkfifo(own, 0600);
}
`;
    const lines = (label: string) =>
      find('fifo:8:77', label, { '/p/main.c': text }).uses.map(({ range }) => range.start.character);
    assert.deepEqual(lines('/tmp/shared'), [9]);
    assert.equal(lines('/tmp/own.4711.fifo').length, 1);
    assert.deepEqual(lines('/tmp/own.fifo'), []);
  });

  it('is any that makes objects without a key, for one without', () => {
    const text = `#include <sys/sem.h>
int main(void) { return semget(IPC_PRIVATE, 1, 0600); }
`;
    const { uses, note } = find('sysv-sem:9', 'id 9', { '/p/main.c': text });
    assert.equal(uses.length, 1);
    assert.match(note ?? '', /no key/);
  });
});

describe('keys of files', () => {
  it('are those that ftok(3) makes', function () {
    this.timeout(30_000);
    if (!gccVersion()) this.skip();
    const folder = mkdtempSync(path.join(tmpdir(), 'ipcl-ftok-'));
    try {
      const source = path.join(folder, 'key.c');
      writeFileSync(
        source,
        '#include <stdio.h>\n#include <stdlib.h>\n#include <sys/ipc.h>\nint main(int c, char **v) { printf("%u", (unsigned) ftok(v[1], atoi(v[2]))); return c == 0; }\n',
      );
      const program = path.join(folder, 'key');
      execFileSync('gcc', ['-o', program, source]);
      for (const [file, id] of [
        [source, 1],
        [folder, 65],
        ['/proc', 255],
        ['/', 0x141],
      ] as const) {
        const told = Number(execFileSync(program, [file, String(id)], { encoding: 'utf8' }));
        assert.equal(ftokKey(file, id), told, `${file} ${id}`);
      }
      assert.equal(ftokKey(path.join(folder, 'none'), 1), undefined);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
