import {
  CodeActionKind,
  type Connection,
  DidChangeConfigurationNotification,
  DidChangeWatchedFilesNotification,
  type InitializeParams,
  type InitializeResult,
  TextDocumentSyncKind,
} from 'vscode-languageserver/node';
import { Configurations } from './configurations';
import { Documents, pathOf } from './documents';
import { EditorFeatures } from './editor-features';
import { toDiagnostic } from './features/diagnostics';
import { delayFor, LintScheduler } from './linting';
import { NativeFeatures } from './native-features';
import type { Notifications, ServerStatus } from './protocol';
import { inSlices } from './slices';
import { SourceObjects } from './source-objects';
import { Together } from './together';
import { configurationName } from './workspace/configuration-file';
import type { Document } from './workspace/document';
import { filesBelow, includeFolders } from './workspace/scan';

/** The quiet time after a change before other documents are linted that call what changed. */
const othersDelay = 500;

/** Findings that were there wait so long for those that go with them, so that none goes out and comes back. */
const patience = 150;

/** Wires documents, linting and features to one connection. */
export class LanguageServer {
  private documents!: Documents;
  private native!: NativeFeatures;
  private sources!: SourceObjects;
  private together!: Together;
  private scans = 0;
  private firstScanDone: () => void = () => {};
  /** The workspace's files are known. */
  private readonly scanned = new Promise<void>((resolve) => {
    this.firstScanDone = resolve;
  });
  private client: InitializeParams['capabilities'] = {};
  private roots: string[] = [];
  private readonly configurations: Configurations;
  private readonly linting: LintScheduler;

  constructor(private readonly connection: Connection) {
    this.configurations = new Configurations(
      connection,
      () => this.client.workspace?.configuration === true,
      () => this.roots,
    );
    this.linting = new LintScheduler({
      configurationOf: (uri) => this.configurations.configurationOf(uri),
      publish: (uri, document) => this.publish(uri, document),
      failed: (uri, error) => this.report(`Linting ${uri} failed`, error),
    });
  }

  listen(): void {
    this.connection.onInitialize((params) => this.initialize(params));
    this.connection.onInitialized(() => this.initialized());
    this.connection.onShutdown(() => this.dispose());
    this.connection.listen();
  }

  /** Writes an unexpected error where a person can find it. */
  report(what: string, error: unknown): void {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.connection.console.error(`${what}: ${detail}`);
  }

