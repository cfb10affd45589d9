import * as vscode from 'vscode';
import type { FacilityId } from '../../server/protocol';
import type { CommandContext, Commands } from './command';
import { explainPicks, nodeOf } from './picks';

/** `Compare Facilities…` asks which, two to four of them; with a row of the Facilities view it asks with what. */
export function compareCommands({ connection, comparePanel }: CommandContext): Commands {
  return {
    'ipcLens.compare': {
      failure: 'compare the facilities',
      run: async (argument) => {
        const first = nodeOf(argument);
        const chosen = await choose(first);
        if (chosen) await comparePanel.show(chosen);
      },
    },
  };

  async function choose(first?: { id: string; title: string }): Promise<FacilityId[] | undefined> {
    const tree = await connection.request('ipcLens/facilities');
    const { offered, most: mostInAll } = await connection.request('ipcLens/compare', { ids: [] });
    const facilities = new Set<string>(offered.flatMap((group) => group.facilities.map(({ id }) => id)));
    const items = explainPicks(tree)
      .filter((pick) => 'separator' in pick || (facilities.has(pick.id) && pick.id !== first?.id))
      .map((pick) =>
        'separator' in pick
          ? { label: pick.separator, kind: vscode.QuickPickItemKind.Separator }
          : { label: pick.title, detail: pick.description, id: pick.id },
      );
    const most = first ? mostInAll - 1 : mostInAll;
    const picked = await vscode.window.showQuickPick(items, {
      title: first ? `Compare ${first.title} with` : 'Compare Facilities',
      placeHolder: first ? `1 to ${most} facilities` : `2 to ${most} facilities`,
      canPickMany: true,
      matchOnDetail: true,
    });
    const ids = (picked ?? []).flatMap((item) => ('id' in item ? [item.id as FacilityId] : []));
    const all = first ? [first.id as FacilityId, ...ids] : ids;
    if (all.length === 0) return undefined;
    if (all.length < 2 || all.length > mostInAll) {
      void vscode.window.showInformationMessage(`Choose 2 to ${mostInAll} facilities to compare.`);
      return undefined;
    }
    return all;
  }
}
