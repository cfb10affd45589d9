import assert from 'node:assert/strict';
import { decode } from '../../server/workspace/files';
import { Client, ensureBundle, program } from './support';

const uri = 'file:///nowhere/big.c';

/** Bytes that look random and are the same every time. */
function junk(length: number): Uint8Array {
  let state = 42;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}

/** Functions as people write them, until the text has a size; each holds one mistake. */
function generated(bytes: number): { text: string; count: number } {
  const parts = ['#include <arpa/inet.h>\n#include <unistd.h>\n'];
  let count = 0;
  for (let size = 0; size < bytes; count++) {
    const part = `static int step${count}(int fd, struct sockaddr_in *a, char *buffer) {
  int p[2];
  if (pipe(p) == -1)
    return -1;
  for (int i = 0; i < ${count % 7}; i++) {
    ssize_t n = read(fd, buffer, 100);
    if (n < 0 && errno == EINTR)
      continue;
    if (write(p[1], buffer, (size_t)n) != n)
      break;
  }
  a->sin_port = ${8000 + (count % 100)};
  close(p[0]);
  close(p[1]);
  return 0;
}

`;
    parts.push(part);
    size += part.length;
  }
  return { text: parts.join(''), count };
}

describe('big and broken files over the protocol', function () {
  // 5 MB take a quiet machine most of a minute; a busy one has other things to do as well.
  this.timeout(420_000);
  let client: Client;
  before(() => ensureBundle());
  beforeEach(async () => {
    client = await Client.start();
  });
  afterEach(async () => {
    try {
      assert.equal(await client.stop(), 0);
      assert.deepEqual(client.logged, []);
    } finally {
      client.kill();
    }
  });

  it('answers requests while it lints 5 MB, and lints them to the end', async () => {
    const { text, count } = generated(5_000_000);
    const small = 'file:///nowhere/small.c';
    await client.open(small, program());
    await client.diagnosticsOf(small, 1);
    await client.open(uri, text);
    let answered = 0;
    let during = 0;
    const done = client.until(() => client.latest(uri)?.version === 1, 'the big file is linted', 400_000);
    const lint = { running: true };
    void done.finally(() => {
      lint.running = false;
    });
    while (lint.running) {
      assert.ok(await client.hover(small, 2, 6));
      answered++;
      if (lint.running) during++;
      await new Promise((resolve) => setImmediate(resolve));
    }
    await done;
    assert.ok(answered > 5 && during > 5, `${during} answers while it was linting`);
    assert.equal(client.latest(uri)?.diagnostics.length, count);
  });

  it('leaves the lint of a big file when it changes, and says nothing of the old version', async () => {
    const { text, count } = generated(2_000_000);
    await client.open(uri, text);
    assert.ok(await client.hover(uri, 4, 7), 'the file is read');
    assert.equal(client.latest(uri), undefined, 'the file is not linted yet');
    const start = { line: 0, character: 0 };
    await client.change(uri, 2, [{ range: { start, end: start }, text: 'int first;\n' }]);
    const found = await client.diagnosticsOf(uri, 2, 120_000);
    assert.deepEqual(
      client.diagnostics.map(({ version }) => version),
      [2],
    );
    assert.equal(found.length, count);
    assert.equal(found[0]?.range.start.line, 14);
  });

  const bytes = junk(300_000);
  const broken: [name: string, text: string][] = [
    ['binary junk read as Latin-1', decode(bytes)],
    ['binary junk read as UTF-8', new TextDecoder('utf-8').decode(bytes)],
    ['null characters', '\0'.repeat(100_000)],
    ['open parentheses', '('.repeat(20_000)],
    ['open braces', 'void f(void) {'.repeat(3_000)],
    ['open comments', '/*'.repeat(50_000)],
    ['open conditions', '#if A\n'.repeat(5_000)],
    ['nested conditions', `${'#if A\nint a;\n'.repeat(400)}${'#else\nint b;\n#endif\n'.repeat(400)}`],
    ['a quote on every line', '"\n'.repeat(50_000)],
    ['nested ifs', `void f(int a) { ${'if (a) { '.repeat(1000)} ${'} else { g(); }'.repeat(1000)} }`],
    ['a chain of else ifs', `void f(int a) { ${'if (a == 1) g(); else '.repeat(3000)} h(); }`],
    ['a long expression', `int f(int a) { return ${'a + '.repeat(20_000)} a; }`],
    ['nested calls', `int f(int a) { return ${'f('.repeat(2000)}a${')'.repeat(2000)}; }`],
    ['nested initialisers', `int a[] = ${'{'.repeat(3000)}1${'}'.repeat(3000)};`],
    ['one line of a megabyte', `int a[] = { ${'1, '.repeat(330_000)} };`],
    [
      'a macro that names itself',
      '#define A A + A\n#define B C\n#define C B\nint f(void) { return kill(A, B); }\n',
    ],
    [
      'macros that double',
      `${Array.from({ length: 60 }, (_, i) => `#define M${i + 1} M${i} + M${i}\n`).join('')}int f(void) { return kill(0, M60); }`,
    ],
    [
      'a typedef of itself',
      'typedef struct s s; struct s { s a; }; typedef t t; t b; void f(void) { write(1, &b, sizeof(t)); }',
    ],
    ['a huge array', 'char a[1000000000000][1000000000000]; void f(void) { read(0, a, sizeof a); }'],
    ['huge numbers', 'int f(void) { return kill(999999999999999999999999999999, 1 << 9999999); }'],
    [
      'forty branches in a row',
      `int f(int *a) { int r = 0; ${Array.from({ length: 40 }, (_, i) => `if (a[${i}]) r += pipe(a);`).join('\n')} return r; }`,
    ],
    ['backslashes', '\\\n'.repeat(20_000)],
    ['another language', 'def main():\n    """It\'s"""\n    print(f"{x!r}")\n'.repeat(500)],
  ];
  for (const [name, text] of broken) {
    it(`lives through ${name}`, async () => {
      await client.open(uri, text);
      await client.until(() => client.latest(uri)?.version === 1, 'the file is linted', 60_000);
      for (const [line, character] of [
        [0, 5],
        [0, 40],
        [3, 10],
        [50, 1],
      ] as const) {
        await client.hover(uri, line, character);
        await client.complete(uri, line, character);
      }
      await client.change(uri, 2, [
        { range: { start: { line: 0, character: 1 }, end: { line: 0, character: 3 } }, text: ' x' },
      ]);
      await client.until(() => client.latest(uri)?.version === 2, 'the file is linted again', 60_000);
      await client.change(uri, 3, [{ text: program() }]);
      assert.equal((await client.diagnosticsOf(uri, 3)).length, 1);
    });
  }
});
