/** The person's own calls in a session: what is offered, what is refused, and how it is carried out. */
import { type Program, programsOf } from '../program';
import { callTexts, findCall, scenarios } from '../registry';
import type { Runner } from '../runner';
import { ProcessRun, type StepRun } from '../runs';
import type { Scenario, Step } from '../scenario';
import type { OutsideSignal } from '../stage';
import { checkCall, isShown, type Known } from './check';
import { afterwards, beforehand, whileOpen } from './explain';
import { Newcomers } from './newcomers';
import { type Abilities, mostCalls, mostProcesses, offerFor } from './offer';
import { type Types, typeWords } from './types';
import type { IssueRequest, OfferedCall, PlaygroundOffer, Refusal } from './view';

const outside: Record<string, { explanation: string; outcome: string }> = {
  start: {
    explanation:
      'Another program is started. It holds nothing that the others hold: they can meet by names and keys only.',
    outcome: 'runs',
  },
  SIGKILL: {
    explanation:
      'You end the process with a signal that it can neither handle nor block. The kernel closes what it held.',
    outcome: 'killed by you',
  },
  SIGSTOP: {
    explanation:
      'You stop the process. It does nothing until it is continued, and whoever waits for it waits.',
    outcome: 'stopped by you',
  },
  SIGCONT: { explanation: 'You let the stopped process go on.', outcome: 'goes on' },
};

const isSignal = (call: string): call is OutsideSignal => call.startsWith('SIG');

/** One run's playground: it lives as long as its runner. */
export class Hand {
  private known?: { abilities: Abilities; offer: PlaygroundOffer; calls: ReadonlyMap<string, OfferedCall> };

  constructor(
    private readonly runner: Runner,
    private readonly scenario: Scenario,
  ) {
    const { objects, steps } = runner;
    const scriptGoesOn = () => steps.some((run) => !run.yours && run.status === 'pending');
    const newcomers = new Newcomers(objects, scriptGoesOn);
    runner.onCall = (event, run) => newcomers.madeBy(event, run.yours !== undefined);
  }

  async offer(): Promise<PlaygroundOffer> {
    return (await this.learn()).offer;
  }

  /** Puts the call into the script's steps at `index`, or says why not. */
  async prepare(request: IssueRequest, index: number): Promise<{ run: StepRun } | { refused: Refusal }> {
    const { calls, abilities } = await this.learn();
    const reason = this.reasonAgainst(request);
    if (reason) return { refused: { message: reason } };
    if (request.call === 'start') return { run: this.insert(index, this.newProcess('program').id, 'start') };
    const process = this.runner.process(request.process)!;
    if (isSignal(request.call) && outside[request.call])
      return { run: this.insert(index, process.id, request.call) };
    const call = calls.get(request.call);
    if (!call)
      return { refused: { message: `“${request.call.slice(0, 40)}” is not among the calls of a demo.` } };
    const checked = checkCall(request, call, knownTo(process, abilities, this.typesOf(process)));
    if ('refused' in checked) return checked;
    const args = call.name === 'fork' ? [this.newProcess('child').id] : checked.args;
    const into = request.into?.trim() || undefined;
    const run = this.insert(
      index,
      process.id,
      call.name,
      request.args,
      await this.completed(process, call.name, args),
      into,
    );
    const refused = this.reasonOfProgram(process, args, into);
    if (!refused) return { run };
    this.runner.remove((one) => one === run);
    this.dropUnmade();
    return { refused };
  }

  /** What the program needs and the actor knows by itself: the size of a mapping, and that of a buffer as a number. */
  private async completed(process: ProcessRun, call: string, args: string[]): Promise<string[]> {
    if (call === 'munmap' && args.length === 1) {
      const made = this.runner.steps.findLast(
        ({ step, status }) => step.call === 'mmap' && step.into === args[0] && status !== 'pending',
      );
      return [...args, made?.step.args[0] ?? '4096'];
    }
    const size = findCall(call).buffer?.size;
    if (size === undefined || /^\d+$/.test(args[size] ?? '')) return args;
    const answer = await this.runner.stage.call(process.id, undefined, 'value', [args[size]!]);
    return answer.kind === 'reply' ? args.with(size, String(answer.result)) : args;
  }

