import * as vscode from 'vscode';
import type { ProjectView } from '../../server/protocol';
import type { ServerConnection } from '../server-connection';
import { type ProjectWorld, saveProject } from './save-project';

/** "Open as a C project": asks for a folder, writes the sources there and shows the first one. */
export async function openProject(
  connection: ServerConnection,
  scenario: string,
  session?: string,
): Promise<void> {
  const project = await connection.request('ipcLens/demo/project', {
    scenario,
    ...(session ? { session } : {}),
  });
  const folder = await saveProject(project, world);
  if (!folder) return;
  await show(folder, project);
}

const world: ProjectWorld<vscode.Uri> = {
  async chooseFolder(name) {
    const [workspace] = vscode.workspace.workspaceFolders ?? [];
    const chosen = await vscode.window.showOpenDialog({
      title: `Where shall the folder ${name} be made?`,
      openLabel: 'Make the Project Here',
      canSelectFiles: false,
      canSelectFolders: true,
      canSelectMany: false,
      ...(workspace ? { defaultUri: workspace.uri } : {}),
    });
    return chosen?.[0];
  },
  within: (folder, name) => vscode.Uri.joinPath(folder, name),
  async exists(uri) {
    try {
      await vscode.workspace.fs.stat(uri);
      return true;
    } catch (error) {
      if (error instanceof vscode.FileSystemError && error.code === 'FileNotFound') return false;
      throw error;
    }
  },
  async askToOverwrite(name, files) {
    const answer = await vscode.window.showWarningMessage(
      `The folder ${name} holds ${files.length === 1 ? 'a file' : `${files.length} files`} of these names already.`,
      { modal: true, detail: `${files.join('\n')}\n\nOverwriting them loses what they hold now.` },
      'Overwrite',
      'Make Another Folder',
    );
    if (answer === 'Overwrite') return 'overwrite';
    return answer === 'Make Another Folder' ? 'another' : undefined;
  },
  makeFolder: async (uri) => vscode.workspace.fs.createDirectory(uri),
  write: async (uri, text) => vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(text)),
};

async function show(folder: vscode.Uri, { files }: ProjectView): Promise<void> {
  const [first] = files;
  if (first) {
    await vscode.window.showTextDocument(vscode.Uri.joinPath(folder, first.path), {
      viewColumn: vscode.ViewColumn.Beside,
      preview: false,
    });
  }
  const inside = vscode.workspace.getWorkspaceFolder(folder) !== undefined;
  const answer = await vscode.window.showInformationMessage(
    `The C project is in ${folder.fsPath}. Build it with make.`,
    ...(inside ? ['Show in Explorer'] : ['Open Folder in New Window']),
  );
  if (answer === 'Show in Explorer') await vscode.commands.executeCommand('revealInExplorer', folder);
  else if (answer)
    await vscode.commands.executeCommand('vscode.openFolder', folder, { forceNewWindow: true });
}
