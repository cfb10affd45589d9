import { calls } from '../../catalog';
import type { Call } from '../../catalog/schema';
import { type CType, type Expr, type ExprOf, type FunctionDefinition, walkStmt } from '../c/ast';
import { calledName } from '../c/cfg';
import { printsText } from '../c/library';
import { withoutCasts } from './operators';
import { parameterTexts } from './signature';

/**
 * Wrappers such as `Fork`, `Sem_wait` or `xopen`: by custom such a function makes the call that it is named after and ends the program
 * when that fails. Where its text is at hand, that must be all it does. See docs/decisions/0007.
 */

/** What stands before or behind the name of the call. A capital letter at the beginning is a custom of its own. */
const affixes = /^(?:xx?_?|e_?|[sS]afe_|must_|checked_|ck_)(?=[a-z])|_or_(?:die|exit|abort|fail)$/;

const names = new Map<string, Call | undefined>();

/** The call of the catalog after which a function seems to be named. */
export function namesakeOf(name: string): Call | undefined {
  if (!names.has(name)) names.set(name, calls.has(name) ? undefined : find(name));
  return names.get(name);
}

/** `rc_fork`, `debug_fork`: whatever they do besides, there are two processes behind them. */
const forking = /[a-z]_fork(?:_v\d)?$/;

function find(name: string): Call | undefined {
  if (isLoose(name)) return calls.get('fork')?.record;
  const small = /^[A-Z][a-z]/.test(name) ? name[0]!.toLowerCase() + name.slice(1) : name.replace(affixes, '');
  return small === name ? undefined : calls.get(small)?.record;
}

/** Such a name alone says little. */
export function isLoose(name: string): boolean {
  return forking.test(name) && !affixes.test(name);
}

/**
 * The fork that a function is which is named so, and is in another file or nowhere at hand: it gives the number of a process. What its
 * child does besides must not concern descriptors, and its parent comes back. One that calls nothing else hands on the failure.
 */
export function forkBy(
  name: string,
  declared: FunctionType | undefined,
  text: FunctionDefinition | undefined,
): Call | undefined {
  const fork = calls.get('fork')?.record;
  if (!fork || !forking.test(name) || declared?.returns.k !== 'int' || declared.params.length > 0)
    return undefined;
  if (!text) return wrapperOf(fork);
  const made: string[] = [];
  walkStmt(text.body, {
    expr: (expr) => {
      if (expr.kind === 'call') made.push(calledName(expr) ?? '');
    },
  });
  if (made.filter((one) => one === 'fork').length !== 1 || made.some((one) => besideFork.test(one)))
    return undefined;
  return made.length === 1 ? fork : wrapperOf(fork);
}

const besideFork = /^(?:close\w*|dup[23]?|exec\w+|wait\w*|pipe2?|open\w*|_?exit|_Exit|setsid|daemon)$/;

const surviving = new WeakMap<Call, Call>();
const wrapped = new WeakMap<Call, Call>();

/** The same call, made by somebody who does not come back when it fails. */
export function wrapperOf(call: Call): Call {
  let without = surviving.get(call);
  if (!without) {
    without = { ...call, returns: { ...call.returns, failure: { value: 'none', reports: 'none' } } };
    surviving.set(call, without);
    wrapped.set(without, call);
  }
  return without;
}

/** The call that a wrapper makes; undefined for what is no wrapper. */
export function madeBy(wrapper: Call): Call | undefined {
  return wrapped.get(wrapper);
}

const arities = new WeakMap<Call, { least: number; most: number }>();

/** Whether a call can be given so many arguments. */
export function takes(call: Call, count: number): boolean {
  let arity = arities.get(call);
  if (!arity) {
    const least = parameterTexts(call.prototype).length;
    arity = { least, most: /\.\.\.\s*\)/.test(call.prototype) ? Number.POSITIVE_INFINITY : least };
    arities.set(call, arity);
  }
  return count >= arity.least && count <= arity.most;
}

type FunctionType = Extract<CType, { k: 'function' }>;

