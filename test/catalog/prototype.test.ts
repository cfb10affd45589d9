import assert from 'node:assert/strict';
import { identifiersOf } from './places';
import { canonicalType, parseDeclaration, parsePrototype } from './prototype';
import { faultOf } from './text';

describe('the prototype reader of the catalog tests', () => {
  it('reads names, types and the variadic end', () => {
    assert.deepEqual(parsePrototype('int open(const char *pathname, int flags, ...);'), {
      name: 'open',
      returns: 'int',
      params: [
        { name: 'pathname', type: 'const char *' },
        { name: 'flags', type: 'int' },
      ],
      variadic: true,
    });
    assert.deepEqual(parsePrototype('[[noreturn]] void abort(void);')?.params, []);
    assert.equal(parsePrototype('char *strsignal(int sig);')?.returns, 'char *');
    assert.equal(parsePrototype('not a prototype'), undefined);
  });

  it('reads arrays and pointers to functions', () => {
    assert.deepEqual(parseDeclaration('int pipefd[2]'), { name: 'pipefd', type: 'int [2]' });
    assert.deepEqual(parseDeclaration('void *(*start)(void *arg)'), {
      name: 'start',
      type: 'void * (*)(void *arg)',
    });
    assert.deepEqual(parseDeclaration('struct timespec tv'), { name: 'tv', type: 'struct timespec' });
    assert.deepEqual(parseDeclaration('unsigned long'), { name: '', type: 'unsigned long' });
  });

  it('sees through different ways to write one type', () => {
    const same: [string, string][] = [
      ['int [2]', 'int *'],
      ['char [.size]', 'char *'],
      ['const sigset_t *_Nullable restrict', 'const sigset_t *'],
      ['const union sigval', 'union sigval'],
      ['void * (*)(void *arg)', 'void *(*)(void *)'],
      ['unsigned', 'unsigned int'],
      ['char *const [.n]', 'char *const *'],
    ];
    for (const [a, b] of same) assert.equal(canonicalType(a), canonicalType(b));
    const different: [string, string][] = [
      ['const char *', 'char *'],
      ['int', 'unsigned int'],
      ['void (*)(int)', 'void (*)(void)'],
      ['char **', 'char *'],
    ];
    for (const [a, b] of different) assert.notEqual(canonicalType(a), canonicalType(b));
  });

  it('finds the names in a condition', () => {
    assert.deepEqual(identifiersOf('cmd == F_SETLK && arg->l_type != F_UNLCK'), [
      'cmd',
      'F_SETLK',
      'arg',
      'F_UNLCK',
    ]);
    assert.deepEqual(identifiersOf('act != NULL'), ['act']);
  });

  it('knows bad text', () => {
    const fault = (text: string, kind: 'sentence' | 'phrase' = 'sentence') =>
      faultOf({ where: 'here', text, kind, max: 60 });
    assert.equal(fault('Waits until `fd` is ready.'), undefined);
    assert.equal(fault('0 or flags', 'phrase'), undefined);
    for (const bad of [
      'No full stop',
      'Two  spaces.',
      'A `lone backtick.',
      'TODO.',
      'See **this**.',
      '',
      'Odd , comma.',
      `${'long '.repeat(20)}.`,
    ]) {
      assert.notEqual(fault(bad), undefined, bad);
    }
    assert.notEqual(fault('a phrase.', 'phrase'), undefined);
  });
});
