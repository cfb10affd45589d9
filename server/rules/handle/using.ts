import type { Effect } from '../../../catalog/schema';
import { rootName } from '../../analysis/aliasing';
import { applies } from '../../analysis/conditions';
import { type CallEvent, type Operand, resourcesOf } from '../../analysis/events';
import { changedBy } from '../../analysis/operators';
import type { Holding, Location, Role } from '../../analysis/path';
import type { Resource } from '../../analysis/values';
import {
  children,
  type Expr,
  type ExprOf,
  type FunctionDefinition,
  type Span,
  type Stmt,
  statementsOf,
  walkExpr,
  walkStmt,
} from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { comesBack, soundsLikeEnding } from '../shared/endings';
import { isEndless, isLoop, leftBy } from '../shared/loops';
import { argument } from '../shared/support';
import { callsOf } from '../shared/whole-file';
import { childBranches, goesOnBehind } from '../subjects/branches';

/** Helpers of the rules about what a handle is used for, and when. */

const closing = new Set<Effect['op']>(['close', 'unmap', 'free']);

export function closes({ op }: Effect): boolean {
  return closing.has(op);
}

/** A helper closes what it has made itself, as it cannot hand that on: to the function that called it there never was any. */
export function isTakenBack({ site }: Resource, { scope }: CallEvent, root: FunctionDefinition): boolean {
  return site.within !== root && scope.definition === site.within;
}

/** A handle that a call certainly acts on: its parameter, the argument, and what is done to it. */
export interface Use {
  effect: Effect;
  operand: Operand;
}

/** The handles that a call takes by value and acts on, whatever else it does. */
export function usesIn(event: CallEvent): Use[] {
  const { site } = event;
  if (!site) {
    return [];
  }
  const taken = site.call.effects.flatMap((effect) => {
    if (readsFrom(effect)) return [{ effect, at: effect.from }];
    // What is put into a list of descriptors, or taken out of it, must be one as much as the list.
    const member = effect.op === 'configure' && effect.kind === 'epoll' ? [{ effect, at: effect.from }] : [];
    return [{ effect, at: effect.at as string | undefined }, ...member];
  });
  const possible = taken.flatMap(({ effect, at }) => {
    const operand =
      at !== undefined && /^\*?\w+$/.test(at) && at !== 'return'
        ? argument(event, at.replace('*', ''))
        : undefined;
    // Whether or not dup2 gets the same number twice, it looks at the first.
    const sure =
      operand &&
      ((effect.op === 'duplicate' && effect.at === 'newfd') ||
        applies(effect, site.call, event.args, event.scope));
    return operand && sure !== false ? [{ effect, operand, sure }] : [];
  });
  const certain = possible.filter(({ sure }) => sure);
  // Of a lock and an unlock by what the structure says, one happens.
  const either = possible.length > 1 && !possible.some(({ effect }) => closes(effect));
  return certain.length > 0 || !either ? certain : possible.slice(0, 1);
}

/** `fileno`, `mmap`, `dup2`, `fdopen` and their like ask one handle for what they return, or make another of it. */
function readsFrom({ op, from, kind }: Effect): boolean {
  return from !== undefined && /^(?:query|map|duplicate|open)$/.test(op) && kind !== 'pidfd';
}

/** Closed for certain on this path: the object and where. */
export function closedObject(
  event: CallEvent,
  { operand }: Use,
): { resource: Resource; at: NonNullable<Holding['at']> } | undefined {
  const resources = resourcesOf(operand.value);
  const resource = resources[0];
  if (!resource || resources.length !== 1 || operand.value.origins?.length !== 1) {
    return undefined;
  }
  const holding = event.path.holding(resource);
  return holding?.state === 'closed' && holding.at ? { resource, at: holding.at } : undefined;
}

