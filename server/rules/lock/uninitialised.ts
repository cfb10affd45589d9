import { unwrap } from '../../analysis/operators';
import { isRelevant } from '../../analysis/relevance';
import { FileIndex } from '../../analysis/survey';
import { type CType, type Expr, type ExprOf, type FunctionDefinition, walkStmt } from '../../c/ast';
import type { Rule, RuleContext } from '../rule';
import { type FileCall, isProgram, lastName } from '../shared/whole-file';
import {
  holdsLocks,
  isCopiedInto,
  isFilledHere,
  isKnownHere,
  isOfFile,
  type Memory,
  made,
  memoryIn,
} from './memory';
import { allocates, callsUsing, isSame, kindOf, kinds, mentions, objectIn, onlyUses } from './objects';

export const uninitialised: Rule = {
  meta: {
    id: 'lock/uninitialised',
    severity: 'error',
    preset: 'recommended',
    title: 'A mutex, condition variable or semaphore is used that nobody has initialised',
    explanation:
      'What lies in memory by chance is no unlocked mutex: threads wait for ever for an owner that does not exist, or several come in at once. Where the memory is all zeros, Linux happens to take it for a mutex or a semaphore of 0, and for no barrier at all.',
    silence:
      'Objects of which the file does anything but use them, such as handing their address to a function of its own, structures that other files know and may fill, and mapped memory that another program may have made ready.',
    references: [
      { page: 'pthread_mutex_init', section: 3 },
      { page: 'pthread_cond_init', section: 3 },
      { page: 'sem_init', section: 3 },
    ],
    example: {
      bad: `#include <pthread.h>
#include <stdlib.h>

struct counter {
  pthread_mutex_t lock;
  long value;
};

struct counter *counter_new(void) {
  struct counter *counter = malloc(sizeof(*counter));
  if (counter)
    counter->value = 0;
  return counter;
}

void counter_add(struct counter *counter, long n) {
  pthread_mutex_lock(&counter->lock);
  counter->value += n;
  pthread_mutex_unlock(&counter->lock);
}
`,
      good: `#include <pthread.h>
#include <stdlib.h>

struct counter {
  pthread_mutex_t lock;
  long value;
};

struct counter *counter_new(void) {
  struct counter *counter = malloc(sizeof(*counter));
  if (!counter)
    return NULL;
  counter->value = 0;
  if (pthread_mutex_init(&counter->lock, NULL) != 0) {
    free(counter);
    return NULL;
  }
  return counter;
}

void counter_add(struct counter *counter, long n) {
  pthread_mutex_lock(&counter->lock);
  counter->value += n;
  pthread_mutex_unlock(&counter->lock);
}
`,
    },
  },
  check: (context) => ({
    end() {
      checkVariables(context);
      for (const memory of memoryIn(context.scope)) checkMemory(memory, context);
      checkUnseen(context);
      checkArrays(context);
    },
  }),
};

/* ------------------------------------------------------------------------- single variables */

/** Variables that this function is the first to use: its own, or those of the file. */
function checkVariables(context: RuleContext): void {
  const { scope } = context;
  const seen = new Set<string>();
  for (const { expr } of callsUsing(context)) {
    for (const arg of expr.args) {
      const object = objectIn(arg);
      if (object.kind !== 'name' || seen.has(object.name)) continue;
      seen.add(object.name);
      if (scope.typeOf(object.name)) checkLocal(object.name, expr, context);
      else checkGlobal(object.name, expr, context);
    }
  }
}

function checkLocal(name: string, first: ExprOf<'call'>, context: RuleContext): void {
  const { definition } = context.scope;
  const declared = declaredIn(definition, name);
  const kind = declared && kindOf(declared.type);
  if (!declared || declared.isStatic || kind === undefined) return;
  const own = context.ask(mentions, name).filter(({ within }) => within === definition);
  if (declared.init || own.some(({ how }) => how === 'other')) return;
  tell({ name, kind, at: first, zeros: false }, context);
}

