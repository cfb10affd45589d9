import path from 'node:path';
import { type Configuration, readConfiguration } from '../rules/configuration';
import { disk } from './files';

export const configurationName = '.ipc-lens.json';

export interface ProjectConfiguration {
  configuration: Partial<Configuration>;
  /** Sentences on what was not understood. */
  problems: string[];
  file?: string;
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

function parse(text: string): { configuration: Partial<Configuration>; problems: string[] } {
  try {
    return readConfiguration(JSON.parse(text));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { configuration: {}, problems: [`The file is not valid JSON: ${reason}.`] };
  }
}
