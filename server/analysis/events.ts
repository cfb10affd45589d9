import type { BinaryOp, Expr, ExprOf, Span } from '../c/ast';
import type { CallSite, Value } from './values';

/** What the interpreter tells the rules as it walks a function, once for each place and with all paths to it joined. */
export interface Listener {
  /** A call is made; its arguments have been evaluated, its effects have not happened. */
  call?(event: CallEvent): void;
  /** A value is compared, or tested for zero. */
  test?(event: TestEvent): void;
  /** A value is stored. */
  store?(event: StoreEvent): void;
  /** The whole function has been walked. */
  end?(): void;
}

export interface Operand {
  expr: Expr;
  value: Value;
}

export interface CallEvent {
  expr: ExprOf<'call'>;
  name: string;
  /** Present for a call of the catalog. */
  site?: CallSite;
  args: Operand[];
  /** What is known of the place that an argument of the form `&place` points to. */
  pointee(index: number): Value | undefined;
  /** Where to report: the call, or the use of the macro that makes it. */
  at: Span;
}

export interface TestEvent {
  /** `truth`: tested for being nonzero (`if (p)`). `not`: for being zero (`!p`). `opaque`: handed to a macro that may test it. */
  op: Extract<BinaryOp, '==' | '!=' | '<' | '<=' | '>' | '>='> | 'truth' | 'not' | 'opaque';
  left: Operand;
  /** Absent for `truth`, `not` and `opaque`. */
  right?: Operand;
  expr: Expr;
  at: Span;
}

export interface StoreEvent {
  target: Expr;
  value: Operand;
  expr: Expr;
  at: Span;
}
