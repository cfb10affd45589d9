import type { Declarator, Expr, ExprOf, Span } from './ast';
import type { Build } from './builds';

/**
 * The control-flow graph of one function. Blocks hold steps that run one after the other; the edge at the end says
 * where control goes. Conditions are taken apart at `&&`, `||`, `!`, `?:` and commas, so a branch tests one plain
 * expression; so are choices in the middle of an expression, where control divides and comes together again.
 */
export interface Cfg {
  blocks: Block[];
  entry: number;
  /** Where control arrives when the function returns. */
  exit: number;
}

export interface Block {
  id: number;
  steps: Step[];
  edge: Edge;
  /** Control comes here in the middle of an expression: results of calls in it are still waited for. */
  inside?: boolean;
}

export type Step =
  | { kind: 'expr'; expr: Expr }
  /** A call taken out of the expression that follows, because control may go on from it in several ways. */
  | {
      kind: 'call';
      expr: ExprOf<'call'>;
      /** Nobody asks for its result. */
      dropped?: boolean;
    }
  /** On this way a choice inside the expression that follows has the value of `from`. */
  | { kind: 'value'; expr: Expr; from: Expr }
  | { kind: 'declare'; declarator: Declarator; static: boolean }
  /** Something that could not be read: everything known may have changed. */
  | { kind: 'havoc'; parts: Expr[] };

export type Edge =
  /** `at`: the statement that jumps, where it is one. */
  | { kind: 'goto'; to: number; at?: Span }
  | { kind: 'branch'; test: Expr; yes: number; no: number }
  | { kind: 'switch'; value: Expr; cases: { value: Expr; to: number }[]; otherwise: number }
  | { kind: 'either'; to: number[]; builds: readonly Build[] }
  /** `at`: the statement, where there is one. */
  | { kind: 'return'; value?: Expr; at?: Span; to: number }
  /** Control never gets past here. */
  | { kind: 'stop' };

/** Tells whether a call to this name never returns. */
export type NeverReturns = (name: string) => boolean;

/** The name of the function that an expression calls directly. */
export function calledName(expr: Expr): string | undefined {
  return expr.kind === 'call' && expr.callee.kind === 'name' ? expr.callee.name : undefined;
}

/** The expressions that a step evaluates. */
export function expressionsIn(step: Step): Expr[] {
  switch (step.kind) {
    case 'declare':
      return step.declarator.init ? [step.declarator.init] : [];
    case 'havoc':
      return step.parts;
    case 'value':
      return [step.from];
    default:
      return [step.expr];
  }
}

/** The blocks where an edge may lead. */
export function successors(edge: Edge): number[] {
  switch (edge.kind) {
    case 'goto':
    case 'return':
      return [edge.to];
    case 'branch':
      return [edge.yes, edge.no];
    case 'switch':
      return [...edge.cases.map(({ to }) => to), edge.otherwise];
    case 'either':
      return edge.to;
    case 'stop':
      return [];
  }
}

/** The blocks that control may reach, each before those it leads to, as far as there are no loops (reverse postorder). */
export function flowOrder(cfg: Cfg): number[] {
  const seen = new Set([cfg.entry]);
  const done: number[] = [];
  const open = [{ id: cfg.entry, next: nextOf(cfg, cfg.entry) }];
  for (let top = open.at(-1); top; top = open.at(-1)) {
    const to = top.next.pop();
    if (to === undefined) {
      done.push(top.id);
      open.pop();
    } else if (!seen.has(to)) {
      seen.add(to);
      open.push({ id: to, next: nextOf(cfg, to) });
    }
  }
  return done.reverse();
}

function nextOf(cfg: Cfg, id: number): number[] {
  const block = cfg.blocks[id];
  // A copy: whoever walks takes them off one by one.
  return block ? [...successors(block.edge)] : [];
}
