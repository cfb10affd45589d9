/** Types of declarations, and their sizes on x86-64 Linux. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { Evaluator } from '../../server/c/evaluate';
import { Fragments } from '../../server/c/fragments';
import { charLiteral, integerLiteral, resolveEscapes } from '../../server/c/literals';
import type { CParser } from '../../server/c/parser';
import { Symbols } from '../../server/c/symbols';
import { gccVersion } from '../catalog/gcc';
import { itemsOf, typeOf, useParser } from './support';

let parser: CParser;
before(async () => {
  parser = await useParser();
});

describe('types', () => {
  const cases: Record<string, string> = {
    'unsigned long int x;': 'u64',
    'long long unsigned x;': 'u64',
    'short x;': 'i16',
    'unsigned x;': 'u32',
    'char x;': 'i8',
    'unsigned char x;': 'u8',
    '_Bool x;': 'u8',
    'bool x;': 'u8',
    'long double x;': 'f128',
    '__int128 x;': 'i128',
    'const volatile int *const x;': 'pointer to i32',
    'int *x[3];': 'array[3] of pointer to i32',
    'int (*x)[3];': 'pointer to array[3] of i32',
    'int (*x)(int, char *);': 'pointer to function(_: i32, _: pointer to i8) giving i32',
    'void (*x(int a))(int);': 'function(a: i32) giving pointer to function(_: i32) giving void',
    'int x(const char *, ...);': 'function(_: pointer to i8, ...) giving i32',
    'int x(int a[4]);': 'function(a: pointer to i32) giving i32',
    'int x(void);': 'function() giving i32',
    'struct s *x;': 'pointer to struct s',
    'union { int a; char b[4]; } x;': 'union {a: i32, b: array[4] of i8}',
    'enum e { A, B = 4 } x;': 'enum e{A, B}',
    'pid_t x;': 'i32',
    'ssize_t x;': 'i64',
    'own_t x;': 'own_t',
    'struct s { struct { int a; }; int b, *c; } x;':
      'struct s{_: struct {a: i32}, b: i32, c: pointer to i32}',
  };
  for (const [declaration, shown] of Object.entries(cases)) {
    it(`${declaration} ${shown}`, () => assert.equal(typeOf(declaration), shown));
  }
});

const declarations = `
typedef struct { long mtype; char text[64]; } message;
typedef message *message_ptr;
struct mixed { char a; short b; char c; double d; char e; };
struct nested { char a; struct mixed b; union { char c[9]; int d; } u; };
struct tail { int n; long data[]; };
struct outer { struct tail tail; };
union both { char c; long l; };
enum colour { RED, GREEN };
struct self { struct self *next; enum colour c; message m[3]; };
typedef int table[4][5];
struct bits { int a : 3; int b : 4; };
struct __attribute__((packed)) packed { char a; long b; };
struct late { char a; long b; } __attribute__((packed));
struct aligned { char a __attribute__((aligned(16))); char b; };
struct conditional { int a;
#ifdef MAYBE
int b;
#endif
};
struct forward;
`;

describe('sizes', () => {
  const known = [
    'char',
    'short',
    'int',
    'long',
    'long long',
    'float',
    'double',
    'long double',
    'void *',
    'size_t',
    'pid_t',
    'message',
    'message_ptr',
    'struct mixed',
    'struct nested',
    'struct tail',
    'union both',
    'enum colour',
    'struct self',
    'table',
    'int[3]',
    'char *[7]',
    '_Bool',
    'struct { char a; int b; }',
  ];
  const unknown = [
    'struct bits',
    'struct packed',
    'struct late',
    'struct aligned',
    'struct conditional',
    'struct forward',
    'nobody_t',
  ];

  const sizeOf = (type: string) => {
    const items = itemsOf(`${declarations}\nint x = sizeof(${type});`);
    const last = items.at(-1)?.item;
    const init = last?.kind === 'declaration' ? last.declaration.declarators[0]?.init : undefined;
    const evaluator = new Evaluator(Symbols.of(items), new Fragments(parser), () => undefined);
    return init && evaluator.constant(init);
  };

  it('are those of the compiler', function () {
    if (!gccVersion()) {
      console.warn('      SKIPPED: there is no gcc here to compare sizes with.');
      this.skip();
    }
    const values = known.map((type, i) => `static const unsigned long size_${i} = sizeof(${type});`);
    const checks = known.map((type, i) => {
      const size = sizeOf(type);
      assert.notEqual(size, undefined, `sizeof(${type}) is not known`);
      return `_Static_assert(sizeof(${type}) == ${size}, "${type} is not ${size}"); (void)size_${i};`;
    });
    const source = `#include <sys/types.h>\n${declarations}\n${values.join('\n')}\nvoid check(void) { ${checks.join('\n')} }`;
    const { status, stderr } = spawnSync('gcc', ['-std=gnu17', '-fsyntax-only', '-x', 'c', '-'], {
      input: source,
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
  });

  for (const type of unknown) {
    it(`sizeof(${type}) is not claimed`, () => assert.equal(sizeOf(type), undefined));
  }
});

describe('literals', () => {
  const integers: Record<string, bigint | undefined> = {
    '0': 0n,
    '42': 42n,
    '0755': 0o755n,
    '0x1fUL': 31n,
    '0b101': 5n,
    '1ull': 1n,
    '10LU': 10n,
    "1'000": 1000n,
    '-1': -1n,
    '- 0x10': -16n,
    '+7': 7n,
    '1.5': undefined,
    '1e3': undefined,
    '08': undefined,
    '0x': undefined,
    '': undefined,
    '--1': undefined,
  };
  for (const [text, value] of Object.entries(integers)) {
    it(`${text || '(nothing)'} is ${value}`, () => assert.equal(integerLiteral(text), value));
  }

  const characters: Record<string, number | undefined> = {
    "'a'": 97,
    "'\\0'": 0,
    "'\\n'": 10,
    "'\\x41'": 65,
    "'\\xff'": -1,
    "'\\377'": -1,
    "'\\''": 39,
    "'ab'": 0x6162,
    "L'é'": 0xe9,
    "u8'a'": 97,
    "''": undefined,
  };
  for (const [text, value] of Object.entries(characters)) {
    it(`${text} is ${value}`, () => assert.equal(charLiteral(text), value));
  }

  it('strings lose their escapes', () => {
    assert.equal(resolveEscapes('a\\tb\\\\n\\"\\101\\x41\\u00e9\\\nc\\q'), 'a\tb\\n"AAéc' + 'q');
    assert.equal(resolveEscapes('\\Uffffffff'), '\\Uffffffff');
    assert.equal(resolveEscapes('end\\'), 'end\\');
  });
});
