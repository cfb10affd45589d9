/**
 * What is known of values on the way through a function. `probe(x)` stands for "what is known of x here", and a probe
 * that is missing from the answer was not reached.
 */
import assert from 'node:assert/strict';
import { hear, neverReturns, probes, useToolbox } from './support';

before(useToolbox);

/** Each entry: what it shows, the statements, the probes. */
type Case = [what: string, body: string, expected: string[]];

function check(cases: Case[]): void {
  for (const [what, body, expected] of cases) {
    it(what, () => assert.deepEqual(probes(body), expected));
  }
}

describe('straight code', () => {
  check([
    ['keeps constants', 'int a = 1; a = a + 2; probe(a);', ['3']],
    ['keeps them through compound assignment', 'int a = 1; a |= 6; a <<= 1; probe(a);', ['14']],
    ['counts', 'int a = 1; a++; probe(a);', ['2']],
    ['knows nothing of parameters', 'probe(in); probe(p);', ['?', '?']],
    [
      'cuts to the type of the variable',
      'unsigned char a = 300; unsigned b = -1; probe(a); probe(b);',
      ['44', '4294967295'],
    ],
    ['does not calculate with fractions', 'double a = 1; probe(a / 2);', ['?']],
    [
      'remembers which call a value came from',
      'int a = open("x", 0); int b = a; probe(b);',
      ['open (descriptor)'],
    ],
    ['forgets on a new value', 'int a = open("x", 0); a = in; probe(a);', ['?']],
    [
      'follows members and elements',
      'struct s v; v.a = 1; v.b[2] = 3; probe(v.a); probe(v.b[2]); probe(v.b[1]);',
      ['1', '3', '?'],
    ],
    [
      'follows initialisers by name',
      'struct s v = {.a = 1, .b = {.c = 2}}; probe(v.a); probe(v.b.c);',
      ['1', '2'],
    ],
    ['takes *p and p[0] for one place', '*p = 3; probe(p[0]); p[0] = 4; probe(*p);', ['3', '4']],
    ['takes (*p).x and p->x for one place', 'struct s *q; q->x = 3; probe((*q).x);', ['3']],
    ['forgets members with the pointer', 'struct s *q; q->x = 3; q = 0; probe(q->x);', ['?']],
    ['knows strings behind pointers', 'const char *s = "a" "b"; probe(s);', ['"ab"']],
    ['and in arrays, until these change', 'char s[] = "ab"; probe(s); s[0] = 1; probe(s);', ['"ab"', '?']],
    ['at an index that is not known, too', 'char s[] = "ab"; s[in] = 1; probe(s);', ['?']],
    ['through a pointer, too', 'char s[] = "ab"; char *q = s; *q = 1; probe(s);', ['?']],
    ['in a call that may store', 'char s[] = "ab"; read(0, s, 1); probe(s);', ['?']],
    ['in a call of an unknown function', 'char s[] = "ab"; fill(s); probe(s);', ['?']],
    [
      'follows initialisers by their order',
      'int a[2] = {1, 2}; const char *n[] = {"x", "y"}; probe(a[1]); probe(n[1]);',
      ['2', '"y"'],
    ],
    [
      'through the members of a structure',
      'struct t { int x; struct { int y, z; } in; } v = {1, {2, 3}}; probe(v.in.z);',
      ['3'],
    ],
    ['but not where braces are left out', 'struct t { int x[2]; int y; } v = {1, 2, 3}; probe(v.y);', ['?']],
    ['knows sizes', 'probe(sizeof(int)); probe(sizeof(in));', ['4, sizeof', '4, sizeof']],
    ['takes the last of a comma', 'probe((1, 2));', ['2']],
    ['keeps nothing of static variables', 'static int a = 1; probe(a);', ['?']],
  ]);
});