  /* ----------------------------------------------------------------- as a program */

  private programs(): ReadonlyMap<string, Program> {
    const { processes, steps } = this.runner;
    return programsOf(
      {
        ...this.scenario,
        processes: processes.map(({ spec }) => spec),
        steps: steps.map(({ step }) => step),
      },
      findCall,
    );
  }

  /** The variables of the process in C, with the names that are defined, and the members of the shared structure. */
  private typesOf(process: ProcessRun): Types {
    const { keys = [], constants = [], structure = [] } = this.scenario;
    return new Map([
      ...(this.programs().get(process.id)?.variables.get(process.id) ?? []),
      ...[...keys, ...constants.map(({ name }) => name)].map((name) => [name, 'int'] as const),
      ...structure.map(
        ({ type, name, count }) => [`shared->${name}`, count ? `${type}[${count}]` : type] as const,
      ),
    ]);
  }

  /** A name cannot be two things in one program. */
  private reasonOfProgram(
    process: ProcessRun,
    args: string[],
    into: string | undefined,
  ): Refusal | undefined {
    const [conflict] = [...this.programs().values()].flatMap(({ conflicts }) => conflicts);
    if (!conflict) return undefined;
    const { name, is, wanted } = conflict;
    const has = (text: string | undefined) => new RegExp(`^&?${name}\\b`).test(text ?? '');
    const argument = args.findIndex(has);
    const at = argument >= 0 ? argument : has(into) ? 'into' : undefined;
    return {
      ...(at === undefined ? {} : { at }),
      message: `“${name}” is ${typeWords(is)} in the program of ${process.spec.title}; here it would have to be ${typeWords(wanted)}. Give another name.`,
    };
  }

  /** Carries it out. When the actor refuses it, it has not happened, and the reason is given. */
  async play(run: StepRun): Promise<Refusal | undefined> {
    const { runner } = this;
    const { call } = run.step;
    const process = runner.process(run.step.process)!;
    if (call === 'start') {
      await runner.playOutside(
        run,
        () => runner.startAnother(process),
        () => process.started,
      );
    } else if (isSignal(call)) {
      await runner.playOutside(
        run,
        () => runner.stage.signal(process.id, call),
        () => this.took(process, call),
      );
    } else await runner.play(run);
    if (outside[call]) run.outcome = outside[call].outcome;
    if (run.answer?.kind !== 'refused') return undefined;
    runner.remove((one) => one === run);
    this.dropUnmade();
    return { message: `${run.answer.reason.charAt(0).toUpperCase()}${run.answer.reason.slice(1)}.` };
  }

  /** What is said of a step by hand, as it stands. */
  explain(run: StepRun): string {
    const told = outside[run.step.call];
    if (told) return told.explanation;
    const offered = this.known?.calls.get(run.step.call);
    if (!offered) return '';
    if (run.answer) return afterwards(run.call, offered, run.answer);
    return run.status === 'blocked' ? whileOpen(run.call, offered, true) : beforehand(offered);
  }

  private took(process: ProcessRun, signal: OutsideSignal): boolean {
    if (signal === 'SIGKILL' || process.ended) return process.ended;
    this.runner.observe();
    return (process.look.state === 'stopped') === (signal === 'SIGSTOP');
  }

