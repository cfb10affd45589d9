import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKernelState } from '../../server/kernel/index';
import { addonFile, loadAddon, nativeFolders } from '../../server/kernel/loader';

describe('kernel state: loading the addon', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ipc-lens-loader-'));
  const empty = join(folder, 'empty');

  before(() => writeFileSync(join(folder, addonFile), 'this is no shared object'));
  after(() => rmSync(folder, { recursive: true }));

  it('looks beside the bundle first, then where node-gyp builds', () => {
    const folders = nativeFolders('/x/dist');
    assert.deepEqual(folders.slice(0, 2), ['/x/dist/native', '/x/build/Release']);
    assert.ok(nativeFolders('/x/server/kernel').includes('/x/build/Release'));
  });

  it('names the places tried when there is none, and what to do', () => {
    const loaded = loadAddon([empty, join(folder, 'other')], 'linux');
    assert.ok('problem' in loaded);
    assert.deepEqual(
      loaded.attempts.map(({ path }) => path),
      [join(empty, addonFile), join(folder, 'other', addonFile)],
    );
    assert.match(
      loaded.problem,
      /is missing\. Looked for .*empty.*other.*npm run build.*Everything else works\.$/,
    );
  });

  it('gives the reason when it is there but cannot be loaded', () => {
    const loaded = loadAddon([empty, folder], 'linux');
    assert.ok('problem' in loaded);
    assert.match(loaded.problem, /cannot be loaded \(.*ipc_lens_addon\.node: .*(ELF|file too short|invalid)/);
  });

  it('says that it needs Linux elsewhere', () => {
    const loaded = loadAddon([folder], 'darwin');
    assert.ok('problem' in loaded);
    assert.match(loaded.problem, /need Linux; this is darwin\. Everything else works\./);
  });

  it('leaves a state that answers everything without it', async () => {
    const state = createKernelState({ folders: [empty], onChanged: () => assert.fail('nothing changes') });
    assert.match(state.problem ?? '', /is missing/);
    const view = await state.watch(true);
    assert.ok(view.groups.length >= 6);
    for (const group of view.groups) assert.deepEqual([group.rows, group.problem], [[], state.problem]);
    assert.equal(state.remove('sysv-msg:1').removed, false);
    await state.watch(false);
    state.dispose();
  });
});
