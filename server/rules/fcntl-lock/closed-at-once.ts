import { unwrap } from '../../analysis/operators';
import { type Expr, type ExprOf, somePart } from '../../c/ast';
import { calledName } from '../../c/cfg';
import { isEntry } from '../../c/entry';
import type { RuleContext } from '../rule';
import { around, isStatement } from '../shared/statements';
import { callsIn } from '../shared/uses';

/**
 * The file that says that the program is running: it is locked for as long as that is so, and the number of the process is written into
 * it. Whoever closes it when that is done gives the lock up.
 */

type Call = ExprOf<'call'>;

export interface ClosedAtOnce {
  close: Call;
  lock: Call;
  name: string;
}

export function closedAtOnce(context: RuleContext): ClosedAtOnce | undefined {
  const { definition } = context.scope;
  const [numbered] = callsIn(definition, /printf$/).filter(({ args }) =>
    args.some((arg) => somePart(arg, (part) => calledName(part) === 'getpid')),
  );
  if (!numbered || definition.broken || isEntry(definition)) return undefined;
  for (const close of callsIn(definition, /^close$/)) {
    const [arg] = close.args;
    const name = arg?.kind === 'name' && context.scope.typeOf(arg.name) ? arg.name : undefined;
    // On the way that all goes well, and not where something has failed.
    if (name === undefined || close.start < numbered.end || !isPlain(close, context)) continue;
    const isOf = (call: Call) => call.end <= close.start && isGiven(call, name);
    const lock = callsIn(definition, /./).find(
      (call) => isOf(call) && call.end <= numbered.start && takes(call, context),
    );
    const written = callsIn(definition, /^(?:write|pwrite|dprintf)$/).some(
      (call) => isOf(call) && (call === numbered || call.start > numbered.start),
    );
    const gives = /F_UNLCK|LOCK_UN\b|F_ULOCK|\bfork\s*\(|\bdup2?\s*\(/.test(context.code(definition.body));
    if (lock && written && !gives) return { close, lock, name };
  }
  return undefined;
}

function isPlain(close: Expr, { scope: { definition } }: RuleContext): boolean {
  const chain = around(definition, close);
  return isStatement(definition, close) && chain.every(({ kind }) => kind === 'block' || kind === 'expr');
}

function isGiven({ args }: Call, name: string): boolean {
  const [first] = args;
  const given = first && unwrap(first);
  return given?.kind === 'name' && given.name === name;
}

/** Asks for the lock, and does not wait for it: whoever has it runs already. */
function takes(call: Call, context: RuleContext): boolean {
  const asking = /\b(?:F_SETLK|F_TLOCK|LOCK_NB)\b/;
  if (/^(?:fcntl|lockf|flock)$/.test(calledName(call) ?? '')) return asking.test(context.source(call));
  const callee = context.functionNamed(calledName(call) ?? '')?.definition;
  const [param] = callee?.type.params ?? [];
  return (
    callee !== undefined &&
    callsIn(callee, /^(?:fcntl|lockf|flock)$/).some((inner) => {
      const isOwn = param?.name !== undefined && isGiven(inner, param.name);
      return isOwn && asking.test(context.source({ start: inner.start, end: inner.end, within: callee }));
    })
  );
}
