/** Functions that never come back, by their text, their attributes or their names. */
import assert from 'node:assert/strict';
import { neverReturns, probes, useToolbox } from './support';

before(useToolbox);

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
NO_RETURN void in_front(int a);
extern NORETURN void behind_a_word(const char *f, ...) PRINTF_LIKE(1, 2);
project_noreturn project_public void before_a_word(const char *restrict f, ...) project_printflike(1, 2);
G_NORETURN
void on_a_line_of_its_own(int a);
__dead void as_of_old(int a);
void in_short(const char *f, ...)
    X_ATTR_NORET X_ATTR_PRINTF(1);
X_ATTR_NORET void in_short_in_front(int a);
X_NO_RETRY void tries_once(int a);
void lower_case(int a) project_noreturn;
extern NORETURN for_its_type(int a);
extern NORETURN PRINTF_LIKE(1, 2) for_both(const char *f, ...);
static void __printf_like(1, 2)
behind_a_macro(const char *f, ...) { puts(f); exit(1); }
struct noreturn_list *list(void);
int noreturn_count;
    #define BAIL(m) do { perror(m); exit(1); } while (0)
    #define GIVE_UP(format, ...) (fprintf(stderr, format, ##__VA_ARGS__), exit(1))
    #define OUT wrapper()
    #define NEED(test) do { if (!(test)) exit(1); } while (0)
    #define TO_END(code) do { result = code; goto end; } while (0)
    #define LOOPS(a) LOOPS(a)
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
    'in_front',
    'behind_a_word',
    'before_a_word',
    'on_a_line_of_its_own',
    'as_of_old',
    'in_short',
    'in_short_in_front',
    'lower_case',
    'for_its_type',
    'for_both',
    'behind_a_macro',
    'msg_fatal',
    'cannot_open_and_die',
    'BAIL',
    'GIVE_UP',
    'OUT',
  ];
  const always = [
    'by_no_status',
    'NEED',
    'TO_END',
    'LOOPS',
    'list',
    'is_fatal',
    'sometimes',
    'not_forever',
    'recursive',
    'ping',
    'pong',
    'die',
    'plain',
    'tries_once',
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
