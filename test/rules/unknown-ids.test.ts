/** Ids that no rule has, in comments, settings and a project's file: each is told, with the one that was meant. */
import assert from 'node:assert/strict';
import { LineIndex } from '../../server/c/lines';
import { nearestRule, unknownRule } from '../../server/rules/known-ids';
import { ruleById } from '../../server/rules/registry';
import { unknownIdCode, unknownIdsIn } from '../../server/rules/suppressions';
import { readSettings } from '../../server/settings';

const told = (text: string) => {
  const lines = new LineIndex(text);
  return unknownIdsIn(text, (offset) => lines.position(offset).line);
};
const marked = (text: string) => told(text).map(({ span }) => text.slice(span.start, span.end));
const mended = (text: string) =>
  told(text)
    .flatMap(({ fix }) => fix?.edits ?? [])
    .sort((a, b) => b.span.start - a.span.start)
    .reduce((so, { span, text: by }) => so.slice(0, span.start) + by + so.slice(span.end), text);

describe('an id that no rule has', () => {
  it('is told by the nearest that there is', () => {
    for (const [id, meant] of [
      ['pipe/sigpip', 'pipe/sigpipe'],
      ['pipe/swaped-ends', 'pipe/swapped-ends'],
      ['Handle/Leak', 'handle/leak'],
      ['lock/swapped-ends', 'pipe/swapped-ends'],
      ['swapped-ends', 'pipe/swapped-ends'],
      ['handle/laek', 'handle/leak'],
      ['sysv-msg/size_includes_type', 'sysv-msg/size-includes-type'],
    ] as const) {
      assert.equal(nearestRule(id), meant, id);
      assert.ok(unknownRule(id, true)?.includes(`"${meant}"`), unknownRule(id, true));
    }
  });

  it('is told without one when none is like it', () => {
    for (const id of ['', 'x', 'because', 'wholly/different-thing', '__proto__', 'constructor']) {
      assert.equal(nearestRule(id), undefined, id);
      assert.match(unknownRule(id, true) ?? '', /^There is no rule ".*", so this has no effect\.$/);
    }
  });

  it('is told of groups too, which only settings take', () => {
    assert.equal(unknownRule('pipe/*', true), undefined);
    assert.match(unknownRule('pip/*', true) ?? '', /"pipe\/\*"/);
    assert.match(unknownRule('pipe/*', false) ?? '', /single rules/);
  });

  it('is none of those that there are', () => {
    for (const id of ruleById.keys()) {
      assert.equal(unknownRule(id, false), undefined);
      assert.equal(unknownRule(id, true), undefined);
    }
  });
});

describe('in a comment', () => {
  it('an unknown id is marked, and mended', () => {
    const text = 'int x; // ipc-lens-disable-line handle/name, handel/leak -- it is meant\n';
    assert.deepEqual(marked(text), ['handel/leak']);
    assert.equal(mended(text), text.replace('handel/leak', 'handle/leak'));
    assert.deepEqual(told(mended(text)), []);
    assert.deepEqual(
      told(text).map(({ rule, severity }) => [rule, severity]),
      [[unknownIdCode, 'warning']],
    );
  });

  it('of every reach and both kinds', () => {
    for (const text of [
      '// ipc-lens-disable-next-line a/b',
      '/* ipc-lens-disable a/b */',
      '/* ipc-lens-disable-line a/b -- x */',
      'int é; /* 😀 */ // ipc-lens-disable-line a/b\r\n',
    ]) {
      assert.deepEqual(marked(text), ['a/b'], text);
    }
  });

  it('a reason without its mark is told once, and mended', () => {
    const text = '// ipc-lens-disable-next-line handle/name the name is checked above\n';
    assert.deepEqual(marked(text), ['the name is checked above']);
    assert.equal(mended(text), text.replace(' the', ' -- the'));
    assert.deepEqual(told(mended(text)), []);
  });

  it('a reason alone is told, and not turned into a comment that silences everything', () => {
    const text = '// ipc-lens-disable-next-line because of this\n';
    assert.deepEqual(marked(text), ['because of this']);
    assert.equal(mended(text), text);
  });

  it('nothing is said of what is right', () => {
    for (const text of [
      '// ipc-lens-disable-next-line',
      '// ipc-lens-disable-next-line handle/name, handle/leak -- odd/word in the reason',
      '/* ipc-lens-disable handle/name */ int f(void); /* a/b */',
      '// about ipc-lens-disable-line: a/b',
      'int a; // pipe/whatever',
    ]) {
      assert.deepEqual(marked(text), [], text);
    }
  });

  it('nothing is said where the file or the line silences everything', () => {
    assert.deepEqual(marked('/* ipc-lens-disable */\n// ipc-lens-disable-next-line a/b\n'), []);
    assert.deepEqual(marked(`/* ipc-lens-disable ${unknownIdCode} */\n// ipc-lens-disable-line a/b\n`), []);
  });
});

describe('in the settings', () => {
  it('an unknown id is told, and the rest counts', () => {
    const { settings, problems } = readSettings({
      rules: { 'pipe/sigpip': 'off', 'pipe/*': 'hint', 'handle/leak': 'off' },
    });
    assert.equal(problems.length, 1);
    assert.match(problems[0] ?? '', /^Setting ipcLens: There is no rule "pipe\/sigpip".*"pipe\/sigpipe"\?$/);
    assert.equal(settings.configuration.rules['handle/leak'], 'off');
  });
});
