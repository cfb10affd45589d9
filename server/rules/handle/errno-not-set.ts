import { type Expr, type ExprOf, type Stmt, someExprIn, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { Result, resultName } from '../shared/loops';
import { isErrno, tellsErrno } from '../shared/reporting';
import { around, statementBehind } from '../shared/statements';
import { callsOf } from '../shared/whole-file';

export const errnoNotSet: Rule = {
  meta: {
    id: 'handle/errno-not-set',
    severity: 'warning',
    preset: 'recommended',
    title: '`errno` is read after a call that returns its error number instead',
    explanation:
      'The functions of threads, and posix_spawn, posix_fallocate and their like, return what went wrong and leave errno as it was. What is read there tells of some earlier call, often "Success", and a test of it takes the wrong way.',
    silence:
      'The result stored in errno, branches in which another call comes first, and texts that conditional compilation takes apart.',
    references: [
      { page: 'pthread_create', section: 3 },
      { page: 'errno', section: 3 },
    ],
    example: {
      bad: `#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

void *work(void *arg);

void start(pthread_t *thread) {
  if (pthread_create(thread, NULL, work, NULL) != 0) {
    perror("pthread_create");
    exit(EXIT_FAILURE);
  }
}
`,
      good: `#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *work(void *arg);

void start(pthread_t *thread) {
  int failed = pthread_create(thread, NULL, work, NULL);
  if (failed != 0) {
    fprintf(stderr, "pthread_create: %s\\n", strerror(failed));
    exit(EXIT_FAILURE);
  }
}
`,
    },
  },
  check: (context) => ({
    end() {
      for (const { name, expr } of callsOf(context.scope.definition)) {
        const failure = context.scope.file.call(name)?.returns.failure;
        if (failure?.value !== 'error-number' || failure.reports !== 'return-value') continue;
        const use = readBehind(expr, context);
        if (!use) continue;
        context.report({
          span: use,
          ...(rarelyFails.test(name) ? { severity: 'information' as const } : {}),
          message: `\`${name}\` returns its error number and leaves \`errno\` alone, so what is read here tells of some earlier call. Use what \`${name}\` returns instead.`,
          related: [{ span: expr, message: `\`${name}\` is called here` }],
        });
      }
    },
  }),
};

/** Only wrong use makes these fail, which is a fault of its own. */
const rarelyFails =
  /^pthread_(?:(?:mutex|spin)_(?:lock|unlock|destroy)|rwlock_(?:rdlock|wrlock|unlock|destroy)|cond_(?:signal|broadcast|destroy))$/;

/** Where errno is read as the word of a call: in its test behind it, or as the first thing in the branch of its failure. */
function readBehind(call: ExprOf<'call'>, context: RuleContext): Expr | undefined {
  const { definition } = context.scope;
  const stmt = around(definition, call).at(-1);
  const direct = stmt?.kind === 'if' && stmt.test.start <= call.start && call.end <= stmt.test.end;
  const test = direct ? stmt : statementBehind(definition, call);
  const name = resultName(definition, call);
  if (test?.kind !== 'if' || (!direct && name === undefined) || isElsewhere(call, test, direct, context)) {
    return undefined;
  }
  const result = new Result(call, name, context);
  const failed = result.holds(test.test, 22n);
  const branch = failed ? test.consequent : failed === false ? test.alternative : undefined;
  // `pthread_mutex_trylock(&m) != 0 && errno == EBUSY`
  if (failed === undefined) return firstRead(test, call.end, test.test.end, context);
  return branch && result.holds(test.test, 0n) !== failed
    ? firstRead(branch, branch.start, branch.end, context)
    : undefined;
}

/** Other calls decide as well, errno gets the result, or conditional compilation does. */
function isElsewhere(
  call: Expr,
  test: Stmt & { kind: 'if' },
  direct: boolean,
  context: RuleContext,
): boolean {
  const stores = (expr: Expr) => expr.kind === 'assign' && isErrno(expr.target);
  return (
    someExprIn(test, (expr) => stores(expr)) ||
    (!direct && someExprIn(around(context.scope.definition, call).at(-1) ?? test, stores)) ||
    someExprIn(test, (expr) => expr.kind === 'call' && expr !== call && expr.end <= test.test.end) ||
    /^\s*#/m.test(context.source(test))
  );
}

/** The first thing between two places, when it is a use of errno and not a call that may set it. */
function firstRead(within: Stmt, from: number, to: number, context: RuleContext): Expr | undefined {
  const found: Expr[] = [];
  walkStmt(within, {
    expr: (expr) => {
      const counts = expr.kind === 'call' || isErrno(expr);
      if (counts && expr.start >= from && expr.end <= to) found.push(expr);
    },
  });
  // Of a call and its arguments the arguments come first.
  found.sort((a, b) => a.end - b.end);
  const first = found.find((expr) => !quiet.test(calledName(expr) ?? '') || expr.kind === 'name');
  if (!first) return undefined;
  const reads = first.kind === 'name' ? isErrno(first) : tellsErrno(calledName(first));
  return reads && !isOfProgram(calledName(first) ?? '', context) ? first : undefined;
}

/** A function of the program, or a macro that says nothing of errno, as `#define warn(...) log_message(LOG_WARNING, __VA_ARGS__)`. */
function isOfProgram(name: string, context: RuleContext): boolean {
  const macro = context.scope.file.symbols.macro(name);
  if (macro) return !/\berrno\b|perror|%m|\bv?(?:warn|err)\s*\(/.test(macro.body);
  return context.functionNamed(name) !== undefined;
}

/** Calls that leave errno alone and say nothing of it. */
const quiet = /^(?:free|str(?:len|cpy|cmp|error)|mem(?:set|cpy)|pthread_(?!create)\w+|__errno_location)$/;
