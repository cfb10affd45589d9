import { type ExprOf, type FunctionDefinition, walkStmt } from '../c/ast';
import { calledName } from '../c/cfg';
import { reachedFrom } from './globals';
import { loopAround } from './loops';
import type { RuleContext } from './rule';
import { constantNamed } from './support';
import { functionsOf } from './whole-file';

/** What handlers of SIGCHLD do about the children that have ended. */

export interface Wait {
  call: ExprOf<'call'>;
  within: FunctionDefinition;
  looped: boolean;
  /** For any child, and not for one by its identifier. */
  any: boolean;
  /** Whether it returns when no child has ended yet; undefined where that is not known. */
  returns: boolean | undefined;
}

/** Every wait that a handler comes to. */
export function waitsOf(handler: FunctionDefinition, context: RuleContext): Wait[] {
  return reachedFrom(handler, context).flatMap((within) => {
    const found: Wait[] = [];
    const scope = context.scope.file.scopeOf(within);
    walkStmt(within.body, {
      expr: (expr) => {
        const name = calledName(expr) ?? '';
        if (expr.kind !== 'call' || !/^(?:wait|waitpid|wait[34]|waitid)$/.test(name)) return;
        const pid = expr.args[0] && scope.evaluator.constant(expr.args[0], scope);
        const [, , third] = expr.args;
        const options =
          name === 'wait' ? 0n : third && name !== 'waitid' && scope.evaluator.constant(third, scope);
        found.push({
          call: expr,
          within,
          looped: loopAround(within, expr) !== undefined,
          any: /^wait3?$/.test(name) || (/^(?:waitpid|wait4)$/.test(name) && pid === -1n),
          returns: typeof options === 'bigint' ? (options & constantNamed('WNOHANG')) !== 0n : undefined,
        });
      },
    });
    return found;
  });
}

/** The program can have more than one child at a time. */
export function makesSeveral(context: RuleContext): boolean {
  const looped = new Set<string>();
  const forking = new Set<string>();
  let forks = 0;
  let inLoop = false;
  for (const definition of functionsOf(context)) {
    walkStmt(definition.body, {
      expr: (expr) => {
        const name = calledName(expr);
        if (name === undefined) return;
        const repeated = loopAround(definition, expr) !== undefined;
        if (repeated) looped.add(name);
        if (!/^v?fork$/.test(name)) return;
        forks++;
        inLoop ||= repeated;
        forking.add(definition.name);
      },
    });
  }
  return forks > 1 || inLoop || [...forking].some((name) => looped.has(name));
}
