/**
 * Plays a scenario's steps on the processes of one stage. A step that blocks stays open while others go on; it is done
 * when its call returns. Knows nothing of panels: session.ts makes the view.
 */
import type { CallEvent, LiveObject, LiveProcess } from './kit';
import { describeAnswer, describeExpected, matches, observed, transferred } from './outcome';
import { type IdleSign, look } from './process-state';
import { descriptors, linkOf, programName, stateLetter, waitChannel } from './procfs';
import { findCall, findObjectKind } from './registry';
import { RestObserver, strangersOf } from './rest';
import { endsInTime, learnVariables, openOutcome, ProcessRun, StepRun } from './runs';
import { endingOf, type Scenario, type Step, willBlock } from './scenario';
import type { Answer, ProcessEnd, Stage } from './stage';

/**
 * How long busy processes are waited for. One that could run and gets no turn is busy, too: on an overloaded machine that takes
 * seconds. Only a process that never comes to rest takes this long.
 */
const patience = 30_000;
/** A process that was woken is not asleep, however long it takes: when all have slept so long, nothing woke them. */
const silence = 400;

/** The longest that a call with a time of its own may take: what the actor allows, and a busy machine. */
const longestWait = 70_000;

/** A reason for people why the demo cannot go on. */
export class CannotGoOn extends Error {}

export class Runner {
  readonly processes: ProcessRun[];
  readonly steps: StepRun[];
  readonly objects: LiveObject[];
  /** Programs that the processes started, which are no actors. */
  others: LiveProcess[] = [];
  private readonly begin = performance.now();
  private wake?: () => void;
  private lost = false;
  /** What /proc calls the program of the actors. */
  private actorName?: string;
  /** Processes just made that have not answered yet: until then they arrange descriptors of their own. */
  private arriving: Promise<unknown>[] = [];
  stage!: Stage;
  /** Asked of each call that returned: whether it made an object of its own. */
  onCall?: (event: CallEvent, run: StepRun) => LiveObject | undefined;

  /** `onChange` is called when something happened that no step under way accounts for. */
  constructor(
    readonly scenario: Scenario,
    private readonly onChange: () => void,
  ) {
    this.processes = scenario.processes.map((spec) => new ProcessRun(spec));
    this.steps = scenario.steps.map((step, index) => new StepRun(index, step));
    this.objects = scenario.objects.map((spec) => findObjectKind(spec.kind).create(spec));
  }

  process(id: string): ProcessRun | undefined {
    return this.processes.find((process) => process.id === id);
  }

  /** Makes room for a call by hand before the step with this index. */
  insert(index: number, step: Step, asked: readonly string[]): StepRun {
    const run = new StepRun(index, step, asked);
    this.steps.splice(index, 0, run);
    this.renumber();
    return run;
  }

  /** Takes back what was not carried out. */
  remove(unwanted: (run: StepRun) => boolean): void {
    const kept = this.steps.filter((run) => !unwanted(run));
    this.steps.splice(0, this.steps.length, ...kept);
    this.renumber();
  }

  /** Processes that the script would have started later. */
  forgetUnstarted(): void {
    const kept = this.processes.filter((process) => process.started);
    this.processes.splice(0, this.processes.length, ...kept);
  }

  private renumber(): void {
    this.steps.forEach((run, index) => {
      run.index = index;
    });
  }

  /** Plays what is done to a process from outside; a call by hand is a step as any other. */
  async playOutside(run: StepRun, act: () => Promise<void> | void, done: () => boolean): Promise<void> {
    run.status = 'running';
    run.began = this.now();
    this.onChange();
    await act();
    const deadline = performance.now() + patience;
    for (
      let pause = 0;
      !done() && !this.lost && performance.now() < deadline;
      pause = Math.min(pause + 1, 20)
    )
      await this.changeOrPause(pause);
    await this.settle([], undefined);
    run.status = 'done';
    run.finished = this.now();
    this.observe();
  }

  /** Starts a process that the script does not know. */
  async startAnother(process: ProcessRun): Promise<void> {
    await this.start(process);
  }

