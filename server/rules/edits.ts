import type { CallSite } from '../analysis/values';
import type { Expr, FunctionDefinition, Span, Stmt } from '../c/ast';
import { walkExpr, walkStmt } from '../c/ast';
import { around } from './loops';
import type { Fix, RuleContext } from './rule';

/**
 * Changes of the text that several rules offer. Each gives nothing where the text does not allow it: inside a macro's use, or among
 * branches of conditional compilation.
 */

export type Edits = Fix['edits'];

/** A fix, where its edits can be made. */
export function fixOf(title: string, edits: Edits | undefined): { fix?: Fix } {
  return edits ? { fix: { title, edits } } : {};
}

/* ------------------------------------------------------------------ statements */

/** The statement that stands in a block, or is the one body of an `if` or loop, and holds a place; with the one around it. */
export interface Line {
  stmt: Stmt;
  parent: Stmt;
}

/** The innermost statement with a line of its own around an expression; `outside` asks for the one that holds all of something. */
export function lineOf(place: Expr, definition: FunctionDefinition, outside?: Span): Line | undefined {
  const chain = around(definition, place);
  if (chain.some(({ kind }) => kind === 'either' || kind === 'unknown')) {
    return undefined;
  }
  for (let i = chain.length - 1; i > 0; i--) {
    const [parent, stmt] = [chain[i - 1]!, chain[i]!];
    const whole = !outside || (stmt.start <= outside.start && outside.end <= stmt.end);
    // What stands between the parentheses of a loop has no line.
    const inHead = parent.kind === 'for' && stmt !== parent.body;
    if (whole && !inHead && stmt.kind !== 'block' && parent.kind !== 'label') return { stmt, parent };
  }
  return undefined;
}

/** A new statement in front of another one. */
export function insertedBefore({ stmt, parent }: Line, text: string, context: RuleContext): Edits {
  const indent = indentAt(stmt.start, context);
  const gap = indent === undefined ? ' ' : `\n${indent}`;
  const at = { start: stmt.start, end: stmt.start };
  return parent.kind === 'block'
    ? [{ span: at, text: `${text}${gap}` }]
    : [{ span: at, text: `{${gap}${text}${gap}` }, closing(stmt, parent, indent, context)];
}

/** A new statement behind another one. */
export function insertedAfter({ stmt, parent }: Line, text: string, context: RuleContext): Edits {
  const indent = indentAt(stmt.start, context);
  const gap = indent === undefined ? ' ' : `\n${indent}`;
  const end = { start: stmt.end, end: stmt.end };
  if (parent.kind === 'block') {
    return [{ span: end, text: `${gap}${text}` }];
  }
  const last = closing(stmt, parent, indent, context);
  return [
    { span: { start: stmt.start, end: stmt.start }, text: `{${gap}` },
    { span: end, text: `${gap}${text}${last.text}` },
  ];
}

/** The brace behind what was the one statement of a body. */
function closing(stmt: Stmt, parent: Stmt, indent: string | undefined, context: RuleContext): Edits[number] {
  const outer = indentAt(parent.start, context) ?? indent;
  const gap = indent === undefined || outer === undefined ? ' ' : `\n${outer}`;
  return { span: { start: stmt.end, end: stmt.end }, text: `${gap}}` };
}

/** The white space in front of a place, when nothing else stands there on its line. */
function indentAt(at: number, context: RuleContext): string | undefined {
  return /(?:^|\n)([ \t]*)$/.exec(context.source({ start: 0, end: at }))?.[1];
}

/** Whether a name can be written in a function, and means a variable or a part of one there. */
export function isNameIn(name: string, { body }: FunctionDefinition, context: RuleContext): boolean {
  let found = false;
  walkStmt(body, {
    expr: (expr) => {
      if (found || expr.use || !/^(?:name|member|index)$/.test(expr.kind)) return;
      found = context.source(expr).replace(/\s+/g, '') === name;
    },
  });
  return found;
}

/* ----------------------------------------------------------------- expressions */

/** Another expression in the place of one. */
export function replaced(expr: Expr, text: string): Edits | undefined {
  return expr.use ? undefined : [{ span: { start: expr.start, end: expr.end }, text }];
}

/** A flag added to others. */
export function withFlag(flags: Expr | undefined, flag: string, context: RuleContext): Edits | undefined {
  if (!flags || flags.use) {
    return undefined;
  }
  if (flags.kind === 'number') {
    return replaced(flags, /^0+$/.test(flags.text) ? flag : `${context.source(flags)} | ${flag}`);
  }
  const plain = flags.kind === 'name' || (flags.kind === 'binary' && flags.op === '|');
  return plain ? [{ span: { start: flags.end, end: flags.end }, text: ` | ${flag}` }] : undefined;
}

/** One of the names in an expression replaced by another, where it is written out. */
export function renamed(
  expr: Expr | undefined,
  from: string,
  to: string,
  context: RuleContext,
): Edits | undefined {
  let found: Expr | undefined;
  if (expr) {
    walkExpr(expr, (inner) => {
      if (inner.kind === 'name' && inner.name === from) found = inner;
    });
  }
  return found && context.source(found) === from ? replaced(found, to) : undefined;
}

/** The argument of a call, by the parameter's name. */
export function argumentNamed({ call, expr }: CallSite, name: string): Expr | undefined {
  const index = call.params.findIndex((param) => param.name === name);
  return index < 0 ? undefined : expr.args[index];
}
