import * as vscode from 'vscode';
import type { KernelStore } from '../kernel/store';
import type { ServerConnection } from '../server-connection';
import { type WorkspaceElement, WorkspaceTree } from './workspace-model';

/** The objects that the sources of the workspace use, and what exists of them now. Asked for, and kept up to date, only while the view is visible. */
export class WorkspaceView implements vscode.TreeDataProvider<WorkspaceElement>, vscode.Disposable {
  private readonly tree: WorkspaceTree;
  private readonly changed = new vscode.EventEmitter<undefined>();
  private readonly view: vscode.TreeView<WorkspaceElement>;
  private readonly disposable: vscode.Disposable;
  private looking?: vscode.Disposable;
  /** The sources may have changed since they were told of. */
  private stale = true;
  private shown = '';
  readonly onDidChangeTreeData = this.changed.event;

  constructor(
    private readonly connection: ServerConnection,
    store: KernelStore,
  ) {
    this.tree = new WorkspaceTree(store.model);
    this.view = vscode.window.createTreeView('ipcLens.workspace', {
      treeDataProvider: this,
      showCollapseAll: true,
    });
    let state = connection.status.state;
    const look = (visible: boolean) => {
      if (visible === (this.looking !== undefined)) return;
      this.looking?.dispose();
      this.looking = visible ? store.look() : undefined;
      if (visible && this.stale) this.refresh();
    };
    this.disposable = vscode.Disposable.from(
      this.view,
      this.changed,
      this.view.onDidChangeVisibility(({ visible }) => look(visible)),
      connection.on('ipcLens/workspaceObjects/changed', () => this.refresh()),
      connection.onStatus((status) => {
        // A server that came back has not been asked.
        if (status.state !== state && (status.state === 'failed' || status.state === 'ready')) this.refresh();
        state = status.state;
      }),
      store.onNews(() => {
        if (this.looking && this.tree.liveState !== this.shown) this.redraw();
      }),
      new vscode.Disposable(() => look(false)),
    );
    if (this.view.visible) look(true);
  }

  /** Asks again, when somebody looks. */
  refresh(): void {
    this.stale = true;
    if (this.looking) this.changed.fire(undefined);
  }

  async getChildren(element?: WorkspaceElement): Promise<WorkspaceElement[]> {
    if (element) return this.tree.childrenOf(element);
    if (this.stale) await this.ask();
    this.shown = this.tree.liveState;
    return this.tree.roots();
  }

  getTreeItem(element: WorkspaceElement): vscode.TreeItem {
    const model = this.tree.itemOf(element);
    const item = new vscode.TreeItem(model.label, collapsible[model.expandable]);
    item.id = model.id;
    item.description = model.description;
    item.tooltip = new vscode.MarkdownString(model.tooltip);
    item.contextValue = model.contextValue;
    item.accessibilityInformation = { label: model.spoken };
    item.iconPath = new vscode.ThemeIcon(
      model.icon,
      model.iconColor ? new vscode.ThemeColor(model.iconColor) : undefined,
    );
    if (element.type === 'use') {
      item.command = { command: 'ipcLens.workspace.open', title: 'Go to Line', arguments: [element] };
    } else if (element.type === 'live') {
      item.command = {
        command: 'ipcLens.kernel.openPanel',
        title: 'Open Kernel State',
        arguments: [element],
      };
    }
    return item;
  }

  dispose(): void {
    this.disposable.dispose();
  }

  private async ask(): Promise<void> {
    this.stale = false;
    try {
      if (this.connection.status.state !== 'failed') {
        this.tree.take(await this.connection.request('ipcLens/workspaceObjects'));
      }
    } catch {
      this.stale = true; // The status item and the welcome text say what is wrong.
      this.tree.take({ groups: [], files: 0 });
    }
    const { groups, files } = this.tree.objects;
    const state = groups.length > 0 ? 'filled' : files > 0 ? 'empty' : 'no-files';
    void vscode.commands.executeCommand('setContext', 'ipcLens.workspace', state);
  }

  private redraw(): void {
    this.shown = this.tree.liveState;
    this.changed.fire(undefined);
  }
}

const collapsible = {
  open: vscode.TreeItemCollapsibleState.Expanded,
  closed: vscode.TreeItemCollapsibleState.Collapsed,
  no: vscode.TreeItemCollapsibleState.None,
};
