import { withoutCasts } from '../../analysis/operators';
import type { Expr, ExprOf } from '../../c/ast';
import type { RuleContext } from '../rule';
import { callsIn, pathOf } from '../shared/uses';
import { inheritedEnds } from '../subjects/kept-ends';

/**
 * A program that posix_spawn starts with the read end of a pipe as its standard input, and that gets the write end, too: what the actions
 * do not close it inherits.
 */
export function tellSpawned(context: RuleContext): void {
  const { definition, evaluator } = context.scope;
  const [spawn] = callsIn(definition, /^posix_spawnp?$/);
  if (!spawn || /CLOEXEC|closefrom/i.test(context.code(definition.body))) return;
  const text = (expr: Expr | undefined) =>
    expr ? context.source({ ...expr, within: definition }).replace(/\s+/g, '') : '';
  for (const copy of callsIn(definition, /^posix_spawn_file_actions_adddup2$/)) {
    const [actions, from, to] = copy.args;
    const isInput = to !== undefined && evaluator.constant(to, context.scope) === 0n;
    const pair = from && isInput && copy.end < spawn.start ? arrayOfReadEnd(from, context) : undefined;
    const made = pair && callsIn(definition, /^pipe$/).find(({ args: [ends] }) => text(ends) === pair);
    if (!made || made.start > spawn.start) continue;
    const other = `${pair}[1]`;
    const isGone = callsIn(definition, /close|cloexec|adddup2/i).some(
      (call) => call.start < spawn.start && call.args.some((arg) => text(arg) === other),
    );
    if (isGone) continue;
    context.report({
      span: spawn,
      severity: 'warning',
      message: `The new program reads the pipe as its standard input and inherits the write end \`${other}\` too, so it never sees end-of-file. Call \`posix_spawn_file_actions_addclose(${text(actions)}, ${other})\` before, or make the pipe with \`pipe2\` and O_CLOEXEC.`,
      related: [{ span: made, message: 'The pipe is created here' }],
    });
  }
}

/** `fd` for `fd[0]`. */
function arrayOfReadEnd(from: Expr, { scope }: RuleContext): string | undefined {
  const end: Expr = withoutCasts(from);
  const element: ExprOf<'index'> | undefined = end.kind === 'index' ? end : undefined;
  const isRead = element && scope.evaluator.constant(element.index, scope) === 0n;
  return isRead ? pathOf(element.array) : undefined;
}

/** Programs whose start the walk has not seen, as one that a function of another file starts. */
export function tellInherited(context: RuleContext): void {
  for (const { name, end, made, fork, exec } of inheritedEnds(context)) {
    if (end === 'read') continue;
    context.report({
      span: exec,
      severity: 'warning',
      message: `The new program reads the pipe as its standard input and inherits the write end \`${name}\` too, so it never sees end-of-file. Close \`${name}\` in the child before this call.`,
      related: [
        { span: made, message: 'The pipe is created here' },
        { span: fork, message: 'From here on both processes hold both ends' },
      ],
    });
  }
}
