import * as vscode from 'vscode';
import type { KernelDelta } from '../../server/protocol';
import type { ServerConnection } from '../server-connection';
import { messageOf } from '../words';
import { asDelta, KernelModel } from './model';

export type KernelNews =
  /** `delta` has been applied to the model. */
  | { type: 'state'; delta: KernelDelta }
  | { type: 'frozen' }
  | { type: 'marked' }
  /** The model is empty, for this reason. */
  | { type: 'problem'; message: string };

/**
 * The kernel's state in the editor, one for all that show it. The server polls only while somebody looks and the state is not frozen.
 */
export class KernelStore implements vscode.Disposable {
  readonly model = new KernelModel();
  private readonly news = new vscode.EventEmitter<KernelNews>();
  readonly onNews = this.news.event;
  private readonly lookers = new Set<object>();
  private readonly disposable: vscode.Disposable;
  private watching = false;
  private reading?: Promise<void>;
  private still = false;

  constructor(private readonly connection: ServerConnection) {
    this.disposable = vscode.Disposable.from(
      this.news,
      connection.on('ipcLens/kernel/delta', (delta) => {
        if (this.watching && !this.still) this.take(delta);
      }),
      connection.onStatus(({ state, message }) => {
        // A server that came back does not know that somebody is looking.
        if (state === 'failed' || state === 'starting') this.watching = false;
        if (state === 'failed') this.fail(message ?? 'IPC Lens is not running.');
        if (state === 'ready' && this.lookers.size > 0) void this.watch();
      }),
    );
  }

  /** The state is kept up to date until the result is disposed of. */
  look(): vscode.Disposable {
    const looker = {};
    this.lookers.add(looker);
    void this.watch();
    return new vscode.Disposable(() => {
      this.lookers.delete(looker);
      if (this.lookers.size === 0) this.unwatch();
    });
  }

  /** Resolves when a first answer has come, or will not come. */
  get settled(): Promise<void> {
    return this.reading ?? Promise.resolve();
  }

  get frozen(): boolean {
    return this.still;
  }

  /** Holds the picture still, or goes on with the present. */
  freeze(on: boolean): void {
    if (this.still === on) return;
    this.still = on;
    this.news.fire({ type: 'frozen' });
    if (on) this.unwatch();
    else if (this.lookers.size > 0) void this.watch();
  }

  /** Changes are counted from now on. */
  mark(): void {
    this.model.mark();
    this.news.fire({ type: 'marked' });
  }

  /** Reads the state now, frozen or not. Rejects when that is not possible. */
  async refresh(): Promise<void> {
    const wanted = this.lookers.size > 0 && !this.still;
    const view = await this.connection.request('ipcLens/kernel/watch', { on: wanted, deltas: true });
    this.watching = wanted;
    this.take(asDelta(view));
  }

  dispose(): void {
    this.disposable.dispose();
  }

  private watch(): Promise<void> {
    if (this.watching || this.still || this.connection.status.state === 'failed') return this.settled;
    this.watching = true;
    this.reading = this.refresh().catch((error) => {
      this.watching = false;
      this.fail(`The kernel objects cannot be read: ${messageOf(error)}`);
    });
    return this.reading;
  }

  private unwatch(): void {
    if (!this.watching) return;
    this.watching = false;
    if (this.connection.status.state !== 'ready') return;
    this.connection.request('ipcLens/kernel/watch', { on: false }).catch(() => undefined); // A dead server polls nothing.
  }

  private take(delta: KernelDelta): void {
    this.model.apply(delta);
    this.news.fire({ type: 'state', delta });
  }

  private fail(message: string): void {
    this.model.clear();
    this.news.fire({ type: 'problem', message });
  }
}
