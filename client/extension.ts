import * as vscode from 'vscode';
import { registerCommands } from './commands';
import { ComparePanel } from './compare/panel';
import { KernelPanel } from './kernel/panel';
import { KernelStore } from './kernel/store';
import { DemoPanels } from './panel/panel';
import { documentSelector, ServerConnection } from './server-connection';
import { showStatus } from './status-item';
import { FacilitiesView } from './views/facilities';
import { KernelView } from './views/kernel';
import { WorkspaceView } from './views/workspace';

/**
 * Registers everything and returns; the server starts afterwards, and only when a C file is open or something of
 * IPC Lens is used.
 */
export function activate(context: vscode.ExtensionContext): void {
  const output = vscode.window.createOutputChannel('IPC Lens', { log: true });
  const connection = new ServerConnection(
    vscode.Uri.joinPath(context.extensionUri, 'dist', 'server.js').fsPath,
    output,
  );
  const facilities = new FacilitiesView(connection);
  const store = new KernelStore(connection);
  const kernel = new KernelView(connection, store);
  const workspace = new WorkspaceView(connection, store);
  const kernelPanel = new KernelPanel(context.extensionUri, connection, store, output);
  const panels = new DemoPanels(context.extensionUri, connection, output);
  const comparePanel = new ComparePanel(context.extensionUri, connection, output);
  context.subscriptions.push(
    output,
    connection,
    showStatus(connection),
    store,
    facilities,
    kernel,
    workspace,
    kernelPanel,
    panels,
    comparePanel,
    registerCommands({
      extensionUri: context.extensionUri,
      output,
      connection,
      facilities,
      kernel,
      workspace,
      kernelPanel,
      store,
      panels,
      comparePanel,
    }),
    startWithFirstDocument(connection),
  );
}

function startWithFirstDocument(connection: ServerConnection): vscode.Disposable {
  const startFor = (document: vscode.TextDocument): void => {
    if (connection.status.state !== 'idle' || vscode.languages.match(documentSelector, document) === 0)
      return;
    // After this turn of the event loop, so that activation itself stays short.
    setImmediate(() => connection.start().catch(() => undefined)); // A failure is told by the status item.
  };
  vscode.workspace.textDocuments.forEach(startFor);
  return vscode.workspace.onDidOpenTextDocument(startFor);
}
