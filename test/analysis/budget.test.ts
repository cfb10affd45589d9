/**
 * Hostile and enormous C: whatever is fed in, the walk ends, soon, and nothing overflows. The bounds are multiples of
 * what a thousand plain functions cost in the same run, so that they mean the same on any machine, and generous, to hold
 * on a busy one; what they catch is a cost that grows without end.
 */
import assert from 'node:assert/strict';
import { type Bench, loadBench } from '../rules/support/linting';

let bench: Bench;
before(async () => {
  bench = await loadBench();
  assert.ok(bench.toolbox.system);
});

const times = (count: number, text: string) => text.repeat(count);
const lines = (count: number, line: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => line(i)).join('\n');

const nested: Record<string, string> = {
  parentheses: `int f(int x) { return ${times(5000, '(')}x${times(5000, ')')}; }`,
  blocks: `void f(void) { ${times(5000, '{')} g(); ${times(5000, '}')} }`,
  'else ifs': `void f(int x) { ${lines(5000, (i) => `if (x == ${i}) g(${i}); else`)} ; }`,
  ifs: `void f(int x) { ${times(5000, 'if (x) {')} g(); ${times(5000, '}')} }`,
  loops: `void f(int x) { ${times(5000, 'while (x) ')} g(); }`,
  switches: `void f(int x) { ${times(5000, 'switch (x) { case 1: ')} g(); ${times(5000, '}')} }`,
  'exclamation marks': `int f(int x) { return ${times(5000, '!')}x; }`,
  sums: `int f(int x) { return ${times(20_000, 'x + ')}x; }`,
  '&& chains': `int f(int x) { if (${times(5000, 'x && ')}x) return 1; return 0; }`,
  '|| chains': `int f(int x) { return ${times(5000, 'x == 3 || ')}x; }`,
  commas: `int f(int x) { return ${times(10_000, 'x++, ')}x; }`,
  '?: chains': `int f(int x) { return ${times(5000, 'x ? 1 : ')}x; }`,
  calls: `int f(int x) { return ${times(5000, 'g(')}x${times(5000, ')')}; }`,
  assignments: `void f(int x) { ${times(5000, 'x = ')}0; }`,
  casts: `long f(long x) { return ${times(5000, '(int)')}x; }`,
  members: `int f(struct s *x) { return x${times(5000, '->n')}; }`,
  pointers: `int ${times(5000, '*')}f(int ${times(5000, '*')}x) { return 0; }`,
  arrays: `int x${times(5000, '[2]')};`,
  structures: `${times(3000, 'struct { ')} int a; ${times(3000, '} a;')}`,
  initialisers: `void f(void) { int x[] = ${times(5000, '{')}1${times(5000, '}')}; }`,
  'statement expressions': `int f(int x) { return ${times(2000, '({ ')}x;${times(2000, '})')}; }`,
  '#ifs': `${times(3000, '#if A\n')}int x;\n${times(3000, '#endif\n')}`,
  '#elifs': `#if A\nint x;\n${times(3000, '#elif B\nint y;\n')}#endif\n`,
  '#ifs in a function': `void f(void) {\n${times(3000, '#if A\n')}g();\n${times(3000, '#endif\n')}}`,
  labels: `void f(void) { ${times(5000, 'a: ')} ; }`,
  'functions that do not end': times(3000, 'void f(void) {\n'),
  'parentheses that do not end': times(20_000, '('),
};

const long: Record<string, string> = {
  'a function of 20,000 lines': `void f(int x) {\n${lines(20_000, (i) => `  int v${i} = open("a", x);`)}\n}`,
  'a function of 20,000 branches': `void f(int x) {\n${lines(20_000, (i) => `  if (x == ${i}) y${i % 500} = ${i};`)}\n}`,
  'a switch of 20,000 cases': `void f(int x) { switch (x) {\n${lines(20_000, (i) => `case ${i}: g(${i}); break;`)}\n} }`,
  '3,000 gotos criss-cross': `void f(int x) {\n int ${lines(300, (i) => `v${i},`)} y;\n${lines(3000, (i) => `  l${i}: v${i % 300} = ${i}; if (x == ${i}) goto l${(i * 7919) % 3000};`)}\n}`,
  '400 loops in each other, in pairs': `void f(int x) { ${times(200, 'while (x) { x = 1; ')}${times(200, '} x = 2; ')} }`,
  '6,000 functions that call each other in a row': `void f6000(void) { exit(1); }\n${lines(6000, (i) => `void f${i}(void) { f${i + 1}(); }`)}`,
  '3,000 names twice': `void f(void) { ${lines(3000, (i) => `int a${i} = ${i}; { int a${i} = 2; }`)} }`,
  'a string of a million characters': `char *s = "${times(1_000_000, 'a')}";`,
};

