/** One playing of one scenario: what the person asks for, and the view of it. */
import { withFigures } from './figures';
import type { BufferSizes, LiveProcess } from './kit';
import { describeEnd } from './outcome';
import { Hand, variablesOf } from './playground/hand';
import type { IssueRequest, PlaygroundOffer, Refusal } from './playground/view';
import { bufferSizes, type Program, programsOf } from './program';
import { findCall } from './registry';
import { CannotGoOn, Runner } from './runner';
import type { ProcessRun, StepRun } from './runs';
import type { Scenario } from './scenario';
import { Stage } from './stage';
import { KernelTable } from './table';
import type { DemoView, ObjectView, ProcessView, ScenarioSummary, StepView } from './view';

export type Action = 'step' | 'run' | 'pause' | 'restart' | 'leave';

export interface SessionOptions {
  id: string;
  actorPath: string;
  base: string;
  onChanged(view: DemoView): void;
}

export function summaryOf(scenario: Scenario): ScenarioSummary {
  const { id, subject, title, summary, kind, rule } = scenario;
  return { id, subject, title, summary, kind, ...(rule ? { rule } : {}) };
}

export class Session {
  private state: DemoView['state'] = 'preparing';
  private next = 0;
  private conclusion?: string;
  private left = false;
  private runner!: Runner;
  private hand!: Hand;
  private stage?: Stage;
  private table = new KernelTable();
  private objects: ObjectView[] = [];
  /** The step under way. */
  private work?: Promise<void>;
  /** The restart under way. */
  private restarting?: Promise<void>;
  private running = false;
  private timer?: NodeJS.Timeout;
  private closed = false;
  private programs!: Map<string, Program>;
  private sizes!: BufferSizes;

  constructor(
    private readonly scenario: Scenario,
    private readonly options: SessionOptions,
  ) {
    this.writePrograms(scenario);
  }

  async open(): Promise<DemoView> {
    this.state = 'preparing';
    this.next = 0;
    this.conclusion = undefined;
    this.left = false;
    this.table = new KernelTable();
    const runner = new Runner(this.scenario, () => this.noteChange(runner));
    this.runner = runner;
    this.hand = new Hand(runner, this.scenario);
    this.writePrograms(this.scenario);
    const current = <Args extends unknown[]>(act: (...args: Args) => void) => {
      return (...args: Args) => (this.runner === runner ? act(...args) : undefined);
    };
    const stage = await Stage.open(this.options.actorPath, this.options.base, {
      onForked: current((parent, child, pid) => runner.forked(parent, child, pid)),
      onEnded: current((name, pid, end) => runner.processEnded(name, pid, end)),
      onLost: current((how) => this.lost(how)),
    });
    this.stage = stage;
    if (this.closed) await stage.end();
    await runner.prepare(stage);
    await this.refresh();
    if (!this.failed) this.state = 'ready';
    return this.changed();
  }

  async act(action: Action, delay = 1000): Promise<DemoView> {
    if (action !== 'step') this.stopRunning();
    if (action === 'restart') {
      this.restarting ??= this.restart().finally(() => {
        this.restarting = undefined;
      });
      await this.restarting;
    } else if (action === 'leave') {
      await this.work;
      this.leave();
    } else if (action === 'run') {
      this.running = this.canGoOn;
      this.runOn(Math.max(0, delay));
    } else if (action === 'step' && !this.running) {
      await this.step();
    } else await this.work;
    return this.view();
  }

  /** What the person may do by hand. */
  async offer(): Promise<PlaygroundOffer> {
    return this.hand.offer();
  }

  /** A call by hand, after the step under way: resolves when it ended or blocked, or was refused. */
  async issue(request: IssueRequest): Promise<{ view: DemoView; refused?: Refusal }> {
    this.stopRunning();
    await this.restarting;
    while (this.work !== undefined) await this.work;
    let refused: Refusal | undefined;
    if (this.state !== 'ready' && this.state !== 'finished')
      refused = { message: this.conclusion ?? 'The demo is being prepared.' };
    else {
      this.work = this.playByHand(request)
        .then((reason) => {
          refused = reason;
        })
        .finally(() => {
          this.work = undefined;
        });
      await this.work;
    }
    return { view: this.changed(), ...(refused ? { refused } : {}) };
  }

  /** The C programs of what has been played and is to come. */
  get sources(): Program[] {
    return [...new Set(this.programs.values())];
  }

  async close(): Promise<void> {
    this.closed = true;
    this.stopRunning();
    await this.stage?.end();
    await this.work?.catch(() => {});
    await this.restarting?.catch(() => {});
  }

