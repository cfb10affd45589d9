/** Small texts: words on the wire, comments in C, data for people; and where things are looked for. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { createDemos } from '../../server/demos';
import { comment } from '../../server/demos/code';
import { locateActor, runBase } from '../../server/demos/locate';
import { escapeText } from '../../server/demos/objects/text';
import { decodeWord, encodeWord } from '../../server/demos/stage';

describe('texts of the demos', () => {
  it('words survive the wire', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const word = encodeWord(text);
        assert.match(word, /^[!-~]+$/);
        assert.equal(decodeWord(word), text);
      }),
    );
  });

  it('comments keep their words, stay within the width and never end early', () => {
    const words = fc.array(fc.stringMatching(/^[!-~]{1,20}$/), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(words, fc.constantFrom('', '    ', '        '), (list, indent) => {
        const lines = comment(list.join(' '), indent);
        const text = lines.join('\n');
        assert.equal(text.indexOf('*/'), text.length - 2);
        assert.ok(lines.every((line) => line.length <= 96 && line.startsWith(indent)));
      }),
    );
  });

  it('data is shown as C would write it, shortened at a whole character', () => {
    assert.equal(escapeText('a\nb\t\0\x01\\', 99), 'a\\nb\\t\\0\\x01\\\\');
    assert.equal(escapeText('abc\n', 4), 'abc');
    fc.assert(fc.property(fc.string(), (text) => escapeText(text, 20).length <= 20));
  });
});

describe('places of the demos', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'ipc-lens-locate-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const put = (...path: string[]) => {
    const file = join(directory, ...path);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, '');
    chmodSync(file, 0o755);
    return file;
  };

  it('finds the actor beside the bundle first, then in the build', () => {
    const dist = join(directory, 'dist');
    const found = () => locateActor(dist, 'linux');
    assert.ok('problem' in found());
    const built = put('build', 'Release', 'ipc_lens_actor');
    assert.deepEqual(found(), { path: built });
    assert.deepEqual(locateActor(join(directory, 'server', 'demos'), 'linux'), { path: built });
    const shipped = put('dist', 'native', 'ipc_lens_actor');
    assert.deepEqual(found(), { path: shipped });
  });

  it('mends a permission that was lost on the way', () => {
    const path = put('dist', 'native', 'ipc_lens_actor');
    chmodSync(path, 0o644);
    assert.deepEqual(locateActor(join(directory, 'dist'), 'linux'), { path });
    assert.equal(statSync(path).mode & 0o777, 0o755);
  });

  it('says what is missing, in sentences', () => {
    const missing = locateActor(directory, 'linux');
    assert.ok('problem' in missing);
    assert.match(missing.problem, /^Live demos are not available: .*npm run build\.$/);
    const elsewhere = locateActor(directory, 'win32');
    assert.ok('problem' in elsewhere && /WSL/.test(elsewhere.problem));
  });

  it('prefers the directory that belongs to the user', () => {
    assert.equal(runBase({ XDG_RUNTIME_DIR: directory }), directory);
    assert.equal(runBase({ XDG_RUNTIME_DIR: join(directory, 'none') }), tmpdir());
    assert.equal(runBase({ XDG_RUNTIME_DIR: 'relative' }), tmpdir());
    assert.equal(runBase({}), tmpdir());
  });

  it('gives the programs of a scenario as files', () => {
    const demos = createDemos({ actorPath: { problem: 'None.' }, onChanged() {} });
    assert.deepEqual(
      demos.programs('sysv-msg/by-type').map(({ file }) => file),
      ['sysv-msg-by-type-sender.c', 'sysv-msg-by-type-receiver.c'],
    );
    assert.equal(demos.programs('pipe/exchange').length, 1);
    assert.deepEqual(demos.programs('pipe/none'), []);
  });
});
