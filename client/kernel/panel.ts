import * as vscode from 'vscode';
import { PanelPage } from '../panel/page';
import type { ServerConnection } from '../server-connection';
import { messageOf } from '../words';
import {
  type FromKernelWebview,
  isFromKernelWebview,
  type RowAction,
  type ToKernelWebview,
} from './messages';
import { wholeState } from './model';
import type { KernelStore } from './store';

const viewType = 'ipcLens.kernelState';

const commandOf: Record<RowAction, string> = {
  goToSource: 'ipcLens.kernel.goToSource',
  copyName: 'ipcLens.kernel.copyName',
  copyDetails: 'ipcLens.kernel.copyDetails',
  copyCommand: 'ipcLens.kernel.copyCommand',
  copyJson: 'ipcLens.kernel.copyJson',
  remove: 'ipcLens.kernel.remove',
  signal: 'ipcLens.kernel.signal',
};

/** The kernel's state in the editor area: one panel, brought to the front when asked for again. */
export class KernelPanel implements vscode.Disposable, vscode.WebviewPanelSerializer<unknown> {
  private panel?: vscode.WebviewPanel;
  /** What a panel that has not loaded yet shall show. */
  private wish?: { id?: string; filter?: string };
  private readonly page: PanelPage<FromKernelWebview>;
  private readonly disposable: vscode.Disposable;

  constructor(
    extensionUri: vscode.Uri,
    private readonly connection: ServerConnection,
    private readonly store: KernelStore,
    output: vscode.LogOutputChannel,
  ) {
    this.page = new PanelPage(extensionUri, output, {
      viewType,
      title: 'Kernel State',
      bundle: 'kernel',
      // The page has a filter of its own.
      find: false,
      isMessage: isFromKernelWebview,
    });
    this.disposable = vscode.Disposable.from(
      vscode.window.registerWebviewPanelSerializer(viewType, this),
      store.onNews((news) => {
        this.post(news.type === 'frozen' ? { type: 'frozen', on: store.frozen } : news);
      }),
    );
  }

  /** Opens the panel, at an object or with a filter where one is given. */
  show(wish?: { id?: string; filter?: string }): void {
    this.wish = wish;
    if (this.panel) {
      this.panel.reveal();
      if (wish) this.post({ type: 'show', ...wish });
      return;
    }
    this.fill(this.page.create());
  }

  async deserializeWebviewPanel(panel: vscode.WebviewPanel): Promise<void> {
    if (this.panel) {
      panel.dispose();
      return;
    }
    this.page.restore(panel);
    this.fill(panel);
  }

  dispose(): void {
    this.panel?.dispose();
    this.disposable.dispose();
  }

  private fill(panel: vscode.WebviewPanel): void {
    this.panel = panel;
    let looking = panel.visible ? this.store.look() : undefined;
    panel.onDidChangeViewState(() => {
      if (panel.visible === (looking !== undefined)) return;
      looking?.dispose();
      looking = panel.visible ? this.store.look() : undefined;
    });
    panel.onDidDispose(() => {
      looking?.dispose();
      this.panel = undefined;
    });
    this.page.load(panel, (message) => this.receive(message));
  }

  private post(message: ToKernelWebview): void {
    // False while the panel is hidden: the webview asks for the state when it is shown again.
    void this.panel?.webview.postMessage(message);
  }

  private async receive(message: FromKernelWebview): Promise<void> {
    switch (message.type) {
      case 'ready':
        return this.greet();
      case 'freeze':
        return this.store.freeze(message.on);
      case 'mark':
        return this.store.mark();
      case 'peek':
        return this.peek(message.id, message.offset);
      case 'row': {
        const row = this.store.model.row(message.id);
        if (row) await vscode.commands.executeCommand(commandOf[message.action], { row });
        return;
      }
      case 'removeOrphans':
        await vscode.commands.executeCommand('ipcLens.kernel.removeOrphans');
        return;
      case 'explain':
        await vscode.commands.executeCommand('ipcLens.explain', message.subject);
        return;
      case 'demo':
        await vscode.commands.executeCommand('ipcLens.runDemo', {
          node: { id: message.subject, title: message.subject },
        });
        return;
    }
  }

  private async greet(): Promise<void> {
    await this.store.settled;
    const { status } = this.connection;
    if (status.nativeProblem) this.post({ type: 'problem', message: status.nativeProblem });
    else if (this.store.model.taken > 0) this.post({ type: 'state', delta: wholeState(this.store.model) });
    if (this.store.frozen) this.post({ type: 'frozen', on: true });
    if (this.wish) this.post({ type: 'show', ...this.wish });
    this.wish = undefined;
  }

  private async peek(id: string, offset: number): Promise<void> {
    try {
      const result = await this.connection.request('ipcLens/kernel/peek', { id, offset });
      this.post({ type: 'peeked', id, offset, result });
    } catch (error) {
      const result = { title: id, parts: [], problem: `It cannot be looked into: ${messageOf(error)}` };
      this.post({ type: 'peeked', id, offset, result });
    }
  }
}