describe('texts', () => {
  check([
    ['copied', 'char n[9]; strcpy(n, "/q"); strcat(n, "x"); probe(n);', ['"/qx"']],
    ['printed', 'char n[9]; snprintf(n, sizeof(n), "/%s%d%%", "a", 3); probe(n);', ['"/a3%"']],
    ['cut off', 'char n[3]; snprintf(n, sizeof(n), "abc"); probe(n);', ['?']],
    ['of what is not known', 'char n[9]; sprintf(n, "/%d", in); probe(n);', ['?']],
    ['measured', 'probe(strlen("abc"));', ['3']],
    ['that differ', 'char n[9]; if (in) strcpy(n, "a"); else strcpy(n, "b"); probe(n);', ['?']],
  ]);

  const global = (declared: string, expected: string, change = '') =>
    it(`of the file: ${declared} ${change}`, () =>
      assert.deepEqual(probes('probe(name);', `${declared} ${change}`), [expected]));
  global('static const char *name = "/q";', '"/q"');
  global('static const char name[] = "/q";', '"/q"');
  global('static const int name = 5;', '5');
  global('static char name[] = "/q";', '?');
  global('static int name = 5;', '?');
  global('const char *name = "/q";', '?');
  global('static const char *name = "/q";', '?', 'void g(char *x) { name = x; }');
  global('static const char *name = "/q";', '?', 'void g(char *x) { set(&name); }');
});

describe('joins', () => {
  check([
    ['keep what both sides agree on', 'int a; if (in) a = 1; else a = 1; probe(a);', ['1']],
    ['drop what they do not', 'int a; if (in) a = 1; else a = 2; probe(a);', ['?']],
    ['drop what one side does not know', 'int a = 1; if (in) a = in; probe(a);', ['?']],
    [
      'do not happen where different objects are open',
      'int a; if (in) a = open("x", 0); else a = socket(1, 1, 0); probe(a);',
      ['open (descriptor)', 'socket (socket)'],
    ],
    [
      'nor where one is open and none is',
      'int a = -1; if (in) a = open("x", 0); probe(a);',
      ['-1', 'open (descriptor)'],
    ],
    ['hold for ?:', 'probe(in ? 1 : 1); probe(in ? 1 : 2); probe(in ?: 3);', ['1', '?', '?']],
    ['hold for what && may skip', 'int a = 1; in && (a = 2); probe(a);', ['?']],
    ['hold for what || may skip, inside a value', 'int a = 1; int b = g() || (a = 2); probe(a);', ['?']],
    [
      'are exact for a long row of choices',
      Array.from(
        { length: 60 },
        (_, i) => `int v${i}; if (in == ${i}) { v${i} = 1; g(); g(); } else v${i} = 2;`,
      ).join('\n') + 'int a = 5; if (in) g(); probe(a); probe(v3);',
      ['5', '?'],
    ],
  ]);
});

describe('branches', () => {
  check([
    ['that cannot be taken are not walked', 'int a = 0; if (a) probe(1); else probe(2);', ['2']],
    ['tell equality', 'if (in == 3) probe(in); else probe(in);', ['3', '?']],
    ['tell inequality', 'if (in != 3) probe(in); else probe(in);', ['?', '3']],
    ['tell zero', 'if (in) probe(in); else probe(in);', ['?', '0']],
    ['tell zero through !', 'if (!in) probe(in);', ['0']],
    ['tell what an assignment gave', 'int a; if ((a = g()) == 2) probe(a);', ['2']],
    ['see through && and ||', 'if (in == 1 && p == 0) { probe(in); probe(p); }', ['1', '0']],
    [
      'tell by ! how a call went',
      'char *m = fopen("x", "r"); if (!m) { probe(1); probe(!m); } else probe(!m);',
      ['1', '1', '0'],
    ],
    ['see through ! of &&', 'if (!(in != 1 || p != 0)) { probe(in); probe(p); }', ['1', '0']],
    ['see through commas', 'if (g(), in == 1) probe(in);', ['1']],
    ['do not trust a narrowing cast', 'if ((char) in == 1) probe(in);', ['?']],
    [
      'keep the call with the value',
      'int a = open("x", 0); if (a == -1) probe(a);',
      ['-1, open (descriptor)'],
    ],
    ['end at exit, abort and return', 'if (in) exit(1); if (p) { return; probe(0); } abort(); probe(1);', []],
    ['believe an assertion', 'assert(in == 4); probe(in); assert(0); probe(1);', ['4']],
    ['take signedness as C does', 'unsigned a = -1; if (a == -1) probe(1); if (a > 0) probe(2);', ['1', '2']],
  ]);
});

