import type { CallEvent } from '../../analysis/events';
import type { Location } from '../../analysis/path';
import { type CType, type Expr, type FunctionDefinition, walkStmt } from '../../c/ast';
import type { Rule, RuleContext } from '../rule';
import { excerpt, spotOf } from '../shared/support';

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
      if (kind === undefined) tellOfCopied(target, value.expr, at, context);
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
  const used = membersUsed(callee.definition, param.name);
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

/** A structure is copied into a variable of this function, which then uses the lock in the copy. */
function tellOfCopied(target: Expr, value: Expr, at: Location, context: RuleContext): void {
  const { evaluator, definition } = context.scope;
  const isCopy =
    (value.kind === 'unary' && value.op === '*') || value.kind === 'index' || value.kind === 'member';
  const name = target.kind === 'name' && context.scope.typeOf(target.name) ? target.name : undefined;
  const type = name === undefined || !isCopy ? undefined : evaluator.typeOf(target, context.scope);
  const struct = type && evaluator.types.resolve(type);
  if (name === undefined || struct?.k !== 'struct') {
    return;
  }
  const used = membersUsed(definition, name);
  const member = struct.members?.find(
    (each) => each.name !== undefined && used.has(each.name) && objects[nameOf(each.type) ?? ''],
  );
  if (member) {
    context.report({
      span: at,
      message: `This copies \`${excerpt(context, value)}\` with the ${objects[nameOf(member.type) ?? '']} \`${member.name}\` in it, and what is done with \`${name}.${member.name}\` nobody else sees. Keep a pointer to the one structure.`,
    });
  }
}

/** Members of a structure whose address the function hands on: `gate` in `sem_wait(&box.gate)`. */
function membersUsed({ body }: FunctionDefinition, name: string): Set<string> {
  const used = new Set<string>();
  walkStmt(body, {
    expr: (inner) => {
      const object = inner.kind === 'unary' && inner.op === '&' ? inner.operand : undefined;
      if (object?.kind === 'member' && !object.arrow && object.object.kind === 'name') {
        if (object.object.name === name) used.add(object.field);
      }
    },
  });
  return used;
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
