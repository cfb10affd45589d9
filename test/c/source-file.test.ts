/** A file that is edited is the same as one that was opened afresh, and keeps what did not change. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { masked } from '../../server/c/masking';
import type { CParser } from '../../server/c/parser';
import { SourceFile } from '../../server/c/source-file';
import { changed, changeIn, type Edit, edits, sample } from './edits';
import { useParser } from './support';

let parser: CParser;
before(async () => {
  parser = await useParser();
});

function withFile<T>(text: string, use: (file: SourceFile) => T): T {
  const file = new SourceFile(parser, text);
  try {
    return use(file);
  } finally {
    file.dispose();
  }
}

const itemsOf = (text: string) => withFile(text, (file) => [...file.items]);

/** True when the parser could read everything: only then is there one right tree. */
function isWhole(text: string): boolean {
  const tree = parser.parse(masked(text));
  try {
    return !tree.rootNode.hasError;
  } finally {
    tree.delete();
  }
}

describe('an edited file', function () {
  this.timeout(60_000);

  it('has the text, the lines and the positions of the items that it should have', () => {
    fc.assert(
      fc.property(edits, (list) => {
        withFile(sample, (file) => {
          let text = sample;
          for (const edit of list) {
            const change = changeIn(text, edit);
            text = changed(text, change);
            file.update([change]);
            assert.equal(file.text, text);
            for (const { start, end } of file.items) {
              assert.ok(0 <= start && start <= end && end <= text.length);
            }
          }
        });
      }),
      { numRuns: 150 },
    );
  });

  it('is the same as a fresh one whenever it can be read', () => {
    let compared = 0;
    fc.assert(
      fc.property(edits, (list) => {
        withFile(sample, (file) => {
          let text = sample;
          for (const edit of list) {
            const change = changeIn(text, edit);
            text = changed(text, change);
            file.update([change]);
            if (isWhole(text)) {
              compared++;
              assert.deepEqual([...file.items], itemsOf(text));
            }
          }
        });
      }),
      { numRuns: 250 },
    );
    assert.ok(compared > 50, `only ${compared} texts could be compared`);
  });

  it('recovers from whatever was typed in between', () => {
    const fresh = itemsOf(sample);
    fc.assert(
      fc.property(edits, (list) => {
        withFile(sample, (file) => {
          const back: { start: number; end: number; text: string }[] = [];
          for (const edit of list) {
            const change = changeIn(file.text, edit);
            back.push({
              start: change.start,
              end: change.start + change.text.length,
              text: file.text.slice(change.start, change.end),
            });
            file.update([change]);
          }
          for (const change of back.reverse()) file.update([change]);
          assert.equal(file.text, sample);
          assert.deepEqual([...file.items], fresh);
        });
      }),
      { numRuns: 150 },
    );
  });

  it('takes several changes at once, each in terms of the one before', () => {
    fc.assert(
      fc.property(edits, (list) => {
        let text = sample;
        const changes = list.map((edit: Edit) => {
          const change = changeIn(text, edit);
          text = changed(text, change);
          return change;
        });
        withFile(sample, (file) => {
          file.update(changes);
          assert.equal(file.text, text);
          if (isWhole(text)) assert.deepEqual([...file.items], itemsOf(text));
        });
      }),
      { numRuns: 100 },
    );
  });

  it('keeps the items whose text is unchanged, as the same objects', () => {
    withFile(sample, (file) => {
      const before = file.items.map(({ item }) => item);
      const at = file.text.indexOf('perror');
      file.update([{ start: at, end: at, text: 'puts("x");\n    ' }]);
      const after = file.items.map(({ item }) => item);
      const replaced = before.filter((item) => !after.includes(item));
      assert.deepEqual(
        replaced.map((item) => (item.kind === 'function' ? item.name : item.kind)),
        ['create'],
      );
    });
  });

  it('keeps items that move, and forgets those that are gone', () => {
    withFile(sample, (file) => {
      const main = file.items.at(-1);
      file.update([{ start: 0, end: 0, text: '/* ä */\n' }]);
      assert.equal(file.items.at(-1)?.item, main?.item);
      assert.equal(file.items.at(-1)?.start, (main?.start ?? 0) + '/* ä */\n'.length);
      file.update([{ start: 0, end: file.text.length, text: '' }]);
      assert.equal(file.items.length, 0);
    });
  });
});

describe('functions without a type', () => {
  const functionsOf = (text: string) =>
    itemsOf(text).flatMap(({ item, start }) =>
      item.kind === 'function' ? [text.slice(start + item.nameSpan.start, start + item.nameSpan.end)] : [],
    );

  it('are read, with parameters declared behind them', () => {
    const text =
      '#include <stdio.h>\nmain(argc, argv) /* old */\nint argc;\nchar **argv;\n{ return go(argc); }\n\ngo(int n)\n{ return n; }\n';
    assert.deepEqual(functionsOf(text), ['main', 'go']);
  });

  it('are none where a macro or another word may stand for the type', () => {
    assert.deepEqual(functionsOf('int a;\nTEST(name) { a = 1; }\n'), []);
    assert.deepEqual(functionsOf('int a;\nfor_each(x) { a = 1; }\n'), []);
  });

  it('stay the same objects when something in front of them changes', () => {
    withFile('int a;\nmain() { return 0; }\n', (file) => {
      const last = () => file.items.at(-1)!.item;
      const before = last();
      file.update([{ start: 4, end: 5, text: 'bcd' }]);
      assert.equal(last(), before);
    });
  });
});

describe('definitions with comments inside', () => {
  it('are seen again when the comment is begun or ended', () => {
    const text = '#define A 1 /* x */ + 2\nint f(void) { return A; }\n';
    withFile(text, (file) => {
      const body = () => file.items.flatMap(({ item }) => (item.kind === 'macro' ? [item.body] : []));
      assert.deepEqual(body(), ['1   + 2']);
      const star = file.text.indexOf('/*');
      file.update([{ start: star, end: star + 2, text: '' }]);
      file.update([{ start: star, end: star, text: '/*' }]);
      assert.deepEqual(body(), ['1   + 2']);
      const end = file.text.indexOf('*/');
      file.update([{ start: end, end: end + 2, text: '' }]);
      file.update([{ start: end, end, text: '*/' }]);
      assert.deepEqual([...file.items], itemsOf(text));
    });
  });
});

describe('trees', function () {
  this.timeout(60_000);

  it('are given back: thousands of edits need no more memory than a few', () => {
    // The parser's memory grows by pages and never shrinks: after a while it must stand still.
    const grown = memoryGrowth(3000);
    assert.ok(grown < 2 * 1024 * 1024, `${grown} bytes`);
  });

  function memoryGrowth(count: number): number {
    const text = sample.repeat(4);
    const round = (n: number) =>
      withFile(text, (file) => {
        for (let i = 0; i < n; i++) {
          const start = (i * 7919) % file.text.length;
          file.update([{ start, end: start + 1, text: i % 2 === 0 ? 'ab' : '' }]);
          if (file.text.length > 2 * text.length) file.update([{ start: 0, end: file.text.length, text }]);
        }
      });
    round(300);
    const before = process.memoryUsage().external;
    round(count);
    return process.memoryUsage().external - before;
  }
});
