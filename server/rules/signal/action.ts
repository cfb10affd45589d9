import type { CallEvent } from '../../analysis/events';
import { type Expr, type FunctionDefinition, walkStmt } from '../../c/ast';
import type { Rule, RuleContext } from '../rule';
import { constantNamed } from '../shared/support';
import { fileNames } from '../shared/whole-file';
import { installation, installs } from '../subjects/signal-handlers';

export const signalAction: Rule = {
  meta: {
    id: 'signal/action',
    severity: 'error',
    preset: 'recommended',
    title: 'A signal gets an action that it cannot have, or a handler that is called otherwise',
    explanation:
      'SIGKILL and SIGSTOP can be neither caught nor ignored: the call fails with EINVAL. Without SA_SIGINFO the kernel promises a handler nothing but the number of the signal, so one that reads its other parameters reads whatever lies there.',
    silence:
      'Signals and flags whose values are not known, functions that ask for EINVAL, and handlers that do not use their other parameters, in a file that never says SA_SIGINFO.',
    references: [
      { page: 'sigaction', section: 2 },
      { page: 'signal', section: 7 },
    ],
    example: {
      bad: `#include <signal.h>

static void ignore_all(void) {
  signal(SIGINT, SIG_IGN);
  signal(SIGKILL, SIG_IGN);
}

int main(void) {
  ignore_all();
  return 0;
}
`,
      good: `#include <signal.h>

static void ignore_all(void) {
  signal(SIGINT, SIG_IGN);
  signal(SIGTERM, SIG_IGN);
}

int main(void) {
  ignore_all();
  return 0;
}
`,
    },
  },
  check: () => ({
    call(event, context) {
      if (installs(event)) {
        checkSignal(event, context);
        checkHandler(event, context);
      }
    },
  }),
};

function checkSignal(event: CallEvent, context: RuleContext): void {
  const signal = event.args[0];
  const name = ['SIGKILL', 'SIGSTOP'].find((fixed) => signal?.value.constant === constantNamed(fixed));
  // Only what is a number in the text: a loop over all signals knows that some refuse.
  const fixed = signal && context.scope.evaluator.constant(signal.expr, context.scope);
  if (!signal || !name || !changes(event) || fixed === undefined) {
    return;
  }
  // Who asks for the error tries out that it comes.
  if (/\bEINVAL\b/.test(context.code(context.scope.definition.body))) {
    return;
  }
  context.report({
    span: event.at,
    message: `${name} can be neither caught nor ignored, so \`${event.name}\` fails with EINVAL and ${name} does what it always does. Leave ${name} out, and catch ${name === 'SIGKILL' ? 'SIGTERM' : 'SIGTSTP'} where a clean end is wanted.`,
  });
}

/** SIG_DFL given to signal(), and a question without a new action, change nothing. */
function changes(event: CallEvent): boolean {
  const given = event.args[1];
  return given !== undefined && given.value.constant !== 0n;
}

function checkHandler(event: CallEvent, context: RuleContext): void {
  const found = installation(event, context);
  if (!found) {
    return;
  }
  const { handler, flags } = found;
  const [, info] = handler.type.params;
  const asks = flags !== undefined && (flags & constantNamed('SA_SIGINFO')) !== 0n;
  if (found.member === 'sa_handler' && asks && !info && handler.type.params.length === 1) {
    context.report({
      span: event.at,
      severity: 'information',
      message: `The action has SA_SIGINFO, which makes the kernel call \`sa_sigaction\` with three arguments, but \`${handler.name}\` was stored in \`sa_handler\` and takes one. Leave SA_SIGINFO out, or write a handler with three parameters.`,
      related: [
        { span: { ...handler.nameSpan, within: handler }, message: `\`${handler.name}\` is the handler` },
      ],
    });
    return;
  }
  const plain = found.member === undefined || (flags !== undefined && !asks);
  if (!plain || !info) {
    return;
  }
  if (!info.name || !uses(handler, info.name)) {
    if (found.member === 'sa_sigaction' && fileNames(context, 'SA_SIGINFO'))
      reportMember(event, handler, context);
    return;
  }
  const how =
    found.member === undefined
      ? `\`${event.name}\` cannot ask for that`
      : 'the action is installed without SA_SIGINFO';
  context.report({
    span: event.at,
    message: `\`${handler.name}\` reads its parameter \`${info.name}\`, but ${how}, so the parameter holds nothing that can be relied on. ${
      found.member === undefined ? 'Use `sigaction` with' : 'Add'
    } SA_SIGINFO in \`sa_flags\`${found.member === 'sa_handler' ? ' and store the handler in `sa_sigaction`' : ''}.`,
    related: [
      { span: { ...handler.nameSpan, within: handler }, message: `\`${handler.name}\` is the handler` },
    ],
  });
}

/** The handler makes nothing of its other arguments yet, but the file gives other handlers what this one lacks. */
function reportMember(event: CallEvent, handler: FunctionDefinition, context: RuleContext): void {
  context.report({
    span: event.at,
    severity: 'warning',
    message: `\`${handler.name}\` is stored in \`sa_sigaction\`, but the action is installed without SA_SIGINFO, for which only \`sa_handler\` counts: where the two members do not share their place, the signal has no handler. Add SA_SIGINFO to \`sa_flags\`.`,
    related: [
      { span: { ...handler.nameSpan, within: handler }, message: `\`${handler.name}\` is the handler` },
    ],
  });
}

function uses(definition: FunctionDefinition, name: string): boolean {
  let found = false;
  const ignored = new Set<Expr>();
  walkStmt(definition.body, {
    expr: (expr) => {
      // `(void)info` says that it is not used.
      if (expr.kind === 'cast' && expr.type.k === 'void') ignored.add(expr.value);
      else if (expr.kind === 'name' && !ignored.has(expr)) found ||= expr.name === name;
    },
  });
  return found;
}
