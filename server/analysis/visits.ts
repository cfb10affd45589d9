import type { Arrived } from './meeting';
import type { Path } from './path';

/** The entry paths of each block of a function. */
export type Entering = Arrived[];

export interface Visit {
  readonly entry: Path;
  readonly entering: Entering;
  /** Its events have been told: they would be the same again. */
  told: boolean;
}

/** Visits kept for one chain of calls. */
const mostKept = 8;

/**
 * What walks into functions came to. Control arrives at a call again and again with nothing new known, in further rounds and when
 * events are told; what the function does then need not be found out again.
 */
export class Visits {
  private readonly byContext = new Map<number, Visit[]>();

  /** The visit to a function with nothing else known than on a path, or a new one by `settle`. */
  visit(context: number, entry: Path, settle: () => Entering): Visit {
    const known = this.byContext.get(context)?.find((visit) => visit.entry.isSame(entry));
    if (known) {
      return known;
    }
    const visit = { entry, entering: settle(), told: false };
    const kept = this.byContext.get(context) ?? [];
    this.byContext.set(context, kept);
    if (kept.length === mostKept) kept.shift();
    kept.push(visit);
    return visit;
  }
}
