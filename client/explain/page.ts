import * as vscode from 'vscode';
import type { FacilityId, ScenarioSummary, TopicId } from '../../server/protocol';
import type { ServerConnection } from '../server-connection';
import { linkPages, pageHtml } from './html';

/** The page of a facility or topic: the server's Markdown and its demos. One panel, reused. No script runs in it. */
export class ExplainPage {
  private panel?: vscode.WebviewPanel;

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly connection: ServerConnection,
  ) {}

  async show(id: FacilityId | TopicId): Promise<void> {
    const [{ title, markdown }, scenarios] = await Promise.all([
      this.connection.request('ipcLens/explain', { id }),
      this.connection.request('ipcLens/demo/list'),
    ]);
    const body = await vscode.commands.executeCommand<string | undefined>(
      'markdown.api.render',
      linkPages(markdown),
    );
    if (body === undefined) return showAsText(markdown);
    this.fill(
      title,
      body,
      scenarios.filter((scenario) => scenario.subject === id),
    );
  }

  private fill(title: string, body: string, scenarios: ScenarioSummary[]): void {
    const media = vscode.Uri.joinPath(this.extensionUri, 'client', 'media');
    const dist = vscode.Uri.joinPath(this.extensionUri, 'dist');
    this.panel ??= this.make([media, dist]);
    this.panel.title = title;
    const { webview } = this.panel;
    webview.html = pageHtml({
      title,
      body,
      scenarios,
      cspSource: webview.cspSource,
      styles: [vscode.Uri.joinPath(dist, 'codicon.css'), vscode.Uri.joinPath(media, 'page.css')].map((uri) =>
        webview.asWebviewUri(uri).toString(),
      ),
    });
    this.panel.reveal(undefined, false);
  }

  private make(localResourceRoots: vscode.Uri[]): vscode.WebviewPanel {
    const panel = vscode.window.createWebviewPanel('ipcLens.page', 'IPC Lens', vscode.ViewColumn.Active, {
      enableScripts: false,
      enableFindWidget: true,
      enableCommandUris: ['ipcLens.runDemo', 'ipcLens.explain'],
      localResourceRoots,
    });
    panel.iconPath = vscode.Uri.joinPath(this.extensionUri, 'client', 'media', 'icon.svg');
    panel.onDidDispose(() => {
      this.panel = undefined;
    });
    return panel;
  }
}

/** Without VS Code's Markdown extension the page is still readable as its source. */
async function showAsText(markdown: string): Promise<void> {
  const document = await vscode.workspace.openTextDocument({ language: 'markdown', content: markdown });
  await vscode.window.showTextDocument(document, { preview: true });
}
