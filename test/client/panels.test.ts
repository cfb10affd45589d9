/** The panels in the editor area: what their pages may do, and what hiding and reloading make of them. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundled } from './bundle';
import type { FakePanel } from './fake-vscode';

/** As much of a panel's class as is the same for all. */
type PanelClass = new (
  ...given: unknown[]
) => {
  show?(wish?: unknown): unknown;
  open?(scenario: string): unknown;
  deserializeWebviewPanel(panel: unknown, state?: unknown): Promise<void>;
  dispose(): void;
};
type Bundle = Record<'ComparePanel' | 'KernelPanel' | 'DemoPanels', PanelClass>;

const never = new Promise<never>(() => {});
const nothing = () => ({ dispose() {} });

describe('panels', () => {
  let folder: string;
  let code: Awaited<ReturnType<typeof bundled<Bundle>>>;
  let warnings: string[];
  let asked: string[];
  let lookers: number;
  const toDispose: { dispose(): void }[] = [];

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ipcl-panels-'));
    const files = ['compare', 'kernel', 'panel'].map((name) => `export * from './client/${name}/panel'`);
    code = await bundled<Bundle>(files.join(';'), folder);
  });
  after(() => rmSync(folder, { recursive: true }));
  beforeEach(() => {
    [warnings, asked, lookers] = [[], [], 0];
    code.vscode.recorded.panels.length = 0;
  });
  afterEach(() => {
    for (const one of toDispose.splice(0)) one.dispose();
  });

  function kept<T extends { dispose(): void }>(made: T): T {
    toDispose.push(made);
    return made;
  }

  /** A kind of panel, on a server that does not answer. */
  function kind(bundle: string) {
    const uri = code.vscode.Uri.file('/extension');
    const output = { warn: (text: string) => warnings.push(text) };
    const request = (method: string) => {
      asked.push(method);
      return never;
    };
    const connection = { on: nothing, onStatus: nothing, status: {}, request, send: request };
    const look = () => {
      lookers++;
      return { dispose: () => lookers-- };
    };
    const store = { onNews: nothing, look, settled: never };
    switch (bundle) {
      case 'compare': {
        const made = kept(new code.ComparePanel(uri, connection, output));
        return { made, state: { ids: ['pipe'] }, show: () => made.show?.(['pipe']) };
      }
      case 'kernel': {
        const made = kept(new code.KernelPanel(uri, connection, store, output));
        return { made, state: undefined, show: () => made.show?.() };
      }
      default: {
        const made = kept(new code.DemoPanels(uri, connection, output));
        return { made, state: { scenario: 'pipe/exchange' }, show: () => made.open?.('pipe/exchange') };
      }
    }
  }

  /** Shows a new panel. */
  function shown({ show }: ReturnType<typeof kind>): FakePanel {
    void show();
    const panel = code.vscode.recorded.panels.at(-1);
    assert.ok(panel);
    return panel;
  }

  /** A panel that VS Code brings back: without the rights it had. */
  function broughtBack({ made, state }: ReturnType<typeof kind>): FakePanel {
    const panel = new code.vscode.FakePanel('', '');
    void made.deserializeWebviewPanel(panel, state);
    return panel;
  }

  for (const bundle of ['compare', 'kernel', 'panel'])
    describe(`of ${bundle}.js`, () => {
      it('run their own script and load what lies in dist, new or brought back', () => {
        for (const panel of [shown(kind(bundle)), broughtBack(kind(bundle))]) {
          const { options, html } = panel.webview;
          assert.equal(options.enableScripts, true);
          assert.equal(String(options.localResourceRoots), '/extension/dist');
          const [, policy = '', nonce] =
            /http-equiv="Content-Security-Policy" content="(default-src 'none'; script-src 'nonce-([^"']+)'[^"]*)"/.exec(
              html,
            ) ?? [];
          assert.deepEqual(policy.split('; ').slice(2), [
            'style-src https://the-extension',
            'font-src https://the-extension;',
          ]);
          const from = (name: string) => `"https://the-extension/extension/dist/${name}"`;
          assert.deepEqual(html.match(/<script[^>]*>/g), [
            `<script nonce="${nonce}" src=${from(`${bundle}.js`)}>`,
          ]);
          assert.deepEqual(html.match(/href=("[^"]*")/g), [
            `href=${from('codicon.css')}`,
            `href=${from(`${bundle}.css`)}`,
          ]);
        }
      });

      it('are brought to the front when asked for again, and only one is brought back', () => {
        const panels = kind(bundle);
        const panel = shown(panels);
        panel.turn(false);
        assert.equal(shown(panels), panel);
        assert.ok(panel.visible);
        assert.equal(broughtBack(panels).isClosed, true);
        panel.dispose();
        assert.notEqual(shown(panels), panel);
      });

      it('pass on what their page says, and nothing else', () => {
        const panel = shown(kind(bundle));
        panel.said.fire({ type: 'ready' });
        assert.deepEqual(warnings, []);
        for (const said of [undefined, 'ready', { type: 'none' }]) panel.said.fire(said);
        assert.equal(warnings.length, 3);
        assert.match(warnings[0] ?? '', /sent a message that nobody understands\.$/);
      });
    });

  it('of the kernel keep the state read while they are seen, and no longer', () => {
    for (const open of [shown, broughtBack]) {
      const panel = open(kind('kernel'));
      assert.equal(lookers, 1);
      panel.turn(false);
      assert.equal(lookers, 0);
      panel.turn(true);
      panel.turn(true);
      assert.equal(lookers, 1);
      panel.dispose();
      assert.equal(lookers, 0);
    }
  });

  it('of the comparison and of demos ask the server when their page is there again', () => {
    const compare = broughtBack(kind('compare'));
    compare.said.fire({ type: 'ready' });
    assert.deepEqual(asked, ['ipcLens/compare']);
    broughtBack(kind('panel'));
    assert.deepEqual(asked.slice(1), ['ipcLens/demo/open']);
  });

  it('end what they hold when the extension ends', () => {
    for (const bundle of ['compare', 'kernel', 'panel']) {
      const panels = kind(bundle);
      const panel = shown(panels);
      panels.made.dispose();
      assert.ok(panel.isClosed);
    }
    assert.equal(lookers, 0);
  });
});
