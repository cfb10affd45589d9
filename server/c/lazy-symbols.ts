import type { CParser } from './parser';
import { SourceFile } from './source-file';
import { Symbols } from './symbols';

/** The text that declares a name, where one is known. */
export type Declares = (name: string) => string | undefined;

/**
 * Declarations that are read when their names are first asked for: there are hundreds, and a file uses a few.
 * `functions` gives prototypes by name, `tags` definitions by `struct tag`.
 */
export class LazySymbols extends Symbols {
  override readonly functions: Map<string, NonNullable<ReturnType<Symbols['function']>>>;
  override readonly tags: Symbols['tags'];

  constructor(parser: CParser, functions: Declares, tags: Declares) {
    super();
    const read = (text: string) => {
      const file = new SourceFile(parser, text);
      for (const { item } of file.items) this.add(item);
      file.dispose();
    };
    this.functions = new LazyMap(functions, read);
    this.tags = new LazyMap(tags, read);
  }
}

class LazyMap<V> extends Map<string, V> {
  private readonly asked = new Set<string>();

  constructor(
    private readonly text: Declares,
    private readonly read: (text: string) => void,
  ) {
    super();
  }

  override get(name: string): V | undefined {
    if (!this.asked.has(name)) {
      this.asked.add(name);
      const text = this.text(name);
      if (text !== undefined) this.read(text);
    }
    return super.get(name);
  }
}
