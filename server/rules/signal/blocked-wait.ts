import type { CallEvent } from '../../analysis/events';
import type { Report, RuleContext } from '../rule';
import { fileCalls, fileMakes, isAllRead, threadCreation } from '../shared/whole-file';
import { installers, signalName } from '../subjects/signal-handlers';
import type { SignalSet } from '../subjects/signal-masks';

/** A wait during which every signal that the program handles is blocked: none of them can end it. */
export function waitsBlocked(
  { at, name }: CallEvent,
  blocked: SignalSet,
  context: RuleContext,
): Report | undefined {
  // Another thread may let in what this one blocks.
  if (blocked === undefined || !isAllRead(context) || fileMakes(context, threadCreation)) {
    return undefined;
  }
  const handled = handledSignals(context);
  if (!handled || handled.size === 0) {
    return undefined;
  }
  if (blocked !== 'every' && [...handled].some((signal) => !blocked.has(signal))) {
    return undefined;
  }
  const names = [...handled].map((signal) => `\`${signalName(signal)}\``).join(', ');
  return {
    span: at,
    message: `${names} ${handled.size > 1 ? 'are' : 'is'} blocked while \`${name}\` waits, so the handler never runs and \`${name}\` never returns. ${name === 'pause' ? 'Wait with `sigsuspend` and a mask that lets the signal in' : 'Give it a mask that lets the signal in'}.`,
  };
}

/** The signals that get a handler anywhere in the file; undefined where one of them is not known. */
function handledSignals(context: RuleContext): Set<number> | undefined {
  const found = new Set<number>();
  const { file } = context.scope;
  for (const { expr, within } of fileCalls(context, installers)) {
    const [number, action] = expr.args;
    if (!number || !action || (action.kind === 'name' && /^(?:SIG_(?:IGN|DFL|ERR)|NULL)$/.test(action.name)))
      continue;
    const signal = file.scopeOf(within).evaluator.constant(number, file.scopeOf(within));
    if (signal === undefined) return undefined;
    found.add(Number(signal));
  }
  return found;
}
