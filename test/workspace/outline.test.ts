/** What a quick look at a file finds agrees with what the parser finds. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type CParser, loadParser } from '../../server/c/parser';
import { SourceFile } from '../../server/c/source-file';
import { outlineOf } from '../../server/workspace/index/outline';

const functions = (text: string) => outlineOf(text).functions;

describe('the outline of a file', () => {
  it('has the functions that others can call', () => {
    assert.deepEqual(
      functions('int a(void) { if (1) { f(); } }\nstatic int b(void) {}\nvoid *c(int x,\n int y)\n{\n}\n'),
      ['a', 'c'],
    );
  });

  it('has no declarations, structures, initialisers or calls', () => {
    assert.deepEqual(functions('int a(void);\nstruct s { int b; };\nint c[] = { 1 };\nenum { E };\n'), []);
    assert.deepEqual(functions('int d(void) { while (e()) { g(1) ; } return h(); }\nint x = 1;\n'), ['d']);
  });

  it('is not confused by comments, texts and macros', () => {
    assert.deepEqual(
      functions(
        '/* int a(void) { */ int b(void) { s = "}{"; c = \'{\'; }\n// int c(void) {\nint d(void) {}\n',
      ),
      ['b', 'd'],
    );
    assert.deepEqual(functions('#define OPEN(x) { x\n#define TWO \\\n {\nint a(void) {}\n'), ['a']);
  });

  it('looks at both branches of a conditional compilation', () => {
    assert.deepEqual(
      functions('int a(void)\n{\n#ifdef X\n if (x) {\n#else\n if (y) {\n#endif\n }\n}\nint b(void) {}\n'),
      ['a', 'b'],
    );
  });

  it('sees through attributes and extern "C"', () => {
    assert.deepEqual(
      functions(
        'extern "C" {\nint a(void) {}\n}\n__attribute__((format(printf, 1, 2))) void b(char *f, ...) {}\n',
      ),
      ['a', 'b'],
    );
    assert.deepEqual(functions('void c(void) __attribute__((noreturn))\n{\n}\n'), ['c']);
  });

  it('tells programs', () => {
    assert.ok(outlineOf('int main(int argc, char **argv) { return 0; }').isProgram);
    assert.ok(!outlineOf('int domain(void) { return main(); }').isProgram);
  });

  it('ends on any text', () => {
    for (const text of ['', '{', '}}}', '/*', '"', "'", '#', '#if\n{', 'a(', 'a(){'.repeat(1000)])
      functions(text);
  });
});

describe('the outlines of the fixtures', () => {
  let parser: CParser;
  before(async () => {
    parser = await loadParser();
  });

  it('have the functions that the parser finds', () => {
    const root = path.join(__dirname, '..', 'fixtures', 'rules');
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.c'),
    );
    assert.ok(files.length > 100);
    for (const name of files) {
      const text = readFileSync(path.join(root, name), 'utf8');
      const source = new SourceFile(parser, text);
      const expected = source.items.flatMap(({ item }) =>
        item.kind === 'function' && !item.storage.includes('static') ? [item.name] : [],
      );
      source.dispose();
      assert.deepEqual([...functions(text)].sort(), [...new Set(expected)].sort(), name);
    }
  });
});
