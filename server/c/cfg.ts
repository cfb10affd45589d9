import { children, type Declarator, type Expr, type ExprOf, type FunctionDefinition, type Stmt } from './ast';

/**
 * The control-flow graph of one function. Blocks hold steps that run one after the other; the edge at the end says
 * where control goes. Conditions are taken apart at `&&`, `||`, `!` and commas, so a branch tests one plain expression.
 */
export interface Cfg {
  blocks: Block[];
  entry: number;
  /** Where control arrives when the function returns. */
  exit: number;
}

export interface Block {
  id: number;
  steps: Step[];
  edge: Edge;
}

export type Step =
  | { kind: 'expr'; expr: Expr }
  /** A call taken out of the expression that follows, because control may go on from it in several ways. */
  | { kind: 'call'; expr: ExprOf<'call'> }
  | { kind: 'declare'; declarator: Declarator; static: boolean }
  /** Something that could not be read: everything known may have changed. */
  | { kind: 'havoc'; parts: Expr[] };

export type Edge =
  | { kind: 'goto'; to: number }
  | { kind: 'branch'; test: Expr; yes: number; no: number }
  | { kind: 'switch'; value: Expr; cases: { value: Expr; to: number }[]; otherwise: number }
  | { kind: 'either'; to: number[] }
  | { kind: 'return'; value?: Expr; to: number }
  /** Control never gets past here. */
  | { kind: 'stop' };

/** Tells whether a call to this name never returns. */
export type NeverReturns = (name: string) => boolean;

/** Names of macros that continue only when their argument holds. */
const assertions = new Set(['assert', 'g_assert', 'BUG_ON_NOT']);

/** `hoist` tells which calls become steps of their own in front of the expression they stand in. */
export function buildCfg(
  fn: FunctionDefinition,
  neverReturns: NeverReturns,
  hoist: (name: string) => boolean = () => false,
): Cfg {
  return new Builder(neverReturns, hoist).build(fn);
}

interface Jumps {
  breakTo?: number;
  continueTo?: number;
  /** Starts the block of a label of the switch around. */
  enterCase?: (label: Extract<Stmt, { kind: 'case' }>) => void;
}

class Builder {
  private readonly blocks: Block[] = [];
  private readonly labels = new Map<string, number>();
  private exit = 0;
  private current: Block;

  constructor(
    private readonly neverReturns: NeverReturns,
    private readonly hoist: (name: string) => boolean,
  ) {
    this.exit = this.block().id;
    this.current = this.block();
  }

  build(fn: FunctionDefinition): Cfg {
    const entry = this.current.id;
    this.stmt(fn.body, {});
    this.end({ kind: 'return', to: this.exit });
    return { blocks: this.blocks, entry, exit: this.exit };
  }

  /** Puts the calls to be taken out in front of the expression, in the order in which they are made. */
  private takeOut(expr: Expr): void {
    // What may not be evaluated at all stays where it is.
    if (expr.kind === 'logical' || expr.kind === 'conditional' || expr.kind === 'sizeof') {
      return;
    }
    for (const child of children(expr)) {
      this.takeOut(child);
    }
    const name = calledName(expr);
    if (expr.kind === 'call' && name !== undefined && this.hoist(name)) {
      this.current.steps.push({ kind: 'call', expr });
    }
  }

  private block(): Block {
    const block: Block = { id: this.blocks.length, steps: [], edge: { kind: 'stop' } };
    this.blocks.push(block);
    return block;
  }

  /** Ends the current block and goes on in a new one, or in `next`. */
  private end(edge: Edge, next?: Block): void {
    this.current.edge = edge;
    this.current = next ?? this.block();
  }

  private goto(target: Block): void {
    this.end({ kind: 'goto', to: target.id }, target);
  }

  private label(name: string): number {
    let id = this.labels.get(name);
    if (id === undefined) {
      id = this.block().id;
      this.labels.set(name, id);
    }
    return id;
  }

  private stmts(list: Stmt[], jumps: Jumps): void {
    for (const stmt of list) {
      this.stmt(stmt, jumps);
    }
  }

