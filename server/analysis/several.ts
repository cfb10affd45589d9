import type { Expr } from '../c/ast';
import type { FunctionScope } from './context';

/** The arguments that a macro stands for which is more than one: `#define HERE __FILE__, __LINE__`. */
export function severalIn(arg: Expr, scope: FunctionScope, depth = 0): Expr[] | undefined {
  if (arg.kind !== 'name' || depth > 3 || scope.typeOf(arg.name)) return undefined;
  const macro = scope.file.symbols.macro(arg.name);
  if (!macro || macro.params || !macro.body.includes(',') || macro.body.startsWith('(')) return undefined;
  const whole = scope.file.toolbox.fragments.expression(`(${macro.body})`);
  // `#define FATAL HERE, 3`
  return whole?.kind === 'comma'
    ? sides(whole).flatMap((side) => severalIn(side, scope, depth + 1) ?? [side])
    : undefined;
}

function sides(expr: Expr): Expr[] {
  return expr.kind === 'comma' ? [...sides(expr.left), ...sides(expr.right)] : [expr];
}
