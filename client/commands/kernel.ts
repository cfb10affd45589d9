import * as vscode from 'vscode';
import type { KernelProcess, KernelRow } from '../../server/protocol';
import { groupings } from '../kernel/arrange';
import { detailsAsText } from '../views/kernel-model';
import type { Command, CommandContext, Commands } from './command';

export function kernelCommands(context: CommandContext): Commands {
  const { kernel, kernelPanel, store } = context;
  return {
    'ipcLens.kernel.show': {
      failure: 'show the kernel objects',
      run: async () => {
        await vscode.commands.executeCommand('ipcLens.kernel.focus');
      },
    },
    'ipcLens.kernel.openPanel': {
      failure: 'open the kernel state',
      run: (argument) => {
        const row = rowOf(argument);
        kernelPanel.show(row ? { id: row.id } : undefined);
      },
    },
    'ipcLens.kernel.refresh': { failure: 'read the kernel objects', run: () => kernel.refresh() },
    'ipcLens.kernel.freeze': { failure: 'freeze the view', run: () => store.freeze(true) },
    'ipcLens.kernel.unfreeze': { failure: 'go on with the present', run: () => store.freeze(false) },
    'ipcLens.kernel.mark': { failure: 'count changes from now on', run: () => store.mark() },
    'ipcLens.kernel.filter': { failure: 'filter the view', run: () => askFilter(context) },
    'ipcLens.kernel.group': { failure: 'group the view', run: () => askGrouping(context) },
    'ipcLens.kernel.showEditor': {
      failure: "show the editor's own objects",
      run: () => kernel.arrange({ hideEditor: false }),
    },
    'ipcLens.kernel.hideEditor': {
      failure: "hide the editor's own objects",
      run: () => kernel.arrange({ hideEditor: true }),
    },
    'ipcLens.kernel.remove': { failure: 'remove the object', run: (argument) => remove(context, argument) },
    'ipcLens.kernel.removeOrphans': { failure: 'remove the orphans', run: () => removeOrphans(context) },
    'ipcLens.kernel.signal': {
      failure: 'send the signal',
      run: (argument) => sendSignal(context, argument),
    },
    'ipcLens.kernel.copyName': copies('copy the name', ({ label }) => label),
    'ipcLens.kernel.copyCommand': copies('copy the command', ({ command }) => command),
    'ipcLens.kernel.copyDetails': copies('copy the details', detailsAsText),
    'ipcLens.kernel.copyJson': copies('copy the object', (row) => `${JSON.stringify(row, null, 2)}\n`),
  };
}

function copies(failure: string, text: (row: KernelRow) => string | undefined): Command {
  return {
    failure,
    run: async (argument) => {
      const row = rowOf(argument);
      const copied = row && text(row);
      if (copied !== undefined) await vscode.env.clipboard.writeText(copied);
    },
  };
}

async function askFilter({ kernel }: CommandContext): Promise<void> {
  const filter = await vscode.window.showInputBox({
    title: 'Filter Kernel Objects',
    value: kernel.filter,
    prompt:
      'All words must fit: a table (pipe, sysv-msg), mine, orphan, warning, waiting, pid:4711, owner:ana, or any text. Put - before what must not fit.',
    placeHolder: 'Empty: everything',
  });
  if (filter !== undefined) kernel.arrange({ filter });
}

async function askGrouping({ kernel }: CommandContext): Promise<void> {
  const titles = { facility: 'Facility', process: 'Process', owner: 'Owner' };
  const chosen = await vscode.window.showQuickPick(
    groupings.map((by) => ({
      label: titles[by],
      description: by === kernel.grouping ? 'as now' : '',
      by,
    })),
    { title: 'Group Kernel Objects By' },
  );
  if (chosen) kernel.arrange({ by: chosen.by });
}

