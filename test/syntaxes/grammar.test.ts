import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { join } from 'node:path';
import * as oniguruma from 'vscode-oniguruma';
import * as textmate from 'vscode-textmate';
import { chapters } from '../../catalog';
import { grammarPath, renderGrammar } from '../../scripts/generate-syntax';

/** The injection in the real grammars of C and C++, as VS Code runs them. */

const root = join(__dirname, '..', '..');

const grammarFiles: Record<string, string> = {
  'source.c': join(root, 'node_modules/tm-grammars/grammars/c.json'),
  'source.cpp': join(root, 'node_modules/tm-grammars/grammars/cpp.json'),
  'ipc.injection': grammarPath,
};

let registry: textmate.Registry;

/** The scopes of the first place where `word` stands in `code`. */
async function scopesOf(word: string, code: string, language = 'source.c'): Promise<string[]> {
  const grammar = await registry.loadGrammar(language);
  assert.ok(grammar);
  let state = textmate.INITIAL;
  for (const line of code.split('\n')) {
    const result = grammar.tokenizeLine(line, state);
    const at = line.indexOf(word);
    if (at >= 0) {
      const token = result.tokens.find((one) => one.startIndex <= at && at < one.endIndex);
      assert.ok(token, `no token at ${word}`);
      return token.scopes;
    }
    state = result.ruleStack;
  }
  throw new Error(`${word} is not in the code`);
}

async function coloured(word: string, code: string, language?: string): Promise<string | undefined> {
  return (await scopesOf(word, code, language)).find((scope) =>
    /^support\.(function|constant)\.ipc/.test(scope),
  );
}

describe('the grammar of IPC calls and constants', () => {
  before(async () => {
    const wasm = readFileSync(require.resolve('vscode-oniguruma/release/onig.wasm'));
    await oniguruma.loadWASM(wasm);
    registry = new textmate.Registry({
      onigLib: Promise.resolve({
        createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
        createOnigString: (text) => new oniguruma.OnigString(text),
      }),
      loadGrammar: async (scope) => {
        const file = grammarFiles[scope];
        return file ? textmate.parseRawGrammar(readFileSync(file, 'utf8'), file) : null;
      },
      getInjections: (scope) => (scope === 'source.c' || scope === 'source.cpp' ? ['ipc.injection'] : []),
    });
  });

  it('is what the catalog gives', () => {
    assert.equal(
      readFileSync(grammarPath, 'utf8'),
      renderGrammar(),
      'syntaxes/ipc.injection.tmLanguage.json is stale: run npx tsx scripts/generate-syntax.ts',
    );
  });

  it('names each call by its facility', async () => {
    const code = 'int main(void)\n{\n    int fd[2];\n    if (pipe(fd) == -1)\n        return 1;\n}\n';
    assert.equal(await coloured('pipe', code), 'support.function.ipc.pipe.c');
  });

  it('knows calls with a space before the bracket, as an argument and in a macro', async () => {
    assert.ok(await coloured('msgget', 'void f(void) { int q = msgget (k, 0); }'));
    assert.ok(await coloured('fork', 'void f(void) { if (check(fork()) < 0) g(); }'));
    assert.ok(await coloured('write', '#define SAY(s) write(1, s, sizeof s)'));
  });

  it('knows constants', async () => {
    assert.match(
      (await coloured('IPC_CREAT', 'void f(void) { msgget(k, IPC_CREAT | 0600); }')) ?? '',
      /^support\.constant\.ipc\./,
    );
  });

  it('leaves strings, characters, comments and included files alone', async () => {
    const code = [
      '/* pipe(fd) in a comment */',
      '// shmget(k) too',
      '#include <sys/msgget(.h>',
      'const char *s = "close(fd) and IPC_RMID";',
    ].join('\n');
    for (const word of ['pipe', 'shmget', 'msgget', 'close', 'IPC_RMID']) {
      assert.equal(await coloured(word, code), undefined, word);
    }
  });

  it('leaves members and longer names alone', async () => {
    const code = [
      'void f(struct ops *o) {',
      '  o->read(1);',
      '  o -> write(1);',
      '  p.close(1);',
      '  my_pipe(1); dup2x(1); int fork;',
      '  MY_IPC_CREAT; IPC_CREATED;',
      '}',
    ].join('\n');
    for (const word of ['read', 'close', 'pipe', 'dup2x', 'fork', 'IPC_CREAT;', 'IPC_CREATED']) {
      assert.equal(await coloured(word, code), undefined, word);
    }
    assert.equal(await coloured('write', code), undefined, 'a member behind spaces');
  });

  it('works in C++, where VS Code puts .h files', async () => {
    const code = [
      'static inline int go(void) {',
      '  if (pipe(fd) == -1) return -1;',
      '  close(fd[0]);',
      '  int q = msgget(key, IPC_CREAT | 0600);',
      '  ops->write(1); // fork()',
      '}',
    ].join('\n');
    for (const word of ['pipe', 'close', 'msgget', 'IPC_CREAT']) {
      assert.ok(await coloured(word, code, 'source.cpp'), word);
    }
    for (const word of ['write', 'fork'])
      assert.equal(await coloured(word, code, 'source.cpp'), undefined, word);
  });

  it('knows every call and constant of the catalog', async () => {
    const missing: string[] = [];
    for (const chapter of chapters) {
      for (const { name } of chapter.calls) {
        if (!(await coloured(name, `void f(void) { ${name}(x); }`))) missing.push(name);
      }
      for (const { name } of chapter.constants.flatMap((group) => group.constants)) {
        if (!(await coloured(name, `int x = ${name};`))) missing.push(name);
      }
    }
    assert.deepEqual(missing, []);
  });
});
