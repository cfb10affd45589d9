import type { FunctionDefinition } from '../c/ast';
import { type Cfg, flowOrder } from '../c/cfg';
import { learnBuild } from './configuration';
import type { FunctionScope } from './context';
import { Descent } from './descent';
import type { Frame } from './frame';
import { keyAt, meet } from './meeting';
import { Path } from './path';
import { Steps } from './steps';
import type { Entering } from './visits';
import type { Walk } from './walk';

/** How far a walk goes before it becomes coarser. */
export interface Budget {
  /** Paths kept apart at one point. */
  paths: number;
  /** Rounds through one block. */
  rounds: number;
  /** Calls walked into, one inside the other. */
  depth: number;
  /** Evaluations in all. */
  steps: number;
}

/** What is still to be walked: paths by block, the first in the order of control first, so that a join is seen with all that leads to it. */
class Agenda {
  private readonly order: readonly number[];
  private readonly rank: ReadonlyMap<number, number>;
  private readonly open: Set<string>[];
  /** Before this there is nothing. */
  private at = 0;

  constructor(cfg: Cfg) {
    this.order = flowOrder(cfg);
    this.rank = new Map(this.order.map((id, index) => [id, index]));
    this.open = this.order.map(() => new Set<string>());
  }

  add(block: number, key: string): void {
    const rank = this.rank.get(block) ?? 0;
    this.open[rank]!.add(key);
    this.at = Math.min(this.at, rank);
  }

  next(): { block: number; key: string } | undefined {
    while (this.open[this.at]?.size === 0) this.at++;
    const [key] = this.open[this.at] ?? [];
    if (key === undefined) return undefined;
    this.open[this.at]!.delete(key);
    return { block: this.order[this.at]!, key };
  }
}

/** Finds out with which paths each block of a function is entered, and tells the events on them. */
export class Exploration {
  private readonly steps: Steps;
  private readonly descent: Descent;

  constructor(
    private readonly walk: Walk,
    private readonly budget: Budget,
    walked: Set<FunctionDefinition>,
  ) {
    this.descent = new Descent(walk, this, budget.depth, walked);
    this.steps = new Steps(walk, this.descent, budget.paths);
  }

  root(scope: FunctionScope): void {
    const frame = this.descent.frame(scope, 1, 0);
    const first = new Path();
    if (scope.definition.build) learnBuild(scope.definition.build, first, scope.file);
    const entering = this.settle(frame, first);
    this.walk.tellAll(() => this.speak(frame, entering));
  }

  /** Follows every path until nothing new is learnt. */
  settle(frame: Frame, first: Path): Entering {
    const { cfg } = frame;
    const entering: Entering = cfg.blocks.map(() => new Map());
    const rounds: number[] = [];
    const agenda = new Agenda(cfg);
    const enter = (block: number, path: Path) => {
      if (!cfg.blocks[block]?.inside) path.dropResults(frame.depth);
      const tired = (rounds[block] ?? 0) > this.budget.rounds;
      const deciding = this.budget.paths > 1 ? frame.decidingAt(block) : [];
      for (const key of meet(entering[block]!, keyAt(path, deciding), path, this.budget.paths, tired)) {
        agenda.add(block, key);
      }
    };
    enter(cfg.entry, first);
    for (let next = agenda.next(); next; next = agenda.next()) {
      const block = cfg.blocks[next.block];
      const path = entering[next.block]?.get(next.key);
      if (!block || !path) continue;
      rounds[block.id] = (rounds[block.id] ?? 0) + 1;
      for (const [to, leaving] of this.steps.through(block, path.copy(), frame)) enter(to, leaving);
    }
    return entering;
  }

  /** Walks each block once more with what is known now, so that events are told. */
  speak(frame: Frame, entering: Entering): void {
    for (const block of frame.cfg.blocks) {
      for (const path of entering[block.id]!.values()) {
        this.steps.through(block, path.copy(), frame);
      }
    }
  }
}