  /** Starts the processes that run from the beginning. */
  async prepare(stage: Stage): Promise<void> {
    this.stage = stage;
    for (const process of this.processes) if (process.spec.begins === 'open') await this.start(process);
    this.observe();
  }

  forked(parent: string, child: string, pid: number): void {
    const made = this.process(child);
    if (!made) return;
    made.pid = pid;
    const maker = this.process(parent);
    made.variables = new Map(maker?.variables);
    if (maker?.open?.step.into) made.variables.set(maker.open.step.into, 0);
    this.arriving.push(this.arrival(child));
  }

  processEnded(name: string, pid: number, end: ProcessEnd): void {
    const process = this.process(name);
    if (process?.pid !== pid) return;
    /* The parent may have collected the status before the supervisor could look; its waitpid told it then. */
    const unknown = end.exited === undefined && end.killed === undefined;
    process.end = unknown && process.end ? process.end : end;
    this.changed();
  }

  stageLost(): void {
    this.lost = true;
    this.changed();
  }

  /** Plays one step: returns when its call ended, or waits by the kernel's word, and all else is quiet. */
  async play(run: StepRun): Promise<void> {
    const process = this.process(run.step.process)!;
    if (!process.started && process.spec.begins === 'first-step') await this.start(process);
    if (process.open && endsInTime(process.open)) await this.returned(process);
    this.checkReady(process, run);
    run.status = 'running';
    run.began = this.now();
    run.object = this.targetOf(process, run) ?? this.objectOf(process, run);
    process.open = run;
    const idleChannel = waitChannel(process.pid);
    const released = this.steps.filter((other) => run.step.wakes?.includes(other.step.label ?? ''));
    const args = run.call.wire?.(run.step) ?? run.step.args;
    void this.stage
      .call(process.id, run.step.into, run.step.call, args)
      .then((answer) => this.answered(process, run, answer));
    this.onChange();
    await this.settle(released, idleChannel);
    if (run.answer === undefined) this.leaveOpen(run);
    for (const other of released) if (other.answer === undefined) this.notReleased(other, run);
    this.observe();
  }

  /** Looks at all processes anew. */
  observe(): void {
    for (const process of this.processes) {
      if (!process.started) continue;
      process.look = look(process.pid, this.idleSign());
      process.descriptors = process.ended ? [] : descriptors(process.pid, this.stage.controlDescriptor);
    }
    this.others = this.findOthers();
  }

  /** The object on which a waiting process waits: the kernel shows the handle as the call's first argument. */
  waitsOn(process: ProcessRun): LiveObject | undefined {
    const handle = process.look.call?.args[0];
    const covering =
      handle === undefined || process.replacedBy
        ? undefined
        : this.objects.find((object) => object.covers?.(process, handle));
    if (covering) return covering;
    const kind = process.replacedBy ? 'descriptor' : process.open?.call.handle?.kind;
    if (handle === undefined || kind === undefined) return process.open?.object;
    return this.objectNamed(process, kind, handle) ?? process.open?.object;
  }

  private findOthers(): LiveProcess[] {
    return strangersOf(this.processes)
      .filter((pid) => stateLetter(pid) !== 'Z')
      .map((pid) => ({ pid, name: programName(pid) ?? 'another program' }))
      .map(({ pid, name }) => ({
        id: name,
        title: name,
        pid,
        ended: false,
        variables: new Map<string, number>(),
        descriptors: descriptors(pid, this.stage.controlDescriptor),
      }));
  }

  private arrival(id: string): Promise<Answer> {
    return this.stage.call(id, undefined, 'getpid', []);
  }

  private now(): number {
    return Math.round((performance.now() - this.begin) * 10) / 10;
  }

  private idleSign(idleChannel?: string): IdleSign {
    const { idleCall, controlDescriptor } = this.stage;
    return { idleCall, controlDescriptor, idleChannel };
  }

