/**
 * What is known of values on the way through a function. `probe(x)` stands for "what is known of x here", and a probe
 * that is missing from the answer was not reached.
 */
import assert from 'node:assert/strict';
import { type Case, check } from './cases';
import { probes, useToolbox } from './support';

before(useToolbox);

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
    [
      'the numbers of a structure that are not named are 0',
      'struct s { int a, b; char *p; } v = {.a = 1}, w = {0}; probe(v.b); probe(v.p); probe(w.b);',
      ['0', '?', '0'],
    ],
    [
      'and those of one that is filled with zeros',
      'struct s { int a, b; } v, w; v.a = 1; memset(&v, 0, sizeof v); memset(&w, 1, sizeof w); probe(v.a); probe(w.a);',
      ['0', '?'],
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
    [
      'know that what went well stored descriptors',
      'int e[2]; e[1] = -1; if (pipe(e) != 0) return; if (e[1] != -1) probe(1); else probe(2);',
      ['1'],
    ],
    ['know flags that were asked for', 'if (in & 4) { if (in & 4) probe(1); else probe(2); }', ['1']],
    ['know flags that are not set', 'if ((in & 6) == 0) { if (in & 2) probe(1); else probe(2); }', ['2']],
    [
      'do not know which of several flags is set',
      'if (in & 6) { if (in & 2) probe(1); else probe(2); }',
      ['1', '2'],
    ],
    [
      'forget flags of what is set anew',
      'if (in & 4) { in = g(); if (in & 4) probe(1); else probe(2); }',
      ['1', '2'],
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
