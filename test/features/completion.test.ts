import assert from 'node:assert/strict';
import { calls, constantGroups, errnos, types } from '../../catalog';
import {
  type CompletionEntry,
  completions,
  describe as documentation,
} from '../../server/features/completion';
import { Bench } from './support';

let bench: Bench;
before(async () => {
  bench = await Bench.create();
});
afterEach(() => bench.close());

function complete(marked: string): CompletionEntry[] {
  const { document, offset } = bench.at(marked);
  return completions(document, offset);
}

/** The entries that come first. */
function first(marked: string): string[] {
  const entries = complete(marked);
  const best = Math.min(...entries.map(({ rank }) => rank));
  return entries.filter(({ rank }) => rank === best).map(({ label }) => label);
}

const inside = (code: string) => `void f(int fd) {\n  ${code}\n}\n`;

describe('completion', () => {
  it('offers every call, constant, error number and type once', () => {
    const labels = complete(inside('‸')).map(({ label }) => label);
    assert.deepEqual(
      labels.filter((label, i) => labels.indexOf(label) !== i),
      [],
    );
    const wanted = [
      ...calls.keys(),
      ...[...constantGroups.values()].flatMap(({ record }) => record.constants.map(({ name }) => name)),
      ...errnos.map(({ name }) => name),
      ...types.keys(),
    ];
    const offered = new Set(labels);
    assert.deepEqual(
      wanted.filter((name) => !offered.has(name)),
      [],
    );
  });

  it('has documentation for every entry', () => {
    for (const { label, detail } of complete(inside('‸'))) {
      const text = documentation(label);
      assert.ok(text && text.length > 2 && !/undefined(?! |\.)|NaN/.test(text.replace(/`NaN`/g, '')), label);
      assert.ok(detail.length > 0 && detail !== '<>', `${label}: ${detail}`);
    }
    assert.equal(documentation('no_such_thing'), undefined);
    assert.equal(documentation('constructor'), undefined);
  });

  it('has a snippet for every call, with a place for each argument in turn', () => {
    for (const { label, kind, snippet } of complete(inside('‸'))) {
      assert.equal(snippet !== undefined, kind === 'function', label);
      if (snippet === undefined) continue;
      const match = /^(\w+)\(((?:\$\{\d+:\w+\}(?:, )?)*)\)$/.exec(snippet);
      assert.equal(match?.[1], label, snippet);
      const numbers = [...(match?.[2] ?? '').matchAll(/\$\{(\d+):/g)].map((place) => Number(place[1]));
      assert.deepEqual(
        numbers,
        numbers.map((_, i) => i + 1),
      );
    }
  });

  it('writes no second pair of parentheses', () => {
    for (const code of ['pip‸(p);', 'pi‸pe(p);', 'pip‸ (p);']) {
      assert.equal(complete(inside(code)).find(({ label }) => label === 'pipe')?.snippet, undefined, code);
    }
    assert.equal(
      complete(inside('pi‸ + (1)')).find(({ label }) => label === 'pipe')?.snippet,
      ['pipe($', '{1:pipefd})'].join(''),
    );
  });

  it('puts obsolete calls behind their successors', () => {
    const rank = new Map(complete(inside('‸')).map((entry) => [entry.label, entry.rank]));
    for (const { record } of [...calls.values()].filter(({ record }) => record.obsoleteFor)) {
      const better = /^\w+/.exec(record.obsoleteFor ?? '')?.[0] ?? '';
      if (calls.has(better) && !calls.get(better)?.record.obsoleteFor)
        assert.ok(rank.get(record.name)! > rank.get(better)!, record.name);
    }
  });
});

describe('completion puts first', () => {
  const cases: [code: string, some: string, other: string][] = [
    ['open("a", ‸', 'O_CREAT', 'AF_UNIX'],
    ['open("a", O_RD‸);', 'O_RDONLY', 'AF_UNIX'],
    ['open("a, (b", O_CREAT | ‸', 'O_EXCL', 'S_IRUSR'],
    ['open("a", O_CREAT, ‸', 'S_IRUSR', 'O_EXCL'],
    ['socket(‸', 'AF_UNIX', 'SOCK_STREAM'],
    ['socket(AF_UNIX, ‸', 'SOCK_STREAM', 'AF_UNIX'],
    ['kill(getpid(), ‸', 'SIGTERM', 'O_CREAT'],
    ['if (mmap(NULL, 4096, PROT_READ | ‸', 'PROT_WRITE', 'MAP_SHARED'],
    ['mmap(NULL, sizeof(int), PROT_READ, (‸', 'MAP_SHARED', 'PROT_READ'],
    ['msgget(ftok("a", 1), ‸', 'IPC_CREAT', 'O_CREAT'],
  ];
  for (const [code, some, other] of cases) {
    it(`${some} in ${code}`, () => {
      const best = first(inside(code));
      assert.ok(best.includes(some), best.slice(0, 20).join(' '));
      assert.ok(!best.includes(other), other);
    });
  }

  it('calls, where no argument says otherwise', () => {
    for (const code of ['‸', 'use(‸', 'pipe(p); ‸', 'write(fd, ‸']) {
      const best = first(inside(code));
      assert.ok(best.includes('pipe') && !best.includes('O_CREAT'), code);
    }
  });
});

describe('completion offers nothing', () => {
  const silent: [title: string, text: string][] = [
    ['in a line comment', inside('// rea‸')],
    ['at the start of a line comment', inside('//‸')],
    ['in a line comment at the end of the file', 'int a; // rea‸'],
    ['in a block comment', inside('/* rea‸ */')],
    ['in a block comment over lines', inside('/*\n rea‸\n */')],
    ['in a block comment left open', inside('/* rea‸')],
    ['in a string', inside('puts("rea‸");')],
    ['right after the opening quote', inside('puts("‸");')],
    ['in a string left open', inside('puts("rea‸')],
    ['after an escaped quote', inside('puts("a \\" rea‸");')],
    ['in a character', inside("int c = 'r‸';")],
    ['in an include', '#include <sys/so‸>\n'],
    ['in an include left open', '#include "pip‸\n'],
    ['after a dot', inside('op.‸')],
    ['after an arrow', inside('op->sem‸')],
    ['after a dot and a line break', inside('op.\n    sem‸')],
    ['in a number', inside('int a = 0x1‸;')],
  ];
  for (const [title, text] of silent) {
    it(title, () => assert.deepEqual(complete(text), []));
  }
});

describe('completion goes on', () => {
  const lively: [title: string, text: string][] = [
    ['after a comment', inside('/* here */ ‸')],
    ['after a comment that ends a sentence', inside('// Reads.\n  ‸')],
    ['after a block comment that ends a sentence', inside('/* Reads. */\n  ‸')],
    ['after a comment with an apostrophe', inside("/* don't */ ‸")],
    ['after a comment over lines', inside("/* this\n isn't\n that */ ‸")],
    ['after a string', inside('use("a // b", ‸')],
    ['after a string with an escape', inside('use("a\\"", ‸')],
    ['after a character', inside("use('\"', ‸")],
    ['in an empty file', '‸'],
    ['outside functions', 'int flags = ‸'],
    ['in a half-typed function', 'void f(void) {\n  int p[2];\n  pi‸'],
    ['after an ellipsis of a declaration', 'void g(int a, ...);\n‸'],
  ];
  for (const [title, text] of lively) {
    it(title, () => assert.ok(complete(text).length > 500));
  }
});
