import path from 'node:path';
import { type Configuration, defaultConfiguration, mergeConfiguration } from '../rules/configuration';
import { printedProblems, projectConfiguration } from '../workspace/configuration-file';

interface Read {
  configuration: Configuration;
  /** Sentences on what was not understood. */
  problems: string[];
}

/** The configuration of each file, from the nearest `.ipc-lens.json` above it, and the preset of the command line. */
export class Configurations {
  private readonly byFolder = new Map<string, Read>();

  constructor(private readonly preset: Configuration['preset'] | undefined) {}

  of(file: string): Configuration {
    return this.read(file).configuration;
  }

  problemsOf(file: string): string[] {
    return this.read(file).problems;
  }

  private read(file: string): Read {
    const folder = path.dirname(file);
    let read = this.byFolder.get(folder);
    if (!read) {
      const project = projectConfiguration(folder, path.parse(folder).root);
      const { preset } = this;
      const configuration = mergeConfiguration(defaultConfiguration, {
        ...project.configuration,
        ...(preset ? { preset } : {}),
      });
      read = { configuration, problems: printedProblems(project) };
      this.byFolder.set(folder, read);
    }
    return read;
  }
}
