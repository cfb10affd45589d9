import { withoutCasts } from '../../analysis/operators';
import type { Expr, ExprOf, Span } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { fixOf } from '../shared/edits';
import { loopAround } from '../shared/loops';
import { contains } from '../shared/statements';
import { assignmentsTo, callsIn, declaratorOf, isMeasured, type Use, usesOf } from '../shared/uses';

const id = 'fork/exec-arguments';

export const execArguments: Rule = {
  meta: {
    id,
    severity: 'error',
    preset: 'recommended',
    title: 'The arguments of a new program have no end',
    explanation:
      'The list that `execl` and its like are given, and the array for `execv`, end with a null pointer. Without one the call goes on to read what happens to lie behind, and fails with EFAULT or starts the program with arguments that nobody wrote.',
    silence:
      'Arrays that another function fills or that are copied element by element from one that may have its end, elements that are tested, and arguments that are names of macros which are not at hand.',
    references: [{ page: 'exec', section: 3 }],
    example: {
      bad: `#include <stdio.h>
#include <unistd.h>

void list(const char *folder) {
  const char *const args[] = {"ls", "-l", folder};
  execv("/bin/ls", (char *const *)args);
  perror("/bin/ls");
}
`,
      good: `#include <stdio.h>
#include <unistd.h>

void list(const char *folder) {
  const char *const args[] = {"ls", "-l", folder, NULL};
  execv("/bin/ls", (char *const *)args);
  perror("/bin/ls");
}
`,
    },
  },
  check: (context) => ({
    end() {
      const { definition } = context.scope;
      for (const call of callsIn(definition, /^(?:execl|execlp|execle|execvp?e?|posix_spawnp?)$/)) {
        const name = calledName(call);
        if (name?.startsWith('execl')) checkList(name, call, context);
        else checkArray(call, call.args[name?.startsWith('exec') ? 1 : 4], context);
      }
    },
  }),
};

/* ------------------------------------------------------------------- lists */

function checkList(name: string, call: ExprOf<'call'>, context: RuleContext): void {
  const args = call.args.slice(1);
  if (args.length === 0 || args.some((arg) => mayBeNull(arg, context))) return;
  // The environment stands behind the end.
  const last = args.at(name === 'execle' ? -2 : -1) ?? args[0]!;
  context.report({
    span: call,
    message: `The arguments of \`${name}\` do not end with a null pointer: it takes whatever lies behind \`${context.source(last)}\` for further ones, and fails or starts the program with arguments that nobody wrote. Put \`(char *)NULL\` behind \`${context.source(last)}\`.`,
    ...fixOf(
      'End the arguments',
      call.use || last.use
        ? undefined
        : [{ span: { start: last.end, end: last.end }, text: ', (char *)NULL' }],
    ),
  });
}

/** A null pointer, or what is not known here: a macro without its text may be one. */
function mayBeNull(arg: Expr, context: RuleContext): boolean {
  const { scope } = context;
  const plain = withoutCasts(arg);
  switch (plain.kind) {
    case 'null':
    case 'unknown':
      return true;
    case 'conditional':
      return [plain.consequent, plain.alternative].some((one) => !one || mayBeNull(one, context));
    case 'name': {
      const isKnown = scope.typeOf(plain.name) !== undefined;
      return !isKnown || scope.evaluator.constant(plain, scope) === 0n;
    }
    default:
      return scope.evaluator.constant(plain, scope) === 0n;
  }
}

/* ------------------------------------------------------------------ arrays */

function checkArray(call: ExprOf<'call'>, arg: Expr | undefined, context: RuleContext): void {
  const { scope } = context;
  const array = arg && withoutCasts(arg);
  const found =
    array?.kind === 'name' && !scope.ambiguous.has(array.name) ? declaratorOf(scope, array.name) : undefined;
  if (array?.kind !== 'name' || !found || /\b(?:static|extern)\b/.test(found.storage.join(' '))) return;
  const { type, init } = found.declarator;
  const initial = type.k === 'array' && init?.kind === 'init' ? init : undefined;
  if (initial) {
    if (!isFilledUp(initial, type.k === 'array' ? type.length : undefined, context)) return;
  } else if (!(type.k === 'array' && !init) && !isAllocated(array.name, context)) return;
  const stores = storesIn(array.name, context);
  const last = stores?.at(-1);
  if (!stores || (!initial && !last) || stores.some((store) => mayEnd(store, context))) return;
  tell(call, array.name, last?.value ?? initial!.items.at(-1)!.value, context);
}

/** Values for all of the array, none of which is its end. */
function isFilledUp({ items }: ExprOf<'init'>, length: Expr | undefined, context: RuleContext): boolean {
  const size = length && context.scope.evaluator.constant(length, context.scope);
  return (
    items.length > 0 &&
    items.every(({ designators, value }) => designators.length === 0 && !mayBeNull(value, context)) &&
    (!length || size === BigInt(items.length))
  );
}