  view(): DemoView {
    const { scenario, runner, state } = this;
    const view: DemoView = {
      session: this.options.id,
      scenario: summaryOf(scenario),
      state: state === 'ready' && this.running ? 'running' : state,
      steps: runner.steps.map((run) => this.stepView(run)),
      processes: runner.processes.map((process) => this.processView(process)),
      objects: this.objects,
      kernel: this.table.rows,
    };
    if (this.next < runner.steps.length && state !== 'failed') view.next = this.next;
    if (this.conclusion) view.conclusion = this.conclusion;
    if (this.left) view.left = true;
    return view;
  }

  /* ------------------------------------------------------------------- playing */

  /** Plays the next step, or waits for the one under way. */
  private step(): Promise<void> {
    if (this.work !== undefined) return this.work;
    const run = this.runner.steps[this.next];
    if (this.state !== 'ready' || !run) return Promise.resolve();
    this.work = this.playStep(run).finally(() => {
      this.work = undefined;
    });
    return this.work;
  }

  private async playStep(run: StepRun): Promise<void> {
    const { runner, stage } = this;
    this.state = 'running';
    this.table.mark();
    try {
      await runner.play(run);
      await this.refresh();
      if (this.failed || this.stage !== stage) return; // lost, or being restarted
      this.next = run.index + 1;
      if (this.next < runner.steps.length) this.state = 'ready';
      else this.finish();
    } catch (error) {
      if (this.stage !== stage || this.failed) return;
      this.fail(error instanceof CannotGoOn ? error.message : `The demo cannot go on: ${String(error)}`);
    }
    this.changed();
  }

  private async playByHand(request: IssueRequest): Promise<Refusal | undefined> {
    const { runner, stage, state, hand } = this;
    const prepared = await hand.prepare(request, this.next);
    if ('refused' in prepared) return prepared.refused;
    this.next++;
    this.state = 'running';
    this.table.mark();
    this.rewritePrograms();
    let refused: Refusal | undefined;
    try {
      refused = await hand.play(prepared.run);
      await this.refresh();
    } catch (error) {
      if (!(error instanceof CannotGoOn)) throw error;
      runner.remove((run) => run === prepared.run);
      refused = { message: error.message };
    }
    if (this.failed || this.stage !== stage) return refused; // lost, or being restarted
    if (refused) this.next--;
    this.state = state;
    this.rewritePrograms();
    return refused;
  }

  /** What is left of the script is not played; Restart brings it back. */
  private leave(): void {
    const { runner } = this;
    if (this.state !== 'ready' && this.state !== 'finished') return;
    if (this.next < runner.steps.length) {
      runner.remove((run) => run.status === 'pending');
      runner.forgetUnstarted();
      this.left = true;
      this.rewritePrograms();
      this.conclusion =
        'You have left the script: what happens now is up to you. Restart brings the script back.';
    }
    this.state = 'finished';
    this.changed();
  }

  private writePrograms(scenario: Scenario): void {
    this.programs = programsOf(scenario, findCall);
    this.sizes = bufferSizes(scenario, findCall);
  }

  /** The programs hold the person's calls, too. */
  private rewritePrograms(): void {
    const { processes, steps } = this.runner;
    this.writePrograms({
      ...this.scenario,
      processes: processes.map(({ spec }) => spec),
      steps: steps.map(({ step }) => step),
    });
  }

  private get canGoOn(): boolean {
    return this.state === 'ready' || this.state === 'running';
  }

  private get failed(): boolean {
    return this.state === 'failed';
  }

  private finish(): void {
    this.state = 'finished';
    this.stopRunning();
    const different = this.runner.steps.filter((run) => run.status === 'differs').length;
    const warning =
      different === 0
        ? ''
        : `${different === 1 ? 'One step' : `${different} steps`} went otherwise than the script expects; see there. `;
    this.conclusion = warning + withFigures(this.scenario.conclusion);
  }

  private fail(reason: string): void {
    this.state = 'failed';
    this.stopRunning();
    this.conclusion = reason;
  }

  private lost(how: string): void {
    if (this.closed) return;
    this.runner.stageLost();
    this.objects = this.objects.map((object) => ({ ...object, exists: false }));
    this.table.clear();
    this.fail(
      `The program that runs this demo ${how}, which is none of the script's doing. All that it made was removed. Choose Restart.`,
    );
    this.changed();
  }

