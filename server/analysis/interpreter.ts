import type { FunctionDefinition } from '../c/ast';
import type { CallChain } from './call-chain';
import type { FileContext, FunctionScope } from './context';
import type { Listener } from './events';
import { type Budget, Exploration } from './exploration';
import { Misjudged, Traces } from './traces';
import { Exhausted, type Limits, Walk } from './walk';

/**
 * From the finest to one that always comes to an end soon, because it joins all paths and walks into nothing. Most of the paths are
 * given up before what helpers do.
 */
const budgets: Budget[] = [
  { paths: 10, rounds: 40, depth: 4, steps: 12_000 },
  { paths: 4, rounds: 12, depth: 2, steps: 12_000 },
  { paths: 6, rounds: 12, depth: 0, steps: 30_000 },
  { paths: 1, rounds: 3, depth: 0, steps: Number.POSITIVE_INFINITY },
];

/**
 * How long one attempt may take, in milliseconds. The bound that counts is that of evaluations, so that what is found does not depend on the
 * machine: it is reached after a fraction of a second. This one is for what nobody has thought of.
 */
const mostTime = 15_000;

/** How often a walk begins again because a function was misjudged, before none is passed over. */
const mostMisjudged = 2;

export interface InterpreterOptions {
  listener: Listener;
  /** Tells whether a call to this name in a file never returns. */
  neverReturns(name: string, file: FileContext): boolean;
  /** The function of the project that a name means in a file, where its text is at hand. */
  scopeOf(name: string, file: FileContext): FunctionScope | undefined;
  /** Whether a global variable with an initial value keeps it for ever. */
  neverChanges?(name: string, file: FileContext): boolean;
  /** Whether walking into a call can matter to what is known on the path; always, where it is not given. */
  bearingOf?: Walk['bearingOf'];
  /** The clock, in milliseconds. */
  now?(): number;
}

/**
 * Walks one function along its paths with what is known on each: first every point until nothing new is learnt,
 * silently; then once more, with events. Paths that come together with the same objects open, in the same process, are joined.
 * A walk that takes too long is done again with fewer paths.
 */
export class Interpreter {
  private readonly walked = new Set<FunctionDefinition>();
  private readonly read = new Set<FunctionDefinition>();

  constructor(
    private readonly scope: FunctionScope,
    private readonly options: InterpreterOptions,
  ) {}

  /** The functions that calls led into: what the findings depend on besides the function itself. */
  get dependencies(): ReadonlySet<FunctionDefinition> {
    return new Set([...this.walked, ...this.read]);
  }

  run(): void {
    let coarse = 0;
    for (let misjudged = 0; ; ) {
      try {
        this.attempt(budgets[coarse]!, new Traces(this.leaving, misjudged === mostMisjudged));
        break;
      } catch (error) {
        // With no helper to walk into, the second budget finds no more than the third.
        if (error instanceof Exhausted) coarse += coarse === 0 && this.walked.size === 0 ? 2 : 1;
        else if (error instanceof Misjudged) misjudged++;
        else throw error;
      }
    }
    this.options.listener.end?.();
  }

  /** Functions that leave traces, as one attempt tells the next. */
  private readonly leaving = new Set<FunctionScope>();
  /** Which calls led to the functions that were walked into. */
  chain: CallChain | undefined;

  /** The chain of calls that the walk is in. */
  get context(): number | undefined {
    return this.chain?.current || undefined;
  }

  private limitsOf({ steps }: Budget): Limits {
    // The coarsest comes to an end by itself.
    if (steps === Number.POSITIVE_INFINITY) return { steps };
    const { now = () => performance.now() } = this.options;
    const begin = now();
    return { steps, isLate: () => now() - begin > mostTime };
  }

  private attempt(budget: Budget, traces: Traces): void {
    const walk = new Walk(
      this.limitsOf(budget),
      this.options.listener,
      this.options.neverReturns,
      this.options.scopeOf,
      this.options.neverChanges,
      this.options.bearingOf,
      traces,
    );
    this.chain = walk.chain;
    const exploration = new Exploration(walk, budget, this.walked);
    try {
      exploration.root(this.scope);
    } finally {
      for (const definition of walk.read) this.read.add(definition);
    }
  }
}
