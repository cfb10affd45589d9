import type { BinaryOp, Expr, ExprOf } from '../c/ast';
import type { FunctionScope } from './context';
import type { Location, Path } from './path';
import type { CallSite, Resource, Value } from './values';

/**
 * What the interpreter tells the rules as it walks a function: each place once for every path that is kept apart. Calls of functions
 * whose text is at hand are walked into, so an event may lie in another function than the one the walk began with.
 */
export interface Listener {
  /** A call is made; its arguments have been evaluated, its effects have not happened. */
  call?(event: CallEvent): void;
  /**
   * As `call` and just after it, but also in the silent rounds in which the walk finds out what can be true: the place for a rule to
   * set its notes on the path, and for nothing else.
   */
  mark?(event: CallEvent): void;
  /** A value is compared, or tested for zero. */
  test?(event: TestEvent): void;
  /** A value is stored. */
  store?(event: StoreEvent): void;
  /** A value is read from a place. */
  load?(event: LoadEvent): void;
  /** A path ends: see `how`. */
  pathEnd?(event: PathEndEvent): void;
  /** The whole function has been walked. */
  end?(): void;
}

export interface Operand {
  expr: Expr;
  value: Value;
}

interface Event {
  /** The path as it is now. Rules may note things on it. */
  path: Path;
  /** The names of the function that holds the place. */
  scope: FunctionScope;
  /** Where to report. */
  at: Location;
}

export interface CallEvent extends Event {
  expr: ExprOf<'call'>;
  name: string;
  /** Present for a call of the catalog. */
  site?: CallSite;
  args: Operand[];
  /** The function's text is at hand and is walked into next. */
  into?: boolean;
  /** What is known of the place that an argument points to. */
  pointee(index: number): Value | undefined;
  /** The name of the place that an argument is, where it is followed. */
  placeOf(index: number): string | undefined;
  /** The name of the place that it points to. */
  targetOf(index: number): string | undefined;
  /** The name by which what it points to is known where the target is not: `p` for `p->x`. */
  pointerOf(index: number): string | undefined;
  /** What is known of a member of the structure that an argument points to. */
  member(index: number, field: string): Value | undefined;
  /** What is known of the pointer from which an argument is counted, `p` in `p + 4`; of the argument itself where nothing is added. */
  countedFrom(index: number): Value | undefined;
}

export interface TestEvent extends Event {
  /** `truth`: tested for being nonzero (`if (p)`). `not`: for being zero (`!p`). `opaque`: handed to a macro that may test it. */
  op: Extract<BinaryOp, '==' | '!=' | '<' | '<=' | '>' | '>='> | 'truth' | 'not' | 'opaque';
  left: Operand;
  /** Absent for `truth`, `not` and `opaque`. */
  right?: Operand;
  expr: Expr;
}

export interface StoreEvent extends Event {
  target: Expr;
  /** The place stored into, where it is followed. */
  place?: string;
  /** Of an element that is not: the place of the array, or of the pointer to its first element. */
  array?: string;
  value: Operand;
  /** What the place held until then, where that is known of an assignment. */
  before?: Value;
  expr: Expr;
}

export interface LoadEvent extends Event {
  place: string;
  expr: Expr;
}

export interface PathEndEvent extends Event {
  /** `return`: from the function the walk began with. `exit`: the process ends. `exec`: another program takes over. */
  how: 'return' | 'exit' | 'exec';
  /** The value returned, where there is one. */
  value?: Operand;
  /** True in `main` and its like, where returning ends the process. */
  inMain: boolean;
}

/** The objects that a value is a handle of. */
export function resourcesOf(value: Value): Resource[] {
  return (value.origins ?? []).flatMap(({ resource }) => resource ?? []);
}
