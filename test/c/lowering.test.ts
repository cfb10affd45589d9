/** What is understood of statements, expressions and items. */

import assert from 'node:assert/strict';
import type { Declaration, Item } from '../../server/c/ast';
import { masked } from '../../server/c/masking';
import { expression, functionOf, itemOf, itemsOf, show, showType, statements, useParser } from './support';

before(useParser);

describe('expressions', () => {
  const cases: Record<string, string> = {
    'a + b * c': '(a + (b * c))',
    '(a + b) * c': '((a + b) * c)',
    'a && b || !c': '((a && b) || (!c))',
    'fd = open("a", 0) < 0': '(fd = (open("a", 0) < 0))',
    '(fd = open("a", 0)) < 0': '((fd = open("a", 0)) < 0)',
    '-1': '-1',
    '- 1': '(-1)',
    'a -1': '(a - 1)',
    'a - -1': '(a - -1)',
    '*p++': '(*(p++))',
    '++*p': '(++(*p))',
    '*(p + 2 * i + 1)': 'p[((2 * i) + 1)]',
    '*(a->ends + 1)': 'a->ends[1]',
    '*(f(x) + 1)': '(*(f(x) + 1))',
    '*(p - 1)': '(*(p - 1))',
    '&a[1].b->c': '(&a[1].b->c)',
    'a ? b : c ? d : e': '(a ? b : (c ? d : e))',
    'a ?: b': '(a ?  : b)',
    'x == (pid_t) -1': '(x == (i32)(-1))',
    '(uid_t)-1 == x': '(x == (u32)(-1))',
    '(size_t) *p * n': '((u64)(*p) * n)',
    '(u64)&x': '(u64)(&x)',
    '(rest) - 1': '(rest - 1)',
    '(pointer) &x': '(pointer)(&x)',
    '(flags)&mask': '(flags & mask)',
    '(flags) & mask': '(flags & mask)',
    '(char *) p': '(pointer to i8)p',
    '(struct s){.a = 1, .b[2] = 3, 4}': '(struct s){.a 1, .b [2] 3, 4}',
    'sizeof(int)': 'sizeof(i32)',
    'sizeof x': 'sizeof(x)',
    'sizeof(struct s *)': 'sizeof(pointer to struct s)',
    NULL: 'NULL',
    'true + false': '(1 + 0)',
    "'a'": "'97'",
    '"a\\n" "b"': '"a\\nb"',
    'f(g(), (h))': 'f(g(), h)',
    'p->f(1)': 'p->f(1)',
    '({ x; })': '({{ x; }})',
    '__builtin_expect(fd < 0, 0) && a': '((fd < 0) && a)',
    '__builtin_expect_with_probability(!!(fd), 1, 0.9)': '(!(!fd))',
    'a /* no + */ + /* really */ b': '(a + b)',
    '-1 == fd': '(fd == -1)',
    'NULL != p': '(p != NULL)',
    '0 > n': '(n < 0)',
    'EINTR == EAGAIN': '(EINTR == EAGAIN)',
    '!!(a < b)': '(a < b)',
    '!!p': '(!(!p))',
  };
  for (const [text, shown] of Object.entries(cases)) {
    it(`${text} is ${shown}`, () => assert.equal(show(expression(text)), shown));
  }

  it('keeps the pieces of a text that is joined with macros', () => {
    assert.equal(show(expression('"%" PRIu64 "!"')), '("%" PRIu64 "!")');
  });

  it('reads va_arg, whatever words the type has', () => {
    assert.equal(show(expression('va_arg(ap, unsigned int)')), 'va_arg(ap)');
    assert.equal(show(expression('va_arg(args->list, struct s *) + 1')), '(va_arg(args->list) + 1)');
    assert.equal(show(expression('va_arg(ap, mode_t)')), 'va_arg(ap)');
  });

  it('takes offsetof for a number that is not known', () => {
    assert.equal(show(expression('offsetof(struct s, a)')), 'offsetof()');
  });

  it('counts positions from the item, parentheses left out', () => {
    const { start, end } = expression('((a))');
    assert.deepEqual([start, end], ['long x = (('.length, 'long x = ((a'.length]);
  });
});

