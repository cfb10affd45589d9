import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Diagnostic, TextDocumentContentChangeEvent } from 'vscode-languageserver-protocol/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { rules } from '../../server/rules/registry';
import { decode } from '../../server/workspace/files';
import { Client, ensureBundle, mistake, positionOf, program } from './support';

const uri = 'file:///nowhere/main.c';

describe('documents over the protocol', function () {
  this.timeout(120_000);
  let client: Client;
  before(async () => {
    ensureBundle();
    client = await Client.start();
  });
  after(async () => {
    try {
      assert.equal(await client.stop(), 0);
    } finally {
      client.kill();
    }
  });
  /** What is published on close belongs to no version. */
  const untilWithdrawn = () =>
    client.until(() => {
      const latest = client.latest(uri);
      return latest !== undefined && latest.version === undefined;
    }, 'the diagnostics are withdrawn');

  afterEach(async () => {
    await client.close(uri);
    await untilWithdrawn();
    client.diagnostics.length = 0;
    assert.deepEqual(client.logged, []);
    assert.deepEqual(client.messages, []);
  });

  it('get diagnostics with version, code, source, related places and a range', async () => {
    const text = `#include <sys/wait.h>
#include <unistd.h>
#include <fcntl.h>
int first_byte(char *byte) {
  int fd;
  if ((fd = open("data", O_RDONLY) < 0))
    return -1;
  return (int)read(fd, byte, 1);
}
`;
    await client.open(uri, text, 41);
    const [diagnostic] = await client.diagnosticsOf(uri, 41);
    assert.ok(diagnostic);
    assert.equal(diagnostic.code, 'handle/assignment-in-condition');
    assert.equal(diagnostic.source, 'IPC Lens');
    assert.equal(diagnostic.severity, 1);
    assert.equal(diagnostic.range.start.line, 5);
    assert.doesNotMatch(String(diagnostic.message), /`/);
    for (const { location } of diagnostic.relatedInformation ?? []) assert.equal(location.uri, uri);
    assert.match(diagnostic.codeDescription?.href ?? 'file:///x.md', /^file:\/\/.*\.md$/);
  });

  it("show every rule's example with its code, and the places that tell its story", async () => {
    let version = 0;
    let told = 0;
    await client.open(uri, '', version);
    for (const { meta } of rules.filter(({ meta }) => meta.preset === 'recommended')) {
      await client.change(uri, ++version, [{ text: meta.example.bad }]);
      const found = await client.diagnosticsOf(uri, version);
      assert.ok(
        found.some(({ code }) => code === meta.id),
        meta.id,
      );
      for (const { range, relatedInformation = [] } of found) {
        assert.ok(range.end.line > range.start.line || range.end.character > range.start.character, meta.id);
        for (const { location, message } of relatedInformation) {
          told++;
          assert.equal(location.uri, uri);
          assert.ok(location.range.end.line < meta.example.bad.split('\n').length && message.length > 3);
        }
      }
      await client.change(uri, ++version, [{ text: meta.example.good }]);
      assert.deepEqual(await client.diagnosticsOf(uri, version), [], meta.id);
    }
    assert.ok(told > 0, 'some finding tells where it began');
  });

  it('are withdrawn on close and linted anew on open', async () => {
    await client.open(uri, program());
    assert.equal((await client.diagnosticsOf(uri, 1)).length, 1);
    await client.close(uri);
    await untilWithdrawn();
    assert.deepEqual(client.latest(uri)?.diagnostics, []);
    await client.open(uri, program('htons(8080)'), 1);
    assert.deepEqual(await client.diagnosticsOf(uri, 1), []);
  });

  it('that are opened twice count as they came last', async () => {
    await client.open(uri, program(), 1);
    await client.open(uri, program('htons(1)'), 2);
    assert.deepEqual(await client.diagnosticsOf(uri, 2), []);
  });

  it('take whole texts, ranges and both mixed in one message', async () => {
    await client.open(uri, 'int a;\n');
    const text = program();
    const start = positionOf(text, '8080');
    const range = { start, end: { ...start, character: start.character + 4 } };
    await client.change(uri, 2, [{ text }, { range, text: 'htons(80)' }]);
    assert.deepEqual(await client.diagnosticsOf(uri, 2), []);
    await client.change(uri, 3, [
      { range: { start, end: { ...start, character: start.character + 9 } }, text: '' },
      { range: { start, end: start }, text: '8081' },
    ]);
    assert.equal((await client.diagnosticsOf(uri, 3)).length, 1);
    await client.change(uri, 4, [{ text: '' }]);
    assert.deepEqual(await client.diagnosticsOf(uri, 4), []);
  });

  it('never get diagnostics of a version that was left behind', async () => {
    const many = Array.from({ length: 400 }, (_, i) => program().replace('local', `f${i}`)).join('');
    await client.open(uri, many);
    for (let version = 2; version <= 60; version++) {
      await client.change(uri, version, [{ text: version % 2 ? many : `${many}\nint v${version};\n` }]);
    }
    await client.diagnosticsOf(uri, 60);
    const versions = client.diagnostics.map(({ version }) => version ?? 0);
    assert.deepEqual(
      versions,
      versions.toSorted((a, b) => a - b),
    );
    assert.ok(versions.length < 60, `${versions.length} of 60 versions were linted to the end`);
    assert.equal(client.latest(uri)?.diagnostics.length, 400);
  });

  it('get nothing more after they were closed in the middle of a lint', async () => {
    const many = Array.from({ length: 2000 }, (_, i) => program().replace('local', `f${i}`)).join('');
    await client.open(uri, many);
    await client.close(uri);
    const other = 'file:///nowhere/other.c';
    await client.open(other, many);
    await client.diagnosticsOf(other, 1);
    assert.deepEqual(client.latest(uri)?.diagnostics, []);
    assert.equal(client.diagnostics.filter(({ uri: published }) => published === uri).length, 1);
    await client.close(other);
  });

  const line = '  a->sin_port = 8080;';
  const encodings: [name: string, text: string][] = [
    ['CRLF', program().replace(/\n/g, '\r\n')],
    ['CR', program().replace(/\n/g, '\r')],
    ['mixed line endings', program('8080', 'int a;\r\n\r\nint b;\r').replace('{\n', '{\r\n')],
    ['emoji before it', program('8080', '/* 😀👩‍👩‍👧 */ ')],
    ['emoji on its line', program().replace(line, '  /* 😀é */ a->sin_port = 8080;')],
    ['Latin-1 bytes', decode(Buffer.from(program('8080', '/* caf\xe9 \xff */\n'), 'latin1'))],
    ['a byte order mark', `\ufeff${program()}`],
    ['lone surrogates', program('8080', '/* \ud83d \ude00 */\n')],
    ['a null character', program('8080', '/* \0 */\n')],
    ['a form feed', program('8080', '\f\n')],
    ['no newline at the end', program().trimEnd()],
    ['a line separator', program('8080', '/* \u2028 \u2029 \x85 */\n')],
  ];
  for (const [name, text] of encodings) {
    it(`have their places right with ${name}`, async () => {
      await client.open(uri, text);
      const [diagnostic] = await client.diagnosticsOf(uri, 1);
      assert.equal(diagnostic?.code, mistake);
      assert.deepEqual(diagnostic.range.start, positionOf(text, '8080'));
      const place = positionOf(text, 'sin_port');
      const hover = await client.hover(uri, place.line, place.character + 1);
      assert.deepEqual(hover?.range?.start, place);
    });
  }

  it('give the same diagnostics after any edits as when opened afresh', async () => {
    const pieces = [
      'a->sin_port = 8080;',
      'htons(',
      ')',
      '{',
      '}',
      '\n',
      '\r\n',
      '\r',
      '"',
      '/*',
      '*/',
      '//',
      '#define A 1\n',
      '#if 0\n',
      '#endif\n',
      '😀',
      ';',
      'int f(struct sockaddr_in *a) {',
      '// ipc-lens-disable-next-line\n',
      'return',
      '',
    ];
    const base = `${program()}${program().replace('local', 'other')}`;
    const edit = fc.record({
      at: fc.nat(400),
      length: fc.oneof(fc.constant(0), fc.nat(12), fc.nat(120)),
      text: fc.array(fc.constantFrom(...pieces), { maxLength: 4 }).map((list) => list.join('')),
    });
    let version = 1;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(edit, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 6 }),
        async (steps) => {
          let mirror = TextDocument.create(uri, 'c', ++version, base);
          await client.open(uri, base, version);
          for (const edits of steps) {
            const changes: TextDocumentContentChangeEvent[] = [];
            for (const { at, length, text } of edits) {
              const change = {
                range: { start: mirror.positionAt(at), end: mirror.positionAt(at + length) },
                text,
              };
              mirror = TextDocument.update(mirror, [change], ++version);
              changes.push(change);
            }
            await client.change(uri, version, changes);
          }
          const incremental = await client.diagnosticsOf(uri, version);
          const fresh = 'file:///nowhere/fresh.c';
          await client.open(fresh, mirror.getText(), version);
          const expected = await client.diagnosticsOf(fresh, version);
          await client.close(fresh);
          const simple = (list: Diagnostic[]) =>
            list.map(({ range, code, message }) => ({ range, code, message }));
          assert.deepEqual(simple(incremental), simple(expected), JSON.stringify(mirror.getText()));
          client.diagnostics.length = 0;
        },
      ),
      { numRuns: 60 },
    );
  });
});
