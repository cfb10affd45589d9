import assert from 'node:assert/strict';
import type { CodeAction, TextEdit } from 'vscode-languageserver';
import { scenarios } from '../../server/demos/registry';
import { codeActions } from '../../server/features/code-actions';
import { type Demonstration, demoOf } from '../../server/rules/demonstration';
import { rules } from '../../server/rules/registry';
import type { Document } from '../../server/workspace/document';
import { Bench, findingsOf } from './support';

const uri = 'file:///project/main.c';

let bench: Bench;
before(async () => {
  bench = await Bench.create();
});
afterEach(() => bench.close());

function actions(document: Document, demos: Demonstration[] = []): CodeAction[] {
  const findings = findingsOf(document);
  const { text, lines } = document.source;
  const range = { start: lines.position(0), end: lines.position(text.length) };
  return codeActions({ uri, version: 7, text, lines, findings, documentChanges: true }, range, demos);
}

function applied(document: Document, action: CodeAction): string {
  const change = action.edit?.documentChanges?.[0];
  assert.ok(change && 'textDocument' in change);
  assert.deepEqual(change.textDocument, { uri, version: 7 });
  const { lines } = document.source;
  let { text } = document.source;
  const edits = (change.edits as TextEdit[]).map(({ range, newText }) => ({
    start: lines.offset(range.start),
    end: lines.offset(range.end),
    newText,
  }));
  for (const { start, end, newText } of edits.sort((a, b) => b.start - a.start)) {
    text = text.slice(0, start) + newText + text.slice(end);
  }
  return text;
}

/** The same program as it may come: other line endings, and characters of every width before each line's code. */
const variants: [name: string, vary: (text: string) => string][] = [
  ['as it is', (text) => text],
  ['with CRLF', (text) => text.replace(/\n/g, '\r\n')],
  ['with CR', (text) => text.replace(/\n/g, '\r')],
  ['behind emoji', (text) => `/* 😀 é 漢字 */\n${text}`],
  ['behind emoji with CRLF', (text) => `// 👩‍👩‍👧 ß\n${text}`.replace(/\n/g, '\r\n')],
  ['behind emoji on its own line', (text) => text.replace(/^(\s+)(?=\S.*;$)/gm, '$1/* 😀 */ ')],
];

/** Milliseconds that one test may take which goes through the examples of all rules, on a machine with other work to do. */
const patience = 120_000;

