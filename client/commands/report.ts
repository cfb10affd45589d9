import * as vscode from 'vscode';
import { messageOf } from '../words';

/** Tells a failure in a sentence, logs it, and offers the two things a person can do. Returns when answered. */
export async function reportFailure(
  output: vscode.LogOutputChannel,
  failure: string,
  error: unknown,
): Promise<void> {
  const reason = messageOf(error);
  output.error(`Could not ${failure}: ${error instanceof Error ? (error.stack ?? reason) : reason}`);
  const answer = await vscode.window.showErrorMessage(
    `IPC Lens could not ${failure}: ${reason}`,
    'Show Output',
    'Restart Server',
  );
  if (answer === 'Show Output') output.show(true);
  if (answer === 'Restart Server') await vscode.commands.executeCommand('ipcLens.restartServer');
}
