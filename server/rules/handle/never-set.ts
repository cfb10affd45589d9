import { unwrap } from '../../analysis/operators';
import type { CType, Expr, ExprOf } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { isNeverSet } from '../shared/liveness';
import { callsIn, declaratorOf, isMeasured, type Use, usesOf, variableIn } from '../shared/uses';
import { tellPastCount } from './past-count';

export const neverSet: Rule = {
  meta: {
    id: 'handle/never-set',
    severity: 'error',
    preset: 'recommended',
    title: 'A handle is used before anything has been stored in it',
    explanation:
      'A local variable holds whatever lay on the stack until something is stored in it. A descriptor, an identifier or the number of a process that is used before then is any number: the call fails with EBADF, ESRCH or EINVAL, or it closes, reads or ends something else. The same goes for the element behind the last one that a loop has filled.',
    silence:
      'Variables that one way to the call sets, that a macro may set, or that are declared with a value, and calls that are not about IPC.',
    references: [
      { page: 'close', section: 2 },
      { page: 'pipe', section: 2 },
      { page: 'pthread_join', section: 3 },
    ],
    example: {
      bad: `#include <unistd.h>

int ask(char *answer) {
  int fd[2];
  pid_t child = fork();
  if (child == 0) {
    close(fd[0]);
    _exit(write(fd[1], "y", 1) != 1);
  }
  if (child == -1 || pipe(fd) == -1)
    return -1;
  close(fd[1]);
  return (int)read(fd[0], answer, 1);
}
`,
      good: `#include <unistd.h>

int ask(char *answer) {
  int fd[2];
  if (pipe(fd) == -1)
    return -1;
  pid_t child = fork();
  if (child == -1)
    return -1;
  if (child == 0) {
    close(fd[0]);
    _exit(write(fd[1], "y", 1) != 1);
  }
  close(fd[1]);
  return (int)read(fd[0], answer, 1);
}
`,
    },
  },
  check: (context) => ({
    end() {
      const { scope } = context;
      if (scope.definition.broken) return;
      tellPastCount(context);
      const told = new Set<string>();
      for (const call of callsIn(scope.definition, /./)) {
        for (const arg of scope.call(calledName(call) ?? '') ? call.args : []) {
          const name = handleIn(arg, context);
          if (name === undefined || told.has(name) || !isUnset(arg, name, context)) continue;
          told.add(name);
          report(call, arg, name, context);
        }
      }
    },
  }),
};

/** The local variable whose value a call gets, or one of whose elements. */
function handleIn(arg: Expr, { scope }: RuleContext): string | undefined {
  const inner = unwrap(arg);
  const name = inner.kind === 'name' || inner.kind === 'index' ? variableIn(inner) : undefined;
  const found = name === undefined || scope.ambiguous.has(name) ? undefined : declaratorOf(scope, name);
  if (!found || found.declarator.init || found.storage.length > 0) return undefined;
  const type = scope.evaluator.types.resolve(found.declarator.type);
  const isElement = inner.kind === 'index';
  const element = isElement && type.k === 'array' ? scope.evaluator.types.resolve(type.of) : type;
  return isElement === (type.k === 'array') && isPlain(element) ? name : undefined;
}

function isPlain({ k }: CType): boolean {
  return k === 'int' || k === 'pointer' || k === 'named';
}

/** Everything that stores in the variable stands behind the use in the text, and no loop leads back. */
function isUnset(arg: Expr, name: string, context: RuleContext): boolean {
  const { scope } = context;
  const uses = usesOf(scope.definition, name).filter((use) => !isMeasured(use));
  const stores = uses.filter((use) => mayStore(use, context)).map(({ expr }) => expr);
  const use = uses.find(({ expr, around }) => expr === arg || around.includes(arg))?.expr;
  return (
    use !== undefined &&
    stores.every(({ start }) => start > use.end) &&
    !isNamedByMacro(name, context) &&
    isNeverSet(use, name, new Set(stores), context)
  );
}

/** Assigned, or given away by its address, as an array is by its name; what no function is may be a macro that does so. */
function mayStore({ expr, around }: Use, { scope }: RuleContext): boolean {
  // A part of it: an element, or a member of a structure or union.
  const isElement = around[0]?.kind === 'index' && around[0].array === expr;
  const isMember = around[0]?.kind === 'member' && !around[0].arrow && around[0].object === expr;
  const isPart = isElement || isMember;
  const place = isPart ? around[0]! : expr;
  const outer = around[isPart ? 1 : 0];
  const isArray = scope.resolvedTypeOf(expr)?.k === 'array';
  return (
    (isArray && !isElement) ||
    (outer?.kind === 'assign' && outer.target === place) ||
    outer?.kind === 'update' ||
    (outer?.kind === 'unary' && outer.op === '&') ||
    around.some((part) => part.kind === 'call' && !isFunction(part, scope.file.symbols, scope))
  );
}

function isFunction(
  call: ExprOf<'call'>,
  symbols: RuleContext['scope']['file']['symbols'],
  scope: RuleContext['scope'],
): boolean {
  const name = calledName(call);
  if (name === undefined) return true;
  return !symbols.macro(name) && (scope.call(name) !== undefined || symbols.function(name) !== undefined);
}

/** `NEXT_CLIENT;`, whose text has the variable in it. */
function isNamedByMacro(name: string, { scope: { file } }: RuleContext): boolean {
  const word = new RegExp(`\\b${name}\\b`);
  return [...file.symbols.macros.values()].some(
    ({ body, params }) => !params?.includes(name) && word.test(body),
  );
}

function report(call: ExprOf<'call'>, arg: Expr, name: string, context: RuleContext): void {
  const { scope } = context;
  const next = usesOf(scope.definition, name).find(
    (use) => mayStore(use, context) && use.expr.start > arg.end,
  );
  const text = context.source(arg);
  const until = next
    ? ` before anything has been stored in \`${name}\``
    : `, and nothing is ever stored in \`${name}\``;
  context.report({
    span: arg,
    message: `\`${calledName(call)}\` gets \`${text}\` here${until}: it is whatever lay on the stack, so the call fails or acts on something else. ${next ? `Move what stores in \`${name}\` in front of it` : `Store in \`${name}\` first`}.`,
    related: next ? [{ span: next.expr, message: 'It is stored only here' }] : [],
  });
}
