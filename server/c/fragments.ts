import type { Expr } from './ast';
import type { CParser } from './parser';
import { SourceFile } from './source-file';

/** Reads pieces of C that do not stand in a file, such as the body of a macro. Results are kept by text. */
export class Fragments {
  private readonly expressions = new Map<string, Expr | undefined>();

  constructor(private readonly parser: CParser) {}

  /** The text as one expression; undefined when it is none. Positions in it mean nothing. */
  expression(text: string): Expr | undefined {
    if (!this.expressions.has(text)) {
      this.expressions.set(text, this.parse(text));
    }
    return this.expressions.get(text);
  }

  private parse(text: string): Expr | undefined {
    // Statements, braces and long bodies are no expressions; asking the parser would only cost time.
    if (text === '' || text.length > 400 || /[{};]/.test(text)) {
      return undefined;
    }
    const file = new SourceFile(this.parser, `long fragment_ = ${text};`);
    try {
      const item = file.items.length === 1 ? file.items[0]?.item : undefined;
      const init = item?.kind === 'declaration' ? item.declaration.declarators[0]?.init : undefined;
      return init && readable(init) ? init : undefined;
    } finally {
      file.dispose();
    }
  }
}

function readable(expr: Expr): boolean {
  return expr.kind !== 'unknown';
}
