/** Constants, types of expressions and sizes through macros, enumerations and typedefs. */
import assert from 'node:assert/strict';
import { systemConstant } from '../../server/analysis/context';
import type { CType } from '../../server/c/ast';
import { Evaluator } from '../../server/c/evaluate';
import { Fragments } from '../../server/c/fragments';
import type { CParser } from '../../server/c/parser';
import { Symbols } from '../../server/c/symbols';
import { itemsOf, showType, useParser } from './support';

let parser: CParser;
before(async () => {
  parser = await useParser();
});

/** An evaluator with the declarations of a text, and the expression that `x` is set to at its end. */
function asked(declarations: string, text: string) {
  const items = itemsOf(`${declarations}\nlong x = ${text};`);
  const last = items.at(-1)?.item;
  const expr = last?.kind === 'declaration' ? last.declaration.declarators[0]?.init : undefined;
  if (!expr) throw new Error(`no expression: ${text}`);
  const evaluator = new Evaluator(Symbols.of(items.slice(0, -1)), new Fragments(parser), systemConstant);
  return { evaluator, expr };
}

function value(text: string, declarations = ''): bigint | undefined {
  const { evaluator, expr } = asked(declarations, text);
  return evaluator.constant(expr);
}

function type(text: string, declarations = ''): string | undefined {
  const { evaluator, expr } = asked(declarations, text);
  const found: CType | undefined = evaluator.typeOf(expr);
  return found && showType(found);
}

describe('constants of headers', () => {
  const behind = (header: string, own: string, text: string) => {
    const items = itemsOf(`${own}\nlong x = ${text};`);
    const last = items.at(-1)?.item;
    const expr = last?.kind === 'declaration' ? last.declaration.declarators[0]?.init : undefined;
    const symbols = Symbols.of(items.slice(0, -1));
    symbols.include(Symbols.of(itemsOf(header)));
    return expr && new Evaluator(symbols, new Fragments(parser), systemConstant).constant(expr);
  };

  it('are what the header says', () =>
    assert.equal(behind('static const int most = 4 + 4;', '', 'most - 1'), 7n));
  it('may change where they are variables', () =>
    assert.equal(behind('static int most = 8;', '', 'most'), undefined));
  it('stand behind those of the file', () =>
    assert.equal(behind('static const int most = 8;', 'static const int most = 3;', 'most'), 3n));
  it('are not known where the file declares a variable of that name', () =>
    assert.equal(behind('static const int most = 8;', 'int most;', 'most'), undefined));
});

describe('constants', () => {
  const cases: Record<string, bigint | undefined> = {
    '1 + 2 * 3': 7n,
    '-1': -1n,
    '~0 & 0xff': 255n,
    '7 / 2': 3n,
    '-7 / 2': -3n,
    '-7 % 3': -1n,
    '1 / 0': undefined,
    '1 % 0': undefined,
    '1 << 4 | 1': 17n,
    '1 << 64': 1n << 64n,
    '1 << 1000000000': undefined,
    '1 << -1': undefined,
    '3 > 2 && !0': 1n,
    '0 && unknown': 0n,
    '1 || unknown': 1n,
    'unknown && 0': 0n,
    'unknown && 1': undefined,
    '1 ? 2 : unknown': 2n,
    '0 ? unknown : 3': 3n,
    '4 ?: 5': 4n,
    "'a' + 1": 98n,
    '(char) 300': 44n,
    '(unsigned char) -1': 255n,
    '(unsigned) -1': 0xffffffffn,
    '(long) -1': -1n,
    'sizeof(long) * 8': 64n,
    'sizeof("four")': 5n,
    'sizeof(pid_t)': 4n,
    'sizeof(eventfd_t)': 8n,
    'O_CREAT | O_EXCL': 0o300n,
    'IPC_CREAT | 0600': 0o1600n,
    NULL: 0n,
    unknown: undefined,
    'unknown + 1': undefined,
    'f(1)': undefined,
    '"text"': undefined,
    '-1 == 0xffffffff': undefined,
    '-1 < 3': 1n,
    '-1 < sizeof(int)': undefined,
  };
  for (const [text, expected] of Object.entries(cases)) {
    it(`${text} is ${expected}`, () => assert.equal(value(text), expected));
  }

  it('go through macros with and without arguments', () => {
    const macros =
      '#define N 4\n#define TWICE(x) ((x) * 2)\n#define SUM(a, b) (a + b)\n#define M TWICE(N)\n#define EMPTY';
    assert.equal(value('M', macros), 8n);
    assert.equal(value('SUM(TWICE(3), N)', macros), 10n);
    assert.equal(value('TWICE(1 + 1)', macros), 4n);
    assert.equal(value('TWICE()', macros), undefined);
    assert.equal(value('SUM(1)', macros), undefined);
    assert.equal(value('EMPTY', macros), undefined);
  });

  it('go through enumerations', () => {
    const enums = 'enum { A, B, C = 10, D, E = C * 2, F }; typedef enum { G = F + 1 } g;';
    assert.deepEqual(
      ['A', 'B', 'C', 'D', 'E', 'F', 'G'].map((name) => value(name, enums)),
      [0n, 1n, 10n, 11n, 20n, 21n, 22n],
    );
  });

  it('follow what the file says rather than the system', () => {
    assert.equal(value('O_CREAT', '#define O_CREAT 7'), 7n);
    assert.equal(value('O_CREAT', '#define O_CREAT O_CREAT'), systemConstant('O_CREAT'));
    assert.equal(value('N', '#define N 1\n#undef N'), undefined);
    assert.equal(value('N', '#define N 1\n#define N 2'), 2n);
  });

  it('take sizes from arrays and structures', () => {
    const types =
      '#define N 3\nstruct s { long type; char text[N + 1]; };\nstruct s list[N];\nint grid[2][5];';
    assert.equal(value('sizeof(struct s)', types), 16n);
    assert.equal(value('sizeof list / sizeof list[0]', types), 3n);
    assert.equal(value('sizeof(list->text)', types), 4n);
    assert.equal(value('sizeof(grid[0])', types), 20n);
    assert.equal(value('sizeof(*grid)', types), 20n);
    assert.equal(value('sizeof(&grid)', types), 8n);
    assert.equal(value('sizeof(struct s) - sizeof(long)', types), 8n);
  });
});