  private stmt(stmt: Stmt, jumps: Jumps): void {
    switch (stmt.kind) {
      case 'block':
        this.stmts(stmt.body, jumps);
        break;
      case 'expr':
        this.expr(stmt.expr);
        break;
      case 'decl':
        for (const declarator of stmt.declaration.declarators) {
          const isStatic = stmt.declaration.storage.includes('static');
          if (declarator.init) this.takeOut(declarator.init);
          this.current.steps.push({ kind: 'declare', declarator, static: isStatic });
        }
        break;
      case 'if':
        this.ifStmt(stmt, jumps);
        break;
      case 'while':
      case 'do':
      case 'for':
        this.loop(stmt, jumps);
        break;
      case 'switch':
        this.switchStmt(stmt, jumps);
        break;
      case 'label': {
        const target = this.blocks[this.label(stmt.name)];
        if (target) this.goto(target);
        if (stmt.body) this.stmt(stmt.body, jumps);
        break;
      }
      case 'either':
        this.either(stmt.branches, jumps);
        break;
      case 'case':
        jumps.enterCase?.(stmt);
        break;
      case 'unknown':
        this.current.steps.push({ kind: 'havoc', parts: stmt.parts });
        break;
      default:
        this.jump(stmt, jumps);
    }
  }

  private jump(stmt: Stmt, jumps: Jumps): void {
    if (stmt.kind === 'return') {
      if (stmt.value) this.takeOut(stmt.value);
      this.end({ kind: 'return', to: this.exit, ...(stmt.value ? { value: stmt.value } : {}) });
    } else if (stmt.kind === 'break' && jumps.breakTo !== undefined) {
      this.end({ kind: 'goto', to: jumps.breakTo });
    } else if (stmt.kind === 'continue' && jumps.continueTo !== undefined) {
      this.end({ kind: 'goto', to: jumps.continueTo });
    } else if (stmt.kind === 'goto') {
      // A computed goto may go anywhere: the path ends for us.
      this.end(stmt.name === undefined ? { kind: 'stop' } : { kind: 'goto', to: this.label(stmt.name) });
    }
  }

  /** An expression whose value is dropped. Its top-level `&&`, `||`, `,` and `?:` are control flow. */
  private expr(expr: Expr): void {
    if (expr.kind === 'comma') {
      this.expr(expr.left);
      this.expr(expr.right);
      return;
    }
    if (expr.kind === 'logical' || (expr.kind === 'conditional' && expr.consequent)) {
      this.exprAsBranch(expr);
      return;
    }
    const name = calledName(expr);
    if (expr.kind === 'call' && name !== undefined && assertions.has(name) && expr.args[0]) {
      const ok = this.block();
      const fails = this.block();
      this.condition(expr.args[0], ok.id, fails.id);
      this.current = ok;
      return;
    }
    this.takeOut(expr);
    this.current.steps.push({ kind: 'expr', expr });
    if (name !== undefined && this.neverReturns(name)) {
      this.end({ kind: 'stop' });
    }
  }

  private exprAsBranch(expr: Extract<Expr, { kind: 'logical' | 'conditional' }>): void {
    const join = this.block();
    const yes = this.block();
    const no = this.block();
    if (expr.kind === 'conditional') {
      this.condition(expr.test, yes.id, no.id);
      this.current = yes;
      this.expr(expr.consequent ?? expr.test);
      this.goto(join);
      this.current = no;
      this.expr(expr.alternative);
      this.goto(join);
      return;
    }
    const [goesOn, skips] = expr.op === '&&' ? [yes, no] : [no, yes];
    this.condition(expr.left, yes.id, no.id);
    this.current = goesOn;
    this.expr(expr.right);
    this.goto(join);
    this.current = skips;
    this.goto(join);
  }

  /** Ends the current block with the branches of a condition. Leaves no block current: the caller sets one. */
  private condition(test: Expr, yes: number, no: number): void {
    if (test.kind === 'logical') {
      const middle = this.block();
      this.condition(test.left, test.op === '&&' ? middle.id : yes, test.op === '&&' ? no : middle.id);
      this.current = middle;
      this.condition(test.right, yes, no);
    } else if (test.kind === 'unary' && test.op === '!' && isCompound(test.operand)) {
      this.condition(test.operand, no, yes);
    } else if (test.kind === 'comma') {
      this.expr(test.left);
      this.condition(test.right, yes, no);
    } else {
      this.takeOut(test);
      this.current.edge = { kind: 'branch', test, yes, no };
    }
  }

