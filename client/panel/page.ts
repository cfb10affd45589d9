import * as vscode from 'vscode';
import { panelHtml } from './html';

export interface PageOptions<Message> {
  viewType: string;
  title: string;
  /** The bundle in `dist/`: its script and its style sheet have this name. */
  bundle: string;
  /** Whether Ctrl+F searches the page. */
  find: boolean;
  /** Tells the messages of the page from others. */
  isMessage(message: unknown): message is Message;
}

/** What panels of one type show: a page of the extension's own, that runs its bundle and nothing else. */
export class PanelPage<Message> {
  private readonly dist: vscode.Uri;

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly output: vscode.LogOutputChannel,
    private readonly options: PageOptions<Message>,
  ) {
    this.dist = vscode.Uri.joinPath(extensionUri, 'dist');
  }

  /** A new panel in the editor area, still empty. */
  create(): vscode.WebviewPanel {
    const { viewType, title, find } = this.options;
    return vscode.window.createWebviewPanel(viewType, title, vscode.ViewColumn.Active, {
      ...this.rights,
      enableFindWidget: find,
    });
  }

  /** Gives a panel that VS Code brought back the rights of a new one. */
  restore({ webview }: vscode.WebviewPanel): void {
    webview.options = this.rights;
  }

  /** Loads the page; `receive` gets what it sends. */
  load(panel: vscode.WebviewPanel, receive: (message: Message) => Promise<unknown>): void {
    const { webview } = panel;
    const { title, bundle, isMessage } = this.options;
    webview.onDidReceiveMessage((message: unknown) => {
      if (isMessage(message)) void receive(message);
      else this.output.warn(`The page of ${title} sent a message that nobody understands.`);
    });
    panel.iconPath = vscode.Uri.joinPath(this.extensionUri, 'client', 'media', 'icon.svg');
    const resource = (name: string) => webview.asWebviewUri(vscode.Uri.joinPath(this.dist, name)).toString();
    webview.html = panelHtml({
      cspSource: webview.cspSource,
      styles: [resource('codicon.css'), resource(`${bundle}.css`)],
      script: resource(`${bundle}.js`),
      title,
    });
  }

  private get rights(): vscode.WebviewOptions {
    return { enableScripts: true, localResourceRoots: [this.dist] };
  }
}