describe('choices inside values', () => {
  const before = `
    int make(void) { int fd = socket(1, 1, 0); if (fd == -1) exit(1); return fd; }
    int find(const char *n) { int fd = open(n, 0); if (fd == -1) exit(1); return fd; }
    int send_it(int fd) { return write(fd, "x", 1) == 1; }
    int pick(int fd) { return fd == -1 ? -1 : 7; }
    int other(int a) { int k; k = a && pick(a); return k; }`;
  const cases: Case[] = [
    [
      'are branches: each way keeps what it made',
      'int fd = in ? make() : find("x"); probe(fd); probe(fd == -1);',
      ['socket (socket)', 'open (descriptor)', '0'],
    ],
    ['assigned too', 'int fd; fd = in ? make() : 3; probe(fd);', ['socket (socket)', '3']],
    ['as an argument', 'probe(in ? make() : find("x"));', ['socket (socket)', 'open (descriptor)']],
    ['nested', 'int a = in ? (p ? 1 : 2) : 3; probe(a == 4);', ['?']],
    [
      'with && know both sides',
      'int fd = open("x", 0); int ok = fd != -1 && send_it(fd); if (ok) probe(fd == -1);',
      ['0'],
    ],
    [
      'returned are kept apart',
      'int fd = open("x", 0); if (pick(fd) == -1) probe(fd); else probe(fd == -1);',
      ['-1, open (descriptor)', '0'],
    ],
    ['keep calls that were made before', 'int a = make() + (in ? find("x") : 0); probe(a);', ['?']],
    ['in a loop are made anew', 'int a = 0; while (in) { a = p ? g() : 3; probe(a); }', ['?']],
    ['that end on one way', 'int a = in == 2 ? 5 : exit(1); probe(a); probe(in);', ['5', '2']],
    ['in conditions are conditions', 'if (in ? p == 1 : p == 1) probe(p);', ['1']],
  ];
  for (const [what, body, expected] of cases) {
    it(what, () => assert.deepEqual(probes(body, before), expected));
  }
});

describe('elements at an index that is not known', () => {
  check([
    ['are followed while it stands still', 'int a[9], i = in; a[i] = 3; probe(a[i]);', ['3']],
    ['and no longer', 'int a[9], i = in; a[i] = 3; i++; probe(a[i]);', ['?']],
    [
      'may be any other element',
      'int a[9], i = in; a[0] = 1; a[i] = 3; probe(a[0]); a[1] = 2; probe(a[i]);',
      ['?', '?'],
    ],
    ['of one array are none of another', 'int a[9], b[9], i = in; a[i] = 3; b[i] = 2; probe(a[i]);', ['3']],
    [
      'take what pipe makes',
      'int w[9][2], i; for (i = 0; i < in; i++) { pipe(w[i]); probe(w[i][1]); }',
      ['pipe pipefd[1] (pipe)'],
    ],
    ['have members', 'struct s a[9]; int i = in; a[i].fd = 4; probe(a[i].fd); probe(a[i].x);', ['4', '?']],
    ['are asked through a pointer', 'int a[9], i = in; int *q = &a[i]; a[i] = 3; probe(*q);', ['3']],
    [
      'hold one or another of what was made in a loop',
      'int w[9], i; for (i = 0; i < in; i++) w[i] = open("x", 0); for (i = 0; i < in; i++) probe(w[i]);',
      ['?', 'open (descriptor), open (descriptor)'],
    ],
  ]);

  it('are elements of the array that a function is given', () => {
    const before =
      'void make(int q[][2], int n) { for (int i = 0; i < n; i++) { pipe(q[i]); write(q[i][1], "", 1); } }';
    assert.deepEqual(probes('int w[9][2]; make(w, in); probe(w[in][0]);', before), [
      '?',
      'pipe pipefd[0] (pipe), pipe pipefd[0] (pipe)',
    ]);
  });
});

