import * as vscode from 'vscode';
import type { DemoPanels } from '../panel/panel';
import type { ServerConnection } from '../server-connection';
import type { FacilitiesView } from '../views/facilities';
import type { KernelView } from '../views/kernel';
import { explainCommands } from './explain';
import { kernelCommands } from './kernel';
import { reportFailure } from './report';
import { runDemoCommands } from './run-demo';
import { serverCommands } from './server';

/** What commands work with. */
export interface CommandContext {
  extensionUri: vscode.Uri;
  output: vscode.LogOutputChannel;
  connection: ServerConnection;
  facilities: FacilitiesView;
  kernel: KernelView;
  panels: DemoPanels;
}

/** A command's work. `failure` completes "IPC Lens could not ...". */
export interface Command {
  failure: string;
  run: (argument: unknown) => Promise<void> | void;
}

export type Commands = Record<string, Command>;

/** Registers every command; what one throws is told to the person with something to do about it. */
export function registerCommands(context: CommandContext): vscode.Disposable {
  const all: Commands = {
    ...runDemoCommands(context),
    ...explainCommands(context),
    ...kernelCommands(context),
    ...serverCommands(context),
  };
  return vscode.Disposable.from(
    ...Object.entries(all).map(([name, command]) =>
      vscode.commands.registerCommand(name, async (argument: unknown) => {
        try {
          await command.run(argument);
        } catch (error) {
          await reportFailure(context.output, command.failure, error);
        }
      }),
    ),
  );
}
