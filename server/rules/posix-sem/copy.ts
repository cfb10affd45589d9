import type { CallEvent } from '../../analysis/events';
import { type CType, type Expr, walkStmt } from '../../c/ast';
import type { Rule, RuleContext } from '../rule';
import { excerpt, spotOf } from '../support';

/** Objects that are known by their address. */
const objects: Record<string, string> = {
  sem_t: 'semaphore',
  pthread_mutex_t: 'mutex',
  pthread_cond_t: 'condition variable',
  mtx_t: 'mutex',
  cnd_t: 'condition variable',
  pthread_rwlock_t: 'read-write lock',
  pthread_barrier_t: 'barrier',
};

export const copy: Rule = {
  meta: {
    id: 'posix-sem/copy',
    severity: 'error',
    preset: 'recommended',
    title: 'A semaphore, mutex or condition variable is copied',
    explanation:
      'These objects are known by their address. Waiting on a copy, posting to it or destroying it is undefined: who waits on the original is never woken, and two processes that lock two copies do not exclude each other.',
    silence: 'Structures that hold such an object, and functions whose declaration is not at hand.',
    references: [
      { page: 'sem_init', section: 3 },
      { page: 'pthread_mutex_init', section: 3 },
    ],
    example: {
      bad: `#include <semaphore.h>

static int enter(sem_t gate) {
  return sem_wait(&gate);
}

int work(sem_t *gate) {
  return enter(*gate);
}
`,
      good: `#include <semaphore.h>

static int enter(sem_t *gate) {
  return sem_wait(gate);
}

int work(sem_t *gate) {
  return enter(gate);
}
`,
    },
  },
  check: () => ({
    store({ target, value, at, expr }, context) {
      const kind = expr.kind === 'assign' && expr.op !== '=' ? undefined : objectAt(value.expr, context);
      if (kind !== undefined && typeOf(target, context) === kind) {
        context.report({
          span: at,
          message: `This copies a ${objects[kind]} (\`${kind}\`), and what the copy does has nothing to do with \`${excerpt(context, value.expr)}\`. Keep a pointer to the one object instead.`,
        });
      }
    },
    call(event, context) {
      const params = event.site
        ? undefined
        : context.scope.file.symbols.function(event.name)?.definition?.type.params;
      event.args.forEach(({ expr }, index) => {
        tellOfInside(event, index, context);
        const kind = params?.[index] && nameOf(params[index].type);
        if (kind === undefined || !objects[kind] || objectAt(expr, context) !== kind) return;
        context.report({
          span: spotOf(event, expr),
          message: `\`${event.name}\` gets a copy of the ${objects[kind]} \`${excerpt(context, expr)}\`, so what it does there nobody else sees. Let it take the address: \`${kind} *\`.`,
        });
      });
    },
  }),
};

/** A structure given by value whose lock the function then uses. */
function tellOfInside(event: CallEvent, index: number, context: RuleContext): void {
  const callee = event.site ? undefined : context.functionNamed(event.name);
  const param = callee?.definition.type.params[index];
  const type = param && callee.evaluator.types.resolve(param.type);
  const expr = event.args[index]?.expr;
  if (!callee || !expr || param?.name === undefined || type?.k !== 'struct') {
    return;
  }
  const used = new Set<string>();
  walkStmt(callee.definition.body, {
    expr: (inner) => {
      const object = inner.kind === 'unary' && inner.op === '&' ? inner.operand : undefined;
      if (object?.kind === 'member' && !object.arrow && object.object.kind === 'name') {
        if (object.object.name === param.name) used.add(object.field);
      }
    },
  });
  const member = type.members?.find(
    ({ name, type: of }) => name !== undefined && used.has(name) && objects[nameOf(of) ?? ''],
  );
  if (member) {
    context.report({
      span: spotOf(event, expr),
      message: `\`${event.name}\` gets a copy of \`${excerpt(context, expr)}\`, and of the ${objects[nameOf(member.type) ?? '']} \`${member.name}\` in it, so what it does there nobody else sees. Let it take the address of the structure.`,
    });
  }
}

/** The kind of object that an expression names, when it names one and does not make one. */
function objectAt(expr: Expr, context: RuleContext): string | undefined {
  const names = expr.kind === 'name' || expr.kind === 'member' || expr.kind === 'index';
  const follows = expr.kind === 'unary' && expr.op === '*';
  const isVariable =
    expr.kind !== 'name' ||
    context.scope.typeOf(expr.name) !== undefined ||
    context.scope.file.symbols.global(expr.name) !== undefined;
  const kind = (names && isVariable) || follows ? typeOf(expr, context) : undefined;
  return kind !== undefined && objects[kind] ? kind : undefined;
}

function typeOf(expr: Expr, context: RuleContext): string | undefined {
  const type = context.scope.evaluator.typeOf(expr, context.scope);
  return type && nameOf(type);
}

function nameOf(type: CType): string | undefined {
  return type.k === 'named' ? type.name : undefined;
}
