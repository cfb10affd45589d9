import * as vscode from 'vscode';
import type { FacilityId, TopicId } from '../../server/protocol';
import { ExplainPage } from '../explain/page';
import type { CommandContext, Commands } from './command';
import { explainPicks, nodeOf } from './picks';

/** `Explain Facility…` asks which; with an id or a row of a view it opens that page. */
export function explainCommands({ connection, extensionUri }: CommandContext): Commands {
  const page = new ExplainPage(extensionUri, connection);
  return {
    'ipcLens.explain': {
      failure: 'open the page',
      run: async (argument) => {
        const given = typeof argument === 'string' ? argument : nodeOf(argument)?.id;
        const id = given ?? (await chooseSubject());
        if (id) await page.show(id as FacilityId | TopicId);
      },
    },
  };

  async function chooseSubject(): Promise<string | undefined> {
    const tree = await connection.request('ipcLens/facilities');
    const items = explainPicks(tree).map((pick) =>
      'separator' in pick
        ? { label: pick.separator, kind: vscode.QuickPickItemKind.Separator }
        : { label: pick.title, detail: pick.description, id: pick.id },
    );
    const chosen = await vscode.window.showQuickPick(items, {
      title: 'Explain Facility',
      placeHolder: 'Which facility or topic?',
      matchOnDetail: true,
    });
    return chosen && 'id' in chosen ? (chosen.id as string) : undefined;
  }
}
