import * as vscode from 'vscode';
import type { KernelGroup, KernelRow } from '../../server/protocol';
import { messageOf, type ServerConnection } from '../server-connection';
import { childrenOf, itemOf, type KernelElement, KernelGroups } from './kernel-model';

/** Rows of orphans get this scheme, so that a decoration can colour them. */
const orphanScheme = 'ipc-lens-orphan';

/** The kernel's IPC tables, live. The server is told to look only while the view is visible. */
export class KernelView implements vscode.TreeDataProvider<KernelElement>, vscode.Disposable {
  private readonly groups = new KernelGroups();
  private readonly changed = new vscode.EventEmitter<KernelElement[] | undefined>();
  private readonly view: vscode.TreeView<KernelElement>;
  private readonly disposable: vscode.Disposable;
  private watching = false;
  private reading?: Promise<KernelGroup[]>;
  readonly onDidChangeTreeData = this.changed.event;

  constructor(private readonly connection: ServerConnection) {
    this.view = vscode.window.createTreeView('ipcLens.kernel', {
      treeDataProvider: this,
      showCollapseAll: true,
    });
    this.disposable = vscode.Disposable.from(
      this.view,
      this.changed,
      vscode.window.registerFileDecorationProvider(orphanDecoration),
      this.view.onDidChangeVisibility(({ visible }) => (visible ? this.watch() : this.unwatch())),
      connection.on('ipcLens/kernel/changed', ({ groups }) => {
        this.refreshTree(this.groups.merge(groups));
      }),
      connection.onStatus(({ state }) => {
        if (state === 'failed') this.forget();
        // A server that came back does not know that somebody is looking.
        if (state === 'starting') this.watching = false;
        if (state === 'ready' && this.view.visible) this.watch();
      }),
    );
    if (this.view.visible) this.watch();
  }

  /** Reads the tables now. Rejects when that is not possible. */
  async refresh(): Promise<void> {
    await this.snapshot();
  }

  /** The groups as they are now. */
  async snapshot(): Promise<KernelGroup[]> {
    const groups = await this.read();
    if (!this.view.visible) this.unwatch();
    return groups;
  }

  groupOf(row: KernelRow): KernelGroup | undefined {
    return this.groups.groupOf(row);
  }

  async getChildren(element?: KernelElement): Promise<KernelElement[]> {
    if (element) return childrenOf(element);
    // While the first answer is on its way the view shows that it waits.
    await this.reading?.catch(() => undefined);
    return this.groups.roots();
  }

  getTreeItem(element: KernelElement): vscode.TreeItem {
    const model = itemOf(element);
    const item = new vscode.TreeItem(model.label, collapsible[model.expandable]);
    item.id = model.id;
    item.description = model.description;
    item.tooltip = new vscode.MarkdownString(model.tooltip);
    item.contextValue = model.contextValue;
    item.accessibilityInformation = { label: model.spoken };
    if (model.icon) {
      item.iconPath = new vscode.ThemeIcon(
        model.icon,
        model.iconColor ? new vscode.ThemeColor(model.iconColor) : undefined,
      );
    }
    if (model.orphan) item.resourceUri = vscode.Uri.from({ scheme: orphanScheme, path: `/${model.id}` });
    return item;
  }

  dispose(): void {
    this.disposable.dispose();
  }

  private watch(): void {
    if (this.watching || this.connection.status.state === 'failed') return;
    this.watching = true;
    this.reading = this.read();
    this.reading.catch((error) => {
      this.watching = false;
      this.view.message = `The kernel objects cannot be read: ${messageOf(error)}`;
    });
  }

  private async read(): Promise<KernelGroup[]> {
    const { groups } = await this.connection.request('ipcLens/kernel/watch', { on: true });
    this.watching = true;
    this.groups.replace(groups);
    this.refreshTree();
    return groups;
  }

  private unwatch(): void {
    if (!this.watching) return;
    this.watching = false;
    if (this.connection.status.state !== 'ready') return;
    this.connection.request('ipcLens/kernel/watch', { on: false }).catch(() => undefined); // A dead server polls nothing.
  }

  private forget(): void {
    this.watching = false;
    this.groups.replace([]);
    this.refreshTree();
  }

  /** Draws `only` these anew, or everything. */
  private refreshTree(only?: KernelElement[]): void {
    const empty = this.groups.roots().length === 0;
    this.view.message = this.connection.status.nativeProblem;
    void vscode.commands.executeCommand('setContext', 'ipcLens.kernel', empty ? 'empty' : 'filled');
    this.changed.fire(only);
  }
}

const orphanDecoration: vscode.FileDecorationProvider = {
  provideFileDecoration: (uri) =>
    uri.scheme === orphanScheme
      ? {
          badge: 'O',
          color: new vscode.ThemeColor('list.warningForeground'),
          tooltip: 'Orphan: its creator is gone and nobody is attached',
        }
      : undefined,
};

const collapsible = {
  open: vscode.TreeItemCollapsibleState.Expanded,
  closed: vscode.TreeItemCollapsibleState.Collapsed,
  no: vscode.TreeItemCollapsibleState.None,
};
