import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { facilities } from '../../catalog';
import { shownAt } from '../../server/kernel/shown-limits';

const linux = process.platform === 'linux';
const shell = (command: string) => execFileSync('sh', ['-c', command], { encoding: 'utf8' }).trim();

(linux ? describe : describe.skip)('what this machine shows for a limit', () => {
  it('is what the file says, or the number of it that is meant', () => {
    assert.equal(shownAt('/proc/sys/fs/pipe-max-size'), shell('cat /proc/sys/fs/pipe-max-size'));
    assert.equal(
      shownAt('/proc/sys/kernel/sem (third number)'),
      shell("awk '{print $3}' /proc/sys/kernel/sem"),
    );
  });

  it('is what the shell’s ulimit says', () => {
    assert.equal(shownAt('getrlimit(RLIMIT_NOFILE)')?.split(',')[0], shell('ulimit -n'));
  });

  it('is not told for what only a program can ask, nor for any other path', () => {
    for (const place of [
      '<limits.h>',
      'sizeof(pthread_mutex_t)',
      'fcntl(fd, F_GETPIPE_SZ)',
      '/etc/passwd',
      '/proc/sys/none',
    ])
      assert.equal(shownAt(place), undefined, place);
  });

  it('is told for every place below /proc/sys that the catalog names and this kernel has', () => {
    let told = 0;
    for (const { shownAt: place = '' } of [...facilities.values()].flatMap(({ limits }) => limits)) {
      const file = /^\/proc\/sys\/\S+/.exec(place)?.[0];
      if (!file) continue;
      let exists = true;
      try {
        readFileSync(file);
      } catch {
        exists = false;
      }
      assert.equal(shownAt(place) !== undefined, exists, place);
      if (exists) told++;
    }
    assert.ok(told > 10, String(told));
  });
});
