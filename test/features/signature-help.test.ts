import assert from 'node:assert/strict';
import { calls } from '../../catalog';
import { signatureHelp, signatureOf } from '../../server/features/signature-help';
import { Bench } from './support';

let bench: Bench;
before(async () => {
  bench = await Bench.create();
});
afterEach(() => bench.close());

/** `name argument`, or undefined. */
function help(marked: string): string | undefined {
  const { document, offset } = bench.at(marked);
  const found = signatureHelp(document, offset);
  return found && `${/(\w+)\s*\(/.exec(found.label)?.[1]} ${found.active}`;
}

describe('signature help', () => {
  it('marks each parameter of every call in its prototype', () => {
    for (const { record } of calls.values()) {
      const { label, parameters, documentation } = signatureOf(record);
      assert.ok(!label.endsWith(';'));
      assert.equal(parameters.length, record.params.length);
      let last = 0;
      for (const [
        i,
        {
          label: [start, end],
          documentation: role,
        },
      ] of parameters.entries()) {
        const { name, variadic } = record.params[i]!;
        const text = label.slice(start, end);
        assert.match(text, variadic ? /^\.\.\.$/ : new RegExp(`\\b${name}\\b`), `${record.name}: ${name}`);
        assert.ok(start >= last || variadic, `${record.name}: ${name} stands in order`);
        last = start;
        assert.ok(role.length > 0);
      }
      assert.ok(documentation.startsWith(record.summary));
      assert.doesNotMatch(documentation, /undefined(?! |\.)|\.\.(?!\.)\s/, record.name);
    }
  });

  const cases: [title: string, code: string, expected: string | undefined][] = [
    ['the first argument', 'read(‸', 'read 0'],
    ['the second argument', 'read(fd, ‸', 'read 1'],
    ['the last argument', 'read(fd, b, sizeof b‸)', 'read 2'],
    ['more arguments than there are', 'pipe(p, 1, 2, ‸', 'pipe 0'],
    ['arguments taken by ...', 'open("a", O_CREAT, ‸', 'open 2'],
    ['more arguments taken by ...', 'printf("%d %d", 1, 2, ‸', 'printf 1'],
    ['a call without parameters', 'getpid(‸)', 'getpid 0'],
    ['the inner of nested calls', 'write(fd, b, getpid(‸', 'getpid 0'],
    ['the outer of nested calls', 'write(fd, get(a, b, c), ‸', 'write 2'],
    ['an inner call of no catalog', 'write(fd, mine(‸', undefined],
    ['behind the closing parenthesis', 'read(fd, b, 1)‸', undefined],
    ['behind the statement', 'read(fd, b, 1); ‸', undefined],
    ['a string with parentheses and commas', 'write(fd, "a), (b, c", ‸', 'write 2'],
    ['a string with quotes', 'write(fd, "a\\"), (b", ‸', 'write 2'],
    ['characters', "write(fd, '(' + ',' + '\\'', ‸", 'write 2'],
    ['inside a string', 'open("a, b‸', 'open 0'],
    ['a comment with parentheses and commas', 'write(fd /* (a, b */, ‸', 'write 1'],
    ['a comment with an apostrophe', "write(fd /* don't, */, ‸", 'write 1'],
    ['a line comment', 'write(fd, // a, (b\n    ‸', 'write 1'],
    ['a comment that holds nothing', 'write(fd, /**/ b, ‸', 'write 2'],
    ['a call in a comment', '// read(fd, ‸', undefined],
    ['a call in a string', 'use("read(fd, ‸', undefined],
    ['parentheses around an argument', 'read(fd, (char *)‸', 'read 1'],
    ['inside parentheses around an argument', 'read(fd, b, (n + ‸', 'read 2'],
    ['inside sizeof', 'read(fd, b, sizeof(‸', 'read 2'],
    ['inside an index', 'read(fd[‸', 'read 0'],
    ['an index with a comma', 'read(fd[a, b], ‸', 'read 1'],
    [
      'behind a compound literal',
      'bind(s, (struct sockaddr *)&(struct sockaddr_un){ .sun_family = 1, .a = { 1, 2 } }, ‸',
      'bind 2',
    ],
    ['inside a compound literal', 'bind(s, &(struct sockaddr_un){ .sun_family = 1, ‸', 'bind 1'],
    ['a condition', 'if (read(fd, ‸', 'read 1'],
    ['a condition that is no call', 'if (fd == ‸', undefined],
    ['the head of a loop', 'for (int i = 0; read(fd, ‸', 'read 1'],
    ['a line below', 'mmap(NULL,\n       4096,\n       ‸', 'mmap 2'],
    ['white space before the parenthesis', 'read (fd, ‸', 'read 1'],
    ['a half-typed call before another statement', 'read(fd, ‸\n  close(fd);', 'read 1'],
    ['a half-typed call above', 'read(fd,\n}\nvoid g(void) {\n  close(‸', 'close 0'],
    ['a call of a member', 'ops->read(‸', undefined],
  ];
  for (const [title, code, expected] of cases) {
    it(`knows ${title}`, () => assert.equal(help(`void f(int fd, char *b) {\n  ${code}\n}\n`), expected));
  }

  it('keeps silent on a function, a variable and a macro of the program', () => {
    assert.equal(help('int send(int a) { return a; }\nvoid f(void) { send(‸'), undefined);
    assert.equal(help('#define send(a) a\nvoid f(void) { send(‸'), undefined);
    assert.equal(help('void f(int (*send)(int)) { send(‸); }'), undefined);
  });

  it('reads on from a place inside a long comment or string', () => {
    for (const [open, close] of [
      ["/* don't (", '*/'],
      ['"', '"'],
    ] as const) {
      const filler = 'a(b, '.repeat(1500);
      const code = `void f(int fd) { use(${open === '"' ? '' : '0'}${open}${filler}${close}); read(fd, ‸`;
      assert.equal(help(code), 'read 1', open);
    }
  });

  it('answers at every place of a program, finished or not', () => {
    const text =
      'void f(int fd) {\n  if (read(fd, "a(\\"", sizeof(int)) == -1 && (kill(1, 2), 3)) { /* ( */ return; }\n}';
    for (let end = 0; end <= text.length; end++) {
      const document = bench.open(text.slice(0, end));
      for (let offset = 0; offset <= end; offset += 3) signatureHelp(document, offset);
      bench.close();
    }
  });
});
