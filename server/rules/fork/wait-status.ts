import { unwrap } from '../../analysis/operators';
import {
  type Expr,
  type ExprOf,
  type FunctionDefinition,
  type Stmt,
  someExprIn,
  somePart,
} from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { around, contains, statementOf } from '../shared/statements';
import { addressed, declaratorOf, type Use, usesOf } from '../shared/uses';
import { ownCalls } from '../shared/whole-file';
import { holdsOnly, wholeStatuses } from './whole-status';

export const waitStatus: Rule = {
  meta: {
    id: 'fork/wait-status',
    severity: 'information',
    preset: 'recommended',
    title: 'A wait status is taken for an exit code, or nobody asks how the child has ended',
    explanation:
      'The status that wait gives holds an exit code only when WIFEXITED says so, and a signal only when WIFSIGNALED says so. Of a child that a signal has killed WEXITSTATUS usually gives 0: a crash looks like success. And the status itself is no exit code: of a child that exits with 1 it is 256.',
    silence:
      'Statuses that the function also looks at in another way or hands on, exit codes that are only printed, statuses that are printed as such, and those of `system` and `pclose`, where the shell tells of signals.',
    references: [{ page: 'wait', section: 2 }],
    example: {
      bad: `#include <sys/wait.h>

int result(pid_t pid) {
  int status;
  if (waitpid(pid, &status, 0) == -1)
    return -1;
  return WEXITSTATUS(status);
}
`,
      good: `#include <sys/wait.h>

int result(pid_t pid) {
  int status;
  if (waitpid(pid, &status, 0) == -1)
    return -1;
  if (!WIFEXITED(status))
    return -1;
  return WEXITSTATUS(status);
}
`,
    },
  },
  check(own) {
    return {
      end() {
        for (const { name, expr } of ownCalls(own, /^(?:WEXITSTATUS|WTERMSIG|WSTOPSIG)$/)) {
          const status = expr.args[0] && unwrap(expr.args[0]);
          if (status?.kind !== 'name') continue;
          const part: Part = { macro: name, expr, status: status.name };
          const wrong = otherEnd(part, own) ?? overwritten(part, own) ?? unasked(part, own);
          if (wrong) own.report(wrong);
        }
        for (const wrong of wholeStatuses(own)) own.report(wrong);
      },
    };
  },
};

/** A status that is taken apart: `WEXITSTATUS(status)`. */
interface Part {
  macro: string;
  expr: ExprOf<'call'>;
  status: string;
}

/** What must hold of a status for a macro to mean anything. */
const needed: Record<string, string> = {
  WEXITSTATUS: 'WIFEXITED',
  WTERMSIG: 'WIFSIGNALED',
  WSTOPSIG: 'WIFSTOPPED',
};

const endings: Record<string, string> = {
  WIFEXITED: 'has ended by itself',
  WIFSIGNALED: 'was killed by a signal',
  WIFSTOPPED: 'was stopped',
};

/** The branch is taken when the child has ended in another way. */
function otherEnd({ macro, expr, status }: Part, { scope: { definition } }: RuleContext) {
  for (const stmt of around(definition, expr)) {
    if (stmt.kind !== 'if' || !contains(stmt.consequent, expr)) continue;
    const asked = Object.keys(endings).find((name) => holdsOnly(stmt.test, name, status));
    if (asked === undefined || asked === needed[macro] || isSet(status, stmt.consequent)) continue;
    return {
      span: expr,
      severity: 'error' as const,
      message: `\`${macro}(${status})\` means nothing here, where \`${asked}\` says that the child ${endings[asked]}: the number is left over from other bits of the status. Use \`${valued[asked]}\` here, or ask \`${needed[macro]}\`.`,
    };
  }
  return undefined;
}

const valued: Record<string, string> = {
  WIFEXITED: 'WEXITSTATUS',
  WIFSIGNALED: 'WTERMSIG',
  WIFSTOPPED: 'WSTOPSIG',
};

/** Something is stored in the variable inside of a statement. */
function isSet(name: string, within: Stmt): boolean {
  return someExprIn(
    within,
    (expr) =>
      (expr.kind === 'assign' && expr.target.kind === 'name' && expr.target.name === name) ||
      (expr.kind === 'unary' && expr.op === '&' && addressed(expr) === name),
  );
}

/** The variable has been given what was taken out of it: `status = WEXITSTATUS(status)`. */
function overwritten({ macro, expr, status }: Part, { scope: { definition } }: RuleContext) {
  const chain = around(definition, expr);
  const block = chain.findLast((stmt) => stmt.kind === 'block');
  if (block?.kind !== 'block') return undefined;
  const before = block.body.filter(({ end }) => end <= expr.start);
  // The statement itself may wait for the next child first.
  const own = block.body.find((stmt) => contains(stmt, expr));
  const setting = own && isSet(status, own) ? undefined : before.findLast((stmt) => isSet(status, stmt));
  const assigned = setting?.kind === 'expr' ? setting.expr : undefined;
  if (assigned?.kind !== 'assign' || assigned.op !== '=') return undefined;
  const taken = (part: Expr) => part.kind === 'call' && needed[calledName(part) ?? ''] !== undefined;
  if (!somePart(assigned.value, taken) || !somePart(assigned.value, (part) => isName(part, status)))
    return undefined;
  return {
    span: expr,
    severity: 'error' as const,
    message: `\`${status}\` holds no wait status any more: what was taken out of it has been stored in it, and \`${macro}\` takes that apart once more. Keep the status in a variable of its own.`,
    related: [{ span: assigned, message: 'The status is overwritten here' }],
  };
}

function isName(expr: Expr, name: string): boolean {
  return expr.kind === 'name' && expr.name === name;
}

/** Nobody asks how the child has ended, and what the program does next depends on its exit code. */
function unasked({ macro, expr, status }: Part, { scope }: RuleContext) {
  const { definition } = scope;
  if (macro !== 'WEXITSTATUS' || !declaratorOf(scope, status) || !decides(expr, definition)) return undefined;
  const kinds = usesOf(definition, status).map((use) => useOf(use));
  if (!kinds.includes('filled') || kinds.includes('other')) return undefined;
  return {
    span: expr,
    message: `\`${status}\` holds an exit code only when \`WIFEXITED(${status})\` says so, and nobody asks: of a child that a signal has killed \`WEXITSTATUS\` gives 0, as of one that has done well. Ask \`WIFEXITED(${status})\` first.`,
  };
}

/** The exit code is returned, stored or tested; what is only printed decides nothing. */
function decides(expr: Expr, definition: FunctionDefinition): boolean {
  const stmt = statementOf(definition, expr);
  if (stmt.kind === 'return' || stmt.kind === 'if' || stmt.kind === 'switch') return true;
  const whole = stmt.kind === 'expr' ? unwrap(stmt.expr) : undefined;
  return whole !== undefined && /^_?exit$/.test(calledName(whole) ?? '') && contains(whole, expr);
}

function useOf({ around: [outer, call] }: Use): 'filled' | 'taken' | 'set' | 'other' {
  if (outer?.kind === 'call' && calledName(outer) === 'WEXITSTATUS') return 'taken';
  const isWait = call?.kind === 'call' && /^wait(?:pid|[34])?$/.test(calledName(call) ?? '');
  if (outer?.kind === 'unary' && outer.op === '&' && isWait) return 'filled';
  return outer?.kind === 'assign' && outer.op === '=' ? 'set' : 'other';
}
