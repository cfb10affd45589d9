import { calls as catalogued } from '../../../catalog';
import { wrappedName } from '../../analysis/call-chain';
import type { FunctionScope } from '../../analysis/context';
import type { Location } from '../../analysis/path';
import { FileIndex, type Selector, surveyOf } from '../../analysis/survey';
import {
  type Expr,
  type ExprOf,
  type FunctionDefinition,
  type MacroItem,
  parameterIndex,
  walkStmt,
} from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Caller, RuleContext } from '../rule';

/** What a file says anywhere, in whatever function: for rules that judge a function by what the others do. */

export interface FileCall {
  /** What is called; for a mere wrapper of a call, the name of that call. */
  name: string;
  expr: ExprOf<'call'>;
  within: FunctionDefinition;
}

const ownCache = new WeakMap<FunctionDefinition, FileCall[]>();

/** Every call that stands in a function, under the name that stands there. */
export function callsOf(within: FunctionDefinition): readonly FileCall[] {
  const known = ownCache.get(within);
  if (known) {
    return known;
  }
  const found: FileCall[] = [];
  ownCache.set(within, found);
  walkStmt(within.body, {
    expr: (expr) => {
      const name = calledName(expr);
      if (name !== undefined && expr.kind === 'call') found.push({ name, expr, within });
    },
  });
  return found;
}

/** The name of the call that a call of this name makes, be it through a wrapper or a macro. The program's own `sem_wait` is not the library's. */
export function nameMade(name: string, scope: FunctionScope): string {
  const macro = scope.typeOf(name) ? undefined : scope.file.symbols.macro(name);
  const meant = macro && callOfMacro(macro);
  if (meant !== undefined) return meant;
  const call = scope.call(name);
  const callee = call || scope.typeOf(name) ? undefined : scope.file.callee(name);
  const own = callee && catalogued.has(name) ? `own ${name}` : name;
  return call?.name ?? (callee && wrappedName(callee)) ?? own;
}

/** The call by which a caller led the walk on, as it stands in the caller's text. */
export function callOfCaller({ scope, call }: Caller): FileCall | undefined {
  return callsOf(scope.definition).find(({ expr }) => expr.start === call.start);
}

const callsOfMacros = new WeakMap<MacroItem, { name: string | undefined }>();

/** The one call that a macro makes of just what it is given: `#define Lock(m) assert(pthread_mutex_lock(m) == 0)`. */
function callOfMacro(macro: MacroItem): string | undefined {
  let known = callsOfMacros.get(macro);
  if (!known) {
    known = { name: findCall(macro) };
    callsOfMacros.set(macro, known);
  }
  return known.name;
}

