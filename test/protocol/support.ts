import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, fork, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type ClientCapabilities,
  type CodeAction,
  CodeActionRequest,
  type CompletionList,
  CompletionRequest,
  ConfigurationRequest,
  createProtocolConnection,
  type Diagnostic,
  DidChangeTextDocumentNotification,
  DidChangeWatchedFilesNotification,
  DidCloseTextDocumentNotification,
  DidOpenTextDocumentNotification,
  ExitNotification,
  FileChangeType,
  type Hover,
  HoverRequest,
  InitializedNotification,
  type InitializeParams,
  InitializeRequest,
  type InitializeResult,
  IPCMessageReader,
  IPCMessageWriter,
  LogMessageNotification,
  type ProtocolConnection,
  PublishDiagnosticsNotification,
  type PublishDiagnosticsParams,
  type Range,
  RegistrationRequest,
  ShowMessageNotification,
  type ShowMessageParams,
  ShowMessageRequest,
  ShutdownRequest,
  StreamMessageReader,
  StreamMessageWriter,
  type TextDocumentContentChangeEvent,
  WorkspaceFoldersRequest,
} from 'vscode-languageserver-protocol/node';
import { URI } from 'vscode-uri';
import type { Notifications, Requests, ServerStatus } from '../../server/protocol';

export const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
export const bundle = path.join(root, 'dist', 'server.js');

/** Builds the bundles where nobody has yet. */
export function ensureBundle(file: string = bundle): void {
  if (!existsSync(file)) {
    execFileSync(process.execPath, [path.join(root, 'scripts', 'build.mjs'), '--no-native'], { cwd: root });
  }
  assert.ok(existsSync(file), `${file} is not built`);
}

/** What an editor such as VS Code can do. */
export const able: ClientCapabilities = {
  workspace: {
    configuration: true,
    didChangeConfiguration: { dynamicRegistration: true },
    didChangeWatchedFiles: { dynamicRegistration: true },
    workspaceFolders: true,
    workspaceEdit: { documentChanges: true },
  },
  textDocument: {
    completion: { completionItem: { snippetSupport: true } },
    publishDiagnostics: { relatedInformation: true, versionSupport: true },
  },
};

export interface ClientOptions {
  transport?: 'stdio' | 'ipc';
  server?: string;
  folders?: string[];
  capabilities?: ClientCapabilities;
  initializationOptions?: unknown;
  /** What the editor answers for the section `ipcLens`, by the URI asked for. */
  settings?: (uri: string | undefined) => unknown;
  env?: NodeJS.ProcessEnv;
  params?: Partial<InitializeParams>;
}

const deadline = 20_000;

/** An editor without a window: talks to a server process of its own and keeps what that says. */
export class Client {
  readonly diagnostics: PublishDiagnosticsParams[] = [];
  readonly messages: ShowMessageParams[] = [];
  readonly logged: string[] = [];
  readonly registered: string[] = [];
  readonly status: ServerStatus[] = [];
  readonly kernelChanges: Notifications['ipcLens/kernel/changed'][] = [];
  readonly demoChanges: Notifications['ipcLens/demo/changed'][] = [];
  /** How often the server said that the workspace's objects changed. */
  objectChanges = 0;
  /** Every byte of the server's standard output. */
  readonly output: Buffer[] = [];
  readonly errors: Buffer[] = [];
  result!: InitializeResult;
  settings: (uri: string | undefined) => unknown;
  private readonly watchers = new Set<() => void>();

