import type { Span } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { Result, resultPlace } from '../shared/loops';
import { around, contains } from '../shared/statements';
import { callsIn, variableIn } from '../shared/uses';

/**
 * A socket that is there to be bound, so that no second process gets its name: where `bind` has gone well the function leaves it open, and
 * does nothing with it but to listen, or to set something. Not so in a function that by its name asks which name is free.
 */
export function isKeptBound(name: string, at: Span, context: RuleContext): boolean {
  const { definition } = context.scope;
  if (/free|avail|probe|usable|in_?use|find|pick/i.test(definition.name)) return false;
  const uses = callsIn(definition, /./).filter(
    ({ args, start }) => start < at.start && args.some((arg) => variableIn(arg) === name),
  );
  const bind = uses.findLast((call) => calledName(call) === 'bind');
  if (!bind) return false;
  const result = new Result(bind, resultPlace(definition, bind), context);
  const isGoodWay = around(definition, at).every((stmt) => {
    if (stmt.kind !== 'if' || stmt.test.end <= bind.start) return true;
    return result.holds(stmt.test, 0n) === contains(stmt.consequent, at);
  });
  return (
    isGoodWay && uses.every((call) => call.start <= bind.start || modest.test(calledName(call) ?? 'close'))
  );
}

const modest = /^(?:close|listen|setsockopt|fcntl|chmod|fchmod|perror|f?printf)$/;
