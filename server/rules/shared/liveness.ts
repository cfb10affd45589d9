import { withoutCasts } from '../../analysis/operators';
import { type Expr, somePart, walkExpr } from '../../c/ast';
import { buildCfg } from '../../c/build-cfg';
import { type Block, type Cfg, expressionsIn, type Step, successors } from '../../c/cfg';
import type { RuleContext } from '../rule';

/** By the control-flow graph: whether anybody may read what has been stored in a variable, and whether anything has been stored in it. */

/** By the visit of a function: what never returns is said by other functions, and those may be edited in between. */
const graphs = new WeakMap<RuleContext, Cfg>();

function graphOf(context: RuleContext): Cfg {
  let graph = graphs.get(context);
  if (!graph) graphs.set(context, (graph = buildCfg(context.scope.definition, context.neverReturns)));
  return graph;
}

/**
 * Whether each way from the place where a local variable gets the result of a call leads to another store, or to the end, before anybody
 * reads it. False where that place is not found.
 */
export function isDeadStore(call: Expr, name: string, context: RuleContext): boolean {
  const { blocks } = graphOf(context);
  const open = blocks.flatMap((block) => {
    const at = block.steps.findIndex((step) => storesResult(step, call, name));
    return at < 0 ? [] : [{ block, from: at + 1 }];
  });
  if (open.length === 0) return false;
  const seen = new Set<Block>();
  for (let next = open.pop(); next; next = open.pop()) {
    const { block, from } = next;
    const fate = fateIn(block, from, name);
    if (fate === 'read') return false;
    if (fate === 'stored') continue;
    for (const to of successors(block.edge)) {
      const behind = blocks[to];
      if (!behind || seen.has(behind)) continue;
      seen.add(behind);
      open.push({ block: behind, from: 0 });
    }
  }
  return true;
}

function storesResult(step: Step, call: Expr, name: string): boolean {
  if (step.kind === 'declare') {
    const { init } = step.declarator;
    return step.declarator.name === name && init !== undefined && withoutCasts(init) === call;
  }
  return (
    step.kind === 'expr' &&
    step.expr.kind === 'assign' &&
    step.expr.op === '=' &&
    step.expr.target.kind === 'name' &&
    step.expr.target.name === name &&
    withoutCasts(step.expr.value) === call
  );
}

/** What a block does first with a variable, from one of its steps on. */
function fateIn(block: Block, from: number, name: string): 'read' | 'stored' | undefined {
  for (const step of block.steps.slice(from)) {
    if (step.kind === 'havoc' || expressionsIn(step).some((expr) => reads(expr, name))) return 'read';
    if (stores(step, name)) return 'stored';
  }
  const last = lastOf(block);
  return last && reads(last, name) ? 'read' : undefined;
}

function reads(expr: Expr, name: string): boolean {
  const targets = new Set<Expr>();
  let found = false;
  walkExpr(expr, (part) => {
    if (part.kind === 'assign' && part.op === '=') targets.add(part.target);
    found ||= part.kind === 'unknown' || part.kind === 'statements';
    found ||= part.kind === 'name' && part.name === name && !targets.has(part);
  });
  return found;
}

function stores(step: Step, name: string): boolean {
  if (step.kind === 'declare') return step.declarator.name === name;
  return expressionsIn(step).some(
    (expr) =>
      expr.kind === 'assign' && expr.op === '=' && expr.target.kind === 'name' && expr.target.name === name,
  );
}

/**
 * Control comes to the use of a local variable, and on no way past any of these places, which store in it. False where the use is not
 * found in the graph.
 */
export function isNeverSet(
  use: Expr,
  name: string,
  stores: ReadonlySet<Expr>,
  context: RuleContext,
): boolean {
  const { blocks, entry } = graphOf(context);
  const before = new Map<number, Block[]>();
  for (const block of blocks) {
    for (const to of successors(block.edge)) before.set(to, [...(before.get(to) ?? []), block]);
  }
  const holds = (expr: Expr | undefined, test: (part: Expr) => boolean) =>
    expr !== undefined && somePart(expr, test);
  const mayStore = (expr: Expr | undefined) =>
    holds(expr, (part) => stores.has(part) || part.kind === 'unknown' || part.kind === 'statements');
  const isUse = (part: Expr) => part === use;
  const start = blocks.find((block) => partsOf(block).some((expr) => holds(expr, isUse)));
  if (!start) return false;
  const upTo = start.steps.findIndex((step) => expressionsIn(step).some((expr) => holds(expr, isUse)));
  const open = [{ block: start, to: upTo < 0 ? start.steps.length : upTo + 1, isWhole: upTo < 0 }];
  const seen = new Set<Block>();
  let isReached = false;
  for (let next = open.pop(); next; next = open.pop()) {
    const { block, to, isWhole } = next;
    if (isWhole && mayStore(lastOf(block))) return false;
    const steps = block.steps.slice(0, to).reverse();
    const begins = steps.findIndex((step) => step.kind === 'declare' && step.declarator.name === name);
    const passed = begins < 0 ? steps : steps.slice(0, begins);
    if (passed.some((step) => step.kind === 'havoc' || expressionsIn(step).some(mayStore))) return false;
    isReached ||= begins >= 0 || block.id === entry;
    for (const from of begins < 0 ? (before.get(block.id) ?? []) : []) {
      if (seen.has(from)) continue;
      seen.add(from);
      open.push({ block: from, to: from.steps.length, isWhole: true });
    }
  }
  return isReached;
}

/** What a block asks or gives at its end. */
function lastOf({ edge }: Block): Expr | undefined {
  return edge.kind === 'branch' ? edge.test : 'value' in edge ? edge.value : undefined;
}

function partsOf(block: Block): Expr[] {
  const last = lastOf(block);
  return [...block.steps.flatMap(expressionsIn), ...(last ? [last] : [])];
}