interface Declared {
  type: CType;
  init?: Expr;
  isStatic: boolean;
}

function declaredIn(definition: FunctionDefinition, name: string): Declared | undefined {
  const found: Declared[] = [];
  walkStmt(definition.body, {
    stmt: (stmt) => {
      if (stmt.kind !== 'decl') return;
      const isStatic = stmt.declaration.storage.some((word) => word === 'static' || word === 'extern');
      for (const { name: other, type, init } of stmt.declaration.declarators) {
        if (other === name) found.push({ type, isStatic, ...(init ? { init } : {}) });
      }
    },
  });
  return found.length === 1 ? found[0] : undefined;
}

function checkGlobal(name: string, first: ExprOf<'call'>, context: RuleContext): void {
  const { symbols } = context.scope.file;
  const type = symbols.globals.get(name);
  const kind = type && kindOf(type);
  const isOwn = symbols.isStatic(name) || isProgram(context);
  const isExtern = (symbols.qualities.get(name) ?? []).includes('extern');
  if (kind === undefined || !isOwn || isExtern || symbols.initialisers.has(name)) return;
  const uses = onlyUses(name, undefined, context);
  if (uses[0]?.call?.expr !== first) return;
  tell({ name, kind, at: first, zeros: true }, context);
}

function checkMemory(memory: Memory, context: RuleContext): void {
  const { scope } = context;
  const owner = scope.evaluator.types.resolve(memory.type);
  if (!holdsLocks(owner) || isCopiedInto(memory, context) || !isFilledHere(memory, owner, context)) return;
  for (const { name, type } of owner.members ?? []) {
    const kind = kindOf(type);
    if (name === undefined || kind === undefined) continue;
    const [use] = onlyUses(name, owner, context);
    if (!use?.call || !isKnownHere(memory, owner, context)) continue;
    const { at, zeros, mapping } = memory;
    tell({ name, kind, at, zeros, isMapped: mapping !== undefined, of: memory.name, use: use.call }, context);
    return;
  }
}

/** What a function makes that does nothing else of interest, and so is not looked at, is told where this function first uses it. */
function checkUnseen(context: RuleContext): void {
  const { scope } = context;
  const seen = new Set<string>();
  for (const { expr } of callsUsing(context)) {
    const object = expr.args[0] && objectIn(expr.args[0]);
    if (object?.kind !== 'member' || seen.has(object.field)) continue;
    seen.add(object.field);
    const type = scope.resolvedTypeOf(object.object);
    const owner = type?.k === 'pointer' ? scope.evaluator.types.resolve(type.to) : type;
    const kind = owner?.k === 'struct' ? kindOfMember(owner, object.field) : undefined;
    if (!owner || kind === undefined || onlyUses(object.field, owner, context)[0]?.call?.expr !== expr)
      continue;
    const memory = context
      .ask(made, 'memory')
      .find(
        (one) =>
          isSame(scope.evaluator.types.resolve(one.type), owner) &&
          one.within !== scope.definition &&
          !isRelevant(one.within, scope.file) &&
          !isCopiedInto(one, context) &&
          isFilledHere(one, owner, context) &&
          isKnownHere(one, owner, context),
      );
    const name = context.source(object);
    if (memory)
      tell({ name, kind, at: expr, zeros: memory.zeros, isMapped: memory.mapping !== undefined }, context);
  }
}

function kindOfMember(owner: Extract<CType, { k: 'struct' }>, field: string): string | undefined {
  const member = owner.members?.find(({ name }) => name === field);
  return member && kindOf(member.type);
}

/* ------------------------------------------------------------------------------ arrays of them */

/** Memory for so many of them. */
interface ArrayMade {
  target: Expr;
  kind: string;
  maker: string;
  within: FunctionDefinition;
}

