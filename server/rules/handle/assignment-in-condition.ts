import type { Call } from '../../../catalog/schema';
import { isComparison } from '../../analysis/operators';
import { type Expr, type ExprOf, type Stmt, walkExpr, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { excerpt, returnsCount, returnsHandle } from '../shared/support';
import { declaratorOf } from '../shared/uses';

export const assignmentInCondition: Rule = {
  meta: {
    id: 'handle/assignment-in-condition',
    severity: 'error',
    preset: 'recommended',
    title: 'The result of a comparison is stored instead of the result of the call',
    explanation:
      'Comparison binds tighter than assignment: `fd = open(...) < 0` stores 0 or 1. The program then uses descriptor 0 or 1, standard input or output, or takes 0 for the number of bytes.',
    silence:
      'Calls that return only success or failure, and variables of type bool, where storing the comparison can be what is meant.',
    references: [{ page: 'operator', section: 7 }],
    example: {
      bad: `#include <fcntl.h>
#include <unistd.h>

int first_byte(char *byte) {
  int fd;
  if ((fd = open("data", O_RDONLY) < 0))
    return -1;
  ssize_t n = read(fd, byte, 1);
  close(fd);
  return n == 1 ? 0 : -1;
}
`,
      good: `#include <fcntl.h>
#include <unistd.h>

int first_byte(char *byte) {
  int fd;
  if ((fd = open("data", O_RDONLY)) < 0)
    return -1;
  ssize_t n = read(fd, byte, 1);
  close(fd);
  return n == 1 ? 0 : -1;
}
`,
    },
  },
  check: (context) => ({
    end() {
      for (const test of conditions(context.scope.definition.body)) {
        walkExpr(test, (expr) => {
          if (expr.kind === 'assign' && expr.op === '=') {
            checkAssignment(expr, context);
          }
        });
      }
    },
  }),
};

/** Every expression of a function that decides a branch or a loop. */
function conditions(body: Stmt): Expr[] {
  const found: Expr[] = [];
  walkStmt(body, {
    stmt: (stmt) => {
      if (stmt.kind === 'if' || stmt.kind === 'while' || stmt.kind === 'do') found.push(stmt.test);
      else if (stmt.kind === 'for' && stmt.test) found.push(stmt.test);
    },
    expr: (expr) => {
      if (expr.kind === 'conditional') found.push(expr.test);
    },
  });
  return found;
}

function checkAssignment(expr: ExprOf<'assign'>, context: RuleContext): void {
  const { target, value } = expr;
  if (value.kind !== 'binary' || !isComparison(value.op) || value.left.kind !== 'call') {
    return;
  }
  const name = calledName(value.left);
  const call = name === undefined ? undefined : context.scope.call(name);
  if (
    !call ||
    !(returnsHandle(call) || returnsCount(call) || returnsProcess(call, target, context)) ||
    isBoolean(target, context)
  ) {
    return;
  }
  const variable = excerpt(context, target);
  const comparison = `${value.op} ${excerpt(context, value.right)}`;
  const assignment = context.source({ start: expr.start, end: value.left.end });
  // A parenthesis around the call itself would be lost by the text between the two.
  const isInOrder = value.left.end <= value.right.start;
  const balanced = isInOrder && count(assignment, '(') === count(assignment, ')');
  context.report({
    span: expr,
    message: `\`${variable}\` gets the result of the comparison \`${comparison}\`, 0 or 1, and not what \`${call.name}\` returned. Put the assignment in parentheses: \`(${variable} = ${call.name}(...)) ${comparison}\`.`,
    ...(balanced
      ? {
          fix: {
            title: 'Put the assignment in parentheses',
            edits: [
              { span: { start: expr.start, end: expr.start }, text: '(' },
              { span: { start: value.left.end, end: value.left.end }, text: ')' },
            ],
          },
        }
      : {}),
  });
}

/** Of a wait it may well be asked only whether there was a child: the variable is one for process IDs. */
function returnsProcess({ prototype, name }: Call, target: Expr, context: RuleContext): boolean {
  const declared = target.kind === 'name' ? declaratorOf(context.scope, target.name) : undefined;
  const isPid = declared && /\bpid_t\b/.test(context.source(declared.stmt));
  return prototype.startsWith('pid_t') && (name === 'fork' || isPid === true);
}

function isBoolean(target: Expr, context: RuleContext): boolean {
  const type = context.scope.evaluator.typeOf(target, context.scope);
  const resolved = type && context.scope.evaluator.types.resolve(type);
  return resolved?.k === 'int' && resolved.size === 1 && !resolved.char;
}

function count(text: string, char: string): number {
  return text.split(char).length - 1;
}
