import type { Expr, FunctionDefinition, Span } from '../c/ast';
import type { Bearing } from './bearing';
import { CallChain } from './call-chain';
import type { FileContext, FunctionScope } from './context';
import type { Listener, Operand } from './events';
import type { Frame } from './frame';
import { Interner } from './interner';
import type { Location, Path } from './path';
import { Traces } from './traces';

/** Expressions inside expressions, macros expanded: the stack of JavaScript has an end. */
export const deepestExpression = 1000;
/** Macro expansions in one walk. */
const mostExpansions = 5000;
/** Macros inside macros. */
export const deepestExpansion = 60;

/** Evaluations between two looks at the clock. */
const stride = 256;

/** What a walk may take. */
export interface Limits {
  /** Evaluations in all. */
  steps: number;
  /** Whether more time has passed than any walk of so many evaluations should take. */
  isLate?(): boolean;
}

/** Thrown when a walk takes too long; whoever began it does it again more coarsely. */
export class Exhausted extends Error {}

/** What the parts of one walk share. */
export class Walk {
  readonly interner = new Interner();
  /** The calls that were walked into. */
  readonly chain = new CallChain();
  /** Events are told only in the second round, when nothing new can be learnt. */
  speaking = false;
  /** The use of the outermost macro being expanded: positions inside the expansion mean nothing. */
  macroUse: Span | undefined;
  /** Functions that were read and not walked into. */
  readonly read = new Set<FunctionDefinition>();
  private steps = 0;
  private final = false;
  private late = false;
  private expansions = 0;

  constructor(
    /** When the walk is given up. */
    private readonly limits: Limits,
    readonly listener: Listener,
    readonly neverReturns: (name: string, file: FileContext) => boolean,
    /** The names of a function that a call leads to; undefined where it is not to be walked into. */
    readonly scopeOf: (name: string, file: FileContext) => FunctionScope | undefined,
    /** Whether a global variable with an initial value keeps it for ever. */
    readonly neverChanges: (name: string, file: FileContext) => boolean = () => false,
    /** Whether walking into a call can matter to what is known on the path. */
    readonly bearingOf: (
      callee: FunctionScope,
      args: readonly Operand[],
      path: Path,
      frame: Frame,
      levels: number,
    ) => Bearing = () => 'given',
    /** What functions leave behind, as far as this walk has seen. */
    readonly traces = new Traces(new Set()),
  ) {}

  burn(): void {
    if (++this.steps % stride === 0) this.late ||= this.limits.isLate?.() ?? false;
    if ((this.late || this.steps > this.limits.steps) && !this.final) {
      throw new Exhausted();
    }
  }

  /** Nothing more is learnt: events are being told. */
  get isFinal(): boolean {
    return this.final;
  }

  /** The last round took so long that calls are no longer walked into. */
  get isTired(): boolean {
    return this.final && (this.late || this.steps > 4 * this.limits.steps);
  }

  /** The round in which events are told. It is not given up any more: listeners would hear everything twice. */
  tellAll(round: () => void): void {
    this.final = true;
    this.speaking = true;
    round();
  }

  /** Whether one more macro may be expanded: macros that double at every level must not hang us. */
  mayExpand(): boolean {
    return ++this.expansions <= mostExpansions;
  }

  tell(event: () => void): void {
    if (this.speaking) {
      event();
    }
  }

  quietly<T>(run: () => T): T {
    const before = this.speaking;
    this.speaking = false;
    try {
      return run();
    } finally {
      this.speaking = before;
    }
  }

  /** Where to report something about an expression. */
  at(expr: Expr, frame: Frame): Location {
    const { start, end } = this.macroUse ?? expr.use ?? expr;
    return { start, end, within: frame.scope.definition, context: frame.context };
  }

  definitionOf(frame: Frame): FunctionDefinition {
    return frame.scope.definition;
  }
}