describe('variables that decide later', () => {
  const before = `
    int try_it(int *o) { int rc = -1; if (getenv("x")) goto out; *o = 5; rc = 0; out: return rc; }
    int is_it(int *o) { if (getenv("x")) { *o = 5; return 1; } return 0; }`;
  const cases: Case[] = [
    [
      'keep paths apart',
      'int ok = 0, a = 1; if (in) { ok = 1; a = 2; } if (ok) probe(a); else probe(a);',
      ['2', '1'],
    ],
    [
      'as long as they are asked',
      'int ok = 0, a = 1; if (in) { ok = 1; a = 2; } if (ok) g(); probe(a);',
      ['?'],
    ],
    [
      'whatever they are compared with',
      'int st = 0, a = 1; if (in) { st = 2; a = 2; } if (st == 2) probe(a); else probe(a);',
      ['2', '1'],
    ],
    [
      'also in a switch',
      'int st = 0, a = 1; if (in) { st = 2; a = 2; } switch (st) { case 2: probe(a); }',
      ['2'],
    ],
    [
      'and are remembered by what is not followed',
      'int a = 1; if (in) a = 2; if (in) probe(a); else probe(a);',
      ['2', '1'],
    ],
    ['until they are set anew', 'int a = 1; if (in) a = 2; in = g(); if (in) probe(a);', ['?']],
    ['returned', 'int v = 3; if (try_it(&v) == -1) probe(v); else probe(v);', ['3', '5']],
    ['returned at once', 'int v = 3; if (is_it(&v)) probe(v); else probe(v);', ['5', '3']],
    ['returned and kept', 'int v = 3, rc = try_it(&v); if (p) in++; if (rc != 0) probe(v);', ['3']],
    ['but not what counts', 'int n = 0, a = 1; while (in) { n++; a = n; } if (n == 1) probe(a);', ['?']],
  ];
  for (const [what, body, expected] of cases) {
    it(what, () => assert.deepEqual(probes(body, before), expected));
  }

  it('are not more than there is room for', () => {
    const flags = Array.from({ length: 12 }, (_, i) => `int f${i} = 0; if (g()) f${i} = 1;`).join('\n');
    const uses = Array.from({ length: 12 }, (_, i) => `if (f${i}) g();`).join('\n');
    assert.deepEqual(
      probes(`int fd = open("x", 0); ${flags} if (fd == -1) return; ${uses} probe(fd == -1);`),
      ['0'],
    );
  });
});

describe('loops', () => {
  check([
    ['lose what changes in them', 'int a = 0; while (in) { probe(a); a = a + 1; } probe(a);', ['?', '?']],
    ['keep what does not', 'int a = 3; for (int i = 0; i < in; i++) probe(a); probe(a);', ['3', '3']],
    ['run at least once with do', 'int a = 0; do { a = 2; } while (in); probe(a);', ['2']],
    ['without end have nothing behind them', 'for (;;) g(); probe(1);', []],
    ['without end are left by break', 'int a = 1; while (1) { if (in) { a = 2; break; } } probe(a);', ['2']],
    [
      'go on at the update with continue',
      'int i; for (i = 0; i < 3; i++) { if (in) continue; g(); } probe(i);',
      ['?'],
    ],
    ['end with their condition false', 'while (in) g(); probe(in);', ['0']],
    ['nest', 'int a = 1; while (in) { for (;;) { if (p) break; a = 2; } } probe(a);', ['?']],
  ]);

  it('tell an object of this round from one of the round before', () => {
    assert.deepEqual(
      probes(
        'int old = -1; for (;;) { int a = open("x", 0); if (old != -1) probe(old); old = a; probe(old); }',
      ),
      ['?', 'open (descriptor)'],
    );
  });

  it('let a number that dup2 gives to a duplicate live on', () => {
    assert.deepEqual(probes('int a = open("x", 0), b = open("y", 0); dup2(a, b); probe(b);'), [
      'dup2 newfd (descriptor)',
    ]);
  });
});

