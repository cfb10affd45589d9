import { type Declarator, type Expr, type MacroItem, type Stmt, somePart, walkStmt } from './ast';
import type { Fragments } from './fragments';
import { type Replacements, substitute, substituteIn } from './substitute';
import type { Symbols } from './symbols';

/** Macros inside macros, and expansions for one function: macros that double at every level must not hang us. */
const deepest = 20;
const mostExpansions = 250;

/** Macros of headers that are not at hand which pass on what they are given, as their names tell: `unlikely(fd == -1)`. */
const passing = /^TEMP_FAILURE_RETRY$|(?:^|_)(?:un)?likely$/i;

/**
 * Puts in what the uses of macros in a function stand for, where that is code: statements, calls. What is put in says where the macro is
 * used (`use`). Macros that are values stay: their names tell more than what they stand for.
 */
export class Expander {
  private expansions = 0;
  private readonly expanding: string[] = [];

  constructor(
    private readonly symbols: Symbols,
    private readonly fragments: Fragments,
    private readonly isLocal: (name: string) => boolean,
    /** Hears of variables that a macro's body declares. */
    private readonly declares: (declarator: Declarator) => void = () => {},
  ) {}

  /** The statement that a macro used as a statement stands for; undefined where it is none, or an expression. */
  statement(expr: Expr): { stmt: Stmt; done: () => void } | undefined {
    const use = this.useOf(expr);
    const text = use && prepared(use.macro, use.args);
    if (!use || (text !== undefined && this.fragments.expression(text))) {
      return undefined;
    }
    const body = text === undefined ? undefined : this.fragments.statement(text);
    const replace = body && replacementsIn(use.macro, use.args);
    if (!body || !replace) {
      return this.symbols.mayBeNothing(use.macro.name) ? nothing(expr) : undefined;
    }
    const stmt = substituteIn(body, replace, expr.use ?? expr);
    this.tellOfVariables(stmt);
    // What the statement itself holds is expanded when it comes to it.
    this.expanding.push(use.macro.name);
    return { stmt, done: () => this.expanding.pop() };
  }

  /** The expression with the macros in it that stand for code put in. The same object when there are none. */
  expression(expr: Expr): Expr {
    return this.mayHold(expr) ? this.expanded(expr) : expr;
  }

  private mayHold(expr: Expr): boolean {
    return somePart(
      expr,
      (inner) =>
        inner.kind === 'name' && (this.symbols.macro(inner.name) !== undefined || passing.test(inner.name)),
    );
  }

  private expanded(expr: Expr): Expr {
    if (expr.kind === 'call' && expr.callee.kind === 'name') {
      const { name } = expr.callee;
      const [only] = expr.args;
      if (only && expr.args.length === 1 && passing.test(name) && !this.symbols.macro(name)) {
        return this.expanded(only);
      }
    }
    const use = this.useOf(expr);
    const code = use && this.code(expr, use);
    if (!use || !code) {
      return this.withParts(expr);
    }
    this.expanding.push(use.macro.name);
    const again = this.expanded(code);
    this.expanding.pop();
    return again;
  }

  /** What a macro's use stands for, where it is an expression that calls something. */
  private code(expr: Expr, { macro, args }: Use): Expr | undefined {
    const text = prepared(macro, args);
    const body = text === undefined ? undefined : this.fragments.expression(text);
    if (!body) {
      return undefined;
    }
    // `#define read xread`: the call has another name.
    if (expr.kind === 'call' && !macro.params) {
      return body.kind === 'name' ? { ...expr, callee: { ...body, ...spanOf(expr.callee) } } : undefined;
    }
    const replace = replacementsIn(macro, args);
    const acts = expr.kind === 'call' || callsIn(body);
    const code = replace && acts ? substitute(body, replace, expr.use ?? expr) : undefined;
    if (code?.kind === 'statements') this.tellOfVariables(code.body);
    return code;
  }

  private tellOfVariables(stmt: Stmt): void {
    walkStmt(stmt, {
      stmt: (inner) => {
        if (inner.kind === 'decl') inner.declaration.declarators.forEach(this.declares);
      },
    });
  }

  /** The expression with what is in it expanded; the same object where nothing is. */
  private withParts(expr: Expr): Expr {
    switch (expr.kind) {
      case 'call': {
        const args = expr.args.map((arg) => this.expanded(arg));
        return args.every((arg, i) => arg === expr.args[i]) ? expr : { ...expr, args };
      }
      case 'unary':
      case 'update':
        return this.changed(expr, { operand: this.expanded(expr.operand) });
      case 'binary':
      case 'logical':
      case 'comma':
        return this.changed(expr, { left: this.expanded(expr.left), right: this.expanded(expr.right) });
      case 'assign':
      case 'cast':
        return this.changed(expr, { value: this.expanded(expr.value) });
      case 'conditional':
        return this.changed(expr, {
          test: this.expanded(expr.test),
          ...(expr.consequent ? { consequent: this.expanded(expr.consequent) } : {}),
          alternative: this.expanded(expr.alternative),
        });
      default:
        return expr;
    }
  }

