import * as vscode from 'vscode';
import type { KernelRow } from '../../server/protocol';
import { detailsAsText } from '../views/kernel-model';
import type { CommandContext, Commands } from './command';

export function kernelCommands(context: CommandContext): Commands {
  const { kernel } = context;
  return {
    'ipcLens.kernel.show': {
      failure: 'show the kernel objects',
      run: async () => {
        await vscode.commands.executeCommand('ipcLens.kernel.focus');
      },
    },
    'ipcLens.kernel.refresh': { failure: 'read the kernel objects', run: () => kernel.refresh() },
    'ipcLens.kernel.remove': { failure: 'remove the object', run: (argument) => remove(context, argument) },
    'ipcLens.kernel.copyName': {
      failure: 'copy the name',
      run: async (argument) => {
        const row = rowOf(argument);
        if (row) await vscode.env.clipboard.writeText(row.label);
      },
    },
    'ipcLens.kernel.copyCommand': {
      failure: 'copy the command',
      run: async (argument) => {
        const command = rowOf(argument)?.command;
        if (command) await vscode.env.clipboard.writeText(command);
      },
    },
    'ipcLens.kernel.copyDetails': {
      failure: 'copy the details',
      run: async (argument) => {
        const row = rowOf(argument);
        if (row) await vscode.env.clipboard.writeText(detailsAsText(row));
      },
    },
  };
}

async function remove(context: CommandContext, argument: unknown): Promise<void> {
  const row = rowOf(argument) ?? (await chooseRemovable(context));
  if (!row) return;
  const group = context.kernel.groupOf(row);
  const answer = await vscode.window.showWarningMessage(
    `Remove “${row.label}” from ${group ? group.title : 'the kernel'}?`,
    {
      modal: true,
      detail: `${row.description}\n\nPrograms that use it will fail. This cannot be undone.`,
    },
    'Remove',
  );
  if (answer !== 'Remove') return;
  const result = await context.connection.request('ipcLens/kernel/remove', { id: row.id });
  context.output.info(result.message);
  if (result.removed) vscode.window.setStatusBarMessage(`$(check) ${result.message}`, 5000);
  else void vscode.window.showErrorMessage(result.message);
  await context.kernel.refresh();
}

async function chooseRemovable(context: CommandContext): Promise<KernelRow | undefined> {
  const groups = await context.kernel.snapshot();
  const items = groups.flatMap((group) => {
    const rows = group.rows.filter((row) => row.removable);
    return rows.length === 0
      ? []
      : [
          { label: group.title, kind: vscode.QuickPickItemKind.Separator },
          ...rows.map((row) => ({
            label: row.label,
            description: row.orphan ? `orphan · ${row.description}` : row.description,
            row,
          })),
        ];
  });
  if (items.length === 0) {
    void vscode.window.showInformationMessage('The kernel holds no IPC object that could be removed.');
    return undefined;
  }
  const chosen = await vscode.window.showQuickPick(items, {
    title: 'Remove Kernel Object',
    placeHolder: 'Which object?',
    matchOnDescription: true,
  });
  return chosen && 'row' in chosen ? (chosen.row as KernelRow) : undefined;
}

function rowOf(argument: unknown): KernelRow | undefined {
  return typeof argument === 'object' && argument !== null && 'row' in argument
    ? (argument.row as KernelRow)
    : undefined;
}