const arraysMade = new FileIndex((within, file) => {
  const scope = file.scopeOf(within);
  const found: [string, ArrayMade][] = [];
  walkStmt(within.body, {
    expr: (expr) => {
      const maker = expr.kind === 'assign' && expr.op === '=' ? allocates(unwrap(expr.value)) : undefined;
      if (expr.kind !== 'assign' || maker === undefined) return;
      const type = scope.resolvedTypeOf(expr.target);
      const kind = type?.k === 'pointer' ? kindOf(type.to) : undefined;
      if (kind !== undefined) found.push(['array', { target: expr.target, kind, maker, within }]);
    },
  });
  return found;
});

/** They are used as they come from the allocation; told there, or at the first use where the function that allocates is not looked at. */
function checkArrays(context: RuleContext): void {
  const { definition, file } = context.scope;
  for (const array of context.ask(arraysMade, 'array')) {
    const { target, kind, maker, within } = array;
    const isHere = within === definition;
    const name = lastName(target);
    if (name === undefined || (!isHere && isRelevant(within, file))) continue;
    const [use] = usesOfArray(array, name, context);
    const zeros = /calloc|zalloc|new0/i.test(maker);
    if (isHere && use?.call) tell({ name, kind, at: target, zeros, use: use.call }, context);
    else if (use?.call?.within === definition) tell({ name, kind, at: use.call.expr, zeros }, context);
  }
}

function usesOfArray(
  { target, within }: ArrayMade,
  name: string,
  context: RuleContext,
): ReturnType<typeof onlyUses> {
  const { file } = context.scope;
  const scope = file.scopeOf(within);
  const holder = target.kind === 'member' ? scope.resolvedTypeOf(target.object) : undefined;
  const owner = holder?.k === 'pointer' ? scope.evaluator.types.resolve(holder.to) : holder;
  const isKnown = owner
    ? isOfFile(owner, context) || isProgram(context)
    : target.kind === 'name' && !scope.typeOf(name) && (file.symbols.isStatic(name) || isProgram(context));
  return isKnown ? onlyUses(name, owner, context) : [];
}

/* --------------------------------------------------------------------------------- telling */

interface Found {
  name: string;
  kind: string;
  at: { start: number; end: number };
  /** The memory is zero, which Linux takes for a mutex or a condition variable. */
  zeros: boolean;
  /** Processes share the memory. */
  isMapped?: boolean;
  /** The structure that it is in, and where it is used. */
  of?: string;
  use?: FileCall;
}

function tell({ name, kind, at, zeros, isMapped = false, of, use }: Found, context: RuleContext): void {
  const { name: what, maker } = kinds[kind]!;
  const isPlain = zeros && !isMapped && /mutex|cond|rwlock|spin|mtx|cnd/.test(kind);
  // What works on Linux is worth a word only where all of the program is here.
  if (zeros && (isPlain || !of) && !isProgram(context)) return;
  const severity = isPlain ? 'information' : zeros && !isMapped && kind === 'sem_t' ? 'warning' : 'error';
  const happens = isMapped
    ? 'is all zeros, so it is not one that processes share: who waits is woken by nobody in another process'
    : !zeros
      ? `holds what lies in memory by chance, so threads may wait on it for ever or come in together`
      : isPlain
        ? 'is all zeros, which works on Linux by chance only'
        : kind === 'sem_t'
          ? 'is all zeros, so whoever waits first waits for a post, by chance rather than by what the program says'
          : 'is all zeros, so nobody waits for anybody';
  const static_ =
    /mutex|cond|rwlock/.test(kind) && /^\w+$/.test(name) && !of && !use
      ? ` or \`${maker.replace('_init', '').toUpperCase()}_INITIALIZER\``
      : '';
  context.report({
    span: at,
    severity,
    message: `Nobody initialises the ${what} \`${name}\`${of ? ` of \`${of}\`` : ''}: it ${happens}. Initialise it with \`${maker}\`${static_} before anybody uses it.`,
    ...(use
      ? {
          related: [
            {
              span: { start: use.expr.start, end: use.expr.end, within: use.within },
              message: 'It is used here',
            },
          ],
        }
      : {}),
  });
}
