import { rootName } from '../../analysis/aliasing';
import type { CallEvent } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import { type Expr, type FunctionDefinition, parameterIndex, someExprIn, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { excerpt } from '../shared/support';
import { functionsOf } from '../shared/whole-file';

export const outsideText: Rule = {
  meta: {
    id: 'popen/outside-text',
    severity: 'warning',
    preset: 'recommended',
    title: 'A command for the shell is built from text that comes from outside',
    explanation:
      '`popen` and `system` give their command to a shell. A name such as `x; rm -rf ~` that is put into the command is then a command of its own, run with the rights of this program.',
    silence:
      'Commands that are handed on as a whole, numbers, and text whose characters the function looks at before. What the user gives as an argument or in the environment is information only: it runs with the rights of that user.',
    references: [
      { page: 'popen', section: 3 },
      { page: 'system', section: 3 },
    ],
    example: {
      bad: `#include <stdio.h>

int main(void) {
  char name[100], command[300];
  if (scanf("%99s", name) != 1)
    return 1;
  snprintf(command, sizeof command, "wc -l %s", name);
  FILE *count = popen(command, "r");
  if (count == NULL)
    return 1;
  return pclose(count);
}
`,
      good: `#include <stdio.h>
#include <string.h>

int main(void) {
  char name[100], command[300];
  if (scanf("%99s", name) != 1 || name[strspn(name, "abcdefghijklmnopqrstuvwxyz.")] != 0)
    return 1;
  snprintf(command, sizeof command, "wc -l %s", name);
  FILE *count = popen(command, "r");
  if (count == NULL)
    return 1;
  return pclose(count);
}
`,
    },
  },
  check: () => ({
    call(event, context) {
      const command = event.expr.args[0] && unwrap(event.expr.args[0]);
      if (!/^(?:popen|system)$/.test(event.name) || event.into || command?.kind !== 'name') return;
      if (context.scope.file.callee(event.name)) return;
      const { definition } = context.scope;
      for (const { part, at } of partsOf(command.name, definition)) {
        // What is put in as a number holds no command.
        if (isNumber(part, context)) continue;
        const source = sourceOf(part, definition, context, 0);
        if (!source || isLookedAt(part, definition, context)) continue;
        report(event, command.name, part, at, source, context);
        return;
      }
    },
  }),
};

function isNumber(part: Expr, { scope }: RuleContext): boolean {
  const kind = scope.resolvedTypeOf(part)?.k;
  return kind === 'int' || kind === 'enum' || kind === 'float';
}

/** The pieces of text that are put into a buffer. */
function partsOf(buffer: string, definition: FunctionDefinition): { part: Expr; at: Expr }[] {
  const found: { part: Expr; at: Expr }[] = [];
  walkStmt(definition.body, {
    expr: (expr) => {
      if (expr.kind !== 'call' || !/^(?:sprintf|snprintf|strn?cat|asprintf)$/.test(calledName(expr) ?? ''))
        return;
      const [into, ...rest] = expr.args;
      if (into && rootOf(into) === buffer)
        for (const part of rest) found.push({ part: unwrap(part), at: expr });
    },
  });
  return found;
}

function rootOf(expr: Expr): string | undefined {
  const inner = unwrap(expr);
  if (inner.kind === 'unary' && inner.op === '&') return rootName(inner.operand);
  if (inner.kind === 'binary') return rootOf(inner.left);
  return rootName(inner);
}

/** Calls that fill a buffer from outside. */
const filling = new Map([
  ['fgets', 0],
  ['gets', 0],
  ['getline', 0],
  ['read', 1],
  ['recv', 1],
  ['recvfrom', 1],
  ['fread', 0],
  ['scanf', 1],
  ['fscanf', 2],
]);

interface Source {
  start: number;
  end: number;
  within: FunctionDefinition;
  /** The user who runs the program gave it. */
  own?: boolean;
}

const deepest = 2;

/** Where a piece of text comes from, when that is outside the program. */
function sourceOf(
  part: Expr,
  definition: FunctionDefinition,
  context: RuleContext,
  depth: number,
): Source | undefined {
  const name = calledName(part) === 'getenv' ? undefined : rootName(part);
  const place = (expr: Expr) => ({ start: expr.start, end: expr.end, within: definition });
  if (calledName(part) === 'getenv' || name === 'optarg') {
    return { ...place(part), own: true };
  }
  if (name === undefined || part.kind === 'call' || depth > deepest) {
    return undefined;
  }
  const index = parameterIndex(definition.type.params, name);
  if (index >= 0) {
    if (definition.name === 'main') return index > 0 ? { ...place(part), own: true } : undefined;
    return fromCallers(definition, index, context, depth);
  }
  let found: Source | undefined;
  const value = (expr: Expr) => {
    found ??= sourceOf(unwrap(expr), definition, context, depth + 1);
  };
  walkStmt(definition.body, {
    stmt: (stmt) => {
      if (stmt.kind !== 'decl') return;
      for (const declared of stmt.declaration.declarators) {
        if (declared.name === name && declared.init && declared.type.k === 'pointer') value(declared.init);
      }
    },
    expr: (expr) => {
      const into = expr.kind === 'call' ? filling.get(calledName(expr) ?? '') : undefined;
      const buffer = into !== undefined && expr.kind === 'call' ? expr.args[into] : undefined;
      if (buffer && rootOf(buffer) === name) found ??= place(expr);
      if (
        expr.kind === 'assign' &&
        expr.op === '=' &&
        expr.target.kind === 'name' &&
        expr.target.name === name
      ) {
        value(expr.value);
      }
    },
  });
  return found;
}

/** A parameter comes from outside when a caller in the file gives such text. */
function fromCallers(callee: FunctionDefinition, index: number, context: RuleContext, depth: number) {
  for (const caller of functionsOf(context)) {
    let found: ReturnType<typeof sourceOf>;
    walkStmt(caller.body, {
      expr: (expr) => {
        const arg = expr.kind === 'call' && calledName(expr) === callee.name ? expr.args[index] : undefined;
        if (!arg || caller === callee || isLookedAt(unwrap(arg), caller, context)) return;
        found ??= sourceOf(unwrap(arg), caller, context, depth + 1);
      },
    });
    if (found) return found;
  }
  return undefined;
}

const looking =
  /^(?:is[a-z]+|strspn|strpbrk|regexec|fnmatch|strtou?ll?|\w*(?:valid|check|sanit|escape|quote|safe|allow)\w*)$/i;

/** The function looks at the characters of the text, or has somebody look. */
function isLookedAt(part: Expr, definition: FunctionDefinition, context: RuleContext): boolean {
  const name = rootName(part);
  return someExprIn(definition.body, (expr) => {
    const called = expr.kind === 'call' ? (calledName(expr) ?? '') : '';
    if (expr.kind !== 'call' || called === 'isatty' || !looking.test(called)) return false;
    return (
      expr.args.some((arg) => rootOf(arg) === name) ||
      context.source({ ...expr, within: definition }).includes(`${name}[`)
    );
  });
}

function report(
  event: CallEvent,
  buffer: string,
  part: Expr,
  at: Expr,
  source: Source,
  context: RuleContext,
): void {
  context.report({
    span: event.at,
    ...(source.own ? { severity: 'information' as const } : {}),
    message: `\`${buffer}\` holds \`${excerpt(context, part)}\`, which comes from outside, and \`${event.name}\` gives it to a shell: a \`;\` or \`$(...)\` in it runs other commands. Start the program with fork and \`execlp\` and pass the text as an argument, or accept known characters only.`,
    related: [
      { span: at, message: 'The command is put together here' },
      { span: source, message: 'The text comes from here' },
    ],
  });
}
