import { type Expr, type ExprOf, walkExpr } from '../c/ast';
import { type Cfg, expressionsIn, successors } from '../c/cfg';
import { unwrap } from './operators';

/**
 * The variables of a function by whose value it goes one way or another later on: flags (`ok = 0; ... if (!ok)`), results that are set
 * on the way and returned, parameters that are asked twice. For each block, those that are still asked behind it.
 */
export type Deciders = readonly (readonly string[])[];

/** More than these at once would keep too many paths apart. */
const mostAtOnce = 4;

interface Uses {
  tests: number;
  constants: number;
  others: number;
  /** The result of a call: of a function of the project it may be a number of several. */
  called: boolean;
  /** Counted up or down, or changed in a way that is not followed. */
  moves: boolean;
  returned: boolean;
}

/** `isFollowed` tells the variables that are changed under their own names only; `isConstant` what is a number for certain. */
export function decidersOf(
  cfg: Cfg,
  isFollowed: (name: string) => boolean,
  isConstant: (expr: Expr) => boolean,
): Deciders {
  const uses = new Map<string, Uses>();
  const of = (name: string) => {
    const known = uses.get(name) ?? {
      tests: 0,
      constants: 0,
      others: 0,
      called: false,
      moves: false,
      returned: false,
    };
    uses.set(name, known);
    return known;
  };
  const set = (name: string, value: Expr) => {
    const use = of(name);
    if (isConstant(value)) use.constants++;
    else use.others++;
    use.called ||= unwrap(value).kind === 'call';
  };
  const visit = (expr: Expr) => {
    if (expr.kind === 'assign' && expr.target.kind === 'name') {
      if (expr.op === '=') set(expr.target.name, expr.value);
      else of(expr.target.name).moves = true;
    } else if (expr.kind === 'update' && expr.operand.kind === 'name') {
      of(expr.operand.name).moves = true;
    }
  };
  for (const { steps, edge } of cfg.blocks) {
    for (const step of steps) {
      if (step.kind === 'declare' && step.declarator.init) {
        set(step.declarator.name, step.declarator.init);
      }
      for (const expr of expressionsIn(step)) walkExpr(expr, visit);
    }
    if (edge.kind === 'branch') {
      walkExpr(edge.test, visit);
      const name = testedName(edge.test, isConstant);
      if (name !== undefined) of(name).tests++;
    } else if (edge.kind === 'switch' && edge.value.kind === 'name') {
      of(edge.value.name).tests++;
    } else if (edge.kind === 'return' && edge.value?.kind === 'name') {
      of(edge.value.name).returned = true;
    }
  }
  const names = [...uses].filter(([name, use]) => isFollowed(name) && decides(use)).map(([name]) => name);
  return names.length === 0 ? cfg.blocks.map(() => none) : asked(cfg, new Set(names));
}

const none: readonly string[] = [];

function decides({ tests, constants, others, called, moves, returned }: Uses): boolean {
  if (moves) {
    return false;
  }
  const set = called || (constants > 0 && constants + others > 1);
  return (set && (tests > 0 || returned)) || (tests > 1 && constants + others <= 1);
}

/** The variable that a test compares with a constant. */
function testedName(test: Expr, isConstant: (expr: Expr) => boolean): string | undefined {
  if (test.kind === 'unary' && test.op === '!') {
    return testedName(test.operand, isConstant);
  }
  if (test.kind === 'binary') {
    const [left, right] = [unwrap(test.left), unwrap(test.right)];
    if (left.kind === 'binary' && left.op === '&' && isConstant(right)) return testedName(left, isConstant);
    if (left.kind === 'name' && isConstant(right)) return left.name;
    return right.kind === 'name' && isConstant(left) ? right.name : undefined;
  }
  const subject = unwrap(test);
  return subject.kind === 'name' ? subject.name : undefined;
}

/** For each block, the names that may decide behind its beginning before they are set anew. */
function asked(cfg: Cfg, names: ReadonlySet<string>): Deciders {
  const reads = cfg.blocks.map(({ steps, edge }) => {
    const read = new Set<string>();
    const set = new Set<string>();
    for (const step of steps) {
      if (step.kind === 'declare') set.add(step.declarator.name);
      for (const { kind, op, target } of expressionsIn(step) as Partial<ExprOf<'assign'>>[]) {
        if (kind === 'assign' && op === '=' && target?.kind === 'name') set.add(target.name);
      }
    }
    const asking = edge.kind === 'branch' ? edge.test : 'value' in edge ? edge.value : undefined;
    if (asking) {
      walkExpr(asking.kind === 'assign' ? asking.value : asking, (inner) => {
        if (inner.kind === 'name' && names.has(inner.name) && !set.has(inner.name)) read.add(inner.name);
      });
    }
    return { read, set };
  });
  const live = reads.map(({ read }) => new Set(read));
  for (let changed = true; changed; ) {
    changed = false;
    for (let id = cfg.blocks.length - 1; id >= 0; id--) {
      for (const to of successors(cfg.blocks[id]!.edge)) {
        for (const name of live[to] ?? []) {
          if (!live[id]!.has(name) && !reads[id]!.set.has(name)) {
            live[id]!.add(name);
            changed = true;
          }
        }
      }
    }
  }
  return live.map((found) => [...found].slice(0, mostAtOnce));
}
