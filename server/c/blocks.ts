import { allOf, type Build } from './builds';
import type { Block, Edge } from './cfg';

/** The blocks of a graph while it is made, and the one that is being filled. */
export class Blocks {
  protected readonly blocks: Block[] = [];
  protected current: Block;
  protected readonly exit: number;
  /** Control divides in the middle of an expression: what has been found of it stays. */
  protected inside = false;
  private readonly labels = new Map<string, number>();

  constructor() {
    this.exit = this.block().id;
    this.current = this.block();
  }

  protected block(): Block {
    const block: Block = {
      id: this.blocks.length,
      steps: [],
      edge: { kind: 'stop' },
      ...(this.inside ? { inside: true } : {}),
    };
    this.blocks.push(block);
    return block;
  }

  /** Ends the current block and goes on in a new one, or in `next`. */
  protected end(edge: Edge, next?: Block): void {
    this.current.edge = edge;
    this.current = next ?? this.block();
  }

  protected goto(target: Block): void {
    this.end({ kind: 'goto', to: target.id }, target);
  }

  protected label(name: string): number {
    let id = this.labels.get(name);
    if (id === undefined) {
      id = this.block().id;
      this.labels.set(name, id);
    }
    return id;
  }

  /**
   * Begins what a label stands before. In branches of conditional compilation the same label may stand in each, and a jump leads to the
   * one of its build: `builds` is what the branches around ask for.
   */
  protected atLabel(name: string, builds: readonly Build[]): void {
    const target = this.blocks[this.label(name)];
    if (!target) return;
    if (builds.length === 0) {
      this.goto(target);
      return;
    }
    const start = this.block();
    const { to, builds: others } =
      target.edge.kind === 'either' ? target.edge : { to: [], builds: [] as readonly Build[] };
    target.edge = { kind: 'either', to: [...to, start.id], builds: [...others, allOf(builds)] };
    this.goto(start);
  }
}
