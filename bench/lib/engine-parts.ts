import { Toolbox } from '../../server/analysis/context';
import { loadParser } from '../../server/c/parser';
import { delayFor } from '../../server/linting';
import { defaultConfiguration } from '../../server/rules/configuration';
import { Document } from '../../server/workspace/document';
import { disk } from '../../server/workspace/files';
import { Headers } from '../../server/workspace/headers';

export { delayFor };

/** Opens a document as the server does. */
export async function documents(): Promise<(text: string) => Document> {
  const parser = await loadParser();
  const toolbox = new Toolbox(parser);
  const headers = new Headers(parser, disk);
  return (text) => new Document('/bench/program.c', text, 0, toolbox, headers);
}

/** Lints to the end without letting anything in between. */
export function lintWhole(document: Document): number {
  const steps = document.lint(defaultConfiguration);
  let step = steps.next();
  while (!step.done) step = steps.next();
  return step.value.length;
}