/** Whether a function declared so may stand for one declared otherwise: pointers where it has pointers, numbers where it has numbers. */
export function standsFor(
  declared: FunctionType,
  original: FunctionType,
  resolve: (type: CType) => CType,
): boolean {
  const alike = (mine: CType, theirs: CType) => {
    const [a, b] = [shape(resolve(mine)), shape(resolve(theirs))];
    return a === undefined || b === undefined || a === b;
  };
  // What the original takes as `...` a wrapper may name.
  const namesMore =
    original.variadic && !declared.variadic && declared.params.length > original.params.length;
  return (
    // `int f();` says nothing of the parameters.
    (declared.params.length === 0 ||
      ((declared.params.length === original.params.length || namesMore) &&
        original.params.every(({ type }, index) => alike(declared.params[index]!.type, type)))) &&
    (declared.returns.k === 'void' || alike(declared.returns, original.returns))
  );
}

function shape({ k }: CType): 'pointer' | 'number' | undefined {
  if (k === 'pointer' || k === 'array' || k === 'function') return 'pointer';
  return k === 'int' || k === 'enum' || k === 'float' ? 'number' : undefined;
}

/** Longer functions do more than the call. */
const longest = 900;

/** What helps to print, and what ends the program with a word. */
const besides = /^(?:strerror(?:_r)?|v?sn?printf|_?exit|_Exit|abort|v?errx?|gai_strerror|va_\w+|__\w+)$/;

/** What a wrapper may call besides, to tell of a failure. */
export function tells(name: string): boolean {
  return printsText(name) || besides.test(name);
}

/** Functions that end the program, by name: of the C library, and as programs call their own. By custom `err_ret` and `err_msg` come back. */
const ending =
  /^(?:_?exit|_Exit|abort|v?errx?|(?:g_)?assert(?:_perror)?)$|(?:^|_)(?:die|fatal|panic|quit|bail|exit|abort)|^(?:(?:unix|posix|sys|app|handle)_?)?(?:err|error|fail)(?!_(?:ret|msg))/i;

/** What a short function does with certain calls. */
interface Making {
  made: ExprOf<'call'>[];
  /** Made once, with the function's own parameters, all of them in their order. */
  handsOn: boolean;
  /** What the function returns, if anything, is what a call gave. */
  givesResult: boolean;
}

function makingOf({ body, type }: FunctionDefinition, isCall: (name: string) => boolean): Making {
  const made: ExprOf<'call'>[] = [];
  const results = new Set<string>();
  const returned: Expr[] = [];
  const isMade = (expr: Expr) => isCall(calledName(withoutCasts(expr)) ?? '');
  walkStmt(body, {
    stmt: (stmt) => {
      if (stmt.kind === 'return' && stmt.value) returned.push(withoutCasts(stmt.value));
      if (stmt.kind !== 'decl') return;
      for (const { name, init } of stmt.declaration.declarators) if (init && isMade(init)) results.add(name);
    },
    expr: (expr) => {
      if (expr.kind === 'call' && isMade(expr)) made.push(expr);
      if (expr.kind === 'assign' && expr.target.kind === 'name' && isMade(expr.value))
        results.add(expr.target.name);
    },
  });
  const [only] = made;
  const handsOn =
    made.length === 1 &&
    only?.args.length === type.params.length &&
    only.args.every((arg, index) => {
      const inner = withoutCasts(arg);
      return inner.kind === 'name' && inner.name === type.params[index]?.name;
    });
  const givesResult = returned.every(
    (value) => isMade(value) || (value.kind === 'name' && results.has(value.name)),
  );
  return { made, handsOn, givesResult };
}

