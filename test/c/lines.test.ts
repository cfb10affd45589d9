/** Lines and columns as LSP counts them. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LineIndex } from '../../server/c/lines';

const text = 'one\ntwo\r\nthree\rfour\n\n😀x\n';
const index = new LineIndex(text);

describe('line index', () => {
  it('ends lines at LF, CRLF and a lone CR', () => {
    assert.equal(index.count, 7);
    assert.deepEqual(
      [0, 1, 2, 3, 4, 5, 6, 7].map((line) => index.line(line)),
      ['one', 'two', 'three', 'four', '', '😀x', '', ''],
    );
  });

  it('counts columns in UTF-16 units', () => {
    const x = text.indexOf('x');
    assert.deepEqual(index.position(x), { line: 5, character: 2 });
    assert.equal(index.offset({ line: 5, character: 2 }), x);
  });

  it('puts both units of CRLF on the line that they end', () => {
    const cr = text.indexOf('\r\n');
    assert.deepEqual(index.position(cr), { line: 1, character: 3 });
    assert.deepEqual(index.position(cr + 1), { line: 1, character: 4 });
    assert.deepEqual(index.position(cr + 2), { line: 2, character: 0 });
  });

  it('draws what lies outside to the nearest place', () => {
    assert.deepEqual(index.position(-5), { line: 0, character: 0 });
    assert.deepEqual(index.position(1000), { line: 6, character: 0 });
    assert.equal(index.offset({ line: 0, character: 99 }), 3);
    assert.equal(index.offset({ line: 1, character: 99 }), text.indexOf('\r\n'));
    assert.equal(index.offset({ line: 99, character: 0 }), text.length);
    assert.equal(index.offset({ line: -1, character: 2 }), 2);
    assert.equal(index.offset({ line: 2, character: -3 }), text.indexOf('three'));
  });

  it('knows one empty line of an empty text', () => {
    const empty = new LineIndex('');
    assert.equal(empty.count, 1);
    assert.deepEqual(empty.position(0), { line: 0, character: 0 });
    assert.equal(empty.offset({ line: 0, character: 0 }), 0);
    assert.equal(empty.line(0), '');
  });

  it('finds every offset again from its position', () => {
    const texts = fc
      .array(fc.constantFrom('a', '\n', '\r', '\r\n', '😀', 'ä', '\t'))
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(texts, (any) => {
        const lines = new LineIndex(any);
        let before = { line: 0, character: -1 };
        for (let offset = 0; offset <= any.length; offset++) {
          const position = lines.position(offset);
          assert.ok(
            position.line > before.line || position.character > before.character,
            'positions grow with offsets',
          );
          before = position;
          // Within a CRLF there is no place to be: it is drawn to the end of the line.
          const between = any[offset - 1] === '\r' && any[offset] === '\n';
          assert.equal(lines.offset(position), between ? offset - 1 : offset);
        }
        assert.equal(lines.count, any.split(/\r\n|\r|\n/).length);
      }),
    );
  });
});