describe('quick fixes', () => {
  for (const [name, vary] of variants) {
    it(`mend the finding in every rule's example ${name}`, () => {
      let fixes = 0;
      for (const { meta } of rules) {
        const document = bench.open(vary(meta.example.bad));
        const before = findingsOf(document).length;
        for (const action of actions(document).filter(({ isPreferred }) => isPreferred)) {
          fixes++;
          const after = applied(document, action);
          assert.ok(findingsOf(bench.open(after)).length < before, `${meta.id}: ${action.title}\n${after}`);
          const ending = /\r\n|\r|\n/.exec(document.source.text)?.[0];
          assert.deepEqual([...new Set(after.match(/\r\n|\r|\n/g))], [ending], `${meta.id}: line endings`);
        }
        bench.close();
      }
      assert.ok(fixes > 3, `${fixes} fixes tried`);
    }).timeout(patience);
  }

  it('are the only ones that are preferred, and belong to their diagnostic', () => {
    for (const { meta } of rules) {
      for (const action of actions(bench.open(meta.example.bad))) {
        assert.equal(action.kind, 'quickfix');
        assert.equal(action.diagnostics?.length, 1);
        assert.equal(typeof action.diagnostics?.[0]?.code, 'string');
        assert.ok(!/[`]/.test(action.title), action.title);
      }
      bench.close();
    }
  });
});

/** Two mistakes on one line, indented with a tab. */
const twoMistakes = `#include <arpa/inet.h>
void local(struct sockaddr_in *a, struct sockaddr_in *b) {
\ta->sin_port = 8080; b->sin_port = 8081;
}
`;

describe('silencing a finding', () => {
  for (const [name, vary] of variants) {
    it(`works in every rule's example ${name}`, () => {
      for (const { meta } of rules) {
        let document = bench.open(vary(meta.example.bad));
        const before = document.source.lines.count;
        const lines = new Set(
          findingsOf(document).map(({ span }) => document.source.lines.position(span.start).line),
        );
        for (let round = 0; findingsOf(document).length > 0; round++) {
          assert.ok(round < 20, `${meta.id} cannot be silenced`);
          const action = actions(document).find(({ title }) => title.startsWith('Silence'));
          assert.ok(action, meta.id);
          document = bench.open(applied(document, action));
        }
        assert.equal(
          document.source.lines.count,
          before + lines.size,
          `${meta.id}: one line more for each line silenced`,
        );
        bench.close();
      }
    }).timeout(patience);
  }

  it('keeps the indentation and the line ending', () => {
    const document = bench.open(twoMistakes.replace(/\n/g, '\r\n'));
    const action = actions(document).find(({ title }) => title.startsWith('Silence'));
    assert.ok(action);
    assert.match(
      applied(document, action),
      /\{\r\n\t\/\/ ipc-lens-disable-next-line [\w/-]+ -- reason\r\n\ta->sin_port/,
    );
  });

  it('adds a second rule to the comment that is there', () => {
    for (const comment of [
      '// ipc-lens-disable-next-line handle/name -- it is meant',
      '/* ipc-lens-disable-next-line handle/name, pipe/sigpipe */',
      '// ipc-lens-disable-next-line handle/name',
    ]) {
      const document = bench.open(twoMistakes.replace('\ta->', `\t${comment}\n\ta->`));
      const action = actions(document).find(({ title }) => title.startsWith('Silence'));
      assert.ok(action);
      const after = applied(document, action);
      assert.equal(after.match(/ipc-lens-disable-next-line/g)?.length, 1, after);
      assert.deepEqual(findingsOf(bench.open(after)), [], after);
      assert.ok(!comment.includes('--') || after.includes('socket/byte-order -- it is meant'), after);
    }
  });
});

describe('See it happen', () => {
  it('plays the demo that the rule names, or the first that names the rule', () => {
    const { meta } = rules.find(({ meta }) => meta.id === 'condvar/no-loop')!;
    assert.equal(demoOf(meta, scenarios), 'condvar/spurious');
    assert.equal(demoOf({ ...meta, demo: undefined }, scenarios), 'condvar/lost-signal');
    assert.equal(demoOf({ ...meta, id: 'no/rule', demo: 'no/demo' }, scenarios), undefined);
    for (const { demo, id } of rules.map(({ meta }) => meta))
      assert.ok(
        demo === undefined || scenarios.some((one) => one.id === demo),
        `${id} names a demo that exists`,
      );
  });

  it('stands only where the demo exists', () => {
    for (const { meta } of rules) {
      const document = bench.open(meta.example.bad);
      const offered = (demos: Demonstration[]) =>
        actions(document, demos).filter(({ command }) => command?.command === 'ipcLens.runDemo');
      assert.deepEqual(offered([]), [], meta.id);
      assert.deepEqual(offered([{ id: 'no/such', rule: 'no/rule' }]), [], meta.id);
      // The others say nothing unless they are asked to.
      const demo = demoOf(meta, scenarios);
      if (demo !== undefined && meta.preset === 'recommended') {
        const found = offered(scenarios);
        assert.ok(found.length > 0, meta.id);
        for (const { command } of found) assert.deepEqual(command?.arguments, [demo]);
      }
      bench.close();
    }
  });
});

describe('code actions', () => {
  it('change plainly where the client knows no versions', () => {
    const document = bench.open(twoMistakes);
    const { text, lines } = document.source;
    const range = { start: lines.position(0), end: lines.position(text.length) };
    const target = { uri, version: 1, text, lines, findings: findingsOf(document), documentChanges: false };
    const edits = codeActions(target, range, []).map(({ edit }) => edit);
    assert.ok(edits.length > 0);
    for (const edit of edits) assert.ok(edit?.changes?.[uri]?.length === 1 && !edit.documentChanges);
  });

  it('belong to the place that is asked for', () => {
    const document = bench.open(twoMistakes);
    const findings = findingsOf(document);
    const { text, lines } = document.source;
    const at = (offset: number) => {
      const place = lines.position(offset);
      return codeActions(
        { uri, version: 1, text, lines, findings, documentChanges: true },
        { start: place, end: place },
        [],
      );
    };
    assert.equal(findings.length, 2);
    assert.deepEqual(at(0), []);
    for (const { span } of findings) {
      assert.ok(at(span.start).length > 0 && at(span.end).length > 0);
      assert.equal(
        new Set(at(span.start).map(({ diagnostics }) => diagnostics?.[0]?.range.start.character)).size,
        1,
      );
    }
  });
});
