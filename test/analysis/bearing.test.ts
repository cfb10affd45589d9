/** Which calls of the program's own functions are walked into: those that may matter to what is followed. */
import assert from 'node:assert/strict';
import { bearingOf } from '../../server/analysis/bearing';
import { hear, useToolbox } from './support';

before(useToolbox);

/** The calls that a walk through the last function hears. */
function heard(text: string): string[] {
  return hear(text, { bearingOf }).calls;
}

const log = `void tell(int level, const char *format, ...) {
  char line[100];
  vsnprintf(line, sizeof(line), format, 0);
  write(2, line, strlen(line));
}
`;

describe('a call of a function that only uses objects', () => {
  it('is passed over where it gets hold of nothing that is followed', () => {
    assert.deepEqual(heard(`${log}void f(void) { tell(1, "hello"); }`), ['tell']);
    assert.deepEqual(heard(`${log}void f(void) { int fd = open("a", 0); tell(1, "%d", fd); }`), [
      'open',
      'tell',
    ]);
  });

  it('is walked into with a descriptor, however it gets to the call', () => {
    const calls = ['open', 'get', 'read'];
    const direct = 'void get(int fd) { char b[9]; read(fd, b, 9); }\n';
    const renamed = 'void get(int fd) { char b[9]; int own = fd; read(own, b, 9); }\n';
    const member = 'struct s { int fd; };\nvoid get(struct s *s) { char b[9]; read(s->fd, b, 9); }\n';
    for (const helper of [direct, renamed]) {
      assert.deepEqual(
        new Set(heard(`${helper}void f(void) { int fd = open("a", 0); get(fd); }`)),
        new Set(calls),
      );
    }
    const kept = `${member}void f(void) { struct s s; s.fd = open("a", 0); get(&s); }`;
    assert.deepEqual(new Set(heard(kept)), new Set(calls));
    const deeper = `${direct}void outer(int fd) { get(fd); }\nvoid f(void) { int fd = open("a", 0); outer(fd); }`;
    assert.ok(heard(deeper).includes('read'));
  });

  it('is walked into where a descriptor lies in a variable that all can see', () => {
    const helper = 'int fd;\nvoid get(void) { char b[9]; read(fd, b, 9); }\n';
    assert.ok(heard(`${helper}void f(void) { fd = open("a", 0); get(); }`).includes('read'));
    assert.ok(!heard(`${helper}void f(void) { get(); }`).includes('read'));
  });

  it('is walked into with a number or text that the call gets', () => {
    const helper = 'int q;\nvoid put(int level, int priority) { if (level) mq_send(q, "a", 1, priority); }\n';
    assert.ok(heard(`${helper}void f(int n) { put(n, 40000); }`).includes('mq_send'));
    assert.ok(!heard(`${helper}void f(int n) { put(1, n); }`).includes('mq_send'));
  });

  it('is walked into where the answer tells what became of the descriptor', () => {
    const asks = 'int failed(int fd) { if (fd < 0) { return 1; } return 0; }\n';
    const f = (test: string) =>
      `${asks}void f(int n) { int fd = open("a", 0); if (${test}) read(fd, 0, 0); }`;
    assert.ok(!heard(f('failed(fd) && fd >= 0')).includes('read'));
    assert.ok(heard(f('failed(n) && fd >= 0')).includes('read'));
  });

  it('comes to an end where functions call each other', () => {
    const circle = 'void b(int fd);\nvoid a(int fd) { b(fd); read(fd, 0, 0); }\nvoid b(int fd) { a(fd); }\n';
    assert.ok(heard(`${circle}void f(void) { int fd = open("a", 0); b(fd); }`).includes('read'));
  });
});

it('a call of a function that makes, closes, waits or locks is always walked into', () => {
  for (const act of ['open("a", 0)', 'close(3)', 'wait(0)', 'fork()', 'flock(3, 2)', 'exit(1)']) {
    const name = act.slice(0, act.indexOf('('));
    const calls = heard(`void twice(int n) { n++; ${act}; ${act}; }\nvoid f(void) { twice(0); }`);
    assert.ok(calls.includes(name), act);
  }
});

describe('a function in which the program may end', () => {
  const end = 'void stop(void) { exit(1); exit(1); }\n';
  const near = `${end}void grow(int n) { if (n) stop(); }\n`;

  it('is walked into where that is one call away, and not further', () => {
    assert.ok(heard(`${near}void f(int n) { grow(n); }`).includes('exit'));
    const far = `${near}void add(int n) { grow(n); n++; }\n`;
    assert.ok(!heard(`${far}void f(int n) { add(n); }`).includes('exit'));
  });
});

describe('a function that only has names of calls', () => {
  it('is passed over: its own variables are no calls', () => {
    const helper = 'int count(int n) { int close = n; write(2, "a", 1); return close; }\n';
    assert.ok(!heard(`${helper}void f(int n) { count(n); }`).includes('write'));
    const parameter = 'int count(int close) { write(2, "a", 1); return close; }\n';
    assert.ok(!heard(`${parameter}void f(int n) { count(n); }`).includes('write'));
  });
});

describe('a macro in a helper', () => {
  it('takes a number as far as what it stands for', () => {
    const helper = (macro: string) =>
      `#define USE(x) ${macro}\nvoid put(int n) { write(2, "a", 1); USE(n); }\n`;
    assert.ok(!heard(`${helper('((x)++)')}void f(void) { put(3); }`).includes('write'));
    assert.ok(heard(`${helper('mq_send(0, "a", 1, x)')}void f(void) { put(3); }`).includes('write'));
    const inner = 'void send_it(int n) { mq_send(0, "a", 1, n); }\n';
    assert.ok(heard(`${inner}${helper('send_it(x)')}void f(void) { put(3); }`).includes('write'));
  });
});