describe('switch', () => {
  check([
    ['enters at each label', 'switch (in) { case 1: probe(1); break; case 2: probe(2); }', ['1', '2']],
    ['falls through', 'int a = 0; switch (in) { case 1: a = 1; case 2: probe(a); }', ['?']],
    ['does not run what stands before the first label', 'switch (in) { probe(0); case 1: probe(1); }', ['1']],
    ['may run nothing without default', 'int a = 1; switch (in) { case 1: a = 2; } probe(a);', ['?']],
    [
      'runs something with default',
      'int a = 1; switch (in) { case 1: a = 2; break; default: a = 2; } probe(a);',
      ['2'],
    ],
    [
      'enters in the middle of a loop',
      'int a = 1; switch (in) { case 0: a = 2; do { probe(a); case 1: g(); } while (g()); }',
      ['?'],
    ],
    [
      'enters inside conditional compilation',
      'switch (in) {\n#ifdef X\ncase 1: probe(1); break;\n#endif\ncase 2: probe(2); }',
      ['1', '2'],
    ],
    [
      'continues the loop around',
      'int a = 1; while (g()) { switch (in) { case 1: continue; } a = 2; } probe(a);',
      ['?'],
    ],
  ]);
});

describe('goto', () => {
  check([
    ['forward skips', 'int a = 1; goto out; a = 2; out: probe(a);', ['1']],
    ['forward joins', 'int a = 1; if (in) goto out; a = 2; out: probe(a);', ['?']],
    ['backward loops', 'int a = 1; again: probe(a); a = 2; if (in) goto again;', ['?']],
    ['to a place that is not there ends', 'goto nowhere; probe(1);', []],
    ['into a block works', 'goto in_block; if (in) { in_block: probe(1); }', ['1']],
  ]);
});

describe('pointers', () => {
  check([
    ['may change what their address was taken of', 'int a = 1; int *q = &a; *q = 2; probe(a);', ['2']],
    [
      'may change elements of an array that they were set to',
      'int a[2]; a[1] = 1; int *q = a; q[in] = 2; probe(a[1]);',
      ['?'],
    ],
    ['may change globals', 'g1 = 1; *p = 2; probe(g1);', ['?']],
    ['do not change locals that they cannot know', 'int a = 1; *p = 2; p[in] = 3; probe(a);', ['1']],
    [
      'to structures change only that member',
      'struct s *q, *r; q->x = 1; q->y = 2; r->x = 3; probe(q->x, q->y);',
      ['? | 2'],
    ],
    ['do not follow an index that is not known', 'int a[2]; a[0] = 1; a[in] = 2; probe(a[0]);', ['?']],
    ['handed to an unknown call make it unknown', 'int a = 1, b = 2; g(&a); probe(a); probe(b);', ['?', '2']],
    ['are remembered by an unknown call', 'int a = 1; g(&a); a = 2; g(); probe(a);', ['?']],
    ['handed to read make the buffer unknown', 'int a = 1; read(in, &a, 4); probe(a);', ['?']],
    ['handed to write leave it', 'int a = 1; write(in, &a, 4); probe(a);', ['1']],
    [
      'kept by a thread make it unknown whenever threads meet',
      'int a = 1; pthread_create(p, 0, g, &a); a = 2; pthread_join(in, 0); probe(a);',
      ['?'],
    ],
    [
      'to arrays are followed into pipe',
      'int fd[2]; pipe(fd); probe(fd[0]); probe(fd[1]);',
      ['pipe pipefd[0] (pipe)', 'pipe pipefd[1] (pipe)'],
    ],
    [
      'to members are followed into pipe',
      'struct s v; pipe(v.fd); probe(v.fd[1]); pipe(&v.e[0]); probe(v.e[1]);',
      ['pipe pipefd[1] (pipe)', 'pipe pipefd[1] (pipe)'],
    ],
  ]);

  it('reach a variable through a macro that takes its address', () => {
    assert.deepEqual(probes('int a = 1; SET(a); probe(a);', '#define SET(v) set(&(v))'), ['?']);
  });
});

