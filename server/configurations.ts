import path from 'node:path';
import type { Connection } from 'vscode-languageserver/node';
import { pathOf } from './documents';
import { type Configuration, mergeConfiguration } from './rules/configuration';
import { defaultSettings, readSettings, type Settings } from './settings';
import { projectConfiguration } from './workspace/configuration-file';

/** The settings of each document: the editor's, with the project's `.ipc-lens.json` over them. Asked for once and kept until something changes. */
export class Configurations {
  private readonly settings = new Map<string, Promise<Settings>>();
  private readonly merged = new Map<string, Promise<Configuration>>();
  private fallback = defaultSettings;
  private readonly told = new Set<string>();

  constructor(
    private readonly connection: Connection,
    /** Whether the client answers workspace/configuration. */
    private readonly canAsk: () => boolean,
    private readonly roots: () => readonly string[],
  ) {}

  /** Settings that a client pushed, for clients that cannot be asked. */
  push(section: unknown): void {
    this.fallback = this.read(section);
    this.refresh();
  }

  refresh(): void {
    this.settings.clear();
    this.merged.clear();
  }

  forget(uri: string): void {
    this.settings.delete(uri);
    this.merged.delete(uri);
  }

  settingsOf(uri: string): Promise<Settings> {
    return remember(this.settings, uri, () => this.ask(uri));
  }

  configurationOf(uri: string): Promise<Configuration> {
    return remember(this.merged, uri, async () => {
      const { configuration } = await this.settingsOf(uri);
      const folder = path.dirname(pathOf(uri));
      const root = this.roots().find(
        (candidate) => folder === candidate || folder.startsWith(candidate + path.sep),
      );
      if (!path.isAbsolute(folder)) {
        return configuration;
      }
      const project = projectConfiguration(folder, root ?? folder);
      for (const problem of project.problems) {
        this.tell(`${project.file}: ${problem}`);
      }
      return mergeConfiguration(configuration, project.configuration);
    });
  }

  private async ask(uri: string): Promise<Settings> {
    if (!this.canAsk()) {
      return this.fallback;
    }
    try {
      return this.read(
        await this.connection.workspace.getConfiguration({ scopeUri: uri, section: 'ipcLens' }),
      );
    } catch {
      return this.fallback;
    }
  }

  private read(section: unknown): Settings {
    const { settings, problems } = readSettings(section);
    for (const problem of problems) {
      this.tell(problem);
    }
    return settings;
  }

  /** Each problem is told once, not at every keystroke. */
  private tell(problem: string): void {
    if (!this.told.has(problem)) {
      this.told.add(problem);
      this.connection.window.showWarningMessage(`IPC Lens: ${problem}`);
    }
  }
}

function remember<T>(map: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  let value = map.get(key);
  if (!value) {
    value = make();
    map.set(key, value);
  }
  return value;
}
