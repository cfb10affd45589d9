/** Calls, the names they are made by, and macros. */
import assert from 'node:assert/strict';
import { check } from './cases';
import { hear, probes, useToolbox } from './support';

before(useToolbox);

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
    ['pasted together make a name', '#define SET(x) v_##x = 2', 'int v_a = 1; SET(a); probe(v_a);', ['2']],
    [
      'pasted to something that is no word make everything unknown',
      '#define SET(x) v_##x = 2',
      'int v_a = 1; SET((a + 1)); probe(v_a);',
      ['?'],
    ],
    [
      'that stand for nothing do nothing',
      '#define TRACE(x)',
      'int a = 1; TRACE(("at %d", a++)); probe(a);',
      ['1'],
    ],
    [
      'that stand for nothing in some builds do what can be read of them in others',
      '#ifdef DEBUG\n#define SET(v) v = 2\n#define PRINT(x) { printf x; }\n#else\n#define SET(v)\n#define PRINT(x)\n#endif',
      'int a = 1; PRINT(("%d", a)); probe(a); SET(a); probe(a);',
      ['1', '2'],
    ],
    [
      'that compare with the character of a semicolon are expressions',
      "#define END(c) ((c) == ';' || (c) == '{')",
      'int a = 1; if (END(in)) probe(a);',
      ['1'],
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
