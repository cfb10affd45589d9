import type { PlacedLock } from './facts';
import { memberOf, unknownLock } from './lock-recorder';
import type { ProgramView } from './project-rule';

/** The steps that a program does with locks, as rules compare them. */
export class LockSteps {
  readonly steps: readonly PlacedLock[];
  /** It posts a semaphore of which nobody knows which it is. */
  readonly postsUnknown: boolean;
  private readonly locks = new Map<string, boolean>();

  constructor(private readonly program: ProgramView) {
    // What is seen on a walk that came from a thread or a process tells more than one that began in a helper.
    const entered = new Set(program.locks.flatMap((step) => (this.isEntry(step) ? [siteOf(step)] : [])));
    const all = program.locks.filter((step) => this.isEntry(step) || !entered.has(siteOf(step)));
    const known = all.filter(({ lock }) => lock !== unknownLock);
    this.postsUnknown = all.length > known.length;
    this.steps = comparable(known);
  }

  /** Several threads or processes run this program at once. */
  get isConcurrent(): boolean {
    return this.program.starts.length > 0 || this.program.forks;
  }

  /** Made by two threads or processes: where one begins is known, or the two walks began elsewhere. */
  areApart(a: PlacedLock, b: PlacedLock): boolean {
    return a.role !== b.role || (a.root !== b.root && !(a.root === 'main' && b.root === 'main'));
  }

  /** Whoever takes it gives it back himself; other semaphores carry a message from one to the other. */
  isLock(name: string): boolean {
    let answer = this.locks.get(name);
    if (answer === undefined) {
      answer = this.decide(this.steps.filter(({ lock }) => lock === name));
      this.locks.set(name, answer);
    }
    return answer;
  }

  private decide(steps: readonly PlacedLock[]): boolean {
    if (steps.every(({ kind }) => kind === 'mutex')) {
      return true;
    }
    const actors = new Map<string, PlacedLock[]>();
    for (const step of steps) {
      const actor = `${step.root} ${step.role}`;
      actors.set(actor, [...(actors.get(actor) ?? []), step]);
    }
    return [...actors.values()].every(
      (own) =>
        own.some(({ does }) => does === 'take') &&
        own.some(({ does }) => does === 'give') &&
        own.every(({ does, lock, held }) => does === 'take' || held.includes(lock)),
    );
  }

  private isEntry({ root }: PlacedLock): boolean {
    return root === 'main' || this.program.starts.includes(root);
  }
}

/** The call itself, wherever it is told of. */
function siteOf({ site }: PlacedLock): string {
  return site.split(' -> ', 1)[0] ?? site;
}

/** Members of variables that are known are told apart where all of the program's steps with that member are of such. */
function comparable(steps: readonly PlacedLock[]): PlacedLock[] {
  const named = steps.flatMap(({ lock, held, passed }) => [lock, ...held, ...passed]);
  const anywhere = new Set(named.filter((lock) => memberOf(lock) === lock));
  const name = (lock: string) => (anywhere.has(memberOf(lock)) ? memberOf(lock) : lock);
  return steps.map((step) => ({
    ...step,
    lock: name(step.lock),
    held: [...new Set(step.held.map(name))],
    passed: [...new Set(step.passed.map(name))],
  }));
}