describe('calls', () => {
  it('that are not known leave locals and change globals', () => {
    assert.deepEqual(probes('int a = 1; shared = 2; g(a); probe(a); probe(shared);', 'int shared;'), [
      '1',
      '?',
    ]);
  });

  it('around which other threads work change numbers in globals', () => {
    const text = 'done = 0; while (!done) pthread_cond_wait(c, m); probe(1);';
    assert.deepEqual(probes(text, 'int done;'), ['1']);
  });

  it('make objects only under their conditions', () => {
    assert.deepEqual(
      probes('probe(fcntl(in, F_DUPFD, 10)); probe(fcntl(in, F_GETFL)); probe(fcntl(in, in));'),
      ['fcntl (duplicate)', 'fcntl', 'fcntl'],
    );
    assert.deepEqual(probes('int cmd = F_DUPFD_CLOEXEC; probe(fcntl(in, cmd, 0));'), ['fcntl (duplicate)']);
  });

  it('of functions of the program are not those of the library', () => {
    assert.deepEqual(probes('probe(open("x", 0));', 'int open(const char *a, int b) { return 1; }'), ['1']);
    assert.deepEqual(probes('int (*open)(char *, int); probe(open("x", 0));'), ['?']);
  });

  it('declared by the program with other parameters are its own', () => {
    assert.deepEqual(probes('probe(open("x", 0));', 'int open(struct door *door);'), ['?']);
    assert.deepEqual(probes('probe(open("x", 0));', 'int open();'), ['open (descriptor)']);
  });

  it('are told in the places where they stand, once each', () => {
    assert.deepEqual(hear('void f(int a) { while (a) { open("x", 0); } close(3); if (a) dup(1); }').calls, [
      'open',
      'close',
    ]);
  });
});

describe('names', () => {
  check([
    [
      'in inner blocks are other variables',
      'int a = open("x", 0); { int a = socket(1, 1, 0); g(a); } probe(a);',
      ['?'],
    ],
    [
      'may be used again in blocks side by side',
      '{ int a = 1; probe(a); } { int a = 2; probe(a); }',
      ['1', '2'],
    ],
    ['of variables hide macros and constants', 'int O_CREAT = in; probe(O_CREAT);', ['?']],
  ]);
});

describe('macros', () => {
  it('are walked, and their events stand where they are used', () => {
    const heard = hear(
      '#define TRY(c) ((c) == -1)\nint f(void) { int fd = open("x", 0); return TRY(fd) || TRY(close(fd)); }',
    );
    assert.deepEqual(heard.calls, ['open', 'close']);
    assert.deepEqual(
      heard.tests.filter((test) => test !== '? truth'),
      ['open (descriptor) == -1', 'close == -1'],
    );
  });

  const cases: [what: string, macros: string, body: string, expected: string[]][] = [
    [
      'that are statements are walked as statements',
      '#define CHECK(x) do { if ((x) == -1) { perror(#x); exit(1); } } while (0)',
      'int fd = open("x", 0); CHECK(fd); probe(fd == -1); CHECK(in); probe(in == -1);',
      ['0', '?'],
    ],
    [
      'that end end the path',
      '#define ERR_EXIT(m) do { perror(m); exit(1); } while (0)',
      'if (in != 3) ERR_EXIT("x"); probe(in);',
      ['3'],
    ],
    [
      'that end as expressions too',
      '#define DIE(m) (perror(m), exit(1))',
      'if (in != 3) DIE("x"); probe(in);',
      ['3'],
    ],
    [
      'that end with as many arguments as one likes',
      '#define DIE(...) do { fprintf(stderr, __VA_ARGS__); exit(1); } while (0)\n#define FATAL(f, args...) DIE(f, ##args)',
      'if (in != 3) DIE("%d", in); probe(in); if (p) FATAL("x", in); probe(p);',
      ['3', '0'],
    ],
    ['that jump jump', '#define FAIL goto out', 'int a = 1; if (in) FAIL; a = 2; out: probe(a);', ['?']],
    [
      'that are blocks with a value have it',
      '#define OPEN(n) ({ int fd_ = open(n, 0); if (fd_ == -1) exit(1); fd_; })',
      'int fd = OPEN("x"); probe(fd); probe(fd == -1);',
      ['open (descriptor)', '0'],
    ],
    [
      'of the C library that repeat a call pass on its result',
      '',
      'int fd = TEMP_FAILURE_RETRY(open("x", 0)); probe(fd);',
      ['open (descriptor)'],
    ],
    [
      'that only give a function another name',
      '#define xopen open',
      'probe(xopen("x", 0));',
      ['open (descriptor)'],
    ],
    [
      'inside macros are walked',
      '#define TRY(c) ((c) == -1)\n#define CHECK(x) do { if (TRY(x)) exit(1); } while (0)',
      'CHECK(in); int fd = open("x", 0); CHECK(fd); probe(fd == -1);',
      ['0'],
    ],
    [
      'that cannot be read make everything unknown',
      '#define ODD(x) if (x) {',
      'int a = 1; ODD(a); probe(a);',
      ['?'],
    ],
    [
      'pasted together make everything unknown',
      '#define SET(x) v_##x = 2',
      'int v_a = 1; SET(a); probe(v_a);',
      ['?'],
    ],
  ];
  for (const [what, macros, body, expected] of cases) {
    it(what, () => assert.deepEqual(probes(body, macros), expected));
  }

  it('that are named like what they call end', () => {
    const heard = hear(
      '#define read(f, b, n) read((f), (b), (n))\n#define A A\nint f(int x) { probe(A); return read(x, 0, A); }',
    );
    assert.deepEqual(heard.calls, ['read']);
  });
});

