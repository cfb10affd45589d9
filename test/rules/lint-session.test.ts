/** A linter that follows a file while it is edited says what a fresh one would say, and looks again only where it must. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SourceFile } from '../../server/c/source-file';
import { Symbols } from '../../server/c/symbols';
import type { Configuration } from '../../server/rules/configuration';
import { FileLinter, type PlacedFinding } from '../../server/rules/lint';
import { changed, changeIn, edits } from '../c/edits';
import { readFixtures } from './support/fixtures';
import { type Bench, loadBench, strict } from './support/linting';

let bench: Bench;
before(async () => {
  bench = await loadBench();
});

/** One file as an editor holds it. */
class Session {
  readonly file: SourceFile;
  private readonly linter: FileLinter;
  /** How many functions the last lint looked at. */
  looked = 0;

  constructor(
    text: string,
    private readonly headers: readonly Symbols[] = [],
  ) {
    this.file = new SourceFile(bench.parser, text);
    this.linter = new FileLinter(bench.toolbox);
  }

  lint(configuration = strict, headers = this.headers): PlacedFinding[] {
    const { text, items, lines } = this.file;
    const steps = this.linter.steps({ text, items, lines, headers }, configuration);
    for (this.looked = 0; ; this.looked++) {
      const step = steps.next();
      if (step.done) return step.value;
    }
  }

  /** Replaces the first occurrence of a piece of the text. */
  replace(piece: string, text: string): void {
    const start = this.file.text.indexOf(piece);
    assert.ok(start >= 0, `no ${piece}`);
    this.file.update([{ start, end: start + piece.length, text }]);
  }
}

function within<T>(text: string, use: (session: Session) => T, headers: readonly Symbols[] = []): T {
  const session = new Session(text, headers);
  try {
    return use(session);
  } finally {
    session.file.dispose();
  }
}

function symbolsOf(text: string): Symbols {
  const file = new SourceFile(bench.parser, text);
  const symbols = Symbols.of(file.items);
  file.dispose();
  return symbols;
}

const freshly = (text: string) => within(text, (session) => session.lint());
const rulesIn = (findings: readonly PlacedFinding[]) => findings.map(({ rule }) => rule);

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

describe('a finding in a helper', () => {
  it('tells which call led there', () => {
    const text = `#include <fcntl.h>
#include <mqueue.h>

static int next(mqd_t queue) {
  char box[128];
  if (mq_receive(queue, box, sizeof box, NULL) == -1)
    return -1;
  return box[0];
}

int main(void) {
  struct mq_attr few = {.mq_maxmsg = 4, .mq_msgsize = 64}, many = {.mq_maxmsg = 4, .mq_msgsize = 512};
  mqd_t notes = mq_open("/notes", O_RDONLY | O_CREAT, 0600, &few);
  mqd_t letters = mq_open("/letters", O_RDONLY | O_CREAT, 0600, &many);
  if (notes == (mqd_t)-1 || letters == (mqd_t)-1)
    return 1;
  return next(notes) == -1 || next(letters) == -1;
}
`;
    const found = freshly(text).find(({ rule }) => rule === 'posix-mq/buffer-too-small');
    assert.ok(found);
    assert.equal(text.slice(found.span.start, found.span.end), 'sizeof box');
    const [led] = found.related.slice(-1);
    assert.match(led!.message, /`main` leads there/);
    assert.equal(text.slice(led!.span.start, led!.span.end), 'next(letters)');
  });

  it('lies with the caller who gives a wrong number', () => {
    const text = `#include <sys/ipc.h>
#include <sys/sem.h>

static int take(int set, int number) {
  struct sembuf one = {0};
  one.sem_num = number;
  one.sem_op = -1;
  return semop(set, &one, 1);
}

int main(void) {
  int set = semget(IPC_PRIVATE, 2, IPC_CREAT | 0600);
  if (set == -1 || semctl(set, 0, SETVAL, 1) == -1)
    return 1;
  return take(set, 0) == -1 || take(set, 5) == -1;
}
`;
    const found = freshly(text).filter(({ rule }) => rule === 'sysv-sem/index');
    assert.deepEqual(
      found.map(({ span }) => text.slice(span.start, span.end)),
      ['5'],
    );
  });
});

describe('headers', () => {
  it('bring macros, types and functions, the file before them, the last one first', () => {
    const text =
      'int f(struct m *m, int q) { if (FAILED) die(); return msgsnd(q, m, sizeof(*m), FLAGS) + open("a", MODE); }';
    const first = symbolsOf('#define MODE O_RDONLY\nstruct m { long type; int a; };');
    const second = symbolsOf('#define MODE O_CREAT\n');
    const found = (headers: Symbols[], extra = '') =>
      within(extra + text, (session) => rulesIn(session.lint()), headers);
    assert.deepEqual(found([]), []);
    assert.deepEqual(found([first]), ['sysv-msg/size-includes-type']);
    assert.deepEqual(found([first, second]), ['sysv-msg/size-includes-type', 'handle/creat-args']);
    assert.deepEqual(found([second, first]), ['sysv-msg/size-includes-type']);
    assert.deepEqual(found([first, second], '#define MODE 0\n'), ['sysv-msg/size-includes-type']);
  });
});
