import type { Expr, Stmt } from './ast';
import type { CParser } from './parser';
import { SourceFile } from './source-file';

/** Bodies longer than this are not looked into. */
const longestExpression = 400;
const longestStatement = 3000;

/** Reads pieces of C that do not stand in a file, such as the body of a macro. Results are kept by text. */
export class Fragments {
  private readonly expressions = new Map<string, Expr | undefined>();
  private readonly statements = new Map<string, Stmt | undefined>();

  constructor(private readonly parser: CParser) {}

  /** The text as one expression; undefined when it is none. Positions in it mean nothing. */
  expression(text: string): Expr | undefined {
    if (!this.expressions.has(text)) {
      this.expressions.set(text, this.parseExpression(text));
    }
    return this.expressions.get(text);
  }

  /** The text as a statement, or several in a block; undefined when it is none, or no whole one. */
  statement(text: string): Stmt | undefined {
    if (!this.statements.has(text)) {
      this.statements.set(text, this.parseStatement(text));
    }
    return this.statements.get(text);
  }

  private parseExpression(text: string): Expr | undefined {
    // Statements and long bodies are no expressions; asking the parser would only cost time.
    const statements = /^\(\s*(?:__extension__\s*\(\s*)?\{/.test(text);
    if (text === '' || (!statements && (text.length > longestExpression || /[{};]/.test(unquoted(text))))) {
      return undefined;
    }
    if (text.length > longestStatement) {
      return undefined;
    }
    // Only a function's body may hold `({ ... })`.
    const found = this.only(`void fragment_(void) { long fragment_ = ${text}; }`);
    const body =
      found?.kind === 'function' && !found.broken && found.body.kind === 'block' ? found.body.body : [];
    const declared = body.length === 1 && body[0]?.kind === 'decl' ? body[0].declaration.declarators : [];
    const init = declared.length === 1 ? declared[0]?.init : undefined;
    return init && init.kind !== 'unknown' ? init : undefined;
  }

  private parseStatement(text: string): Stmt | undefined {
    if (text.trim() === '') return { kind: 'empty', start: 0, end: 0 };
    const plausible = /[;{(=]|^(?:goto|return|break|continue)\b/.test(text);
    if (text.length > longestStatement || !plausible || !isBalanced(text)) {
      return undefined;
    }
    // A `;` follows where the macro is used.
    const found = this.only(`void fragment_(void) { ${text}; }`);
    return found?.kind === 'function' && !found.broken ? found.body : undefined;
  }

  private only(text: string) {
    const file = new SourceFile(this.parser, text);
    try {
      return file.items.length === 1 ? file.items[0]?.item : undefined;
    } finally {
      file.dispose();
    }
  }
}

/** Every bracket that is opened is closed: the parser would put in a missing one. */
function isBalanced(text: string): boolean {
  const open: string[] = [];
  for (const char of text.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, '').match(/[(){}]/g) ?? []) {
    if (char === '(' || char === '{') open.push(char);
    else if (open.pop() !== (char === ')' ? '(' : '{')) return false;
  }
  return open.length === 0;
}

/** Without what stands in quotes. */
function unquoted(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, '0');
}