  private async start(process: ProcessRun): Promise<void> {
    process.pid = await this.stage.start(process.id);
    this.actorName ??= programName(process.pid);
    const names = (this.scenario.keys ?? []).map((key, index) =>
      this.stage.call(process.id, key, 'value', [`run_key[${index}]`]),
    );
    const constants = (this.scenario.constants ?? []).map(({ name, value, inRun }) =>
      this.stage.call(process.id, name, 'value', [inRun ?? String(value)]),
    );
    const blocks = (this.scenario.blocks ?? []).map((block) =>
      this.stage.call(process.id, undefined, 'memset', [block.name, `'${block.fill}'`, String(block.size)]),
    );
    const members = (this.scenario.structure ?? []).map(({ type, name, count }) =>
      this.stage.call(process.id, undefined, 'member', [`"${type}"`, `"${name}"`, String(count ?? 1)]),
    );
    const prepared = [this.arrival(process.id), ...names, ...constants, ...blocks, ...members];
    for (const answer of await Promise.all(prepared)) {
      if (answer.kind !== 'reply')
        throw new CannotGoOn(
          `${process.spec.title} could not be prepared: ${describeAnswer(answer, findCall('_exit'))}.`,
        );
      learnVariables(process, answer);
    }
  }

  private checkReady(process: ProcessRun, run: StepRun): void {
    const title = process.spec.title;
    const next = run.call.name;
    if (this.lost) throw new CannotGoOn('The program that runs this demo is gone. Choose Restart.');
    if (!process.started)
      throw new CannotGoOn(`The next step needs ${title}, which was never started. Choose Restart.`);
    if (process.end)
      throw new CannotGoOn(
        `The next step (${next}) needs ${title}, but that process has ended: ${describeAnswer({ kind: 'ended', end: process.end }, run.call)}. Choose Restart.`,
      );
    if (process.replacedBy)
      throw new CannotGoOn(
        `The next step (${next}) needs ${title}, which runs ${process.replacedBy} now. Choose Restart.`,
      );
    if (process.open)
      throw new CannotGoOn(
        `The next step (${next}) needs ${title}, which still waits in ${process.open.call.name}. Choose Restart.`,
      );
  }

  private answered(process: ProcessRun, run: StepRun, answer: Answer): void {
    const wasBlocked = run.status === 'blocked' || run.status === 'differs';
    run.answer = answer;
    run.finished = this.now();
    process.open = undefined;
    if (answer.kind === 'reply') {
      learnVariables(process, answer);
      const sender = answer.details.get('from');
      if (sender) process.senders.set(run.step.args.at(-1)!, sender);
      this.learnEnd(answer);
      const { result, details } = answer;
      this.tell({ step: run.step, process, result, details }, run);
    }
    if (answer.kind === 'replaced') process.replacedBy = programName(process.pid) ?? 'another program';
    const object = run.object?.spec.id;
    const data = transferred(answer, run.call, run.step);
    if (object && data !== undefined) run.transfer = { object, direction: run.call.transfer!, data };
    this.judge(run, answer, wasBlocked);
    if (process.replacedBy) run.outcome = `became ${process.replacedBy}`;
    this.changed();
  }

  /** A call by hand may have made an object that is not in the picture; all other calls concern those that are. */
  private tell(event: CallEvent, run: StepRun): void {
    const made = this.onCall?.(event, run);
    if (made) this.objects.push(made);
    else for (const object of this.objects) object.notice(event);
  }

  /** What waitpid told of a child whose end the supervisor saw too late. */
  private learnEnd(answer: Extract<Answer, { kind: 'reply' }>): void {
    const child = this.processes.find((process) => process.pid === answer.result && process.pid > 0);
    const number = (name: string) => {
      const value = answer.details.get(name);
      return value === undefined ? undefined : Number(value);
    };
    const exited = number('exited');
    const killed = number('killed');
    if (child && (exited !== undefined || killed !== undefined)) child.end = { exited, killed, left: 'gone' };
  }

  private judge(run: StepRun, answer: Answer, wasBlocked: boolean): void {
    run.outcome = describeAnswer(answer, run.call);
    if (run.yours) {
      run.status = 'done';
      run.step = { ...run.step, expect: observed(answer, run.call) };
      return;
    }
    const ending = endingOf(run.step.expect);
    const waited = wasBlocked || !willBlock(run.step.expect) || endsInTime(run);
    const differed = run.expected !== undefined; // it waited although it should not have
    const good =
      waited &&
      !differed &&
      ending !== undefined &&
      matches(ending, answer, (id) => this.process(id), this.process(run.step.process)!);
    run.status = good ? 'done' : 'differs';
    run.expected = good ? undefined : (run.expected ?? describeExpected(run.step.expect));
  }

