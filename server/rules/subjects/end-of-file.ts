import type { CallEvent } from '../../analysis/events';
import { judgesByName } from '../../analysis/judges';
import { conjuncts, exposedBy, unwrap } from '../../analysis/operators';
import {
  type Expr,
  type FunctionDefinition,
  type Stmt,
  someExprIn,
  somePart,
  walkExpr,
  walkStmt,
} from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { exitsOf, isEndless, isLoop, type Loop, loopAround, Result, resultName } from '../shared/loops';
import { around, contains } from '../shared/statements';
import { assignmentsTo, type Use, usesOf, variableIn } from '../shared/uses';
import { asksOnly, testsOutput } from './pipes';

/** Loops around a read that tell failures from data, but the end of the input from neither. */

/** What takes the count along with the bytes, and has nothing to do when it is 0. */
const takers =
  /^(?:(?:\w+_)?(?:[wW]rite|[sS]end)\w*|fwrite|msgsnd|mq_send|mem(?:cpy|move|chr|set)|\w*printf|CRYPTO_\w+|MD5_Update|SHA\d*_Update)$/;

/**
 * Nothing ends the loop at the end of the input: each round gets 0 and goes on. `until full`: it ends when so many bytes have come,
 * which is said of streams only.
 */
export function spinsAtEnd(event: CallEvent, context: RuleContext): 'until full' | 'for ever' | undefined {
  const { definition } = context.scope;
  const loop = event.at.start === event.expr.start ? loopAround(definition, event.expr) : undefined;
  const name = loop && resultName(definition, event.expr);
  if (!loop || name === undefined || pauses(loop)) {
    return undefined;
  }
  const result = new Result(event.expr, name, context);
  const meant = homeOf(name, event.expr, definition);
  const rounds = new Rounds(loop, result, meant);
  const reached = reachOf(event.expr, name, loop, definition);
  const asked = usesOf(definition, name).filter(
    ({ expr }) => contains(loop, expr) && contains(meant, expr) && reached(expr),
  );
  const back = rounds.turnsBack(event.expr);
  const exits = exitsOf(loop, context).filter(({ stmt }) => !back || stmt.start < back.start);
  // Who asks for nothing at all and has no way out goes on with failures, too.
  const never = exits.length === 0 && isEndless(loop, context);
  const spins =
    asked.every((use) => rounds.isBlind(use) || (back !== undefined && use.expr.start >= back.start)) &&
    (rounds.tellsFailure || never) &&
    rounds.goesOn(context) &&
    exits.every(
      // What comes of another call that stores its result there is another matter.
      (exit) =>
        (!reached(exit.stmt) && exit.conditions.some(({ test }) => mentions(test, name))) ||
        rounds.isForFailure(exit, event, context),
    );
  return !spins ? undefined : rounds.collects ? 'until full' : 'for ever';
}

/** Where a variable may still hold what a call has given: up to what stores something else, or round the loop to the first that does. */
function reachOf(
  call: Expr,
  name: string,
  loop: Loop,
  definition: FunctionDefinition,
): (place: { start: number }) => boolean {
  const stores = assignmentsTo(definition, name)
    .filter(({ at, value }) => contains(loop, at) && unwrap(value) !== call)
    .map(({ at }) => at.start);
  const next = Math.min(...stores.filter((start) => start > call.start));
  const first = Math.min(...stores);
  return ({ start }) => (start >= call.start ? start < next : start < first);
}

/** The innermost block around a place that declares a variable of this name. */
function homeOf(name: string, place: Expr, definition: FunctionDefinition): Stmt {
  const declares = (stmt: Stmt) =>
    stmt.kind === 'decl' && stmt.declaration.declarators.some((declarator) => declarator.name === name);
  const block = around(definition, place).findLast(
    (stmt) => stmt.kind === 'block' && stmt.body.some(declares),
  );
  return block ?? definition.body;
}

/** Whoever sleeps between the rounds waits for a file to grow. */
function pauses(loop: Loop): boolean {
  let found = false;
  walkStmt(loop.body, {
    expr: (expr) => {
      found ||= /^(?:u?sleep|nanosleep|clock_nanosleep|pause|sched_yield)$/.test(calledName(expr) ?? '');
    },
    stmt: ({ kind }) => {
      found ||= kind === 'unknown' || kind === 'either';
    },
  });
  return found;
}

class Rounds {
  /** Some test asks whether the call failed. */
  tellsFailure = false;
  /** The loop ends when so much has come. */
  collects = false;
  /** Loops inside that do nothing when there is nothing. */
  private readonly idle: Loop[] = [];
  /** Variables that only count what has come. */
  private readonly counters = new Set<string>();
  private readonly inner: Loop[] = [];

