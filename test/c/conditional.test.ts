/** What is known of `#ifdef` on Linux: the compiler with the real headers says the same. */
import assert from 'node:assert/strict';
import { calls, chapters, constants, errnoByName } from '../../catalog';
import { isDefined } from '../../server/c/conditional';
import { gccVersion, preludeOf, refused } from '../catalog/gcc';

describe('macros that Linux has', () => {
  it('are those of the headers, by name', function () {
    this.timeout(60_000);
    if (process.platform !== 'linux' || gccVersion() === undefined) this.skip();
    const headers = chapters.flatMap(({ calls: own, constants: groups }) => [
      ...own.flatMap((call) => call.headers),
      ...groups.flatMap((group) => group.constants.map(({ header }) => header)),
    ]);
    const names = [...constants.keys(), ...errnoByName.keys(), ...calls.keys()].filter(
      (name) => isDefined(name) && /^\w+$/.test(name),
    );
    assert.ok(names.length > 800);
    const wrong = refused(
      preludeOf([...new Set([...headers, 'errno.h'])], '_GNU_SOURCE'),
      names.map((name) => ({ label: name, code: `#ifndef ${name}\n#error no macro\n#endif` })),
    );
    assert.deepEqual([...wrong], []);
  });

  for (const name of [
    'F_SETLK',
    'SIGCHLD',
    'EINTR',
    'WIFEXITED',
    'HAVE_PIPE2',
    'HAVE_FLOCK',
    'HAVE_INOTIFY',
    'HAVE_EPOLL',
  ])
    it(`include ${name}`, () => assert.equal(isDefined(name), true));

  for (const name of [
    'PTHREAD_MUTEX_ROBUST',
    'P_PID',
    'HAVE_CONFIG_H',
    'HAVE_KQUEUE',
    'HAVE_',
    'USE_PIPE2',
    'DEBUG',
    'pipe',
  ])
    it(`do not certainly include ${name}`, () => assert.equal(isDefined(name), undefined));

  it('are not those of other systems', () => {
    for (const name of ['__APPLE__', 'SIGINFO', 'O_EXLOCK', 'AIX']) assert.equal(isDefined(name), false);
  });
});
