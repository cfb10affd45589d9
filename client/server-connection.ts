import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import type { Notifications, Requests, ServerStatus } from '../server/protocol';
import { CrashBudget } from './crash-budget';
import { messageOf } from './words';

/** `idle`: nobody has needed the server yet. */
export type ConnectionStatus = ServerStatus | { state: 'idle'; message?: string; nativeProblem?: string };

/** Every notification of the protocol; the type makes a forgotten one a compile error. */
const notificationNames: Record<keyof Notifications, true> = {
  'ipcLens/status': true,
  'ipcLens/demo/changed': true,
  'ipcLens/kernel/changed': true,
  'ipcLens/kernel/delta': true,
  'ipcLens/workspaceObjects/changed': true,
};

/** VS Code opens .h files as C++; they are analysed as the C they usually are. */
export const documentSelector = [
  { language: 'c', scheme: 'file' },
  { language: 'c', scheme: 'untitled' },
  { language: 'cpp', scheme: 'file', pattern: '**/*.h' },
];

/**
 * The one connection to the language server. It starts when first needed, starts again after a crash unless it
 * crashes over and over, and keeps the subscriptions of the views across restarts.
 */
export class ServerConnection implements vscode.Disposable {
  private client?: LanguageClient;
  private starting?: Promise<LanguageClient>;
  /** Counts the launches, so that the end of an older one does not speak for the present one. */
  private launches = 0;
  private current: ConnectionStatus = { state: 'idle' };
  private readonly crashes = new CrashBudget(3, 3 * 60_000);
  private readonly statusChanged = new vscode.EventEmitter<ConnectionStatus>();
  private readonly notified = new vscode.EventEmitter<{ method: string; params: unknown }>();

  readonly onStatus = this.statusChanged.event;

  constructor(
    private readonly serverModule: string,
    private readonly output: vscode.LogOutputChannel,
  ) {}

  get status(): ConnectionStatus {
    return this.current;
  }

  /** Starts the server unless it runs already. Rejects with a sentence for people. */
  start(): Promise<LanguageClient> {
    this.starting ??= this.launch();
    return this.starting;
  }

  /** Called by a person: forgets earlier crashes. */
  async restart(): Promise<void> {
    this.crashes.forget();
    await this.stop();
    await this.start();
  }

  request<M extends keyof Requests>(
    method: M,
    ...params: Requests[M]['params'] extends null ? [] : [Requests[M]['params']]
  ): Promise<Requests[M]['result']> {
    return this.send(method, (params[0] ?? null) as Requests[M]['params']);
  }

  /** As `request`, with the parameters spelled out even where there are none. */
  async send<M extends keyof Requests>(
    method: M,
    params: Requests[M]['params'],
  ): Promise<Requests[M]['result']> {
    const client = await this.start();
    return client.sendRequest<Requests[M]['result']>(method, params);
  }

  on<N extends keyof Notifications>(
    method: N,
    handler: (params: Notifications[N]) => void,
  ): vscode.Disposable {
    return this.notified.event((event) => {
      if (event.method === method) handler(event.params as Notifications[N]);
    });
  }

  async stop(): Promise<void> {
    const client = this.client;
    this.launches++;
    this.client = undefined;
    this.starting = undefined;
    if (!client) return;
    try {
      // A server that hangs must not hold up a restart or the closing of the window.
      await client.dispose(2000);
    } catch (error) {
      this.output.warn(`The server did not stop in order: ${messageOf(error)}`);
    }
  }

  dispose(): Promise<void> {
    this.statusChanged.dispose();
    this.notified.dispose();
    return this.stop();
  }

  private async launch(): Promise<LanguageClient> {
    const launch = ++this.launches;
    this.setStatus({ state: 'starting' });
    try {
      const client = await this.makeClient();
      if (launch !== this.launches) throw new Error('it was stopped while it started');
      this.client = client;
      await client.start();
      // The server may have said more (a problem with the native parts) while it started.
      if (launch === this.launches && this.current.state === 'starting') {
        this.setStatus({ ...this.current, state: 'ready' });
      }
      return client;
    } catch (error) {
      const reason = whyNotStarted(error);
      this.output.error(`The server did not start: ${reason}`);
      if (launch === this.launches) {
        this.client = undefined;
        this.starting = undefined;
        this.setStatus({ state: 'failed', message: `The IPC Lens server did not start: ${reason}` });
      }
      throw new Error(`the IPC Lens server did not start (${reason})`);
    }
  }

  /** The library is loaded here, not with the extension: it is most of the client's code. */
  private async makeClient(): Promise<LanguageClient> {
    const { CloseAction, ErrorAction, LanguageClient, RevealOutputChannelOn, TransportKind } = await import(
      'vscode-languageclient/node'
    );
    /** Its own messages name inner things and offer nothing to do; the status item tells failures in words. */
    class QuietClient extends LanguageClient {
      override error(message: string, data?: unknown): void {
        super.error(message, data, false);
      }
    }
    const client = new QuietClient(
      'ipcLens',
      'IPC Lens',
      {
        run: { module: this.serverModule, transport: TransportKind.ipc },
        debug: {
          module: this.serverModule,
          transport: TransportKind.ipc,
          options: { execArgv: ['--nolazy', '--inspect=6011'] },
        },
      },
      {
        documentSelector,
        outputChannel: this.output,
        revealOutputChannelOn: RevealOutputChannelOn.Never,
        initializationOptions: { settings: vscode.workspace.getConfiguration('ipcLens') },
        synchronize: { configurationSection: 'ipcLens' },
        // Without a handler the library shows the raw error; the status item tells it with something to do.
        initializationFailedHandler: () => false,
        errorHandler: {
          error: (error) => {
            this.output.warn(`The connection to the server stumbled: ${error.message}`);
            return { action: ErrorAction.Continue, handled: true };
          },
          closed: () => {
            // An end while it starts is told by the launch itself.
            if (this.client === client && this.current.state === 'ready') this.onCrash();
            return { action: CloseAction.DoNotRestart, handled: true };
          },
        },
      },
    );
    for (const method of Object.keys(notificationNames)) {
      client.onNotification(method, (params: unknown) => {
        if (method === 'ipcLens/status') this.setStatus(params as ServerStatus);
        this.notified.fire({ method, params });
      });
    }
    return client;
  }

  private onCrash(): void {
    this.client = undefined;
    this.starting = undefined;
    if (this.crashes.spend(Date.now())) {
      this.output.warn('The server ended unexpectedly; starting it again.');
      this.start().catch(() => undefined); // Told through the status.
      return;
    }
    const message = 'The IPC Lens server ended several times in a row and was not started again.';
    this.output.error(message);
    this.setStatus({ state: 'failed', message });
  }

  private setStatus(status: ConnectionStatus): void {
    this.current = status;
    this.statusChanged.fire(status);
  }
}

/** The library tells the end of a process by its effect on pending messages. */
function whyNotStarted(error: unknown): string {
  const message = messageOf(error);
  return /connection (got|is) (disposed|closed)/i.test(message)
    ? 'it ended at once, and the output says why'
    : message;
}
