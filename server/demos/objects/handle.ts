/** How objects that are reached by descriptors find out which they are, and who holds them. */
import type { CallEvent, Descriptor, LiveProcess, World } from '../kit';
import { linkOf } from '../procfs';

/** A variable of the script: `fd`, `fd[0]`, `server.connection`. */
export class Handle {
  readonly process?: string;
  private readonly variable: string;
  /** The array's name, where the variable is an element: a call that makes two descriptors fills it. */
  private readonly array?: string;

  constructor(text: string) {
    const dot = text.indexOf('.');
    if (dot > 0) this.process = text.slice(0, dot);
    this.variable = text.slice(dot + 1);
    const bracket = this.variable.indexOf('[');
    if (bracket > 0) this.array = this.variable.slice(0, bracket);
  }

  /** What the descriptor that this call stored refers to, if it stored one here: `socket:[4711]`. */
  made({ step, process, result }: CallEvent): string | undefined {
    if (result < 0 || (this.process !== undefined && this.process !== process.id)) return undefined;
    if (this.array === undefined ? step.into !== this.variable : !step.args.includes(this.array))
      return undefined;
    const fd = process.variables.get(this.variable);
    return fd === undefined ? undefined : linkOf(process.pid, fd);
  }
}

export interface Holder {
  process: LiveProcess;
  fd: number;
}

/** Every process with a descriptor that fits, once. */
export function holdersOf(world: World, fits: (descriptor: Descriptor) => boolean): Holder[] {
  return [...world.processes, ...world.others].flatMap((process) => {
    const held = process.descriptors.find(fits);
    return held ? [{ process, fd: held.fd }] : [];
  });
}

/** The first holder through which the supervisor can look: one of its own actors. */
export function lookedThrough(world: World, holders: Holder[]): Holder | undefined {
  return holders.find(({ process }) => world.processes.includes(process));
}

export const idsOf = (holders: Holder[]): string[] => [...new Set(holders.map(({ process }) => process.id))];

/** Processes as the table names them. */
export const titlesOf = (world: World, ids: readonly string[]): string[] =>
  ids.map((id) => world.processes.find((process) => process.id === id)?.title ?? id);
