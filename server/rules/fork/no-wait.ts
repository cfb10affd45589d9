import type { CallEvent } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import { FileIndex } from '../../analysis/survey';
import type { CallSite } from '../../analysis/values';
import { type Expr, type FunctionDefinition, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { targetOf } from '../shared/dropped';
import { isLastActOfMain } from '../shared/last-act';
import { isServing, loopAround } from '../shared/loops';
import { contains, isStatement, statementOf } from '../shared/statements';
import { callsIn, declaratorOf, type Use, usesOf, variableIn } from '../shared/uses';
import {
  fileCalls,
  fileMakes,
  fileMentions,
  fileNames,
  isAllRead,
  isProgram,
  ownCalls,
} from '../shared/whole-file';

export const noWait: Rule = {
  meta: {
    id: 'fork/no-wait',
    severity: 'information',
    preset: 'recommended',
    title: 'Children are never waited for, while their parent goes on making them',
    explanation:
      'A child that has ended stays as a zombie until its parent asks for its status. A server that never asks fills the table of processes, until fork fails with EAGAIN.',
    silence:
      'Programs that wait for any child or deal with SIGCHLD anywhere in the file, call something that may, or end by themselves.',
    references: [
      { page: 'wait', section: 2 },
      { page: 'signal', section: 7 },
    ],
    example: {
      bad: `#include <sys/socket.h>
#include <unistd.h>

void serve(int listener, void (*answer)(int)) {
  for (;;) {
    int client = accept(listener, NULL, NULL);
    if (client == -1)
      continue;
    pid_t pid = fork();
    if (pid == 0) {
      answer(client);
      _exit(0);
    }
    if (pid == -1)
      break;
    close(client);
  }
}
`,
      good: `#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

void serve(int listener, void (*answer)(int)) {
  if (signal(SIGCHLD, SIG_IGN) == SIG_ERR)
    return;
  for (;;) {
    int client = accept(listener, NULL, NULL);
    if (client == -1)
      continue;
    pid_t pid = fork();
    if (pid == 0) {
      answer(client);
      _exit(0);
    }
    if (pid == -1)
      break;
    close(client);
  }
}
`,
    },
  },
  check(own) {
    const forgotten = new Map<CallSite, CallEvent>();
    const comesBack = new Set<CallSite>();
    return {
      pathEnd({ how, path, inMain }) {
        const { kind, fork } = path.role;
        if (how === 'return' && !inMain && kind === 'parent' && fork) comesBack.add(fork);
      },
      end() {
        for (const [site, { at }] of forgotten) {
          if (!comesBack.has(site) || isLastActOfMain(own)) continue;
          own.report({
            span: at,
            message: `\`${own.scope.definition.name}\` comes back without waiting for this child, and nobody else knows its number: it stays as a zombie when it ends. Wait for it with \`waitpid\`, or ignore SIGCHLD.`,
          });
        }
      },
      call(event, context) {
        if (event.name !== 'fork' || !event.site || isStatement(context.scope.definition, event.expr)) return;
        if (context.scope.definition === own.scope.definition && isForgotten(event, own)) {
          forgotten.set(event.site, event);
          return;
        }
        const loop = loopAround(context.scope.definition, event.expr);
        const requests = ownCalls(context, /^(?:accept4?|recv\w*|read|getline|fgets|mq_receive|msgrcv)$/);
        const serves = requests.some(
          ({ expr }) => loop && contains(loop, expr) && expr.start < event.expr.start,
        );
        if (!loop || !serves || !isServing(loop, context) || endsChildrenElsewhere(context)) return;
        context.report({
          span: event.at,
          message:
            'This loop makes children for ever, and nothing in the file waits for them: each stays as a zombie when it ends, until `fork` fails with EAGAIN. Reap them with `waitpid(-1, NULL, WNOHANG)` in a loop, or ignore SIGCHLD.',
        });
      },
    };
  },
};

/** The number of the child is asked for 0 and -1 and then lost, in a file that waits for each child by its number, if at all. */
function isForgotten({ expr }: CallEvent, context: RuleContext): boolean {
  const { definition } = context.scope;
  const target = targetOf(definition, expr);
  if (target?.kind !== 'name' || !declaratorOf(context.scope, target.name)) return false;
  if (loopAround(definition, expr) || callsIn(definition, waiting).length > 0) return false;
  if (!usesOf(definition, target.name).every((use) => isAsked(use, definition))) return false;
  const waits = fileCalls(context, waiting);
  const each = waits.every(
    ({ name, expr: call }) =>
      /^wait(?:pid|4)$/.test(name) && call.args[0]?.kind !== 'unary' && call.args[0]?.kind !== 'number',
  );
  return each && (waits.length > 0 || isProgram(context)) && !namesSigchld(context) && isAllRead(context);
}

/** The number is set or looked at, and goes nowhere. */
function isAsked({ expr, around: [outer] }: Use, definition: FunctionDefinition): boolean {
  if (!outer) return /^(?:if|switch|while)$/.test(statementOf(definition, expr).kind);
  if (outer.kind === 'assign') return outer.target === expr;
  return (
    outer.kind === 'logical' ||
    (outer.kind === 'binary' && /^[=!<>]=?$/.test(outer.op)) ||
    (outer.kind === 'unary' && outer.op === '!')
  );
}

function endsChildrenElsewhere(context: RuleContext): boolean {
  const waits = fileCalls(context, waiting).some(
    ({ within }) => within.name === 'main' || isUsed(within, context),
  );
  return (
    waits ||
    (fileMentions(context, waiting) && !fileMakes(context, waiting)) ||
    namesSigchld(context) ||
    !isAllRead(context)
  );
}

const waiting = /wait|reap|sigchld|daemon/i;

/** Some function of the file names it, or those of another file may. */
function isUsed({ name, storage, type }: FunctionDefinition, context: RuleContext): boolean {
  // A handler that nobody installs waits for nothing.
  const isHandler = type.params.length === 1 || type.params.length === 3;
  const looksLikeHandler = storage.includes('static') || (isProgram(context) && isHandler);
  return !looksLikeHandler || context.ask(handedOver, name).length > 0;
}

function namesSigchld(context: RuleContext): boolean {
  return (
    fileNames(context, /^(?:SIGCLD|SA_NOCLDWAIT|PR_SET_CHILD_SUBREAPER)$/) ||
    context.ask(minded, 'SIGCHLD').length > 0
  );
}

/** Functions that do something about the signal. To give it its default action is to do nothing. */
const minded = new FileIndex(function* ({ body }): Generator<[string, true]> {
  const idle = new Set<Expr>();
  let minds = false;
  walkStmt(body, {
    expr: (expr) => {
      const [signal, action] = calledName(expr) === 'signal' && expr.kind === 'call' ? expr.args : [];
      if (signal && action?.kind === 'name' && action.name === 'SIG_DFL') idle.add(signal);
      minds ||= expr.kind === 'name' && expr.name === 'SIGCHLD' && !idle.has(expr);
    },
    stmt: (stmt) => {
      minds ||= stmt.kind === 'case' && stmt.value?.kind === 'name' && stmt.value.name === 'SIGCHLD';
    },
  });
  if (minds) yield ['SIGCHLD', true];
});

/** Calls that only prepare an action. */
const filling = /^(?:mem\w+|bzero|sig(?:empty|fill|add|del)\w*)$/;

/** Functions whose address goes anywhere but into a local action that no call is given. */
const handedOver = new FileIndex(function* ({ body }): Generator<[string, true]> {
  const given = new Set<string>();
  const stored = new Map<Expr, string>();
  const found = new Set<string>();
  const called = new Set<Expr>();
  walkStmt(body, {
    expr: (expr) => {
      if (expr.kind !== 'call') return;
      called.add(expr.callee);
      if (filling.test(calledName(expr) ?? '')) return;
      for (const arg of expr.args) given.add(variableIn(arg) ?? '');
    },
  });
  walkStmt(body, {
    expr: (expr) => {
      const action = expr.kind === 'assign' && expr.target.kind === 'member' ? expr.target : undefined;
      if (
        expr.kind === 'assign' &&
        action &&
        !action.arrow &&
        /^sa_(?:handler|sigaction)$/.test(action.field)
      )
        stored.set(unwrap(expr.value), variableIn(action) ?? '');
      if (expr.kind !== 'name') return;
      const into = stored.get(expr);
      if (called.has(expr) || into === undefined || given.has(into)) found.add(expr.name);
    },
  });
  for (const name of found) yield [name, true];
});
