import type { Arrived } from './meeting';
import type { Path } from './path';

/** The entry paths of each block of a function. */
export type Entering = Arrived[];

interface Visit {
  entry: Path;
  entering: Entering;
}

/** Visits kept for one chain of calls. */
const mostKept = 8;

/**
 * What walks into functions came to. Control arrives at a call again and again with nothing new known, in further rounds and when
 * events are told; what the function does then need not be found out again.
 */
export class Visits {
  private readonly byContext = new Map<number, Visit[]>();

  find(context: number, entry: Path): Entering | undefined {
    return this.byContext.get(context)?.find((visit) => visit.entry.isSame(entry))?.entering;
  }

  keep(context: number, entry: Path, entering: Entering): void {
    const kept = this.byContext.get(context) ?? [];
    this.byContext.set(context, kept);
    if (kept.length === mostKept) kept.shift();
    kept.push({ entry, entering });
  }
}
