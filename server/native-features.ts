import {
  type Connection,
  type GenericRequestHandler,
  LSPErrorCodes,
  ResponseError,
} from 'vscode-languageserver/node';
import { createDemos, type Demos, locateActor } from './demos';
import { compare } from './features/comparison';
import { facilityTree } from './features/facility-tree';
import { explain } from './features/pages';
import { createKernelState, type KernelState, wholeView } from './kernel';
import { shownAt } from './kernel/shown-limits';
import type { KernelFound, KernelName, KernelView, Notifications, Requests } from './protocol';
import type { SourceObjects } from './source-objects';

/** The requests beyond LSP: the facilities, the demos and the kernel's state. */
export class NativeFeatures {
  readonly demos: Demos;
  private kernel: KernelState | undefined;
  private interval = 1000;
  /** Whether who watches wants rows that changed instead of whole tables. */
  private deltas = false;
  private watching = false;

  constructor(
    private readonly connection: Connection,
    sources: Pick<SourceObjects, 'view' | 'find'>,
  ) {
    this.demos = createDemos({
      actorPath: locateActor(__dirname),
      onChanged: (view) => this.notify('ipcLens/demo/changed', view),
    });
    this.handle('ipcLens/facilities', () => facilityTree(this.demos.list()));
    this.handle('ipcLens/explain', ({ id }) => {
      const page = explain(id);
      if (!page) throw new Error(`There is no facility or topic named ${id}.`);
      return page;
    });
    this.handle('ipcLens/compare', ({ ids }) =>
      compare(ids, this.demos.list(), ({ shownAt: place }) => (place ? shownAt(place) : undefined)),
    );
    this.handle('ipcLens/demo/list', () => this.demos.list());
    this.handle('ipcLens/demo/open', ({ scenario }) => this.demos.open(scenario));
    this.handle('ipcLens/demo/act', ({ session, action, delay }) => this.demos.act(session, action, delay));
    this.handle('ipcLens/demo/offer', ({ session }) => this.demos.offer(session));
    this.handle('ipcLens/demo/issue', ({ session, ...request }) => this.demos.issue(session, request));
    this.handle('ipcLens/demo/project', ({ scenario, session }) => this.demos.project(scenario, session));
    this.handle('ipcLens/demo/close', async ({ session }) => {
      await this.demos.close(session);
      return null;
    });
    this.handle('ipcLens/kernel/watch', ({ on, deltas = false }) => {
      this.deltas = deltas;
      return this.watch(on);
    });
    this.handle('ipcLens/kernel/remove', ({ id }) => this.kernelState.remove(id));
    this.handle('ipcLens/kernel/orphans', () => this.kernelState.orphans());
    this.handle('ipcLens/kernel/removeOrphans', ({ ids }) => this.kernelState.removeOrphans(ids));
    this.handle('ipcLens/kernel/peek', ({ id, offset }) => this.kernelState.peek(id, offset));
    this.handle('ipcLens/kernel/signal', (request) => this.kernelState.signal(request));
    this.handle('ipcLens/workspaceObjects', () => sources.view());
    this.handle('ipcLens/findSource', (question) => sources.find(question));
  }

  /** Milliseconds between two looks at the kernel. */
  set pollInterval(interval: number) {
    if (interval === this.interval) {
      return;
    }
    this.interval = interval;
    this.kernel?.dispose();
    this.kernel = undefined;
    if (this.watching) {
      void this.watchAnew();
    }
  }

  /** Why demos or kernel state are not to be had; undefined when both are. */
  get problem(): string | undefined {
    const problems = [this.demos.problem, this.kernelState.problem].filter(
      (problem) => problem !== undefined,
    );
    return problems.length === 0 ? undefined : problems.join(' ');
  }

  /** The object that a program names so, as it is now; undefined when that cannot be told. */
  find(name: KernelName): Promise<KernelFound | undefined> {
    return this.kernelState.find(name);
  }

  async dispose(): Promise<void> {
    this.watching = false;
    this.kernel?.dispose();
    await this.demos.closeAll();
  }

  /** The new watch begins with what it sees: changes since the old one would be told to nobody. */
  private async watchAnew(): Promise<void> {
    const view = await this.watch(true);
    if (this.deltas) this.notify('ipcLens/kernel/delta', wholeView(view));
    else this.notify('ipcLens/kernel/changed', { taken: view.taken, groups: view.groups });
  }

  private async watch(on: boolean): Promise<KernelView> {
    this.watching = on;
    return this.kernelState.watch(on);
  }

  private get kernelState(): KernelState {
    this.kernel ??= createKernelState({
      interval: this.interval,
      onChanged: ({ taken, groups, delta }) => {
        if (this.deltas) this.notify('ipcLens/kernel/delta', delta);
        else if (groups.length > 0) this.notify('ipcLens/kernel/changed', { taken, groups });
      },
    });
    return this.kernel;
  }

  private handle<M extends keyof Requests>(
    method: M,
    handler: (params: Requests[M]['params']) => Requests[M]['result'] | Promise<Requests[M]['result']>,
  ): void {
    const answer: GenericRequestHandler<unknown, void> = async (params) => {
      try {
        return await handler(params as Requests[M]['params']);
      } catch (error) {
        // A plain error would reach people with "Request ... failed with message" in front.
        const message = error instanceof Error ? error.message : String(error);
        throw new ResponseError(LSPErrorCodes.RequestFailed, message);
      }
    };
    this.connection.onRequest(method as string, answer);
  }

  private notify<N extends keyof Notifications>(method: N, params: Notifications[N]): void {
    void this.connection.sendNotification(method, params);
  }
}
