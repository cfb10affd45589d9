import type { DemoView, Requests } from '../../server/protocol';
import { extendHistory, type History } from './history';
import type { FromWebview, ToWebview } from './messages';

/** What a session needs of the world around it; a test gives its own. */
export interface SessionWorld {
  request<M extends 'ipcLens/demo/open' | 'ipcLens/demo/act' | 'ipcLens/demo/close'>(
    method: M,
    params: Requests[M]['params'],
  ): Promise<Requests[M]['result']>;
  post(message: ToWebview): void;
  /** Shows the text of a program in an editor. */
  openProgram(file: string, text: string): Promise<void>;
  explain(subject: string): Promise<void>;
  log(message: string): void;
}

/**
 * One demo as a panel plays it: opens a session of the server, passes on what the person asks and what the server
 * shows, and closes the session at the end, also when the end comes while it is still being opened.
 */
export class DemoSession {
  private view?: DemoView;
  private history?: History;
  private problem?: string;
  private closed = false;
  /** Counts the attempts to open, so that the answer of an older one is put away. */
  private attempt = 0;

  constructor(
    readonly scenario: string,
    private readonly world: SessionWorld,
  ) {}

  get title(): string | undefined {
    return this.view?.scenario.title;
  }

  async open(): Promise<void> {
    const attempt = ++this.attempt;
    this.problem = undefined;
    const earlier = this.view?.session;
    this.view = undefined;
    this.post();
    if (earlier) await this.closeOnServer(earlier);
    try {
      const view = await this.world.request('ipcLens/demo/open', { scenario: this.scenario });
      if (this.closed || attempt !== this.attempt) await this.closeOnServer(view.session);
      else this.show(view);
    } catch (error) {
      if (attempt === this.attempt) this.fail(`The demo did not start: ${reason(error)}`);
    }
  }

  /** A view the server sent of its own accord. */
  changed(view: DemoView): void {
    if (view.session === this.view?.session) this.show(view);
  }

  /** The server is gone, and with it the processes of the demo. */
  lost(message: string): void {
    this.view = undefined;
    this.fail(message);
  }

  async receive(message: FromWebview): Promise<void> {
    switch (message.type) {
      case 'ready':
        return this.post();
      case 'reopen':
        return this.open();
      case 'act':
        return this.act(message.action, message.delay);
      case 'explain':
        return this.view && this.world.explain(this.view.scenario.subject);
      case 'open-program': {
        const program = this.view?.processes.find((process) => process.id === message.process)?.program;
        return program && this.world.openProgram(program.file, program.text);
      }
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    const session = this.view?.session;
    this.view = undefined;
    if (session) await this.closeOnServer(session);
  }

  private async act(action: 'step' | 'run' | 'pause' | 'restart', delay?: number): Promise<void> {
    const session = this.view?.session;
    if (!session) return;
    try {
      this.changed(await this.world.request('ipcLens/demo/act', { session, action, delay }));
    } catch (error) {
      if (this.view?.session === session) this.fail(`The demo stopped: ${reason(error)}`);
    }
  }

  private async closeOnServer(session: string): Promise<void> {
    try {
      await this.world.request('ipcLens/demo/close', { session });
    } catch (error) {
      this.world.log(`A demo's session was not closed in order: ${reason(error)}`);
    }
  }

  private show(view: DemoView): void {
    if (this.closed) return;
    this.problem = undefined;
    this.history = extendHistory(this.history, view);
    this.view = view;
    this.post();
  }

  private fail(message: string): void {
    if (this.closed) return;
    this.world.log(message);
    this.problem = message;
    this.post();
  }

  private post(): void {
    if (this.problem !== undefined) this.world.post({ type: 'problem', message: this.problem });
    else if (this.view && this.history) {
      this.world.post({ type: 'view', view: this.view, history: this.history });
    } else this.world.post({ type: 'opening', scenario: this.scenario });
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
