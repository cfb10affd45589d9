/** A program of several files: functions are looked at again when those of other files change. */
import assert from 'node:assert/strict';
import {
  afterClose,
  checked,
  failed,
  files,
  header,
  library,
  opener,
  prepareWorkspaces,
  returning,
  shown,
  telling,
  unopened,
  user,
  within,
} from './support/program';

before(prepareWorkspaces);

describe('when another file changes', () => {
  const more = `${user}int other(int fd) { return fsync(fd); }\n`;

  it('only what depends on it is looked at again', () => {
    within({ ...files, '/p/a.c': more }, (workspace) => {
      const [a, b] = [workspace.open('/p/a.c'), workspace.open('/p/util.c')];
      assert.equal(workspace.lint(a).looked, 2);
      assert.equal(workspace.lint(a).looked, 0);
      workspace.edit(b, 'perror("close")', 'perror("close it")');
      assert.equal(workspace.lint(a).looked, 1);
      assert.deepEqual(shown(workspace.lint(a).findings, a), [afterClose]);
      workspace.edit(b, 'return open(path, O_RDONLY)', 'return open(path, O_RDWR)');
      assert.equal(workspace.lint(a).looked, 0, 'nobody calls that one');
      workspace.edit(b, 'if (close(fd) == -1) perror("close it");', 'fsync(fd);');
      assert.deepEqual(shown(workspace.lint(a).findings, a), []);
      workspace.edit(b, 'fsync(fd);', 'close(fd);');
      assert.deepEqual(shown(workspace.lint(a).findings, a), [afterClose]);
    });
  });

  it('on disk, too', () => {
    within({ ...files }, (workspace) => {
      const a = workspace.open('/p/a.c');
      assert.deepEqual(shown(workspace.lint(a).findings, a), [afterClose]);
      workspace.write('/p/util.c', library.replace('close(fd)', 'fsync(fd)'));
      assert.deepEqual(shown(workspace.lint(a).findings, a), []);
      workspace.write('/p/util.c', '');
      assert.deepEqual(shown(workspace.lint(a).findings, a), []);
      workspace.write('/p/util.c', library);
      assert.deepEqual(shown(workspace.lint(a).findings, a), [afterClose]);
    });
  });

  it('so that it returns now, callers know', () => {
    within({ ...files, '/p/a.c': checked }, (workspace) => {
      const [a, b] = [workspace.open('/p/a.c'), workspace.open('/p/util.c')];
      assert.deepEqual(shown(workspace.lint(a).findings, a), []);
      workspace.edit(b, ' exit(1);', '');
      assert.deepEqual(shown(workspace.lint(a).findings, a), [failed]);
      workspace.edit(b, 'perror(what);', 'perror(what); exit(1);');
      assert.deepEqual(shown(workspace.lint(a).findings, a), []);
    });
  });

  it('that has one of several functions of a name, callers know', () => {
    const texts = {
      '/p/a.c': opener,
      '/p/util.h': telling(header),
      '/p/util.c': telling(returning),
      '/p/other.c': telling(library),
    };
    within(texts, (workspace) => {
      const [a, b] = [workspace.open('/p/a.c'), workspace.open('/p/other.c')];
      assert.deepEqual(shown(workspace.lint(a).findings, a), []);
      workspace.edit(b, ' exit(1);', '');
      assert.deepEqual(shown(workspace.lint(a).findings, a), [unopened]);
      workspace.edit(b, 'perror(what);', 'perror(what); exit(1);');
      assert.deepEqual(shown(workspace.lint(a).findings, a), []);
    });
  });

  it('in a macro, its callers are looked at again', () => {
    within({ ...files, '/p/util.c': `#define NAME "close"\n${library}` }, (workspace) => {
      const [a, b] = [workspace.open('/p/a.c'), workspace.open('/p/util.c')];
      workspace.lint(a);
      workspace.edit(b, '#define NAME "close"', '#define NAME "other"');
      assert.equal(workspace.lint(a).looked, 1);
    });
  });
});
