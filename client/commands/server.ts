import type { CommandContext, Commands } from './command';

export function serverCommands({ connection, output }: CommandContext): Commands {
  return {
    'ipcLens.restartServer': { failure: 'restart its server', run: () => connection.restart() },
    'ipcLens.showOutput': { failure: 'show its output', run: () => output.show(true) },
  };
}
