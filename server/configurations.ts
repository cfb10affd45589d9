import path from 'node:path';
import {
  type Connection,
  DiagnosticSeverity,
  MessageType,
  ShowMessageNotification,
} from 'vscode-languageserver/node';
import { URI } from 'vscode-uri';
import { pathOf } from './documents';
import { diagnosticSource } from './features/diagnostics';
import { type Configuration, mergeConfiguration } from './rules/configuration';
import { defaultSettings, readSettings, type Settings } from './settings';
import {
  type ProjectConfiguration,
  printedProblems,
  projectConfiguration,
} from './workspace/configuration-file';

/** The settings of each document: the editor's, with the project's `.ipc-lens.json` over them. Asked for once and kept until something changes. */
export class Configurations {
  private readonly settings = new Map<string, Promise<Settings>>();
  private readonly merged = new Map<string, Promise<Configuration>>();
  private fallback = defaultSettings;
  private readonly told = new Set<string>();
  /** Files of projects in which problems are shown. */
  private readonly marked = new Set<string>();

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
    for (const file of this.marked) this.show({ configuration: {}, problems: [], file });
  }

  forget(uri: string): void {
    this.settings.delete(uri);
    this.merged.delete(uri);
  }

  /** The settings for a document, or for the whole workspace by ''. */
  settingsOf(uri: string): Promise<Settings> {
    return remember(this.settings, uri, () => this.ask(uri));
  }

  configurationOf(uri: string): Promise<Configuration> {
    return remember(this.merged, uri, async () => {
      const { configuration } = await this.settingsOf(uri);
      const folder = path.dirname(pathOf(uri));
      if (!path.isAbsolute(folder)) {
        return configuration;
      }
      const root = this.roots().find(
        (candidate) => folder === candidate || folder.startsWith(candidate + path.sep),
      );
      const project = projectConfiguration(folder, root ?? folder);
      this.tell(printedProblems(project));
      this.show(project);
      return mergeConfiguration(configuration, project.configuration);
    });
  }

  private async ask(uri: string): Promise<Settings> {
    if (!this.canAsk()) {
      return this.fallback;
    }
    try {
      const section: unknown = await this.connection.workspace.getConfiguration(
        uri === '' ? { section: 'ipcLens' } : { scopeUri: uri, section: 'ipcLens' },
      );
      // Some clients answer null for all that they have no settings for.
      return section === null || section === undefined ? this.fallback : this.read(section);
    } catch {
      return this.fallback;
    }
  }

  private read(section: unknown): Settings {
    const { settings, problems } = readSettings(section);
    this.tell(problems);
    return settings;
  }

  /** Marks the problems of a project's file in that file, as those of the sources are. */
  private show({ file, problems }: ProjectConfiguration): void {
    if (file === undefined || (problems.length === 0 && !this.marked.delete(file))) {
      return;
    }
    if (problems.length > 0) this.marked.add(file);
    const top = { line: 0, character: 0 };
    void this.connection.sendDiagnostics({
      uri: URI.file(file).toString(),
      diagnostics: problems.map(({ message, start = top, end = top }) => ({
        range: { start, end },
        severity: DiagnosticSeverity.Warning,
        source: diagnosticSource,
        message,
      })),
    });
  }

  /** Each problem is told once and not at every keystroke, and all of one place together. */
  private tell(problems: readonly string[]): void {
    const fresh = problems.filter((problem) => !this.told.has(problem));
    for (const problem of fresh) this.told.add(problem);
    if (fresh.length > 0) {
      const message = `IPC Lens: ${fresh.join(' ')}`;
      void this.connection.sendNotification(ShowMessageNotification.type, {
        type: MessageType.Warning,
        message,
      });
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