/** Whether a function does no more than to make a call with its own parameters, in their order, and to end the program where that fails. */
export function onlyMakes(definition: FunctionDefinition, call: Call): boolean {
  const { body } = definition;
  if (body.end - body.start > longest) {
    return false;
  }
  let ends = false;
  let isMore = false;
  walkStmt(body, {
    stmt: ({ kind }) => {
      isMore ||= /^(?:while|do|for|switch|unknown|either)$/.test(kind);
    },
    expr: (expr) => {
      const name = calledName(expr);
      if (expr.kind !== 'call' || name === undefined || name === call.name) return;
      const isEnd = ending.test(name);
      ends ||= isEnd;
      isMore ||= !isEnd && !tells(name);
    },
  });
  if (!ends || isMore) return false;
  const { handsOn, givesResult } = makingOf(definition, (name) => name === call.name);
  return handsOn && givesResult;
}

/* ------------------------------------------------------------------ retries */

/** `ssize_t n = 0;`: the call gives the variable its value. */
function isNumber(init: Expr): boolean {
  const inner = withoutCasts(init);
  return inner.kind === 'number' || (inner.kind === 'unary' && inner.op === '-' && isNumber(inner.operand));
}

const retrying = new WeakMap<Call, Call>();

/** The same call, made again for as long as a signal interrupts it. */
function retryOf(call: Call): Call {
  const { blocking } = call;
  const again: Call = retrying.get(call) ?? {
    ...call,
    blocking: blocking.blocks ? { ...blocking, restarted: 'always' } : blocking,
  };
  retrying.set(call, again);
  return again;
}

/**
 * The call that a function makes with its own parameters, in their order, until that is not interrupted any more, and whose result it
 * gives back: whoever calls the function makes that call.
 */
export function repeatedCall(definition: FunctionDefinition, callOf: CallOf): Call | undefined {
  const { body, type } = definition;
  if (body.end - body.start > longest || type.params.length === 0) {
    return undefined;
  }
  const isMade = (expr: Expr) => callOf(calledName(withoutCasts(expr)) ?? '') !== undefined;
  let [repeats, asks, gives, isMore] = [false, false, false, false];
  walkStmt(body, {
    stmt: (stmt) => {
      repeats ||= /^(?:while|do|for|goto)$/.test(stmt.kind);
      isMore ||= /^(?:switch|unknown|either)$/.test(stmt.kind);
      gives ||= stmt.kind === 'return' && stmt.value !== undefined;
      if (stmt.kind !== 'decl') return;
      isMore ||= stmt.declaration.declarators.some(({ init }) => init && !isMade(init) && !isNumber(init));
    },
    expr: (expr) => {
      asks ||= expr.kind === 'name' && expr.name === 'EINTR';
      isMore ||= /^(?:update|statements|unknown)$/.test(expr.kind) || (expr.kind === 'call' && !isMade(expr));
      if (expr.kind !== 'assign') return;
      const name = expr.op === '=' && expr.target.kind === 'name' ? expr.target.name : undefined;
      isMore ||= name !== 'errno' && (name === undefined || !isMade(expr.value));
    },
  });
  if (!repeats || !asks || !gives || isMore) return undefined;
  const { made, handsOn, givesResult } = makingOf(definition, (name) => callOf(name) !== undefined);
  const call = made[0] && callOf(calledName(made[0]) ?? '');
  return call && handsOn && givesResult ? retryOf(call) : undefined;
}

/**
 * The call that a function makes with its own parameters, in their order, and that is all it does: `int shut(int fd) { return close(fd); }`.
 * Whoever calls the function makes that call.
 */
export function forwardedCall({ body, type }: FunctionDefinition, callOf: CallOf): Call | undefined {
  const [only, ...more] = body.kind === 'block' ? body.body : [];
  if (more.length > 0 || type.variadic) return undefined;
  // What drops the result drops it for all who call it: that is told here.
  const made = only?.kind === 'return' && only.value ? withoutCasts(only.value) : undefined;
  if (made?.kind !== 'call' || made.args.length !== type.params.length) return undefined;
  const handsOn = made.args.every((arg, index) => {
    const inner = withoutCasts(arg);
    return inner.kind === 'name' && inner.name === type.params[index]?.name;
  });
  return handsOn ? callOf(calledName(made) ?? '') : undefined;
}

type CallOf = (name: string) => Call | undefined;