  constructor(
    private readonly loop: Loop,
    private readonly result: Result,
    private readonly home: Stmt,
  ) {
    walkStmt(loop.body, {
      stmt: (stmt: Stmt) => {
        if (isLoop(stmt)) this.inner.push(stmt);
      },
    });
  }

  /** `if (n == 0) continue;`, or `if (n > 0) ...` at the end: there is nothing to do for 0. What stands behind or in it is not come to then. */
  turnsBack(read: Expr): Stmt | undefined {
    const { body } = this.loop;
    const own = body.kind === 'block' ? body.body : [];
    const back = own.find((stmt) => stmt.start > read.end && this.isForNothing(stmt, own));
    if (back?.kind === 'if') this.tellsFailure ||= this.result.holds(back.test, -1n) === true;
    return back;
  }

  private isForNothing(stmt: Stmt, own: readonly Stmt[]): boolean {
    if (stmt.kind !== 'if' || stmt.alternative) return false;
    const { consequent, test } = stmt;
    const [only, ...more] = consequent.kind === 'block' ? consequent.body : [consequent];
    if (only?.kind === 'continue' && more.length === 0 && asksOnly(test, this.result)) {
      return this.result.holds(test, 0n) === true && this.result.holds(test, 1n) === false;
    }
    const isForSome = conjuncts(test).some(
      (part) =>
        asksOnly(part, this.result) &&
        this.result.holds(part, 0n) === false &&
        this.result.holds(part, 1n) === true,
    );
    return isForSome && stmt === own.at(-1);
  }

  /** This use of the result does not tell 0 from more. */
  isBlind({ expr, around }: Use): boolean {
    let at: Expr = expr;
    for (const outer of around) {
      if (outer.kind === 'cast') {
        at = outer;
        continue;
      }
      if (outer.kind === 'binary' && /^(?:[<>]=?|[!=]=)$/.test(outer.op)) return this.compares(outer);
      if (outer.kind === 'assign' && this.result.is(outer.value)) {
        if (outer.target === at) {
          if (unwrap(outer.value).kind !== 'call') return false;
          at = outer;
          continue;
        }
        // `n += got`, `left -= got`
        return /^[+-]=$/.test(outer.op) && this.counts(outer.target);
      }
      if (outer.kind === 'assign')
        return /^[+-]?=$/.test(outer.op) && at !== outer.target && this.counts(outer.target);
      if (outer.kind === 'index' && at === outer.index) return true;
      if (outer.kind === 'call' && judgesByName(calledName(outer) ?? '')) {
        this.tellsFailure = true;
        return true;
      }
      if (outer.kind === 'call') return takers.test(calledName(outer) ?? '') && outer.callee !== at;
      if (outer.kind !== 'binary' || !/^[+-]$/.test(outer.op)) return false;
      at = outer;
    }
    // `return n;`: the way out has been chosen by then.
    return !this.isTest(at);
  }

  private isTest(expr: Expr): boolean {
    let found = false;
    const look = (stmt: Stmt) => {
      if (stmt.kind === 'if' || isLoop(stmt)) found ||= stmt.test !== undefined && contains(stmt.test, expr);
      else if (stmt.kind === 'switch') found ||= contains(stmt.value, expr);
    };
    look(this.loop);
    walkStmt(this.loop.body, { stmt: look });
    return found;
  }

  private counts(target: Expr): boolean {
    const name = variableIn(target);
    if (name !== undefined) this.counters.add(name);
    return name !== undefined;
  }

  private compares(test: Expr): boolean {
    const [end, some, failed] = [0n, 1n, -1n].map((value) => this.result.holds(test, value));
    if (end !== undefined && some !== undefined) {
      this.tellsFailure ||= end === some && failed === !some;
      return end === some;
    }
    // `if (write(out, block, got) != got)`: nothing is written then, and that is as it should be.
    if (testsOutput(test, '')) return true;
    const inner = this.inner.find((each) => each.test !== undefined && contains(each.test, test));
    const less =
      test.kind === 'binary' &&
      (test.op === '<' ? this.result.is(test.right) : test.op === '>' && this.result.is(test.left));
    if (inner && less) this.idle.push(inner);
    return inner !== undefined && less;
  }

