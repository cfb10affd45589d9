import * as vscode from 'vscode';
import type { KernelRow } from '../../server/protocol';
import { type Arrangement, type Grouping, usual } from '../kernel/arrange';
import type { KernelNews, KernelStore } from '../kernel/store';
import type { ServerConnection } from '../server-connection';
import { itemOf, type KernelElement, KernelTree } from './kernel-model';

/** Rows of orphans get this scheme, so that a decoration can colour them. */
const orphanScheme = 'ipc-lens-orphan';

/** The kernel's IPC objects, live, as a tree. The state is kept up to date only while the view is visible. */
export class KernelView implements vscode.TreeDataProvider<KernelElement>, vscode.Disposable {
  private readonly tree: KernelTree;
  private readonly changed = new vscode.EventEmitter<KernelElement[] | undefined>();
  private readonly view: vscode.TreeView<KernelElement>;
  private readonly disposable: vscode.Disposable;
  private looking?: vscode.Disposable;
  private arrangement: Arrangement = usual;
  readonly onDidChangeTreeData = this.changed.event;

  constructor(
    private readonly connection: ServerConnection,
    private readonly store: KernelStore,
  ) {
    this.tree = new KernelTree(store.model);
    this.view = vscode.window.createTreeView('ipcLens.kernel', {
      treeDataProvider: this,
      showCollapseAll: true,
    });
    this.disposable = vscode.Disposable.from(
      this.view,
      this.changed,
      vscode.window.registerFileDecorationProvider(orphanDecoration),
      this.view.onDidChangeVisibility(({ visible }) => this.look(visible)),
      store.onNews((news) => this.follow(news)),
      new vscode.Disposable(() => this.look(false)),
    );
    if (this.view.visible) this.look(true);
  }

  /** Reads the tables now, frozen or not. Rejects when that is not possible. */
  refresh(): Promise<void> {
    return this.store.refresh();
  }

  /** Every object as it is now, with the title of its table. */
  async snapshot(): Promise<{ title: string; row: KernelRow }[]> {
    await this.store.refresh();
    return [...this.store.model.tables.values()].flatMap(({ head, rows }) =>
      [...rows.values()].map((row) => ({ title: head.title, row })),
    );
  }

  titleOf(row: KernelRow): string | undefined {
    return this.store.model.tableOf(row.id)?.head.title;
  }

  /** Arranges the rows otherwise: what is not given stays. */
  arrange(change: Partial<Arrangement>): void {
    this.arrangement = { ...this.arrangement, ...change };
    this.redraw();
  }

  get filter(): string {
    return this.arrangement.filter;
  }

  get grouping(): Grouping {
    return this.arrangement.by;
  }

  async getChildren(element?: KernelElement): Promise<KernelElement[]> {
    if (element) return this.tree.childrenOf(element);
    // While the first answer is on its way the view shows that it waits.
    await this.store.settled;
    return this.tree.roots();
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
    if (element.type === 'hidden') {
      item.command = { command: 'ipcLens.kernel.showEditor', title: "Show the Editor's Own Objects" };
    }
    return item;
  }

  dispose(): void {
    this.disposable.dispose();
  }

  private look(visible: boolean): void {
    if (visible === (this.looking !== undefined)) return;
    this.looking?.dispose();
    this.looking = visible ? this.store.look() : undefined;
  }

  private follow(news: KernelNews): void {
    if (news.type === 'frozen') {
      void vscode.commands.executeCommand('setContext', 'ipcLens.kernel.frozen', this.store.frozen);
    }
    this.view.message = this.messageFor(news);
    if (news.type !== 'frozen') this.redraw();
  }

  private messageFor(news: KernelNews): string | undefined {
    if (news.type === 'problem') return this.connection.status.state === 'failed' ? undefined : news.message;
    const { cycles } = this.store.model;
    const told = [
      this.connection.status.nativeProblem,
      ...cycles.map(({ sentence }) => `Deadlock: ${sentence}`),
      this.store.frozen ? 'Frozen: this is how it was, not how it is.' : undefined,
      this.arrangement.filter === '' ? undefined : `Filter: ${this.arrangement.filter}`,
    ].filter((text) => text !== undefined);
    return told.length === 0 ? undefined : told.join('\n');
  }

  private redraw(): void {
    const only = this.tree.update(this.arrangement);
    const { shown, editor } = this.tree.arranged;
    const state = shown > 0 || editor > 0 || this.tree.roots().length > 0 ? 'filled' : 'empty';
    void vscode.commands.executeCommand('setContext', 'ipcLens.kernel', state);
    if (only === undefined || only.length > 0) this.changed.fire(only);
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
