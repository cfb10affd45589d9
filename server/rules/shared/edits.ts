import type { CallSite } from '../../analysis/values';
import {
  type Expr,
  type FunctionDefinition,
  parameterIndex,
  type Span,
  type Stmt,
  walkExpr,
  walkStmt,
} from '../../c/ast';
import type { Fix, RuleContext } from '../rule';
import { around, contains } from './statements';

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

/** The innermost statement with a line of its own around a place; `outside` asks for the one that holds all of something. */
export function lineOf(
  place: { start: number },
  definition: FunctionDefinition,
  outside?: Span,
): Line | undefined {
  const chain = around(definition, place);
  if (chain.some(({ kind }) => kind === 'either' || kind === 'unknown')) {
    return undefined;
  }
  for (let i = chain.length - 1; i > 0; i--) {
    const [parent, stmt] = [chain[i - 1]!, chain[i]!];
    const whole = !outside || contains(stmt, outside);
    // What stands between the parentheses of a loop has no line.
    const inHead = parent.kind === 'for' && stmt !== parent.body;
    if (whole && !inHead && stmt.kind !== 'block' && parent.kind !== 'label') return { stmt, parent };
  }
  return undefined;
}

/** A new statement in front of another one. */
export function insertedBefore(line: Line, text: string, context: RuleContext): Edits {
  const { stmt, parent } = line;
  const gap = gapAt(stmt, context);
  const at = { start: stmt.start, end: stmt.start };
  const added = indented(text, gap, context);
  return parent.kind === 'block'
    ? [{ span: at, text: `${added}${gap}` }]
    : [...opening(line, context), { span: at, text: `${added}${gap}` }, closing(line, context)];
}

/** A new statement behind another one. */
export function insertedAfter(line: Line, text: string, context: RuleContext): Edits {
  const { stmt, parent } = line;
  const gap = gapAt(stmt, context);
  const at = { start: stmt.end, end: stmt.end };
  const added = `${gap}${indented(text, gap, context)}`;
  return parent.kind === 'block'
    ? [{ span: at, text: added }]
    : [...opening(line, context), { span: at, text: `${added}${closing(line, context).text}` }];
}

/** What stands between statements here: a line's end and indentation, or a blank. */
function gapAt({ start }: Stmt, context: RuleContext): string {
  const indent = indentAt(start, context);
  return indent === undefined ? ' ' : `\n${indent}`;
}

/** A text of several lines, as deep as its place. `\t` stands for one step. */
function indented(text: string, gap: string, { scope, source }: RuleContext): string {
  const { body } = scope.definition;
  const first = body.kind === 'block' ? body.body[0] : undefined;
  const step = /\n([ \t]+)$/.exec(first ? source({ start: body.start, end: first.start }) : '')?.[1] ?? '  ';
  return text.replace(/\n/g, gap).replace(/\t/g, gap === ' ' ? '' : step);
}

/** The brace in front of what was the one statement of a body: at the end of the line above it, where that can be told. */
function opening({ stmt }: Line, context: RuleContext): Edits {
  const head = context.source({ start: 0, end: stmt.start });
  const { length } = head.trimEnd();
  const above = head.slice(head.lastIndexOf('\n', length - 1) + 1, length);
  const clear = length < head.length && /(?:\)|\belse|\bdo)$/.test(above) && !/\/[/*]|\*\//.test(above);
  return clear
    ? [{ span: { start: length, end: length }, text: ' {' }]
    : [{ span: { start: stmt.start, end: stmt.start }, text: `{${gapAt(stmt, context)}` }];
}

/** The brace behind it. */
function closing({ stmt, parent }: Line, context: RuleContext): Edits[number] {
  const outer = indentAt(parent.start, context) ?? indentAt(stmt.start, context);
  const gap = outer === undefined || indentAt(stmt.start, context) === undefined ? ' ' : `\n${outer}`;
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
  const index = parameterIndex(call.params, name);
  return index < 0 ? undefined : expr.args[index];
}

/* --------------------------------------------------------------------- failure */

/** How a function gives up, as far as that can be told from its type and from what it does elsewhere. */
export function failureExit({ scope }: RuleContext): string | undefined {
  const { definition } = scope;
  const { returns } = definition.type;
  const type = scope.evaluator.types.resolve(returns);
  if (definition.name === 'main') return 'return 1;';
  if (type.k === 'void') return 'return;';
  const own = new Set<string>();
  walkStmt(definition.body, {
    stmt: (stmt) => {
      if (stmt.kind !== 'return' || !stmt.value) return;
      const { value } = stmt;
      for (const one of value.kind === 'conditional' ? [value.consequent, value.alternative] : [value]) {
        if (one && scope.evaluator.constant(one, scope) === -1n) own.add('return -1;');
        if (one?.kind === 'null') own.add('return NULL;');
      }
    },
  });
  return own.size === 1 ? [...own][0] : undefined;
}
