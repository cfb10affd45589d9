import { calls as catalogued } from '../../catalog';
import { wrappedCallOf } from '../analysis/call-chain';
import type { FileContext, FunctionScope } from '../analysis/context';
import type { Location } from '../analysis/path';
import { type Expr, type ExprOf, type FunctionDefinition, type Span, walkStmt } from '../c/ast';
import { calledName } from '../c/cfg';
import type { RuleContext } from './rule';

/** What a file says anywhere, in whatever function: for rules that judge a function by what the others do. */

export interface FileCall {
  /** What is called; for a mere wrapper of a call, the name of that call. */
  name: string;
  expr: ExprOf<'call'>;
  within: FunctionDefinition;
}

interface FileCode {
  functions: readonly FunctionDefinition[];
  calls: FileCall[];
  /** Functions of other files that it calls, whose text is at hand. */
  wrappers: string[];
  /** Answers by question: they are asked at every call of a walk. */
  found: Map<string, FileCall[]>;
  mentioned: Map<string, boolean>;
}

const cache = new WeakMap<FileContext, FileCode>();

const ownCache = new WeakMap<FunctionDefinition, FileCall[]>();

function codeOf(context: RuleContext): FileCode {
  const { scope } = context;
  const { symbols } = scope.file;
  let code = cache.get(scope.file);
  if (!code) {
    const functions = symbols.definitions;
    const calls = functions.flatMap((definition) => [...callsMadeIn(definition, context)]);
    const renamed = new Set(functions.flatMap((definition) => [...namesOf(definition)]));
    const wrappers = [...renamed].filter(
      (name) => !symbols.function(name)?.definition && context.functionNamed(name),
    );
    code = { functions, calls, wrappers, found: new Map(), mentioned: new Map() };
    cache.set(scope.file, code);
  }
  // Whoever asks depends on them, although the answer is there.
  for (const name of code.wrappers) context.functionNamed(name);
  context.dependsOnFile();
  return code;
}

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

const madeCache = new WeakMap<FunctionScope, readonly FileCall[]>();

/** The same, under the names of the calls that wrappers make. */
function callsMadeIn(within: FunctionDefinition, context: RuleContext): readonly FileCall[] {
  const scope = context.scope.file.scopeOf(within);
  let made = madeCache.get(scope);
  if (made) {
    for (const name of namesOf(within)) context.functionNamed(name);
  } else {
    made = callsOf(within).map((call) => ({ ...call, name: nameMade(call.name, scope, context) }));
    madeCache.set(scope, made);
  }
  return made;
}

const namesOf = (within: FunctionDefinition) => new Set(callsOf(within).map(({ name }) => name));

/** The name of the call that a call of this name makes, be it through a wrapper. The program's own `sem_wait` is not the library's. */
export function nameMade(name: string, scope: FunctionScope, context: RuleContext): string {
  const call = scope.call(name);
  const callee = call || scope.typeOf(name) ? undefined : context.functionNamed(name);
  const wrapped = callee && wrappedCallOf(callee);
  return (
    call?.name ?? (wrapped && calledName(wrapped)) ?? (callee && catalogued.has(name) ? `own ${name}` : name)
  );
}

/** The functions that the file defines, those of other builds too. */
export function functionsOf(context: RuleContext): readonly FunctionDefinition[] {
  return codeOf(context).functions;
}

/** Something about a file as a whole that is found once, however often walks ask for it. Who asks depends on the file. */
export function fileFact<T>(
  find: (functions: readonly FunctionDefinition[], context: RuleContext) => T,
): (context: RuleContext) => T {
  const known = new WeakMap<FileContext, { fact: T }>();
  return (context) => {
    const functions = functionsOf(context);
    let entry = known.get(context.scope.file);
    if (!entry) {
      entry = { fact: find(functions, context) };
      known.set(context.scope.file, entry);
    }
    return entry.fact;
  };
}

/** Every call in the file whose name passes the test. */
export function fileCalls(context: RuleContext, test: RegExp): readonly FileCall[] {
  const { calls, found } = codeOf(context);
  const key = String(test);
  let answer = found.get(key);
  if (!answer) {
    answer = calls.filter(({ name }) => test.test(name));
    found.set(key, answer);
  }
  return answer;
}

/** The calls of one function alone whose name passes the test. */
export function ownCalls(context: RuleContext, test: RegExp): FileCall[] {
  return callsMadeIn(context.scope.definition, context).filter(({ name }) => test.test(name));
}

/** The file calls such a function, or has a macro that may. */
export function fileMentions(context: RuleContext, test: RegExp): boolean {
  const { mentioned } = codeOf(context);
  const key = String(test);
  let answer = mentioned.get(key);
  if (answer === undefined) {
    const macros = [...context.scope.file.symbols.macros.values()];
    answer = fileCalls(context, test).length > 0 || macros.some(({ body }) => mentions(body, test));
    mentioned.set(key, answer);
  }
  return answer;
}

function mentions(body: string, test: RegExp): boolean {
  return (body.match(/\w+(?=\s*\()/g) ?? []).some((name) => test.test(name));
}

/** All of the program is likely to be in this file. */
export function isProgram(context: RuleContext): boolean {
  return functionsOf(context).some(({ name }) => name === 'main');
}

/** The text of an expression without white space. */
export function textOf(expr: Span, within: FunctionDefinition, context: RuleContext): string {
  const place: Location = { start: expr.start, end: expr.end, within };
  return context.source(place).replace(/\s+/g, '');
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

/** The functions that the file starts as threads. */
export function threadStarts(context: RuleContext): Set<string> {
  const names = new Set<string>();
  for (const { name, expr } of fileCalls(context, /^(?:[pP]thread|thrd)_create$/)) {
    const routine = expr.args[name === 'thrd_create' ? 1 : 2];
    const found = routine && lastName(routine);
    if (found !== undefined) names.add(found);
  }
  return names;
}
