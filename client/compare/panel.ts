import * as vscode from 'vscode';
import type { FacilityId } from '../../server/protocol';
import { PanelPage } from '../panel/page';
import type { ServerConnection } from '../server-connection';
import { messageOf } from '../words';
import {
  type CompareState,
  type FromCompareWebview,
  isFromCompareWebview,
  isIds,
  type ToCompareWebview,
} from './messages';

const viewType = 'ipcLens.compare';
/** Limits change seldom, by an administrator's hand: they are asked for again while somebody looks. */
const interval = 5000;

/** Facilities side by side in the editor area: one panel, brought to the front when asked for again. */
export class ComparePanel implements vscode.Disposable, vscode.WebviewPanelSerializer<CompareState> {
  private panel?: vscode.WebviewPanel;
  private ids: FacilityId[] = [];
  private timer?: NodeJS.Timeout;
  private shown = '';
  private readonly page: PanelPage<FromCompareWebview>;
  private readonly disposable: vscode.Disposable;

  constructor(
    extensionUri: vscode.Uri,
    private readonly connection: ServerConnection,
    output: vscode.LogOutputChannel,
  ) {
    this.page = new PanelPage(extensionUri, output, {
      viewType,
      title: 'Compare Facilities',
      bundle: 'compare',
      find: true,
      isMessage: isFromCompareWebview,
    });
    this.disposable = vscode.window.registerWebviewPanelSerializer(viewType, this);
  }

  async show(ids: FacilityId[]): Promise<void> {
    this.ids = ids;
    if (this.panel) {
      this.panel.reveal();
      return this.refresh();
    }
    this.fill(this.page.create());
  }

  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: CompareState | undefined): Promise<void> {
    if (this.panel || !isIds(state?.ids)) {
      panel.dispose();
      return;
    }
    this.ids = state.ids;
    this.page.restore(panel);
    this.fill(panel);
  }

  dispose(): void {
    this.panel?.dispose();
    this.disposable.dispose();
  }

  private fill(panel: vscode.WebviewPanel): void {
    this.panel = panel;
    this.shown = '';
    this.timer = setInterval(() => {
      if (panel.visible) void this.refresh();
    }, interval);
    panel.onDidDispose(() => {
      clearInterval(this.timer);
      this.panel = undefined;
    });
    this.page.load(panel, (message) => this.receive(message));
  }

  private async receive(message: FromCompareWebview): Promise<void> {
    switch (message.type) {
      case 'ready':
        this.shown = '';
        return this.refresh();
      case 'choose':
        this.ids = message.ids;
        return this.refresh();
      case 'explain':
        await vscode.commands.executeCommand('ipcLens.explain', message.id);
        return;
      case 'demo':
        await vscode.commands.executeCommand('ipcLens.runDemo', message.scenario);
        return;
    }
  }

  /** Tells the webview only what it does not show already. */
  private async refresh(): Promise<void> {
    const message = await this.read();
    const text = JSON.stringify(message);
    if (text === this.shown) return;
    // False while the panel is hidden: the webview asks for the state when it is shown again.
    if (await this.panel?.webview.postMessage(message)) this.shown = text;
  }

  private async read(): Promise<ToCompareWebview> {
    try {
      return {
        type: 'comparison',
        view: await this.connection.request('ipcLens/compare', { ids: this.ids }),
      };
    } catch (error) {
      return { type: 'problem', message: `The comparison cannot be made: ${messageOf(error)}` };
    }
  }
}
