import type { Edit, FunctionView } from './view';

/**
 * A mutation operator: one kind of slip that people make, and where in a function it can be made. A program with one such
 * change is a mutant; a mutant that nothing is said about survives.
 */
export interface Operator {
  id: string;
  /** What the person did, in the past: "left out the check of fork". */
  slip: string;
  /** The rules of which one is to speak. */
  rules: readonly string[];
  /** The places; each gives one mutant. */
  mutants(view: FunctionView): Edit[][];
}
