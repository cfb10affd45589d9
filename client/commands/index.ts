import * as vscode from 'vscode';
import type { CommandContext, Commands } from './command';
import { compareCommands } from './compare';
import { explainCommands } from './explain';
import { kernelCommands } from './kernel';
import { reportFailure } from './report';
import { runDemoCommands } from './run-demo';
import { serverCommands } from './server';
import { sourceCommands } from './sources';

/** Registers every command; what one throws is told to the person with something to do about it. */
export function registerCommands(context: CommandContext): vscode.Disposable {
  const all: Commands = {
    ...runDemoCommands(context),
    ...compareCommands(context),
    ...explainCommands(context),
    ...kernelCommands(context),
    ...sourceCommands(context),
    ...serverCommands(context),
  };
  return vscode.Disposable.from(
    ...Object.entries(all).map(([name, command]) =>
      vscode.commands.registerCommand(name, async (argument: unknown) => {
        try {
          await command.run(argument);
        } catch (error) {
          // Not awaited: whoever runs the command must not wait until the message is dismissed.
          void reportFailure(context.output, command.failure, error);
        }
      }),
    ),
  );
}
