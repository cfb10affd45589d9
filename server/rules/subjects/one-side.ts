import type { Role } from '../../analysis/path';
import type { CallSite } from '../../analysis/values';
import type { Expr } from '../../c/ast';
import type { RuleContext } from '../rule';
import { type Edits, insertedBefore, isNameIn, type Line, lineOf } from '../shared/edits';
import { leavesAtEnd } from '../shared/endings';
import { isLoop } from '../shared/loops';
import { around, contains } from '../shared/statements';
import { callsIn } from '../shared/uses';
import { textOf } from '../shared/whole-file';
import { childBranches } from './branches';

/** Changes that concern one side of a fork: they go where only that process comes by. */

/** A close of a pipe end in front of a place where it is in the way, when only the process meant comes by there. */
export function closeInFront(
  name: string,
  at: Expr,
  pipe: CallSite,
  role: Role,
  context: RuleContext,
): Edits | undefined {
  const { definition } = context.scope;
  const line = lineAlone(at, pipe, role, context);
  // One that comes too late is to be moved, not made twice.
  const later = callsIn(definition, /^close$/).some(
    ({ start, args: [fd] }) =>
      line && start > line.stmt.start && fd && textOf(fd, definition, context) === name,
  );
  return line && !later && isNameIn(name, definition, context)
    ? insertedBefore(line, `close(${name});`, context)
    : undefined;
}

/** The statement around a place, with the loops of this process alone, when it is run by one side of a fork. */
export function lineAlone(at: Expr, pipe: CallSite, role: Role, context: RuleContext): Line | undefined {
  const { definition } = context.scope;
  const { fork } = role;
  if (!fork || fork.within !== definition || pipe.within !== definition) {
    return undefined;
  }
  const chain = around(definition, at);
  const loops = chain.filter(isLoop);
  const own = loops.find((loop) => !contains(loop, fork.expr));
  const line = lineOf(at, definition, own);
  const branches = childBranches(definition, context).filter((branch) => branch.fork === fork.expr);
  const [branch] = branches;
  if (!line || !branch || branches.length !== 1) {
    return undefined;
  }
  if (role.kind === 'child') {
    return contains(branch.span, line.stmt) ? line : undefined;
  }
  const ends = leavesAtEnd({ kind: 'block', body: branch.body, ...branch.span }, context);
  const again = loops.some((loop) => contains(loop, fork.expr) && !contains(loop, pipe.expr));
  return ends && !again && line.stmt.start > branch.span.end ? line : undefined;
}