  private leaveOpen(run: StepRun): void {
    run.outcome = openOutcome(this.process(run.step.process)!.look.state, run.call.inC ?? run.call.name);
    const meant = run.yours !== undefined || willBlock(run.step.expect);
    run.status = meant ? 'blocked' : 'differs';
    run.expected = meant ? undefined : describeExpected(run.step.expect);
  }

  private notReleased(waiting: StepRun, by: StepRun): void {
    if (waiting.status !== 'blocked') return;
    waiting.status = 'differs';
    waiting.expected = `is released by ${by.call.text(by.step, new Map())}`;
  }

  /** The socket to which the call's address leads: as it was bound, or as it was received. */
  private targetOf(process: ProcessRun, run: StepRun): LiveObject | undefined {
    const address = run.call.target === undefined ? undefined : run.step.args[run.call.target];
    if (address === undefined) return undefined;
    const sender = process.senders.get(address);
    const identity = sender === undefined ? `address ${address}` : `name ${sender}`;
    /* What goes to a group goes to many: none of them is the one. */
    const found = this.objects.filter((object) => object.identities.has(identity));
    return found.length === 1 ? found[0] : undefined;
  }

  private objectOf(process: ProcessRun, run: StepRun): LiveObject | undefined {
    const { handle, own } = run.call;
    if (own) return this.objectNamed(process, own, process.pid);
    if (!handle) return undefined;
    const text = run.step.args[handle.argument] ?? '';
    const value = /^\d+$/.test(text) ? Number(text) : process.variables.get(text);
    if (value === undefined && handle.kind === 'descriptor') return undefined;
    if (handle.kind === 'memory') return this.objects.find((object) => object.liesAt?.(process, value ?? 0));
    /* An element is known by its array. */
    return this.objectNamed(process, handle.kind, value ?? text.replace(/^(\w+->\w+)\[.*\]$/, '$1'));
  }

  private objectNamed(process: ProcessRun, kind: string, handle: number | string): LiveObject | undefined {
    const identity = kind === 'descriptor' ? linkOf(process.pid, Number(handle)) : `${kind} ${handle}`;
    return identity === undefined
      ? undefined
      : this.objects.find((object) => object.identities.has(identity));
  }

  private changed(): void {
    this.wake?.();
    this.onChange();
  }

  /** Waits until a call ends that ends by itself. */
  private async returned(process: ProcessRun): Promise<void> {
    const deadline = performance.now() + longestWait;
    while (process.open && !process.ended && !this.lost && performance.now() < deadline)
      await this.changeOrPause(20);
  }

  /** Waits until all whose calls are open have come to rest, and the steps that were to be released have returned. */
  private async settle(released: StepRun[], idleChannel: string | undefined): Promise<void> {
    const deadline = performance.now() + patience;
    const rest = new RestObserver(this.idleSign(idleChannel));
    let quietSince = 0;
    for (let pause = 0; !this.lost; pause = Math.min(pause + 1, 20)) {
      const open = this.processes.filter(
        (process) => process.open !== undefined || (process.replacedBy !== undefined && !process.ended),
      );
      const quiet = rest.looks(open, this.processes) && !open.some((process) => this.isChanging(process));
      if (quiet && released.every((run) => run.answer !== undefined)) break;
      const now = performance.now();
      quietSince = quiet ? quietSince || now : 0;
      if (now > deadline || (quiet && now - quietSince > silence)) break;
      await this.changeOrPause(pause);
    }
    await Promise.all(this.arriving.splice(0));
  }

  /** It runs another program already, and the supervisor has not told yet. */
  private isChanging(process: ProcessRun): boolean {
    const name = process.open && programName(process.pid);
    return name !== undefined && name !== this.actorName;
  }

  private changeOrPause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