/** A program that tries out what the kernel says to a closed or wrong descriptor: it asks for the error, or asserts that `close` fails. */
export function triesErrors(context: RuleContext): boolean {
  const { definition } = context.scope;
  let tries = triers.get(definition);
  if (tries === undefined) {
    tries = /\bEBADF\b|\bassert\w*\s*\(\s*close\s*\([^()]*\)\s*(?:==\s*-\s*1|<\s*0|!=\s*0)/.test(
      context.code(definition.body),
    );
    triers.set(definition, tries);
  }
  return tries;
}

const triers = new WeakMap<FunctionDefinition, boolean>();

/** The first word of the call that stands at a place. */
export function callAt(context: RuleContext, at: NonNullable<Holding['at']>): string {
  return /^\w+/.exec(context.source(at))?.[0] ?? '';
}

const things: Partial<Record<string, string>> = {
  stream: 'stream',
  'popen-stream': 'stream',
  directory: 'directory stream',
  'address-list': 'list',
  'posix-mq': 'queue descriptor',
  'posix-sem-named': 'semaphore',
  mapping: 'mapping',
  'sysv-attachment': 'attachment',
};

/** What a kind of handle is called in a sentence. */
export function thing(resource: Resource): string {
  return things[resource.kind ?? ''] ?? 'descriptor';
}

/** True for handles that are numbers of this process, given out again as soon as they are free. */
export function isNumber(resource: Resource): boolean {
  return thing(resource) === 'descriptor' || thing(resource) === 'queue descriptor';
}

/* ------------------------------------------------------------- order in the text */

/** The statements around a place, outermost first. */
function around(stmt: Stmt, at: number): Stmt[] {
  if (at < stmt.start || at >= stmt.end) {
    return [];
  }
  const inner = statementsOf(stmt).find((child) => child.start <= at && at < child.end);
  return inner ? [stmt, ...around(inner, at)] : [stmt];
}

export const branching = new Set<Stmt['kind']>(['if', 'for', 'while', 'do', 'switch']);

/** The innermost statement around a place that runs only under a condition, or the whole body. */
export function branchOf(body: Stmt, at: number): Stmt {
  const chain = around(body, at);
  return chain.findLast((_, i) => i > 0 && branching.has(chain[i - 1]!.kind)) ?? body;
}

export const contains = (outer: Span, at: number) => outer.start <= at && at < outer.end;

/**
 * Where a place lies as the function at hand sees it: the place itself, or the calls, before `end`, of the function that holds it, when
 * nothing there makes it depend on a condition.
 */
export function seenFrom(context: RuleContext, place: Location, end: number): number[] {
  const { definition } = context.scope;
  if (place.within === definition) {
    return place.start < end ? [place.start] : [];
  }
  if (branchOf(place.within.body, place.start) !== place.within.body) {
    return [];
  }
  return callsOf(definition).flatMap(({ name, expr }) =>
    expr.end <= end && leadsTo(name, place.within, context) ? [expr.start] : [],
  );
}

/** Whoever calls a function of this name comes to the other, whatever is asked on the way. */
function leadsTo(name: string, other: FunctionDefinition, context: RuleContext, levels = 2): boolean {
  if (name === other.name) return true;
  const { definition } = (levels > 0 && context.functionNamed(name)) || {};
  return (
    definition !== undefined &&
    callsOf(definition).some(
      (call) =>
        branchOf(definition.body, call.expr.start) === definition.body &&
        leadsTo(call.name, other, context, levels - 1),
    )
  );
}

/** True when whoever comes to `later` has come past `earlier`, whatever the conditions on the way; a jump out of a branch counts. */
function comesBefore(context: RuleContext, earlier: number, later: number): boolean {
  const branch = branchOf(context.scope.definition.body, earlier);
  const last = branch.kind === 'block' ? branch.body.at(-1) : branch;
  return contains(branch, later) || last?.kind === 'goto';
}

/** True when the branch that holds one place holds the other too. */
export function dominates(context: RuleContext, earlier: number, later: number): boolean {
  return contains(branchOf(context.scope.definition.body, earlier), later);
}

/** True when control does not go on behind the branch that holds a place. */
export function leavesAfter(context: RuleContext, at: number): boolean {
  const { body } = context.scope.definition;
  const branch = branchOf(body, at);
  let last = branch.kind === 'block' ? lastOf(branch.body, at) : branch;
  // `case -1: { ... return -1; }`
  if (last?.kind === 'block' && contains(last, at)) last = last.body.at(-1);
  return branch !== body && (last?.kind === 'goto' || last?.kind === 'return');
}

/** The last statement of a branch. That of a switch ends where the next case begins. */
function lastOf(body: Stmt[], at: number): Stmt | undefined {
  const next = body.findIndex(({ kind, start }) => kind === 'case' && start > at);
  return body.at(next < 0 ? -1 : next - 1);
}

/** True when something has happened for certain when control comes to a place of the function at hand, in this process at least. */
export function wasBefore(context: RuleContext, happened: Location, at: number, role?: Role): boolean {
  return seenFrom(context, happened, at).some(
    (earlier) =>
      comesBefore(context, earlier, at) || (role !== undefined && ranBefore(context, earlier, at, role)),
  );
}

/** The child has come out of its branch, in which something happened in any case, and does what its parent does. */
function ranBefore(context: RuleContext, earlier: number, later: number, { kind, fork }: Role): boolean {
  const { definition } = context.scope;
  const branches = kind === 'child' ? childBranches(definition, context) : [];
  const own = branches.filter((branch) => branch.fork === fork?.expr);
  const [branch] = own;
  return (
    own.length === 1 &&
    branch !== undefined &&
    contains(branch.span, earlier) &&
    later > branch.span.end &&
    contains(branchOf(definition.body, earlier), branch.span.start) &&
    contains(branchOf(definition.body, branch.fork.start), later) &&
    goesOnBehind(branch, context)
  );
}

/**
 * True when control falls from a place in a branch out of it and on to a later place: nothing between them ends the program or jumps, but
 * for what has nothing to do with that branch, and the later one lies in no branch of its own.
 */
export function fallsTo(context: RuleContext, from: number, to: number, handle?: string): boolean {
  const { body } = context.scope.definition;
  const inner = branchOf(body, from);
  if (from >= to || contains(inner, to) || !contains(branchOf(body, to), from)) {
    return false;
  }
  // `close(fd); break;` goes on behind the loop.
  const end = inner.kind === 'block' ? lastOf(inner.body, from) : undefined;
  const leaves =
    end === undefined || end.start <= from
      ? undefined
      : end.kind === 'break'
        ? leftBy(end, context.scope.definition)
        : end.kind === 'continue' && handle !== undefined
          ? searchAround(body, from)
          : undefined;
  // Out of a loop without an end nothing falls: what leaves it jumps.
  const isShut = (stmt: Stmt) =>
    isLoop(stmt) && stmt !== leaves && !contains(stmt, to) && isEndless(stmt, context);
  if (around(body, from).some(isShut)) return false;
  const behind = leaves && leaves.end <= to ? leaves.end : from;
  let falls = true;
  // Between the two of a very long function lies too much to be looked at one by one.
  let left = 100;
  const apart = (span: Span) =>
    left-- > 0 &&
    (isApart(span, from, context) || (handle !== undefined && isForFailure(span, handle, context)));
  walkStmt(body, {
    stmt: (stmt) => {
      const { kind, start, end } = stmt;
      if (!falls) return;
      const jumps = kind === 'return' || kind === 'goto' || kind === 'continue' || kind === 'label';
      // Behind `return close(fd);` nothing comes, though it is where control may fall to.
      if (kind === 'return' && start <= from && from < end) falls = false;
      if (start <= behind || end > to) return;
      if (kind === 'label' || ((jumps || (kind === 'break' && leadsPast(stmt, to, context))) && !apart(stmt)))
        falls = false;
    },
    expr: (expr) => {
      if (!falls || expr.kind !== 'call' || expr.start <= behind || expr.end > to) return;
      const name = calledName(expr) ?? '';
      const onlyTells = telling.test(name) && !soundsLikeEnding(name);
      if (!onlyTells && !returns(context, expr) && !apart(expr)) falls = false;
    },
  });
  return falls;
}

/** `for (each = first; each != NULL; each = each->next)`: the last that there is may be the one for which a round gives up. */
function searchAround(body: Stmt, from: number): Stmt | undefined {
  const loop = around(body, from).findLast(isLoop);
  if (loop?.kind !== 'for' || !loop.test || !loop.update) return undefined;
  const [asked, moved] = [new Set<string>(), new Set<string>()];
  addNames(loop.test, asked);
  walkExpr(loop.update, (part) => {
    const target = changedBy(part);
    const name = target && rootName(target);
    if (name !== undefined) moved.add(name);
  });
  return [...asked].some((name) => moved.has(name)) ? loop : undefined;
}

/** `if (fd == -1) exit(1);`: a number that has been closed is none that tells of a failure. */
function isForFailure(jump: Span, handle: string, { scope }: RuleContext): boolean {
  const choice = around(scope.definition.body, jump.start).findLast(({ kind }) => kind === 'if');
  if (choice?.kind !== 'if' || !contains(choice.consequent, jump.start)) return false;
  const { test } = choice;
  if (test.kind !== 'binary' || test.left.kind !== 'name' || test.left.name !== handle) return false;
  const number = scope.evaluator.constant(test.right, scope);
  return (test.op === '==' && number === -1n) || (test.op === '<' && number === 0n);
}

/** What by its name only writes down what has happened. */
const telling = /(?:^|_)(?:log|warn|warning|info|debug|dbg)(?:_?msg|f|it)?$/i;

/**
 * A jump under tests that have nothing to do with what decides about a branch further up, or with what that branch stores: whoever was there
 * may come past it.
 */
function isApart(jump: Span, from: number, context: RuleContext): boolean {
  const { body } = context.scope.definition;
  const above = new Set<string>();
  const chain = around(body, from);
  for (const stmt of chain) if (stmt.kind === 'if') addNames(stmt.test, above);
  const branch = branchOf(body, from);
  for (const name of storedIn(branch)) above.add(name);
  const tests = around(body, jump.start).filter((stmt) => !contains(stmt, from) && stmt.start !== jump.start);
  const [outer] = tests;
  const asked = outer && askedBy(outer);
  if (!asked || contains(asked, jump.start)) return false;
  return tests.every((stmt) => {
    const names = new Set<string>();
    const test = askedBy(stmt);
    if (test) addNames(test, names);
    else if (stmt.kind !== 'block' && stmt.kind !== 'expr') return false;
    return ![...names].some((name) => above.has(name));
  });
}

function askedBy(stmt: Stmt): Expr | undefined {
  return stmt.kind === 'if' ? stmt.test : stmt.kind === 'switch' ? stmt.value : undefined;
}

function addNames(test: Expr, names: Set<string>): void {
  if (test.kind === 'name') names.add(test.name);
  // A size says nothing of what the variable holds.
  if (test.kind !== 'sizeof') for (const part of children(test)) addNames(part, names);
}

/** The variables that something in a statement is stored in, by their own names or by their addresses. */
function storedIn(branch: Stmt): Set<string> {
  const names = new Set<string>();
  walkStmt(branch, {
    expr: (expr) => {
      const target = changedBy(expr) ?? (expr.kind === 'unary' && expr.op === '&' ? expr.operand : undefined);
      const name = target && rootName(target);
      if (name !== undefined) names.add(name);
    },
  });
  return names;
}

/** What a `break` leaves goes on behind a place. */
function leadsPast(jump: Stmt, to: number, { scope }: RuleContext): boolean {
  const left = leftBy(jump, scope.definition);
  return left !== undefined && contains(left, to);
}

/** A call of which all is known that it leads to, at first sight: a function of another file may end the program. */
export function returns(context: RuleContext, expr: ExprOf<'call'>): boolean {
  return comesBack(calledName(expr), context);
}
