import type { Documents } from './documents';
import type { Configuration } from './rules/configuration';
import type { PlacedFinding } from './rules/placing';
import { inSlices } from './slices';
import type { Document } from './workspace/document';
import { ProjectCheck } from './workspace/objects/check';

export interface TogetherOptions {
  configurationOf(uri: string): Promise<Configuration>;
  /** The workspace's files are known. */
  scanned(): Promise<void>;
  /** What was found in a document is not what it was. */
  changed(uri: string, document: Document): void;
  failed(error: unknown): void;
}

interface Found {
  /** The text that it was found in, by its items. */
  items: unknown;
  findings: readonly PlacedFinding[];
}

/** What is found in files that are not open is told to nobody. */
const silent: Configuration = { preset: 'recommended', rules: {} };

/** Finds what goes wrong between the programs that open documents belong to. It runs after the lint of a document, and lets requests in between. */
export class Together {
  private readonly check: ProjectCheck;
  private readonly found = new Map<string, Found>();
  private running: Promise<void> | undefined;
  private again = false;
  private timer: NodeJS.Timeout | undefined;
  private disposed = false;

  constructor(
    private readonly documents: Documents,
    private readonly options: TogetherOptions,
  ) {
    this.check = new ProjectCheck(documents.objects, documents.project);
  }

  /** The findings in the text as it stands; none while it has not been looked at. */
  findingsIn({ path, source }: Document): readonly PlacedFinding[] {
    const found = this.found.get(path);
    return found?.items === source.items ? found.findings : [];
  }

  /** Something was found in a text before this one. */
  hasFound({ path }: Document): boolean {
    return (this.found.get(path)?.findings.length ?? 0) > 0;
  }

  /** Looks again some time after a change. */
  schedule(delay: number): void {
    clearTimeout(this.timer);
    if (!this.disposed) this.timer = setTimeout(() => void this.refresh(), delay);
  }

  /** Looks again now. Resolves when all is told. */
  refresh(): Promise<void> {
    this.again = true;
    this.running ??= this.run().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  forget(path: string): void {
    this.found.delete(path);
  }

  dispose(): void {
    this.disposed = true;
    clearTimeout(this.timer);
  }

  private async run(): Promise<void> {
    await this.options.scanned();
    while (this.again && !this.disposed) {
      this.again = false;
      try {
        await this.look();
      } catch (error) {
        this.options.failed(error);
      }
    }
  }

  private async look(): Promise<void> {
    const open = [...this.documents.entries()].filter(([uri]) => !uri.endsWith('.h'));
    const configurations = new Map<string, Configuration>();
    for (const [uri, { path }] of open) configurations.set(path, await this.options.configurationOf(uri));
    const { project } = this.documents;
    const { version } = project;
    const steps = this.check.check(
      open.map(([, { path }]) => path),
      (file) => configurations.get(file) ?? silent,
    );
    const found = await inSlices(steps, () => this.disposed || project.version !== version);
    if (!found) {
      // Whoever changed something has asked, or will when the text has been linted.
      return;
    }
    for (const [uri, document] of open) {
      const before = this.found.get(document.path);
      const findings = found.get(document.path) ?? [];
      const { items } = document.source;
      this.found.set(document.path, { items, findings });
      const none = findings.length === 0 && (before?.findings.length ?? 0) === 0;
      const same = before?.items === items && before.findings.length === findings.length;
      if (none || (same && before.findings.every((one, i) => isSame(one, findings[i])))) continue;
      this.options.changed(uri, document);
    }
  }
}

function isSame(a: PlacedFinding, b: PlacedFinding | undefined): boolean {
  return shown(a) === (b && shown(b));
}

function shown({ rule, severity, message, span, related }: PlacedFinding): string {
  const places = related.map((one) => [one.file?.path, one.span.start, one.message]);
  return JSON.stringify([rule, severity, message, span, places]);
}
