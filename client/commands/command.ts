import type * as vscode from 'vscode';
import type { ComparePanel } from '../compare/panel';
import type { KernelPanel } from '../kernel/panel';
import type { KernelStore } from '../kernel/store';
import type { DemoPanels } from '../panel/panel';
import type { ServerConnection } from '../server-connection';
import type { FacilitiesView } from '../views/facilities';
import type { KernelView } from '../views/kernel';
import type { WorkspaceView } from '../views/workspace';

/** What commands work with. */
export interface CommandContext {
  extensionUri: vscode.Uri;
  output: vscode.LogOutputChannel;
  connection: ServerConnection;
  facilities: FacilitiesView;
  kernel: KernelView;
  workspace: WorkspaceView;
  kernelPanel: KernelPanel;
  store: KernelStore;
  panels: DemoPanels;
  comparePanel: ComparePanel;
}

/** A command's work. `failure` completes "IPC Lens could not ...". */
export interface Command {
  failure: string;
  run: (argument: unknown) => Promise<void> | void;
}

export type Commands = Record<string, Command>;
