import { type Expr, type FunctionDefinition, walkStmt } from '../../../c/ast';
import { calledName } from '../../../c/cfg';
import type { RuleContext } from '../../rule';
import { declaratorOf } from '../../shared/uses';
import type { LockAct } from './act';

/**
 * The functions that take and give write down in one variable of the program whether it is taken. Whoever cleans up asks that variable,
 * and gives back what a way out has left taken.
 */
export function isKeptInMind(taken: LockAct, gives: readonly LockAct[], context: RuleContext): boolean {
  const flags = flagsOf(taken.call, context);
  return (
    flags.size > 0 && gives.some(({ call }) => [...flagsOf(call, context)].some((flag) => flags.has(flag)))
  );
}

/** The variables of the program in which a function stores what is written down there. */
function flagsOf(call: Expr, context: RuleContext): Set<string> {
  const callee = context.functionNamed(calledName(call) ?? '');
  const found = new Set<string>();
  if (!callee) return found;
  walkStmt(callee.definition.body, {
    expr: (expr) => {
      if (expr.kind !== 'assign' || expr.op !== '=' || expr.target.kind !== 'name') return;
      const { name } = expr.target;
      const isWritten = callee.evaluator.constant(expr.value, callee) !== undefined;
      if (isWritten && !isOwn(name, callee.definition) && !declaratorOf(callee, name)) found.add(name);
    },
  });
  return found;
}

function isOwn(name: string, { type }: FunctionDefinition): boolean {
  return type.params.some((param) => param.name === name);
}
