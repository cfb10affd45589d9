/**
 * The channel to one supervisor process (native/actor/stage.c). Lines of words go both ways; words are percent-encoded.
 * The supervisor's standard input is the rope: when this process dies, the supervisor sees end-of-file and cleans up.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { constants } from 'node:os';

/** How a process ended; `left` says whether its parent has still to collect it. */
export interface ProcessEnd {
  exited?: number;
  /** A signal number. */
  killed?: number;
  left: 'zombie' | 'gone';
}

export type Details = ReadonlyMap<string, string>;

export type Answer =
  | { kind: 'reply'; result: number; errno: number; nanoseconds: number; details: Details }
  | { kind: 'refused'; reason: string }
  | { kind: 'ended'; end: ProcessEnd }
  /** The process goes on with another program and issues no calls of the script any more. */
  | { kind: 'replaced' };

/** What a person may do to a process from outside. */
export type OutsideSignal = 'SIGKILL' | 'SIGSTOP' | 'SIGCONT';

export interface StageEvents {
  onForked(parent: string, child: string, pid: number): void;
  onEnded(name: string, pid: number, end: ProcessEnd): void;
  /** The supervisor is gone though nobody ended it. */
  onLost(how: string): void;
}

export function encodeWord(text: string): string {
  if (text === '') return '%_';
  return [...Buffer.from(text)]
    .map((byte) =>
      byte > 0x20 && byte < 0x7f && byte !== 0x25
        ? String.fromCharCode(byte)
        : '%' + byte.toString(16).padStart(2, '0'),
    )
    .join('');
}

