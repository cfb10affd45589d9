import path from 'node:path';
import { type Configuration, defaultConfiguration, mergeConfiguration } from '../rules/configuration';
import { printedProblems, projectConfiguration } from '../workspace/configuration-file';

/** The configuration of each file, from the nearest `.ipc-lens.json` above it, and the preset of the command line. */
export class Configurations {
  private readonly byFolder = new Map<string, Configuration>();
  /** Sentences on what was not understood. */
  readonly problems = new Set<string>();

  constructor(private readonly preset: Configuration['preset'] | undefined) {}

  of(file: string): Configuration {
    const folder = path.dirname(file);
    let configuration = this.byFolder.get(folder);
    if (!configuration) {
      const project = projectConfiguration(folder, path.parse(folder).root);
      for (const problem of printedProblems(project)) this.problems.add(problem);
      const { preset } = this;
      configuration = mergeConfiguration(defaultConfiguration, {
        ...project.configuration,
        ...(preset ? { preset } : {}),
      });
      this.byFolder.set(folder, configuration);
    }
    return configuration;
  }
}
