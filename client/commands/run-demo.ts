import * as vscode from 'vscode';
import { openProject } from '../panel/project';
import type { CommandContext, Commands } from './command';
import { type DemoPick, demoPicks, nodeOf, scenarioIdOf } from './picks';

/** `Run Demo…` asks which; with a scenario id or a node of the Facilities view it runs that one. */
export function runDemoCommands({ connection, panels }: CommandContext): Commands {
  async function ask(argument: unknown): Promise<string | undefined> {
    const node = nodeOf(argument);
    const tree = await connection.request('ipcLens/facilities');
    const picks = demoPicks(tree, node?.id);
    if (picks.length === 0) throw new Error('this installation has no demo for it.');
    return chooseDemo(picks, node?.title);
  }

  return {
    'ipcLens.runDemo': {
      failure: 'run the demo',
      run: async (argument) => {
        const scenario = scenarioIdOf(argument) ?? (await ask(argument));
        if (scenario) await panels.open(scenario);
      },
    },
    'ipcLens.demo.openProject': {
      failure: 'make a C project of the demo',
      run: async (argument) => {
        const scenario = scenarioIdOf(argument) ?? (await ask(argument));
        if (scenario) await openProject(connection, scenario);
      },
    },
  };
}

async function chooseDemo(picks: DemoPick[], of?: string): Promise<string | undefined> {
  const items = picks.map((pick) =>
    'separator' in pick
      ? { label: pick.separator, kind: vscode.QuickPickItemKind.Separator }
      : {
          label: `$(${pick.icon}) ${pick.title}`,
          description: pick.kindWords,
          detail: pick.summary,
          scenario: pick.scenario,
        },
  );
  const only = items.filter((item) => 'scenario' in item);
  if (of && only.length === 1) return (only[0] as { scenario: string }).scenario;
  const chosen = await vscode.window.showQuickPick(items, {
    title: of ? `Demos: ${of}` : 'Run Demo',
    placeHolder: 'Which demo? Real processes play it, step by step.',
    matchOnDescription: true,
    matchOnDetail: true,
  });
  return chosen && 'scenario' in chosen ? (chosen.scenario as string) : undefined;
}
