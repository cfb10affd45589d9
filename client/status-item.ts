import * as vscode from 'vscode';
import { type ConnectionStatus, documentSelector, type ServerConnection } from './server-connection';

/**
 * Says how the server is. While all is well only the language status of C files (the braces in the status bar) shows it;
 * a status bar item appears while something is under way or wrong, and offers what to do.
 */
export function showStatus(connection: ServerConnection): vscode.Disposable {
  const quiet = vscode.languages.createLanguageStatusItem('ipcLens.status', documentSelector);
  quiet.name = 'IPC Lens';
  quiet.command = { title: 'Show Output', command: 'ipcLens.showOutput' };
  const loud = vscode.window.createStatusBarItem('ipcLens.status', vscode.StatusBarAlignment.Right, 90);
  loud.name = 'IPC Lens';

  const update = (status: ConnectionStatus): void => {
    quiet.text = `IPC Lens: ${words(status)}`;
    quiet.busy = status.state === 'starting';
    quiet.severity = severity(status);
    quiet.detail = status.message ?? status.nativeProblem;
    updateLoud(loud, status);
    setContexts(status);
  };
  update(connection.status);
  return vscode.Disposable.from(quiet, loud, connection.onStatus(update));
}

function updateLoud(item: vscode.StatusBarItem, status: ConnectionStatus): void {
  if (status.state === 'starting') {
    item.text = '$(loading~spin) IPC Lens';
    item.tooltip = 'IPC Lens is starting';
    item.backgroundColor = undefined;
    item.command = 'ipcLens.showOutput';
    item.show();
  } else if (status.state === 'failed') {
    item.text = '$(error) IPC Lens';
    item.tooltip = actionTooltip(status.message ?? 'The IPC Lens server failed.');
    item.backgroundColor = new vscode.ThemeColor('statusBarItem.errorBackground');
    item.command = 'ipcLens.restartServer';
    item.show();
  } else {
    item.hide();
  }
}

function actionTooltip(message: string): vscode.MarkdownString {
  const tooltip = new vscode.MarkdownString('', true);
  tooltip.isTrusted = { enabledCommands: ['ipcLens.restartServer', 'ipcLens.showOutput'] };
  tooltip.appendText(message);
  tooltip.appendMarkdown(
    '\n\n[$(debug-restart) Restart Server](command:ipcLens.restartServer) · [$(output) Show Output](command:ipcLens.showOutput)',
  );
  return tooltip;
}

function words(status: ConnectionStatus): string {
  switch (status.state) {
    case 'idle':
      return 'not started';
    case 'starting':
      return 'starting';
    case 'failed':
      return 'not running';
    default:
      return status.nativeProblem ? 'ready, without live demos' : 'ready';
  }
}

function severity(status: ConnectionStatus): vscode.LanguageStatusSeverity {
  if (status.state === 'failed') return vscode.LanguageStatusSeverity.Error;
  if (status.nativeProblem) return vscode.LanguageStatusSeverity.Warning;
  return vscode.LanguageStatusSeverity.Information;
}

/** The welcome texts of the views depend on these. */
function setContexts(status: ConnectionStatus): void {
  void vscode.commands.executeCommand('setContext', 'ipcLens.server', status.state);
  void vscode.commands.executeCommand(
    'setContext',
    'ipcLens.native',
    status.nativeProblem ? 'unavailable' : 'available',
  );
}
