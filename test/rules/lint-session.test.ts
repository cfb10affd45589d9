/** A linter that follows a file while it is edited says what a fresh one would say, and looks again only where it must. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Configuration } from '../../server/rules/configuration';
import { FileLinter, type PlacedFinding } from '../../server/rules/lint';
import { changed, changeIn, edits } from '../c/edits';
import { readFixtures } from './support/fixtures';
import { strict } from './support/linting';
import { bench, freshly, rulesIn, type Session, symbolsOf, withBench, within } from './support/session';

withBench();

const program = `#include <fcntl.h>
#define FLAGS O_CREAT

static void stop(int code) { exit(code); }

int first(void) { return open("a", FLAGS); }

int second(void *p) {
  p = mmap(0, 10, 0, 0, 3, 0);
  if (p == 0) stop(1);
  return 0;
}

int third(int fd) {
  if ((fd = open("b", 0) < 0)) return 1;
  return fd;
}
`;
const functions = 4;

describe('a lint after edits', function () {
  this.timeout(120_000);

  const bad = readFixtures().filter(({ good }) => !good);

  it('finds what a lint of the same text finds', () => {
    // Two programs after each other: edits in one must not disturb what is known of the other.
    const texts = fc.tuple(fc.constantFrom(...bad), fc.constantFrom(...bad)).map(([a, b]) => a.text + b.text);
    fc.assert(
      fc.property(texts, edits, (start, list) => {
        within(start, (session) => {
          let text = start;
          for (const edit of list) {
            const change = changeIn(text, edit);
            text = changed(text, change);
            session.file.update([change]);
            const findings = session.lint();
            // Where the text cannot be read, a fresh parser may recover in another way: compare what it made of it.
            const { items, lines } = session.file;
            const again = new FileLinter(bench.toolbox).lint({ text, items, lines, headers: [] }, strict);
            assert.deepEqual(findings, again);
          }
        });
      }),
      { numRuns: 60 },
    );
  });

  it('is quiet again when the mistake is mended, and loud when it comes back', () => {
    within(program, (session) => {
      assert.deepEqual(rulesIn(session.lint()), rulesIn(freshly(program)));
      session.replace('== 0) stop', '== MAP_FAILED) stop');
      assert.ok(!rulesIn(session.lint()).includes('handle/wrong-failure-value'));
      session.replace('== MAP_FAILED) stop', '== 0) stop');
      assert.deepEqual(session.lint(), freshly(program));
    });
  });
});

describe('a linter looks again', () => {
  /** Lints, edits, lints: how many functions the second lint looked at. */
  const lookedAfter = (edit: (session: Session) => void) =>
    within(program, (session) => {
      session.lint();
      assert.equal(session.looked, functions);
      edit(session);
      assert.deepEqual(session.lint(), freshly(session.file.text));
      return session.looked;
    });

  it('at nothing when nothing changed', () => {
    assert.equal(
      lookedAfter(() => {}),
      0,
    );
  });

  it('at the function that changed', () => {
    assert.equal(
      lookedAfter((session) => session.replace('return fd;', 'return fd + 1;')),
      1,
    );
  });

  it('at nothing when text between functions changed or they moved', () => {
    assert.equal(
      lookedAfter((session) => session.replace('\nint first', '\n// moved ä\n\nint first')),
      0,
    );
  });

  it('at all when a macro, a type, a heading or an include changed', () => {
    assert.equal(
      lookedAfter((session) => session.replace('O_CREAT', 'O_RDONLY')),
      functions,
    );
    assert.equal(
      lookedAfter((session) => session.replace('int third(int fd)', 'int third(unsigned fd)')),
      functions,
    );
    assert.equal(
      lookedAfter((session) => session.replace('fcntl', 'stdio')),
      functions,
    );
    assert.equal(
      lookedAfter((session) => session.replace('\nint first', '\nint x;\nint first')),
      functions,
    );
  });

  it('at all when a function that ended the process returns now', () => {
    assert.equal(
      lookedAfter((session) => session.replace('exit(code)', 'code++')),
      functions,
    );
  });

  it('with what a function that ended the process leaves behind when it returns now', () => {
    const text = `#include <stdlib.h>
#include <sys/socket.h>
static void stop(int code) { exit(code); }
long ask(int listener, char answer[64]) {
  long count;
  int peer = accept(listener, NULL, NULL);
  if (peer == -1)
    return -1;
  count = recv(peer, answer, 63, 0);
  stop(answer[0]);
  return count;
}
`;
    within(text, (session) => {
      assert.ok(rulesIn(session.lint()).includes('handle/short-count'));
      session.replace('exit(code)', 'code++');
      assert.deepEqual(session.lint(), freshly(session.file.text));
    });
  });

  it('at a function that lends an address when who borrows it keeps it now', () => {
    const text = `
struct box { int fd; };
static struct box *kept;
static void note(struct box *box) { box->fd = -1; write(2, "x", 1); }
int ask(const char *name) {
  struct box box;
  note(&box);
  box.fd = open(name, 0);
  if (box.fd == -1)
    return -1;
  close(box.fd);
  others();
  return close(box.fd);
}
`;
    within(text, (session) => {
      const isCertain = () => session.lint().some(({ severity }) => severity === 'error');
      assert.ok(isCertain());
      session.replace('box->fd = -1;', 'kept = box;');
      assert.deepEqual(session.lint(), freshly(session.file.text));
      assert.ok(!isCertain());
    });
  });

  it('with what a helper of a helper does to a lock', () => {
    const text = `#include <pthread.h>
struct job { pthread_mutex_t mutex; int left; };
static void give(struct job *job) { pthread_mutex_unlock(&job->mutex); }
static void finish(struct job *job) { job->left = 0; give(job); }
int work(struct job *job) {
  pthread_mutex_lock(&job->mutex);
  if (job->left == 0)
    return -1;
  finish(job);
  return 0;
}
int leave(struct job *job) {
  pthread_mutex_lock(&job->mutex);
  if (job->left == 0) {
    give(job);
    return -1;
  }
  give(job);
  return 0;
}
`;
    within(text, (session) => {
      for (const [from, to] of [
        ['pthread_mutex_unlock(&job->mutex)', 'job->left--'],
        ['job->left--', 'pthread_mutex_unlock(&job->mutex)'],
        ['pthread_mutex_unlock(&job->mutex)', 'pthread_mutex_lock(&job->mutex)'],
        ['pthread_mutex_lock(&job->mutex)', 'pthread_mutex_unlock(&job->mutex)'],
      ] as const) {
        session.lint();
        session.replace(from, to);
        assert.deepEqual(session.lint(), freshly(session.file.text), `${from} becomes ${to}`);
      }
    });
  });

  it('with what the file believes of a function whose text is elsewhere', () => {
    const text = `#include <unistd.h>
void err_stop(const char *);
int say(const char *word) {
  int ends[2];
  if (pipe(ends) != 0)
    err_stop("pipe");
  if (write(ends[1], word, 1) != 1)
    err_stop("write");
  return ends[0];
}
void leave(const char *path) {
  if (chdir(path) != 0)
    err_stop(path);
}
`;
    within(text, (session) => {
      for (const [from, to] of [
        ['    err_stop(path);', '    { err_stop(path); _exit(1); }'],
        ['    { err_stop(path); _exit(1); }', '    err_stop(path);'],
      ] as const) {
        session.lint();
        session.replace(from, to);
        assert.deepEqual(session.lint(), freshly(session.file.text), `${from} becomes ${to}`);
      }
    });
  });

  it('at all for another configuration or another header', () => {
    within(program, (session) => {
      session.lint();
      const quiet: Configuration = { preset: 'strict', rules: { 'handle/*': 'off', 'mmap-shared/*': 'off' } };
      assert.deepEqual(session.lint(quiet), []);
      assert.equal(session.looked, functions);
      session.lint(quiet, [symbolsOf('#define UNUSED 1')]);
      assert.equal(session.looked, functions);
    });
  });

  it('at a function that asks about all others only when the answer is another', () => {
    const text = `#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int reads(int fd) {
  char c;
  return read(fd, &c, 1) == 1;
}

int main(void) {
  if (mkfifo("/tmp/requests", 0600) == -1)
    exit(1);
  int fd = open("/tmp/requests", O_RDONLY);
  return fd == -1 || !reads(fd);
}

static void says(const char *what) {
  if (write(2, what, 1) == -1)
    _exit(1);
}
`;
    const asks = (findings: PlacedFinding[]) => rulesIn(findings).includes('fifo/eexist');
    within(text, (session) => {
      assert.ok(asks(session.lint()));
      const edits: [string, string, number, boolean][] = [
        // Nothing that anybody asked for.
        ['what, 1)', 'what + 1, 1)', 1, true],
        // What the mistake turns on, anywhere in the file, and back.
        ['_exit(1)', '_exit(errno == EEXIST)', 2, false],
        ['_exit(errno == EEXIST)', 'unlink("/tmp/requests")', 2, false],
        ['unlink("/tmp/requests")', '_exit(1)', 2, true],
      ];
      for (const [from, to, looked, found] of edits) {
        session.replace(from, to);
        const findings = session.lint();
        assert.equal(asks(findings), found, to);
        assert.equal(session.looked, looked, to);
        assert.deepEqual(findings, freshly(session.file.text));
      }
    });
  });

  it('at what is left when it was stopped midway', () => {
    within(program, ({ file }) => {
      const linter = new FileLinter(bench.toolbox);
      const input = { text: file.text, items: file.items, lines: file.lines, headers: [] };
      const stopped = linter.steps(input, strict);
      stopped.next();
      stopped.next();
      const findings = linter.lint(input, strict);
      assert.deepEqual(findings, freshly(file.text));
      // The stopped one goes on late, and must do no harm.
      while (!stopped.next().done);
      assert.deepEqual(linter.lint(input, strict), findings);
    });
  });

  it('keeps the findings of a function that stays, moved to where it stands', () => {
    within(program, (session) => {
      const before = session.lint();
      session.replace('#include', '/* two\n lines */\n#include');
      const after = session.lint();
      const by = '/* two\n lines */\n'.length;
      assert.deepEqual(
        after.map(({ span }) => span.start),
        before.map(({ span }) => span.start + by),
      );
      const related = (list: PlacedFinding[]) =>
        list.flatMap((finding) => finding.related.map(({ span }) => span.start));
      assert.deepEqual(
        related(after),
        related(before).map((start) => start + by),
      );
      const edited = (list: PlacedFinding[]) =>
        list.flatMap(({ fix }) => fix?.edits.map(({ span }) => span.start) ?? []);
      assert.deepEqual(
        edited(after),
        edited(before).map((start) => start + by),
      );
    });
  });
});