  private ifStmt(stmt: Extract<Stmt, { kind: 'if' }>, jumps: Jumps): void {
    const yes = this.block();
    const join = this.block();
    const no = stmt.alternative ? this.block() : join;
    this.condition(stmt.test, yes.id, no.id);
    this.current = yes;
    this.stmt(stmt.consequent, jumps);
    this.goto(join);
    if (stmt.alternative) {
      this.current = no;
      this.stmt(stmt.alternative, jumps);
      this.goto(join);
    }
    this.current = join;
  }

  private loop(stmt: Extract<Stmt, { kind: 'while' | 'do' | 'for' }>, jumps: Jumps): void {
    if (stmt.kind === 'for' && stmt.init) {
      this.stmt(stmt.init, jumps);
    }
    const head = this.block();
    const body = this.block();
    const after = this.block();
    const next = stmt.kind === 'for' ? this.block() : head;
    this.goto(stmt.kind === 'do' ? body : head);
    this.current = head;
    if (stmt.kind === 'for' && !stmt.test) {
      this.current.edge = { kind: 'goto', to: body.id };
    } else {
      const test = stmt.test ?? { kind: 'number', text: '1', start: stmt.start, end: stmt.start };
      this.condition(test, body.id, after.id);
    }
    this.current = body;
    this.stmt(stmt.body, { ...jumps, breakTo: after.id, continueTo: next.id });
    this.goto(next);
    if (stmt.kind === 'for') {
      if (stmt.update) this.expr(stmt.update);
      this.goto(head);
    }
    this.current = after;
  }

  private switchStmt(stmt: Extract<Stmt, { kind: 'switch' }>, jumps: Jumps): void {
    this.takeOut(stmt.value);
    const head = this.current;
    const after = this.block();
    const cases: { value: Expr; to: number }[] = [];
    let otherwise = after.id;
    // What stands before the first label is never reached.
    this.current = this.block();
    const enterCase = (label: Extract<Stmt, { kind: 'case' }>) => {
      const block = this.block();
      this.goto(block);
      if (label.value) {
        cases.push({ value: label.value, to: block.id });
      } else {
        otherwise = block.id;
      }
    };
    this.stmt(stmt.body, { ...jumps, breakTo: after.id, enterCase });
    this.goto(after);
    head.edge = { kind: 'switch', value: stmt.value, cases, otherwise };
    this.current = after;
  }

  private either(branches: Stmt[][], jumps: Jumps): void {
    const head = this.current;
    const join = this.block();
    const starts = branches.map((branch) => {
      const start = this.block();
      this.current = start;
      this.stmts(branch, jumps);
      this.goto(join);
      return start.id;
    });
    head.edge = { kind: 'either', to: starts };
    this.current = join;
  }
}

function isCompound(expr: Expr): boolean {
  return expr.kind === 'logical' || expr.kind === 'comma' || (expr.kind === 'unary' && expr.op === '!');
}

/** The name of the function that an expression calls directly. */
export function calledName(expr: Expr): string | undefined {
  return expr.kind === 'call' && expr.callee.kind === 'name' ? expr.callee.name : undefined;
}

/** The blocks where an edge may lead. */
export function successors(edge: Edge): number[] {
  switch (edge.kind) {
    case 'goto':
    case 'return':
      return [edge.to];
    case 'branch':
      return [edge.yes, edge.no];
    case 'switch':
      return [...edge.cases.map(({ to }) => to), edge.otherwise];
    case 'either':
      return edge.to;
    case 'stop':
      return [];
  }
}

/** The blocks that control may reach, each before those it leads to, as far as there are no loops (reverse postorder). */
export function flowOrder(cfg: Cfg): number[] {
  const seen = new Set([cfg.entry]);
  const done: number[] = [];
  const open = [{ id: cfg.entry, next: nextOf(cfg, cfg.entry) }];
  for (let top = open.at(-1); top; top = open.at(-1)) {
    const to = top.next.pop();
    if (to === undefined) {
      done.push(top.id);
      open.pop();
    } else if (!seen.has(to)) {
      seen.add(to);
      open.push({ id: to, next: nextOf(cfg, to) });
    }
  }
  return done.reverse();
}

function nextOf(cfg: Cfg, id: number): number[] {
  const block = cfg.blocks[id];
  // A copy: whoever walks takes them off one by one.
  return block ? [...successors(block.edge)] : [];
}
