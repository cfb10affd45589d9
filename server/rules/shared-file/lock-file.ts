import { rootName } from '../../analysis/aliasing';
import type { CallEvent } from '../../analysis/events';
import { exposedBy, unwrap } from '../../analysis/operators';
import {
  type Expr,
  type ExprOf,
  parameterIndex,
  someExprIn,
  someStmtIn,
  walkExpr,
  walkStmt,
} from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { leavesAtEnd } from '../shared/endings';
import { loopAround, resultName } from '../shared/loops';
import { around, contains } from '../shared/statements';
import { constantNamed, excerpt } from '../shared/support';
import { callsIn, variableIn } from '../shared/uses';
import { textOf } from '../shared/whole-file';

export const lockFile: Rule = {
  meta: {
    id: 'shared-file/lock-file',
    severity: 'warning',
    preset: 'recommended',
    title: 'A lock file is created without O_EXCL, so two processes can both believe they have it',
    explanation:
      'Between a test whether the file exists and its creation another process may do the same: both find nothing and both go on. Only open with O_CREAT and O_EXCL tests and creates in one step, and only then does it fail with EEXIST.',
    silence:
      'Files of which neither their names nor that of the function tell that they are locks, unless EEXIST is expected, and files that are locked with fcntl or flock afterwards.',
    references: [{ page: 'open', section: 2 }],
    example: {
      bad: `#include <fcntl.h>
#include <unistd.h>

#define LOCK "/run/example/lock"

int acquire(void) {
  if (access(LOCK, F_OK) == 0)
    return -1;
  return open(LOCK, O_CREAT | O_WRONLY, 0600);
}
`,
      good: `#include <fcntl.h>
#include <unistd.h>

#define LOCK "/run/example/lock"

int acquire(void) {
  return open(LOCK, O_CREAT | O_EXCL | O_WRONLY, 0600);
}
`,
    },
  },
  check: () => ({
    call(event, context) {
      if (!event.site || !creates(event) || locks(context)) return;
      if (event.name === 'open' && expectsEexist(event, context)) {
        context.report({
          span: event.at,
          message: `EEXIST is expected here, but without O_EXCL \`open\` never fails with it: every process opens the same file and believes that it made it. Add O_EXCL to O_CREAT.`,
          ...fixFor(event, context),
        });
        return;
      }
      const check = checkBefore(event, context);
      if (!check) return;
      context.report({
        span: event.at,
        message: `Another process may create \`${excerpt(context, event.args[0]!.expr)}\` between \`${calledName(check)}\` and this \`${event.name}\`, and then both believe that they hold the lock. Create it with \`open\` and O_CREAT | O_EXCL alone, and take EEXIST for "locked".`,
        related: [{ span: check, message: 'The test whether the file exists' }],
        ...(event.name === 'open' ? fixFor(event, context) : {}),
      });
    },
  }),
};

/** A call that creates the file or takes the one that is there. */
function creates(event: CallEvent): boolean {
  if (event.name === 'creat') return true;
  if (event.name === 'fopen') return /^[wa]/.test(event.args[1]?.value.text ?? '');
  const flags = event.name === 'open' ? event.args[1]?.value.constant : undefined;
  return (
    flags !== undefined &&
    (flags & constantNamed('O_CREAT')) !== 0n &&
    (flags & constantNamed('O_EXCL')) === 0n
  );
}

/** The function takes a lock on the file, or has another way to be the only one. */
function locks(context: RuleContext): boolean {
  return someExprIn(context.scope.definition.body, (expr) => {
    const name = calledName(expr) ?? '';
    return (
      /flock$|lockf|^(?:fcntl|link|symlink|rename|sem_wait|mkdir)$|(?:^|_)lock(?:_|$|[A-Z])/.test(name) ||
      (expr.kind === 'name' && /^(?:O_EXCL|F_(?:OFD_)?SETLKW?)$/.test(expr.name))
    );
  });
}

/** EEXIST is mentioned in the function, and no other call there can fail with it. Where it is one more kind of success, nobody believes to be the first. */
function expectsEexist(event: CallEvent, context: RuleContext): boolean {
  let expected = false;
  let others = false;
  const passed = loopAround(context.scope.definition, event.expr) ? [] : passedTests(context);
  walkStmt(context.scope.definition.body, {
    expr: (expr) => {
      expected ||=
        expr.kind === 'name' &&
        expr.name === 'EEXIST' &&
        expr.start > event.expr.start &&
        !passed.some((test) => contains(test, expr));
      const name = calledName(expr) ?? '';
      others ||=
        /^(?:mk\w+|(?:sem|shm|mq|msg)_?\w*(?:open|get)|semget|shmget|msgget|link\w*|symlink\w*|rename\w*|bind|epoll_ctl)$/.test(
          name,
        );
    },
  });
  return expected && !others && event.at.start === event.expr.start;
}

