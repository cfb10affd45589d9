import type { CallEvent } from '../../analysis/events';
import { type Expr, type FunctionDefinition, parameterIndex } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { certainBits, sharingIn } from '../shared/support';
import { callOfCaller, fileMakes, textOf } from '../shared/whole-file';
import { sourcesOf } from '../subjects/semaphores';

export const psharedPrivate: Rule = {
  meta: {
    id: 'posix-sem/pshared-private',
    severity: 'error',
    preset: 'recommended',
    title: 'A semaphore for several processes lies in memory that each has for itself',
    explanation:
      'With pshared 1 a semaphore works between processes only where they share the memory that holds it. A variable, or memory from malloc, is copied by fork: each process then waits and posts on a semaphore of its own.',
    silence: 'Programs that do not fork, and memory whose origin is not in sight.',
    references: [
      { page: 'sem_init', section: 3 },
      { page: 'sem_overview', section: 7 },
    ],
    example: {
      bad: `#include <semaphore.h>
#include <unistd.h>

static sem_t done;

int main(void) {
  if (sem_init(&done, 1, 0) == -1)
    return 1;
  switch (fork()) {
  case -1:
    return 1;
  case 0:
    sem_post(&done);
    _exit(0);
  default:
    return sem_wait(&done) == -1;
  }
}
`,
      good: `#include <semaphore.h>
#include <sys/mman.h>
#include <unistd.h>

int main(void) {
  sem_t *done = mmap(NULL, sizeof(sem_t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (done == MAP_FAILED || sem_init(done, 1, 0) == -1)
    return 1;
  switch (fork()) {
  case -1:
    return 1;
  case 0:
    sem_post(done);
    _exit(0);
  default:
    return sem_wait(done) == -1;
  }
}
`,
    },
  },
  check: (root) => ({
    call(event, context) {
      const [semaphore, pshared] = initialises(event, context) ? event.args : [];
      if (!pshared || !semaphore || !pshared.value.constant) return;
      const given = givenAt(semaphore.expr, context);
      if (given.context.scope === context.scope && event.at.start !== event.expr.start) return;
      const { definition } = given.context.scope;
      const memory = privateMemory(given.expr, definition, given.context);
      if (!memory || !fileMakes(root, /^(?:[fF]ork|_Fork)$/)) return;
      const name = textOf(given.expr, definition, given.context).replace(/^&/, '');
      const place = { ...given.expr, within: definition };
      context.report({
        span: memory.mapped ? { ...memory.mapped, within: definition } : place,
        message: `\`${name}\` lies in ${memory.where}, of which each process has a copy after fork, so a post in one process wakes nobody in another. Put it into memory mapped with MAP_SHARED, or into a shared memory segment.`,
        ...(memory.mapped ? { related: [{ span: place, message: 'The semaphore is made here' }] } : {}),
      });
    },
  }),
};

/** The call itself, or the one of a function that only wraps it: where it is made tells what memory it is given. */
function initialises({ name, site, into }: CallEvent, context: RuleContext): boolean {
  return (site && name === 'sem_init') || (into === true && name === 'Sem_init' && !context.scope.call(name));
}

/** A helper that makes semaphores is handed their addresses: what its caller writes there. */
function givenAt(expr: Expr, context: RuleContext): { expr: Expr; context: RuleContext } {
  let at = { expr, context };
  for (const caller of context.callers()) {
    const { params } = at.context.scope.definition.type;
    const arg = callOfCaller(caller)?.expr.args[parameterIndex(params, pointerIn(at.expr))];
    if (!arg) return at;
    at = { expr: arg, context: context.in(caller.scope) };
  }
  return at;
}

/** `sem`, and `shared` of `&shared->lock`: the pointer by which a semaphore is reached. */
function pointerIn(expr: Expr): string | undefined {
  if (expr.kind === 'name') return expr.name;
  const member = expr.kind === 'unary' && expr.op === '&' ? expr.operand : undefined;
  return member?.kind === 'member' && member.arrow && member.object.kind === 'name'
    ? member.object.name
    : undefined;
}

/** Memory of which each process has its own: what it is in words, and where it is mapped. */
interface PrivateMemory {
  where: string;
  mapped?: Expr;
}

/** The private memory that an address certainly leads to. */
function privateMemory(
  expr: Expr,
  within: FunctionDefinition,
  context: RuleContext,
): PrivateMemory | undefined {
  const scope = context.scope.file.scopeOf(within);
  if (expr.kind === 'cast') {
    return privateMemory(expr.value, within, context);
  }
  const object = expr.kind === 'unary' && expr.op === '&' ? expr.operand : undefined;
  const base = baseOf(object ?? expr);
  if (!base) {
    return undefined;
  }
  const type = scope.resolvedTypeOf(base);
  const isLocal = scope.typeOf(base.name) !== undefined;
  if (type?.k !== 'pointer') {
    return object && (type?.k === 'struct' || type?.k === 'array' || isSemaphore(base, within, context))
      ? { where: `the ${isLocal ? 'local' : 'global'} variable \`${base.name}\`` }
      : undefined;
  }
  const sources = sourcesOf(base.name, within, isLocal ? undefined : context).filter(
    ({ expr: source }) => source.kind !== 'null',
  );
  const kinds = sources.map((source) => memoryFrom(source, within, context));
  return kinds.length > 0 && kinds.every((kind) => kind !== undefined) ? kinds[0] : undefined;
}

function isSemaphore(expr: Expr, within: FunctionDefinition, context: RuleContext): boolean {
  const scope = context.scope.file.scopeOf(within);
  const type = scope.evaluator.typeOf(expr, scope);
  return type?.k === 'named' && type.name === 'sem_t';
}

/** The variable through which an object is reached without following more than one pointer. */
function baseOf(expr: Expr): Extract<Expr, { kind: 'name' }> | undefined {
  switch (expr.kind) {
    case 'name':
      return expr;
    case 'member':
      return baseOf(expr.object);
    case 'index':
      return baseOf(expr.array);
    case 'cast':
      return baseOf(expr.value);
    default:
      return undefined;
  }
}

/** The C library's, and what wraps them by custom. */
const allocators = /^(?:x|X|my_|safe_|check(?:ed)?_|s|emalloc_)?[mMcCzZ]alloc$/;

function memoryFrom(
  { expr: source, within }: { expr: Expr; within: FunctionDefinition },
  asking: FunctionDefinition,
  context: RuleContext,
): PrivateMemory | undefined {
  const call = source.kind === 'cast' ? source.value : source;
  const name = calledName(call);
  if (name !== undefined && allocators.test(name)) {
    return { where: `memory from \`${name}\`` };
  }
  if (name !== 'mmap' || call.kind !== 'call' || !call.args[3]) {
    return undefined;
  }
  const bits = certainBits(call.args[3], context);
  if (sharingIn(bits) !== 'private') return undefined;
  return { where: 'a private mapping', ...(within === asking ? { mapped: call.args[3] } : {}) };
}