const macros: Record<string, string> = {
  'that double': `${lines(40, (i) => `#define M${i + 1} (M${i} + M${i})`)}\n#define M0 1\nint f(void) { return open("a", M40); }`,
  'with arguments that double': `${lines(40, (i) => `#define M${i + 1}(x) (M${i}(x) + M${i}(x))`)}\n#define M0(x) read(x, 0, 0)\nint f(int a) { return M40(a); }`,
  'used inside themselves 200 times': `#define D(x) ((x) + (x))\nint f(int a) { return open("a", ${times(200, 'D(')}a${times(200, ')')}); }`,
  'in circles':
    '#define P(x) Q(x)\n#define Q(x) P(x)\n#define X Y\n#define Y X\nint f(int a) { if (P(a)) return Q(X); return Y; }',
  'that nest as deep as they can': `#define M0 x\n${lines(100, (i) => `#define M${i + 1} ${times(350, '!')}M${i}`)}\nint f(int x) { return ${times(300, '!')}M100; }`,
};

const junk: Record<string, string> = {
  'binary junk': Array.from({ length: 200_000 }, (_, i) =>
    String.fromCharCode((i * 7919 + ((i * i) % 251)) % 256),
  ).join(''),
  'NUL bytes': 'int f(void) { return open("a\0b", 1); }\0\0\0 int g(void) { \0 }',
  'half surrogates': `int f(void) { return open("${times(1000, '😀')}\ud83d", 0); } // \udc00`,
  nothing: '',
  'blanks only': times(100_000, ' \n\t\r\n'),
};

/** What this process has computed so far, in ms: what else the machine does falls on nobody. */
function computed(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** `count` functions of the kind that most C is made of, with nothing to say about them. */
const plain = (count: number) =>
  lines(
    count,
    (i) => `int function_${i}(int fd, char *buffer) {
  ssize_t n = read(fd, buffer, 100);
  if (n == -1)
    return -1;
  for (int i = 0; i < n; i++)
    buffer[i] ^= 3;
  return write(fd, buffer, n) == n;
}
`,
  );

function cost(text: string): number {
  const start = computed();
  bench.lint(text);
  return computed() - start;
}

/** The unit of the bounds: what a thousand plain functions cost here, when the compiler has warmed to them, in ms. */
let unit = 0;

function endsWithin(units: number, text: string): void {
  const took = cost(text) / unit;
  assert.ok(took < units, `took ${took.toFixed(1)} times a thousand plain functions`);
}

function ends(groups: Record<string, string>, units: number): void {
  for (const [name, text] of Object.entries(groups)) it(name, () => endsWithin(units, text));
}

describe('budgets', function () {
  this.timeout(600_000);

  before(() => {
    cost(plain(1000));
    unit = cost(plain(1000));
  });

  describe('nesting', () => ends(nested, 10));
  describe('length', () => ends(long, 40));
  describe('macros', () => ends(macros, 10));
  describe('junk', () => ends(junk, 10));

  it('5 MB of plain functions', () => {
    const count = 28_000;
    const text = plain(count);
    assert.ok(text.length > 5_000_000);
    assert.deepEqual(bench.lint(plain(10)), []);
    endsWithin((3 * count) / 1000, text);
  });

  it('and what stands behind something hostile is still found', () => {
    const mistake = 'int last(void) { return open("a", O_CREAT); }';
    for (const [name, text] of Object.entries(nested)) {
      if (/do not end|#elifs|#ifs/.test(name)) continue;
      const rules = bench.lint(`${text}\n${mistake}`).map(({ rule }) => rule);
      assert.deepEqual(rules, ['handle/creat-args'], name);
    }
  });

  it('a mistake at the end of a long function is found', () => {
    const branches = lines(500, (i) => `  if (x == ${i}) { y = ${i}; z${i % 50} = x; }`);
    const rules = bench
      .lint(`int f(int x) {\n${branches}\n  return open("a", O_CREAT); }`)
      .map(({ rule }) => rule);
    assert.deepEqual(rules, ['handle/creat-args']);
  });

  it('a helper is still followed where there are too many paths', () => {
    const opened = lines(4, (i) => `  int f${i} = open(name, 0);\n  if (f${i} == -1) puts("none");`);
    const sums = (count: number) => lines(count, (i) => `  x = x * ${i + 2} + ${i};`);
    const told = (count: number) =>
      bench
        .lint(
          `#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
static void shut(int fd) { close(fd); }
int work(int x, const char *name) {
  char c;
  int first = open(name, 0);
  if (first == -1) return -1;
  shut(first);
${opened}
${sums(count)}
  int last = open(name, 0);
  if (last == -1) return -1;
  shut(last);
  return read(last, &c, 1) == 1 ? x : -1;
}`,
        )
        .some(({ rule }) => rule === 'handle/use-after-close');
    assert.deepEqual([10, 300].map(told), [true, true]);
  });
});
