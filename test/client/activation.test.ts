import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundled, root } from './bundle';
import type * as fake from './fake-vscode';

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

interface Bundle {
  activate(context: unknown): void;
  vscode: typeof fake;
}

describe('activation', () => {
  let folder: string;
  let bundle: Bundle;
  const subscriptions: { dispose(): unknown }[] = [];

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ipcl-client-'));
    bundle = await bundled<Bundle>(`export * from './client/extension'`, folder);
    bundle.activate({ extensionUri: bundle.vscode.Uri.file('/extension'), subscriptions });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('registers every command of the manifest and no other', () => {
    const declared = manifest.contributes.commands.map(({ command }: { command: string }) => command);
    assert.deepEqual([...bundle.vscode.recorded.commands.keys()].sort(), declared.sort());
  });

  it('gives every view of the manifest its content', () => {
    const declared = Object.values<{ id: string }[]>(manifest.contributes.views).flatMap((views) =>
      views.map(({ id }) => id),
    );
    assert.deepEqual([...bundle.vscode.recorded.views.keys()].sort(), declared.sort());
  });

  it('brings panels back after a reload, and is activated for it', () => {
    const panels = [...bundle.vscode.recorded.serializers].sort();
    assert.deepEqual(panels, ['ipcLens.compare', 'ipcLens.demo', 'ipcLens.kernelState']);
    for (const panel of panels) assert.ok(manifest.activationEvents.includes(`onWebviewPanel:${panel}`));
  });

  it('sets the contexts that the welcome texts ask for', () => {
    assert.equal(bundle.vscode.recorded.contexts.get('ipcLens.server'), 'idle');
    assert.equal(bundle.vscode.recorded.contexts.get('ipcLens.native'), 'available');
  });

  it('tells a failing command with its reason', async () => {
    await bundle.vscode.recorded.commands.get('ipcLens.runDemo')?.('pipe/exchange');
    await bundle.vscode.recorded.commands.get('ipcLens.explain')?.('pipe');
    assert.match(
      bundle.vscode.recorded.errors.join('\n'),
      /^IPC Lens could not (run the demo|open the page): .+/m,
    );
  });

  it('cleans up everything it registered', async () => {
    for (const subscription of subscriptions.splice(0)) await subscription.dispose();
    assert.deepEqual([...bundle.vscode.recorded.commands.keys()], []);
  });
});
