/** What mutation operators look at: the calls of a function, each with what stands around it. Offsets are those of the file. */
import {
  children,
  type Expr,
  type ExprOf,
  expressionsOf,
  type FunctionDefinition,
  type PlacedItem,
  type Span,
  type Stmt,
  statementsOf,
} from '../../server/c/ast';

/** A statement, what it stands in, and its neighbours there. */
export interface Place {
  stmt: Stmt;
  /** The statements around it, innermost first. */
  outer: Stmt[];
  /** The statements of the same block, in the order of the text. */
  beside: Stmt[];
}

export interface Call extends Place {
  name: string;
  call: ExprOf<'call'>;
  /** The expressions around the call, innermost first. */
  around: Expr[];
}

/** A change of the text; lines stay where they are. */
export interface Edit extends Span {
  text: string;
}

export class FunctionView {
  readonly calls: Call[] = [];
  readonly places: Place[] = [];

  constructor(
    readonly definition: FunctionDefinition,
    private readonly item: Span,
    private readonly text: string,
  ) {
    this.visit({ stmt: definition.body, outer: [], beside: [definition.body] });
  }

  /** The text of a part of the function. */
  read(span: Span): string {
    return this.text.slice(this.item.start + span.start, this.item.start + span.end);
  }

  /** A change of a part; what was on several lines leaves their ends behind, so that all below stays where it is. */
  edit(span: Span, text: string): Edit {
    const lines = this.read(span).split('\n').length - text.split('\n').length;
    return {
      start: this.item.start + span.start,
      end: this.item.start + span.end,
      text: text + '\n'.repeat(Math.max(0, lines)),
    };
  }

  /** What a change takes away, and what the function says in front of it. */
  textAt({ start, end }: Edit): string {
    return this.text.slice(start, end);
  }

  textBefore({ start }: Edit): string {
    return this.text.slice(this.item.start, start);
  }

  callsOf(names: readonly string[]): Call[] {
    return this.calls.filter(({ name }) => names.includes(name));
  }

  /** How often the whole file says something. */
  mentions(pattern: RegExp): number {
    return [...this.text.matchAll(new RegExp(pattern, 'g'))].length;
  }

  /** Changes of what the file says first, wherever that stands. */
  anywhere(pattern: RegExp, text: string): Edit[] {
    const found = pattern.exec(this.text);
    return found ? [{ start: found.index, end: found.index + found[0].length, text }] : [];
  }

  /** Whether the file makes this function the handler of a signal. */
  get isHandler(): boolean {
    const { name } = this.definition;
    return (
      this.mentions(
        new RegExp(
          `(?:\\bsa_(?:handler|sigaction)\\s*=\\s*&?|\\b[sS]i[gG]\\w*\\s*\\(\\s*SIG\\w+(?:\\s*\\+\\s*\\d)?,\\s*&?)${name}\\b`,
        ),
      ) > 0
    );
  }

  private visit(place: Place): void {
    const { stmt, outer } = place;
    this.places.push(place);
    for (const expr of expressionsOf(stmt)) this.visitExpr(expr, [], place);
    const inner = statementsOf(stmt);
    for (const one of inner) this.visit({ stmt: one, outer: [stmt, ...outer], beside: inner });
  }

  private visitExpr(expr: Expr, around: Expr[], place: Place): void {
    if (expr.kind === 'call' && expr.callee.kind === 'name') {
      this.calls.push({ ...place, name: expr.callee.name, call: expr, around });
    }
    for (const part of children(expr)) this.visitExpr(part, [expr, ...around], place);
  }
}

/** The functions of a file which could be read whole. */
export function functionsOf(items: readonly PlacedItem[], text: string): FunctionView[] {
  return items.flatMap(({ item, start, end }) =>
    item.kind === 'function' && !item.broken ? [new FunctionView(item, { start, end }, text)] : [],
  );
}
