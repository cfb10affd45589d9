import { type Expr, walkExpr } from '../../c/ast';
import { buildCfg } from '../../c/build-cfg';
import { type Block, type Cfg, calledName, expressionsIn, successors } from '../../c/cfg';
import type { RuleContext } from '../rule';

/** Places are told by where they start: calls that matter, and statements that jump. */
type Start = number;

/** Where control goes in a function, by its control-flow graph: whether it comes from one place to another past certain calls. */
export class Ways {
  private readonly cfg: Cfg;
  /** The places of each block, in their order. */
  private readonly places: Start[][];

  constructor({ scope, neverReturns }: RuleContext, calls: readonly Expr[]) {
    this.cfg = buildCfg(scope.definition, neverReturns);
    const starts = new Set(calls.map(({ start }) => start));
    this.places = this.cfg.blocks.map((block) => placesIn(block, starts));
  }

  /** Control may come from one place to the other without passing any of these calls; undefined where a place is not known. */
  leads(from: Start, to: Start, past: ReadonlySet<Start>): boolean | undefined {
    return this.places.some((places) => places.includes(to))
      ? this.goes(from, (place) => place === to, past)
      : undefined;
  }

  /** Control may leave the function from a place, other than with the process, without passing any of these calls. */
  leavesFrom(from: Start, past: ReadonlySet<Start>): boolean | undefined {
    return this.goes(from, (place) => place === undefined, past);
  }

  /** `meets` is asked about each place that control comes to, and about the end of the function, which has none. */
  private goes(
    from: Start,
    meets: (place: Start | undefined) => boolean,
    past: ReadonlySet<Start>,
  ): boolean | undefined {
    const open = this.places.flatMap((places, id) => {
      const at = places.indexOf(from);
      return at < 0 ? [] : [{ id, at: at + 1 }];
    });
    if (open.length === 0) return undefined;
    const seen = new Set<number>();
    for (let next = open.pop(); next; next = open.pop()) {
      const { id, at } = next;
      const stop = this.places[id]!.slice(at).find((place) => meets(place) || past.has(place));
      if (stop !== undefined) {
        if (meets(stop)) return true;
        continue;
      }
      const block = this.cfg.blocks[id]!;
      if ((id === this.cfg.exit || endsThere(block)) && meets(undefined)) return true;
      for (const to of successors(block.edge)) {
        if (seen.has(to)) continue;
        seen.add(to);
        open.push({ id: to, at: 0 });
      }
    }
    return false;
  }
}

/** The thread ends, and the process goes on. */
function endsThere({ steps, edge }: Block): boolean {
  const last = steps.at(-1);
  return (
    edge.kind === 'stop' &&
    last !== undefined &&
    expressionsIn(last).some((expr) => /^(?:pthread|thrd)_exit$/.test(calledName(expr) ?? ''))
  );
}

function placesIn({ steps, edge }: Block, starts: ReadonlySet<Start>): Start[] {
  const places: Start[] = [];
  const visit = (expr: Expr) => {
    if (expr.kind === 'call' && starts.has(expr.start)) places.push(expr.start);
  };
  for (const step of steps) for (const expr of expressionsIn(step)) walkExpr(expr, visit);
  if (edge.kind === 'branch') walkExpr(edge.test, visit);
  else if ('value' in edge && edge.value) walkExpr(edge.value, visit);
  if ('at' in edge && edge.at) places.push(edge.at.start);
  return places;
}