  private constructor(
    readonly process: ChildProcess,
    readonly connection: ProtocolConnection,
    options: ClientOptions,
  ) {
    this.settings = options.settings ?? (() => ({}));
    process.stdout?.on('data', (data: Buffer) => this.output.push(data));
    process.stderr?.on('data', (data: Buffer) => this.errors.push(data));
    process.on('exit', () => this.changed());
    connection.onClose(() => this.changed());
    connection.onError(() => this.changed());
    const keep =
      <T>(list: T[]) =>
      (value: T) => {
        list.push(value);
        this.changed();
      };
    connection.onNotification(PublishDiagnosticsNotification.type, keep(this.diagnostics));
    connection.onNotification(ShowMessageNotification.type, keep(this.messages));
    connection.onNotification(LogMessageNotification.type, ({ message }) => keep(this.logged)(message));
    connection.onNotification('ipcLens/status', keep(this.status));
    connection.onNotification('ipcLens/kernel/changed', keep(this.kernelChanges));
    connection.onNotification('ipcLens/demo/changed', keep(this.demoChanges));
    connection.onNotification('ipcLens/workspaceObjects/changed', () => {
      this.objectChanges++;
      this.changed();
    });
    connection.onRequest(ShowMessageRequest.type, (params) => {
      keep(this.messages)(params);
      return null;
    });
    connection.onRequest(RegistrationRequest.type, ({ registrations }) => {
      for (const { method } of registrations) keep(this.registered)(method);
    });
    connection.onRequest(ConfigurationRequest.type, ({ items }) =>
      items.map(({ scopeUri }) => this.settings(scopeUri)),
    );
    connection.onRequest(WorkspaceFoldersRequest.type, () => null);
    connection.listen();
  }

  /** Starts a server that has heard nothing yet. */
  static launch(options: ClientOptions = {}): Client {
    const { transport = 'stdio', server = bundle } = options;
    const env = { ...process.env, ...options.env, NODE_OPTIONS: '' };
    if (transport === 'ipc') {
      const child = fork(server, ['--node-ipc'], {
        execArgv: [],
        env,
        stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
      });
      const connection = createProtocolConnection(new IPCMessageReader(child), new IPCMessageWriter(child));
      return new Client(child, connection, options);
    }
    const child = spawn(process.execPath, [server, '--stdio'], { env, stdio: 'pipe' });
    const connection = createProtocolConnection(
      new StreamMessageReader(child.stdout),
      new StreamMessageWriter(child.stdin),
    );
    return new Client(child, connection, options);
  }

  /** Starts a server and waits until it is ready. */
  static async start(options: ClientOptions = {}): Promise<Client> {
    const client = Client.launch(options);
    await client.initialize(options);
    await client.until(() => client.status.length > 0, 'the server is ready');
    return client;
  }

  async initialize({ folders = [], capabilities = able, ...options }: ClientOptions = {}): Promise<void> {
    this.result = await this.connection.sendRequest(InitializeRequest.type, {
      processId: process.pid,
      rootUri: null,
      capabilities,
      workspaceFolders: folders.map((folder) => ({ uri: uriOf(folder), name: path.basename(folder) })),
      initializationOptions: options.initializationOptions,
      ...options.params,
    });
    await this.connection.sendNotification(InitializedNotification.type, {});
  }

