import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { configurationName, projectConfiguration } from '../../server/workspace/configuration-file';
import { filesBelow, includeFolders } from '../../server/workspace/scan';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'ipcl-s-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text = ''): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

const below = async (root = folder) =>
  (await filesBelow(root, (name) => name.endsWith('.h'))).map((file) => path.relative(folder, file));

describe('the files below a folder', () => {
  it('are those that are wanted, in order', async () => {
    for (const name of ['b.h', 'a.h', 'a.c', 'x/c.h', 'x/y/d.h', 'h']) write(name);
    assert.deepEqual(await below(), ['a.h', 'b.h', 'x/c.h', 'x/y/d.h']);
  });

  it('are not looked for in hidden folders and build output', async () => {
    for (const name of [
      '.git/a.h',
      '.hidden/b.h',
      'node_modules/c.h',
      'x/build/d.h',
      'dist/e.h',
      'out/f.h',
      'g.h',
    ]) {
      write(name);
    }
    assert.deepEqual(await below(), ['g.h']);
    assert.deepEqual(await below(path.join(folder, 'x/build')), ['x/build/d.h'], 'unless asked for itself');
  });

  it('are not looked for behind links, which may go in circles', async () => {
    write('real/a.h');
    symlinkSync('real', path.join(folder, 'link'));
    symlinkSync('..', path.join(folder, 'real/up'));
    symlinkSync('real/a.h', path.join(folder, 'b.h'));
    assert.deepEqual(await below(), ['real/a.h']);
  });

  it('are what can be read: a folder that may not be opened is passed over', async () => {
    write('a.h');
    write('closed/b.h');
    chmodSync(path.join(folder, 'closed'), 0);
    const found = await below();
    chmodSync(path.join(folder, 'closed'), 0o755);
    assert.ok(found.includes('a.h'));
    assert.deepEqual(await below(path.join(folder, 'none')), []);
    assert.deepEqual(await below(path.join(folder, 'a.h')), []);
  });
});

describe('the include folders of compile_commands.json', () => {
  const found = async () => (await includeFolders(folder)).map((name) => path.relative(folder, name));

  it('are read from arguments', async () => {
    const args = ['cc', '-Iinc', '-I', 'two', '-isystem', 'three', '-iquotefour', '-c', 'a.c', '-I'];
    write('compile_commands.json', JSON.stringify([{ directory: folder, file: 'a.c', arguments: args }]));
    assert.deepEqual(await found(), ['inc', 'two', 'three', 'four']);
  });

  it('are read from a command, with the quotes of the shell', async () => {
    const command = `cc -Iinc -I two -I"with space" '-Isingle quoted' -Iback\\ slash -I "a \\"b\\"" -DX=\\"y\\" a.c`;
    write('compile_commands.json', JSON.stringify([{ directory: folder, file: 'a.c', command }]));
    assert.deepEqual(await found(), ['inc', 'two', 'with space', 'single quoted', 'back slash', 'a "b"']);
  });

  it('are relative to the directory of each entry, and each named once', async () => {
    const entry = (directory: string) => ({
      directory,
      file: 'a.c',
      arguments: ['cc', '-Iinc', '-I../shared'],
    });
    write('compile_commands.json', JSON.stringify([entry(`${folder}/a`), entry(`${folder}/b`), entry('c')]));
    assert.deepEqual(await found(), ['a/inc', 'shared', 'b/inc', 'c/inc']);
  });

  it('are found in build/ too', async () => {
    write(
      'build/compile_commands.json',
      JSON.stringify([{ directory: `${folder}/build`, file: '../a.c', command: 'cc -I../inc ../a.c' }]),
    );
    assert.deepEqual(await found(), ['inc']);
  });

  it('leave out the folders of the system, which the catalog stands for', async () => {
    const args = ['cc', '-I/usr/include', '-isystem', '/usr/include/x86_64-linux-gnu', '-I/opt/lib/include'];
    write('compile_commands.json', JSON.stringify([{ directory: folder, file: 'a.c', arguments: args }]));
    assert.deepEqual(await includeFolders(folder), ['/opt/lib/include']);
  });

  it('are none where the file is missing or strange', async () => {
    assert.deepEqual(await found(), []);
    for (const text of [
      '',
      '{',
      '{}',
      'null',
      '[null, 7, "x", {}, {"directory": 7}, {"directory": "/"}]',
      '[[]]',
    ]) {
      write('compile_commands.json', text);
      assert.deepEqual(await found(), [], text);
    }
    const odd = [{ directory: folder, arguments: [7, null, '-Iinc', { a: 1 }], command: 9 }];
    write('compile_commands.json', JSON.stringify(odd));
    assert.deepEqual(await found(), ['inc']);
  });
});

describe(configurationName, () => {
  it('is the nearest one, up to the root and no higher', () => {
    write(`ws/${configurationName}`, '{ "preset": "strict" }');
    const deep = path.join(folder, 'ws/a/b');
    assert.equal(projectConfiguration(deep, path.join(folder, 'ws')).configuration.preset, 'strict');
    assert.deepEqual(projectConfiguration(deep, path.join(folder, 'ws/a')).configuration, {});
    const nearer = write(`ws/a/${configurationName}`, '{}');
    assert.deepEqual(projectConfiguration(deep, folder), { configuration: {}, problems: [], file: nearer });
  });

  it('says what it does not understand, and keeps the rest', () => {
    write(configurationName, '{ "preset": 7, "rules": { "handle/leak": "off", "pipe/sigpipe": "no" } }');
    const { configuration, problems } = projectConfiguration(folder, folder);
    assert.deepEqual(configuration, { rules: { 'handle/leak': 'off' } });
    assert.equal(problems.length, 2);
    for (const text of ['', '[]', '7', '{"rules": []}', '{ // comment\n}']) {
      write(configurationName, text);
      assert.equal(projectConfiguration(folder, folder).problems.length, 1, text);
    }
  });

  it('may start with a byte order mark', () => {
    write(configurationName, '\ufeff{ "preset": "strict" }');
    assert.equal(projectConfiguration(folder, folder).configuration.preset, 'strict');
  });

  it('that is a folder counts as none', () => {
    mkdirSync(path.join(folder, configurationName));
    assert.deepEqual(projectConfiguration(folder, folder), { configuration: {}, problems: [] });
  });
});
