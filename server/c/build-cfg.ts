import { children, type Declarator, type Expr, type ExprOf, type FunctionDefinition, type Stmt } from './ast';
import { Blocks } from './blocks';
import { anyBuild, type Build } from './builds';
import { type Block, type Cfg, calledName, type NeverReturns } from './cfg';
import { Cleanups } from './cleanups';
import { endsByStatus, holdsCall, isCompound } from './control';
import type { Expander } from './expander';

/** Names of macros that continue only when their argument holds. */
const assertions =
  /^(?:\w+_)?(?:assert|Assert|ASSERT|VERIFY)(?:3[A-Z]+|_cmp(?:u?int|hex)|_se|_true|_TRUE|_msg|(?:_ptr|_PTR)?_(?:not?_?null|NOT?_?NULL))?(?:_FATAL)?$/;

/**
 * `hoist` tells which calls become steps of their own in front of the expression they stand in; `expander` puts in what macros
 * stand for.
 */
export function buildCfg(
  fn: Pick<FunctionDefinition, 'body'>,
  neverReturns: NeverReturns,
  hoist: (name: string) => boolean = () => false,
  expander?: Expander,
): Cfg {
  return new Builder(neverReturns, hoist, expander).build(fn);
}

interface Jumps {
  breakTo?: number;
  continueTo?: number;
  /** Starts the block of a label of the switch around. */
  enterCase?: (label: Extract<Stmt, { kind: 'case' }>) => void;
}

class Builder extends Blocks {
  /** Where `break` and its like lead from the statement at hand. */
  private jumps: Jumps = {};
  /** What the branches of conditional compilation around the statement at hand ask for. */
  private around: readonly Build[] = [];
  private readonly cleanups = new Cleanups();
  constructor(
    private readonly neverReturns: NeverReturns,
    private readonly hoist: (name: string) => boolean,
    private readonly expander: Expander | undefined,
  ) {
    super();
  }

  build(fn: Pick<FunctionDefinition, 'body'>): Cfg {
    const entry = this.current.id;
    this.stmt(fn.body, {});
    this.end({ kind: 'return', to: this.exit });
    return { blocks: this.blocks, entry, exit: this.exit };
  }

  /* ------------------------------------------------ what happens inside values */

  /** An expression whose value is wanted, ready to be evaluated: macros are put in, and what may go several ways is done in front. */
  private value(expr: Expr): Expr {
    const expanded = this.expanded(expr);
    this.takeOut(expanded, true);
    return expanded;
  }

  private expanded(expr: Expr): Expr {
    return this.expander?.expression(expr) ?? expr;
  }

  /**
   * Puts the calls to be taken out in front of the expression, in the order in which they are made, and makes choices inside it
   * branches: those that hold a call, and with `whole` the one that is the value itself.
   */
  private takeOut(expr: Expr, whole = false): void {
    switch (expr.kind) {
      case 'sizeof':
        return;
      case 'statements':
        this.statements(expr);
        return;
      case 'logical':
        if (whole || holdsCall(expr)) this.choose(expr, expr);
        return;
      case 'conditional':
        if (expr.consequent && (whole || holdsCall(expr))) this.choose(expr, expr.test);
        return;
      case 'cast':
        this.takeOut(expr.value, whole);
        return;
      case 'assign':
        this.takeOut(expr.target);
        this.takeOut(expr.value, whole);
        return;
      default:
        for (const child of children(expr)) this.takeOut(child);
    }
    const name = calledName(expr);
    if (expr.kind === 'call' && name !== undefined && this.hoist(name)) {
      this.current.steps.push({ kind: 'call', expr });
    }
  }

  /** `a ? b : c`, or `a && b` as a number: each way gives the value that the whole has. */
  private choose(whole: ExprOf<'conditional' | 'logical'>, test: Expr): void {
    const outer = this.inside;
    this.inside = true;
    const [yes, no, join] = [this.block(), this.block(), this.block()];
    this.condition(test, yes.id, no.id);
    const { start, end } = whole;
    const number = (text: string): Expr => ({ kind: 'number', text, start, end });
    this.current = yes;
    this.arm(whole, whole.kind === 'conditional' ? (whole.consequent ?? test) : number('1'), join);
    this.current = no;
    this.arm(whole, whole.kind === 'conditional' ? whole.alternative : number('0'), join);
    this.current = join;
    this.inside = outer;
  }

  private arm(whole: Expr, from: Expr, join: Block): void {
    this.takeOut(from, true);
    this.current.steps.push({ kind: 'value', expr: whole, from });
    if (this.ends(from)) this.end({ kind: 'stop' });
    else this.goto(join);
  }

  /** `({ ...; value; })`, an extension of the compilers. */
  private statements(expr: ExprOf<'statements'>): void {
    const outer = this.inside;
    this.inside = false;
    const { body } = expr;
    const list = body.kind === 'block' ? body.body : [body];
    const last = list.at(-1);
    this.stmts(last?.kind === 'expr' ? list.slice(0, -1) : list, this.jumps);
    if (last?.kind === 'expr') {
      const from = this.value(last.expr);
      this.current.steps.push({ kind: 'value', expr, from });
      if (this.ends(last.expr)) this.end({ kind: 'stop' });
    }
    this.inside = outer;
  }