describe('statements', () => {
  const cases: Record<string, string> = {
    'if (a) b(); else if (c) d(); else e();': 'if a b(); else if c d(); else e();',
    'while (n--) ;': 'while (n--) empty;',
    'do x(); while (y);': 'do x(); while y;',
    'for (int i = 0; i < 3; i++) f(i);': 'for [declare i: i32 = 0; (i < 3); (i++)] f(i);',
    'for (;;) { break; continue; }': 'for [ ; ] { break; continue; }',
    'for (a = 1, b = 2; a; a--, b--) ;': 'for [((a = 1), (b = 2)); a; ((a--), (b--))] empty;',
    'switch (x) { case 1: a(); break; case B: default: c(); }':
      'switch x { case 1: a(); break; case B: default: c(); }',
    'out: close(fd); goto out;': 'out: close(fd); goto out;',
    'goto *target;': 'goto *;',
    'return;': 'return;',
    'return (a);': 'return a;',
    'int a = 1, *b, c[2] = {0};': 'declare a: i32 = 1, b: pointer to i32, c: array[2] of i32 = {0};',
    'struct s { int a; } v;': 'declare v: struct s{a: i32};',
    '__attribute__((fallthrough));': 'empty; empty;',
    '[[fallthrough]];': 'empty;',
    'LIST_FOREACH(v, &head, next)\n  if (v->busy) break;\ndone();':
      'while LIST_FOREACH(v, (&head), next) if v->busy break; done();',
    'list_for_each(p, head) { f(p); } g();': 'while list_for_each(p, head) { f(p); } g();',
    'list_for_each(p, f); g();': 'list_for_each(p, f); g();',
    'HASH_ITER(hh, table, p, next) { if (p->x) break; } g();':
      'while HASH_ITER(hh, table, p, next) { if p->x break; } g();',
  };
  for (const [text, shown] of Object.entries(cases)) {
    it(text, () => assert.equal(statements(text).join(' '), shown));
  }

  it('keeps what it cannot read as unknown, and what follows', () => {
    const shown = statements('a();\nint 3 = @@ ;\nb();');
    assert.equal(shown[0], 'a();');
    assert.equal(shown.at(-1), 'b();');
    assert.ok(shown.length > 2);
  });
});

describe('a flag that is asked for once, at once', () => {
  const cases: Record<string, string> = {
    'int failed = fd == -1; if (failed) return;': 'if (fd == -1) return;',
    'int ok = fd >= 0; if (!ok) return;': 'if (!(fd >= 0)) return;',
    'int failed; failed = a || b; if (failed) f();': 'declare failed: i32; if (a || b) f();',
  };
  for (const [text, shown] of Object.entries(cases)) {
    it(`${text} is ${shown}`, () => assert.equal(statements(text).join(' '), shown));
  }

  const others = [
    'int failed = fd == -1; if (failed) return; f(failed);',
    'int failed = f(); if (failed) return;',
    'int failed = fd == -1; f(); if (failed) return;',
    'failed = fd == -1; if (failed) return;',
    'static int failed = fd == -1; if (failed) return;',
  ];
  for (const text of others) {
    it(`stays elsewhere: ${text}`, () =>
      assert.match(statements(text).join(' '), /failed(?:: i32)? = .*if failed return;/));
  }

  it('stands where it was set', () => {
    const { body } = functionOf('void f(void) {\n  int failed = fd == -1;\n  if (failed)\n    return;\n}');
    const [only] = body.kind === 'block' ? body.body : [];
    assert.equal(only?.start, 'void f(void) {\n  '.length);
  });
});

describe('conditional compilation', () => {
  const taken = (directives: string) => statements(directives).join(' ');

  it('takes the branch of Linux', () => {
    assert.equal(taken('#ifdef __linux__\na();\n#else\nb();\n#endif'), '{ a(); }');
    assert.equal(taken('#ifndef __linux__\na();\n#else\nb();\n#endif'), '{ b(); }');
    assert.equal(
      taken('#ifdef _WIN32\na();\n#elif defined(__APPLE__)\nb();\n#else\nc();\n#endif'),
      '{ c(); }',
    );
    assert.equal(taken('#if defined(__linux__) && !defined(_WIN32)\na();\n#else\nb();\n#endif'), '{ a(); }');
    assert.equal(taken('#if defined(__sun) || 0\na();\n#endif'), '{  }');
    assert.equal(taken('#if 0\na();\n#else\nb();\n#endif'), '{ b(); }');
    assert.equal(taken('#if 1\na();\n#else\nb();\n#endif'), '{ a(); }');
  });

  it('keeps all branches where it cannot tell', () => {
    assert.equal(taken('#ifdef DEBUG\na();\n#else\nb();\n#endif'), 'either { a(); } or { b(); }');
    assert.equal(taken('#if VERSION > 3\na();\n#endif'), 'either { a(); } or {  }');
    assert.equal(
      taken('#if VERSION > 3\na();\n#elif defined(__linux__)\nb();\n#else\nc();\n#endif'),
      'either { a(); } or { b(); }',
    );
  });

  it('decides among functions too', () => {
    const names = (text: string) =>
      itemsOf(text).map(({ item }) => (item.kind === 'function' ? item.name : item.kind));
    assert.deepEqual(names('#ifdef _WIN32\nvoid a(void) {}\n#else\nvoid b(void) {}\n#endif'), ['b']);
    assert.deepEqual(names('#if X\nvoid a(void) {}\n#else\nvoid b(void) {}\n#endif'), ['a', 'b']);
    assert.deepEqual(names('#ifndef GUARD_H\n#define GUARD_H\nvoid a(void) {}\n#endif'), ['macro', 'a']);
  });
});

