import { unwrap } from '../../analysis/operators';
import type { Expr, Stmt } from '../../c/ast';
import type { Rule, RuleContext } from '../rule';
import { leavesAtEnd } from '../shared/endings';
import { type Loop, loopAround } from '../shared/loops';
import { around, contains } from '../shared/statements';
import { callsIn, declaratorOf, type Use, usesOf } from '../shared/uses';
import { type FileCall, lastName, ownCalls, routineAt, threadCreation } from '../shared/whole-file';

export const sharedArgument: Rule = {
  meta: {
    id: 'thread/shared-argument',
    severity: 'warning',
    preset: 'recommended',
    title: 'All threads of a loop get the address of one variable',
    explanation:
      'A thread begins some time after pthread_create has returned. When the loop has stored the next value by then, the thread reads that one: some threads get the same connection or number, and others none.',
    silence:
      'Variables that keep one value for all threads, and loops that wait for each thread in some way before they go on.',
    references: [{ page: 'pthread_create', section: 3 }],
    example: {
      bad: `#include <pthread.h>
#include <stdio.h>

static void *work(void *arg) {
  printf("worker %d\\n", *(int *)arg);
  return NULL;
}

int start(pthread_t *threads, int count) {
  for (int i = 0; i < count; i++) {
    if (pthread_create(&threads[i], NULL, work, &i) != 0)
      return -1;
  }
  return 0;
}
`,
      good: `#include <pthread.h>
#include <stdint.h>
#include <stdio.h>

static void *work(void *arg) {
  printf("worker %d\\n", (int)(intptr_t)arg);
  return NULL;
}

int start(pthread_t *threads, int count) {
  for (int i = 0; i < count; i++) {
    if (pthread_create(&threads[i], NULL, work, (void *)(intptr_t)i) != 0)
      return -1;
  }
  return 0;
}
`,
    },
  },
  check: (context) => ({
    end() {
      for (const create of ownCalls(context, threadCreation)) judge(create, context);
    },
  }),
};

function judge({ name, expr }: FileCall, context: RuleContext): void {
  const { scope } = context;
  const at = routineAt(name) ?? 0;
  const [routine, given] = expr.args.slice(at, at + 2);
  const address = given && unwrap(given);
  const loop = loopAround(scope.definition, expr);
  if (!routine || !given || !loop || address?.kind !== 'unary' || address.op !== '&') {
    return;
  }
  const variable = address.operand.kind === 'name' ? address.operand.name : undefined;
  const isLocal = variable !== undefined && scope.typeOf(variable) !== undefined;
  if (!isLocal || variable === undefined || waitsFor(loop, context) || isLast(expr, loop, context)) {
    return;
  }
  const changes = changed(variable, expr, loop, context);
  if (!changes || !reads(routine, changes.field, context)) {
    return;
  }
  context.report({
    span: given,
    message: `Every thread of this loop gets the address of the same \`${variable}\`, and the loop may store the next value there before a thread has read its own, so threads work with that of another. Give each thread memory of its own, such as an element of an array, or the number itself as \`(void *)(intptr_t)\`.`,
    related: [{ span: changes.at, message: 'What all of them look at is stored here' }],
  });
}

/** The loop has a way to wait until the thread has what it needs. */
function waitsFor(loop: Loop, { scope }: RuleContext): boolean {
  const waiting = /join|wait|barrier|sleep|yield|sem_|lock|(?<!th)read|recv/i;
  return callsIn(scope.definition, waiting).some((call) => {
    const called = call.callee.kind === 'name' ? call.callee.name : '';
    return contains(loop, call) && !/^pthread_(?:create|detach|attr)/i.test(called);
  });
}

/** Behind the call the loop is left: there is one thread only. */
function isLast(call: Expr, loop: Loop, context: RuleContext): boolean {
  const blocks = around(context.scope.definition, call).filter(
    (stmt) => stmt.kind === 'block' && contains(loop, stmt),
  );
  return blocks.some((block) => leavesAtEnd(block, context));
}

/** Where each round stores something else in the variable, be it in a member of it. */
function changed(
  name: string,
  call: Expr,
  loop: Loop,
  { scope }: RuleContext,
): { at: Expr | Stmt; field?: string } | undefined {
  for (const use of usesOf(scope.definition, name)) {
    if (!contains(loop, use.expr) || contains(call, use.expr)) continue;
    const found = storedAt(use);
    if (found) return found;
  }
  const declared = declaratorOf(scope, name);
  return declared && contains(loop, declared.stmt) && declared.declarator.init
    ? { at: declared.stmt }
    : undefined;
}

function storedAt({ expr, around: [outer, next] }: Use): { at: Expr; field?: string } | undefined {
  const member = outer?.kind === 'member' && outer.object === expr ? outer : undefined;
  const [place, by] = member ? [member, next] : [expr, outer];
  const field = member ? { field: member.field } : {};
  if (by?.kind === 'assign' && by.target === place && (!member || by.op === '=')) return { at: by, ...field };
  return by?.kind === 'update' && !member ? { at: by } : undefined;
}

/** The thread function looks at what it is given, and at the member where it is one. */
function reads(routine: Expr, field: string | undefined, context: RuleContext): boolean {
  const callee = context.functionNamed(lastName(routine) ?? '');
  const [param] = callee?.definition.type.params ?? [];
  if (!callee || !param?.name || usesOf(callee.definition, param.name).length === 0) {
    return false;
  }
  const text = context.code({ ...callee.definition.body, within: callee.definition });
  return field === undefined || new RegExp(`(?:->|\\.)\\s*${field}\\b`).test(text);
}