  private changed<E extends Expr>(expr: E, parts: Partial<E>): E {
    const same = Object.entries(parts).every(([key, part]) => expr[key as keyof E] === part);
    return same ? expr : { ...expr, ...parts };
  }

  private useOf(expr: Expr): Use | undefined {
    const name = expr.kind === 'call' && expr.callee.kind === 'name' ? expr.callee.name : undefined;
    const used = expr.kind === 'name' ? expr.name : name;
    const macro = used === undefined || this.isLocal(used) ? undefined : this.symbols.macro(used);
    if (!macro || this.expanding.includes(macro.name) || this.expanding.length >= deepest) {
      return undefined;
    }
    if ((macro.params && expr.kind !== 'call') || isAssertionLeftOut(macro)) {
      return undefined;
    }
    return ++this.expansions > mostExpansions
      ? undefined
      : { macro, args: expr.kind === 'call' ? expr.args : [] };
  }
}

interface Use {
  macro: MacroItem;
  args: readonly Expr[];
}

/** An assertion as builds have it that do not want any: `#define g_assert(e) ((void) 0)`. What it asks holds all the same. */
function isAssertionLeftOut({ name, params, body }: MacroItem): boolean {
  const [first] = params ?? [];
  return (
    first !== undefined &&
    /assert/i.test(name) &&
    !(body.match(/\w+/g) ?? []).some((word) => params?.includes(word))
  );
}

/** What stands where a macro is used that stands for nothing. */
function nothing({ start, end }: Expr): { stmt: Stmt; done: () => void } {
  return { stmt: { kind: 'empty', start, end }, done: () => {} };
}

function spanOf({ start, end, use }: Expr) {
  return { start, end, ...(use ? { use } : {}) };
}

function callsIn(body: Expr): boolean {
  return somePart(body, (inner) => inner.kind === 'call' || inner.kind === 'statements');
}

/** What the parameters of a macro stand for in one use of it; undefined when the use does not fit. */
export function replacementsIn(macro: MacroItem, args: readonly Expr[]): Replacements | undefined {
  const params = macro.params ?? [];
  const last = params.at(-1);
  if (last === undefined || !last.endsWith('...')) {
    return params.length === args.length ? new Map(params.map((name, i) => [name, args[i]!])) : undefined;
  }
  const fixed = params.slice(0, -1);
  if (args.length < fixed.length) {
    return undefined;
  }
  const rest: [string, readonly Expr[]] = [
    last === '...' ? '__VA_ARGS__' : last.slice(0, -3).trim(),
    args.slice(fixed.length),
  ];
  return new Map<string, Expr | readonly Expr[]>([
    ...fixed.map((name, i): [string, Expr] => [name, args[i]!]),
    rest,
  ]);
}

const bodies = new WeakMap<MacroItem, string>();

/** A macro's body as C that can be read: an argument as text becomes one of which nothing is known. Undefined where words that are no words are pasted together. */
export function prepared(macro: MacroItem, args: readonly Expr[]): string | undefined {
  let text = bodies.get(macro);
  if (text === undefined) {
    text = macro.body.includes('#') ? withoutTexts(macro.body) : macro.body;
    bodies.set(macro, text);
  }
  return text.includes('##') ? pasted(text, macro.params ?? [], args) : text;
}

function withoutTexts(body: string): string {
  return body
    .replace(/,\s*##\s*(\w+)/g, ', $1')
    .replace(/("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|##)|#\s*\w+/g, (_, other?: string) => other ?? '""');
}

/** With `a ## b` made one word. */
function pasted(body: string, params: readonly string[], args: readonly Expr[]): string | undefined {
  const wordOf = (word: string) => {
    const index = params.indexOf(word);
    const arg = index === -1 ? undefined : args[index];
    if (index === -1) return word;
    return arg?.kind === 'name' ? arg.name : arg?.kind === 'number' ? arg.text : undefined;
  };
  let isWord = true;
  const text = body.replace(/\w+(?:\s*##\s*\w+)+/g, (chain) => {
    const words = chain.split(/\s*##\s*/).map(wordOf);
    isWord &&= words.every((word) => word !== undefined);
    return words.join('');
  });
  return isWord && !text.includes('##') ? text : undefined;
}
