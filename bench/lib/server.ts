/** A language client that does nothing but measure. It starts the server as an editor does. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createProtocolConnection,
  type Diagnostic,
  type Hover,
  type InitializeResult,
  type ProtocolConnection,
  type PublishDiagnosticsParams,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver-protocol/node';

export interface Published {
  /** On the clock of `performance.now()`. */
  at: number;
  version: number;
  diagnostics: Diagnostic[];
}

export interface Edit {
  start: { line: number; character: number };
  end: { line: number; character: number };
  text: string;
}

interface Waiting {
  resolve(published: Published): void;
  reject(error: Error): void;
}

export class Server {
  /** When the process was asked for. */
  readonly began: number;
  private readonly child: ChildProcess;
  private readonly connection: ProtocolConnection;
  private readonly waiting = new Map<string, Waiting>();
  private readonly statuses: (() => void)[] = [];

  constructor(dist: string) {
    this.began = performance.now();
    this.child = spawn(process.execPath, [join(dist, 'server.js'), '--stdio'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    process.once('exit', this.kill);
    this.child.once('exit', (code) => {
      for (const { reject } of this.waiting.values()) reject(new Error(`The server ended with ${code}.`));
    });
    this.connection = createProtocolConnection(
      new StreamMessageReader(this.child.stdout!),
      new StreamMessageWriter(this.child.stdin!),
    );
    this.connection.onNotification('textDocument/publishDiagnostics', (params: PublishDiagnosticsParams) => {
      const key = `${params.uri} ${params.version}`;
      const { version = 0, diagnostics } = params;
      this.waiting.get(key)?.resolve({ at: performance.now(), version, diagnostics });
      this.waiting.delete(key);
    });
    this.connection.onNotification('ipcLens/status', () => {
      for (const tell of this.statuses.splice(0)) tell();
    });
    this.connection.onRequest('workspace/configuration', ({ items }: { items: unknown[] }) =>
      items.map(() => null),
    );
    this.connection.onRequest('client/registerCapability', () => null);
    this.connection.listen();
  }

  async initialize(folder?: string): Promise<InitializeResult> {
    const uri = folder === undefined ? null : `file://${folder}`;
    const result = await this.connection.sendRequest<InitializeResult>('initialize', {
      processId: process.pid,
      rootUri: uri,
      workspaceFolders: uri === null ? null : [{ uri, name: 'bench' }],
      capabilities: {
        workspace: { configuration: true, workspaceFolders: true },
        textDocument: { publishDiagnostics: { relatedInformation: true, versionSupport: true } },
      },
    });
    await this.connection.sendNotification('initialized', {});
    return result;
  }

  /** Resolves when the server next says how it is: once after it was initialized. */
  status(): Promise<void> {
    return new Promise((resolve) => this.statuses.push(resolve));
  }

  published(uri: string, version: number): Promise<Published> {
    return new Promise((resolve, reject) => this.waiting.set(`${uri} ${version}`, { resolve, reject }));
  }

  async open(uri: string, text: string): Promise<Published> {
    const published = this.published(uri, 1);
    await this.connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri, languageId: 'c', version: 1, text },
    });
    return published;
  }

  async close(uri: string): Promise<void> {
    await this.connection.sendNotification('textDocument/didClose', { textDocument: { uri } });
  }

  /** Sends a change and waits for its diagnostics; gives when it was sent and when they came. */
  async change(
    uri: string,
    version: number,
    { start, end, text }: Edit,
  ): Promise<{ sent: number; at: number }> {
    const published = this.published(uri, version);
    const sent = performance.now();
    await this.connection.sendNotification('textDocument/didChange', {
      textDocument: { uri, version },
      contentChanges: [{ range: { start, end }, text }],
    });
    const { at } = await published;
    return { sent, at };
  }

  hover(uri: string, position: { line: number; character: number }): Promise<Hover | null> {
    return this.connection.sendRequest('textDocument/hover', { textDocument: { uri }, position });
  }

  request<T>(method: string, params: unknown): Promise<T> {
    return this.connection.sendRequest<T>(method, params);
  }

  /** Resident memory of the server, now and at most, in megabytes; Linux only. */
  memory(): { now: number; most: number } {
    const status = readFileSync(`/proc/${this.child.pid}/status`, 'utf8');
    const megabytes = (name: string) =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024;
    return { now: megabytes('VmRSS'), most: megabytes('VmHWM') };
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    await this.connection.sendRequest('shutdown');
    await this.connection.sendNotification('exit');
    await ended;
    process.removeListener('exit', this.kill);
    this.connection.dispose();
  }

  private readonly kill = () => {
    this.child.kill('SIGKILL');
  };
}