describe('types of expressions', () => {
  const declarations = `
    struct node { struct node *next; union { int number; char *name; }; int list[4]; } root, *top;
    typedef struct node *link;
    link chain(int);
    static char buffer[16];
    #define FIRST(l) ((l)->next)
  `;
  const cases: Record<string, string | undefined> = {
    'root.number': 'i32',
    'top->next->name': 'pointer to i8',
    'top->list[1]': 'i32',
    '*top->next': 'struct node',
    '&root':
      'pointer to struct node{next: pointer to struct node, _: union {number: i32, name: pointer to i8}, list: array[4] of i32}',
    'chain(1)->number': 'i32',
    'FIRST(top)->list': 'array[4] of i32',
    '(link) 0': 'link',
    buffer: 'array[16] of i8',
    'buffer[0]': 'i8',
    '(top = 0)': undefined,
    nobody: undefined,
    'root.nothing': undefined,
    'nobody->next': undefined,
  };
  for (const [text, shown] of Object.entries(cases)) {
    if (shown === undefined) continue;
    it(`${text} is ${shown}`, () => assert.equal(type(text, declarations), shown));
  }
  it('are unknown where the declaration is not at hand', () => {
    for (const text of ['nobody', 'root.nothing', 'nobody->next', 'f(1)']) {
      assert.equal(type(text, declarations), undefined, text);
    }
  });
});

describe('strings', () => {
  const string = (text: string, declarations = '') => {
    const { evaluator, expr } = asked(declarations, text);
    return evaluator.string(expr);
  };

  it('are found through macros, casts and concatenation', () => {
    assert.equal(string('"a" "b"'), 'ab');
    assert.equal(string('(char *) NAME', '#define NAME "/n"'), '/n');
    assert.equal(string('A', '#define A B\n#define B "b"'), 'b');
    assert.equal(string('A', '#define A B\n#define B A'), undefined);
    assert.equal(string('f("a")'), undefined);
    assert.equal(string('FOLDER "/lock"', '#define FOLDER "/run"'), '/run/lock');
    assert.equal(string('"%" PRIu64'), undefined);
  });
});

describe('hostile declarations end fast', function () {
  this.timeout(5000);

  const doubling = (count: number, line: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => line(i)).join('\n');

  it('macros that double', () => {
    const macros = `#define M0 1\n${doubling(60, (i) => `#define M${i + 1} (M${i} + M${i})`)}`;
    assert.equal(value('M5', macros), 32n);
    assert.equal(value('M60', macros), undefined);
  });

  it('macros with arguments that double', () => {
    const macros = `#define M0(x) x\n${doubling(60, (i) => `#define M${i + 1}(x) (M${i}(x) + M${i}(x))`)}`;
    assert.equal(value('M5(3)', macros), 96n);
    assert.equal(value('M60(1)', macros), undefined);
    assert.equal(
      value('D(D(D(D(D(D(D(D(D(D(D(D(D(D(D(D(1))))))))))))))))', '#define D(x) (x + x)'),
      undefined,
    );
  });

  it('macros and enumerations in circles', () => {
    const circles = '#define A B\n#define B A\n#define F(x) G(x)\n#define G(x) F(x)\nenum { P = Q, Q = P };';
    for (const text of ['A', 'F(1)', 'P', 'Q', 'sizeof(A)'])
      assert.equal(value(text, circles), undefined, text);
  });

  it('types in circles and types that double', () => {
    assert.equal(value('sizeof(struct a)', 'struct a { struct a x, y; };'), undefined);
    assert.equal(value('sizeof(t)', 'typedef u t; typedef t u;'), undefined);
    assert.equal(value('sizeof(int[sizeof(struct s)])', 'struct s { int a[sizeof(struct s)]; };'), undefined);
    const structs = `struct s0 { int x; };\n${doubling(60, (i) => `struct s${i + 1} { struct s${i} a, b; };`)}`;
    assert.equal(value('sizeof(struct s3)', structs), 32n);
    assert.equal(value('sizeof(struct s60)', structs), undefined);
  });
});
