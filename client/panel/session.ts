import type { DemoView, IssueRequest, Requests } from '../../server/protocol';
import { messageOf } from '../words';
import { extendHistory, type History } from './history';
import type { Action, FromWebview, Played, ToWebview } from './messages';

/** What a session needs of the world around it; a test gives its own. */
export interface SessionWorld {
  request<M extends `ipcLens/demo/${'open' | 'act' | 'offer' | 'issue' | 'close'}`>(
    method: M,
    params: Requests[M]['params'],
  ): Promise<Requests[M]['result']>;
  post(message: ToWebview): void;
  /** Shows the text of a program in an editor. */
  openProgram(file: string, text: string): Promise<void>;
  /** Writes the programs of a scenario, with the calls by hand of a session, into a folder. */
  openProject(scenario: string, session: string): Promise<void>;
  explain(subject: string): Promise<void>;
  /** Asks which demo of a facility or topic to play. */
  pick(subject: string): Promise<void>;
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

  /** `played`: what is to be done again, after a reload of the window. */
  async open(played: readonly Played[] = []): Promise<void> {
    const attempt = ++this.attempt;
    this.problem = undefined;
    const earlier = this.view?.session;
    this.view = undefined;
    this.post();
    if (earlier) await this.closeOnServer(earlier);
    try {
      const view = await this.reach(
        await this.world.request('ipcLens/demo/open', { scenario: this.scenario }),
        played,
        () => !this.closed && attempt === this.attempt,
      );
      if (this.closed || attempt !== this.attempt) await this.closeOnServer(view.session);
      else this.show(view);
    } catch (error) {
      if (attempt === this.attempt) this.fail(`The demo did not start: ${messageOf(error)}`);
    }
  }

  /** A view the server sent of its own accord. */
  changed(view: DemoView): void {
    if (view.session === this.view?.session) this.show(view);
  }

  /** The server is gone, and with it the processes of the demo. */
  lost(message: string): void {
    // What is being opened is gone, too.
    this.attempt++;
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
      case 'offer':
        return this.offer();
      case 'issue':
        return this.issue(message.request);
      case 'open-project':
        return this.view && this.world.openProject(this.scenario, this.view.session);
      case 'pick':
        return this.world.pick(this.scenario.split('/')[0]!);
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

  /** Does again what was done, as far as it goes. */
  private async reach(opened: DemoView, played: readonly Played[], wanted: () => boolean): Promise<DemoView> {
    let view = opened;
    this.history = extendHistory(undefined, view);
    const { session } = view;
    try {
      for (const one of played) {
        if (!wanted() || view.state === 'failed') break;
        if (typeof one === 'string')
          view = await this.world.request('ipcLens/demo/act', { session, action: one });
        else ({ view } = await this.world.request('ipcLens/demo/issue', { session, ...one }));
        this.history = extendHistory(this.history, view);
      }
    } catch (error) {
      // The session is there all the same, with its processes: it is shown as far as it came.
      this.world.log(`What was done before could not all be done again: ${messageOf(error)}`);
    }
    return view;
  }

  private async offer(): Promise<void> {
    const session = this.view?.session;
    if (!session) return;
    try {
      const offer = await this.world.request('ipcLens/demo/offer', { session });
      if (this.view?.session === session) this.world.post({ type: 'offer', offer });
    } catch (error) {
      this.world.log(`What may be done by hand is not known: ${messageOf(error)}`);
    }
  }

  private async issue(request: IssueRequest): Promise<void> {
    const session = this.view?.session;
    if (!session) return;
    try {
      const { view, refused } = await this.world.request('ipcLens/demo/issue', { session, ...request });
      this.changed(view);
      this.world.post({ type: 'issued', ...(refused ? { refused } : {}) });
    } catch (error) {
      this.world.post({ type: 'issued', refused: { message: messageOf(error) } });
    }
  }

  private async act(action: Action, delay?: number): Promise<void> {
    const session = this.view?.session;
    if (!session) return;
    try {
      this.changed(await this.world.request('ipcLens/demo/act', { session, action, delay }));
    } catch (error) {
      if (this.view?.session === session) this.fail(`The demo stopped: ${messageOf(error)}`);
    }
  }

  private async closeOnServer(session: string): Promise<void> {
    try {
      await this.world.request('ipcLens/demo/close', { session });
    } catch (error) {
      this.world.log(`A demo's session was not closed in order: ${messageOf(error)}`);
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