  /** Resolves when the condition holds; looks whenever the server said something. */
  until(condition: () => boolean, what: string, within = deadline): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (condition()) {
          end();
          resolve();
        }
      };
      const timer = setTimeout(() => {
        end();
        const seen = {
          diagnostics: this.diagnostics.slice(-3),
          logged: this.logged,
          messages: this.messages,
        };
        reject(
          new Error(
            `It did not happen in ${within} ms: ${what}\n${JSON.stringify(seen, null, 1)}\n${this.stderr}`,
          ),
        );
      }, within);
      const end = () => {
        clearTimeout(timer);
        this.watchers.delete(look);
      };
      this.watchers.add(look);
      look();
    });
  }

  private changed(): void {
    for (const look of [...this.watchers]) look();
  }

  get stderr(): string {
    return Buffer.concat(this.errors).toString();
  }

  /* ------------------------------------------------------------- documents */

  open(uri: string, text: string, version = 1): Promise<void> {
    return this.connection.sendNotification(DidOpenTextDocumentNotification.type, {
      textDocument: { uri, languageId: 'c', version, text },
    });
  }

  change(uri: string, version: number, contentChanges: TextDocumentContentChangeEvent[]): Promise<void> {
    return this.connection.sendNotification(DidChangeTextDocumentNotification.type, {
      textDocument: { uri, version },
      contentChanges,
    });
  }

  close(uri: string): Promise<void> {
    return this.connection.sendNotification(DidCloseTextDocumentNotification.type, { textDocument: { uri } });
  }

  /** Tells of files that changed on disk. */
  touched(...files: string[]): Promise<void> {
    const type: FileChangeType = FileChangeType.Changed;
    return this.connection.sendNotification(DidChangeWatchedFilesNotification.type, {
      changes: files.map((file) => ({ uri: uriOf(file), type })),
    });
  }

  /** The last diagnostics of a document, after any that came before `since`. */
  latest(uri: string, since = 0): PublishDiagnosticsParams | undefined {
    return this.diagnostics.slice(since).findLast((published) => published.uri === uri);
  }

  /** The diagnostics of a version, when they come. */
  async diagnosticsOf(uri: string, version: number, patience?: number): Promise<Diagnostic[]> {
    await this.until(
      () => this.latest(uri)?.version === version,
      `diagnostics of ${uri} version ${version}`,
      patience,
    );
    return this.latest(uri)?.diagnostics ?? [];
  }

  /** Waits until the last diagnostics of a document have exactly these codes. */
  async untilCodes(uri: string, codes: string[]): Promise<void> {
    const wanted = codes.toSorted().join();
    await this.until(
      () =>
        this.latest(uri)
          ?.diagnostics.map(({ code }) => String(code))
          .sort()
          .join() === wanted,
      `${uri} has the diagnostics [${wanted}]`,
    );
  }

  /* -------------------------------------------------------------- requests */

  hover(uri: string, line: number, character: number): Promise<Hover | null> {
    return this.connection.sendRequest(HoverRequest.type, {
      textDocument: { uri },
      position: { line, character },
    });
  }

  async complete(uri: string, line: number, character: number): Promise<CompletionList | null> {
    const params = { textDocument: { uri }, position: { line, character } };
    return (await this.connection.sendRequest(CompletionRequest.type, params)) as CompletionList | null;
  }

  async actions(uri: string, range: Range, only?: string[]): Promise<CodeAction[]> {
    const context = { diagnostics: [], ...(only ? { only } : {}) };
    const params = { textDocument: { uri }, range, context };
    return ((await this.connection.sendRequest(CodeActionRequest.type, params)) ?? []) as CodeAction[];
  }

  request<M extends keyof Requests>(
    method: M,
    params: Requests[M]['params'],
  ): Promise<Requests[M]['result']> {
    return this.connection.sendRequest(method, params);
  }

  /* ------------------------------------------------------------------- end */

  /** The exit code, or the signal that ended the server. */
  exited(within = deadline): Promise<number | string | null> {
    const { process } = this;
    if (process.exitCode !== null || process.signalCode !== null) {
      return Promise.resolve(process.exitCode ?? process.signalCode);
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('The server did not end.')), within);
      process.once('exit', (code, signal) => {
        clearTimeout(timer);
        resolve(code ?? signal);
      });
    });
  }

  async stop(): Promise<number | string | null> {
    const end = this.exited();
    if (this.process.exitCode === null) {
      await this.connection.sendRequest(ShutdownRequest.type);
      await this.connection.sendNotification(ExitNotification.type);
    }
    const code = await end;
    this.connection.dispose();
    return code;
  }

  /** Ends the server whatever state it is in. */
  kill(): void {
    this.connection.dispose();
    if (this.process.exitCode === null) this.process.kill('SIGKILL');
  }
}

export function uriOf(file: string): string {
  return URI.file(file).toString();
}

/** Folders of a test, removed after it. */
export class Folders {
  private readonly made: string[] = [];

  /** A folder with files by their paths. */
  make(files: Record<string, string | Uint8Array> = {}): string {
    const folder = mkdtempSync(path.join(tmpdir(), 'ipcl-ws-'));
    this.made.push(folder);
    for (const [name, text] of Object.entries(files)) this.write(folder, name, text);
    return folder;
  }

  write(folder: string, name: string, text: string | Uint8Array): string {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  }

  remove(): void {
    for (const folder of this.made.splice(0)) rmSync(folder, { recursive: true, force: true });
  }
}

/** The position of a word in a text, counted in UTF-16 units as an editor does. */
export function positionOf(text: string, word: string): { line: number; character: number } {
  const offset = text.indexOf(word);
  assert.ok(offset >= 0, `the text has no ${word}`);
  const before = text.slice(0, offset).split(/\r\n|\r|\n/);
  return { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
}

/** A mistake that needs nothing but its line: the port is not in network byte order. */
export const mistake = 'socket/byte-order';
export function program(port = '8080', before = ''): string {
  return `#include <arpa/inet.h>\n${before}void local(struct sockaddr_in *a) {\n  a->sin_port = ${port};\n}\n`;
}