/** Bytes that are not UTF-8 come out as U+FFFD. */
export function decodeWord(word: string): string {
  if (word === '%_') return '';
  const bytes = word.replace(/%([0-9a-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

function detailsOf(words: string[]): Map<string, string> {
  const details = new Map<string, string>();
  for (const word of words) {
    const at = word.indexOf('=');
    if (at > 0) details.set(word.slice(0, at), decodeWord(word.slice(at + 1)));
  }
  return details;
}

function endOf(words: string[]): ProcessEnd {
  const details = detailsOf(words);
  const number = (name: string) => (details.has(name) ? Number(details.get(name)) : undefined);
  return {
    exited: number('exited'),
    killed: number('killed'),
    left: words.includes('zombie') ? 'zombie' : 'gone',
  };
}

/** Removes what servers left that were killed together with their supervisors. Needs nobody to wait for it. */
export async function sweepStale(actorPath: string, base: string): Promise<void> {
  const names = await readdir(base).catch(() => []);
  if (!names.some((name) => name.startsWith('ipc-lens-'))) return;
  spawn(actorPath, ['sweep-all', base], { stdio: 'ignore', cwd: '/' }).once('error', () => {});
}

interface Waiting {
  process: string;
  settle(answer: Answer): void;
}

/** How long the supervisor may take to clean up before it is killed and a sweep does it. */
const endPatience = 4000;

export class Stage {
  /** The run's directory: what a sweep needs when the supervisor cannot clean up itself. */
  directory = '';
  /** The number of the call in which an idle actor waits, and the descriptor it waits on. */
  idleCall = -1;
  controlDescriptor = -1;
  private readonly child: ChildProcess;
  private readonly calls = new Map<number, Waiting>();
  private readonly peeks = new Map<string, (words: string[] | undefined) => void>();
  private readonly starts = new Map<string, { done(pid: number): void; failed(reason: Error): void }>();
  private readonly exit: Promise<void>;
  private ready?: { done(): void; failed(reason: Error): void };
  private lastNumber = 0;
  private closing = false;
  private gone = false;
  private rest = '';

  private constructor(
    private readonly actorPath: string,
    base: string,
    private readonly events: StageEvents,
  ) {
    this.child = spawn(actorPath, ['stage', base], { stdio: ['pipe', 'pipe', 'ignore'], cwd: '/' });
    this.child.stdin!.on('error', () => {}); // a dead supervisor is reported by `exit`
    this.child.stdout!.setEncoding('latin1').on('data', (text: string) => this.take(text));
    this.exit = new Promise((resolve) => {
      this.child.once('error', (error) => this.left(`cannot be started (${error.message})`, resolve));
      this.child.once('close', (code, signal) =>
        this.left(signal ? `was killed by ${signal}` : `ended with status ${code}`, resolve),
      );
    });
  }

  /** Starts a supervisor whose run lives under `base`. Rejects with a sentence for people. */
  static async open(actorPath: string, base: string, events: StageEvents): Promise<Stage> {
    const stage = new Stage(actorPath, base, events);
    await new Promise<void>((done, failed) => {
      stage.ready = { done, failed };
    });
    return stage;
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  start(name: string): Promise<number> {
    return new Promise((done, failed) => {
      if (this.gone) return failed(new Error('The program that runs the live demos is gone.'));
      this.starts.set(name, { done, failed });
      this.send(`start ${name}`);
    });
  }

  /** Issues a call; the promise settles when it returned, which may be never. */
  call(process: string, into: string | undefined, name: string, args: string[]): Promise<Answer> {
    const number = ++this.lastNumber;
    if (this.gone) return Promise.resolve({ kind: 'ended', end: { left: 'gone' } });
    return new Promise((settle) => {
      this.calls.set(number, { process, settle });
      const words = [String(number), into ?? '-', name, ...args].map(encodeWord);
      this.send(`call ${process} ${words.join(' ')}`);
    });
  }

  /** Kills, stops or continues a process from outside. Its end is told as any other. */
  signal(process: string, signal: OutsideSignal): void {
    this.send(`signal ${process} ${constants.signals[signal]}`);
  }

  /** Asks for the content of an object, seen from a process that holds it; undefined when it cannot be had. */
  async peek(
    kind: string,
    process: string | undefined,
    what: string | number,
  ): Promise<string[] | undefined> {
    if (this.gone) return undefined;
    const tag = `p${++this.lastNumber}`;
    return new Promise((resolve) => {
      this.peeks.set(tag, resolve);
      this.send(`peek-${kind} ${tag} ${process ?? '-'} ${encodeWord(String(what))}`);
    });
  }

  /** Ends everything. Resolves when no process and no object of the run is left. */
  async end(): Promise<void> {
    this.closing = true;
    if (!this.gone) {
      this.send('end');
      this.child.stdin!.end();
    }
    const timer = setTimeout(() => this.child.kill('SIGKILL'), endPatience);
    await this.exit;
    clearTimeout(timer);
  }

  private send(line: string): void {
    if (!this.gone) this.child.stdin!.write(line + '\n');
  }

  private take(text: string): void {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop()!;
    for (const line of lines) this.line(line.split(' '));
  }

  private line([kind, ...words]: string[]): void {
    switch (kind) {
      case 'ready': {
        const details = detailsOf(words);
        this.directory = details.get('directory') ?? '';
        this.idleCall = Number(details.get('recvfrom'));
        this.controlDescriptor = Number(details.get('control'));
        this.ready?.done();
        this.ready = undefined;
        break;
      }
      case 'started':
        this.starts.get(words[0]!)?.done(Number(words[1]));
        this.starts.delete(words[0]!);
        break;
      case 'reply':
        this.answer(Number(words[1]), {
          kind: 'reply',
          result: Number(words[2]),
          errno: Number(words[3]),
          nanoseconds: Number(words[4]),
          details: detailsOf(words.slice(5)),
        });
        break;
      case 'refused':
        this.answer(Number(words[1]), { kind: 'refused', reason: decodeWord(words[2] ?? '') });
        break;
      case 'forked':
        this.events.onForked(words[0]!, words[1]!, Number(words[2]));
        break;
      case 'ended':
        this.ended(words[0]!, Number(words[1]), endOf(words.slice(2)));
        break;
      case 'replaced':
        this.settleAll(words[0]!, { kind: 'replaced' });
        break;
      case 'unseen':
        this.answerPeek(words[0]!, undefined);
        break;
      case 'error':
        this.fail(decodeWord(words[0] ?? ''));
        break;
      case 'seen':
        this.answerPeek(words[0]!, words.slice(1));
        break;
    }
  }

  private answer(number: number, answer: Answer): void {
    const waiting = this.calls.get(number);
    this.calls.delete(number);
    waiting?.settle(answer);
  }

  private answerPeek(tag: string, words: string[] | undefined): void {
    this.peeks.get(tag)?.(words);
    this.peeks.delete(tag);
  }

  /** What the process was doing ends with it. */
  private ended(name: string, pid: number, end: ProcessEnd): void {
    this.events.onEnded(name, pid, end);
    this.settleAll(name, { kind: 'ended', end });
  }

  private settleAll(process: string, answer: Answer): void {
    for (const [number, waiting] of this.calls) if (waiting.process === process) this.answer(number, answer);
  }

  /** A sentence from the supervisor about what it could not do. */
  private fail(reason: string): void {
    if (this.ready) this.closing = true; // it never ran: that it ends is no loss to tell
    this.ready?.failed(new Error(reason));
    this.ready = undefined;
    for (const start of this.starts.values()) start.failed(new Error(reason));
    this.starts.clear();
  }

  /** Nothing is left waiting for a supervisor that is gone. If it did not clean up, a sweep does. */
  private left(how: string, resolve: () => void): void {
    if (this.gone) return;
    this.gone = true;
    this.fail(`The program that runs the live demos ${how}.`);
    for (const number of [...this.calls.keys()])
      this.answer(number, { kind: 'ended', end: { left: 'gone' } });
    for (const tag of [...this.peeks.keys()]) this.answerPeek(tag, undefined);
    const sentence = () => {
      if (!this.closing) this.events.onLost(how);
      resolve();
    };
    if (this.directory === '') {
      sentence();
      return;
    }
    const sweep = spawn(this.actorPath, ['sweep', this.directory], { stdio: 'ignore', cwd: '/' });
    sweep.once('error', sentence);
    sweep.once('close', sentence);
  }
}
