import { type Expr, type ExprOf, parameterIndex, someExprIn, walkStmt } from '../c/ast';
import { calledName } from '../c/cfg';
import { rootName } from './aliasing';
import type { FunctionScope } from './context';
import { exposedBy, withoutCasts } from './operators';
import type { Location } from './path';
import { tells } from './wrappers';

interface Entry {
  scope: FunctionScope;
  /** Where the function is called, in which function, and with what. */
  call: Location;
  caller: FunctionScope;
  args: readonly Expr[];
  /** The chain of calls that leads to the calling function; 0 where that is the one the walk began with. */
  outer: number;
}

/** Which calls led a walk into the functions it visited: what happens in a mere wrapper is told to whoever calls it. */
export class CallChain {
  private readonly entries = new Map<number, Entry>();
  /** The chain that the walk is in. */
  current = 0;

  enter(context: number, entry: Entry): void {
    this.entries.set(context, entry);
  }

  /**
   * The call in the program's own code that a place in a wrapper stands for; undefined where the place is in no wrapper, or several
   * calls come into question.
   */
  callerOf(place: Location): Location | undefined {
    let found: Location | undefined;
    for (let entry = this.entryOf(place); entry && isWrapper(entry.scope); entry = this.entryOf(found)) {
      found = entry.call;
    }
    return found;
  }

  /** The calls by which a walk came to where it is, the innermost first. */
  leading(context: number | undefined): Entry[] {
    const found: Entry[] = [];
    for (let entry = this.entries.get(context ?? 0); entry; entry = this.entries.get(entry.outer))
      found.push(entry);
    return found;
  }

  /** The call in the function the walk began with that led to a place in another; undefined where several come into question. */
  firstCallTo(place: Location): Location | undefined {
    let found: Location | undefined;
    for (let entry = this.entryOf(place); entry; entry = this.entryOf(found)) found = entry.call;
    return found;
  }

  /**
   * The argument by which a caller gives the constant that an expression is: a helper that only hands on what it got has
   * no fault in it. Undefined where the constant is the function's own, or several calls come into question.
   */
  giverOf(place: Location, value: Expr): Location | undefined {
    let found: Location | undefined;
    let given = value;
    for (let entry = this.entryOf(place); entry; entry = this.entryOf(found)) {
      const arg = handedIn(given, entry);
      if (!arg) break;
      given = arg;
      found = inCall(entry.call, arg);
      if (entry.caller.evaluator.constant(arg, entry.caller) !== undefined) return found;
    }
    return undefined;
  }

  private entryOf({ within, context }: Location): Entry | undefined {
    if (context !== undefined) {
      const entry = this.entries.get(context);
      return entry?.scope.definition === within ? entry : undefined;
    }
    const possible = [...this.entries.values()].filter(({ scope }) => scope.definition === within);
    return possible.length === 1 ? possible[0] : undefined;
  }
}

/** The argument that a parameter stands for, as long as the function does not change the parameter. */
function handedIn(value: Expr, { scope, args }: Entry): Expr | undefined {
  const inner = withoutCasts(value);
  if (inner.kind !== 'name') {
    return undefined;
  }
  const { type, body } = scope.definition;
  const index = parameterIndex(type.params, inner.name);
  const changes = (expr: Expr) => {
    const target = exposedBy(expr);
    return target !== undefined && rootName(target) === inner.name;
  };
  return index < 0 || someExprIn(body, changes) ? undefined : args[index];
}

/** An argument of a call; the use of the macro, where one makes the call. */
function inCall(call: Location, arg: Expr): Location {
  const isInside = arg.start >= call.start && arg.end <= call.end;
  return isInside ? { ...call, start: arg.start, end: arg.end } : call;
}

/** Longer functions do more than to pass a call on. */
const longest = 900;

const known = new WeakMap<FunctionScope, boolean>();

/** A function that makes one call of the catalog with its own arguments, looks at the result, and does nothing else. */
export function isWrapper(scope: FunctionScope): boolean {
  let answer = known.get(scope);
  if (answer === undefined) {
    answer = passesOn(scope);
    known.set(scope, answer);
  }
  return answer;
}

/** The call that a wrapper makes with its own arguments, in their order. */
export function wrappedCallOf(scope: FunctionScope): ExprOf<'call'> | undefined {
  const call = isWrapper(scope) ? wrappedCalls.get(scope) : undefined;
  const { params } = scope.definition.type;
  const inOrder = call?.args.every((arg, index) => {
    const inner = withoutCasts(arg);
    return inner.kind === 'name' && (params[index]?.name === inner.name || index >= params.length);
  });
  return inOrder && call && call.args.length >= params.length ? call : undefined;
}

/** The name of that call. Callers are told of it. */
export function wrappedName(scope: FunctionScope): string | undefined {
  const call = wrappedCallOf(scope);
  return call && calledName(call);
}

const wrappedCalls = new WeakMap<FunctionScope, ExprOf<'call'>>();

function passesOn(scope: FunctionScope): boolean {
  const { body, type } = scope.definition;
  if (body.end - body.start > longest) {
    return false;
  }
  const made: ExprOf<'call'>[] = [];
  let changes = false;
  const fetched = new Set<string>();
  const isMade = (expr: Expr) => {
    const name = calledName(expr);
    return name !== undefined && scope.call(name) !== undefined && !tells(name);
  };
  walkStmt(body, {
    stmt: (stmt) => {
      const { kind } = stmt;
      changes ||= kind === 'switch' || kind === 'for' || kind === 'unknown';
      // Who drops the result of a call has a fault of his own.
      changes ||= stmt.kind === 'expr' && isMade(stmt.expr);
    },
    expr: (expr) => {
      if (expr.kind === 'call' && isMade(expr)) made.push(expr);
      if (expr.kind === 'assign' && expr.target.kind === 'name' && scope.typeOf(expr.target.name)) {
        if (/va_arg/.test(calledName(expr.value) ?? 'va_arg')) fetched.add(expr.target.name);
      } else if (!isErrno(expr)) {
        changes ||= expr.kind === 'assign' || expr.kind === 'update';
      }
    },
  });
  // The same call may stand there with and without what only some calls of it take.
  const [call] = made;
  const alike = made.every((other) => calledName(other) === (call && calledName(call)));
  if (changes || !alike || !call || scope.call(calledName(call) ?? '')?.effects.length === 0) {
    return false;
  }
  const params = new Set(type.params.flatMap(({ name }) => name ?? []));
  const handsOn = (arg: Expr): boolean => {
    const inner = withoutCasts(arg);
    return inner.kind === 'name' && (params.has(inner.name) || fetched.has(inner.name));
  };
  wrappedCalls.set(scope, call);
  return made.every(({ args }) => args.every(handsOn)) && (call.args.length > 0 || params.size === 0);
}

/** `errno = n`, by which a failure is told to a function that ends the program. */
function isErrno(expr: Expr): boolean {
  return expr.kind === 'assign' && expr.target.kind === 'name' && expr.target.name === 'errno';
}