describe('what cannot be read', () => {
  it('makes everything unknown, and the walk goes on', () => {
    assert.deepEqual(probes('int a = 1; @@ ; probe(a); a = 2; probe(a);'), ['?', '2']);
  });
});

describe('functions that never return', () => {
  const text = `
    void usage_and_exit(void) { puts("usage"); exit(2); }
    void either(int a) { if (a) exit(1); else abort(); }
    void sometimes(int a) { if (a) exit(1); }
    void wrapper(int a) { either(a); }
    void forever(void) { for (;;) pause(); }
    void forever_too(void) { while (1) { if (x) continue; } }
    void not_forever(void) { while (1) { if (x) break; } }
    void recursive(int a) { recursive(a - 1); }
    void ping(void) { pong(); }
    void pong(void) { ping(); }
    void by_goto(void) { again: pause(); goto again; }
    void die(const char *s) { puts(s); }
    void declared(void) __attribute__((noreturn));
    [[noreturn]] void modern(void);
    _Noreturn void old(void);
    void plain(void);
    __attribute__((noreturn)) static void marked(const char *f, ...) { quit(f); }
    [[noreturn]] static void marked_too(const char *f, ...) { quit(f); }
    void by_macro(int a) { BAIL("x"); }
    void by_choice(int a) { a ? exit(1) : abort(); }
    void by_status(int a) { error(EXIT_FAILURE, a, "x"); }
    void by_no_status(int a) { error(0, a, "x"); }
    #define BAIL(m) do { perror(m); exit(1); } while (0)
  `;
  const never = [
    'usage_and_exit',
    'either',
    'wrapper',
    'forever',
    'forever_too',
    'by_goto',
    'declared',
    'modern',
    'old',
    'exit',
    '_exit',
    'fatal',
    'errExit',
    'error_exit',
    'marked',
    'marked_too',
    'by_macro',
    'by_choice',
    'by_status',
  ];
  const always = [
    'by_no_status',
    'sometimes',
    'not_forever',
    'recursive',
    'ping',
    'pong',
    'die',
    'plain',
    'printf',
    'unknown',
  ];
  for (const name of never) it(name, () => assert.equal(neverReturns(text, name), true));
  for (const name of always) it(`${name} is not one`, () => assert.equal(neverReturns(text, name), false));

  it('end the path that calls them', () => {
    assert.deepEqual(
      probes('if (in == -1) wrapper(); probe(1); wrapper(); probe(2);', 'void wrapper(void) { exit(1); }'),
      ['1'],
    );
  });
});