function findCall({ params, body }: MacroItem): string | undefined {
  if (!params) return catalogued.has(body.trim()) ? body.trim() : undefined;
  const all = [...body.matchAll(/\b([A-Za-z_]\w*) ?\(([\w(), ]*)/g)];
  // What becomes of a failure is another matter.
  const made = all.filter(([, name = '']) => catalogued.has(name) && !/^(?:_?exit|abort|perror)$/.test(name));
  const [only] = made;
  const given = only?.[2]?.match(/\w+/g) ?? [];
  const isAlike = params.every((param, index) => given[index] === param);
  return made.length === 1 && params.length > 0 && isAlike ? only?.[1] : undefined;
}

/** The same calls, under the names of the calls that wrappers make. */
const callsMade = new FileIndex<FileCall>((within, file) => {
  const scope = file.scopeOf(within);
  return callsOf(within).map((call) => {
    const name = nameMade(call.name, scope);
    return [name, { ...call, name }];
  });
});

/** Every call under the name that stands there. */
const callsWritten = new FileIndex<FileCall>((within) => callsOf(within).map((call) => [call.name, call]));

/** Names of calls, as they stand there and as wrappers make them. */
const called = new FileIndex(function* (within, file): Generator<[string, true]> {
  const scope = file.scopeOf(within);
  const names = new Set(
    callsOf(within).flatMap(({ name }) => {
      const made = nameMade(name, scope);
      return made === `own ${name}` ? [made] : [name, made];
    }),
  );
  for (const name of names) yield [name, true];
});

/** Names that stand in a function, be they of variables, functions or constants, and those that its macros stand for. */
const named = new FileIndex(function* ({ body }, { symbols }): Generator<[string, true]> {
  const names = new Set<string>();
  walkStmt(body, {
    expr: (expr) => {
      if (expr.kind === 'name') names.add(expr.name);
    },
    stmt: (stmt) => {
      if (stmt.kind === 'case' && stmt.value?.kind === 'name') names.add(stmt.value.name);
    },
  });
  // What is added on the way is visited, too: a macro may stand for another one.
  for (const name of names) {
    const macro = symbols.macro(name);
    for (const meant of macro?.body.match(/\b[A-Za-z_]\w*/g) ?? []) names.add(meant);
  }
  for (const name of names) yield [name, true];
});

/** The functions that the file defines, those of other builds too. Who asks depends on all of their text: `ask` is better. */
export function functionsOf(context: RuleContext): readonly FunctionDefinition[] {
  context.dependsOnFile();
  return context.scope.file.symbols.definitions;
}

/** Every call in the file whose name passes the test. */
export function fileCalls(context: RuleContext, names: Selector): readonly FileCall[] {
  return context.ask(callsMade, names);
}

/** Every call in the file of the function of this name, also where it does no more than a call of the library. */
export function callsTo(context: RuleContext, name: string): readonly FileCall[] {
  return context.ask(callsWritten, name);
}

/** Whether the file makes such a call anywhere: cheaper to depend on than the calls. */
export function fileMakes(context: RuleContext, names: Selector): boolean {
  return context.ask(called, names).length > 0;
}

/** Whether such a name stands in a function of the file. */
export function fileNames(context: RuleContext, names: Selector): boolean {
  return context.ask(named, names).length > 0;
}

/** Functions that could not be read as a whole: what stands in them, or behind them, may be missing from every answer here. */
const unread = new FileIndex(function* ({ broken }): Generator<[string, true]> {
  if (broken) yield ['unread', true];
});

/** Whether all of the file could be read: else nothing can be said of what it does not do. */
export function isAllRead(context: RuleContext): boolean {
  return context.ask(unread, 'unread').length === 0;
}

/** The calls of one function alone whose name passes the test. */
export function ownCalls(context: RuleContext, test: RegExp): FileCall[] {
  const { file, definition } = context.scope;
  return surveyOf(file)
    .of(callsMade, definition, file)
    .flatMap(([name, call]) => (test.test(name) ? [call] : []));
}

/** The file calls such a function, or has a macro that may. */
export function fileMentions(context: RuleContext, test: RegExp): boolean {
  const macros = [...context.scope.file.symbols.macros.values()];
  return fileMakes(context, test) || macros.some(({ body }) => mentions(body, test));
}

function mentions(body: string, test: RegExp): boolean {
  return (body.match(/\w+(?=\s*\()/g) ?? []).some((name) => test.test(name));
}

/** All of the program is likely to be in this file. */
export function isProgram({ scope }: RuleContext): boolean {
  return scope.file.symbols.functions.get('main')?.definition !== undefined;
}

/** The text of an expression without white space. */
export function textOf(expr: Expr, within: FunctionDefinition, context: RuleContext): string {
  const place: Location = { start: expr.start, end: expr.end, within };
  return context.source(place).replace(/\s+/g, '') || written(expr);
}

/** How a plain expression is written, where the text is not at hand: that of a function in a header. */
function written(expr: Expr): string {
  switch (expr.kind) {
    case 'name':
      return expr.name;
    case 'number':
      return expr.text;
    case 'member':
      return `${written(expr.object)}${expr.arrow ? '->' : '.'}${expr.field}`;
    case 'index':
      return `${written(expr.array)}[${written(expr.index)}]`;
    case 'unary':
      return `${expr.op}${written(expr.operand)}`;
    case 'cast':
      return written(expr.value);
    default:
      return '';
  }
}

/** The last name of an expression: `lock` for `&table->lock`, `gates` for `gates[i]`. */
export function lastName(expr: Expr): string | undefined {
  switch (expr.kind) {
    case 'name':
      return expr.name;
    case 'member':
      return expr.field;
    case 'index':
      return lastName(expr.array);
    case 'unary':
      return lastName(expr.operand);
    case 'cast':
      return lastName(expr.value);
    case 'binary':
      return lastName(expr.left);
    default:
      return undefined;
  }
}

/** The calls that start a thread, by hand or by a wrapper of the field's books. */
export const threadCreation = /^(?:[pP]thread|thrd)_create$/;

/** Where a call that starts a thread is given its routine; the argument of that stands behind it. */
export function routineAt(name: string): number | undefined {
  if (!threadCreation.test(name)) return undefined;
  return name === 'thrd_create' ? 1 : 2;
}

/** The routine that a call of `pthread_create` or `thrd_create` starts. */
export function routineOf({ name, expr }: Pick<FileCall, 'name' | 'expr'>): Expr | undefined {
  const at = routineAt(name);
  return at === undefined ? undefined : expr.args[at];
}

/** The calls of the file that start a thread. */
export function threadCreations(context: RuleContext): readonly FileCall[] {
  return fileCalls(context, threadCreation);
}

/** The functions that run as threads: those that the file starts, by functions of its own too that hand them on, and those that SIGEV_THREAD does. */
export function threadStarts(context: RuleContext): Set<string> {
  const names = new Set<string>();
  const add = (
    calls: readonly FileCall[],
    routineIn: (call: FileCall) => Expr | undefined,
    depth: number,
  ) => {
    for (const call of calls) {
      const { within } = call;
      const routine = routineIn(call);
      const found = routine && lastName(routine);
      if (found === undefined) continue;
      const param = parameterIndex(within.type.params, found);
      if (param < 0) names.add(found);
      else if (depth < 2) add(callsTo(context, within.name), ({ expr }) => expr.args[param], depth + 1);
    }
  };
  add(threadCreations(context), routineOf, 0);
  for (const name of context.ask(notified, 'by thread')) names.add(name);
  return names;
}

/** sigevent(7): what is stored there runs in a thread of its own, as SIGEV_THREAD asks for. */
const notified = new FileIndex(function* ({ body }): Generator<[string, string]> {
  const found: string[] = [];
  walkStmt(body, {
    expr: (expr) => {
      if (expr.kind !== 'assign' || expr.target.kind !== 'member') return;
      const name = expr.target.field === 'sigev_notify_function' ? lastName(expr.value) : undefined;
      if (name !== undefined) found.push(name);
    },
  });
  for (const name of found) yield ['by thread', name];
});