async function remove(context: CommandContext, argument: unknown): Promise<void> {
  const row = rowOf(argument) ?? (await chooseRemovable(context));
  if (!row) return;
  const answer = await vscode.window.showWarningMessage(
    `Remove “${row.label}” from ${context.kernel.titleOf(row) ?? 'the kernel'}?`,
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
  const removable = (await context.kernel.snapshot()).filter(({ row }) => row.removable);
  const items = removable.flatMap(({ title, row }, index) => [
    ...(removable[index - 1]?.title === title
      ? []
      : [{ label: title, kind: vscode.QuickPickItemKind.Separator }]),
    {
      label: row.label,
      description: row.orphan ? `orphan · ${row.description}` : row.description,
      row,
    },
  ]);
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

/** Names them, asks once, and removes those that are still orphans then. */
async function removeOrphans(context: CommandContext): Promise<void> {
  const orphans = await context.connection.request('ipcLens/kernel/orphans');
  if (orphans.length === 0) {
    void vscode.window.showInformationMessage(
      'There are no orphans: every object has a living creator or somebody attached, or the kernel does not tell.',
    );
    return;
  }
  const named = orphans.slice(0, 20).map(({ id, label, description }) => `${label} (${id}): ${description}`);
  const more = orphans.length > named.length ? [`and ${orphans.length - named.length} more`] : [];
  const answer = await vscode.window.showWarningMessage(
    orphans.length === 1 ? 'Remove this orphan?' : `Remove these ${orphans.length} orphans?`,
    {
      modal: true,
      detail: `${[...named, ...more].join('\n')}\n\nTheir creators are gone and nobody is attached. What they hold is lost.`,
    },
    'Remove',
  );
  if (answer !== 'Remove') return;
  const ids = orphans.map(({ id }) => id);
  const results = await context.connection.request('ipcLens/kernel/removeOrphans', { ids });
  for (const { message } of results) context.output.info(message);
  const refused = results.filter(({ removed }) => !removed);
  if (refused.length > 0) {
    void vscode.window.showErrorMessage(refused.map(({ message }) => message).join(' '));
  }
  await context.kernel.refresh();
}

/** Signals that people send by hand, with what they do to a program that does not handle them: signal(7). */
const signals: Record<string, string> = {
  SIGTERM: 'asks it to end',
  SIGINT: 'as Ctrl-C does',
  SIGHUP: 'its terminal is gone; many daemons read their configuration again',
  SIGUSR1: 'whatever the program makes of it; ends it otherwise',
  SIGUSR2: 'whatever the program makes of it; ends it otherwise',
  SIGSTOP: 'stops it until SIGCONT; cannot be handled',
  SIGCONT: 'lets it go on',
  SIGQUIT: 'ends it with a core dump',
  SIGKILL: 'ends it at once; cannot be handled',
};

async function sendSignal(context: CommandContext, argument: unknown): Promise<void> {
  const row = rowOf(argument);
  if (!row || !('pid' in row)) return;
  const { pid, program } = row as KernelProcess;
  const chosen = await vscode.window.showQuickPick(
    Object.entries(signals).map(([label, description]) => ({ label, description })),
    { title: `Send a Signal to ${program} (${pid})`, placeHolder: 'Which signal?' },
  );
  if (!chosen) return;
  const answer = await vscode.window.showWarningMessage(
    `Send ${chosen.label} to ${program} (${pid})?`,
    { modal: true, detail: `${chosen.label}: ${chosen.description}.` },
    'Send',
  );
  if (answer !== 'Send') return;
  const result = await context.connection.request('ipcLens/kernel/signal', {
    pid,
    program,
    signal: chosen.label,
  });
  if (result.sent) vscode.window.setStatusBarMessage(`$(check) ${result.message}`, 5000);
  else void vscode.window.showErrorMessage(result.message);
}

/** What a row of the view stands for: an object, or the process of a section. */
function rowOf(argument: unknown): KernelRow | undefined {
  if (typeof argument !== 'object' || argument === null) return undefined;
  const { row, section } = argument as { row?: KernelRow; section?: { process?: KernelProcess } };
  return row ?? section?.process;
}