  private async initialize(params: InitializeParams): Promise<InitializeResult> {
    this.client = params.capabilities;
    const { rootUri } = params;
    const folders = params.workspaceFolders ?? (rootUri ? [{ uri: rootUri }] : []);
    this.roots = folders.map(({ uri }) => pathOf(uri));
    const options: unknown = params.initializationOptions;
    if (typeof options === 'object' && options !== null && 'settings' in options) {
      this.configurations.push(options.settings);
    }
    this.documents = await Documents.create();
    this.sources = new SourceObjects(
      this.documents,
      () => this.roots,
      () => this.scanned,
      () => this.notify('ipcLens/workspaceObjects/changed', {}),
    );
    this.together = new Together(this.documents, {
      configurationOf: (uri) => this.configurations.configurationOf(uri),
      scanned: () => this.scanned,
      changed: (uri, document) => {
        if (this.documents.get(uri) === document && document.isLinted) this.tell(uri, document);
      },
      failed: (error) => this.report('Comparing programs failed', error),
    });
    this.native = new NativeFeatures(this.connection, this.sources);
    const { demos } = this.native;
    const lookUp = this.native.find.bind(this.native);
    new EditorFeatures(this.connection, this.documents, this.configurations, demos, lookUp, {
      snippets: this.client.textDocument?.completion?.completionItem?.snippetSupport === true,
      documentChanges: this.client.workspace?.workspaceEdit?.documentChanges === true,
    }).listen();
    // What comes before this is dropped, as the protocol asks.
    this.listenToDocuments();
    this.listenToWorkspace();
    return {
      serverInfo: { name: 'IPC Lens' },
      capabilities: {
        textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: true },
        hoverProvider: true,
        signatureHelpProvider: { triggerCharacters: ['(', ','] },
        completionProvider: { resolveProvider: true },
        codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix] },
        workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
      },
    };
  }

  private async initialized(): Promise<void> {
    await this.register().catch((error: unknown) => this.report('The client did not register', error));
    if (this.client.workspace?.workspaceFolders) {
      this.connection.workspace.onDidChangeWorkspaceFolders(async ({ added, removed }) => {
        const gone = new Set(removed.map(({ uri }) => pathOf(uri)));
        this.roots = this.roots.filter((root) => !gone.has(root));
        this.roots.push(...added.map(({ uri }) => pathOf(uri)));
        this.configurations.refresh();
        await this.scan();
      });
    }
    await this.applySettings();
    const problem = this.native.problem;
    const status: ServerStatus = { state: 'ready', ...(problem ? { nativeProblem: problem } : {}) };
    await this.connection.sendNotification('ipcLens/status', status);
    await this.scan();
    this.firstScanDone();
  }

  private notify<N extends keyof Notifications>(method: N, params: Notifications[N]): void {
    void this.connection.sendNotification(method, params);
  }

  private async register(): Promise<void> {
    if (this.client.workspace?.didChangeConfiguration?.dynamicRegistration) {
      await this.connection.client.register(DidChangeConfigurationNotification.type, { section: 'ipcLens' });
    }
    if (this.client.workspace?.didChangeWatchedFiles?.dynamicRegistration) {
      await this.connection.client.register(DidChangeWatchedFilesNotification.type, {
        watchers: ['**/*.h', '**/*.c', `**/${configurationName}`, '**/compile_commands.json'].map(
          (globPattern) => ({
            globPattern,
          }),
        ),
      });
    }
  }

  /** Ends what is under way and all that was started. */
  async dispose(): Promise<void> {
    if (!this.documents) {
      return;
    }
    for (const [uri] of this.documents.entries()) {
      this.linting.cancel(uri);
    }
    this.sources.dispose();
    this.together.dispose();
    await this.native.dispose();
    this.documents.dispose();
  }

  /* --------------------------------------------------------------- documents */

  private listenToDocuments(): void {
    this.connection.onDidOpenTextDocument(({ textDocument: { uri, text, version } }) => {
      this.lintSoon(uri, this.documents.add(uri, text, version), 0);
      // It may differ from what is on disk, or not be there yet.
      if (uri.endsWith('.h')) this.headersChanged(uri);
    });
    this.connection.onDidChangeTextDocument(({ textDocument: { uri, version }, contentChanges }) => {
      const document = this.documents.change(uri, contentChanges, version);
      if (document) {
        this.lintSoon(uri, document, delayFor(document.source.text.length));
        if (uri.endsWith('.h')) this.headersChanged(uri);
        else this.sourceChanged(uri);
      }
    });
    this.connection.onDidCloseTextDocument(({ textDocument: { uri } }) => {
      this.linting.cancel(uri);
      this.documents.remove(uri);
      this.reaches.delete(uri);
      this.together.forget(pathOf(uri));
      this.configurations.forget(uri);
      void this.connection.sendDiagnostics({ uri, diagnostics: [] });
      if (uri.endsWith('.h')) this.headersChanged(uri);
      else this.sourceChanged(uri);
    });
    this.connection.onDidSaveTextDocument(({ textDocument: { uri } }) => {
      if (uri.endsWith('.h')) this.headersChanged(uri);
    });
  }

  private lintSoon(uri: string, document: Document, delay: number): void {
    this.linting.schedule(uri, document, delay);
  }

  /** Lints what may see other declarations now. */
  private headersChanged(except?: string): void {
    this.documents.headers.refresh();
    this.documents.project.changed();
    this.sources.changed();
    this.together.schedule(othersDelay);
    for (const [uri, document] of this.documents.entries()) {
      if (uri !== except) this.lintSoon(uri, document, delayFor(document.source.text.length));
    }
  }

  /** Lints what calls functions of a source that is another now. */
  private sourceChanged(uri: string): void {
    const path = pathOf(uri);
    this.sources.changed();
    this.together.schedule(othersDelay);
    for (const [other, document] of this.documents.entries()) {
      if (other !== uri && document.reliesOn(path)) this.lintSoon(other, document, othersDelay);
    }
  }

  /** Which files each document had findings in besides itself, when they were last told. */
  private readonly reaches = new Map<string, ReadonlySet<string>>();

  private publish(uri: string, document: Document): void {
    const { version } = document;
    const looked = this.together.refresh();
    if (this.together.hasFound(document)) {
      const waited = new Promise((resolve) => setTimeout(resolve, patience));
      void Promise.race([looked, waited]).then(() => {
        if (this.documents.get(uri) === document && document.version === version) this.tell(uri, document);
      });
    } else {
      this.tell(uri, document);
    }
    const now = new Set(document.findingsElsewhere.flatMap(({ file }) => file?.path ?? []));
    const before = this.reaches.get(uri) ?? new Set();
    this.reaches.set(uri, now);
    for (const [other, about] of this.documents.entries()) {
      const isReached = now.has(about.path) || before.has(about.path);
      if (other !== uri && isReached && about.isLinted) this.tell(other, about);
    }
  }

  private tell(uri: string, document: Document): void {
    const { source, version } = document;
    const findings = [...this.documents.findingsIn(document), ...this.together.findingsIn(document)];
    const diagnostics = findings.map((finding) => toDiagnostic(finding, uri, source.lines));
    void this.connection.sendDiagnostics({ uri, version, diagnostics });
  }

  /* --------------------------------------------------------------- workspace */

  private listenToWorkspace(): void {
    this.connection.onDidChangeConfiguration(async ({ settings }) => {
      const section: unknown = (settings as { ipcLens?: unknown } | null)?.ipcLens;
      if (section !== undefined) this.configurations.push(section);
      this.configurations.refresh();
      await this.applySettings();
      this.headersChanged();
    });
    this.connection.onDidChangeWatchedFiles(async ({ changes }) => {
      this.configurations.refresh();
      if (changes.some(({ uri }) => uri.endsWith('.json'))) {
        await this.findIncludeFolders();
      }
      const paths = changes.map(({ uri }) => pathOf(uri));
      const sources = changes.filter(({ uri }) => uri.endsWith('.c'));
      this.documents.project.changed(sources.map(({ uri }) => pathOf(uri)));
      if (sources.length === changes.length) {
        for (const { uri } of sources) this.sourceChanged(uri);
        return;
      }
      this.documents.headers.know(paths.filter((path) => path.endsWith('.h')));
      this.headersChanged();
    });
  }

  private async applySettings(): Promise<void> {
    const { pollInterval } = await this.configurations.settingsOf('');
    this.native.pollInterval = pollInterval;
  }

  /** Looks for the headers and sources of the workspace. The newest scan counts, whichever ends last. */
  private async scan(): Promise<void> {
    const scan = ++this.scans;
    await this.findIncludeFolders();
    const found = await Promise.all(
      this.roots.map((root) => filesBelow(root, (name) => /\.[ch]$/.test(name))),
    );
    if (scan === this.scans) {
      const files = found.flat();
      this.documents.headers.forget();
      this.documents.headers.know(files.filter((file) => file.endsWith('.h')));
      this.headersChanged();
      await this.learn(
        files.filter((file) => file.endsWith('.c')),
        scan,
      );
    }
  }

  /** Looks for functions in the sources of the workspace, and lints what calls them. Lets requests in between. */
  private async learn(sources: string[], scan: number): Promise<void> {
    const { index } = this.documents.project;
    const gone = index.paths;
    for (const source of sources) gone.delete(source);
    await inSlices(index.learn([...gone, ...sources]), () => scan !== this.scans);
    if (scan === this.scans && sources.length > 0) this.headersChanged();
  }

  private async findIncludeFolders(): Promise<void> {
    const folders = await Promise.all(this.roots.map((root) => includeFolders(root)));
    this.documents.setIncludeFolders([...new Set(folders.flat())]);
  }
}
