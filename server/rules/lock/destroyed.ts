import { changedBy, unwrap } from '../../analysis/operators';
import {
  type Expr,
  type FunctionDefinition,
  parameterIndex,
  type Span,
  someExprIn,
  someStmtIn,
  walkStmt,
} from '../../c/ast';
import type { Rule, RuleContext } from '../rule';
import { isLoop } from '../shared/loops';
import { arms, around, contains, labelNamed } from '../shared/statements';
import { Ways } from '../shared/ways';
import { type FileCall, fileMakes, ownCalls, textOf } from '../shared/whole-file';

const family = '(?:pthread_(?:mutex|rwlock|spin|cond|barrier)|sem)';
const destroying = new RegExp(`^${family}_destroy$`);
const making = new RegExp(`^${family}_init$`);
const using =
  /^(?:pthread_(?:mutex|rwlock|spin)_\w*(?:lock|rdlock|wrlock)|pthread_cond_(?:\w*wait|signal|broadcast)|pthread_barrier_wait|sem_(?:\w*wait|post|getvalue))$/;

export const destroyed: Rule = {
  meta: {
    id: 'lock/destroyed',
    severity: 'error',
    preset: 'recommended',
    title: 'A mutex, condition variable or semaphore is used after it has been destroyed',
    explanation:
      'What has been destroyed is no lock any more, and using it is undefined: the call fails, or takes what lies there for a lock. Destroying it a second time is such a use, and with some libraries it frees memory twice.',
    silence:
      'Objects that may have been made again or be others by then, uses under a test that does not stand around the first call as well, and calls tried again because they failed.',
    references: [
      { page: 'pthread_mutex_destroy', section: 3 },
      { page: 'pthread_cond_destroy', section: 3 },
      { page: 'sem_destroy', section: 3 },
    ],
    example: {
      bad: `#include <pthread.h>
#include <stdlib.h>

struct queue {
  pthread_mutex_t lock;
  void *items;
};

void queue_free(struct queue *queue) {
  pthread_mutex_destroy(&queue->lock);
  pthread_mutex_lock(&queue->lock);
  free(queue->items);
  pthread_mutex_unlock(&queue->lock);
  free(queue);
}
`,
      good: `#include <pthread.h>
#include <stdlib.h>

struct queue {
  pthread_mutex_t lock;
  void *items;
};

void queue_free(struct queue *queue) {
  pthread_mutex_lock(&queue->lock);
  free(queue->items);
  pthread_mutex_unlock(&queue->lock);
  pthread_mutex_destroy(&queue->lock);
  free(queue);
}
`,
    },
  },
  check: (context) => ({
    end() {
      if (!fileMakes(context, destroying)) return;
      const acts = actsOf(context);
      const gone = acts.filter(({ op }) => op === 'destroy');
      if (gone.length === 0) return;
      const ways = new Ways(
        context,
        ownCalls(context, /./).map(({ expr }) => expr),
      );
      for (const first of gone) {
        const next = acts.find((act) => isAfter(first, act, acts, ways, context));
        if (next) tell(first, next, context);
      }
    },
  }),
};

interface Act {
  op: 'make' | 'destroy' | 'use';
  /** The object as the function at hand writes it. */
  object: string;
  /** The call in this function. */
  call: Expr;
  name: string;
  /** Where it happens, when a function that is called does it. */
  inner?: FileCall;
}

/** What a function does to such objects, itself or in functions that it calls with them. */
function actsOf(context: RuleContext): Act[] {
  const { definition } = context.scope;
  return ownCalls(context, /./).flatMap((made) => {
    const [own] = direct(made, context);
    if (own) return [own, ...waitedWith(made, context)];
    const callee = context.scope.call(made.name) ? undefined : context.functionNamed(made.name);
    if (!callee || callee.definition === definition) return [];
    const inside = context.in(callee);
    return ownCalls(inside, new RegExp(`${destroying.source}|${making.source}`)).flatMap((inner) => {
      const [act] = direct(inner, inside);
      const object = act && outside(act.object, callee.definition, made, context);
      // What it does under a test it may leave undone.
      if (
        !act ||
        object === undefined ||
        (act.op === 'destroy' && arms(callee.definition, inner.expr).length > 0)
      )
        return [];
      return [{ ...act, object, call: made.expr, inner }];
    });
  });
}

function direct(made: FileCall, context: RuleContext): Act[] {
  const { name, expr, within } = made;
  const op = destroying.test(name)
    ? ('destroy' as const)
    : making.test(name)
      ? ('make' as const)
      : using.test(name)
        ? ('use' as const)
        : undefined;
  const [object] = expr.args;
  return op && object ? [{ op, object: objectOf(object, within, context), call: expr, name }] : [];
}

/** The mutex of a wait is used as well. */
function waitedWith({ name, expr, within }: FileCall, context: RuleContext): Act[] {
  const mutex = /^pthread_cond_\w*wait$/.test(name) ? expr.args[1] : undefined;
  return mutex ? [{ op: 'use', object: objectOf(mutex, within, context), call: expr, name }] : [];
}

function objectOf(expr: Expr, within: FunctionDefinition, context: RuleContext): string {
  const text = textOf(unwrap(expr), within, context);
  // `&(*p)` and `p` are one, and so are `&(q->m)` and `&q->m`.
  return text.startsWith('&') ? text.slice(1).replace(/^\((.*)\)$/, '$1') : `*${text}`;
}