  private reasonAgainst({ process: id, call }: IssueRequest): string | undefined {
    const { processes, steps } = this.runner;
    if (steps.filter((run) => run.yours).length >= mostCalls)
      return `You have issued ${mostCalls} calls, which is the most for one demo. Choose Restart to begin anew.`;
    if ((call === 'start' || call === 'fork') && processes.length >= mostProcesses)
      return `A demo has at most ${mostProcesses} processes, those that ended included. Choose Restart to begin anew.`;
    if (call === 'start') return undefined;
    const process = this.runner.process(id);
    if (!process) return 'This process is not part of the demo.';
    const { title } = process.spec;
    if (!process.started) return `${capital(title)} has not been started yet.`;
    if (process.ended) return `${capital(title)} has ended. Start another process, or choose Restart.`;
    const stopped = process.look.state === 'stopped';
    if (call === 'SIGSTOP') return stopped ? `${capital(title)} is stopped already.` : undefined;
    if (call === 'SIGCONT') return stopped ? undefined : `${capital(title)} is not stopped.`;
    if (call === 'SIGKILL') return undefined;
    if (process.replacedBy)
      return `${capital(title)} runs ${process.replacedBy} now, which takes no calls. It can still be killed.`;
    if (process.open)
      return `${capital(title)} is still in ${process.open.call.inC ?? process.open.call.name}. Let another process release it, or kill it.`;
    return stopped ? `${capital(title)} is stopped. Continue it first.` : undefined;
  }

  private insert(
    index: number,
    process: string,
    call: string,
    asked: readonly string[] = [],
    args: string[] = [],
    into?: string,
  ): StepRun {
    const step: Step = {
      process,
      call,
      args,
      ...(into ? { into } : {}),
      expect: { returns: 'success' },
      why: '',
      comment: outside[call] ? '' : 'By hand.',
      yours: true,
    };
    return this.runner.insert(index, step, asked);
  }

  private newProcess(kind: 'child' | 'program'): ProcessRun {
    const { processes } = this.runner;
    let number = 2;
    while (this.runner.process(`${kind}${number}`)) number++;
    const process = new ProcessRun({
      id: `${kind}${number}`,
      title: `${kind} ${number}`,
      begins: kind === 'child' ? 'fork' : 'first-step',
    });
    processes.push(process);
    return process;
  }

  /** A process that was to be made and was not. */
  private dropUnmade(): void {
    const { processes, steps } = this.runner;
    const named = new Set(this.scenario.processes.map(({ id }) => id));
    const kept = processes.filter(
      ({ id, started }) => started || named.has(id) || steps.some(({ step }) => step.process === id),
    );
    processes.splice(0, processes.length, ...kept);
  }

  private async learn(): Promise<NonNullable<Hand['known']>> {
    if (this.known) return this.known;
    const { stage } = this.runner;
    const [calls, constants] = await Promise.all([
      stage.peek('calls', undefined, '-'),
      stage.peek('constants', undefined, '-'),
    ]);
    const abilities: Abilities = {
      calls: new Map((calls ?? []).map(pairOf)),
      constants: new Map((constants ?? []).map(pairOf).map(([name, value]) => [name, Number(value)])),
    };
    const offer = offerFor({ scenario: this.scenario, scenarios, texts: callTexts, abilities });
    this.known = { abilities, offer, calls: new Map(offer.calls.map((call) => [call.name, call])) };
    return this.known;
  }
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

function pairOf(word: string): [string, string] {
  const at = word.indexOf('=');
  const value = word.slice(at + 1);
  return [word.slice(0, at), value === '%_' ? '' : value];
}

/** What a process has, as a call may name it. */
export function variablesOf(process: ProcessRun): { name: string; value: string }[] {
  const list: { name: string; value: string }[] = [];
  for (const [name, value] of process.variables) {
    if (name.endsWith('[]')) list.push({ name: name.slice(0, -2), value: `${value} bytes` });
    else if (isShown(name) && !/^-?\d/.test(name)) list.push({ name, value: String(value) });
  }
  return list;
}

function knownTo(process: ProcessRun, { constants }: Abilities, types: Types): Known {
  const names = [...process.variables];
  return {
    title: process.spec.title,
    numbers: new Set(
      names.map(([name]) => name).filter((name) => !name.endsWith('[]') && !name.startsWith('run_')),
    ),
    buffers: new Map(
      names.filter(([name]) => name.endsWith('[]')).map(([name, size]) => [name.slice(0, -2), size]),
    ),
    constants,
    types,
  };
}
