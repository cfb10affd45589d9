import type { CallEvent } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import type { Location } from '../../analysis/path';
import { FileIndex } from '../../analysis/survey';
import {
  type Expr,
  type ExprOf,
  type FunctionDefinition,
  someExprIn,
  somePart,
  someStmtIn,
  walkStmt,
} from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Report, RuleContext } from '../rule';
import { failureBranch, isLoop, type Loop, loopAround } from '../shared/loops';
import { onlyReports } from '../shared/reporting';
import { around, contains } from '../shared/statements';
import { isDirect } from '../shared/support';
import { callsIn } from '../shared/uses';
import { callsTo } from '../shared/whole-file';

/** A loop that signals all processes of a table, those too that have ended, or that could not be made. */

interface Store {
  expr: ExprOf<'assign'>;
  within: FunctionDefinition;
}

/** `job->pid = 0`, `workers[i] = -1` behind a wait, or where it is looked for by its number: this one has ended. Arrays and members by their names. */
const ended = new FileIndex((within, file): [string, Store][] => {
  const waits = callsIn(within, /^wait(?:pid|[34])?$/);
  const found: [string, Store][] = [];
  const scope = file.scopeOf(within);
  walkStmt(within.body, {
    expr: (expr) => {
      if (expr.kind !== 'assign' || expr.op !== '=') return;
      const name = tableOf(expr.target);
      const value = name === undefined ? undefined : scope.evaluator.constant(expr.value, scope);
      if (value !== 0n && value !== -1n) return;
      const isBehind =
        waits.some(({ start }) => start < expr.start) || isFoundByNumber(expr, name ?? '', within);
      if (name !== undefined && isBehind) found.push([name, { expr, within }]);
    },
  });
  return found;
});

/** `if (workers[i] == pid) workers[i] = 0;` in a function that is told which process it is. */
function isFoundByNumber(store: Expr, name: string, within: FunctionDefinition): boolean {
  const params = within.type.params.map((param) => param.name);
  return around(within, store).some((stmt) => {
    const test = stmt.kind === 'if' && contains(stmt.consequent, store) ? unwrap(stmt.test) : undefined;
    if (test?.kind !== 'binary' || test.op !== '==') return false;
    const [left, right] = [unwrap(test.left), unwrap(test.right)];
    const isParam = (side: Expr) => side.kind === 'name' && params.includes(side.name);
    return (tableOf(left) === name && isParam(right)) || (tableOf(right) === name && isParam(left));
  });
}

/** The name of the member, or of the array. */
function tableOf(place: Expr): string | undefined {
  const inner = unwrap(place);
  if (inner.kind === 'member') return `.${inner.field}`;
  const array = inner.kind === 'index' ? unwrap(inner.array) : undefined;
  return array?.kind === 'name' ? array.name : undefined;
}

export function signalsEach(event: CallEvent, given: Expr, context: RuleContext): Report | undefined {
  const { definition } = context.scope;
  const loop = loopAround(definition, event.expr);
  const pid = takenFrom(given, loop);
  const name = tableOf(pid);
  if (loop?.kind !== 'for' || name === undefined || !isDirect(event.at, event.expr)) return undefined;
  // Whatever is asked in the loop, or what is left out there, may be about it.
  const chooses = someStmtIn(
    loop.body,
    (stmt) =>
      stmt.kind === 'continue' || stmt.kind === 'goto' || (stmt.kind === 'if' && asks(stmt.test, name)),
  );
  const isUnder = around(definition, event.expr).some(
    (stmt) => stmt.kind === 'if' && contains(loop.body, stmt),
  );
  const counted = loop.test?.kind === 'logical' || (loop.test !== undefined && asks(loop.test, name));
  if (chooses || isUnder || counted || !goesOver(loop.update, pid)) return undefined;
  const failed = unmade(name, context);
  const [gone] = context
    .ask(ended, name)
    .filter(({ expr, within }) => within !== definition || !contains(loop, expr));
  const text = context.source(pid);
  if (failed)
    return {
      span: event.at,
      severity: 'warning',
      message: `Where no process could be made \`${text}\` is -1, and \`kill\` with -1 signals every process this user may signal. Test \`${text} > 0\` first.`,
      related: [{ span: failed, message: 'The failure is only told here' }],
    };
  const early = incompleteAt(name, loop, event.expr, context);
  if (early)
    return {
      span: event.at,
      severity: 'warning',
      message: `Where not all processes have been made \`${text}\` is 0 or -1, and \`kill\` with that signals a whole group of processes, or all of them. Test \`${text} > 0\` first.`,
      related: [{ span: early, message: 'Here some are still missing' }],
    };
  return (
    gone && {
      span: event.at,
      severity: 'warning',
      message: `Where the process has ended \`${text}\` is 0 or -1, and \`kill\` with that signals a whole group of processes, or all of them. Test \`${text} > 0\` first.`,
      related: [{ span: { ...gone.expr, within: gone.within }, message: 'Here it says that there is none' }],
    }
  );
}

