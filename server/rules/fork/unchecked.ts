import { compare } from '../../analysis/comparisons';
import type { CallEvent } from '../../analysis/events';
import { isComparison } from '../../analysis/operators';
import { type Expr, type ExprOf, type FunctionDefinition, someStmtIn, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { targetOf } from '../shared/dropped';
import { failureExit, fixOf, insertedAfter, lineOf } from '../shared/edits';
import { statementOf } from '../shared/statements';
import { excerpt, isDirect, mayFail } from '../shared/support';
import { failureAsChild, waitForNobody } from './failure-goes-on';

export const unchecked: Rule = {
  meta: {
    id: 'fork/unchecked',
    severity: 'warning',
    preset: 'recommended',
    title: 'A fork that failed is taken for the parent of a child',
    explanation:
      'When there are too many processes or too little memory, fork returns -1 and makes no child. A program that only asks for 0 goes on as if there were one: it waits for it, or sends a signal to process -1, which is everybody.',
    silence:
      'Results that are returned or given to functions and macros that may look at them, and tests of the call itself, as in `if (fork() == 0)`, where no number is kept that could be used.',
    references: [{ page: 'fork', section: 2 }],
    example: {
      bad: `#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int run(void) {
  pid_t pid = fork();
  if (pid == 0) {
    execlp("date", "date", (char *)NULL);
    _exit(127);
  }
  return waitpid(pid, NULL, 0) == pid ? 0 : -1;
}
`,
      good: `#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int run(void) {
  pid_t pid = fork();
  if (pid == -1)
    return -1;
  if (pid == 0) {
    execlp("date", "date", (char *)NULL);
    _exit(127);
  }
  return waitpid(pid, NULL, 0) == pid ? 0 : -1;
}
`,
    },
  },
  check: () => ({
    call(event, context) {
      if (mayFail(event) && /^v?fork$/.test(event.name)) checkFork(event, context);
      const nobody = waitForNobody(event, context);
      if (nobody) context.report(nobody);
    },
  }),
};

function checkFork(event: CallEvent, context: RuleContext): void {
  const { definition } = context.scope;
  const target = targetOf(definition, event.expr);
  const questions = new Questions(event.expr, target && context.source(target), context);
  questions.read(definition);
  const asChild = failureAsChild(event, (expr) => questions.is(expr), context);
  if (asChild) context.report(asChild);
  if (questions.tellsFailure || questions.elsewhere) {
    return;
  }
  const stmt = statementOf(definition, event.expr);
  const direct = !target;
  // Nobody who asks just `fork() == 0` can use the number of a child that is not there.
  if (direct && stmt.kind !== 'switch') {
    return;
  }
  if (!questions.any && (direct || target.kind !== 'name')) {
    return;
  }
  const name = target ? `\`${excerpt(context, target)}\`` : 'the result';
  context.report({
    span: event.at,
    message: `Nothing tells apart whether this \`${event.name}\` failed: ${name} is then -1, and the program goes on as the parent of a child that does not exist. Test it for -1 first.`,
    ...checkFix(event, target, context),
  });
}

/** What a function asks of the result of a fork. */
class Questions {
  /** Some question is answered otherwise for -1 than for a child's number. */
  tellsFailure = false;
  /** Some question is asked. */
  any = false;
  /** It goes where it may be looked at. */
  elsewhere = false;

  constructor(
    private readonly call: Expr,
    private readonly target: string | undefined,
    private readonly context: RuleContext,
  ) {}

  read(definition: FunctionDefinition): void {
    walkStmt(definition.body, {
      stmt: (stmt) => {
        if (stmt.kind === 'switch' && this.is(stmt.value)) this.ask(hasFailureCase(stmt.body, this.context));
        if (stmt.kind === 'return' && stmt.value && this.is(stmt.value)) this.elsewhere = true;
        if (stmt.kind === 'unknown') this.elsewhere = true;
      },
      expr: (expr) => this.expression(expr),
    });
  }

  private expression(expr: Expr): void {
    if (expr.kind === 'binary' && isComparison(expr.op)) this.comparison(expr);
    else if (expr.kind === 'call' && expr !== this.call && expr.args.some((arg) => this.mentions(arg))) {
      const name = calledName(expr);
      if (name !== undefined && this.isPrinted(name, expr)) return;
      // What the C library is given it does not test.
      if (name === undefined || !(this.context.scope.call(name) || /^[sf]?n?printf$/.test(name)))
        this.elsewhere = true;
    } else if (expr.kind === 'unknown' || expr.kind === 'statements') this.elsewhere = true;
    else if (expr.kind === 'assign' && this.isForCaller(expr)) this.elsewhere = true;
    else if (expr.kind === 'unary' && expr.op === '&' && this.is(expr.operand)) this.elsewhere = true;
    else if (expr.kind === 'unary' && expr.op === '!' && this.is(expr.operand)) this.any = true;
  }

  private comparison({ op, left, right }: ExprOf<'binary'>): void {
    const { evaluator } = this.context.scope;
    const result = this.is(left) ? 'left' : this.is(right) ? 'right' : undefined;
    if (!result || !isComparison(op)) return;
    const other = evaluator.constant(result === 'left' ? right : left, this.context.scope);
    if (other === undefined) return;
    const holds = (constant: bigint) =>
      result === 'left'
        ? compare(op, { constant }, { constant: other })
        : compare(op, { constant: other }, { constant });
    this.ask(holds(-1n) !== holds(1000n));
  }

  /** `*result = pid` hands it to the caller. */
  private isForCaller({ target, value }: ExprOf<'assign'>): boolean {
    const pointer = target.kind === 'unary' && target.op === '*' ? target.operand : undefined;
    const { params } = this.context.scope.definition.type;
    const isParameter = pointer?.kind === 'name' && params.some(({ name }) => name === pointer.name);
    return isParameter && value !== this.call && this.is(value);
  }

  private ask(tells: boolean): void {
    this.any = true;
    this.tellsFailure ||= tells;
  }

  /** The result itself: the call, what it is stored in, or the assignment. */
  is(expr: Expr): boolean {
    if (expr === this.call) return true;
    if (expr.kind === 'assign' || expr.kind === 'cast') return this.is(expr.value);
    return this.target !== undefined && sameStorage(this.context.source(expr), this.target);
  }

  /** What a macro takes with `...` it prints, and does not test. */
  private isPrinted(name: string, { args }: ExprOf<'call'>): boolean {
    const macro = this.context.scope.file.symbols.macro(name);
    const fixed = macro?.params?.filter((param) => !param.endsWith('...')).length ?? 0;
    const open = macro?.params !== undefined && /\.\.\.$/.test(macro.params.at(-1) ?? '');
    return open && !args.slice(0, fixed).some((arg) => this.mentions(arg));
  }

  private mentions(arg: Expr): boolean {
    return this.is(arg) || (arg.kind === 'unary' && arg.op === '&' && this.is(arg.operand));
  }
}

/** The same variable, or elements of the same array. */
function sameStorage(text: string, target: string): boolean {
  const plain = (name: string) => name.replace(/\s+/g, '').replace(/\[[^\]]*\]/g, '[]');
  return plain(text) === plain(target);
}

function hasFailureCase(body: Parameters<typeof walkStmt>[0], context: RuleContext): boolean {
  return someStmtIn(body, (stmt) => {
    if (stmt.kind !== 'case' || !stmt.value) return false;
    const label = context.scope.evaluator.constant(stmt.value, context.scope);
    return label === undefined || label < 0n;
  });
}

/** A test behind the statement, in the way in which the function gives up elsewhere. */
function checkFix(event: CallEvent, target: Expr | undefined, context: RuleContext) {
  const { definition } = context.scope;
  const line = isDirect(event.at, event.expr) ? lineOf(event.expr, definition) : undefined;
  const plain = line?.stmt.kind === 'decl' || (line?.stmt.kind === 'expr' && line.parent.kind === 'block');
  const exit = failureExit(context);
  const name = target && context.source(target);
  return fixOf(
    'Give up when it fails',
    line && plain && exit !== undefined && name !== undefined && /^\w+$/.test(name)
      ? insertedAfter(line, `if (${name} == -1)\n\t${exit}`, context)
      : undefined,
  );
}