function outline(item: Item): string {
  switch (item.kind) {
    case 'include':
      return `${item.local ? 'own' : 'system'} ${item.path}`;
    case 'macro':
      return `${item.undef ? 'no ' : ''}${item.name}${item.params ? `(${item.params})` : ''} ${item.body}`.trim();
    case 'declaration':
      return `${item.declaration.storage} ${item.declaration.declarators[0]?.name}`;
    case 'function':
      return `${item.name}: ${showType(item.type)}`;
  }
}

describe('items', () => {
  it('are functions, declarations, macros and includes in their order', () => {
    const text = [
      '#include <stdio.h>',
      '#include "own.h"',
      '#define N 3 // three',
      '#define MAX(a, b) \\',
      '  ((a) > (b) ? (a) : (b)) /* the larger */',
      '#define LOG(...) log(__VA_ARGS__)',
      '#undef N',
      'static int x = N;',
      'int f(void) { return x; }',
    ].join('\n');
    const shown = itemsOf(text).map(({ item }) => outline(item));
    assert.deepEqual(shown, [
      'system stdio.h',
      'own own.h',
      'N 3',
      'MAX(a,b) ((a) > (b) ? (a) : (b))',
      'LOG(...) log(__VA_ARGS__)',
      'no N',
      'static x',
      'f: function() giving i32',
    ]);
  });

  it('may have macros behind the parameters, and what these say of the return stays', () => {
    const plain = itemOf('void stop(const char *why, ...);', 'declaration').declaration.declarators[0];
    const item = itemOf('void stop(const char *why, ...) NORETURN PRINTF_LIKE(1, 2);', 'declaration');
    const [declarator] = item.declaration.declarators;
    assert.ok(plain && declarator);
    assert.equal(declarator.name, 'stop');
    assert.equal(showType(declarator.type), showType(plain.type));
    assert.deepEqual(item.attributes, ['NORETURN']);
    const gnu = itemOf('void\nstop(const char *why, ...)\n\tNORETURN PRINTF_LIKE(1, 2);', 'declaration');
    assert.equal(gnu.declaration.declarators[0]?.name, 'stop');
    assert.deepEqual(gnu.attributes, ['NORETURN']);
    assert.equal(
      outline(itemOf('static int f(int a) COLD\n{ if (a) RETURN; }', 'function')),
      'f: function(a: i32) giving i32',
    );
  });

  it('may have macros beside a variable that nobody asks for', () => {
    for (const one of [
      'int sig UNUSED',
      'int sig __maybe_unused',
      'UNUSED int sig',
      'int ATTR_UNUSED sig',
      'int sig _U_',
    ])
      assert.equal(
        outline(itemOf(`static void stop(${one}) { }`, 'function')),
        'stop: function(sig: i32) giving void',
        one,
      );
    for (const name of ['unused', 'unused_count'])
      assert.equal(
        outline(itemOf(`void stop(int a, unsigned int ${name}) { }`, 'function')),
        `stop: function(a: i32, ${name}: u32) giving void`,
      );
    const [local] = itemOf('int result UNUSED;', 'declaration').declaration.declarators;
    assert.equal(local?.name, 'result');
  });

  it('may have an operator between the arguments of a macro', () => {
    const text = 'int f(void *p) { VERIFY3P(p, !=, NULL); return 0; }';
    assert.ok(masked(text).includes('VERIFY3P(p  !=  NULL)'));
    assert.equal(masked(text).length, text.length);
  });

  it('leave slashes inside quotes alone', () => {
    assert.equal(itemOf('#define URL "http://x" // where', 'macro').body, '"http://x"');
    assert.equal(itemOf("#define SLASH '/' /* c */", 'macro').body, "'/'");
  });

  it('know all of a macro, whatever stands between its words', () => {
    const body = (text: string) => itemOf(text, 'macro').body;
    assert.equal(body('#define MODE IPC_CREAT /* new */ | 0600 // owner'), 'IPC_CREAT   | 0600');
    assert.equal(body('#define TWO 1 + /* and\n again */ 1\nint x;'), '1 +   1');
    assert.equal(body('#define TWO 1 \\\r\n + 1\r\nint x;'), '1   + 1');
    assert.equal(body('#define EMPTY\nint x;'), '');
    assert.equal(body('# define F(a, ...) g(a, ## __VA_ARGS__)'), 'g(a, ## __VA_ARGS__)');
    assert.deepEqual(itemOf('#define F() 1', 'macro').params, []);
    assert.equal(itemOf('#define F (1)', 'macro').params, undefined);
  });

  it('end with their line where they stand for nothing, whatever blanks are behind', () => {
    for (const end of [' ', '   ', '\t', ' /* nothing */', ' // nothing']) {
      for (const name of ['NONE', 'NONE(x)']) {
        const text = `#ifndef GUARD_H\n#if A\n#define ${name}${end}\n#endif\nint x;\n#endif\n`;
        assert.deepEqual(
          itemsOf(text).map(({ item }) => outline(item)),
          [name, ' x'],
          text,
        );
      }
    }
  });

  it('carry attributes and storage', () => {
    const noreturn = (text: string) => {
      const item = itemOf(text, 'declaration');
      return item.attributes.some((attribute) => /noreturn/i.test(attribute));
    };
    assert.ok(noreturn('void die(const char *why) __attribute__((noreturn));'));
    assert.ok(noreturn('__attribute__((noreturn, cold)) void die(void);'));
    assert.ok(noreturn('_Noreturn void die(void);'));
    assert.ok(noreturn('[[noreturn]] void die(void);'));
    assert.ok(!noreturn('void live(void);'));
    assert.deepEqual(functionOf('static inline int f(void) { return 0; }').storage, ['static', 'inline']);
  });

  it('are read in old style definitions', () => {
    const { type } = functionOf('int main(argc, argv) int argc; char **argv; { return argc; }');
    assert.equal(showType(type), 'function(argc: i32, argv: pointer to pointer to i8) giving i32');
  });

  it('are found inside extern "C"', () => {
    assert.deepEqual(itemsOf('extern "C" { int f(void) { return 1; } }').length, 1);
  });

  it('are found in headers that C++ may include too', () => {
    const open = ['#ifdef __cplusplus', '#if defined(__cplusplus) /* C++ */', '# if defined __cplusplus'];
    for (const condition of open) {
      const header = `#ifndef POOL_H\n#define POOL_H\n${condition}\nextern "C"\n{\n#endif // C++\nenum { full = -3 };\nint add(void);\n${condition}\n} // extern "C"\n\n#endif\n#endif\n`;
      assert.deepEqual(
        itemsOf(header).map(({ item }) => item.kind),
        ['macro', 'declaration', 'declaration'],
        condition,
      );
    }
  });

  it('are not found where only C++ compiles them', () => {
    const header = '#ifdef __cplusplus\nextern "C" int add(void);\nint less;\n#endif\nint more;\n';
    assert.deepEqual(itemsOf(header).length, 1);
  });

  it('know the variables of all declarators', () => {
    const declaration: Declaration = itemOf('extern int a, *b, c[3];', 'declaration').declaration;
    assert.deepEqual(
      declaration.declarators.map(({ name, type }) => `${name}: ${showType(type)}`),
      ['a: i32', 'b: pointer to i32', 'c: array[3] of i32'],
    );
  });

  it('are marked when some part could not be read', () => {
    assert.equal(functionOf('int f(void) { return 1; }').broken, false);
    assert.equal(functionOf('int f(void) { return 1 @ 2; }').broken, true);
  });

  it('go on behind a function that does not end', () => {
    const text = 'int a(void) { if (x) { return 1; }\n\nint b(void) { return 2; }\n';
    assert.ok(itemsOf(text).length > 0);
  });
});