/** `pid_t pid = workers[i];` at the beginning of the round: the place that the number comes from. */
function takenFrom(given: Expr, loop: Loop | undefined): Expr {
  const inner = unwrap(given);
  if (!loop || inner.kind !== 'name') return given;
  let found: Expr | undefined;
  walkStmt(loop.body, {
    stmt: (stmt) => {
      for (const { name, init } of stmt.kind === 'decl' ? stmt.declaration.declarators : [])
        if (name === inner.name && init && tableOf(init) !== undefined) found = unwrap(init);
    },
  });
  return found ?? given;
}

function asks(test: Expr, name: string): boolean {
  return somePart(test, (part) => tableOf(part) === name);
}

/** The loop counts what the place is told by: `i` in `workers[i].pid`, or the pointer. */
function goesOver(update: Expr | undefined, pid: Expr): boolean {
  const counted = update?.kind === 'update' ? unwrap(update.operand) : undefined;
  return (
    counted?.kind === 'name' && somePart(pid, (part) => part.kind === 'name' && part.name === counted.name)
  );
}

/** `workers[i] = fork(); if (workers[i] == -1) perror("fork");`: what failed stays in the table. */
function unmade(name: string, context: RuleContext): Expr | undefined {
  let found: Expr | undefined;
  walkStmt(context.scope.definition.body, {
    expr: (expr) => {
      if (found || expr.kind !== 'assign' || expr.op !== '=' || tableOf(expr.target) !== name) return;
      const call = unwrap(expr.value);
      if (!makesProcess(call, context)) return;
      const branch = failureBranch(call, context);
      const body = branch && branch.kind === 'block' ? branch.body : branch ? [branch] : [];
      if (branch && body.length > 0 && onlyReports(branch, context))
        found = { ...expr, start: branch.start, end: branch.end };
    },
  });
  return found;
}

/** `fork`, or a function of the file that gives back what it has got from it. */
function makesProcess(call: Expr, context: RuleContext): boolean {
  const called = calledName(call);
  const callee = called === undefined ? undefined : context.functionNamed(called)?.definition;
  return called === 'fork' || (callee !== undefined && callsIn(callee, /^v?fork$/).length > 0);
}

/** A place in the loop that makes the processes from where all of the table are signalled: `if (start(i) == -1) stop_all();`. */
function incompleteAt(name: string, loop: Loop, kill: Expr, context: RuleContext): Location | undefined {
  const { definition, evaluator } = context.scope;
  const bound = loop.test?.kind === 'binary' ? loop.test.right : undefined;
  if (!bound || evaluator.constant(bound, context.scope) === undefined) return undefined;
  const places = [...callsTo(context, definition.name), { expr: kill, within: definition }];
  const early = places.find(({ expr, within }) =>
    around(within, expr).some(
      (outer) => isLoop(outer) && outer !== loop && fillsTable(name, outer, expr, within, context),
    ),
  );
  return early && { start: early.expr.start, end: early.expr.end, within: early.within };
}

/** The loop makes a process for each element, and comes to the place only where something has gone wrong with that. */
function fillsTable(
  name: string,
  { body }: Loop,
  place: Expr,
  within: FunctionDefinition,
  context: RuleContext,
): boolean {
  const stores = (expr: Expr): boolean => {
    if (expr.kind === 'assign' && tableOf(expr.target) === name)
      return makesProcess(unwrap(expr.value), context);
    const callee = expr.kind === 'call' && context.functionNamed(calledName(expr) ?? '')?.definition;
    return (
      !!callee &&
      callee !== within &&
      someExprIn(callee.body, (inner) => inner.kind === 'assign' && stores(inner))
    );
  };
  const isUnderTest = around(within, place).some((stmt) => stmt.kind === 'if' && contains(body, stmt));
  return isUnderTest && someExprIn(body, (expr) => expr.end <= place.start && stores(expr));
}
