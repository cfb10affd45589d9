import * as vscode from 'vscode';
import type { ServerConnection } from '../server-connection';
import { type FromWebview, isFromWebview, isPlayed, type PanelState, type Played } from './messages';
import { PanelPage } from './page';
import { openProject } from './project';
import { DemoSession } from './session';

const viewType = 'ipcLens.demo';

interface OpenPanel {
  panel: vscode.WebviewPanel;
  session: DemoSession;
}

/** The demo panels, one a scenario: running a demo whose panel is open brings that one to the front. */
export class DemoPanels implements vscode.Disposable, vscode.WebviewPanelSerializer<PanelState> {
  private readonly panels = new Map<string, OpenPanel>();
  private readonly page: PanelPage<FromWebview>;
  private readonly disposable: vscode.Disposable;
  private serverWasUp = false;

  constructor(
    extensionUri: vscode.Uri,
    private readonly connection: ServerConnection,
    private readonly output: vscode.LogOutputChannel,
  ) {
    this.page = new PanelPage(extensionUri, output, {
      viewType,
      title: 'Demo',
      bundle: 'panel',
      find: true,
      isMessage: isFromWebview,
    });
    this.disposable = vscode.Disposable.from(
      vscode.window.registerWebviewPanelSerializer(viewType, this),
      connection.on('ipcLens/demo/changed', (view) => {
        for (const { session } of this.panels.values()) session.changed(view);
      }),
      connection.onStatus(({ state }) => {
        if (state !== 'ready' && this.serverWasUp) this.serverWentAway();
        this.serverWasUp = state === 'ready';
      }),
    );
  }

  async open(scenario: string): Promise<void> {
    const existing = this.panels.get(scenario);
    if (existing) {
      existing.panel.reveal();
      return;
    }
    const panel = this.page.create();
    await this.fill(panel, scenario);
  }

  /** After a reload of the window: the same scenario in the same place, with new processes played to where it was. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: PanelState | undefined): Promise<void> {
    if (!state?.scenario || this.panels.has(state.scenario)) {
      panel.dispose();
      return;
    }
    this.page.restore(panel);
    await this.fill(panel, state.scenario, isPlayed(state.played) ? state.played : []);
  }

  dispose(): void {
    for (const { panel } of [...this.panels.values()]) panel.dispose();
    this.disposable.dispose();
  }

  private async fill(
    panel: vscode.WebviewPanel,
    scenario: string,
    played: readonly Played[] = [],
  ): Promise<void> {
    const session = this.makeSession(panel, scenario);
    this.panels.set(scenario, { panel, session });
    panel.onDidDispose(() => {
      this.panels.delete(scenario);
      void session.close();
    });
    this.page.load(panel, (message) => session.receive(message));
    await session.open(played);
    panel.title = session.title ?? panel.title;
  }

  private makeSession(panel: vscode.WebviewPanel, scenario: string): DemoSession {
    return new DemoSession(scenario, {
      request: (method, params) => this.connection.send(method, params),
      post: (message) => {
        // False while the panel is hidden: the webview asks for the state when it is shown again.
        void panel.webview.postMessage(message);
        if (message.type === 'view') panel.title = message.view.scenario.title;
      },
      openProgram: async (_file, content) => {
        const document = await vscode.workspace.openTextDocument({ language: 'c', content });
        await vscode.window.showTextDocument(document, {
          viewColumn: vscode.ViewColumn.Beside,
          preview: false,
        });
      },
      openProject: (scenario, session) => openProject(this.connection, scenario, session),
      pick: async (subject) => {
        await vscode.commands.executeCommand('ipcLens.runDemo', { node: { id: subject, title: subject } });
      },
      explain: async (subject) => {
        await vscode.commands.executeCommand('ipcLens.explain', subject);
      },
      log: (message) => this.output.warn(message),
    });
  }

  private serverWentAway(): void {
    for (const { session } of this.panels.values()) {
      session.lost('The server was stopped, and the processes of this demo ended with it.');
    }
  }
}
