/** Functions that are named after a call are taken for it, where their text is elsewhere or does no more than to make it: decision 0007. */
import assert from 'node:assert/strict';
import { hear, neverReturns, probes, useToolbox } from './support';

before(useToolbox);

const made = (body: string, before = '') => probes(body, before);

describe('wrappers whose text is elsewhere', () => {
  for (const [name, text] of [
    ['a capital letter', 'Socket(AF_INET, SOCK_STREAM, 0)'],
    ['an x', 'xsocket(1, 1, 0)'],
    ['an e', 'esocket(1, 1, 0)'],
    ['safe_', 'safe_socket(1, 1, 0)'],
    ['_or_die', 'socket_or_die(1, 1, 0)'],
  ] as const) {
    it(`are known by ${name}`, () => {
      const [known] = made(`int s = ${text}; probe(s);`);
      assert.match(known ?? '', /^socket \(socket\)/);
    });
  }

  it('are heard of under the name of the call', () => {
    assert.deepEqual(hear('void f(void) { int p[2]; Pipe(p); Close(p[0]); }').calls, ['pipe', 'close']);
  });

  it('fill what the call fills', () => {
    assert.deepEqual(made('int fd[2]; Pipe(fd); probe(fd[0]); probe(fd[1]);'), [
      'pipe pipefd[0] (pipe)',
      'pipe pipefd[1] (pipe)',
    ]);
  });

  it('never fail', () => {
    assert.deepEqual(made('int s = Socket(1, 1, 0); if (s < 0) probe(1); else probe(2);'), ['2']);
    assert.deepEqual(made('int s = socket(1, 1, 0); if (s < 0) probe(1); else probe(2);'), ['1', '2']);
  });

  it('make two processes, and always a child', () => {
    assert.deepEqual(
      made('int c = Fork(); if (c == -1) probe(1); else if (c == 0) probe(2); else probe(3);'),
      ['2', '3'],
    );
  });

  it('do not come back when the call never does', () => {
    assert.equal(neverReturns('', 'Execvp'), true);
    assert.equal(neverReturns('', 'Exit'), true);
    assert.equal(neverReturns('', 'Error'), false);
    assert.equal(neverReturns('int Execvp(const char *, char *const *) { return 0; }', 'Execvp'), false);
  });
});

describe('wrappers whose text is at hand', () => {
  const accept = `int Accept(int fd, struct sockaddr *address, socklen_t *length) {
  int n;
again:
  if ((n = accept(fd, address, length)) < 0) {
    if (errno == ECONNABORTED)
      goto again;
    else
      err_sys("accept");
  }
  return n;
}`;
  const wrappers: [string, string, string?][] = [
    ['test the call', 'void Pipe(int *fd) { if (pipe(fd) < 0) err_sys("pipe"); }'],
    [
      'keep the result',
      'pid_t Fork(void) { pid_t p; if ((p = fork()) == -1) { perror("x"); exit(1); } return p; }',
      'Fork()',
    ],
    ['try again', accept, 'Accept(3, 0, 0)'],
  ];
  const callsOf = (text: string, call: string) => hear(`${text}\nvoid f(void) { int p[2]; ${call}; }`).calls;
  for (const [what, text, call = 'Pipe(p)'] of wrappers) {
    it(`are the call, where they ${what}`, () => {
      const name = /\w+/.exec(call)![0].toLowerCase();
      assert.deepEqual(callsOf(text, call), [name]);
    });
  }

  const others: [string, string][] = [
    [
      'tell of a failure',
      'int Pipe(int *fd) { if (pipe(fd) < 0) { err_sys("pipe"); return -1; } return 0; }',
    ],
    ['never end the program', 'int Pipe(int *fd) { int n = pipe(fd); return n; }'],
    [
      'return a value of their own',
      'int Pipe(int *fd) { if (pipe(fd) < 0) { if (*fd) err_sys("pipe"); return FAILED; } return 0; }',
    ],
    ['only report it', 'int Pipe(int *fd) { int n = pipe(fd); if (n < 0) debug("pipe"); return n; }'],
    ['come back by custom', 'int Pipe(int *fd) { int n = pipe(fd); if (n < 0) err_ret("pipe"); return n; }'],
    ['do something else', 'void Pipe(int *fd) { if (pipe(fd) < 0) err_sys("pipe"); remember(fd); }'],
    ['make other calls', 'void Pipe(int *fd) { if (pipe(fd) < 0) err_sys("pipe"); close(fd[0]); }'],
    ['hand on something else', 'void Pipe(int *fd) { if (pipe(fd + 2) < 0) err_sys("pipe"); }'],
    ['do it again and again', 'void Pipe(int *fd) { while (pipe(fd) < 0) err_sys("pipe"); }'],
  ];
  for (const [what, text] of others) {
    it(`are functions like others, where they ${what}`, () => {
      assert.ok(callsOf(text, 'Pipe(p)').includes('Pipe'));
    });
  }
});

describe('no wrappers are', () => {
  const unknown: [string, string, string?][] = [
    ['functions whose text is here', 'Socket(1, 1, 0)', 'int Socket(int a, int b, int c) { return a; }'],
    ['macros', 'Socket(1, 1, 0)', '#define Socket(a, b, c) other(a)'],
    ['functions declared with other parameters', 'Socket(1, 1, 0)', 'int Socket(struct net *n, int a);'],
    ['functions declared with pointers for numbers', 'Socket(1, 1, 0)', 'int Socket(char *a, int b, int c);'],
    ['functions that return something else', 'Socket(1, 1, 0)', 'struct net *Socket(int a, int b, int c);'],
    ['calls with more or fewer arguments', 'Socket(1, 1)'],
    ['other prefixes', 'do_socket(1, 1, 0)'],
    ['words that only begin so', 'esocketed(1, 1, 0)'],
  ];
  for (const [what, text, before] of unknown) {
    it(what, () => assert.doesNotMatch(made(`int s = ${text}; probe(s);`, before)[0] ?? '', /socket/));
  }

  it('declared as the call is, they are', () => {
    const declared = 'typedef unsigned int family; int Socket(family, int, int);';
    assert.match(made('int s = Socket(1, 1, 0); probe(s);', declared)[0] ?? '', /socket/);
    assert.deepEqual(hear('void Pipe(int *);\nvoid f(void) { int p[2]; Pipe(p); }').calls, ['pipe']);
  });
});