  private runOn(delay: number): void {
    if (!this.running) return;
    void this.step().then(() => {
      if (!this.running || this.closed || !this.canGoOn) return;
      this.timer = setTimeout(() => this.runOn(delay), delay);
      this.changed();
    });
  }

  private stopRunning(): void {
    this.running = false;
    clearTimeout(this.timer);
  }

  private async restart(): Promise<void> {
    const before = this.stage;
    this.stage = undefined;
    this.state = 'preparing';
    await before?.end();
    await this.work?.catch(() => {});
    if (this.closed) return;
    try {
      await this.open();
    } catch (error) {
      this.fail(error instanceof Error ? error.message : String(error));
      this.changed();
    }
  }

  /* ------------------------------------------------------------------ the view */

  /** Something happened. While a step plays, its end refreshes; between steps a process may end by itself. */
  private noteChange(runner: Runner): void {
    if (runner !== this.runner || this.closed || !this.stage || this.state === 'preparing') return;
    if (this.work !== undefined) {
      this.changed();
      return;
    }
    void this.refresh().then(() => this.changed());
  }

  private changed(): DemoView {
    const view = this.view();
    if (!this.closed) this.options.onChanged(view);
    return view;
  }

  private async refresh(): Promise<void> {
    const { runner, stage } = this;
    if (!stage || this.failed) return;
    runner.observe();
    const living: LiveProcess[] = runner.processes.filter((process) => process.started && !process.ended);
    const world = { stage, processes: living, others: runner.others };
    const found = await Promise.all(runner.objects.map((object) => object.read(world)));
    if (runner !== this.runner || this.failed) return;
    this.objects = found.map((one) => one.view);
    this.table.directory = `${stage.directory}/files/`;
    this.table.update(
      living,
      found.map((one) => one.row).filter((row) => row !== undefined),
    );
  }

  private stepView(run: StepRun): StepView {
    const { step, index, call } = run;
    const view: StepView = {
      index,
      process: step.process,
      call: call.text(step, this.sizes),
      explanation: run.yours ? this.hand.explain(run) : withFigures(step.why),
      status: run.status,
    };
    if (step.absent) view.byHand = true;
    if (run.yours) {
      const { call, into } = step;
      view.yours = { call, args: [...run.yours], ...(into ? { into } : {}) };
    }
    if (run.outcome !== undefined) view.outcome = run.outcome;
    if (run.expected !== undefined) view.expected = run.expected;
    if (run.began !== undefined) view.began = run.began;
    if (run.finished !== undefined) view.ended = run.finished;
    if (run.transfer) view.transfer = run.transfer;
    return view;
  }

  private processView(process: ProcessRun): ProcessView {
    const { id, title } = process.spec;
    const program = this.programs.get(id);
    const { file, text } = program ?? { file: '', text: '' };
    const view: ProcessView = { id, title, state: stateOf(process), program: { file, text } };
    if (process.started && !process.ended) view.variables = variablesOf(process);
    if (process.started) view.pid = process.pid;
    if (process.end) view.end = describeEnd(process.end);
    if (process.replacedBy) view.runs = process.replacedBy;
    if (view.state === 'blocked') {
      const { open } = process;
      view.wait = { call: open ? open.call.text(open.step, this.sizes) : process.replacedBy! };
      const object = this.runner.waitsOn(process)?.spec.id;
      if (object) view.wait.object = object;
      if (process.look.channel) view.wait.channel = process.look.channel;
    }
    const line = this.lineOf(process);
    if (line !== undefined) view.program.line = line;
    return view;
  }

  /** The line of the call that is open, else of the call that comes next, else of the last one. */
  private lineOf(process: ProcessRun): number | undefined {
    if (!process.started || process.ended || process.replacedBy) return undefined;
    const own = this.runner.steps.filter((run) => run.step.process === process.id && !run.call.outside);
    const run = process.open ?? own.find(({ status }) => status === 'pending') ?? own.at(-1);
    const index = run?.index;
    return index === undefined ? undefined : this.programs.get(process.id)?.lines.get(index);
  }
}

function stateOf(process: ProcessRun): ProcessView['state'] {
  if (!process.started) return 'not-started';
  const { state } = process.look;
  if (process.end) return state === 'zombie' ? 'zombie' : 'gone';
  if (state === 'stopped' || state === 'zombie') return state;
  if (process.replacedBy) return state === 'waiting' ? 'blocked' : 'running';
  const blocked =
    process.open !== undefined && (process.open.status === 'blocked' || process.open.status === 'differs');
  return blocked ? 'blocked' : 'running';
}
