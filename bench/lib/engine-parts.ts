import { Toolbox } from '../../server/analysis/context';
import { loadParser } from '../../server/c/parser';
import { delayFor } from '../../server/linting';
import { defaultConfiguration } from '../../server/rules/configuration';
import type { PlacedFinding } from '../../server/rules/lint';
import { Document } from '../../server/workspace/document';
import { disk } from '../../server/workspace/files';
import { Headers } from '../../server/workspace/headers';
import { Project } from '../../server/workspace/project';
import { filesBelow } from '../../server/workspace/scan';

export { loadBench, withRule } from '../../test/rules/support/linting';
export { delayFor };

/** Opens a document as the server does. */
export async function documents(): Promise<(text: string) => Document> {
  const parser = await loadParser();
  const toolbox = new Toolbox(parser);
  const headers = new Headers(parser, disk);
  return (text) => new Document('/bench/program.c', text, 0, toolbox, headers);
}

/** Opens the files of a folder as `ipc-lens check` does: their headers and the functions of the others are known. */
export async function documentsIn(
  folder: string,
): Promise<{ files: string[]; open: (path: string, text: string) => Document }> {
  const toolbox = new Toolbox(await loadParser());
  const files = await filesBelow(folder, (name) => name.endsWith('.c'));
  const headers = new Headers(toolbox.parser, disk, () => []);
  headers.know(await filesBelow(folder, (name) => name.endsWith('.h')));
  const project = new Project(toolbox, headers, disk);
  project.changed(files);
  return { files, open: (path, text) => new Document(path, text, 0, toolbox, headers, project) };
}

/** The findings of a whole document, without letting anything in between. */
export function findingsOf(document: Document): readonly PlacedFinding[] {
  const steps = document.lint(defaultConfiguration);
  let step = steps.next();
  while (!step.done) step = steps.next();
  return step.value;
}

/** Lints to the end. */
export function lintWhole(document: Document): number {
  return findingsOf(document).length;
}
