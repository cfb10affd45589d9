/** What a user installs: all that the extension needs, nothing else, and small. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '../..');
const goalBytes = 3 * 1024 * 1024;

/** Every string of a JSON value which is a path into the package. */
function pathsIn(value: unknown): string[] {
  if (typeof value === 'string') return /^(\.\/|client\/)/.test(value) ? [value.replace(/^\.\//, '')] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(pathsIn);
}

describe('the package', () => {
  let files: Set<string>;

  before(function () {
    this.timeout(20_000);
    const vsce = join(root, 'node_modules/@vscode/vsce/vsce');
    const output = execFileSync(process.execPath, [vsce, 'ls', '--no-dependencies'], {
      cwd: root,
      encoding: 'utf8',
    });
    files = new Set(output.trim().split('\n'));
  });

  it('holds every file which package.json names', () => {
    const { main, icon, contributes } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const missing = pathsIn([main, icon, contributes]).filter((path) => !files.has(path));
    assert.deepEqual(missing, []);
  });

  it('holds every file which the extension loads', () => {
    const needed = [
      'dist/client.js',
      'dist/server.js',
      'dist/cli.js',
      'dist/kernel.js',
      'dist/kernel.css',
      'dist/panel.js',
      'dist/panel.css',
      'dist/codicon.css',
      'dist/codicon.ttf',
      'dist/web-tree-sitter.wasm',
      'dist/tree-sitter-c.wasm',
      'dist/native/ipc_lens_addon.node',
      'dist/native/ipc_lens_actor',
      'dist/THIRD-PARTY-NOTICES.txt',
      'LICENSE',
      ...readdirSync(join(root, 'client/media')).map((name) => `client/media/${name}`),
    ];
    assert.deepEqual(
      needed.filter((path) => !files.has(path)),
      [],
    );
  });

  it('holds no sources, maps or dependencies', () => {
    const strays = [...files].filter(
      (path) => /\.(tsx?|mjs|map|c|cc|h)$/.test(path) || path.startsWith('node_modules/'),
    );
    assert.deepEqual(strays, []);
  });

  it('is at most 3 MB', function () {
    const vsix = process.env.IPC_LENS_VSIX;
    if (!vsix) return this.skip(); // Run by hand without a package.
    const { size } = statSync(vsix);
    assert.ok(size <= goalBytes, `${size} bytes`);
  });
});
