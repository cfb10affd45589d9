import { type Expr, parameterIndex } from '../../c/ast';
import type { RuleContext } from '../rule';
import { usesOf } from '../shared/uses';
import { callOfCaller } from '../shared/whole-file';

/** The name of a buffer in one function, and the call there by which something is received into it. */
export interface Buffer {
  name: string;
  read: Expr;
  context: RuleContext;
}

/**
 * The function whose own buffer a call fills: `ssize_t get(int fd, void *to, size_t most) { return read(fd, to, most); }` fills its caller's.
 * Undefined where a helper does anything else with what it is given: it may end the text.
 */
export function ownerOf(name: string, read: Expr, context: RuleContext): Buffer | undefined {
  let at: Buffer = { name, read, context };
  for (const caller of context.callers()) {
    const { definition } = at.context.scope;
    const index = parameterIndex(definition.type.params, at.name);
    if (index < 0) return at;
    if (usesOf(definition, at.name).length !== 1) return undefined;
    const made = callOfCaller(caller)?.expr;
    const arg = made?.args[index];
    if (!made || arg?.kind !== 'name') return undefined;
    at = { name: arg.name, read: made, context: context.in(caller.scope) };
  }
  return parameterIndex(at.context.scope.definition.type.params, at.name) < 0 ? at : undefined;
}
