import path from 'node:path';
import * as vscode from 'vscode';
import type { KernelRow, SourceUse } from '../../server/protocol';
import type { CommandContext, Commands } from './command';
import { sourcePicks } from './picks';

/** From objects to the lines of source that are about them. */
export function sourceCommands({ connection, workspace }: CommandContext): Commands {
  return {
    'ipcLens.workspace.show': {
      failure: 'show the objects of this workspace',
      run: async () => {
        await vscode.commands.executeCommand('ipcLens.workspace.focus');
      },
    },
    'ipcLens.workspace.refresh': {
      failure: 'look through the sources',
      run: () => workspace.refresh(),
    },
    'ipcLens.workspace.open': {
      failure: 'open the line',
      run: async (argument) => {
        const use = (argument as { use?: SourceUse } | undefined)?.use;
        if (use) await open(use);
      },
    },
    'ipcLens.kernel.goToSource': {
      failure: 'find the source',
      run: async (argument) => {
        const row = (argument as { row?: KernelRow } | undefined)?.row;
        if (row) await goToSource(row);
      },
    },
  };

  async function goToSource({ id, label }: KernelRow): Promise<void> {
    const { uses, note } = await connection.request('ipcLens/findSource', { id, label });
    const [only, ...others] = uses;
    if (!only) {
      // Not awaited: whoever runs the command must not wait until the message is dismissed.
      void vscode.window.showInformationMessage(note ?? `No source of this workspace creates ${label}.`);
    } else if (others.length === 0 && note === undefined) {
      await open(only);
    } else {
      const chosen = await vscode.window.showQuickPick(sourcePicks(uses, shownFile), {
        title: `Source of ${label}`,
        placeHolder: note ?? 'Several lines create it. Which one?',
        matchOnDescription: true,
        matchOnDetail: true,
      });
      if (chosen) await open(chosen.use);
    }
  }
}

function shownFile(file: string): string {
  const folder = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(file));
  return folder ? path.relative(folder.uri.fsPath, file) : file;
}

async function open({ path: file, range: { start, end } }: SourceUse): Promise<void> {
  const selection = new vscode.Range(start.line, start.character, end.line, end.character);
  await vscode.window.showTextDocument(vscode.Uri.file(file), { selection });
}
