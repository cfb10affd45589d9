/** Where findings lie that a walk made in a helper, and what headers bring. */
import assert from 'node:assert/strict';
import type { Symbols } from '../../server/c/symbols';
import { freshly, rulesIn, symbolsOf, withBench, within } from './support/session';

withBench();

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
