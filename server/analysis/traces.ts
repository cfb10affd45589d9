import type { FunctionScope } from './context';
import type { Path } from './path';
import { unknown, type Value } from './values';

/** Walks into a function, on different chains of calls, that all left no trace, before it is taken for one that leaves none. */
const enough = 5;

/** Thrown when a function leaves a trace after all; the walk is done again, and this function always walked into. */
export class Misjudged extends Error {}

/**
 * Which functions leave everything as they found it, as a walk has seen it: a log opens and closes its file, a check of a structure only
 * looks. They are called everywhere, and the next walk into one of them with nothing that is followed in its hands tells nothing new.
 */
export class Traces {
  private readonly clean = new Map<FunctionScope, Set<number>>();
  private readonly passed = new Map<FunctionScope, Set<number>>();

  constructor(
    /** Functions that were found to leave traces, in earlier attempts too. */
    private readonly leaving: Set<FunctionScope>,
    /** Passes over none. */
    private readonly off = false,
  ) {}

  /** Whether the function need not be walked into on this chain of calls. What is decided once for a chain stays so. */
  passesOver(scope: FunctionScope, context: number): boolean {
    const passed = this.passed.get(scope);
    if (passed?.has(context)) return true;
    const clean = this.clean.get(scope);
    if (this.off || this.leaving.has(scope) || !clean || clean.size < enough || clean.has(context))
      return false;
    if (passed) passed.add(context);
    else this.passed.set(scope, new Set([context]));
    return true;
  }

  /** A walk into the function went from one path to these. */
  learn(
    scope: FunctionScope,
    context: number,
    before: Path,
    after: readonly Path[],
    results: readonly (Value | undefined)[],
  ): void {
    if (this.leaving.has(scope)) return;
    const isClean =
      after.length > 0 && after.every((path) => path.isLeftBy(before)) && results.every(tellsNothing);
    if (isClean) {
      const known = this.clean.get(scope);
      if (known) known.add(context);
      else this.clean.set(scope, new Set([context]));
      return;
    }
    this.leaving.add(scope);
    if (this.passed.has(scope)) throw new Misjudged();
  }
}

function tellsNothing({ origins, verdict, target, text }: Value = unknown): boolean {
  return origins === undefined && verdict === undefined && target === undefined && text === undefined;
}