/** The object of a function called by the name that its caller has for it; undefined where the caller has none. */
function outside(
  object: string,
  callee: FunctionDefinition,
  { expr, within }: FileCall,
  context: RuleContext,
): string | undefined {
  const [, star = '', root = '', rest = ''] = /^(\*?)(\w+)(.*)$/.exec(object) ?? [];
  const index = parameterIndex(callee.type.params, root);
  if (index < 0) {
    const isLocal = context.scope.file.scopeOf(callee).typeOf(root) !== undefined;
    return isLocal || context.scope.typeOf(root) ? undefined : object;
  }
  const arg = expr.args[index];
  if (!arg) return undefined;
  const given = objectOf(arg, within, context);
  const isPlain = /^\*?[\w.>[\]-]+$/.test(given) && !/\[/.test(rest);
  if (!isPlain) return undefined;
  if (star && rest === '') return given;
  if (!rest.startsWith('->')) return undefined;
  return given.startsWith('*') ? `${given.slice(1)}${rest}` : `${given}.${rest.slice(2)}`;
}

/** Control that has destroyed the object comes to this use of it, and it is the same object still. */
function isAfter(first: Act, next: Act, acts: readonly Act[], ways: Ways, context: RuleContext): boolean {
  const { definition } = context.scope;
  if (next.op === 'make' || next.object !== first.object || next.call.start <= first.call.start) return false;
  if (next.inner && next.op !== 'destroy') return false;
  const outer = arms(definition, first.call);
  const between = { start: goesOnAt(definition, first.call), end: next.call.start };
  return (
    arms(definition, next.call).every((arm) => outer.includes(arm)) &&
    !isTriedAgain(first, next, definition) &&
    !(outer.length > arms(definition, next.call).length && testsBetween(definition, between)) &&
    !mayChange(first, between, context) &&
    ways.leads(first.call.start, next.call.start, undoing(first, acts, context)) === true
  );
}

/** `while (pthread_mutex_destroy(&lock) == EBUSY)`, or a test of it that holds the other call. */
function isTriedAgain(first: Act, next: Act, definition: FunctionDefinition): boolean {
  const stmt = around(definition, first.call).at(-1);
  return stmt !== undefined && stmt.kind !== 'expr' && contains(stmt, next.call);
}

/** Where control goes on behind a call: where its branch jumps to a label, there. */
function goesOnAt(definition: FunctionDefinition, call: Expr): number {
  const arm = arms(definition, call).at(-1);
  const last = arm?.kind === 'block' ? arm.body.at(-1) : arm;
  const label = last?.kind === 'goto' ? labelNamed(last.name, definition) : undefined;
  return label && label.start > call.end ? label.start : call.end;
}

/** A test behind the first call may go together with the one around it. */
function testsBetween(definition: FunctionDefinition, between: Span): boolean {
  return someStmtIn(
    definition.body,
    (stmt) => (stmt.kind === 'if' || stmt.kind === 'switch') && contains(between, stmt),
  );
}

/** A variable by which the object is known gets another value, or the object itself does. */
function mayChange({ object, call }: Act, between: Span, context: RuleContext): boolean {
  const { definition } = context.scope;
  const names = new Set(object.match(/\b[A-Za-z_]\w*/g) ?? []);
  const loop = around(definition, call).find(isLoop);
  const where = loop ? { start: loop.start, end: Math.max(loop.end, between.end) } : between;
  const isInside = (expr: Span) => where.start <= expr.start && expr.start < where.end;
  const changes = (expr: Expr): boolean => {
    const target = changedBy(expr);
    return target !== undefined && isInside(expr) && someNameOf(target, names);
  };
  let declares = false;
  walkStmt(definition.body, {
    stmt: (stmt) => {
      if (stmt.kind === 'decl' && isInside(stmt))
        declares ||= stmt.declaration.declarators.some(({ name }) => name !== undefined && names.has(name));
    },
  });
  return declares || someExprIn(definition.body, changes);
}

function someNameOf(target: Expr, names: ReadonlySet<string>): boolean {
  const inner = unwrap(target);
  switch (inner.kind) {
    case 'name':
      return names.has(inner.name);
    case 'member':
      return names.has(inner.field);
    case 'index':
      return someNameOf(inner.array, names);
    case 'unary':
      return someNameOf(inner.operand, names);
    default:
      return true;
  }
}

/** Calls behind which it may be there again: those that make it, and those of the project or of others that get hold of it. */
function undoing(first: Act, acts: readonly Act[], context: RuleContext): Set<number> {
  const root = /\w+/.exec(first.object)?.[0] ?? '';
  const isGlobal = context.scope.typeOf(root) === undefined;
  const calls = ownCalls(context, /./).filter(({ name, expr }) => {
    const own = acts.filter(({ call }) => call === expr);
    if (own.length > 0) return own.some(({ op, object }) => op === 'make' && object === first.object);
    if (context.scope.call(name) || /^(?:free|f?printf|perror|puts|exit)$/.test(name)) return false;
    if (/init|create|reset|restart|reopen|new|setup|memset|memcpy/i.test(name)) return true;
    const callee = context.functionNamed(name);
    const isGiven = expr.args.some((arg) => textOf(arg, context.scope.definition, context).includes(root));
    return callee ? ownCalls(context.in(callee), making).length > 0 : isGiven && !isGlobal;
  });
  return new Set(calls.map(({ expr }) => expr.start));
}

function tell(first: Act, next: Act, context: RuleContext): void {
  const name = first.object.replace(/^\*/, '');
  const by = first.inner ? `, by \`${first.name}\` in \`${first.inner.within.name}\`` : '';
  const what =
    next.op === 'destroy'
      ? 'Destroying it again is undefined: destroy it once, in one place.'
      : `What this \`${next.name}\` finds there is no lock any more: destroy it when nobody needs it.`;
  context.report({
    span: next.call,
    message: `\`${name}\` has been destroyed already${by}. ${what}`,
    related: [{ span: first.call, message: 'It is destroyed here' }],
  });
}
