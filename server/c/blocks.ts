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
}