/** `if (fd == -1 && errno != EEXIST) return -1;`: with EEXIST the function goes on as if it had not failed. */
function passedTests(context: RuleContext): Expr[] {
  const found: Expr[] = [];
  walkStmt(context.scope.definition.body, {
    stmt: (stmt) => {
      if (stmt.kind !== 'if' || stmt.alternative || stmt.test.kind !== 'logical') return;
      const { op, right } = stmt.test;
      const isAllBut = op === '&&' && right.kind === 'binary' && right.op === '!=';
      if (isAllBut && leavesAtEnd(stmt.consequent, context)) found.push(stmt.test);
    },
  });
  return found;
}

/** A test for the same file before the call, of a file that is a lock by its name. */
function checkBefore(event: CallEvent, context: RuleContext): Expr | undefined {
  const first = event.args[0];
  const { definition } = context.scope;
  const name = first && textOf(unwrap(first.expr), definition, context);
  const isLock = /lock|lck|pid_?file|\.pid/i.test(`${name} ${first?.value.text ?? ''}`);
  if (
    !first ||
    !(isLock || /^(?:\w+_)?(?:try_?|get_?|take_?|acquire_?)*lock(?:_?file)?$/i.test(definition.name))
  ) {
    return undefined;
  }
  let found: Expr | undefined;
  walkStmt(definition.body, {
    stmt: (stmt) => {
      const test = stmt.kind === 'if' || stmt.kind === 'while' ? stmt.test : undefined;
      if (!test || test.start > event.expr.start) return;
      walkExpr(test, (expr) => {
        const asked = expr.kind === 'call' ? askedBy(expr, context) : undefined;
        if (
          asked &&
          textOf(unwrap(asked), definition, context) === name &&
          !isChanged(asked, expr, event, context)
        )
          found ??= expr;
      });
    },
  });
  return found ?? openedBefore(event, name ?? '', context);
}

/** The same file was opened for reading, to see whether there is one. A file of a number is read for the number. */
function openedBefore(event: CallEvent, name: string, context: RuleContext): Expr | undefined {
  const { definition } = context.scope;
  if (!/lock|lck/i.test(`${name} ${event.args[0]?.value.text ?? ''}`)) return undefined;
  return callsIn(definition, /^open$/).find((call) => {
    const [path, flags] = call.args;
    const result = resultName(definition, call);
    const isRead =
      flags !== undefined && context.source(flags) === 'O_RDONLY' && call.end <= event.expr.start;
    if (!isRead || !path || result === undefined || textOf(unwrap(path), definition, context) !== name)
      return false;
    if (isChanged(path, call, event, context)) return false;
    return someStmtIn(
      definition.body,
      (stmt) =>
        stmt.kind === 'if' &&
        stmt.start > call.start &&
        stmt.end <= event.expr.start &&
        stmt.test.kind === 'binary' &&
        stmt.test.left.kind === 'name' &&
        stmt.test.left.name === result &&
        someStmtIn(stmt.consequent, ({ kind }) => kind === 'return'),
    );
  });
}

const asking = /^(?:access|faccessat|euidaccess|l?stat)$/;

/** The name of the file whose existence a call asks about, itself or in a function of the program whose name says so. */
function askedBy(call: ExprOf<'call'>, context: RuleContext): Expr | undefined {
  const name = calledName(call) ?? '';
  if (asking.test(name)) return call.args[name === 'faccessat' ? 1 : 0];
  const callee = /exist|present|is_?file|is_?there/i.test(name)
    ? context.functionNamed(name)?.definition
    : undefined;
  const asked = callee && callsIn(callee, asking)[0]?.args[0];
  const index = parameterIndex(callee?.type.params, asked && variableIn(asked));
  return index < 0 ? undefined : call.args[index];
}

/** The name is another one by the time of the call. */
function isChanged(asked: Expr, test: Expr, event: CallEvent, context: RuleContext): boolean {
  const { definition } = context.scope;
  const name = rootName(unwrap(asked));
  return someExprIn(definition.body, (expr) => {
    const target = exposedBy(expr);
    const between = expr.start > test.end && expr.end < event.expr.start;
    if (!between || target === undefined || name === undefined || rootName(target) !== name) return false;
    // What is stored just before the function is left is not there any more behind it.
    const block = around(definition, expr).findLast(({ kind }) => kind === 'block');
    return !block || contains(block, event.expr) || !leavesAtEnd(block, context);
  });
}

function fixFor(event: CallEvent, context: RuleContext) {
  const flags = event.expr.args[1];
  const creat = flags && findCreat(flags);
  return creat && context.source(creat) === 'O_CREAT'
    ? { fix: { title: 'Add O_EXCL', edits: [{ span: creat, text: 'O_CREAT | O_EXCL' }] } }
    : {};
}

function findCreat(flags: Expr): Expr | undefined {
  let found: Expr | undefined;
  walkExpr(flags, (expr) => {
    if (expr.kind === 'name' && expr.name === 'O_CREAT') found = expr;
  });
  return found;
}
