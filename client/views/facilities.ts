import * as vscode from 'vscode';
import type { ServerConnection } from '../server-connection';
import { childrenOf, type FacilityElement, rowOf } from './facilities-model';

/** The taxonomy with its facilities and their demos, then the topics. */
export class FacilitiesView implements vscode.TreeDataProvider<FacilityElement>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<undefined>();
  private readonly disposable: vscode.Disposable;
  readonly onDidChangeTreeData = this.changed.event;

  constructor(private readonly connection: ServerConnection) {
    const view = vscode.window.createTreeView('ipcLens.facilities', {
      treeDataProvider: this,
      showCollapseAll: true,
    });
    let shownFor = connection.status.state;
    const statusListener = connection.onStatus((status) => {
      // The tree is what the server says: after a restart it is asked again, after a failure the welcome text shows.
      if (status.state !== shownFor && (status.state === 'failed' || shownFor === 'failed')) {
        this.changed.fire(undefined);
      }
      shownFor = status.state;
    });
    this.disposable = vscode.Disposable.from(view, statusListener, this.changed);
  }

  async getChildren(element?: FacilityElement): Promise<FacilityElement[]> {
    if (element) return childrenOf(element);
    if (this.connection.status.state === 'failed') return [];
    try {
      const tree = await this.connection.request('ipcLens/facilities');
      return tree.nodes.map((node) => ({ type: 'node', node }));
    } catch {
      return []; // The status item and the welcome text say what is wrong.
    }
  }

  getTreeItem(element: FacilityElement): vscode.TreeItem {
    const row = rowOf(element);
    const item = new vscode.TreeItem(row.label, collapsible[row.expandable]);
    item.id = row.id;
    item.description = row.description;
    item.tooltip = new vscode.MarkdownString(row.tooltip);
    item.contextValue = row.contextValue;
    item.accessibilityInformation = { label: row.spoken };
    if (row.icon) {
      item.iconPath = new vscode.ThemeIcon(
        row.icon,
        row.iconColor ? new vscode.ThemeColor(row.iconColor) : undefined,
      );
    }
    if (element.type === 'scenario') {
      item.command = { command: 'ipcLens.runDemo', title: 'Run Demo', arguments: [element.scenario.id] };
    }
    return item;
  }

  dispose(): void {
    this.disposable.dispose();
  }
}

const collapsible = {
  open: vscode.TreeItemCollapsibleState.Expanded,
  closed: vscode.TreeItemCollapsibleState.Collapsed,
  no: vscode.TreeItemCollapsibleState.None,
};