  /** Control does not come back from the call that an expression is. */
  private ends(expr: Expr): boolean {
    const call = expr.kind === 'cast' ? expr.value : expr;
    const name = calledName(call);
    return (
      name !== undefined && call.kind === 'call' && (this.neverReturns(name) || endsByStatus(name, call.args))
    );
  }

  private stmts(list: Stmt[], jumps: Jumps): void {
    for (const stmt of list) {
      this.stmt(stmt, jumps);
    }
  }

  private stmt(stmt: Stmt, jumps: Jumps): void {
    this.jumps = jumps;
    switch (stmt.kind) {
      case 'block':
        this.stmts(stmt.body, jumps);
        break;
      case 'expr':
        this.expr(stmt.expr);
        break;
      case 'decl':
        for (const declarator of stmt.declaration.declarators) {
          this.declare(declarator, stmt.declaration.storage.includes('static'));
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
      case 'label':
        this.atLabel(stmt.name, this.around);
        if (stmt.body) this.stmt(stmt.body, jumps);
        break;
      case 'either':
        this.either(stmt.branches, stmt.builds, jumps);
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

  private declare(declarator: Declarator, kept: boolean): void {
    const init = declarator.init && this.value(declarator.init);
    const read = init === declarator.init ? declarator : { ...declarator, ...(init ? { init } : {}) };
    this.current.steps.push({ kind: 'declare', declarator: read, static: kept });
  }

  private jump(stmt: Stmt, jumps: Jumps): void {
    if (stmt.kind === 'return') {
      const value = stmt.value && this.value(stmt.value);
      this.end({ kind: 'return', to: this.exit, at: stmt, ...(value ? { value } : {}) });
    } else if (stmt.kind === 'break' && jumps.breakTo !== undefined) {
      this.end({ kind: 'goto', to: jumps.breakTo, at: stmt });
    } else if (stmt.kind === 'continue' && jumps.continueTo !== undefined) {
      this.end({ kind: 'goto', to: jumps.continueTo, at: stmt });
    } else if (stmt.kind === 'goto') {
      // A computed goto may go anywhere: the path ends for us.
      this.end(
        stmt.name === undefined ? { kind: 'stop' } : { kind: 'goto', to: this.label(stmt.name), at: stmt },
      );
    }
  }

  /** An expression whose value is dropped. Its top-level `&&`, `||`, `,` and `?:` are control flow. */
  private expr(written: Expr): void {
    // What is known by its name never to return need not be looked into.
    const known = this.ends(written);
    if (!known && this.macroStatement(written)) {
      return;
    }
    const expanded = known ? written : this.expanded(written);
    if (expanded !== written && this.macroStatement(expanded)) {
      return;
    }
    const expr = (expanded.kind === 'call' && this.cleanups.handlerRun(expanded)) || expanded;
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
    if (expr.kind === 'call' && name !== undefined && assertions.test(name) && expr.args[0]) {
      const ok = this.block();
      const fails = this.block();
      this.condition(this.expanded(expr.args[0]), ok.id, fails.id);
      this.current = ok;
      return;
    }
    this.takeOut(expr, true);
    const last = this.current.steps.at(-1);
    if (last?.kind === 'call' && last.expr === (expr.kind === 'cast' ? expr.value : expr))
      last.dropped = true;
    this.current.steps.push({ kind: 'expr', expr });
    if (this.ends(expr)) {
      this.end({ kind: 'stop' });
    }
  }

  private macroStatement(expr: Expr): boolean {
    const code = this.expander?.statement(expr);
    if (code) {
      this.stmt(code.stmt, this.jumps);
      code.done();
    }
    return code !== undefined;
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
    } else if (test.kind === 'conditional' && test.consequent) {
      const [first, second] = [this.block(), this.block()];
      this.condition(test.test, first.id, second.id);
      this.current = first;
      this.condition(test.consequent, yes, no);
      this.current = second;
      this.condition(test.alternative, yes, no);
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
    this.condition(this.expanded(stmt.test), yes.id, no.id);
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
      this.condition(this.expanded(test), body.id, after.id);
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
    const value = this.value(stmt.value);
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
    head.edge = { kind: 'switch', value, cases, otherwise };
    this.current = after;
  }

  private either(branches: Stmt[][], builds: readonly Build[], jumps: Jumps): void {
    const head = this.current;
    const join = this.block();
    const outer = this.around;
    const starts = branches.map((branch, i) => {
      const start = this.block();
      this.current = start;
      this.around = [...outer, builds[i] ?? anyBuild];
      this.stmts(branch, jumps);
      this.around = outer;
      this.goto(join);
      return start.id;
    });
    head.edge = { kind: 'either', to: starts, builds };
    this.current = join;
  }
}
