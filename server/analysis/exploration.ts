import type { FunctionDefinition } from '../c/ast';
import { flowOrder } from '../c/cfg';
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
    const entering = this.settle(frame, new Path());
    this.walk.tellAll(() => this.speak(frame, entering));
  }

  /** Follows every path until nothing new is learnt. */
  settle(frame: Frame, first: Path): Entering {
    const { cfg } = frame;
    const entering: Entering = cfg.blocks.map(() => new Map());
    const rounds: number[] = [];
    // In the order of control, so that a join is seen with all that leads to it.
    const order = flowOrder(cfg);
    const rank = new Map(order.map((id, index) => [id, index]));
    const open = order.map(() => new Set<string>());
    const enter = (block: number, path: Path) => {
      if (!cfg.blocks[block]?.inside) path.dropResults(frame.depth);
      const tired = (rounds[block] ?? 0) > this.budget.rounds;
      const deciding = this.budget.paths > 1 ? frame.decidingAt(block) : [];
      for (const key of meet(entering[block]!, keyAt(path, deciding), path, this.budget.paths, tired)) {
        open[rank.get(block) ?? 0]!.add(key);
      }
    };
    enter(cfg.entry, first);
    for (let at = 0; at !== -1; at = open.findIndex((keys) => keys.size > 0)) {
      const block = cfg.blocks[order[at] ?? 0];
      const [key] = open[at] ?? [];
      const path = key === undefined || !block ? undefined : entering[block.id]?.get(key);
      if (key !== undefined) open[at]!.delete(key);
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