/** Memory of which nothing says that it is zero. */
function isAllocated(name: string, { scope }: RuleContext): boolean {
  const values = assignmentsTo(scope.definition, name).map(({ value }) => withoutCasts(value));
  return values.length > 0 && values.every((value) => /^x?malloc$/.test(calledName(value) ?? ''));
}

interface Store {
  index: Expr;
  value: Expr;
  at: Expr;
}

/** What is stored in the elements; undefined where the array is used in a way by which it may get an end otherwise. */
function storesIn(name: string, { scope }: RuleContext): Store[] | undefined {
  const stores: Store[] = [];
  for (const use of usesOf(scope.definition, name)) {
    const [element, outer] = use.around;
    if (isMeasured(use)) continue;
    if (element?.kind === 'index' && element.array === use.expr) {
      const isStore = outer?.kind === 'assign' && outer.target === element;
      if (isStore && use.around.length === 2)
        stores.push({ index: element.index, value: outer.value, at: outer });
      else if (isStore || !isOnlyRead(use, scope.evaluator.constant(element.index, scope))) return undefined;
    } else if (!isHandedOn(use)) return undefined;
  }
  return stores;
}

/** `argv[0]` as the name of the program, in whatever call. */
function isOnlyRead({ around: [, outer] }: Use, index: bigint | undefined): boolean {
  return index === 0n && outer?.kind === 'call';
}

/** The calls that start a program only read the array, and the others here have nothing to do with its elements. */
function isHandedOn({ expr, around: [outer, ...others] }: Use): boolean {
  const call = outer?.kind === 'cast' ? others[0] : outer;
  if (outer?.kind === 'assign') return outer.target === expr;
  if (outer?.kind === 'binary' || outer?.kind === 'unary') return outer.kind === 'binary' || outer.op === '!';
  return call?.kind === 'call' && /^(?:exec[lv]\w*|posix_spawnp?|free)$/.test(calledName(call) ?? '');
}

/** What is stored may be the null pointer at the end. */
function mayEnd({ index, value, at }: Store, context: RuleContext): boolean {
  const plain = withoutCasts(value);
  if (plain.kind === 'index') return !isCopyOfArguments(index, plain, at, context);
  if (plain.kind === 'name' && isWord(plain.name, at, context)) return true;
  const isCopied = plain.kind === 'unary' && plain.op === '*';
  return isCopied || isNext(plain) || plain.kind === 'assign' || mayBeNull(plain, context);
}

/** A variable that is the null pointer some time, and perhaps when it is stored: no loop that ends then has tested it just before. */
function isWord(name: string, at: Expr, context: RuleContext): boolean {
  const { definition } = context.scope;
  const values = assignmentsTo(definition, name);
  if (!values.some(({ value }) => isNext(withoutCasts(value)) || mayBeNull(value, context))) return false;
  const loop = loopAround(definition, at);
  const test = loop && loop.kind !== 'do' ? loop.test : undefined;
  const isTested = usesOf(definition, name).some(({ expr }) => test && contains(test, expr));
  const isChanged = values.some(
    (value) => loop && contains(loop.body, value.at) && value.at.start < at.start,
  );
  return !isTested || isChanged;
}

/** The next of several words, or the null pointer behind the last. */
function isNext(value: Expr): boolean {
  return /^(?:strtok(?:_r)?|strsep)$/.test(calledName(value) ?? '');
}

/** `args[i] = argv[i]` for all below `argc`: the end of `argv` stays behind. */
function isCopyOfArguments(to: Expr, value: ExprOf<'index'>, at: Expr, { scope }: RuleContext): boolean {
  const { definition, evaluator } = scope;
  const [count, vector] = definition.name === 'main' ? definition.type.params : [];
  const isVector = value.array.kind === 'name' && value.array.name === vector?.name;
  if (evaluator.constant(value.index, scope) !== undefined) return isVector;
  const loop = loopAround(definition, at);
  const test = loop?.kind === 'for' && contains(loop.body, to) ? loop.test : undefined;
  return (
    isVector &&
    value.index.kind === 'name' &&
    test?.kind === 'binary' &&
    test.op === '<' &&
    test.left.kind === 'name' &&
    test.left.name === value.index.name &&
    test.right.kind === 'name' &&
    test.right.name === count?.name
  );
}

function tell(call: ExprOf<'call'>, array: string, last: Span, context: RuleContext): void {
  context.report({
    span: call,
    message: `The array \`${array}\` has no null pointer behind its last element, so \`${calledName(call)}\` takes whatever lies there for further arguments: it fails with EFAULT, or the program gets arguments that nobody wrote. Store NULL behind the last argument.`,
    related: [{ span: last, message: 'This is the last argument' }],
  });
}
