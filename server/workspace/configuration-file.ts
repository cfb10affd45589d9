import path from 'node:path';
import type { Span } from '../c/ast';
import { LineIndex, type Position } from '../c/lines';
import { type Configuration, readConfiguration } from '../rules/configuration';
import { unknownRule } from '../rules/known-ids';
import { disk } from './files';

export const configurationName = '.ipc-lens.json';

/** A sentence on what was not understood, and the words of the file that it is about; without those, it is about all of it. */
export interface ConfigurationProblem {
  message: string;
  start?: Position;
  end?: Position;
}

export interface ProjectConfiguration {
  configuration: Partial<Configuration>;
  problems: ConfigurationProblem[];
  file?: string;
}

/** The problems as they are printed, each with its place. */
export function printedProblems({ file, problems }: ProjectConfiguration): string[] {
  return problems.map(({ message, start }) =>
    start ? `${file}:${start.line + 1}:${start.character + 1}: ${message}` : `${file}: ${message}`,
  );
}

/** The nearest `.ipc-lens.json` from a folder upwards, up to and including `root`. */
export function projectConfiguration(folder: string, root: string): ProjectConfiguration {
  for (let current = folder; ; current = path.dirname(current)) {
    const file = path.join(current, configurationName);
    const text = disk.read(file);
    if (text !== undefined) {
      return { ...parse(text), file };
    }
    if (current === root || current === path.dirname(current)) {
      return { configuration: {}, problems: [] };
    }
  }
}

function parse(text: string): Omit<ProjectConfiguration, 'file'> {
  try {
    const { configuration, problems } = readConfiguration(JSON.parse(text));
    const unknown = Object.keys(configuration.rules ?? {}).flatMap((id) => unknownIn(text, id));
    return { configuration, problems: [...problems.map((message) => ({ message })), ...unknown] };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { configuration: {}, problems: [{ message: `The file is not valid JSON: ${reason}.` }] };
  }
}

/** What there is to say of an id that the file gives a severity to. */
function unknownIn(text: string, id: string): ConfigurationProblem[] {
  const message = unknownRule(id, true);
  if (message === undefined) {
    return [];
  }
  const at = text.indexOf(JSON.stringify(id));
  // An id that is written with escapes is not found so.
  return [{ message, ...(at < 0 ? {} : placeOf(text, { start: at + 1, end: at + 1 + id.length })) }];
}

function placeOf(text: string, { start, end }: Span): { start: Position; end: Position } {
  const lines = new LineIndex(text);
  return { start: lines.position(start), end: lines.position(end) };
}