  /** The loop's own test stays as it is when nothing comes. */
  goesOn(context: RuleContext): boolean {
    const { loop } = this;
    if (isEndless(loop, context)) return true;
    if (!loop.test || (loop.kind === 'for' && loop.update)) return false;
    return conjuncts(loop.test).every((test) => {
      if (this.isFlagForFailure(test)) return true;
      if (asksOnly(test, this.result)) return this.result.holds(test, 0n) === true;
      let still = true;
      walkExpr(test, (expr) => {
        still &&= expr.kind !== 'call' && expr.kind !== 'update' && expr.kind !== 'assign';
        if (expr.kind === 'name') still &&= this.counters.has(expr.name) || !this.changes(expr.name);
        if (expr.kind === 'name') this.collects ||= this.counters.has(expr.name);
      });
      return still;
    });
  }

  /** `!done`, where only a failure, or something in what came, sets the variable. */
  private isFlagForFailure(test: Expr): boolean {
    const flag = test.kind === 'unary' && test.op === '!' ? test.operand : undefined;
    if (flag?.kind !== 'name') return false;
    let set = false;
    let still = true;
    walkStmt(this.loop.body, {
      expr: (expr) => {
        const target = exposedBy(expr);
        if (!target || variableIn(target) !== flag.name) return;
        const value = expr.kind === 'assign' && expr.op === '=' ? expr.value : undefined;
        const fails = value && asksOnly(value, this.result) && this.result.holds(value, 0n) === false;
        set ||= fails === true && value !== undefined && this.result.holds(value, -1n) === true;
        still &&= fails === true || this.idle.some((inner) => contains(inner, expr));
      },
    });
    return set && still;
  }

  private changes(name: string): boolean {
    return someExprIn(this.loop.body, (expr) => {
      const target = exposedBy(expr);
      return target !== undefined && variableIn(target) === name;
    });
  }

  /** `if (strstr(text, "\n\n")) return 0;` where text is collected: the round before has asked the same of the same bytes. */
  private isAskedAgain(test: Expr, text: string): boolean {
    const found = new Set<string | undefined>();
    let still = mentions(test, text);
    walkExpr(test, (expr) => {
      if (expr.kind === 'assign' && expr.op === '=') found.add(variableIn(expr.target));
      else still &&= expr.kind !== 'assign' && expr.kind !== 'update';
      if (expr.kind === 'call') still &&= looks.test(calledName(expr) ?? '');
      if (expr.kind === 'name' && expr.name !== text && !found.has(expr.name))
        still &&= this.counters.has(expr.name) || !this.changes(expr.name);
    });
    return still;
  }

  /** A way out that is not taken at the end of the input. */
  isForFailure(
    { stmt, conditions, obscure }: ReturnType<typeof exitsOf>[number],
    event: CallEvent,
    context: RuleContext,
  ): boolean {
    if (this.idle.some((inner) => contains(inner, stmt))) return true;
    const buffer = event.args[1] && variableIn(event.args[1].expr);
    const isAbout = (test: Expr) => mentions(test, buffer, this.result.name, ...this.counters);
    // What was asked before the call, or where nobody knows the result, is not about what came.
    const before = stmt.start < event.expr.start && !contains(stmt, event.expr);
    if (!contains(this.home, stmt))
      return conditions.length > 0 && !conditions.some(({ test }) => mentions(test, buffer));
    if (before) return !conditions.some(({ test }) => isAbout(test));
    const never = conditions.some(
      ({ test, truth }) => this.result.holds(test, 0n) === !truth || isAllocation(test),
    );
    const text = collected(event);
    if (text !== undefined && conditions.some(({ test }) => this.isAskedAgain(test, text))) return true;
    return never || (!obscure && conditions.some(({ test }) => testsOutput(test, context.source(this.loop))));
  }
}

/** `read(fd, text + length, ...)`: what is appended to; where nothing comes, all in it stays as it was. */
function collected(event: CallEvent): string | undefined {
  const to = event.args[1] && unwrap(event.args[1].expr);
  const start = to?.kind === 'unary' && to.op === '&' ? unwrap(to.operand) : to;
  const text = start?.kind === 'binary' && start.op === '+' ? start.left : undefined;
  return text ? variableIn(text) : start?.kind === 'index' ? variableIn(start.array) : undefined;
}

/** Questions about bytes whose answer is the same for the same bytes. */
const looks = /^(?:mem(?:r?chr|mem|cmp)|str(?:r?chr|str|n?cmp|n?casecmp|casestr|c?spn|pbrk|n?len))$/;

/** `(buf = realloc(buf, size)) == NULL`: there is no memory left. */
function isAllocation(test: Expr): boolean {
  return somePart(test, (expr) => /alloc/i.test(calledName(expr) ?? ''));
}

function mentions(test: Expr, ...names: readonly (string | undefined)[]): boolean {
  return somePart(test, (expr) => expr.kind === 'name' && names.includes(expr.name));
}
